//! The learner's data as a whole, as it crosses: where it is, one file out and in, what the store has to say of damage.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Names a file.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DataFile {
    /// Its path.
    pub path: String,
}

/// What a file carries (export), or what was new in it (import).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DataSummary {
    /// Path of the file.
    pub path: String,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Designs.
    #[ts(type = "number")]
    pub designs: u64,
    /// Runs.
    #[ts(type = "number")]
    pub runs: u64,
    /// Attempts.
    #[ts(type = "number")]
    pub attempts: u64,
}

/// Where the learner's data is.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DataPlace {
    /// The folder.
    pub folder: String,
    /// Size of the database with its log, bytes.
    #[ts(type = "number")]
    pub database_bytes: u64,
    /// Newest first.
    pub backups: Vec<DataBackup>,
}

/// A backup.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DataBackup {
    /// Path of the file.
    pub file: String,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub made_ms: i64,
    /// `daily`, `migration` or `import`.
    pub reason: String,
}

/// What the learner has to know of the data; empty on a good day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct StorageNotice {
    /// Oldest first.
    pub notices: Vec<DataNotice>,
}

/// Something that happened to the data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, TS)]
pub struct DataNotice {
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub at_ms: i64,
    /// One sentence.
    pub title: String,
    /// What was brought over, what is lost, where the damaged file is.
    pub lines: Vec<String>,
}
