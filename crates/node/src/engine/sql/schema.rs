//! The tables as types, messages and the catalogue need them: columns, keys and constraints, read from SQLite's own catalogue and from the
//! engine's list of constraint names after each change.

use std::collections::BTreeMap;
use std::sync::Arc;

use rusqlite::Connection;

use super::error::SqlError;
use super::types::{NARROW_KEY, NO_MODIFIER, PgType, ROW_ID};

/// Tables of the engine's own start with this and are never shown.
pub(super) const OWN_PREFIX: &str = "loadline_";
/// What SQLite does not keep: names of constraints, and their text as it was written. Kinds are those of `pg_constraint.contype`.
pub(super) const CONSTRAINTS: &str = "CREATE TABLE IF NOT EXISTS loadline_constraint (tbl TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, \
     columns TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (tbl, name))";
/// Object ids of tables begin here.
const FIRST_OID: i64 = 16_384;

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub ty: PgType,
    /// Length or precision, as PostgreSQL packs it.
    pub modifier: i32,
    pub not_null: bool,
    /// The default as it was written for SQLite.
    pub default: Option<String>,
    /// True: SQLite numbers it when nothing is given.
    pub serial: bool,
}

impl Column {
    /// A column of a type, with nothing else to say.
    pub(super) fn plain(name: &str, ty: PgType) -> Self {
        Self { name: name.to_owned(), ty, modifier: NO_MODIFIER, not_null: false, default: None, serial: false }
    }
}

#[derive(Debug, Clone)]
pub(super) struct Index {
    pub oid: i64,
    pub name: String,
    /// SQLite's own name of it.
    pub inner: String,
    pub unique: bool,
    /// `p` or `u` when it belongs to a constraint.
    pub constraint: Option<char>,
    pub columns: Vec<String>,
    /// For each column: true when it runs backwards.
    pub descending: Vec<bool>,
}

#[derive(Debug, Clone)]
pub(super) struct ForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    pub parent: String,
    pub parent_columns: Vec<String>,
    pub on_delete: String,
    pub on_update: String,
}

#[derive(Debug, Clone)]
pub(super) struct Check {
    pub name: String,
    pub definition: String,
}

