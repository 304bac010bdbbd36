//! A copy of the damaged file, opened as far as SQLite can: its header and its declarations are mended first, in the copy. Rows are then
//! read one by one, so that a broken page costs the rows on it and no others.

use std::collections::BTreeMap;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use futures_util::TryStreamExt as _;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row, SqliteConnection};

use crate::error::{rescode, result_code};
use crate::files::copy_file;
use crate::inspect::expected_schema;
use crate::open::{APPLICATION_ID, newest_schema};
use crate::values::{Value, quoted, values};
use crate::{FILE, StoreError};

/// Bytes of a page, as SQLite makes them for us.
const PAGE: u64 = 4096;

/// A damaged database, opened.
pub(super) struct Source {
    connection: SqliteConnection,
    /// Its newest migration, if that can be read.
    pub(super) schema: Option<i64>,
    /// Id and count of saves, if they can be read.
    pub(super) ledger: Option<(String, i64)>,
}

impl Source {
    /// Copies the database of `folder` and its log to `copy` and opens that; `None` when there is nothing that could be opened.
    pub(super) async fn open(folder: &Path, copy: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join(FILE);
        if !std::fs::metadata(&path).is_ok_and(|meta| meta.len() > 0) {
            return Ok(None);
        }
        for ending in ["", "-wal", "-journal"] {
            let (from, mut to) = (folder.join(format!("{FILE}{ending}")), copy.as_os_str().to_owned());
            to.push(ending);
            if from.exists() {
                copy_file(&from, Path::new(&to)).await?;
            }
        }
        mend_header(copy).map_err(|source| StoreError::Io { path: copy.to_owned(), source })?;
        if !mend_schema(copy).await? {
            return Ok(None);
        }
        let Some(mut connection) = connect(copy).await? else { return Ok(None) };
        let schema = readable(sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(&mut connection).await)?.flatten();
        let ledger = readable(sqlx::query_as("SELECT id, saves FROM ledger").fetch_optional(&mut connection).await)?.flatten();
        Ok(Some(Self { connection, schema, ledger }))
    }

    pub(super) async fn close(self) {
        // A copy that is thrown away: nothing of it has to be on the disk.
        let _ = self.connection.close().await;
    }

    /// Names of a table's columns, in order.
    pub(super) async fn columns(&mut self, table: &str) -> Result<Option<Vec<String>>, StoreError> {
        columns(&mut self.connection, table).await
    }

    /// The row after (or before) `from` that is not past `to`; `Err(())`: it cannot be read.
    pub(super) async fn next(&mut self, table: &str, up: bool, from: i64, to: i64) -> Result<Next, StoreError> {
        let (range, order) = if up { ("rowid > ?1 AND rowid <= ?2", "") } else { ("rowid < ?1 AND rowid >= ?2", "DESC") };
        let sql = format!("SELECT rowid, * FROM {} NOT INDEXED WHERE {range} ORDER BY rowid {order} LIMIT 1", quoted(table));
        let row = readable(sqlx::query(AssertSqlSafe(sql)).bind(from).bind(to).fetch_optional(&mut self.connection).await)?;
        let Some(row) = row else { return Ok(Next::Unreadable) };
        let Some(row) = row else { return Ok(Next::End) };
        let Ok(id) = row.try_get::<i64, _>(0) else { return Ok(Next::Unreadable) };
        // A broken page may give any row: one that was not asked for is none.
        let asked = if up { id > from && id <= to } else { id < from && id >= to };
        if !asked {
            return Ok(Next::Unreadable);
        }
        Ok(Next::Row(id, values(&row, 1).ok()))
    }

    /// The list of what was sealed, from both ends up to what is broken, in one scan each: a search would trust the order of a broken page.
    pub(super) async fn list(&mut self) -> Result<Seals, StoreError> {
        let mut seals = Seals { sums: BTreeMap::new(), whole: false };
        if self.columns("seals").await?.is_none() {
            return Ok(seals);
        }
        for sql in ["SELECT tbl, row, sum FROM seals ORDER BY tbl, row", "SELECT tbl, row, sum FROM seals ORDER BY tbl DESC, row DESC"] {
            let up = !sql.contains("DESC");
            let mut rows = sqlx::query_as::<_, (String, i64, Vec<u8>)>(sql).fetch(&mut self.connection);
            let mut before: Option<(String, i64)> = None;
            loop {
                let Some(next) = readable(rows.try_next().await)? else { break };
                let Some((table, row, sum)) = next else {
                    seals.whole = true;
                    return Ok(seals);
                };
                let key = (table, row);
                if before.as_ref().is_some_and(|before| if up { key <= *before } else { key >= *before }) {
                    break;
                }
                before = Some(key.clone());
                seals.sums.entry(key.0).or_default().insert(key.1, sum);
            }
        }
        Ok(seals)
    }
}

/// What was sealed, as far as it can be read.
pub(super) struct Seals {
    /// By table and row.
    pub(super) sums: BTreeMap<String, BTreeMap<i64, Vec<u8>>>,
    /// False: some of the list cannot be read.
    pub(super) whole: bool,
}

/// What a step over a table gave.
pub(super) enum Next {
    /// A row; without values when they cannot be read.
    Row(i64, Option<Vec<Value>>),
    /// No more rows.
    End,
    /// A broken page.
    Unreadable,
}

/// Names of a table's columns, in order; `None` when there is no such table.
pub(super) async fn columns(connection: &mut SqliteConnection, table: &str) -> Result<Option<Vec<String>>, StoreError> {
    let names = sqlx::query_scalar("SELECT name FROM pragma_table_info(?)").bind(table).fetch_all(connection).await;
    Ok(readable(names)?.filter(|names: &Vec<String>| !names.is_empty()))
}

