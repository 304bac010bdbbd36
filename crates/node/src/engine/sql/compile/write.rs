//! INSERT, UPDATE and DELETE made ready.

use std::sync::atomic::AtomicBool;

use rusqlite::Connection;
use sqlparser::ast::{Expr, FromTable, Insert, SelectItem, SetExpr, Statement, TableFactor, TableObject, Value};

use super::super::error::{SYNTAX, SqlError};
use super::super::infer::{self, Scope, last_name};
use super::super::rewrite;
use super::super::schema::Schema;
use super::super::violation::{Intent, Source};
use super::fields::returned;
use super::{Action, Compiled, Cost, by_key};

/// Where an expression that was rewritten takes its value from, if that is plain.
fn source(expr: &Expr) -> Option<Source> {
    let Expr::Value(value) = expr else {
        return match expr {
            Expr::Nested(inner) => source(inner),
            _ => None,
        };
    };
    Some(match &value.value {
        Value::Placeholder(name) => Source::Parameter(name.strip_prefix('?')?.parse::<usize>().ok()?.checked_sub(1)?),
        Value::Number(digits, _) => Source::Literal(match digits.parse() {
            Ok(n) => rusqlite::types::Value::Integer(n),
            Err(_) => rusqlite::types::Value::Real(digits.parse().ok()?),
        }),
        Value::SingleQuotedString(text) => Source::Literal(rusqlite::types::Value::Text(text.clone())),
        Value::Boolean(on) => Source::Literal(rusqlite::types::Value::Integer(i64::from(*on))),
        Value::Null => Source::Literal(rusqlite::types::Value::Null),
        _ => return None,
    })
}

/// What a rewritten statement is about to do, for its refusals.
fn intent(statement: &Statement, scope: &Scope) -> Option<Intent> {
    let table = scope.first()?.clone();
    let (mut rows, mut selection, mut deletes) = (Vec::new(), None, false);
    match statement {
        Statement::Insert(insert) => {
            let names: Vec<String> = if insert.columns.is_empty() {
                table.columns.iter().map(|column| column.name.clone()).collect()
            } else {
                insert.columns.iter().map(last_name).collect()
            };
            if let Some(SetExpr::Values(values)) = insert.source.as_ref().map(|source| source.body.as_ref()) {
                for row in &values.rows {
                    rows.push(names.iter().cloned().zip(&row.content).filter_map(|(name, expr)| Some((name, source(expr)?))).collect());
                }
            }
        }
        Statement::Update(update) => {
            let assigned = update.assignments.iter().filter_map(|assignment| match &assignment.target {
                sqlparser::ast::AssignmentTarget::ColumnName(name) => Some((last_name(name), source(&assignment.value)?)),
                sqlparser::ast::AssignmentTarget::Tuple(_) => None,
            });
            rows.push(assigned.collect());
            selection = update.selection.as_ref().map(ToString::to_string);
        }
        Statement::Delete(delete) => {
            deletes = true;
            selection = delete.selection.as_ref().map(ToString::to_string);
        }
        _ => return None,
    }
    Some(Intent { table, rows, selection, deletes })
}

/// `DELETE .. USING` by the rows that a join finds.
fn without_using(delete: &mut sqlparser::ast::Delete) -> Result<(), SqlError> {
    let Some(using) = delete.using.take() else { return Ok(()) };
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
    let [target] = from.as_slice() else { return Err(SqlError::unsupported("DELETE from several tables")) };
    let TableFactor::Table { name, alias, .. } = &target.relation else { return Err(SqlError::unsupported("DELETE from this")) };
    let shown = alias.as_ref().map_or_else(|| last_name(name), |alias| alias.name.value.clone());
    let others: Vec<String> = using.iter().map(ToString::to_string).collect();
    let test = delete.selection.as_ref().map(|test| format!(" WHERE {test}")).unwrap_or_default();
    let found = format!("\"{shown}\".rowid IN (SELECT \"{shown}\".rowid FROM {target}, {}{test})", others.join(", "));
    delete.selection = Some(rewrite::parse_expr(&found)?);
    Ok(())
}

/// SQLite's RETURNING knows the columns of the table alone, without an alias before them.
fn without_alias(statement: &mut Statement) {
    let alias = |relation: &TableFactor| match relation {
        TableFactor::Table { alias: Some(alias), .. } => Some(alias.name.value.clone()),
        _ => None,
    };
    let (alias, returning) = match statement {
        Statement::Insert(insert) => (insert.table_alias.as_ref().map(|alias| alias.alias.value.clone()), insert.returning.as_mut()),
        Statement::Update(update) => {
            let alias = alias(&update.table.relation);
            if let TableFactor::Table { alias: Some(alias), .. } = &mut update.table.relation {
                alias.explicit = true;
            }
            (alias, update.returning.as_mut())
        }
        _ => return,
    };
    let (Some(alias), Some(items)) = (alias, returning) else { return };
    for item in items {
        if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
            let _ = sqlparser::ast::visit_expressions_mut(expr, |expr| {
                if let Expr::CompoundIdentifier(parts) = expr
                    && let [table, column] = parts.as_slice()
                    && table.value.eq_ignore_ascii_case(&alias)
                {
                    *expr = Expr::Identifier(column.clone());
                }
                std::ops::ControlFlow::<()>::Continue(())
            });
        }
    }
}

