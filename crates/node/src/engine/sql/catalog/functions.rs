//! Functions that speak about the catalogue: definitions of constraints, indexes and defaults in PostgreSQL's words.

use std::sync::Arc;

use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;

use super::super::error::SqlError;
use super::super::schema::{Column, ForeignKey, Schema, Table};
use super::super::store::Shared;
use super::super::types::{NO_MODIFIER, PgType};
use super::settings;

/// A constraint of a table, with its own object id and its index's.
pub(super) struct Constraint<'a> {
    pub oid: i64,
    pub name: &'a str,
    pub kind: char,
    pub index: i64,
    pub columns: &'a [String],
    pub key: Option<&'a ForeignKey>,
    definition: Option<&'a str>,
}

/// The constraints of a table.
pub(super) fn constraints(table: &Table) -> Vec<Constraint<'_>> {
    let mut list = Vec::new();
    let mut add = |name, kind, index, columns, key, definition| {
        let oid = table.oid * 100 + 1_000_000 + list.len() as i64;
        list.push(Constraint { oid, name, kind, index, columns, key, definition });
    };
    if !table.primary_key.is_empty() {
        add(&*table.primary_name, 'p', table.oid + 1, &*table.primary_key, None, None);
    }
    for index in table.indexes.iter().filter(|index| index.constraint == Some('u')) {
        add(&*index.name, 'u', index.oid, &*index.columns, None, None);
    }
    for key in &table.foreign_keys {
        add(&*key.name, 'f', 0, &*key.columns, Some(key), None);
    }
    for check in &table.checks {
        add(&*check.name, 'c', 0, &[], None, Some(check.definition.as_str()));
    }
    list
}

/// What `pg_get_constraintdef` says.
pub(super) fn constraint_definition(table: &Table, oid: i64) -> Option<String> {
    let list = constraints(table);
    let constraint = list.iter().find(|constraint| constraint.oid == oid)?;
    let columns = constraint.columns.join(", ");
    Some(match (constraint.kind, constraint.key) {
        ('p', _) => format!("PRIMARY KEY ({columns})"),
        ('u', _) => format!("UNIQUE ({columns})"),
        (_, Some(key)) => {
            let mut text = format!("FOREIGN KEY ({columns}) REFERENCES {}({})", key.parent, key.parent_columns.join(", "));
            for (word, action) in [(" ON UPDATE ", &key.on_update), (" ON DELETE ", &key.on_delete)] {
                if action != "NO ACTION" {
                    text.push_str(word);
                    text.push_str(action);
                }
            }
            text
        }
        _ => format!("CHECK ({})", constraint.definition.unwrap_or_default()),
    })
}

/// What `pg_get_indexdef` says.
pub(super) fn index_definition(table: &Table, oid: i64) -> Option<String> {
    let (name, unique, columns) = if oid == table.oid + 1 && !table.primary_key.is_empty() {
        (&table.primary_name, true, table.primary_key.join(", "))
    } else {
        let index = table.indexes.iter().find(|index| index.oid == oid)?;
        let columns: Vec<String> = index
            .columns
            .iter()
            .zip(&index.descending)
            .map(|(column, desc)| format!("{column}{}", if *desc { " DESC" } else { "" }))
            .collect();
        (&index.name, index.unique, columns.join(", "))
    };
    let word = if unique { "UNIQUE " } else { "" };
    Some(format!("CREATE {word}INDEX {name} ON public.{} USING btree ({columns})", table.name))
}

/// A column's default in PostgreSQL's words.
pub(super) fn shown_default(_: &Table, column: &Column) -> Option<String> {
    let default = column.default.as_deref()?;
    Some(match (column.ty, default) {
        (PgType::Bool, "1") => "true".to_owned(),
        (PgType::Bool, "0") => "false".to_owned(),
        (_, "pg_now()") => "now()".to_owned(),
        (ty, quoted) if quoted.starts_with('\'') => format!("{quoted}::{}", ty.full_word(NO_MODIFIER)),
        (_, other) => other.to_owned(),
    })
}

fn by_oid<T>(schema: &Schema, find: impl Fn(&Table) -> Option<T>) -> Option<T> {
    schema.tables().find_map(|table| find(table))
}

fn relation_name(schema: &Schema, oid: i64) -> Option<String> {
    by_oid(schema, |table| {
        if table.oid == oid {
            return Some(table.name.clone());
        }
        if table.oid + 1 == oid {
            return Some(table.primary_name.clone());
        }
        table.indexes.iter().find(|index| index.oid == oid).map(|index| index.name.clone())
    })
}

/// What a view was made of.
fn view_definition(view: &Table) -> String {
    let at = view.sql.to_ascii_lowercase().find(" as ").map_or(0, |at| at + 4);
    format!(" {};", view.sql.get(at..).unwrap_or_default().trim())
}

