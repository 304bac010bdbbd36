//! A damaged database: it is kept aside with its log, what can be read of it is brought over to a new one, what is missing comes from the
//! newest good backup, and what was lost is counted. Nothing is moved before the new database is whole on the disk; where nothing at all can
//! be read, nothing is done.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, SqliteConnection};

use crate::backup::{newest_good, remove, sync_folder};
use crate::calendar::stamp;
use crate::files::copy_file;
use crate::inspect::{BUSY_WAIT, Found, Look, damaged, inspect, read_only};
use crate::ledger::{SAVES_FILE, saves_noted, seal_all};
use crate::lock::FolderLock;
use crate::open::{MIGRATIONS, newest_schema};
use crate::values::{Value, insert, shape, tables};
use crate::{FILE, Store, StoreError, transfer};

mod bring;
mod source;

use source::{Seals, Source};

/// The new database, whole on the disk: it only has to take its place.
const NEW: &str = "loadline.db.recovering";
/// The new database while it is filled.
const FILLING: &str = "loadline.db.filling";
/// What is kept of a sound file that lacks its last saves, until it is whole.
const KEEPING: &str = "loadline.db.keeping";
/// The copy that is read from.
const COPY: &str = "loadline.db.salvage";

/// The schema that has a ledger and a table of recoveries; those before it differ by what they lack alone.
const FIRST_WITH_LEDGER: i64 = 4;

/// What came of a recovery.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recovered {
    /// Name of the damaged file, kept in the data folder; empty when there was none.
    pub kept: String,
    /// What was wrong.
    pub reason: String,
    /// By table; those where all is well are left out.
    pub tables: Vec<TableOutcome>,
    /// Name of the backup that helped out.
    pub backup: Option<String>,
    /// The last saves that the file did not have any more.
    pub missing_saves: i64,
    /// False: the list of what was there is damaged too, so more may be missing than is counted.
    pub counted: bool,
}

/// What came of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableOutcome {
    /// Its name.
    pub table: String,
    /// Rows that came over from the damaged file.
    pub brought: u64,
    /// Of them, rows that are not as they were saved, or cannot be shown to be.
    pub unproven: u64,
    /// Rows from the backup, as they were saved last.
    pub from_backup: u64,
    /// Rows from the backup, as they were when it was made, or of which that is unknown.
    pub older: u64,
    /// Rows that no longer name what they belonged to, because that is gone.
    pub parted: u64,
    /// Rows that are gone.
    pub lost: u64,
}

impl TableOutcome {
    fn is_whole(&self) -> bool {
        self.unproven == 0 && self.from_backup == 0 && self.older == 0 && self.parted == 0 && self.lost == 0
    }
}

impl Store {
    /// Recoveries that the learner has not read about yet, oldest first, with the time in ms since 1970.
    pub async fn recoveries(&self) -> Result<Vec<(i64, Recovered)>, StoreError> {
        let sql = "SELECT id, at_ms, record FROM recoveries WHERE seen_ms IS NULL ORDER BY id";
        let rows: Vec<(i64, i64, String)> = sqlx::query_as(sql).fetch_all(&self.readers).await?;
        let read = |(id, at_ms, record): (i64, i64, String)| {
            let record = serde_json::from_str(&record);
            record.map(|record| (at_ms, record)).map_err(|e| StoreError::Unreadable { what: "recovery", id, reason: e.to_string() })
        };
        rows.into_iter().map(read).collect()
    }

    /// The learner has read about them.
    pub async fn recoveries_seen(&self, now_ms: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        sqlx::query("UPDATE recoveries SET seen_ms = ? WHERE seen_ms IS NULL").bind(now_ms).execute(&mut *write).await?;
        write.commit().await
    }

    pub(crate) async fn record_recovery(&self, recovered: &Recovered, now_ms: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        insert_record(&mut write, recovered, now_ms).await?;
        write.commit().await
    }

    /// Begins anew, because the learner says so: what is there is kept aside, and its name given back; backups stay.
    pub async fn start_empty(folder: &Path, now_ms: i64) -> Result<Option<String>, StoreError> {
        let _lock = FolderLock::take(folder, std::time::Duration::ZERO).await?;
        let kept = if folder.join(FILE).exists() { Some(set_aside(folder, now_ms)?) } else { None };
        let saves = folder.join(SAVES_FILE);
        remove(&saves).map_err(|source| StoreError::Io { path: saves, source })?;
        Ok(kept)
    }
}

async fn insert_record(connection: &mut SqliteConnection, recovered: &Recovered, now_ms: i64) -> Result<(), StoreError> {
    let record = serde_json::to_string(recovered).map_err(|e| StoreError::Invalid { what: "recovery", reason: e.to_string() })?;
    sqlx::query("INSERT INTO recoveries (at_ms, record) VALUES (?, ?)").bind(now_ms).bind(record).execute(connection).await?;
    Ok(())
}

