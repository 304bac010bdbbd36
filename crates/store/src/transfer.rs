//! Everything as one file, out and in. The file is a SQLite database as [`crate::open`] makes it, with a seal on every row: it is checked whole
//! before anything changes, brought up to date like any other, and merged in one write, after a backup. What is there already is not doubled.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::backup;
use crate::files::copy_file;
use crate::inspect::{Look, inspect, read_only};
use crate::open::MIGRATIONS;
use crate::recovery::remove_all;
use crate::{FILE, Store, StoreError};

mod check;
mod merge;

/// A file larger than this is not brought in.
const MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// The copy that is brought in, while that goes on.
pub(crate) const COPY: &str = "loadline.db.import";

/// What a file carries, or what was brought in from one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Carried {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Designs: in an exported file; for an import, those that were new here.
    pub designs: u64,
    /// Runs, likewise.
    pub runs: u64,
    /// Attempts, likewise.
    pub attempts: u64,
}

/// Writes everything in a data folder to one file, whole or not at all. Another Loadline may have the folder open.
pub async fn export(folder: &Path, file: &Path) -> Result<Carried, StoreError> {
    let source = folder.join(FILE);
    if !source.exists() {
        let source = std::io::Error::new(std::io::ErrorKind::NotFound, "there is nothing to export yet");
        return Err(StoreError::Io { path: folder.join(FILE), source });
    }
    if std::fs::canonicalize(file).is_ok_and(|file| std::fs::canonicalize(&source).is_ok_and(|source| file == source)) {
        return Err(StoreError::Invalid { what: "file", reason: "that is the database itself: choose another name".into() });
    }
    if file.is_dir() {
        return Err(StoreError::Invalid { what: "file", reason: format!("{} is a folder: give the name of a file", file.display()) });
    }
    let mut connection = read_only(&source).await?;
    let carried = write(&mut connection, file).await;
    connection.close().await?;
    carried
}

async fn write(connection: &mut SqliteConnection, file: &Path) -> Result<Carried, StoreError> {
    let of_file = |source: StoreError| StoreError::Export { path: file.to_owned(), source: Box::new(source) };
    backup::copy(connection, file).await.map_err(of_file)?;
    let mut written = read_only(file).await.map_err(|error| of_file(error.into()))?;
    let carried = count(&mut written, file).await;
    written.close().await.map_err(|error| of_file(error.into()))?;
    carried.map_err(of_file)
}

async fn count(connection: &mut SqliteConnection, file: &Path) -> Result<Carried, StoreError> {
    let sql = "SELECT (SELECT count(*) FROM designs), (SELECT count(*) FROM runs), (SELECT count(*) FROM attempts)";
    let (designs, runs, attempts): (i64, i64, i64) = sqlx::query_as(sql).fetch_one(connection).await?;
    let bytes = std::fs::metadata(file).map_err(|source| StoreError::Io { path: file.to_owned(), source })?.len();
    let number = |count: i64| u64::try_from(count).unwrap_or_default();
    Ok(Carried { path: file.to_owned(), bytes, designs: number(designs), runs: number(runs), attempts: number(attempts) })
}

impl Store {
    /// Brings in everything that a file carries and that is not here yet; what was new. Nothing changes when any of it cannot be read.
    pub async fn import(&self, file: &Path, now_ms: i64) -> Result<Carried, StoreError> {
        let io = |source: std::io::Error| StoreError::Io { path: file.to_owned(), source };
        let meta = std::fs::metadata(file).map_err(io)?;
        if !meta.is_file() {
            return Err(StoreError::Invalid { what: "file", reason: format!("{} is not a file", file.display()) });
        }
        let bytes = meta.len() + std::fs::metadata(log_of(file)).map_or(0, |log| log.len());
        if bytes > MAX_BYTES {
            let reason = format!("{} has {bytes} bytes, and at most {MAX_BYTES} are read", file.display());
            return Err(StoreError::Invalid { what: "file", reason });
        }
        if meta.len() == 0 {
            return Err(StoreError::Damaged { path: file.to_owned(), reason: "it is empty".into() });
        }
        let copy = self.folder.join(COPY);
        remove_all(&copy)?;
        // A copy: it can be brought up to date, and nobody changes it meanwhile.
        let done = match copied(file, &copy).await {
            Ok(()) => self.import_copy(&copy, file, now_ms).await,
            Err(error) => Err(error),
        };
        let tidied = remove_all(&copy);
        let mut carried = done?;
        tidied?;
        carried.path = file.to_owned();
        carried.bytes = meta.len();
        Ok(carried)
    }

    async fn import_copy(&self, copy: &Path, file: &Path, now_ms: i64) -> Result<Carried, StoreError> {
        let named = |error: StoreError| at(error, file);
        let found = inspect(copy, Look::Rows).await.map_err(named)?;
        if found.schema == 0 {
            return Err(StoreError::Foreign(file.to_owned()));
        }
        let options = SqliteConnectOptions::new().filename(copy).journal_mode(SqliteJournalMode::Memory).disable_statement_logging();
        let mut from = options.connect().await?;
        let merged = self.import_from(&mut from, file, now_ms).await;
        from.close().await?;
        merged
    }

    async fn import_from(&self, from: &mut SqliteConnection, file: &Path, now_ms: i64) -> Result<Carried, StoreError> {
        MIGRATIONS.run_direct(None, &mut *from, false).await.map_err(StoreError::Migration)?;
        check::check(from).await.map_err(|error| at(error, file))?;
        self.back_up(backup::Reason::Import, now_ms).await?;
        let mut write = self.write().await?;
        let carried = merge::merge(from, &mut write).await.map_err(|error| at(error, file))?;
        write.commit().await?;
        Ok(carried)
    }
}

/// Copies the file, and its log where it is a database that was not shut: its last changes are there.
async fn copied(file: &Path, copy: &Path) -> Result<(), StoreError> {
    copy_file(file, copy).await?;
    let log = log_of(file);
    if log.is_file() && keeps_a_log(copy).map_err(|source| StoreError::Io { path: copy.to_owned(), source })? {
        copy_file(&log, &log_of(copy)).await?;
    }
    Ok(())
}

/// Where SQLite keeps the log of a database.
fn log_of(file: &Path) -> PathBuf {
    let mut log = file.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Whether a database says of itself that it has a log (sqlite.org/fileformat2.html): beside an exported file lies at most that of another.
fn keeps_a_log(file: &Path) -> std::io::Result<bool> {
    const READ_VERSION: usize = 19;
    const LOGGED: u8 = 2;
    let mut header = Vec::new();
    File::open(file)?.take(READ_VERSION as u64 + 1).read_to_end(&mut header)?;
    Ok(header.get(READ_VERSION) == Some(&LOGGED))
}

/// What is wrong is wrong with the learner's file, not with the copy of it.
fn at(error: StoreError, file: &Path) -> StoreError {
    let path = file.to_owned();
    match error {
        StoreError::Damaged { reason, .. } => StoreError::Unusable { path, reason },
        StoreError::Unreadable { what, id, reason } => {
            StoreError::Unusable { path, reason: format!("{what} {id} cannot be read: {reason}") }
        }
        StoreError::Invalid { what, reason } => StoreError::Unusable { path, reason: format!("{what}: {reason}") },
        StoreError::Newer { found, known, .. } => StoreError::Newer { path, found, known },
        StoreError::Foreign(_) => StoreError::Foreign(path),
        other => other,
    }
}

#[cfg(test)]
mod tests;
