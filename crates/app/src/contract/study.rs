//! What crosses to the window of an exercise's study: phases, hints, the worksheet, dives, twists, solutions and cards. What is shut until an
//! attempt is in no response but [`Solution`] and [`WorksheetGrades`].

use std::collections::BTreeMap;

use loadline_model::sketch::SettingValue;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::RunWish;

/// Everything of an exercise's study that is open from the start.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Study {
    /// In the order of an interview; empty for most labs.
    pub phases: Vec<StudyPhase>,
    /// The estimation phase's worksheet.
    pub worksheet: Option<Worksheet>,
    /// Questions with the runs that answer them.
    pub dives: Vec<StudyDive>,
    /// The interviewer's "and what if".
    pub twists: Vec<StudyTwist>,
    /// Review cards that there are.
    pub cards: u32,
    /// Rubric points that can be reached.
    pub points: u32,
}

/// One phase.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StudyPhase {
    /// `requirements`, `estimation`, `interface`, `design`, `deep-dives` or `refinement`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Minutes that it takes.
    pub minutes: u32,
    /// Sanitised HTML of what is asked.
    pub prompt_html: String,
    /// Questions by subsystem.
    pub asks: Vec<StudyAsk>,
    /// Hints that there are; `hint` opens them one by one.
    pub hints: u32,
    /// Rubric points that can be reached in it.
    pub points: u32,
}

/// A question about one subsystem.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StudyAsk {
    /// Which part of the system.
    pub subsystem: String,
    /// The question.
    pub prompt: String,
}

/// The worksheet as it is handed out.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Worksheet {
    /// An answer is right within this factor, either way.
    pub tolerance: f64,
    /// What is given.
    pub given: Vec<GivenNumber>,
    /// What is asked.
    pub asked: Vec<AskedNumber>,
}

/// A number that is given.
#[derive(Debug, Clone, Serialize, TS)]
pub struct GivenNumber {
    /// Its name.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// In `unit`.
    pub value: f64,
    /// Its unit.
    pub unit: String,
    /// As people write it: `16.8K timelines/s`.
    pub shown: String,
    /// Where it comes from.
    pub source: String,
}

/// A number that is asked for.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AskedNumber {
    /// Its name.
    pub id: String,
    /// Name for people.
    pub label: String,
    /// The question.
    pub prompt: String,
    /// The unit that an answer is in, unless it says another.
    pub unit: String,
}

/// A deep dive.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StudyDive {
    /// Its name.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// In one sentence.
    pub question: String,
    /// Sanitised HTML of what to think through and predict.
    pub prompt_html: String,
    /// Runs that show it.
    pub runs: Vec<StudyRun>,
}

/// One run of a dive.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StudyRun {
    /// Its name in the dive.
    pub id: String,
    /// Bundled design that it begins from.
    pub design: String,
    /// Settings that differ from that design's, by `component.setting` (or `component.instances`).
    pub set: BTreeMap<String, SettingValue>,
    /// How it is run.
    pub wish: RunWish,
    /// The same in the terminal.
    pub command: String,
}

/// A follow-up question.
#[derive(Debug, Clone, Serialize, TS)]
pub struct StudyTwist {
    /// Its name.
    pub id: String,
    /// In a few words.
    pub title: String,
    /// Sanitised HTML of the question.
    pub prompt_html: String,
}

/// Opens one hint.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct HintRequest {
    /// Exercise id.
    pub exercise: String,
    /// Phase.
    pub phase: String,
    /// Which one, from 1; each after the one before it.
    pub number: u32,
}

/// One hint.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Hint {
    /// Which one, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// Sanitised HTML.
    pub html: String,
}

/// What has a solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the names say it")]
pub enum StudyPart {
    Phase,
    Dive,
    Twist,
}

/// Hands in an attempt and opens the solution.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SolutionRequest {
    /// Exercise id.
    pub exercise: String,
    /// Of what.
    pub part: StudyPart,
    /// Which one.
    pub id: String,
    /// What the learner wrote; a blank is no attempt, except in the estimation phase when the worksheet has an answer.
    pub attempt: String,
    /// Open it without an attempt, after being asked: it is recorded as such.
    pub anyway: bool,
}

