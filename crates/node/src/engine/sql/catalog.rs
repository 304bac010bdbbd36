//! `pg_catalog` and `information_schema` as far as tools ask: tables in memory beside the database, filled from the schema when a statement
//! names one. What psql asks that nothing here could answer otherwise than with no rows is answered so.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use rusqlite::types::Value;
use sqlparser::ast::ObjectName;

use super::compile::Field;
use super::schema::{Column, Table};
use super::types::{NO_MODIFIER, PgType};

mod fill;
pub(super) mod functions;
pub(super) mod settings;
mod tables;

pub(super) use fill::{attach, show};

/// Tables of the catalogue that are filled anew whenever a statement asks for them.
pub(super) const MOMENTARY: [&str; 2] = ["pg_stat_activity", "pg_stat_replication"];

/// What `version()` says: the protocol's level first, then what it really is.
pub(super) const VERSION: &str = concat!("PostgreSQL 15.0 (Loadline ", env!("CARGO_PKG_VERSION"), ", SQLite inside)");
/// What clients read as the server's version.
pub(super) const SERVER_VERSION: &str = "15.0";

/// Rows that need no table.
#[derive(Debug, Clone)]
pub(super) struct Answer {
    pub fields: Arc<[Field]>,
    pub rows: Vec<Vec<Value>>,
    pub tag: &'static str,
}

impl Answer {
    /// One column of texts.
    pub(super) fn texts(name: &str, rows: impl IntoIterator<Item = String>, tag: &'static str) -> Self {
        let fields = [Field { name: name.to_owned(), ty: PgType::Text, modifier: NO_MODIFIER }];
        Self { fields: fields.into(), rows: rows.into_iter().map(|row| vec![Value::Text(row)]).collect(), tag }
    }
}

/// The tables of the catalogue by name, those of `information_schema` with its name before theirs.
static TABLES: LazyLock<BTreeMap<String, Arc<Table>>> = LazyLock::new(|| {
    let list = tables::ALL.iter().enumerate().map(|(at, (schema, name, columns))| {
        let key = if *schema == "pg_catalog" { (*name).to_owned() } else { format!("{schema}.{name}") };
        let columns = columns.iter().map(|(name, ty)| Column::plain(name, *ty)).collect();
        (key, Arc::new(Table { oid: 1000 + at as i64, name: (*name).to_owned(), columns, catalogue: true, ..Table::default() }))
    });
    list.collect()
});

/// The table of the catalogue that `name` means.
pub(super) fn table(name: &ObjectName) -> Option<&'static Arc<Table>> {
    let parts: Vec<String> = name.0.iter().filter_map(|part| part.as_ident()).map(|ident| ident.value.to_ascii_lowercase()).collect();
    match parts.as_slice() {
        [name] => TABLES.get(name),
        [schema, name] if schema == "pg_catalog" => TABLES.get(name),
        [schema, name] => TABLES.get(&format!("{schema}.{name}")),
        _ => None,
    }
}

/// The object id of a table of the catalogue.
pub(super) fn oid(name: &str) -> Option<i64> {
    TABLES.get(name.strip_prefix("pg_catalog.").unwrap_or(name)).map(|table| table.oid)
}

/// Whether a text may name the catalogue; only then is it filled.
pub(super) fn is_named(text: &str) -> bool {
    text.contains("pg_") || text.contains("PG_") || text.contains("nformation_schema") || text.contains("NFORMATION_SCHEMA")
}

/// The word between `before` and the next `end` in `text`.
fn between<'a>(text: &'a str, before: &str, end: &str) -> Option<&'a str> {
    let rest = text.get(text.find(before)? + before.len()..)?;
    rest.get(..rest.find(end)?)
}

/// Things that psql asks about and that this engine never has: no rows.
const NEVER: [&str; 9] = [
    "pg_catalog.pg_policy",
    "pg_catalog.pg_statistic_ext",
    "pg_catalog.pg_publication",
    "pg_catalog.pg_inherits",
    "pg_catalog.pg_trigger",
    "pg_catalog.pg_rewrite",
    "pg_catalog.pg_foreign_table",
    "pg_catalog.pg_event_trigger",
    "pg_catalog.pg_partitioned_table",
];

/// What psql asks of a table's options.
const OPTIONS: &str =
    "pg_catalog.array_to_string(c.reloptions || array(select 'toast.' || x from pg_catalog.unnest(tc.reloptions) x), ', ')";

/// What psql asks in a form that only PostgreSQL could answer: an answer of no rows, or a simpler text of the same question.
pub(super) enum Asked {
    Nothing(Answer),
    Simpler(String),
}

/// Looks at a question of psql's.
pub(super) fn asked(text: &str) -> Option<Asked> {
    if !text.contains("pg_catalog.") {
        return None;
    }
    if let Some(oid) = between(text, "pg_catalog.pg_partition_ancestors('", "'") {
        let ancestors = format!("SELECT pg_catalog.pg_partition_ancestors('{oid}')");
        let simpler = text.replace(&ancestors, &format!("SELECT {oid} WHERE false"));
        let simpler = simpler.replace(&format!("VALUES ('{oid}'::pg_catalog.regclass)"), &format!("SELECT {oid}"));
        return Some(Asked::Simpler(simpler));
    }
    // \d+: no table has options.
    if text.contains(OPTIONS) {
        return Some(Asked::Simpler(text.replace(OPTIONS, "''")));
    }
    // \du: nobody is a member of anything.
    if let Some(members) = between(text, "ARRAY(SELECT b.rolname", "as memberof") {
        let asked = format!("ARRAY(SELECT b.rolname{members}as memberof");
        return Some(Asked::Simpler(text.replace(&asked, "CAST('{}' AS text[]) AS memberof")));
    }
    NEVER.iter().any(|name| text.contains(name)).then(|| Asked::Nothing(Answer::texts("?column?", [], "SELECT")))
}
