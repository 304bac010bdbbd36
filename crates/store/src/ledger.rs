//! By what damage is noticed. Every write seals the rows that it touched with a checksum, in its own transaction, and counts itself. How many
//! saves there were also stands in a small file beside the database: one that has fewer has lost the last of them.
//!
//! SQLite says which rows a write touched (its update hook), so no write has to remember to seal.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write as _};
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use sqlx::{AssertSqlSafe, Row, Sqlite, SqliteConnection, Transaction};

use crate::StoreError;
use crate::values::{quoted, sum, tables, values};

/// Beside the database: which one it is and how many saves it has seen.
pub const SAVES_FILE: &str = "loadline.saves";
/// Rows that are read at a time.
const CHUNK: i64 = 100;

/// Tables and rows that the writer touched since the last commit.
pub(crate) type Touched = Arc<Mutex<BTreeSet<(String, i64)>>>;

/// A transaction that holds the database's one write lock from its first statement on, and seals what it changed.
pub(crate) struct Write {
    pub(crate) transaction: Transaction<'static, Sqlite>,
    pub(crate) touched: Touched,
    pub(crate) saves: Arc<SavesFile>,
}

impl Deref for Write {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.transaction
    }
}

impl Write {
    /// Seals, counts and commits: on the disk when this returns.
    pub(crate) async fn commit(mut self) -> Result<(), StoreError> {
        let touched = std::mem::take(&mut *self.touched.lock().unwrap_or_else(PoisonError::into_inner));
        for (table, row) in &touched {
            seal(&mut self.transaction, table, *row).await?;
        }
        let sql = "UPDATE ledger SET saves = saves + 1 RETURNING id, saves";
        let (id, saves): (String, i64) = sqlx::query_as(sql).fetch_one(&mut *self.transaction).await?;
        self.transaction.commit().await?;
        self.saves.note(&id, saves);
        Ok(())
    }
}

/// Watches which rows this connection touches.
pub(crate) async fn watch(connection: &mut SqliteConnection, touched: Touched) -> Result<(), sqlx::Error> {
    connection.lock_handle().await?.set_update_hook(move |change| {
        if !matches!(change.table, "ledger" | "seals" | "_sqlx_migrations") && !change.table.starts_with("sqlite_") {
            touched.lock().unwrap_or_else(PoisonError::into_inner).insert((change.table.to_owned(), change.rowid));
        }
    });
    Ok(())
}

async fn seal(connection: &mut SqliteConnection, table: &str, row: i64) -> Result<(), sqlx::Error> {
    let sql = format!("SELECT * FROM {} WHERE rowid = ?", quoted(table));
    let found = sqlx::query(AssertSqlSafe(sql)).bind(row).fetch_optional(&mut *connection).await?;
    match found {
        Some(found) => {
            let sql = "INSERT INTO seals (tbl, row, sum) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET sum = excluded.sum";
            sqlx::query(sql).bind(table).bind(row).bind(sum(table, &values(&found, 0)?)).execute(connection).await?;
        }
        None => {
            sqlx::query("DELETE FROM seals WHERE tbl = ? AND row = ?").bind(table).bind(row).execute(connection).await?;
        }
    }
    Ok(())
}

/// Seals every row anew, as after a change of the schema. Call it in a transaction.
pub(crate) async fn seal_all(connection: &mut SqliteConnection, schema: i64) -> Result<(), sqlx::Error> {
    sqlx::query("DELETE FROM seals WHERE true").execute(&mut *connection).await?;
    for table in tables(connection).await? {
        let mut after = i64::MIN;
        loop {
            let rows = rows_after(connection, &table, after).await?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for (row, sum) in rows {
                let sql = "INSERT INTO seals (tbl, row, sum) VALUES (?, ?, ?)";
                sqlx::query(sql).bind(&table).bind(row).bind(sum).execute(&mut *connection).await?;
            }
        }
    }
    sqlx::query("UPDATE ledger SET sealed_schema = ?").bind(schema).execute(connection).await?;
    Ok(())
}

/// The next rows of a table with their sums.
async fn rows_after(connection: &mut SqliteConnection, table: &str, after: i64) -> Result<Vec<(i64, Vec<u8>)>, sqlx::Error> {
    let sql = format!("SELECT rowid, * FROM {} NOT INDEXED WHERE rowid > ? ORDER BY rowid LIMIT {CHUNK}", quoted(table));
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(after).fetch_all(connection).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, sum(table, &values(row, 1)?)))).collect()
}

/// The first row that is not what was sealed, in words; `None` when all are.
pub(crate) async fn flaw(connection: &mut SqliteConnection) -> Result<Option<String>, sqlx::Error> {
    let tables = tables(connection).await?;
    for table in &tables {
        let sql = "SELECT row, sum FROM seals WHERE tbl = ?";
        let sealed: Vec<(i64, Vec<u8>)> = sqlx::query_as(sql).bind(table).fetch_all(&mut *connection).await?;
        let mut sealed: BTreeMap<i64, Vec<u8>> = sealed.into_iter().collect();
        let mut after = i64::MIN;
        loop {
            let rows = rows_after(connection, table, after).await?;
            let Some((last, _)) = rows.last() else { break };
            if *last <= after {
                return Ok(Some(format!("the rows of {table} are out of order")));
            }
            after = *last;
            for (row, sum) in rows {
                if sealed.remove(&row) != Some(sum) {
                    return Ok(Some(format!("row {row} of {table} is not what was saved")));
                }
            }
        }
        if let Some(row) = sealed.keys().next() {
            return Ok(Some(format!("row {row} of {table} is missing")));
        }
    }
    let of: Vec<String> = sqlx::query_scalar("SELECT DISTINCT tbl FROM seals").fetch_all(connection).await?;
    Ok(of.into_iter().find(|table| !tables.contains(table)).map(|table| format!("the table {table} is missing")))
}

/// The small file with the count of saves. It is written after each save and not flushed to the disk: it is never ahead of the database.
#[derive(Debug)]
pub(crate) struct SavesFile {
    file: Mutex<File>,
}

impl SavesFile {
    pub(crate) fn open(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(SAVES_FILE);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        Ok(Self { file: Mutex::new(file.map_err(|source| StoreError::Io { path, source })?) })
    }

    pub(crate) fn note(&self, id: &str, saves: i64) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // A count that could not be written is behind, and then only says less; the save itself is on the disk.
        let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(line(id, saves).as_bytes()));
    }
}

/// Which database was saved to last, and how often; `None` when nothing is known.
pub(crate) fn saves_noted(folder: &Path) -> Option<(String, i64)> {
    let bytes = std::fs::read(folder.join(SAVES_FILE)).ok()?;
    let text = std::str::from_utf8(bytes.get(..)?).ok()?;
    let mut words = text.split_ascii_whitespace();
    let (id, saves) = (words.nth(1)?, words.next()?.parse::<i64>().ok()?);
    (line(id, saves) == text).then(|| (id.to_owned(), saves))
}

/// Always of the same length, so that it is overwritten in place.
fn line(id: &str, saves: i64) -> String {
    let said = format!("loadline-saves-1 {id} {saves:020}");
    let check: String = Sha256::digest(said.as_bytes()).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("{said} {check}\n")
}