/// Fills a new database with what can be had, then puts it in the place of the damaged one.
pub(crate) async fn recover(folder: &Path, reason: &str, now_ms: i64) -> Result<Recovered, StoreError> {
    clean(folder)?;
    let filled = fill(folder, reason, now_ms).await;
    remove_all(&folder.join(COPY))?;
    let recovered = match filled.and_then(|recovered| name_filled(folder).map(|()| recovered)) {
        Ok(recovered) => recovered,
        Err(error) => {
            // The first error says more than a failure to tidy up.
            let _ = remove_all(&folder.join(FILLING));
            return Err(error);
        }
    };
    if !recovered.kept.is_empty() {
        set_aside_as(folder, &recovered.kept)?;
    }
    finish(folder)?;
    Ok(recovered)
}

async fn fill(folder: &Path, reason: &str, now_ms: i64) -> Result<Recovered, StoreError> {
    let path = folder.join(FILE);
    let mut source = Source::open(folder, &folder.join(COPY)).await?;
    if let Some(found) = source.as_ref().and_then(|source| source.schema).filter(|found| *found > newest_schema()) {
        return Err(StoreError::Newer { path, found, known: newest_schema() });
    }
    // The file's own word for which database it is, or that of the count of saves beside it.
    let own = source.as_ref().and_then(|source| source.ledger.as_ref()).map(|(id, _)| id.clone());
    let own = own.or_else(|| saves_noted(folder).map(|(id, _)| id));
    let backup = newest_good(folder, own.as_deref()).await?;
    let mut from_backup = match &backup {
        Some(backup) => Some(read_only(&backup.path).await?),
        None => None,
    };
    let mut new = SqliteConnectOptions::new()
        .filename(folder.join(FILLING))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(false)
        .disable_statement_logging()
        .connect()
        .await?;
    // Of the schema that was there, so that what later migrations do to rows is done to these too.
    let backed_up = match &backup {
        Some(backup) => inspect(&backup.path, Look::Pages).await?.schema,
        None => newest_schema(),
    };
    let schema = source.as_ref().map_or(backed_up, |source| source.schema.unwrap_or(backed_up)).clamp(FIRST_WITH_LEDGER, newest_schema());
    MIGRATIONS.run_direct(Some(schema), &mut new, false).await.map_err(StoreError::Migration)?;
    sqlx::query("BEGIN IMMEDIATE").execute(&mut new).await?;
    // A log without its database is kept too: it must not meet the new one.
    let there = path.exists() || folder.join(format!("{FILE}-wal")).exists();
    let kept = if there { free_aside(folder, now_ms) } else { String::new() };
    let mut recovered = Recovered { kept, reason: reason.to_owned(), counted: true, ..Recovered::default() };
    let mut any = false;
    let seals = match source.as_mut() {
        Some(source) => source.list().await?,
        None => Seals { sums: BTreeMap::new(), whole: false },
    };
    recovered.counted = seals.whole;
    let none = BTreeMap::new();
    for table in tables(&mut new).await? {
        let list = bring::List { sums: seals.sums.get(&table).unwrap_or(&none), whole: seals.whole };
        let outcome = bring::table(&mut new, source.as_mut(), from_backup.as_mut(), &table, &list).await?;
        any |= outcome.brought + outcome.from_backup + outcome.older > 0;
        recovered.tables.push(outcome);
    }
    let empty_for_sure = recovered.counted && recovered.tables.iter().all(TableOutcome::is_whole);
    if !any && backup.is_none() && !empty_for_sure {
        return Err(StoreError::Lost { path, reason: reason.to_owned() });
    }
    bring::drop_orphans(&mut new, &mut recovered.tables).await?;
    recovered.tables.retain(|outcome| !outcome.is_whole());
    if recovered.tables.iter().any(|outcome| outcome.from_backup + outcome.older > 0) {
        recovered.backup = backup.as_ref().map(|backup| backup.name());
    }
    recovered.missing_saves = missing_saves(folder, source.as_ref().and_then(|source| source.ledger.as_ref()));
    insert_record(&mut new, &recovered, now_ms).await?;
    seal_all(&mut new, schema).await?;
    sqlx::query("COMMIT").execute(&mut new).await?;
    new.close().await?;
    if let Some(source) = source {
        source.close().await;
    }
    if let Some(from_backup) = from_backup {
        from_backup.close().await?;
    }
    Ok(recovered)
}

