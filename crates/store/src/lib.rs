//! The learner's database: designs, predictions, runs, attempts, settings, in one SQLite file. It keeps what it is given; it knows no clock (the caller
//! passes the time) and no business rules. A file that it cannot read is kept, and what can be read of it is
//! brought over and accounted for; it is never silently replaced.
//!
//! | module | what it holds |
//! |---|---|
//! | `open` | opening: lock, inspection, recovery, backup, migrations |
//! | `lock` | one program on a folder |
//! | `files` | copies of files |
//! | `inspect` | a look at a file before anything is written |
//! | `ledger` | a seal on every row and a count of saves: how damage is noticed |
//! | [`backup`] | copies by age |
//! | [`recovery`] | a damaged file: what is brought over, what is lost |
//! | [`transfer`] | everything as one file, out and in |
//! | `values`, `calendar` | rows as plain values, times as words |
//! | [`designs`] | what the learner draws |
//! | [`versions`] | how a design came to be, and its undo history |
//! | [`predictions`] | what the learner said beforehand |
//! | [`runs`] | what came out |
//! | [`openings`] | solutions that were opened before an attempt |
//! | [`attempts`] | notes, answers, hints and solutions of an exercise's attempts |
//! | [`settings`] | words by key |
//! | [`error`] | what can go wrong, with stable codes |
//!
//! One process has the folder; in it one writer connection and several readers. Every write is one transaction that begins with `BEGIN
//! IMMEDIATE`, seals what it touched, and is on the disk when it returns.

pub mod attempts;
pub mod backup;
mod calendar;
pub mod designs;
pub mod error;
mod files;
mod inspect;
mod ledger;
mod lock;
mod open;
pub mod openings;
pub mod predictions;
pub mod recovery;
pub mod runs;
pub mod settings;
pub mod transfer;
mod values;
pub mod versions;

pub use attempts::{Attempt, AttemptRow, Place};
pub use backup::{Backup, backups};
pub use designs::{Design, DesignRow, NewDesign};
pub use error::StoreError;
pub use ledger::SAVES_FILE;
pub use lock::{HOLDER_FILE, LOCK_FILE};
pub use predictions::PredictionSet;
pub use recovery::{Recovered, TableOutcome};
pub use runs::{NewRun, Run, RunRow};
pub use transfer::Carried;
pub use versions::{Version, VersionRow};

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use ledger::{SavesFile, Touched, Write};
use lock::FolderLock;
use sqlx::SqlitePool;

/// Name of the database in its folder.
pub const FILE: &str = "loadline.db";
/// An open database. Cheap to clone; the connections are shared.
#[derive(Debug, Clone)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
    folder: PathBuf,
    touched: Touched,
    saves: Arc<SavesFile>,
    lock: Arc<Mutex<Option<FolderLock>>>,
    /// One backup at a time: each clears away what one that was cut short left.
    backing_up: Arc<tokio::sync::Mutex<()>>,
}

impl Store {
    /// The data folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    async fn write(&self) -> Result<Write, StoreError> {
        const BEGIN: &str = "BEGIN IMMEDIATE";
        let transaction = match self.writer.begin_with(BEGIN).await {
            // SQLite ends a transaction by itself when the disk fails, and sqlx, whose ROLLBACK then finds none, takes it for open for ever:
            // the connection is replaced.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with(BEGIN).await?
            }
            begun => begun?,
        };
        // What a write that was given up had touched is as it was.
        self.touched.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(Write { transaction, touched: self.touched.clone(), saves: self.saves.clone() })
    }

    /// Closes every connection, of every clone; the last one folds the write-ahead log into the file. Then the folder is free.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
        self.lock.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

#[cfg(test)]
mod tests;
