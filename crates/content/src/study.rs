//! What an exercise asks of a learner beside drawing and running: phases with hints and solutions, the worksheet, deep dives with the runs that
//! show them, the rubric, follow-up twists and review cards. Read and checked here; who has seen what is for others to keep.
//!
//! | module | what it holds |
//! |---|---|
//! | [`text`] | Markdown with `{{values}}` and `[@sources]` filled in |
//! | [`phases`] | `phases/*.toml` with their texts |
//! | [`dives`] | `dives/*.toml` with their texts, runs and checks |
//! | [`lists`] | `rubric.toml`, `twists.toml`, `cards.toml` |

use std::collections::BTreeMap;

use loadline_model::arrivals::Shape;
use loadline_model::sketch::SettingValue;
use serde::{Deserialize, Serialize};

use crate::markdown::Document;
use crate::worksheet::Worksheet;

pub(crate) mod dives;
pub(crate) mod lists;
pub(crate) mod phases;
pub(crate) mod text;

#[cfg(test)]
mod tests;

/// The phases of an interview, in order, by the names of their files.
pub const PHASES: [&str; 6] = ["requirements", "estimation", "interface", "design", "deep-dives", "refinement"];
/// The levels of an anchored example, in order.
pub const LEVELS: [&str; 4] = ["junior", "mid", "senior", "staff"];

/// Everything of an exercise that is read, asked and answered.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Study {
    /// In the order of [`PHASES`]; empty for a lab.
    pub phases: Vec<Phase>,
    /// The estimation phase's worksheet.
    pub worksheet: Option<Worksheet>,
    /// In their own order.
    pub dives: Vec<Dive>,
    /// In the order of the file.
    pub rubric: Vec<Point>,
    /// In the order of the file.
    pub twists: Vec<Twist>,
    /// In the order of the file.
    pub cards: Vec<Card>,
}

/// One phase of the interview.
#[derive(Debug, Clone, Serialize)]
pub struct Phase {
    /// One of [`PHASES`].
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Minutes that it takes in an interview of an hour.
    pub minutes: u32,
    /// What the learner is asked to do.
    pub prompt: Document,
    /// Questions by subsystem, with the answers that are expected.
    pub asks: Vec<SubsystemAsk>,
    /// What is expected, above and below the line: shut until an attempt.
    pub expected: Vec<Expected>,
    /// From a nudge to nearly the answer; opened one by one.
    pub hints: Vec<Document>,
    /// What an interviewer would worry about: shut until an attempt.
    pub red_flags: Vec<Document>,
    /// Shut until an attempt.
    pub solution: Document,
}

/// A question about one subsystem.
#[derive(Debug, Clone, Serialize)]
pub struct SubsystemAsk {
    /// Which part of the system.
    pub subsystem: String,
    /// The question.
    pub prompt: String,
    /// The answer: shut until an attempt.
    pub expected: Document,
}

/// Which side of the line a requirement is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// Must be in the design.
    Above,
    /// Named, and left out on purpose.
    Below,
}

/// Something that a good answer has.
#[derive(Debug, Clone, Serialize)]
pub struct Expected {
    /// The requirement.
    pub what: String,
    /// Its side of the line.
    pub line: Line,
    /// Why.
    pub why: Document,
}

/// A deep dive: one question, and the runs that answer it.
#[derive(Debug, Clone, Serialize)]
pub struct Dive {
    /// File name.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// In one sentence.
    pub question: String,
    /// What the learner is asked to think through and predict.
    pub prompt: Document,
    /// Runs that show it.
    pub runs: Vec<DiveRun>,
    /// What those runs show: shut until an attempt, as it gives the answer away.
    pub checks: Vec<Check>,
    /// Shut until an attempt.
    pub solution: Document,
}

/// One run of a dive.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiveRun {
    /// Name in the dive's checks.
    pub id: String,
    /// Bundled design.
    pub design: String,
    /// Scenario.
    pub scenario: String,
    /// Shape; absent: the scenario's.
    pub shape: Option<Shape>,
    /// Requests a second of life, all operations together; absent: the scenario's.
    pub rate_per_s: Option<f64>,
    /// Seconds of WALL time under load; absent: the scenario's.
    pub duration_s: Option<f64>,
    /// Seed of everything drawn by lot; absent: the scenario's.
    pub seed: Option<u64>,
    /// Settings that differ from the bundled design's: `feed.celebrity_threshold`.
    pub set: BTreeMap<String, SettingValue>,
}

