//! What can go wrong with the database, each with a stable code and a remedy.

use std::path::PathBuf;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The folder or a file cannot be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// What was touched.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another program has the folder open.
    #[error("{}: Loadline is open on this folder already{}", folder.display(), pid.map(|pid| format!(" (process {pid})")).unwrap_or_default())]
    Locked {
        /// The data folder.
        folder: PathBuf,
        /// Who has it, where that is known.
        pid: Option<u32>,
    },
    /// Written by a newer version.
    #[error("{}: written by a newer Loadline (schema {found}, this version knows {known})", path.display())]
    Newer {
        /// The file, untouched.
        path: PathBuf,
        /// Its schema.
        found: i64,
        /// The newest schema known here.
        known: i64,
    },
    /// Not a database, or a broken one.
    #[error("{}: damaged: {reason}", path.display())]
    Damaged {
        /// The file, untouched.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Damaged, and neither it nor a backup has anything that can be read.
    #[error("{}: damaged, and nothing in it can be read: {reason}", path.display())]
    Lost {
        /// The file, untouched.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that was to be brought in is broken; nothing was changed.
    #[error("{}: it cannot be brought in: {reason}", path.display())]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file for the learner could not be written; nothing else was done.
    #[error("{}: the copy could not be written: {}", path.display(), source.of_a_file())]
    Export {
        /// The file that there is not.
        path: PathBuf,
        /// Why.
        source: Box<StoreError>,
    },
    /// A copy could not be made; nothing else was done.
    #[error("{}: the copy could not be written: {source}", path.display())]
    Backup {
        /// The copy that there is not.
        path: PathBuf,
        /// Why.
        source: Box<StoreError>,
    },
    /// The drawing was saved elsewhere since it was opened.
    #[error("design {id} was saved in another window since it was opened here")]
    Conflict {
        /// Number of the design.
        id: i64,
        /// Its revision.
        revision: i64,
    },
    /// A database of another program.
    #[error("{}: a database, but not one of Loadline", .0.display())]
    Foreign(PathBuf),
    /// No such row.
    #[error("there is no {what} {id}")]
    NotFound {
        /// `design` or `run`.
        what: &'static str,
        /// Its number.
        id: i64,
    },
    /// The exercise has a design of this name already.
    #[error("this exercise has a design named {0} already")]
    NameTaken(String),
    /// An attempt of the exercise goes on: another cannot begin.
    #[error("attempt {0} of this exercise goes on")]
    AttemptGoesOn(i64),
    /// A finished attempt does not change.
    #[error("attempt {number} of this exercise is finished")]
    AttemptFinished {
        /// From 1 in the exercise.
        number: i64,
        /// Milliseconds since 1970.
        finished_ms: i64,
    },
    /// Nothing was begun.
    #[error("there is no attempt of this exercise yet")]
    NoAttempt,
    /// Hints open one after the other.
    #[error("hints open one after the other, and {opened} of this phase are open")]
    HintOutOfTurn {
        /// How many are open.
        opened: u32,
    },
    /// A value that is not kept.
    #[error("{what}: {reason}")]
    Invalid {
        /// The field.
        what: &'static str,
        /// Why not.
        reason: String,
    },
    /// A row that this version cannot read.
    #[error("{what} {id} cannot be read: {reason}")]
    Unreadable {
        /// `design` or `run`.
        what: &'static str,
        /// Its number.
        id: i64,
        /// Why not.
        reason: String,
    },
    /// The database is busy with another process's write.
    #[error("another process is writing to the database")]
    Busy,
    /// No room on the disk.
    #[error("the disk that holds Loadline's data is full")]
    DiskFull,
    /// The disk failed, or took no more.
    #[error("the disk that holds Loadline's data failed: {0}")]
    Disk(sqlx::Error),
    /// The data can be read and not written.
    #[error("Loadline's data cannot be written: {0}")]
    ReadOnly(sqlx::Error),
    /// Anything else that SQLite says.
    #[error("the database failed: {0}")]
    Database(sqlx::Error),
    /// A migration failed; it was rolled back.
    #[error("the database could not be brought up to date: {0}")]
    Migration(sqlx::migrate::MigrateError),
}

impl StoreError {
    /// A word that stays the same.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "store_io",
            Self::Locked { .. } => "store_locked",
            Self::Newer { .. } => "store_newer",
            Self::Damaged { .. } => "store_damaged",
            Self::Lost { .. } => "store_lost",
            Self::Backup { .. } => "store_backup",
            Self::Export { .. } => "store_export",
            Self::Unusable { .. } => "import_unusable",
            Self::Conflict { .. } => "design_conflict",
            Self::Foreign(_) => "store_foreign",
            Self::NotFound { .. } => "store_not_found",
            Self::NameTaken(_) => "store_name_taken",
            Self::AttemptGoesOn(_) => "attempt_goes_on",
            Self::AttemptFinished { .. } => "attempt_finished",
            Self::NoAttempt => "attempt_none",
            Self::HintOutOfTurn { .. } => "hint_out_of_turn",
            Self::Invalid { .. } => "store_invalid",
            Self::Unreadable { .. } => "store_unreadable",
            Self::Busy => "store_busy",
            Self::DiskFull => "store_disk_full",
            Self::Disk(_) => "store_disk",
            Self::ReadOnly(_) => "store_read_only",
            Self::Database(_) => "store_database",
            Self::Migration(_) => "store_migration",
        }
    }

    /// What to do.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { source, .. } if is_full(source) => {
                "Make room on the disk that it is on, then try again. What was saved before is kept."
            }
            Self::Io { .. } => "Check that the folder exists and can be written.",
            Self::Locked { .. } => "Use that one, or close it and try again; or choose another folder with LOADLINE_DATA_DIR.",
            Self::Busy => "Close the other Loadline, or wait for it, and try again.",
            Self::Newer { .. } => "Update Loadline. The file was not changed.",
            Self::Damaged { .. } => "Restore the file from a backup, or move it away to begin anew. It was not changed.",
            Self::Lost { .. } => {
                "It was not changed. Put a copy of your own in its place, or start empty (`loadline data start-empty`): the file is kept."
            }
            Self::Backup { source, .. } => source.hint(),
            Self::Export { source, .. } => source.hint_of_a_file(),
            Self::Unusable { .. } => "Export it again where it came from. Nothing was changed here.",
            Self::Conflict { .. } => "Open the design again, or save yours as a copy.",
            Self::Foreign(_) => "Choose another folder. The file was not changed.",
            Self::NotFound { .. } => "It may have been deleted: look at the list again.",
            Self::NameTaken(_) => "Choose another name.",
            Self::AttemptGoesOn(_) => "Finish it first; it is kept.",
            Self::AttemptFinished { .. } => "Begin another attempt; the finished one is kept as it is.",
            Self::NoAttempt => "Write a note or an answer: that begins one.",
            Self::HintOutOfTurn { .. } => "Open the next one.",
            Self::Invalid { .. } => "Correct the value.",
            Self::Unreadable { .. } => "Open it with the version of Loadline that wrote it.",
            Self::DiskFull => "Make room, then save again. What was saved before is kept.",
            Self::Disk(_) => "Check that the disk has room and is there, then save again. What was saved before is kept.",
            Self::ReadOnly(_) => "Make the folder and its files writable, or choose another with LOADLINE_DATA_DIR.",
            Self::Database(_) | Self::Migration(_) => "Try again; if it stays, restore the folder from a backup.",
        }
    }
}