/// What was shut.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct Solution {
    /// Sanitised HTML.
    pub html: String,
    /// Answers to a phase's questions by subsystem.
    pub asks: Vec<AnsweredAsk>,
    /// What a good answer to a phase has.
    pub expected: Vec<ExpectedItem>,
    /// Sanitised HTML of what would worry an interviewer.
    pub red_flags: Vec<String>,
    /// What a dive's runs show.
    pub checks: Vec<DiveCheck>,
    /// A phase's part of the rubric.
    pub rubric: Vec<RubricPoint>,
}

/// A question about one subsystem with its answer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AnsweredAsk {
    /// Which part of the system.
    pub subsystem: String,
    /// The question.
    pub prompt: String,
    /// Sanitised HTML.
    pub answer_html: String,
}

/// Something that a good answer has.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ExpectedItem {
    /// The requirement.
    pub what: String,
    /// True: above the line, in the design; false: named and left out.
    pub above: bool,
    /// Sanitised HTML.
    pub why_html: String,
}

/// What a dive's runs show.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DiveCheck {
    /// Its name.
    pub id: String,
    /// Sanitised HTML, with the bounds.
    pub says_html: String,
    /// `run:figure`.
    pub left: String,
    /// What it is divided by, `run:figure`; absent: by nothing.
    pub right: Option<String>,
    /// At least this.
    pub from: f64,
    /// At most this.
    pub to: f64,
}

/// A point of the rubric.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RubricPoint {
    /// Its name.
    pub id: String,
    /// What it is worth.
    pub points: u32,
    /// What earns it.
    pub what: String,
    /// Where to look.
    pub evidence: RubricEvidence,
    /// What each level's answer sounds like, junior to staff; only where a person judges.
    pub anchors: Vec<RubricAnchor>,
}

/// Where the evidence is.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RubricEvidence {
    /// In what the learner wrote.
    Note,
    /// In the drawing.
    Component {
        /// Role that must be there.
        role: String,
        /// At least so many instances.
        instances: u32,
        /// A setting that it must have, with its value.
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

/// What an answer of one level sounds like.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RubricAnchor {
    /// `junior`, `mid`, `senior` or `staff`.
    pub level: String,
    /// Sanitised HTML.
    pub html: String,
}

/// Hands in answers to the worksheet, as they were typed.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct WorksheetAnswers {
    /// Exercise id.
    pub exercise: String,
    /// By quantity: `35`, `1.2M`, `1M tweets/day`. Blanks are left out.
    pub answers: BTreeMap<String, String>,
}

/// The grades.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WorksheetGrades {
    /// One for each answer that is not blank; where the solution of the estimation phase is open, one for each quantity.
    pub grades: Vec<WorksheetGrade>,
    /// Answers within the tolerance.
    pub near: u32,
    /// Quantities that are asked.
    pub asked: u32,
}

/// One answer, graded.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WorksheetGrade {
    /// Quantity.
    pub id: String,
    /// What was read, in the quantity's unit; absent when nothing could be read.
    pub said: Option<f64>,
    /// Why nothing could be read, with the remedy.
    pub problem: Option<String>,
    /// said ÷ answer.
    pub ratio: Option<f64>,
    /// Within the tolerance.
    pub near: Option<bool>,
    /// The worked answer; only where an answer was read, or where the solution of the estimation phase is open.
    pub worked: Option<WorkedAnswer>,
}

/// A worked answer.
#[derive(Debug, Clone, Serialize, TS)]
pub struct WorkedAnswer {
    /// In the quantity's unit.
    pub value: f64,
    /// As people write it.
    pub shown: String,
    /// The arithmetic with its values.
    pub arithmetic: String,
    /// What the number decides.
    pub so: String,
}

/// Every review card of an exercise.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Cards {
    /// In the pack's order.
    pub cards: Vec<ReviewCard>,
}

/// A review card.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReviewCard {
    /// Its name, stable over versions of the pack.
    pub id: String,
    /// Sanitised HTML of the front.
    pub question_html: String,
    /// Sanitised HTML of the back.
    pub answer_html: String,
    /// Sanitised HTML: where the answer comes from.
    pub source_html: String,
    /// Word to find it by.
    pub tag: String,
}
