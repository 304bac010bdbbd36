//! What crosses between the window and the shell round the workbench: text size, dialogs, files that the system hands over, where the data is,
//! what ships, and the report of an error. The commands that use it are those of the second list in `commands.rs`.

use loadline_model::diagnostic::Diagnostic;
use loadline_model::sketch::Sketch;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Makes everything in the window larger.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct TextSize {
    /// 100 to 125.
    pub percent: u32,
}

/// Which dialog of the system is to open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PathKind {
    /// A folder that is there, or is made.
    Folder,
    /// A file to read.
    Open,
    /// A file to write.
    Save,
}

/// Asks the learner for a place on the disk.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PathWish {
    /// Which dialog.
    pub kind: PathKind,
    /// Its title.
    pub title: String,
    /// Name that a file to write has at first; absent: none.
    pub name: Option<String>,
    /// Ending of the files that are shown, without its dot; absent: all files.
    pub ending: Option<String>,
}

/// A place that the learner chose.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PathChosen {
    /// The whole path; absent: none was chosen.
    pub path: Option<String>,
}

/// A file that was handed over: by the system, or as an argument of a second start.
#[derive(Debug, Clone, Serialize, TS)]
pub struct HandedOver {
    /// The oldest one that was not taken yet; absent: there is none.
    pub file: Option<SketchFile>,
}

/// A sketch file, read and validated.
#[derive(Debug, Clone, Serialize, TS)]
pub struct SketchFile {
    /// Its name, without folders.
    pub name: String,
    /// What is drawn.
    pub sketch: Sketch,
    /// What is wrong with the drawing by itself, worst first.
    pub diagnostics: Vec<Diagnostic>,
    /// Exercises that it may be a design of, the most likely first.
    pub exercises: Vec<SketchFits>,
}

/// How well a drawing goes with an exercise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct SketchFits {
    /// Exercise id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// Components whose role the exercise's own designs use as well.
    pub shared: u32,
}

/// Keeps a sketch of a file as a new design.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SketchKeep {
    /// Exercise id.
    pub exercise: String,
    /// Title of the design.
    pub title: String,
    /// What is drawn.
    pub sketch: Sketch,
}

/// Who says where the data is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FolderChosenBy {
    /// `LOADLINE_DATA_DIR`, which wins over everything.
    Environment,
    /// The learner, in the settings.
    Learner,
    /// Nobody: it is the platform's folder.
    Platform,
}

/// Where the learner's data is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DataFolder {
    /// The whole path.
    pub folder: String,
    /// Who says so.
    pub chosen_by: FolderChosenBy,
    /// Everything in it, bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// Moves to another data folder.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DataMove {
    /// The whole path of the folder.
    pub folder: String,
    /// True: use the data that is there already, and copy nothing. False: copy the data of now to it; it must be empty.
    pub take: bool,
}

/// What a move came to. The data of before stays where it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DataMoved {
    /// Where the data is now.
    pub now: DataFolder,
    /// Where it was, and still lies.
    pub before: String,
    /// Files that were copied and compared.
    pub files: u32,
}

/// Which program this is.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct About {
    /// `0.1.0`.
    pub version: String,
    /// Commit that it was built from, or how it was built.
    pub build: String,
    /// `Debian GNU/Linux 12 (bookworm), x86_64`.
    pub system: String,
    /// What draws the window, with its version.
    pub webview: String,
    /// Cores of this machine, as a run counts them.
    pub cores: f64,
}

/// An error as it stands in the window, for a report.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ErrorSeen {
    /// Where: a command, or the window itself.
    pub place: String,
    /// Its stable word.
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// A report of an error, as text that can be read and sent.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ErrorReport {
    /// All of it.
    pub text: String,
}