impl StoreError {
    /// What it says of a file of the learner's choice: not of the data, nor of a name that the file only had meanwhile.
    fn of_a_file(&self) -> String {
        match self {
            Self::DiskFull => "its disk is full".to_owned(),
            Self::Io { source, .. } => source.to_string(),
            Self::Disk(said) => format!("a disk failed, or has no more room ({said})"),
            Self::ReadOnly(said) => said.to_string(),
            other => other.to_string(),
        }
    }

    fn hint_of_a_file(&self) -> &'static str {
        match self {
            Self::Io { source, .. } if is_full(source) => {
                "Make room on that disk, or choose a file on another one. Your data is unchanged."
            }
            Self::DiskFull => "Make room on that disk, or choose a file on another one. Your data is unchanged.",
            Self::Disk(_) => "Check that the disk has room and is there, or choose a file on another one. Your data is unchanged.",
            Self::Io { .. } | Self::ReadOnly(_) => "Choose a file in a folder that exists and can be written. Your data is unchanged.",
            other => other.hint(),
        }
    }
}

/// Whether the system says that there is no room.
fn is_full(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded)
}

/// SQLite's result codes that have a meaning of their own here (sqlite.org/rescode.html); extended codes keep them in the low byte.
pub(crate) mod rescode {
    pub(crate) const ERROR: i64 = 1;
    pub(crate) const BUSY: i64 = 5;
    pub(crate) const READONLY: i64 = 8;
    pub(crate) const IOERR: i64 = 10;
    pub(crate) const CORRUPT: i64 = 11;
    pub(crate) const FULL: i64 = 13;
    pub(crate) const CANTOPEN: i64 = 14;
    pub(crate) const SCHEMA: i64 = 17;
    pub(crate) const TOOBIG: i64 = 18;
    pub(crate) const CONSTRAINT: i64 = 19;
    pub(crate) const MISMATCH: i64 = 20;
    pub(crate) const FORMAT: i64 = 24;
    pub(crate) const NOTADB: i64 = 26;
}

/// SQLite's primary result code, when the error is SQLite's.
pub(crate) fn result_code(error: &sqlx::Error) -> Option<i64> {
    let code = error.as_database_error()?.code()?;
    code.parse::<i64>().ok().map(|code| code & 0xff)
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match result_code(&error) {
            Some(rescode::BUSY) => Self::Busy,
            Some(rescode::FULL) => Self::DiskFull,
            Some(rescode::IOERR) => Self::Disk(error),
            Some(rescode::READONLY | rescode::CANTOPEN) => Self::ReadOnly(error),
            _ => Self::Database(error),
        }
    }
}