pub(super) fn write(mut statement: Statement, conn: &Connection, schema: &Schema, announced: &[u32]) -> Result<Compiled, SqlError> {
    without_alias(&mut statement);
    if let Statement::Delete(delete) = &mut statement {
        without_using(delete)?;
    }
    let scope = infer::scope(&statement, schema);
    let params = infer::parameters(&statement, &scope, announced)?;
    let (tag, returning, light) = match &statement {
        Statement::Insert(insert) => {
            required_columns(insert, schema)?;
            let one_row =
                matches!(insert.source.as_ref().map(|source| source.body.as_ref()), Some(SetExpr::Values(v)) if v.rows.len() <= 16);
            ("INSERT", insert.returning.clone(), one_row)
        }
        Statement::Update(update) => {
            let TableFactor::Table { name, .. } = &update.table.relation else { return Err(SqlError::unsupported("UPDATE of this")) };
            let table = infer::known(schema, &last_name(name))?;
            for assignment in &update.assignments {
                if let sqlparser::ast::AssignmentTarget::ColumnName(name) = &assignment.target {
                    assigned_column(table, &last_name(name))?;
                }
            }
            let light = update.from.is_none() && by_key(&update.table, update.selection.as_ref(), schema);
            ("UPDATE", update.returning.clone(), light)
        }
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let light = from.first().is_some_and(|table| by_key(table, delete.selection.as_ref(), schema));
            ("DELETE", delete.returning.clone(), light)
        }
        _ => return Err(SqlError::unsupported("this statement")),
    };
    let fields = returning.map(|items| returned(&items, &scope)).transpose()?;
    rewrite::rewrite(&mut statement, &scope)?;
    let intent = intent(&statement, &scope);
    let sql = statement.to_string();
    // SQLite checks names and syntax now, so that Parse answers for them.
    let prepared = conn.prepare(&sql)?;
    if fields.as_ref().is_some_and(|fields| fields.len() != prepared.column_count()) {
        return Err(SqlError::unsupported("this RETURNING list"));
    }
    let action = Action::Write { sql, tag, intent };
    Ok(Compiled {
        action,
        params,
        fields,
        cost: Cost::Write,
        heavy: !light,
        outlasts: AtomicBool::new(false),
        catalogue: false,
        schema_version: schema.version,
    })
}

fn assigned_column(table: &super::super::schema::Table, name: &str) -> Result<(), SqlError> {
    if table.column(name).is_some() {
        return Ok(());
    }
    let words = format!("column \"{name}\" of relation \"{}\" does not exist", table.name);
    Err(SqlError::new(super::super::error::UNDEFINED_COLUMN, words))
}

/// SQLite would number a whole-number key that was left out; PostgreSQL refuses.
fn required_columns(insert: &Insert, schema: &Schema) -> Result<(), SqlError> {
    let TableObject::TableName(name) = &insert.table else { return Err(SqlError::unsupported("INSERT into a function")) };
    let table = infer::known(schema, &last_name(name))?;
    let mut seen = Vec::new();
    for name in insert.columns.iter().map(last_name) {
        assigned_column(table, &name)?;
        if seen.contains(&name) {
            return Err(SqlError::new("42701", format!("column \"{name}\" specified more than once")));
        }
        seen.push(name);
    }
    let wide = if insert.columns.is_empty() { table.columns.len() } else { insert.columns.len() };
    if let Some(SetExpr::Values(values)) = insert.source.as_ref().map(|source| source.body.as_ref()) {
        for row in &values.rows {
            if row.content.len() > wide {
                return Err(SqlError::new(SYNTAX, "INSERT has more expressions than target columns"));
            }
            if row.content.len() < wide && !insert.columns.is_empty() {
                return Err(SqlError::new(SYNTAX, "INSERT has more target columns than expressions"));
            }
        }
    }
    let missing = table.columns.iter().find(|column| {
        let given = insert.columns.is_empty() || insert.columns.iter().any(|name| last_name(name).eq_ignore_ascii_case(&column.name));
        !given && !column.serial && column.default.is_none() && table.primary_key.contains(&column.name)
    });
    match missing {
        Some(column) => {
            let words = format!("null value in column \"{}\" of relation \"{}\" violates not-null constraint", column.name, table.name);
            let mut error = SqlError::new("23502", words);
            (error.place.table, error.place.column) = (Some(table.name.clone()), Some(column.name.clone()));
            Err(error)
        }
        None => Ok(()),
    }
}
