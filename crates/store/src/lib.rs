//! The learner's database: designs, predictions, runs, attempts, settings, in one SQLite file. It keeps what it is given; it knows no clock (the caller
//! passes the time) and no business rules. A file that it cannot read is reported and left as it is, never replaced.
//!
//! | module | what it holds |
//! |---|---|
//! | `open` | opening: lock, inspection, migrations |
//! | [`designs`] | what the learner draws |
//! | [`predictions`] | what the learner said beforehand |
//! | [`runs`] | what came out |
//! | [`openings`] | solutions that were opened before an attempt |
//! | [`attempts`] | notes, answers, hints and solutions of an exercise's attempts |
//! | [`settings`] | words by key |
//! | [`error`] | what can go wrong, with stable codes |
//!
//! One writer connection, several readers. Every write is one transaction that begins with `BEGIN IMMEDIATE`, so that two processes wait
//! for each other and never fail half-way.

pub mod attempts;
pub mod designs;
pub mod error;
mod open;
pub mod openings;
pub mod predictions;
pub mod runs;
pub mod settings;

pub use attempts::{Attempt, AttemptRow, Place};
pub use designs::{Design, DesignRow, NewDesign};
pub use error::StoreError;
pub use predictions::PredictionSet;
pub use runs::{NewRun, Run, RunRow};

use sqlx::{Sqlite, SqlitePool, Transaction};

/// Name of the database in its folder.
pub const FILE: &str = "loadline.db";
/// Name of the lock in the same folder, held while the database is opened.
pub const LOCK_FILE: &str = "loadline.lock";

/// An open database. Cheap to clone; the connections are shared.
#[derive(Debug, Clone)]
pub struct Store {
    writer: SqlitePool,
    readers: SqlitePool,
}

impl Store {
    /// A transaction that holds the database's one write lock from its first statement on.
    async fn write(&self) -> Result<Transaction<'static, Sqlite>, StoreError> {
        Ok(self.writer.begin_with("BEGIN IMMEDIATE").await?)
    }

    /// Closes every connection; the last one folds the write-ahead log into the file.
    pub async fn close(self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

#[cfg(test)]
mod tests;
