//! Rows as plain values, whatever their table: read, inserted, and summed up in a checksum. It knows no table by name.

use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Row, SqliteConnection, TypeInfo, ValueRef};

/// Bytes of a checksum.
const SUM_BYTES: usize = 16;

/// A value as SQLite keeps it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Blob(Vec<u8>),
}

impl Value {
    pub(crate) fn integer(&self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(*number) } else { None }
    }
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

/// Values of a row from column `from` on.
pub(crate) fn values(row: &SqliteRow, from: usize) -> Result<Vec<Value>, sqlx::Error> {
    (from..row.len()).map(|at| value(row, at)).collect()
}

fn value(row: &SqliteRow, at: usize) -> Result<Value, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Value::Null);
    }
    let kind = raw.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Value::Integer(row.try_get_unchecked(at)?),
        "REAL" => Value::Real(row.try_get_unchecked(at)?),
        "TEXT" => Value::Text(row.try_get_unchecked(at)?),
        _ => Value::Blob(row.try_get_unchecked(at)?),
    })
}

/// Checksum of a row of a table.
pub(crate) fn sum(table: &str, values: &[Value]) -> Vec<u8> {
    let mut hash = Sha256::new();
    let mut part = |tag: u8, bytes: &[u8]| {
        hash.update([tag]);
        hash.update((bytes.len() as u64).to_le_bytes());
        hash.update(bytes);
    };
    part(b't', table.as_bytes());
    for value in values {
        match value {
            Value::Null => part(0, &[]),
            Value::Integer(number) => part(1, &number.to_le_bytes()),
            Value::Real(number) => part(2, &number.to_bits().to_le_bytes()),
            Value::Text(text) => part(3, text.as_bytes()),
            Value::Blob(bytes) => part(4, bytes),
        }
    }
    hash.finalize().iter().take(SUM_BYTES).copied().collect()
}

/// Binds a value to the next place of a statement.
pub(crate) fn bind<'q>(
    query: sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments>,
    value: &Value,
) -> sqlx::query::Query<'q, sqlx::Sqlite, SqliteArguments> {
    match value {
        Value::Null => query.bind(None::<i64>),
        Value::Integer(number) => query.bind(*number),
        Value::Real(number) => query.bind(*number),
        Value::Text(text) => query.bind(text.clone()),
        Value::Blob(bytes) => query.bind(bytes.clone()),
    }
}

/// A table as it is declared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Shape {
    /// Its columns in order.
    pub(crate) columns: Vec<String>,
    /// The column that is the rowid, if one is.
    pub(crate) row_id: Option<String>,
}

/// The shape of a table of a sound database.
pub(crate) async fn shape(connection: &mut SqliteConnection, table: &str) -> Result<Shape, sqlx::Error> {
    let sql = "SELECT name, type, pk FROM pragma_table_info(?)";
    let all: Vec<(String, String, i64)> = sqlx::query_as(sql).bind(table).fetch_all(connection).await?;
    let keys: Vec<&(String, String, i64)> = all.iter().filter(|(_, _, key)| *key > 0).collect();
    let row_id = match keys.as_slice() {
        [(name, kind, _)] if kind == "INTEGER" => Some(name.clone()),
        _ => None,
    };
    Ok(Shape { columns: all.into_iter().map(|(name, _, _)| name).collect(), row_id })
}

/// Inserts a row by the names of its columns, under this rowid if one is given; false when a row stands in its way.
pub(crate) async fn insert(
    connection: &mut SqliteConnection,
    table: &str,
    shape: &Shape,
    row_id: Option<i64>,
    row: &[(&str, Value)],
) -> Result<bool, sqlx::Error> {
    let hidden = row_id.filter(|_| shape.row_id.is_none());
    let known: Vec<&(&str, Value)> = row.iter().filter(|(name, _)| shape.columns.iter().any(|column| column == name)).collect();
    let mut names: Vec<String> = known.iter().map(|(name, _)| quoted(name)).collect();
    if hidden.is_some() {
        names.push("rowid".to_owned());
    }
    let places = vec!["?"; names.len()].join(", ");
    let sql = format!("INSERT INTO {} ({}) VALUES ({places}) ON CONFLICT DO NOTHING", quoted(table), names.join(", "));
    let mut query = sqlx::query(AssertSqlSafe(sql));
    for (_, value) in known {
        query = bind(query, value);
    }
    if let Some(id) = hidden {
        query = query.bind(id);
    }
    Ok(query.execute(connection).await?.rows_affected() == 1)
}

/// A name as SQL takes it.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// Tables whose rows are sealed: all but SQLite's, sqlx's and the ledger's own.
pub(crate) async fn tables(connection: &mut SqliteConnection) -> Result<Vec<String>, sqlx::Error> {
    let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
               AND name NOT IN ('_sqlx_migrations', 'ledger', 'seals') ORDER BY name";
    sqlx::query_scalar(sql).fetch_all(connection).await
}
