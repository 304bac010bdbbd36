//! CREATE, ALTER and DROP in SQLite's words. Only what SQLite can keep is accepted; the rest is refused with 0A000.

use sqlparser::ast::{CreateIndex, Expr, Ident, IndexColumn, ObjectType, OrderBySort, Statement};

use super::error::{SqlError, UNDEFINED_TABLE};
use super::infer::{self, last_name};
use super::rewrite;
use super::schema::{Schema, Table};

mod alter;
mod table;

/// What makes SQLite number rows and never use a number twice.
pub(super) const NUMBERED: &str = "AUTOINCREMENT";

/// A change of the schema: SQLite's statements and the tag that is answered.
#[derive(Debug)]
pub(super) struct Ddl {
    pub sql: String,
    pub tag: &'static str,
    /// Queries that must find nothing before it is done, and what is said when they do.
    pub obstacles: Vec<(String, SqlError)>,
}

impl Ddl {
    fn new(sql: String, tag: &'static str) -> Self {
        Self { sql, tag, obstacles: Vec::new() }
    }

    /// Nothing to be done, as IF EXISTS may have it.
    fn nothing(tag: &'static str) -> Self {
        Self::new(String::new(), tag)
    }
}

/// The change that `statement` asks for; `None` when it is not one.
pub(super) fn translate(statement: &Statement, schema: &Schema) -> Result<Option<Ddl>, SqlError> {
    Ok(Some(match statement {
        Statement::CreateTable(create) => table::create(create, schema)?,
        Statement::CreateIndex(create) => create_index(create, schema)?,
        Statement::CreateView(create) => {
            if create.materialized || create.temporary || !create.columns.is_empty() {
                return Err(SqlError::unsupported("this form of CREATE VIEW"));
            }
            let name = last_name(&create.name);
            if schema.table(&name).is_some() && !create.or_replace {
                return Err(exists(&name));
            }
            let mut query = Statement::Query(create.query.clone());
            let scope = infer::scope(&query, schema);
            rewrite::rewrite(&mut query, &scope)?;
            let name = own_name(&name)?;
            let drop = if create.or_replace { format!("DROP VIEW IF EXISTS {name}; ") } else { String::new() };
            Ddl::new(format!("{drop}CREATE VIEW {name} AS {query}"), "CREATE VIEW")
        }
        Statement::Drop { object_type, if_exists, names, .. } => drop(*object_type, *if_exists, names, schema)?,
        Statement::AlterTable(change) => alter::alter(change, schema)?,
        _ => return Ok(None),
    }))
}

fn drop(object: ObjectType, if_exists: bool, names: &[sqlparser::ast::ObjectName], schema: &Schema) -> Result<Ddl, SqlError> {
    let (word, tag) = match object {
        ObjectType::Table => ("TABLE", "DROP TABLE"),
        ObjectType::View => ("VIEW", "DROP VIEW"),
        ObjectType::Index => ("INDEX", "DROP INDEX"),
        other => return Err(SqlError::unsupported(format_args!("DROP {other}"))),
    };
    let all: Vec<String> = names.iter().map(|name| last_name(name).to_ascii_lowercase()).collect();
    let mut steps = Vec::new();
    for name in &all {
        if object == ObjectType::Index {
            match schema.index(name) {
                Some((table, index)) if index.constraint.is_some() => {
                    let mut error = SqlError::new(
                        "2BP01",
                        format!("cannot drop index {name} because constraint {name} on table {} requires it", table.name),
                    );
                    error.hint = Some(format!("You can drop constraint {name} on table {} instead.", table.name));
                    return Err(error);
                }
                Some((_, index)) => steps.push(format!("DROP INDEX {}", quoted(&index.inner))),
                None if if_exists => {}
                None => return Err(SqlError::new("42704", format!("index \"{name}\" does not exist"))),
            }
            continue;
        }
        let Some(table) = schema.table(name) else {
            if if_exists {
                continue;
            }
            return Err(SqlError::new(UNDEFINED_TABLE, format!("{} \"{name}\" does not exist", word.to_lowercase())));
        };
        if table.is_view != (object == ObjectType::View) {
            return Err(SqlError::new("42809", format!("\"{name}\" is not a {}", word.to_lowercase())));
        }
        let child = schema.tables().find(|child| !all.contains(&child.name) && child.foreign_keys.iter().any(|key| key.parent == *name));
        if let Some(child) = child {
            let key = child.foreign_keys.iter().find(|key| key.parent == *name).map_or("", |key| key.name.as_str());
            let mut error = SqlError::new("2BP01", format!("cannot drop table {name} because other objects depend on it"));
            error.detail = Some(format!("constraint {key} on table {} depends on table {name}", child.name));
            error.hint = Some("Use DROP ... CASCADE to drop the dependent objects too.".to_owned());
            return Err(error);
        }
        steps.push(format!("DROP {word} {}; DELETE FROM loadline_constraint WHERE tbl = {}", quoted(&table.name), text(&table.name)));
    }
    Ok(Ddl::new(steps.join("; "), tag))
}

