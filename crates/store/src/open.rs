//! Opening the database. An existing file is first looked at through a read-only connection; only when it is ours, whole and not newer is
//! it opened for writing and brought up to date. sqlx's migration lock does nothing on SQLite, so a file lock of our own is held meanwhile.

use std::fs::{File, OpenOptions};
use std::path::Path;
use std::time::{Duration, Instant};

use fs4::{FileExt, TryLockError};
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::error::{StoreError, rescode, result_code};
use crate::{FILE, LOCK_FILE, Store};

pub(crate) static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// `LOAD`: marks the file as ours.
const APPLICATION_ID: i64 = 0x4C4F_4144;
/// How long one process waits for another that is opening the database.
const LOCK_WAIT: Duration = Duration::from_secs(10);
/// How long a statement waits for another process's write.
const BUSY_WAIT: Duration = Duration::from_secs(5);
const READERS: u32 = 3;

impl Store {
    /// Opens the database in `folder`, creating both when they are not there.
    pub async fn open(folder: &Path) -> Result<Self, StoreError> {
        Self::open_waiting(folder, LOCK_WAIT).await
    }

    /// The same, waiting at most so long for another process that is opening it.
    pub async fn open_waiting(folder: &Path, wait: Duration) -> Result<Self, StoreError> {
        std::fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
        let lock = lock(&folder.join(LOCK_FILE), wait).await?;
        let path = folder.join(FILE);
        let existing = std::fs::metadata(&path).map(|meta| meta.len() > 0).unwrap_or(false);
        if existing {
            inspect(&path).await?;
        }
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_WAIT)
            .disable_statement_logging();
        let damaged = |error: sqlx::Error| damaged(&path, error);
        let writer = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await.map_err(damaged)?;
        MIGRATIONS.run(&writer).await.map_err(StoreError::Migration)?;
        let read_only = options.read_only(true).create_if_missing(false);
        let readers = SqlitePoolOptions::new().max_connections(READERS).connect_with(read_only).await.map_err(damaged)?;
        // The lock goes with the file; from here on SQLite's own locks are enough.
        drop(lock);
        Ok(Self { writer, readers })
    }
}

/// Waits for the lock, looking again from time to time: a blocking wait could not be given up.
async fn lock(path: &Path, wait: Duration) -> Result<File, StoreError> {
    let io = |source: std::io::Error| StoreError::Io { path: path.to_owned(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(path).map_err(io)?;
    let began = Instant::now();
    loop {
        match FileExt::try_lock(&file) {
            Ok(()) => return Ok(file),
            Err(TryLockError::Error(source)) => return Err(io(source)),
            Err(TryLockError::WouldBlock) if began.elapsed() >= wait => return Err(StoreError::Locked(path.to_owned())),
            Err(TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(10)).await,
        }
    }
}

/// Looks at an existing file without changing it: ours, whole, and of a schema that is known here.
async fn inspect(path: &Path) -> Result<(), StoreError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_WAIT).disable_statement_logging();
    let damaged = |error: sqlx::Error| damaged(path, error);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(damaged)?;
    let result = inspect_open(&mut connection, path).await;
    connection.close().await.map_err(damaged)?;
    result
}

async fn inspect_open(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let damaged = |error: sqlx::Error| damaged(path, error);
    let check = sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut *connection).await.map_err(damaged)?;
    let said: String = check.try_get(0)?;
    if said != "ok" {
        return Err(StoreError::Damaged { path: path.to_owned(), reason: said });
    }
    let tables: i64 = sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&mut *connection).await.map_err(damaged)?;
    if tables == 0 {
        return Ok(());
    }
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(damaged)?;
    let known = MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0);
    let migrated = "SELECT count(*) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let migrated: i64 = sqlx::query_scalar(migrated).fetch_one(&mut *connection).await.map_err(damaged)?;
    if application != APPLICATION_ID {
        // Only sqlx's own table: the very first opening was cut short. Anything else is not ours.
        return if migrated == 1 && only_migrations(connection).await.map_err(damaged)? {
            Ok(())
        } else {
            Err(StoreError::Foreign(path.to_owned()))
        };
    }
    if migrated == 0 {
        return Err(StoreError::Damaged { path: path.to_owned(), reason: "its table of migrations is missing".into() });
    }
    let found: Option<i64> =
        sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await.map_err(damaged)?;
    let found = found.unwrap_or(0);
    if found > known {
        return Err(StoreError::Newer { path: path.to_owned(), found, known });
    }
    Ok(())
}

async fn only_migrations(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    let others = "SELECT count(*) FROM sqlite_schema WHERE tbl_name <> '_sqlx_migrations'";
    let others: i64 = sqlx::query_scalar(others).fetch_one(connection).await?;
    Ok(others == 0)
}

/// What SQLite says of a broken file, as such.
fn damaged(path: &Path, error: sqlx::Error) -> StoreError {
    match result_code(&error) {
        Some(rescode::CORRUPT | rescode::NOTADB) => StoreError::Damaged { path: path.to_owned(), reason: error.to_string() },
        _ => error.into(),
    }
}
