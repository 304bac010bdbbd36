//! What PostgreSQL tells about a broken constraint and SQLite does not: its name, the key's values, the other table. Found after the
//! failure, by asking the tables again.

use std::sync::Arc;

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};

use super::error::SqlError;
use super::schema::{Schema, Table};
use super::types::{PgType, input, output};

/// Where the value of a column comes from.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Source {
    Literal(Value),
    /// 0-based parameter.
    Parameter(usize),
}

/// What a statement that writes was about to do.
#[derive(Debug)]
pub(super) struct Intent {
    pub table: Arc<Table>,
    /// For each new row the values that are known; an UPDATE has one.
    pub rows: Vec<Vec<(String, Source)>>,
    /// SQLite's text of the WHERE of an UPDATE or DELETE.
    pub selection: Option<String>,
    pub deletes: bool,
}

fn shown(table: &Table, column: &str, value: &Value) -> String {
    let ty = table.column(column).map_or(PgType::Text, |column| column.ty);
    match value {
        Value::Null => "null".to_owned(),
        value if ty == PgType::Bool => output::shown(ty, value.into()).map(|text| text.chars().take(1).collect()).unwrap_or_default(),
        value => output::shown(ty, value.into()).unwrap_or_default(),
    }
}

impl Intent {
    fn row<'a>(&'a self, at: usize, values: &'a [Value], columns: &[String]) -> Option<Vec<&'a Value>> {
        let row = self.rows.get(at)?;
        columns
            .iter()
            .map(|column| match row.iter().find(|(name, _)| name.eq_ignore_ascii_case(column)).map(|(_, source)| source)? {
                Source::Literal(value) => Some(value),
                Source::Parameter(at) => values.get(*at),
            })
            .collect()
    }

    fn detail(&self, columns: &[String], key: &[&Value], words: &str) -> String {
        let values: Vec<String> = columns.iter().zip(key).map(|(column, value)| shown(&self.table, column, value)).collect();
        format!("Key ({})=({}) {words}", columns.join(", "), values.join(", "))
    }

    /// The first new row whose key is already there.
    fn duplicate(&self, conn: &Connection, values: &[Value], columns: &[String]) -> Option<String> {
        let keys: Vec<Vec<&Value>> = (0..self.rows.len()).filter_map(|at| self.row(at, values, columns)).collect();
        let test: Vec<String> = columns.iter().enumerate().map(|(at, column)| format!("\"{column}\" = ?{}", at + 1)).collect();
        let sql = format!("SELECT 1 FROM \"{}\" WHERE {}", self.table.name, test.join(" AND "));
        let there = |key: &[&Value]| {
            conn.prepare_cached(&sql).and_then(|mut found| found.exists(params_from_iter(key.iter().copied()))).unwrap_or(false)
        };
        let at = (0..keys.len())
            .find(|at| keys.get(*at).is_some_and(|key| there(key) || keys.iter().take(*at).any(|earlier| earlier == key)))?;
        keys.get(at).map(|key| self.detail(columns, key, "already exists."))
    }

    /// A foreign key of this table whose parent is not there.
    fn orphan(&self, conn: &Connection, values: &[Value]) -> Option<SqlError> {
        for key in &self.table.foreign_keys {
            let test: Vec<String> =
                key.parent_columns.iter().enumerate().map(|(at, column)| format!("\"{column}\" = ?{}", at + 1)).collect();
            let sql = format!("SELECT 1 FROM \"{}\" WHERE {}", key.parent, test.join(" AND "));
            for at in 0..self.rows.len() {
                let Some(own) = self.row(at, values, &key.columns) else { continue };
                if own.contains(&&Value::Null) {
                    continue;
                }
                let there =
                    conn.prepare_cached(&sql).and_then(|mut found| found.exists(params_from_iter(own.iter().copied()))).unwrap_or(true);
                if !there {
                    let words =
                        format!("insert or update on table \"{}\" violates foreign key constraint \"{}\"", self.table.name, key.name);
                    let mut error = SqlError::new("23503", words);
                    error.detail = Some(self.detail(&key.columns, &own, &format!("is not present in table \"{}\".", key.parent)));
                    error.place.table = Some(self.table.name.clone());
                    error.place.constraint = Some(key.name.clone());
                    return Some(error);
                }
            }
        }
        None
    }

