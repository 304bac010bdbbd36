//! Opening a data folder: our own lock for as long as it is open, a look at the file before anything is written, a recovery when it is
//! damaged, a backup before each migration. sqlx's migration lock does nothing on SQLite; ours stands for it.

use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection};

use crate::backup::{self, Reason};
use crate::calendar::day;
use crate::error::StoreError;
use crate::inspect::{BUSY_WAIT, Found, Look, damaged, inspect, read_only};
use crate::ledger::{SavesFile, Touched, saves_noted, seal_all, watch};
use crate::lock::FolderLock;
use crate::recovery::{self, Recovered};
use crate::{FILE, Store};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// `LOAD`: marks the file as ours.
pub(crate) const APPLICATION_ID: i64 = 0x4C4F_4144;
/// How long a start waits for another that is ending.
const LOCK_WAIT: Duration = Duration::from_secs(2);
/// A larger file has every row looked at once a day, a smaller one at every opening.
const LOOK_CLOSELY_BYTES: u64 = 64 * 1024 * 1024;
const READERS: u32 = 3;

/// The newest schema that this version knows.
pub(crate) fn newest_schema() -> i64 {
    MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
}

impl Store {
    /// Opens the database in `folder`, creating both when they are not there. The folder is this process's until [`Store::close`].
    pub async fn open(folder: &Path, now_ms: i64) -> Result<Self, StoreError> {
        Self::open_waiting(folder, now_ms, LOCK_WAIT).await
    }

    /// The same, waiting at most so long for another process that has the folder.
    pub async fn open_waiting(folder: &Path, now_ms: i64, wait: Duration) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        let lock = FolderLock::take(folder, wait).await?;
        recovery::finish_interrupted(folder, now_ms)?;
        let path = folder.join(FILE);
        let mut older = None;
        let found = match look(folder, now_ms).await {
            Ok(found) => {
                older = recovery::keep_if_older(folder, found.as_ref(), now_ms).await?;
                found
            }
            Err(StoreError::Damaged { reason, .. }) => {
                recovery::recover(folder, &reason, now_ms).await?;
                Some(inspect(&path, Look::Rows).await?)
            }
            Err(error) => return Err(error),
        };
        if found.as_ref().is_some_and(|found| (1..newest_schema()).contains(&found.schema)) {
            let mut connection = read_only(&path).await?;
            let made = backup::make(&mut connection, folder, Reason::Migration, now_ms).await;
            connection.close().await?;
            made?;
        }
        let store = Self::connect(folder, lock).await?;
        store.bring_up_to_date(older, now_ms).await?;
        Ok(store)
    }

    async fn connect(folder: &Path, lock: FolderLock) -> Result<Self, StoreError> {
        let path = folder.join(FILE);
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_WAIT)
            .disable_statement_logging();
        let damaged = |error: sqlx::Error| damaged(&path, error);
        let touched = Touched::default();
        let watched = touched.clone();
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            // The one connection stays: nothing is gained by a new one.
            .idle_timeout(None)
            .max_lifetime(None)
            .after_connect(move |connection, _| {
                let touched = watched.clone();
                Box::pin(async move { watch(connection, touched).await })
            })
            .connect_with(options.clone())
            .await
            .map_err(damaged)?;
        MIGRATIONS.run(&writer).await.map_err(StoreError::Migration)?;
        let read_only = options.read_only(true).create_if_missing(false);
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(read_only).await.map_err(damaged)?;
        let saves = Arc::new(SavesFile::open(folder)?);
        let lock = Arc::new(Mutex::new(Some(lock)));
        Ok(Self { writer, readers, folder: folder.to_owned(), touched, saves, lock, backing_up: Arc::default() })
    }

    /// After a change of the schema every row is sealed anew: its columns may have changed.
    async fn bring_up_to_date(&self, older: Option<Recovered>, now_ms: i64) -> Result<(), StoreError> {
        let sealed: i64 = sqlx::query_scalar("SELECT sealed_schema FROM ledger").fetch_one(&self.readers).await?;
        if sealed != newest_schema() {
            let mut write = self.write().await?;
            seal_all(&mut write, newest_schema()).await?;
            write.commit().await?;
        }
        if let Some(older) = older {
            self.record_recovery(&older, now_ms).await?;
        }
        let (id, saves): (String, i64) = sqlx::query_as("SELECT id, saves FROM ledger").fetch_one(&self.readers).await?;
        self.saves.note(&id, saves);
        Ok(())
    }
}

/// What is in the folder; `None`: nothing yet. A database that was there and is gone is damage.
async fn look(folder: &Path, now_ms: i64) -> Result<Option<Found>, StoreError> {
    let path = folder.join(FILE);
    let bytes = match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        meta => Some(meta.map_err(|source| StoreError::Io { path: path.clone(), source })?.len()),
    };
    let gone = |reason: &str| Err(StoreError::Damaged { path: path.clone(), reason: reason.to_owned() });
    match bytes {
        None | Some(0) if saves_noted(folder).is_none() => Ok(None),
        None => gone("the file is gone"),
        Some(0) => gone("the file is empty"),
        Some(bytes) => {
            recovery::roll_back(folder).await?;
            let today = day(now_ms);
            let looked_today = || backup::backups(folder).is_ok_and(|all| all.iter().any(|backup| day(backup.made_ms) == today));
            let look = if bytes <= LOOK_CLOSELY_BYTES || !looked_today() { Look::Rows } else { Look::Pages };
            match inspect(&path, look).await? {
                // Until its first checkpoint all that was saved is in the log.
                found if found.schema == 0 && saves_noted(folder).is_some() => gone("nothing is in the file, and its log is gone"),
                found => Ok(Some(found)),
            }
        }
    }
}