/// Damage is no error here: it is what there is. Anything else (a full disk, no memory, no permission) is.
fn readable<T>(result: Result<T, sqlx::Error>) -> Result<Option<T>, StoreError> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::RowNotFound) => Ok(None),
        Err(error) => match result_code(&error) {
            Some(code) if is_damage(code) => Ok(None),
            _ => Err(error.into()),
        },
    }
}

/// What SQLite says of a file that is not as it should be: a declaration that it cannot read is an `ERROR`, a value out of its bounds `TOOBIG`.
fn is_damage(code: i64) -> bool {
    use rescode::{CONSTRAINT, CORRUPT, ERROR, FORMAT, MISMATCH, NOTADB, SCHEMA, TOOBIG};
    matches!(code, CONSTRAINT | CORRUPT | ERROR | FORMAT | MISMATCH | NOTADB | SCHEMA | TOOBIG)
}

async fn connect(copy: &Path) -> Result<Option<SqliteConnection>, StoreError> {
    // A schema that is partly broken is read as far as it goes.
    let options =
        SqliteConnectOptions::new().filename(copy).pragma("writable_schema", "ON").foreign_keys(false).disable_statement_logging();
    readable(options.connect().await)
}

/// Puts right what every database of ours has in its first 100 bytes (sqlite.org/fileformat2.html), and what follows from its size.
fn mend_header(copy: &Path) -> std::io::Result<()> {
    let mut file = std::fs::File::options().read(true).write(true).open(copy)?;
    let mut header = [0_u8; 100];
    if file.read_exact(&mut header).is_err() {
        return Ok(());
    }
    let pages = u32::try_from(file.metadata()?.len() / PAGE).unwrap_or(u32::MAX);
    let mut put = |at: usize, bytes: &[u8]| {
        if let Some(place) = header.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    };
    put(0, b"SQLite format 3\0");
    put(16, &[0x10, 0, 2, 2, 0, 64, 32, 32]);
    // The size counts when both counters agree; no list of free pages.
    put(24, &[0, 0, 0, 1]);
    put(28, &pages.to_be_bytes());
    put(32, &[0; 8]);
    put(44, &[0, 0, 0, 4]);
    // No automatic vacuum; UTF-8.
    put(52, &[0; 4]);
    put(56, &[0, 0, 0, 1]);
    put(60, &[0; 8]);
    put(68, &u32::try_from(APPLICATION_ID).unwrap_or_default().to_be_bytes());
    put(92, &[0, 0, 0, 1]);
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&header)
}

/// The newest migration, asked for only where the table of migrations is declared in text: sqlx takes no other.
async fn known_schema(connection: &mut SqliteConnection) -> Result<Option<i64>, StoreError> {
    let sql = "SELECT CAST(coalesce(sql, '') AS BLOB) FROM sqlite_schema WHERE name = '_sqlx_migrations'";
    let declared: Option<Option<Vec<u8>>> = readable(sqlx::query_scalar(sql).fetch_optional(&mut *connection).await)?;
    if declared.flatten().is_none_or(|sql| String::from_utf8(sql).is_err()) {
        return Ok(None);
    }
    Ok(readable(sqlx::query_scalar("SELECT max(version) FROM _sqlx_migrations").fetch_one(connection).await)?.flatten())
}

/// Declares our tables as they are, and nothing that is not ours or not text. False: there is nothing to declare.
async fn mend_schema(copy: &Path) -> Result<bool, StoreError> {
    let Some(mut connection) = connect(copy).await? else { return Ok(false) };
    let schema = known_schema(&mut connection).await?.filter(|schema| (1..=newest_schema()).contains(schema));
    let expected = expected_schema(schema.unwrap_or_else(newest_schema)).await?;
    let sql = "SELECT rowid, CAST(type AS BLOB), CAST(name AS BLOB), CAST(coalesce(sql, '') AS BLOB) FROM sqlite_schema";
    let rows = readable(sqlx::query(sql).fetch_all(&mut connection).await)?.unwrap_or_default();
    let mut any = false;
    for row in &rows {
        let text = |at: usize| row.try_get_unchecked::<Vec<u8>, _>(at).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        let Ok(id) = row.try_get::<i64, _>(0) else { continue };
        let (kind, name, declared) = (text(1), text(2), text(3));
        let own = name.as_deref().is_some_and(|name| name.contains("sqlite_") || name.contains("_sqlx_migrations")) && declared.is_some();
        let right = name.as_deref().and_then(|name| expected.get(name));
        any |= kind.as_deref() == Some("table") && right.is_some();
        let mended = match (right, declared) {
            (None, _) if own => continue,
            (Some(right), Some(declared)) if *right == declared => continue,
            (Some(right), _) => {
                sqlx::query("UPDATE sqlite_schema SET sql = ? WHERE rowid = ?").bind(right).bind(id).execute(&mut connection).await
            }
            (None, _) => sqlx::query("DELETE FROM sqlite_schema WHERE rowid = ?").bind(id).execute(&mut connection).await,
        };
        if readable(mended)?.is_none() {
            any = false;
            break;
        }
    }
    // A copy: what was not written shows when it is opened again.
    let _ = connection.close().await;
    Ok(any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_no_damage_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        // A folder that is gone cannot be opened, which says nothing of the file.
        let error = connect(&dir.path().join("none/loadline.db")).await.map(|found| found.is_some()).unwrap_err();
        assert!(matches!(error, StoreError::ReadOnly(_)), "{error:?}");
        let path = dir.path().join("text.db");
        std::fs::write(&path, "not a database ".repeat(500)).unwrap();
        // No database is damage, wherever that is noticed.
        if let Some(mut connection) = connect(&path).await.unwrap() {
            assert_eq!(known_schema(&mut connection).await.unwrap(), None);
        }
    }
}
