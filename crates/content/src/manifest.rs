//! The form of `pack.toml` and `exercise.toml`. Data only; what the names in them mean is checked in `pack`.

use serde::{Deserialize, Serialize};

/// `pack.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackManifest {
    /// Name in paths and on the command line: lower-case letters, digits and dashes.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Version of the pack, as its author counts.
    pub version: String,
    /// A sentence or two.
    pub summary: String,
}

/// What a folder of a pack asks of the learner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExerciseKind {
    /// A system to design.
    Exercise,
    /// One effect to see.
    Lab,
}

/// How good a design is known to be: the order that runs of the designs show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// What most people draw first.
    Naive,
    /// It holds.
    Good,
    /// It holds, and costs less or fails better.
    Better,
}

/// `exercise.toml`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExerciseManifest {
    /// Same as the folder's name.
    pub id: String,
    /// Exercise or lab.
    pub kind: ExerciseKind,
    /// Name for people.
    pub title: String,
    /// A few words under the title.
    pub subtitle: String,
    /// The question, in one sentence.
    pub question: String,
    /// Minutes that it takes.
    pub minutes: u32,
    /// Words to find it by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Design that answers "what would you draw": one of the designs below.
    pub reference: String,
    /// Scenario that it is run in unless the learner says otherwise.
    pub scenario: String,
    /// The designs, in the order in which they are shown.
    #[serde(rename = "design", default)]
    pub designs: Vec<DesignManifest>,
}

/// One `[[design]]` of `exercise.toml`; the sketch is in `designs/<name>.json`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DesignManifest {
    /// Name of the file and on the command line.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// What it does, and what to expect of it.
    pub summary: String,
    /// How good it is known to be.
    pub order: Order,
    /// The window keeps it shut until the learner has run a design of their own, or opens it anyway. The terminal does not.
    #[serde(default)]
    pub shut: bool,
}