/// A size as PostgreSQL writes it: rounded to the unit in which it has at most five digits.
fn pretty(bytes: i64) -> String {
    if bytes.unsigned_abs() < 10 << 10 {
        return format!("{bytes} bytes");
    }
    // Halves of the unit, to round at the end.
    let (mut halves, mut unit) = (bytes >> 9, "kB");
    for next in ["MB", "GB", "TB"] {
        if halves.unsigned_abs() < 2 * (10 << 10) {
            break;
        }
        (halves, unit) = (halves >> 10, next);
    }
    format!("{} {unit}", (halves + halves.signum()) / 2)
}

/// Registers the functions.
pub(crate) fn register(conn: &Connection, shared: &Arc<Shared>) -> Result<(), SqlError> {
    let plain = FunctionFlags::SQLITE_UTF8;
    let node = shared.clone();
    conn.create_scalar_function("pg_relation_name", 1, plain, move |context| {
        let oid: Option<i64> = context.get(0)?;
        Ok(oid.map(|oid| relation_name(&node.schema(), oid).unwrap_or_else(|| oid.to_string())))
    })?;
    let node = shared.clone();
    conn.create_scalar_function("pg_get_constraintdef", -1, plain, move |context| {
        let oid: i64 = context.get(0)?;
        Ok(by_oid(&node.schema(), |table| constraint_definition(table, oid)))
    })?;
    let node = shared.clone();
    conn.create_scalar_function("pg_get_indexdef", -1, plain, move |context| {
        let oid: i64 = context.get(0)?;
        Ok(by_oid(&node.schema(), |table| index_definition(table, oid)))
    })?;
    let node = shared.clone();
    conn.create_scalar_function("pg_get_viewdef", -1, plain, move |context| {
        let oid: i64 = context.get(0)?;
        Ok(by_oid(&node.schema(), |table| (table.oid == oid && table.is_view).then(|| view_definition(table))))
    })?;
    // There are no functions that it could be asked of.
    for name in ["pg_get_function_result", "pg_get_function_arguments", "pg_get_function_identity_arguments"] {
        conn.create_scalar_function(name, -1, plain, |_| Ok(None::<String>))?;
    }
    conn.create_scalar_function("pg_get_expr", -1, plain, |context| context.get::<Option<String>>(0))?;
    conn.create_scalar_function("format_type", 2, plain, |context| {
        let (oid, modifier): (Option<u32>, Option<i32>) = (context.get(0)?, context.get(1)?);
        let ty = oid.and_then(|oid| PgType::from_oid(oid).ok());
        Ok(ty.map(|ty| ty.full_word(modifier.unwrap_or(NO_MODIFIER))))
    })?;
    for name in ["pg_table_is_visible", "pg_type_is_visible", "pg_function_is_visible"] {
        conn.create_scalar_function(name, 1, plain, |_| Ok(true))?;
    }
    for name in ["has_table_privilege", "has_schema_privilege", "has_database_privilege", "has_column_privilege"] {
        conn.create_scalar_function(name, -1, plain, |_| Ok(true))?;
    }
    conn.create_scalar_function("pg_get_userbyid", 1, plain, |_| Ok("loadline"))?;
    conn.create_scalar_function("pg_encoding_to_char", 1, plain, |_| Ok("UTF8"))?;
    for name in ["obj_description", "col_description", "shobj_description"] {
        conn.create_scalar_function(name, -1, plain, |_| Ok(None::<String>))?;
    }
    conn.create_scalar_function("current_setting", -1, plain, |context| {
        let name: String = context.get(0)?;
        match settings::default(&name) {
            Some(value) => Ok(Some(value.to_owned())),
            None if context.len() > 1 && context.get::<bool>(1)? => Ok(None),
            None => {
                let words = format!("pg:42704:unrecognized configuration parameter \"{name}\"");
                Err(rusqlite::Error::UserFunctionError(words.into()))
            }
        }
    })?;
    conn.create_scalar_function("array_to_string", -1, plain, |context| {
        let json: Option<String> = context.get(0)?;
        let mark: Option<String> = context.get(1)?;
        let items = json.and_then(|json| serde_json::from_str::<Vec<serde_json::Value>>(&json).ok());
        Ok(items.map(|items| {
            let shown: Vec<String> = items.iter().map(|item| item.as_str().map_or_else(|| item.to_string(), str::to_owned)).collect();
            shown.join(&mark.unwrap_or_default())
        }))
    })?;
    let node = shared.clone();
    conn.create_scalar_function("pg_database_size", 1, plain, move |_| Ok(node.size_bytes()))?;
    // One file holds all tables: what each takes of it is not known.
    for name in ["pg_table_size", "pg_relation_size", "pg_total_relation_size", "pg_indexes_size"] {
        conn.create_scalar_function(name, -1, plain, |_| Ok(None::<i64>))?;
    }
    conn.create_scalar_function("pg_size_pretty", 1, plain, |context| Ok(context.get::<Option<i64>>(0)?.map(pretty)))?;
    Ok(())
}