#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    pub oid: i64,
    pub name: String,
    pub columns: Vec<Column>,
    /// Primary key columns in key order.
    pub primary_key: Vec<String>,
    pub primary_name: String,
    pub indexes: Vec<Index>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<Check>,
    pub is_view: bool,
    /// True: a table of the catalogue, not of the database.
    pub catalogue: bool,
    /// SQLite's text of it.
    pub sql: String,
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

    /// The columns of a unique constraint or the primary key.
    pub(super) fn constraint(&self, name: &str) -> Option<&[String]> {
        if !self.primary_key.is_empty() && self.primary_name == name {
            return Some(&self.primary_key);
        }
        self.indexes.iter().find(|index| index.constraint.is_some() && index.name == name).map(|index| index.columns.as_slice())
    }

    /// The name of the constraint or index that keeps `columns` unique.
    pub(super) fn unique_name(&self, columns: &[&str]) -> Option<&str> {
        let same = |key: &[String]| key.len() == columns.len() && key.iter().zip(columns).all(|(a, b)| a.eq_ignore_ascii_case(b));
        if same(&self.primary_key) {
            return Some(&self.primary_name);
        }
        self.indexes.iter().find(|index| index.unique && same(&index.columns)).map(|index| index.name.as_str())
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

    /// The object id of a table or an index.
    pub(super) fn oid(&self, name: &str) -> Option<i64> {
        self.table(name).map(|table| table.oid).or_else(|| self.index(name).map(|(_, index)| index.oid))
    }

    /// The index of that name and its table.
    pub(super) fn index(&self, name: &str) -> Option<(&Arc<Table>, &Index)> {
        self.tables().find_map(|table| table.indexes.iter().find(|index| index.name == name).map(|index| (table, index)))
    }

    /// Reads the catalogue through `conn`.
    pub(super) fn read(conn: &Connection, version: u64) -> Result<Self, SqlError> {
        let mut list = conn.prepare(
            "SELECT rowid, name, type, coalesce(sql, '') FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut rows = list.query([])?;
        let mut tables = BTreeMap::new();
        while let Some(row) = rows.next()? {
            let (id, name, kind, sql): (i64, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            if !name.starts_with(OWN_PREFIX) {
                let table = Table { oid: FIRST_OID + id * 4, name, is_view: kind == "view", sql, ..Table::default() };
                let table = read_table(conn, table)?;
                tables.insert(table.name.to_ascii_lowercase(), Arc::new(table));
            }
        }
        Ok(Self { version, tables })
    }
}

/// A constraint of the engine's list.
struct Named {
    name: String,
    kind: String,
    columns: String,
    definition: String,
}

fn read_table(conn: &Connection, mut table: Table) -> Result<Table, SqlError> {
    let mut listed =
        conn.prepare_cached("SELECT name, kind, columns, definition FROM loadline_constraint WHERE tbl = ?1 ORDER BY rowid")?;
    let named = listed
        .query_map([&table.name], |row| Ok(Named { name: row.get(0)?, kind: row.get(1)?, columns: row.get(2)?, definition: row.get(3)? }))?
        .collect::<Result<Vec<_>, _>>()?;
    let name_of = |kind: &str, columns: &[String]| {
        let columns = columns.join(",");
        named.iter().find(|known| known.kind == kind && known.columns == columns).map(|known| known.name.clone())
    };
    let mut key: Vec<(i64, String)> = Vec::new();
    let mut info = conn.prepare_cached("SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info(?1)")?;
    let mut rows = info.query([&table.name])?;
    while let Some(row) = rows.next()? {
        let (column, declared, not_null, default, pk): (String, String, bool, Option<String>, i64) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
        let row_id = pk > 0 && declared == ROW_ID;
        let narrow = row_id && table.sql.contains(NARROW_KEY);
        if pk > 0 {
            key.push((pk, column.clone()));
        }
        let (ty, modifier) = PgType::from_declared(&declared).unwrap_or((PgType::Text, NO_MODIFIER));
        table.columns.push(Column {
            ty: if narrow { PgType::Int4 } else { ty },
            modifier,
            not_null: not_null || pk > 0,
            default,
            serial: row_id && table.sql.contains(super::ddl::NUMBERED),
            name: column,
        });
    }
    key.sort();
    table.primary_key = key.into_iter().map(|(_, column)| column).collect();
    read_indexes(conn, &mut table, &name_of)?;
    if let Some(primary) = table.indexes.iter().position(|index| index.constraint == Some('p')) {
        // A key that was added later is an index like any other to SQLite.
        let index = table.indexes.remove(primary);
        (table.primary_key, table.primary_name) = (index.columns, index.name);
    } else {
        table.primary_name = name_of("p", &table.primary_key).unwrap_or_else(|| format!("{}_pkey", table.name));
    }
    read_foreign_keys(conn, &mut table, &name_of)?;
    table.checks =
        named.into_iter().filter(|known| known.kind == "c").map(|known| Check { name: known.name, definition: known.definition }).collect();
    Ok(table)
}

fn read_indexes(conn: &Connection, table: &mut Table, name_of: &impl Fn(&str, &[String]) -> Option<String>) -> Result<(), SqlError> {
    let mut list = conn.prepare_cached(
        "SELECT l.name, l.\"unique\", l.origin, m.rowid FROM pragma_index_list(?1) l JOIN sqlite_master m ON m.name = l.name ORDER BY m.rowid",
    )?;
    let mut rows = list.query([&table.name])?;
    while let Some(row) = rows.next()? {
        let (inner, unique, origin, id): (String, bool, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        let mut names =
            conn.prepare_cached("SELECT coalesce(name, ''), \"desc\" FROM pragma_index_xinfo(?1) WHERE key = 1 ORDER BY seqno")?;
        let fields = names.query_map([&inner], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<Vec<(String, bool)>, _>>()?;
        let (columns, descending): (Vec<String>, Vec<bool>) = fields.into_iter().unzip();
        if origin == "pk" {
            continue;
        }
        // SQLite's own name of a UNIQUE constraint's index means nothing to anyone.
        let added = if origin == "u" { None } else { ["p", "u"].into_iter().find(|kind| name_of(kind, &columns).as_ref() == Some(&inner)) };
        let (name, constraint) = match (origin.as_str(), added) {
            ("u", _) => (name_of("u", &columns).unwrap_or_else(|| format!("{}_{}_key", table.name, columns.join("_"))), Some('u')),
            (_, Some(kind)) => (inner.clone(), kind.chars().next()),
            _ => (inner.clone(), None),
        };
        table.indexes.push(Index { oid: FIRST_OID + id * 4, name, inner, unique, constraint, columns, descending });
    }
    Ok(())
}

fn read_foreign_keys(conn: &Connection, table: &mut Table, name_of: &impl Fn(&str, &[String]) -> Option<String>) -> Result<(), SqlError> {
    let mut list = conn.prepare_cached(
        "SELECT id, \"table\", \"from\", coalesce(\"to\", ''), on_update, on_delete FROM pragma_foreign_key_list(?1) ORDER BY id DESC, seq",
    )?;
    let mut rows = list.query([&table.name])?;
    let mut last = None;
    while let Some(row) = rows.next()? {
        let (id, parent, from, to): (i64, String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        if last != Some(id) {
            last = Some(id);
            let (on_update, on_delete) = (row.get(4)?, row.get(5)?);
            table.foreign_keys.push(ForeignKey {
                name: String::new(),
                columns: Vec::new(),
                parent: parent.clone(),
                parent_columns: Vec::new(),
                on_delete,
                on_update,
            });
        }
        if let Some(key) = table.foreign_keys.last_mut() {
            key.columns.push(from);
            if to.is_empty() {
                let mut of = conn.prepare_cached("SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk")?;
                key.parent_columns = of.query_map([&parent], |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            } else {
                key.parent_columns.push(to);
            }
        }
    }
    for key in &mut table.foreign_keys {
        key.name = name_of("f", &key.columns).unwrap_or_else(|| format!("{}_{}_fkey", table.name, key.columns.join("_")));
    }
    Ok(())
}
