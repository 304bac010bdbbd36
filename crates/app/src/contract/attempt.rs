//! What crosses to the window of a learner's attempts: notes, answers, hints and solutions that were opened. The texts of hints and solutions
//! are not here: `hint` and `solution` give those.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::StudyPart;

/// A learner's attempts of an exercise.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Practice {
    /// The newest one, going on or finished; absent when nothing was begun.
    pub attempt: Option<Attempt>,
    /// Those before it, newest first.
    pub earlier: Vec<AttemptCard>,
}

/// How far an attempt is with one phase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct PhaseStep {
    /// Name for people.
    pub title: String,
    /// How far.
    pub state: PhaseState,
}

/// How far an attempt is with a phase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PhaseState {
    /// Nothing was written, and no hint opened.
    New,
    /// Something was.
    Begun,
    /// Its solution was opened after an attempt was handed in.
    Handed,
    /// Its solution was opened without one.
    Anyway,
}

/// An attempt in a list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AttemptCard {
    /// From 1 in the exercise.
    pub number: u32,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// Milliseconds since 1970; absent while it goes on.
    pub finished_ms: Option<i64>,
}

/// An attempt with what is in it.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Attempt {
    /// Number and times.
    pub card: AttemptCard,
    /// What was written.
    pub notes: Vec<AttemptNote>,
    /// The worksheet.
    pub answers: Vec<AttemptAnswer>,
    /// Hints that were opened, by phase and number.
    pub hints: Vec<OpenedHint>,
    /// Solutions that were opened.
    pub solutions: Vec<OpenedSolution>,
}

/// A note.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AttemptNote {
    /// Of what.
    pub part: StudyPart,
    /// Which one.
    pub id: String,
    /// As it was written.
    pub text: String,
    /// Milliseconds since 1970.
    pub saved_ms: i64,
}

/// An answer of the worksheet.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AttemptAnswer {
    /// Quantity.
    pub id: String,
    /// As it was typed.
    pub text: String,
    /// When it was handed in, ms since 1970: it no longer changes then.
    pub handed_ms: Option<i64>,
}

/// A hint that was opened.
#[derive(Debug, Clone, Serialize, TS)]
pub struct OpenedHint {
    /// Phase.
    pub phase: String,
    /// From 1.
    pub number: u32,
    /// Milliseconds since 1970.
    pub opened_ms: i64,
}

/// A solution that was opened.
#[derive(Debug, Clone, Serialize, TS)]
pub struct OpenedSolution {
    /// Of what.
    pub part: StudyPart,
    /// Which one.
    pub id: String,
    /// False: it was opened without an attempt.
    pub handed_in: bool,
    /// Milliseconds since 1970.
    pub opened_ms: i64,
}

/// Keeps a note in place of the one before.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct NoteSave {
    /// Exercise id.
    pub exercise: String,
    /// Of what.
    pub part: StudyPart,
    /// Which one.
    pub id: String,
    /// What was written.
    pub text: String,
}

/// Makes the drawing of a dive's run, ready to be run.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DiveOpen {
    /// Exercise id.
    pub exercise: String,
    /// Dive.
    pub dive: String,
    /// Run of the dive.
    pub run: String,
}