/// What runs show: a number, or the ratio of two, within bounds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Check {
    /// Name in the dive.
    pub id: String,
    /// In a sentence that has the bounds from `from` and `to`: Markdown.
    pub says: Document,
    /// The number.
    pub left: Reading,
    /// What it is divided by; absent: by nothing.
    pub right: Option<Reading>,
    /// It is at least this.
    pub from: f64,
    /// It is at most this.
    pub to: f64,
}

/// A number of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reading {
    /// Run of the dive.
    pub run: String,
    /// As [`loadline_model::reading`] has it.
    pub name: String,
}

impl Check {
    /// The number, or the ratio, by the readings of the dive's runs; `None` when a run does not have it.
    pub fn value(&self, reading: &dyn Fn(&Reading) -> Option<f64>) -> Option<f64> {
        let left = reading(&self.left)?;
        match &self.right {
            None => Some(left),
            Some(right) => reading(right).filter(|right| *right != 0.0).map(|right| left / right),
        }
    }
}

impl DiveRun {
    /// The command that makes this run of `exercise`: all that decides it, so that what is printed is what is tested.
    pub fn command(&self, exercise: &str) -> String {
        let mut command = format!("loadline run {exercise} --design {} --scenario {}", self.design, self.scenario);
        if let Some(shape) = self.shape {
            command.push_str(&format!(" --shape {}", shape.word()));
        }
        if let Some(rate) = self.rate_per_s {
            command.push_str(&format!(" --rate {rate}"));
        }
        if let Some(duration_s) = self.duration_s {
            command.push_str(&format!(" --duration {duration_s}s"));
        }
        if let Some(seed) = self.seed {
            command.push_str(&format!(" --seed {seed}"));
        }
        for (name, value) in &self.set {
            let value = match value {
                SettingValue::Switch(on) => on.to_string(),
                SettingValue::Number(number) => number.to_string(),
                SettingValue::Word(word) => word.clone(),
            };
            command.push_str(&format!(" --set {name}={value}"));
        }
        command
    }
}

/// Where the evidence for a rubric point is.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Evidence {
    /// In what the learner wrote in the phase: a person judges, against the anchors.
    Note,
    /// In the drawing.
    Component {
        /// Role that must be there.
        role: String,
        /// At least so many instances.
        instances: u32,
        /// A setting that it must have; absent: any.
        setting: Option<(String, SettingValue)>,
    },
    /// In a run.
    Figure {
        /// Scenario of the run.
        scenario: String,
        /// Name of the figure.
        figure: String,
        /// It must be this or less.
        at_most: f64,
    },
}

/// One point of the rubric: points add up, nothing is taken off.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Point {
    /// Name.
    pub id: String,
    /// One of [`PHASES`].
    pub phase: String,
    /// What it is worth.
    pub points: u32,
    /// What earns it.
    pub what: String,
    /// Where to look.
    pub evidence: Evidence,
    /// What an answer of each level sounds like, in the order of [`LEVELS`]; only where a person judges.
    pub anchors: Vec<(String, Document)>,
}

/// The interviewer's "and what if".
#[derive(Debug, Clone, Serialize)]
pub struct Twist {
    /// Name.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// The question.
    pub prompt: Document,
    /// Shut until an attempt.
    pub answer: Document,
}

/// A card for review.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Card {
    /// Name, stable over versions.
    pub id: String,
    /// Front.
    pub question: Document,
    /// Back.
    pub answer: Document,
    /// Where the answer comes from.
    pub source: Document,
    /// Word to find it by.
    pub tag: String,
}

impl Study {
    /// Every text with its file, for those who look for diagrams.
    pub fn documents(&self) -> Vec<(String, &Document)> {
        let mut all = Vec::new();
        for phase in &self.phases {
            all.push((format!("phases/{}.md", phase.id), &phase.prompt));
            all.push((format!("phases/{}.solution.md", phase.id), &phase.solution));
        }
        for dive in &self.dives {
            all.push((format!("dives/{}.md", dive.id), &dive.prompt));
            all.push((format!("dives/{}.solution.md", dive.id), &dive.solution));
        }
        all
    }
}
