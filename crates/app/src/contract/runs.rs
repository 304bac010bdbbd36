//! Types of kept runs: their names, notes and explanations, two of them compared, two drawings compared, and reports as files.

use loadline_model::report::{Tag, Verdict};
use loadline_model::sketch::Sketch;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Design;

/// Gives a run a name, or takes it away.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RunName {
    /// Id of the run.
    pub id: String,
    /// One line; empty: no name.
    pub name: String,
}

/// Keeps a note on a run.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RunNoteSave {
    /// Id of the run.
    pub id: String,
    /// Plain text; empty: no note.
    pub note: String,
}

/// Keeps the learner's explanation of a run (autosave does, after each change).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ExplanationSave {
    /// Id of the run.
    pub id: String,
    /// Why it came out so.
    pub why: String,
    /// One change to try.
    pub change: String,
}

/// Two things by id, in the order in which they are compared.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct Pair {
    /// The first.
    pub a: String,
    /// The second.
    pub b: String,
}

// -- two drawings ------------------------------------------------------------------------------------------------------------------

/// What sort of change it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// Only in the second.
    Added,
    /// Only in the first.
    Removed,
    /// In both, and not the same.
    Changed,
}

/// One difference between two drawings, from the first to the second.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
pub struct Change {
    /// What sort it is.
    pub kind: ChangeKind,
    /// Component in the first drawing that it is about.
    pub a: Option<String>,
    /// Component in the second drawing that it is about.
    pub b: Option<String>,
    /// In words: `Feed service: 4 → 7 instances`.
    pub text: String,
    /// False: the system runs as before (a name, a place, a comment).
    pub runs: bool,
}

/// Two designs side by side.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DesignsComparison {
    /// The first.
    pub a: Design,
    /// The second.
    pub b: Design,
    /// What differs, from the first to the second; empty: they draw the same.
    pub changes: Vec<Change>,
}

// -- two runs ----------------------------------------------------------------------------------------------------------------------

/// Two runs of one exercise, figure by figure. It names no winner: two runs are one pair, and a pair has no interval.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct Comparison {
    /// Exercise id of both.
    pub exercise: String,
    /// The first.
    pub a: ComparedRun,
    /// The second.
    pub b: ComparedRun,
    /// True: the same load in the same situation at the same scale, and both runs sound.
    pub like_for_like: bool,
    /// What the two were given that is not the same, the drawing apart.
    pub inputs: Vec<InputDifference>,
    /// What differs between the drawings that ran; absent where a report does not hold its drawing.
    pub changes: Option<Vec<Change>>,
    /// How far the figures below may be trusted, in sentences.
    pub cautions: Vec<String>,
    /// Figures, in reading order.
    pub groups: Vec<CompareGroup>,
}

/// One side of a comparison.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ComparedRun {
    /// Id of the run; empty for a report from a file.
    pub id: String,
    /// `Run 14`, or the name of the file.
    pub title: String,
    /// The learner's name for it, mostly empty.
    pub name: String,
    /// Title of the design that ran.
    pub design: String,
    /// Scenario name.
    pub scenario: String,
    /// Seed.
    #[ts(type = "number")]
    pub seed: u64,
    /// What it says.
    pub verdict: Verdict,
    /// Targets met and missed, and how many there were.
    pub targets: (u32, u32, u32),
    /// The drawing that ran; absent where the report does not hold it.
    pub sketch: Option<Sketch>,
}

/// Something that two runs were given, and not the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct InputDifference {
    /// `Seed`.
    pub what: String,
    /// In the first.
    pub a: String,
    /// In the second.
    pub b: String,
}

/// Figures of one sort.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CompareGroup {
    /// `Timeline read`.
    pub title: String,
    /// What they are, in a few words.
    pub remark: String,
    /// One a figure.
    pub rows: Vec<CompareRow>,
}

/// One figure of both runs.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct CompareRow {
    /// Name of the figure.
    pub name: String,
    /// Name for people.
    pub label: String,
    /// Unit of both, and of the difference.
    pub unit: String,
    /// Origin of both.
    pub tag: Tag,
    /// In the first; absent: unknown.
    pub a: Option<f64>,
    /// In the second; absent: unknown.
    pub b: Option<f64>,
    /// Second − first.
    pub difference: Option<f64>,
    /// Second ÷ first; absent where the first is 0.
    pub ratio: Option<f64>,
    /// What can be said of the difference.
    pub says: CompareSays,
}

/// What can be said of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CompareSays {
    /// They are equal, or nearer to each other than the histograms can tell.
    Same,
    /// They differ; whether by more than chance, one pair does not say.
    Differs,
    /// At least one is unknown.
    Unknown,
}

// -- a run opened, and as a file ----------------------------------------------------------------------------------------------------

/// A design made from the drawing that ran.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RunCopy {
    /// The copy.
    pub design: Design,
    /// The change to try, in the learner's words; empty when none was written.
    pub change: String,
}

/// A form that a report can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ReportForm {
    /// Markdown, to paste or to keep with notes.
    Markdown,
    /// One file that opens in any browser.
    Html,
    /// For other programs; `loadline schema` prints its schema.
    Json,
}

/// Writes a report as a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ReportExport {
    /// Id of the run.
    pub id: String,
    /// As what.
    pub form: ReportForm,
}

/// Where it was written.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ReportFile {
    /// The whole path.
    pub path: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
}
