//! The tables as the inference of types needs them: names, PostgreSQL types and keys, read from SQLite's own catalogue after each change.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::error::SqlError;
use super::types::{NARROW_KEY, PgType, ROW_ID};

/// Tables of the engine's own start with this and are never shown.
pub(super) const OWN_PREFIX: &str = "loadline_";

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub ty: PgType,
    pub not_null: bool,
    /// The default as it was written for SQLite.
    pub default: Option<String>,
    /// True: SQLite numbers it when nothing is given.
    pub serial: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Index {
    pub name: String,
    pub unique: bool,
    pub columns: Vec<String>,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Primary key columns in key order.
    pub primary_key: Vec<String>,
    pub indexes: Vec<Index>,
    pub is_view: bool,
}

impl Table {
    pub(super) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// True when fixing `columns` leaves at most one row.
    pub(super) fn is_key(&self, columns: &[&str]) -> bool {
        let fixed = |key: &[String]| !key.is_empty() && key.iter().all(|k| columns.iter().any(|c| c.eq_ignore_ascii_case(k)));
        fixed(&self.primary_key) || self.indexes.iter().any(|index| index.unique && fixed(&index.columns))
    }
}

/// All tables at one moment; `version` grows with each change.
#[derive(Debug, Default)]
pub(super) struct Schema {
    pub version: u64,
    tables: BTreeMap<String, Arc<Table>>,
}

impl Schema {
    pub(super) fn table(&self, name: &str) -> Option<&Arc<Table>> {
        self.tables.get(&name.to_ascii_lowercase())
    }

    pub(super) fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.tables.values()
    }

    /// Reads the catalogue through `conn`.
    pub(super) fn read(conn: &Connection, version: u64) -> Result<Self, SqlError> {
        let mut list = conn.prepare(
            "SELECT name, type, coalesce(sql, '') FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut rows = list.query([])?;
        let mut tables = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (name, kind, sql): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
            if !name.starts_with(OWN_PREFIX) {
                let table = read_table(conn, name, kind == "view", &sql)?;
                tables.insert(table.name.to_ascii_lowercase(), Arc::new(table));
            }
        }
        Ok(Self { version, tables })
    }
}

fn read_table(conn: &Connection, name: String, is_view: bool, sql: &str) -> Result<Table, SqlError> {
    let mut columns = Vec::new();
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut info = conn.prepare_cached("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)")?;
    let mut rows = info.query([&name])?;
    while let Some(row) = rows.next()? {
        let (column, declared, not_null, default, pk): (String, String, bool, Option<String>, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        let row_id = pk > 0 && declared == ROW_ID;
        let narrow = row_id && sql.contains(NARROW_KEY);
        if pk > 0 {
            key.push((pk, column.clone()));
        }
        columns.push(Column {
            ty: if narrow { PgType::Int4 } else { PgType::from_declared(&declared).unwrap_or(PgType::Text) },
            not_null: not_null || pk > 0,
            default,
            serial: row_id && sql.contains(super::ddl::NUMBERED),
            name: column,
        });
    }
    key.sort();
    let mut indexes = Vec::new();
    let mut list = conn.prepare_cached("SELECT name, \"unique\", origin FROM pragma_index_list(?1) WHERE partial = 0")?;
    let mut rows = list.query([&name])?;
    while let Some(row) = rows.next()? {
        let (index, unique, origin): (String, bool, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let mut names = conn.prepare_cached("SELECT coalesce(name, '') FROM pragma_index_info(?1) ORDER BY seqno")?;
        let fields = names.query_map([&index], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
        if origin != "pk" {
            // SQLite's own name of a UNIQUE constraint's index means nothing to anyone.
            let shown = if origin == "u" { format!("{name}_{}_key", fields.join("_")) } else { index };
            indexes.push(Index { name: shown, unique, columns: fields });
        }
    }
    Ok(Table { name, columns, primary_key: key.into_iter().map(|(_, column)| column).collect(), indexes, is_view })
}