/// Saves that were counted beside the database and are not in it.
fn missing_saves(folder: &Path, ledger: Option<&(String, i64)>) -> i64 {
    match (saves_noted(folder), ledger) {
        (Some((noted, saves)), Some((id, found))) if noted == *id => (saves - found).max(0),
        _ => 0,
    }
}

/// A sound database that lacks its last saves (its log was damaged or is gone) is copied aside before it is written to.
pub(crate) async fn keep_if_older(folder: &Path, found: Option<&Found>, now_ms: i64) -> Result<Option<Recovered>, StoreError> {
    let missing_saves = missing_saves(folder, found.and_then(|found| found.ledger.as_ref()));
    if missing_saves == 0 {
        return Ok(None);
    }
    let kept = free_aside(folder, now_ms);
    keep(folder, &kept).await?;
    let reason = "its log of the last changes was damaged, or an older copy was put in its place".to_owned();
    Ok(Some(Recovered { kept, reason, missing_saves, counted: true, ..Recovered::default() }))
}

/// Copies the database and its log to a free name, which they have only once they are whole on the disk. After an error there is neither.
async fn keep(folder: &Path, kept: &str) -> Result<(), StoreError> {
    let done = keep_under(folder, kept).await;
    if done.is_err() {
        // The first error says more than a failure to tidy up.
        for name in [format!("{kept}-wal"), kept.to_owned()] {
            let _ = remove(&folder.join(name));
        }
        let _ = remove_all(&folder.join(KEEPING));
    }
    done
}

async fn keep_under(folder: &Path, kept: &str) -> Result<(), StoreError> {
    let mut copied = Vec::new();
    for ending in ["-wal", ""] {
        let (from, to) = (folder.join(format!("{FILE}{ending}")), folder.join(format!("{KEEPING}{ending}")));
        if from.exists() {
            let io = |source: std::io::Error| StoreError::Io { path: to.clone(), source };
            copy_file(&from, &to).await?;
            File::open(&to).and_then(|file| file.sync_all()).map_err(io)?;
            copied.push((to, folder.join(format!("{kept}{ending}"))));
        }
    }
    for (scratch, kept) in copied {
        std::fs::rename(&scratch, &kept).map_err(|source| StoreError::Io { path: kept.clone(), source })?;
        sync_folder(&kept);
    }
    Ok(())
}

/// A recovery that was cut short after the damaged file was moved is finished; one that was cut short before begins again.
pub(crate) fn finish_interrupted(folder: &Path, now_ms: i64) -> Result<(), StoreError> {
    if folder.join(NEW).exists() && !folder.join(FILE).exists() {
        // The log and the journal of the damaged file may still be there: they must not meet the new one.
        let free = free_aside(folder, now_ms);
        for ending in ["-wal", "-journal"] {
            // Nor may they take the place of those that an earlier damaged file has.
            let kept = newest_aside(folder).filter(|name| !folder.join(format!("{name}{ending}")).exists());
            let kept = kept.unwrap_or_else(|| free.clone());
            let (from, to) = (folder.join(format!("{FILE}{ending}")), folder.join(format!("{kept}{ending}")));
            if from.exists() {
                std::fs::rename(&from, &to).map_err(|source| StoreError::Io { path: to, source })?;
            }
        }
        finish(folder)?;
    }
    clean(folder)
}

/// A process that was killed before the database had a write-ahead log leaves a journal: what it had begun is undone. First in a copy, so that
/// a file that is not ours is not touched.
pub(crate) async fn roll_back(folder: &Path) -> Result<(), StoreError> {
    let (path, copy) = (folder.join(FILE), folder.join(COPY));
    if !std::fs::metadata(folder.join(format!("{FILE}-journal"))).is_ok_and(|meta| meta.len() > 0) {
        return Ok(());
    }
    remove_all(&copy)?;
    for ending in ["", "-journal"] {
        let (from, to) = (folder.join(format!("{FILE}{ending}")), folder.join(format!("{COPY}{ending}")));
        copy_file(&from, &to).await?;
    }
    let undone = match undo(&copy).await {
        Ok(()) => inspect(&copy, Look::Pages).await.map(|_| ()),
        Err(error) => Err(error),
    };
    remove_all(&copy)?;
    undone.map_err(|error| match error {
        StoreError::Damaged { reason, .. } => StoreError::Damaged { path: path.clone(), reason },
        StoreError::Newer { found, known, .. } => StoreError::Newer { path: path.clone(), found, known },
        StoreError::Foreign(_) => StoreError::Foreign(path.clone()),
        other => other,
    })?;
    undo(&path).await
}

/// SQLite undoes what a journal says as soon as the file is read by one who may write.
async fn undo(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path).busy_timeout(BUSY_WAIT).disable_statement_logging();
    let damaged = |error: sqlx::Error| damaged(path, error);
    let mut connection = options.connect().await.map_err(damaged)?;
    let read = sqlx::query("SELECT count(*) FROM sqlite_schema").fetch_one(&mut connection).await.map_err(damaged);
    connection.close().await.map_err(damaged)?;
    read.map(|_| ())
}