fn exists(name: &str) -> SqlError {
    SqlError::new("42P07", format!("relation \"{name}\" already exists"))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// A text as a literal of SQLite.
fn text(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

fn folded(ident: &Ident) -> String {
    // PostgreSQL folds what is not quoted.
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

fn own_name(name: &str) -> Result<String, SqlError> {
    if name.to_ascii_lowercase().starts_with(super::schema::OWN_PREFIX) || name.to_ascii_lowercase().starts_with("sqlite_") {
        return Err(SqlError::new("42939", format!("the name \"{name}\" is reserved")));
    }
    Ok(quoted(&name.to_ascii_lowercase()))
}

/// A row of the engine's list of constraints.
fn listed(table: &str, name: &str, kind: char, columns: &[String], definition: &str) -> String {
    let columns = columns.join(",");
    let values = [table, name, &kind.to_string(), &columns, definition].map(text).join(", ");
    format!("INSERT INTO loadline_constraint VALUES ({values})")
}

/// The names of key columns, and how each runs.
fn key_columns(columns: &[IndexColumn]) -> Result<Vec<(String, bool)>, SqlError> {
    columns
        .iter()
        .map(|column| match &column.column.expr {
            Expr::Identifier(name) => Ok((folded(name), column.column.options.sort == Some(OrderBySort::Desc))),
            other => Err(SqlError::unsupported(format_args!("a key on the expression {other}"))),
        })
        .collect()
}

fn known_column(table: &Table, name: &str) -> Result<(), SqlError> {
    match table.column(name) {
        Some(_) => Ok(()),
        None => Err(SqlError::new(super::error::UNDEFINED_COLUMN, format!("column \"{name}\" does not exist"))),
    }
}

fn create_index(create: &CreateIndex, schema: &Schema) -> Result<Ddl, SqlError> {
    let table = infer::known(schema, &last_name(&create.table_name))?;
    let columns = key_columns(&create.columns)?;
    columns.iter().try_for_each(|(name, _)| known_column(table, name))?;
    if create.predicate.is_some() || !create.include.is_empty() {
        return Err(SqlError::unsupported("a partial or covering index"));
    }
    if let Some(method) = &create.using
        && !method.to_string().eq_ignore_ascii_case("btree")
    {
        return Err(SqlError::unsupported(format_args!("an index by {method}")));
    }
    let name = match &create.name {
        Some(name) => last_name(name).to_ascii_lowercase(),
        None => {
            let bare: Vec<&str> = columns.iter().map(|(name, _)| name.as_str()).collect();
            let first = format!("{}_{}_idx", table.name, bare.join("_"));
            (0..)
                .map(|n| if n == 0 { first.clone() } else { format!("{first}{n}") })
                .find(|name| schema.oid(name).is_none())
                .unwrap_or(first)
        }
    };
    if schema.oid(&name).is_some() {
        return if create.if_not_exists { Ok(Ddl::nothing("CREATE INDEX")) } else { Err(exists(&name)) };
    }
    let unique = if create.unique { "UNIQUE " } else { "" };
    let list: Vec<String> = columns.iter().map(|(name, desc)| format!("{}{}", quoted(name), if *desc { " DESC" } else { "" })).collect();
    let sql = format!("CREATE {unique}INDEX {} ON {} ({})", own_name(&name)?, quoted(&table.name), list.join(", "));
    let mut ddl = Ddl::new(sql, "CREATE INDEX");
    if create.unique {
        ddl.obstacles.push(not_unique(table, &name, columns.iter().map(|(name, _)| name.as_str())));
    }
    Ok(ddl)
}

/// What says that a table has equal keys already.
fn not_unique<'a>(table: &Table, name: &str, columns: impl Iterator<Item = &'a str>) -> (String, SqlError) {
    let columns: Vec<String> = columns.map(quoted).collect();
    let known: Vec<String> = columns.iter().map(|column| format!("{column} IS NOT NULL")).collect();
    let list = columns.join(", ");
    let sql = format!("SELECT 1 FROM {} WHERE {} GROUP BY {list} HAVING count(*) > 1 LIMIT 1", quoted(&table.name), known.join(" AND "));
    let mut error = SqlError::new("23505", format!("could not create unique index \"{name}\""));
    error.place.table = Some(table.name.clone());
    error.place.constraint = Some(name.to_owned());
    (sql, error)
}
