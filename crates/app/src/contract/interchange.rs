//! What crosses to the window of sketches in other tools' formats: what to export and where it went, what to import and what it was taken for.

use std::collections::BTreeMap;

use loadline_model::sketch::Sketch;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A format that a drawing can be exported to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExportFormat {
    /// Loadline's own file: everything is in it.
    Sketch,
    /// A flowchart: components, links, groups and comments; no places and no settings.
    Mermaid,
    /// A picture of lines and letters.
    Svg,
    /// A picture of pixels.
    Png,
}

/// What to export, and how.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ExportRequest {
    /// The drawing.
    pub sketch: Sketch,
    /// Format.
    pub format: ExportFormat,
    /// Exercise, for what the client asks; absent: it is left out.
    pub exercise: Option<String>,
    /// A dark picture.
    pub dark: bool,
    /// Pixels for each canvas pixel of a PNG, 1 or 2.
    pub scale: u32,
}

/// A drawing as text.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ExportText {
    /// The text.
    pub text: String,
}

/// Exports a drawing to a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ExportSave {
    /// What.
    pub what: ExportRequest,
    /// File; absent: a new one in the exports folder of the learner's data.
    pub path: Option<String>,
    /// A file of that name may be replaced.
    pub replace: bool,
}

/// Where an export went.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ExportSaved {
    /// The file.
    pub path: String,
    /// Its size, bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// What was left out or made smaller, as sentences.
    pub notes: Vec<String>,
}

/// Reads a sketch file or a Mermaid flowchart.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ImportRequest {
    /// The text; absent: it is read from the file.
    pub text: Option<String>,
    /// A file; absent: the text is given.
    pub path: Option<String>,
    /// Role by node, where the guess is not wanted.
    pub roles: BTreeMap<String, String>,
    /// A dark preview.
    pub dark: bool,
}

/// What a text was taken for.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Imported {
    /// [`ExportFormat::Sketch`] or [`ExportFormat::Mermaid`].
    pub format: ExportFormat,
    /// What each node is taken for; empty for a sketch file, which says it.
    pub guesses: Vec<ImportGuess>,
    /// What is wrong or was left out, by line.
    pub findings: Vec<ImportFinding>,
    /// The drawing; absent while something is wrong or a role is not known.
    pub sketch: Option<Sketch>,
    /// The drawing as SVG; show it only as an image from a blob URL.
    pub preview: Option<String>,
}

/// What a node is taken for.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportGuess {
    /// Id of the node.
    pub node: String,
    /// What stands in it.
    pub text: String,
    /// 1-based.
    pub line: u32,
    /// Role; absent: it must be said.
    pub role: Option<String>,
    /// Why, as a sentence.
    pub why: String,
}

/// Something that is wrong, or was left out.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ImportFinding {
    /// 1-based.
    pub line: u32,
    /// 1-based, in characters; absent where the whole line is meant.
    pub column: Option<u32>,
    /// What.
    pub message: String,
    /// What to do; empty where nothing is to be done.
    pub hint: String,
    /// True: nothing is imported before it is mended.
    pub error: bool,
}

/// A place on the canvas, canvas pixels.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Place {
    pub x: f64,
    pub y: f64,
    pub width: f64,
    pub height: f64,
}