    /// A row of another table that still needs one that goes.
    fn referenced(&self, conn: &Connection, schema: &Schema, values: &[Value]) -> Option<SqlError> {
        for child in schema.tables() {
            for key in child.foreign_keys.iter().filter(|key| key.parent.eq_ignore_ascii_case(&self.table.name)) {
                let columns: Vec<String> =
                    key.parent_columns.iter().map(|column| format!("\"{}\".\"{column}\"", self.table.name)).collect();
                let test: Vec<String> =
                    key.columns.iter().zip(&columns).map(|(own, parent)| format!("loadline_child.\"{own}\" = {parent}")).collect();
                let sql = format!(
                    "SELECT {} FROM \"{}\" WHERE ({}) AND EXISTS (SELECT 1 FROM \"{}\" AS loadline_child WHERE {}) LIMIT 1",
                    columns.join(", "),
                    self.table.name,
                    self.selection.as_deref().unwrap_or("true"),
                    child.name,
                    test.join(" AND ")
                );
                let found = conn.prepare(&sql).and_then(|mut statement| {
                    let wanted = statement.parameter_count().min(values.len());
                    statement.query_row(params_from_iter(values.iter().take(wanted)), |row| {
                        (0..columns.len()).map(|at| row.get(at)).collect::<Result<Vec<Value>, _>>()
                    })
                });
                if let Ok(found) = found {
                    let words = format!(
                        "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
                        self.table.name, key.name, child.name
                    );
                    let mut error = SqlError::new("23503", words);
                    let found: Vec<&Value> = found.iter().collect();
                    error.detail =
                        Some(self.detail(&key.parent_columns, &found, &format!("is still referenced from table \"{}\".", child.name)));
                    error.place.table = Some(child.name.clone());
                    error.place.constraint = Some(key.name.clone());
                    return Some(error);
                }
            }
        }
        None
    }

    /// Completes an error of SQLite's.
    pub(super) fn explain(&self, mut error: SqlError, conn: &Connection, schema: &Schema, values: &[Value]) -> SqlError {
        match error.code {
            "23505" => {
                let columns: Vec<String> = error.place.column.take().unwrap_or_default().split(',').map(str::to_owned).collect();
                let refs: Vec<&str> = columns.iter().map(String::as_str).collect();
                if let Some(name) = self.table.unique_name(&refs) {
                    error.message = format!("duplicate key value violates unique constraint \"{name}\"");
                    error.place.constraint = Some(name.to_owned());
                }
                error.detail = self.duplicate(conn, values, &columns);
                error
            }
            "23503" => {
                let orphan = if self.deletes { None } else { self.orphan(conn, values) };
                orphan.or_else(|| self.referenced(conn, schema, values)).unwrap_or(error)
            }
            "23514" => self.check(error),
            _ => error,
        }
    }

    /// The engine's own checks stand for what PostgreSQL's types refuse.
    fn check(&self, mut error: SqlError) -> SqlError {
        let name = error.place.constraint.clone().unwrap_or_default();
        let own = name.strip_prefix("loadline_fit_").and_then(|column| self.table.column(column));
        match own {
            Some(column) if column.ty == PgType::Varchar => input::too_long(column.ty, column.modifier),
            Some(column) => input::range(column.ty),
            None => {
                error.message = format!("new row for relation \"{}\" violates check constraint \"{name}\"", self.table.name);
                error.place.table = Some(self.table.name.clone());
                error
            }
        }
    }
}