/// What was filled gets the name by which it is known to be whole.
fn name_filled(folder: &Path) -> Result<(), StoreError> {
    let (filled, whole) = (folder.join(FILLING), folder.join(NEW));
    File::open(&filled).and_then(|file| file.sync_all()).map_err(|source| StoreError::Io { path: filled.clone(), source })?;
    std::fs::rename(&filled, &whole).map_err(|source| StoreError::Io { path: whole.clone(), source })?;
    sync_folder(&whole);
    Ok(())
}

/// The new database takes its place.
fn finish(folder: &Path) -> Result<(), StoreError> {
    let path = folder.join(FILE);
    let shared = folder.join(format!("{FILE}-shm"));
    remove(&shared).map_err(|source| StoreError::Io { path: shared, source })?;
    std::fs::rename(folder.join(NEW), &path).map_err(|source| StoreError::Io { path: path.clone(), source })?;
    sync_folder(&path);
    Ok(())
}

/// Moves the database and its log to a free name, which is given back.
fn set_aside(folder: &Path, now_ms: i64) -> Result<String, StoreError> {
    let kept = free_aside(folder, now_ms);
    set_aside_as(folder, &kept)?;
    Ok(kept)
}

/// First the database, then its log: see [`finish_interrupted`].
fn set_aside_as(folder: &Path, kept: &str) -> Result<(), StoreError> {
    for ending in ["", "-wal", "-journal"] {
        let (from, to) = (folder.join(format!("{FILE}{ending}")), folder.join(format!("{kept}{ending}")));
        if from.exists() {
            std::fs::rename(&from, &to).map_err(|source| StoreError::Io { path: to, source })?;
        }
    }
    let shared = folder.join(format!("{FILE}-shm"));
    remove(&shared).map_err(|source| StoreError::Io { path: shared, source })
}

/// `loadline.db.damaged-20261122-034500`, or a later second when that is taken.
fn free_aside(folder: &Path, now_ms: i64) -> String {
    (0..)
        .map(|second| format!("{FILE}.damaged-{}", stamp(now_ms + second * 1000)))
        .find(|name| ["", "-wal", "-journal"].iter().all(|ending| !folder.join(format!("{name}{ending}")).exists()))
        .unwrap_or_default()
}

fn newest_aside(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).ok()?;
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    names.filter(|name| name.starts_with(&format!("{FILE}.damaged-")) && !name.ends_with("-wal") && !name.ends_with("-journal")).max()
}

/// Removes what a recovery, a copy or an import that was cut short left.
fn clean(folder: &Path) -> Result<(), StoreError> {
    [NEW, FILLING, COPY, KEEPING, transfer::COPY].iter().try_for_each(|name| remove_all(&folder.join(name)))
}

/// Removes a database with its log and journal.
pub(crate) fn remove_all(path: &Path) -> Result<(), StoreError> {
    for ending in ["", "-wal", "-shm", "-journal"] {
        let mut file = path.as_os_str().to_owned();
        file.push(ending);
        let file = PathBuf::from(file);
        remove(&file).map_err(|source| StoreError::Io { path: file, source })?;
    }
    Ok(())
}

/// A row of another database, put into a table by the names of its columns.
async fn put(
    connection: &mut SqliteConnection,
    table: &str,
    columns: &[String],
    row_id: i64,
    values: Vec<Value>,
) -> Result<bool, sqlx::Error> {
    let shape = shape(connection, table).await?;
    let row: Vec<(&str, Value)> = columns.iter().map(String::as_str).zip(values).collect();
    insert(connection, table, &shape, Some(row_id), &row).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_copy_that_cannot_be_kept_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(FILE), "the database").unwrap();
        std::fs::write(dir.path().join(format!("{FILE}-wal")), "its log").unwrap();
        // A folder in the place of the database: its log has its name already by then.
        std::fs::create_dir(dir.path().join("kept")).unwrap();
        let error = keep(dir.path(), "kept").await.unwrap_err();
        assert!(matches!(&error, StoreError::Io { path, .. } if *path == dir.path().join("kept")), "{error:?}");
        std::fs::remove_dir(dir.path().join("kept")).unwrap();
        let mut names: Vec<_> = std::fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, [FILE.to_owned(), format!("{FILE}-wal")].map(std::ffi::OsString::from));
        keep(dir.path(), "kept").await.unwrap();
        assert_eq!(std::fs::read_to_string(dir.path().join("kept-wal")).unwrap(), "its log");
    }
}
