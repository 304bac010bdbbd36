//! What psql asks of the system catalogue for `\dt` and `\d`, answered from the schema, and SHOW. Any other catalogue query has no rows:
//! this is not pg_catalog.

use std::sync::Arc;

use rusqlite::types::Value;

use super::compile::Field;
use super::error::SqlError;
use super::schema::{Schema, Table};
use super::types::PgType;

/// What `version()` says: the protocol's level first, then what it really is.
pub(super) const VERSION: &str = concat!("PostgreSQL 15.0 (Loadline ", env!("CARGO_PKG_VERSION"), ", SQLite inside)");
/// What clients read as the server's version.
pub(super) const SERVER_VERSION: &str = "15.0";
/// Object ids of tables begin here.
const FIRST_OID: i64 = 16_384;

/// Rows that need no table.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub fields: Arc<[Field]>,
    pub rows: Vec<Vec<Value>>,
    pub tag: &'static str,
}

fn fields(list: &[(&str, PgType)]) -> Arc<[Field]> {
    list.iter().map(|(name, ty)| Field { name: (*name).to_owned(), ty: *ty }).collect()
}

fn text(text: impl Into<String>) -> Value {
    Value::Text(text.into())
}

fn flag(on: bool) -> Value {
    Value::Integer(i64::from(on))
}

/// The answer to `SHOW name`.
pub(super) fn show(name: &str) -> Result<Answer, SqlError> {
    let (shown, value) = match name {
        "server_version" => ("server_version", SERVER_VERSION),
        "server_version_num" => ("server_version_num", "150000"),
        "server_encoding" => ("server_encoding", "UTF8"),
        "client_encoding" => ("client_encoding", "UTF8"),
        "standard_conforming_strings" => ("standard_conforming_strings", "on"),
        "timezone" | "time zone" => ("TimeZone", "UTC"),
        "datestyle" => ("DateStyle", "ISO, MDY"),
        "search_path" => ("search_path", "public"),
        "transaction_isolation" | "transaction isolation level" | "default_transaction_isolation" => {
            ("transaction_isolation", "read committed")
        }
        _ => return Err(SqlError::new("42704", format!("unrecognized configuration parameter \"{name}\""))),
    };
    Ok(Answer { fields: fields(&[(shown, PgType::Text)]), rows: vec![vec![text(value)]], tag: "SHOW" })
}

/// The word between `before` and the next `end` in `text`.
fn between<'a>(text: &'a str, before: &str, end: &str) -> Option<&'a str> {
    let rest = text.get(text.find(before)? + before.len()..)?;
    rest.get(..rest.find(end)?)
}

/// The answer to a query of the system catalogue; `None` when `sql` is not one.
pub(super) fn answer(sql: &str, schema: &Schema) -> Option<Answer> {
    if !sql.contains("pg_catalog.") {
        return None;
    }
    let select = |fields, rows| Some(Answer { fields, rows, tag: "SELECT" });
    let wanted = between(sql, "'^(", ")$'");
    let matching = || schema.tables().enumerate().filter(move |(_, table)| wanted.is_none_or(|wanted| fits(wanted, &table.name)));
    let by_oid = |mark: &str| {
        let oid: i64 = between(sql, mark, "'")?.parse().ok()?;
        schema.tables().nth(usize::try_from(oid - FIRST_OID).ok()?)
    };
    if sql.contains("\"Schema\"") && sql.contains("pg_catalog.pg_class") {
        let kinds = between(sql, "c.relkind IN (", ")").unwrap_or_default();
        let rows = matching().filter(|(_, table)| kinds.contains(if table.is_view { "'v'" } else { "'r'" })).map(|(_, table)| {
            vec![text("public"), text(&table.name), text(if table.is_view { "view" } else { "table" }), text("loadline")]
        });
        let names = [("Schema", PgType::Text), ("Name", PgType::Text), ("Type", PgType::Text), ("Owner", PgType::Text)];
        return select(fields(&names), rows.collect());
    }
    if sql.contains("SELECT c.oid,") && wanted.is_some() {
        let rows = matching().map(|(at, table)| vec![Value::Integer(FIRST_OID + at as i64), text("public"), text(&table.name)]);
        return select(fields(&[("oid", PgType::Int8), ("nspname", PgType::Text), ("relname", PgType::Text)]), rows.collect());
    }
    if sql.contains("c.relchecks")
        && let Some(table) = by_oid("c.oid = '")
    {
        return select(relation_fields(), vec![relation(table)]);
    }
    if sql.contains("pg_catalog.format_type(a.atttypid")
        && let Some(table) = by_oid("a.attrelid = '")
    {
        let names = ["attname", "format_type", "default", "attnotnull", "attcollation", "attidentity", "attgenerated"];
        let shape: Vec<_> = names.into_iter().map(|name| (name, if name == "attnotnull" { PgType::Bool } else { PgType::Text })).collect();
        let rows = table.columns.iter().map(|column| {
            let default = column.default.clone().map_or(Value::Null, Value::Text);
            let identity = if column.serial { "d" } else { "" };
            vec![text(&column.name), text(column.ty.word()), default, flag(column.not_null), Value::Null, text(identity), text("")]
        });
        return select(fields(&shape), rows.collect());
    }
    if sql.contains("pg_catalog.pg_get_indexdef(i.indexrelid")
        && let Some(table) = by_oid("c.oid = '")
    {
        return select(index_fields(), indexes(table));
    }
    select(fields(&[("?column?", PgType::Text)]), Vec::new())
}

