//! Looking at a database file without changing it: is it ours, whole, and of a schema that is known here?

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::error::{StoreError, rescode, result_code};
use crate::ledger;
use crate::open::{APPLICATION_ID, MIGRATIONS, newest_schema};

/// How long a statement waits for another process's write.
pub(crate) const BUSY_WAIT: Duration = Duration::from_secs(5);

/// What a sound file is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// Its newest migration; 0 when nothing is in it yet.
    pub(crate) schema: i64,
    /// Id and count of saves, where there is a ledger.
    pub(crate) ledger: Option<(String, i64)>,
}

/// How closely a file is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Look {
    /// Every page and what the file says of itself.
    Pages,
    /// Also every index and the seal of every row.
    Rows,
}

/// A connection that changes nothing.
pub(crate) async fn read_only(path: &Path) -> Result<SqliteConnection, sqlx::Error> {
    SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(BUSY_WAIT).disable_statement_logging().connect().await
}

/// Looks at an existing file.
pub(crate) async fn inspect(path: &Path, look: Look) -> Result<Found, StoreError> {
    let damaged = |error: sqlx::Error| damaged(path, error);
    let mut connection = read_only(path).await.map_err(damaged)?;
    let result = inspect_open(&mut connection, path, look).await;
    connection.close().await.map_err(damaged)?;
    result
}

async fn inspect_open(connection: &mut SqliteConnection, path: &Path, look: Look) -> Result<Found, StoreError> {
    let damaged = |error: sqlx::Error| damaged(path, error);
    let broken = |reason: &str| StoreError::Damaged { path: path.to_owned(), reason: reason.to_owned() };
    // Before anything is asked by name: a schema that is no text would not do in sqlx's hands.
    let schema = declared(connection).await.map_err(damaged)?.ok_or_else(|| broken("its schema is not text"))?;
    let check = if look == Look::Rows { "PRAGMA integrity_check(1)" } else { "PRAGMA quick_check(1)" };
    let said: String = sqlx::query_scalar(check).fetch_one(&mut *connection).await.map_err(damaged)?;
    if said != "ok" {
        return Err(broken(&said));
    }
    if schema.is_empty() {
        return Ok(Found::default());
    }
    let application: i64 = sqlx::query_scalar("PRAGMA application_id").fetch_one(&mut *connection).await.map_err(damaged)?;
    let migrated = schema.contains_key("_sqlx_migrations");
    if application != APPLICATION_ID {
        // Only sqlx's own table: the very first opening was cut short. With our tables, it is the mark that is damaged.
        return match migrated {
            true if schema.keys().all(|name| name.contains("_sqlx_migrations")) => Ok(Found::default()),
            true if schema.contains_key("ledger") && schema.contains_key("designs") => Err(broken("the mark of Loadline is not in it")),
            _ => Err(StoreError::Foreign(path.to_owned())),
        };
    }
    if !migrated {
        return Err(broken("its table of migrations is missing"));
    }
    let applied: Vec<(i64, Vec<u8>)> = sqlx::query_as("SELECT version, checksum FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut *connection)
        .await
        .map_err(damaged)?;
    let found = applied.iter().map(|(version, _)| *version).max().unwrap_or(0);
    if found > newest_schema() {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: newest_schema() });
    }
    for (version, checksum) in &applied {
        if !MIGRATIONS.iter().any(|known| known.version == *version && *known.checksum == **checksum) {
            return Err(broken(&format!("migration {version} is not one of Loadline's")));
        }
    }
    if expected_schema(found).await? != ours(&schema) {
        return Err(broken("its tables are not declared as Loadline's are"));
    }
    if !schema.contains_key("ledger") {
        return Ok(Found { schema: found, ledger: None });
    }
    let row: Option<(String, i64, i64)> =
        sqlx::query_as("SELECT id, saves, sealed_schema FROM ledger").fetch_optional(&mut *connection).await.map_err(damaged)?;
    let (id, saves, sealed) = row.ok_or_else(|| broken("its ledger is empty"))?;
    if look == Look::Rows
        && sealed == found
        && let Some(flaw) = ledger::flaw(connection).await.map_err(damaged)?
    {
        return Err(broken(&flaw));
    }
    Ok(Found { schema: found, ledger: Some((id, saves)) })
}

/// What the file declares, by name; `None` when some of it is not text.
pub(crate) async fn declared(connection: &mut SqliteConnection) -> Result<Option<BTreeMap<String, String>>, sqlx::Error> {
    let sql = "SELECT CAST(name AS BLOB), CAST(coalesce(sql, '') AS BLOB) FROM sqlite_schema";
    let rows = sqlx::query(sql).fetch_all(connection).await?;
    let mut declared = BTreeMap::new();
    for row in &rows {
        let text = |at: usize| -> Result<Option<String>, sqlx::Error> {
            let bytes: Option<Vec<u8>> = row.try_get_unchecked(at)?;
            Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
        };
        let (Some(name), Some(sql)) = (text(0)?, text(1)?) else { return Ok(None) };
        declared.insert(name, sql);
    }
    Ok(Some(declared))
}

/// Tables and indexes of our own: SQLite's and sqlx's may be declared otherwise by another version of theirs.
fn ours(declared: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let ours = declared.iter().filter(|(name, _)| !name.starts_with("sqlite_") && !name.contains("_sqlx_migrations"));
    ours.map(|(name, sql)| (name.clone(), sql.clone())).collect()
}

/// What a database of this schema declares.
pub(crate) async fn expected_schema(version: i64) -> Result<BTreeMap<String, String>, StoreError> {
    let options = SqliteConnectOptions::new().in_memory(true).disable_statement_logging();
    let mut memory = options.connect().await?;
    MIGRATIONS.run_direct(Some(version), &mut memory, false).await.map_err(StoreError::Migration)?;
    let declared = declared(&mut memory).await?.unwrap_or_default();
    memory.close().await?;
    Ok(ours(&declared))
}

/// What SQLite says of a broken file, as such.
pub(crate) fn damaged(path: &Path, error: sqlx::Error) -> StoreError {
    let not_text = matches!(error, sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_));
    match result_code(&error) {
        Some(rescode::CORRUPT | rescode::NOTADB | rescode::ERROR | rescode::FORMAT) => {
            StoreError::Damaged { path: path.to_owned(), reason: error.to_string() }
        }
        _ if not_text => StoreError::Damaged { path: path.to_owned(), reason: error.to_string() },
        _ => error.into(),
    }
}
