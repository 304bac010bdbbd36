//! Statements that are neither queries nor writes: settings, EXPLAIN, and the commands that the parser does not know.

use rusqlite::Connection;
use sqlparser::ast::{Expr, FromTable, SelectItem, Statement, TransactionAccessMode, TransactionMode};

use super::super::catalog::Answer;
use super::super::error::{SYNTAX, SqlError};
use super::super::explain;
use super::super::infer::last_name;
use super::super::schema::Schema;
use super::super::types::{self, PgType};
use super::{Action, compile, first_select};

/// The commands that the parser does not know, by their first words.
pub(super) fn command(text: &str) -> Result<Option<Action>, SqlError> {
    let words: Vec<&str> = text.trim_end_matches([';', ' ', '\n']).split_ascii_whitespace().take(12).collect();
    let is = |at: usize, word: &str| words.get(at).is_some_and(|given| given.eq_ignore_ascii_case(word));
    let number = |at: usize| -> Result<u64, SqlError> {
        let text = words.get(at).copied().unwrap_or_default();
        text.parse::<u64>().map_err(|_| SqlError::new(SYNTAX, format!("not a number: \"{text}\"")))
    };
    Ok(if is(0, "START_REPLICATION") && is(1, "FROM") && is(3, "TIMELINE") {
        let replica = if is(5, "REPLICA") { number(6)? } else { 0 };
        Some(Action::Replicate { from: number(2)?, timeline: number(4)?, replica })
    } else if is(0, "REPLICA") && is(2, "APPLIED") {
        let ago_us = if is(4, "AGO") { i64::try_from(number(5)?).unwrap_or(i64::MAX) } else { 0 };
        Some(Action::Applied { replica: number(1)?, position: number(3)?, ago_us })
    } else if is(0, "WAIT") && is(1, "FOR") && is(2, "LSN") {
        let place = words.get(3).copied().unwrap_or_default().trim_matches('\'');
        let value = types::input::from_text(PgType::Lsn, place)?;
        let position = if let rusqlite::types::Value::Integer(n) = value { n.cast_unsigned() } else { 0 };
        let timeout_ms = if is(4, "TIMEOUT") { Some(number(5)?) } else { None };
        Some(Action::Wait { position, timeout_ms })
    } else if is(0, "VACUUM") {
        Some(Action::Set("VACUUM"))
    } else if is(0, "ANALYZE") {
        Some(Action::Set("ANALYZE"))
    } else if is(0, "CHECKPOINT") && words.len() == 1 {
        Some(Action::Set("CHECKPOINT"))
    } else if is(0, "SELECT") && words.len() == 2 && words.get(1).is_some_and(|call| call.to_ascii_lowercase().starts_with("pg_promote(")) {
        Some(Action::Promote)
    } else {
        None
    })
}

/// What SET asks for.
pub(super) fn settings(set: &sqlparser::ast::Set) -> Result<Action, SqlError> {
    use sqlparser::ast::Set;
    let word = |expr: &Expr| match expr {
        Expr::Value(value) => value.value.clone().into_string().unwrap_or_else(|| value.to_string()),
        other => other.to_string().trim_matches('"').to_owned(),
    };
    Ok(match set {
        Set::SingleAssignment { variable, values, .. } => {
            let value: Vec<String> = values.iter().map(word).collect();
            Action::SetTo { name: variable.to_string(), value: Some(value.join(", ")), tag: "SET" }
        }
        Set::SetTimeZone { value, .. } => Action::SetTo { name: "TimeZone".to_owned(), value: Some(word(value)), tag: "SET" },
        Set::SetNames { charset_name, .. } => {
            Action::SetTo { name: "client_encoding".to_owned(), value: Some(charset_name.to_string()), tag: "SET" }
        }
        Set::SetNamesDefault {} => Action::SetTo { name: "client_encoding".to_owned(), value: None, tag: "SET" },
        Set::SetTransaction { modes, .. } => {
            let (mut read_only, mut one_state) = (None, None);
            for mode in modes {
                match mode {
                    TransactionMode::AccessMode(access) => read_only = Some(*access == TransactionAccessMode::ReadOnly),
                    TransactionMode::IsolationLevel(level) => one_state = Some(keeps_one_state(*level)),
                }
            }
            Action::SetTransaction { read_only, one_state }
        }
        other => return Err(SqlError::unsupported(other)),
    })
}

pub(super) fn keeps_one_state(level: sqlparser::ast::TransactionIsolationLevel) -> bool {
    use sqlparser::ast::TransactionIsolationLevel as Level;
    matches!(level, Level::RepeatableRead | Level::Serializable | Level::Snapshot)
}

/// EXPLAIN: the plan is the answer.
pub(super) fn explained(statement: &Statement, conn: &Connection, schema: &Schema) -> Result<Answer, SqlError> {
    let Statement::Explain { analyze, statement, options, format, .. } = statement else {
        return Err(SqlError::unsupported("this statement"));
    };
    let given: Vec<String> = options.iter().flatten().map(|option| option.to_string().to_ascii_uppercase()).collect();
    if *analyze || format.is_some() || given.iter().any(|option| option.starts_with("ANALYZE") || option.starts_with("FORMAT")) {
        return Err(SqlError::unsupported("EXPLAIN with ANALYZE or FORMAT"));
    }
    let (target, aggregates, limited) = match statement.as_ref() {
        Statement::Insert(insert) => (Some(insert.table.to_string()), false, false),
        Statement::Update(update) => (Some(update.table.relation.to_string()), false, false),
        Statement::Delete(delete) => {
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            (from.first().map(ToString::to_string), false, false)
        }
        Statement::Query(query) => {
            let folded = first_select(query.body.as_ref()).is_some_and(|select| select.projection.iter().any(folds));
            (None, folded, query.limit_clause.is_some())
        }
        _ => (None, false, false),
    };
    let compiled = compile(statement.as_ref().clone(), conn, schema, &[])?;
    let lines = explain::plan(conn, &compiled.action, target.as_deref(), (aggregates, limited), schema)?;
    Ok(Answer::texts("QUERY PLAN", lines, "EXPLAIN"))
}

/// Whether an item of a select list is an aggregate of all rows.
fn folds(item: &SelectItem) -> bool {
    let (SelectItem::UnnamedExpr(Expr::Function(function)) | SelectItem::ExprWithAlias { expr: Expr::Function(function), .. }) = item
    else {
        return false;
    };
    let name = last_name(&function.name).to_ascii_lowercase();
    function.over.is_none() && matches!(name.as_str(), "count" | "sum" | "avg" | "min" | "max" | "string_agg" | "array_agg")
}