/// psql's pattern, which is a regular expression: a plain name, or `.*` for any letters.
fn fits(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split(".*");
    let Some(mut rest) = name.strip_prefix(parts.next().unwrap_or_default()) else { return false };
    let mut last = "";
    for part in parts {
        last = part;
        let Some(at) = rest.find(part) else { return false };
        rest = rest.get(at + part.len()..).unwrap_or_default();
    }
    if pattern.contains(".*") { last.is_empty() || rest.is_empty() } else { rest.is_empty() }
}

fn relation_fields() -> Arc<[Field]> {
    fields(&[
        ("relchecks", PgType::Int4),
        ("relkind", PgType::Text),
        ("relhasindex", PgType::Bool),
        ("relhasrules", PgType::Bool),
        ("relhastriggers", PgType::Bool),
        ("relrowsecurity", PgType::Bool),
        ("relforcerowsecurity", PgType::Bool),
        ("relhasoids", PgType::Bool),
        ("relispartition", PgType::Bool),
        ("reloptions", PgType::Text),
        ("reltablespace", PgType::Int4),
        ("reloftype", PgType::Text),
        ("relpersistence", PgType::Text),
        ("relreplident", PgType::Text),
        ("amname", PgType::Text),
    ])
}

fn relation(table: &Table) -> Vec<Value> {
    let has_index = !table.primary_key.is_empty() || !table.indexes.is_empty();
    vec![
        Value::Integer(0),
        text(if table.is_view { "v" } else { "r" }),
        flag(has_index),
        flag(false),
        flag(false),
        flag(false),
        flag(false),
        flag(false),
        flag(false),
        text(""),
        Value::Integer(0),
        text(""),
        text("p"),
        text("d"),
        text("heap"),
    ]
}

fn index_fields() -> Arc<[Field]> {
    fields(&[
        ("relname", PgType::Text),
        ("indisprimary", PgType::Bool),
        ("indisunique", PgType::Bool),
        ("indisclustered", PgType::Bool),
        ("indisvalid", PgType::Bool),
        ("pg_get_indexdef", PgType::Text),
        ("pg_get_constraintdef", PgType::Text),
        ("contype", PgType::Text),
        ("condeferrable", PgType::Bool),
        ("condeferred", PgType::Bool),
        ("indisreplident", PgType::Bool),
        ("reltablespace", PgType::Int4),
    ])
}

fn indexes(table: &Table) -> Vec<Vec<Value>> {
    let primary = (!table.primary_key.is_empty()).then(|| (format!("{}_pkey", table.name), true, true, table.primary_key.join(", ")));
    let others = table.indexes.iter().map(|index| (index.name.clone(), false, index.unique, index.columns.join(", ")));
    primary
        .into_iter()
        .chain(others)
        .map(|(name, primary, unique, columns)| {
            let word = if unique { "UNIQUE " } else { "" };
            let definition = format!("CREATE {word}INDEX {name} ON public.{} USING btree ({columns})", table.name);
            let (constraint, kind) =
                if primary { (text(format!("PRIMARY KEY ({columns})")), text("p")) } else { (Value::Null, Value::Null) };
            let (no, yes) = (flag(false), flag(true));
            vec![
                text(name),
                flag(primary),
                flag(unique),
                no.clone(),
                yes,
                text(definition),
                constraint,
                kind,
                no.clone(),
                no.clone(),
                no,
                Value::Integer(0),
            ]
        })
        .collect()
}
