//! Everything as one file, out and in. The file is a SQLite database as [`crate::open`] makes it, with a seal on every row: it is checked whole
//! before anything changes, brought up to date like any other, and merged in one write, after a backup. What is there already is not doubled.

use std::path::{Path, PathBuf};

use loadline_model::sketch::Sketch;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::backup::{self, remove};
use crate::inspect::{Look, inspect, read_only};
use crate::open::MIGRATIONS;
use crate::{FILE, Store, StoreError};

mod merge;

/// A file larger than this is not brought in.
const MAX_BYTES: u64 = 4 * 1024 * 1024 * 1024;
/// The copy that is brought in, while that goes on.
const COPY: &str = "loadline.db.import";

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
    let backup = |source: StoreError| StoreError::Backup { path: file.to_owned(), source: Box::new(source) };
    backup::copy(connection, file).await.map_err(backup)?;
    let mut written = read_only(file).await?;
    let carried = count(&mut written, file).await;
    written.close().await?;
    carried
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
        if meta.len() > MAX_BYTES {
            let reason = format!("{} has {} bytes, and at most {MAX_BYTES} are read", file.display(), meta.len());
            return Err(StoreError::Invalid { what: "file", reason });
        }
        if meta.len() == 0 {
            return Err(StoreError::Damaged { path: file.to_owned(), reason: "it is empty".into() });
        }
        let copy = self.folder.join(COPY);
        let tidy = || remove(&copy).map_err(|source| StoreError::Io { path: copy.clone(), source });
        tidy()?;
        // A copy: it can be brought up to date, and nobody changes it meanwhile.
        let copied = std::fs::copy(file, &copy).map_err(|source| StoreError::Io { path: copy.clone(), source });
        let done = match copied {
            Ok(_) => self.import_copy(&copy, file, now_ms).await,
            Err(error) => Err(error),
        };
        let tidied = tidy();
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
        let merged = self.import_from(&mut from, now_ms).await;
        from.close().await?;
        merged
    }

    async fn import_from(&self, from: &mut SqliteConnection, now_ms: i64) -> Result<Carried, StoreError> {
        MIGRATIONS.run_direct(None, &mut *from, false).await.map_err(StoreError::Migration)?;
        check(from).await?;
        self.back_up(backup::Reason::Import, now_ms).await?;
        let mut write = self.write().await?;
        let carried = merge::merge(from, &mut write).await?;
        write.commit().await?;
        Ok(carried)
    }
}

/// Nothing is brought in that could not be opened afterwards.
async fn check(from: &mut SqliteConnection) -> Result<(), StoreError> {
    for (what, sql, next) in [
        ("design", "SELECT id, sketch FROM designs WHERE id > ? ORDER BY id LIMIT 1", "designs"),
        ("version", "SELECT id, sketch FROM design_versions WHERE id > ? ORDER BY id LIMIT 1", "design_versions"),
        ("run", "SELECT id, sketch FROM runs WHERE id > ? ORDER BY id LIMIT 1", "runs"),
    ] {
        let mut after = i64::MIN;
        loop {
            let row: Option<(i64, String)> = sqlx::query_as(sql).bind(after).fetch_optional(&mut *from).await?;
            let Some((id, json)) = row else { break };
            if let Err(error) = Sketch::from_json(&json) {
                return Err(StoreError::Unreadable { what, id, reason: format!("{error} (table {next} of the file)") });
            }
            after = id;
        }
    }
    let names: Vec<(String, String, String)> = sqlx::query_as("SELECT exercise, name, title FROM designs").fetch_all(&mut *from).await?;
    for (exercise, name, title) in &names {
        crate::designs::check_name("exercise", exercise)?;
        crate::designs::check_name("name", name)?;
        crate::designs::check_title(title)?;
    }
    Ok(())
}

/// What is wrong is wrong with the learner's file, not with the copy of it.
fn at(error: StoreError, file: &Path) -> StoreError {
    let path = file.to_owned();
    match error {
        StoreError::Damaged { reason, .. } => StoreError::Unusable { path, reason },
        StoreError::Newer { found, known, .. } => StoreError::Newer { path, found, known },
        StoreError::Foreign(_) => StoreError::Foreign(path),
        other => other,
    }
}

#[cfg(test)]
mod tests;
