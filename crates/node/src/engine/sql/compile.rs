//! A statement's text made ready to run: what it does, SQLite's text of it, the types of its parameters and results, and what it costs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rusqlite::Connection;
use sqlparser::ast::{
    BinaryOperator, DiscardObject, Expr, GroupByExpr, Query, Select, SetExpr, Statement, TableFactor, TableWithJoins,
    TransactionAccessMode, TransactionMode,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::advisory;
use super::bulk::{self, Bulk};
use super::catalog::{self, Answer, Asked};
use super::copy::{self, Copy};
use super::ddl::{self, Ddl};
use super::error::{SYNTAX, SqlError, TOO_COMPLEX};
use super::infer::{self, last_name};
use super::rewrite;
use super::schema::Schema;
use super::types::{NO_MODIFIER, PgType, ROW_ID};
use super::violation::Intent;

mod commands;
mod fields;
mod write;

use commands::{command, explained, keeps_one_state, settings};
use fields::{Guess, guess_at, guesses};
use write::write;

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub name: String,
    pub ty: PgType,
    /// Length or precision of the type, as PostgreSQL packs it.
    pub modifier: i32,
}

/// What a statement costs under the envelope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cost {
    /// SELECT of at most one row by key.
    Point,
    /// Any other SELECT.
    Range,
    /// INSERT, UPDATE, DELETE.
    Write,
    /// Nothing: no table is touched.
    Free,
}

impl Cost {
    /// The operation's name in the envelope; `None` when it costs nothing.
    pub(super) fn operation(self) -> Option<&'static str> {
        match self {
            Self::Point => Some("point"),
            Self::Range => Some("range"),
            Self::Write => Some("write"),
            Self::Free => None,
        }
    }
}

/// What a statement does.
#[derive(Debug)]
pub(super) enum Action {
    Empty,
    Read {
        sql: String,
        /// True: takes the writers' lock first (`FOR UPDATE`).
        lock: bool,
    },
    Write {
        sql: String,
        tag: &'static str,
        /// For telling what exactly a constraint refused.
        intent: Option<Intent>,
    },
    Bulk(Bulk),
    Ddl(Ddl),
    Begin {
        read_only: bool,
        /// True: everything sees one state (REPEATABLE READ, SERIALIZABLE).
        one_state: bool,
    },
    Commit,
    Rollback,
    Savepoint(String),
    RollbackTo(String),
    Release(String),
    /// Nothing to be done but to say so.
    Set(&'static str),
    /// SET, with no value for DEFAULT and RESET.
    SetTo {
        name: String,
        value: Option<String>,
        tag: &'static str,
    },
    ResetAll(&'static str),
    DiscardAll,
    SetTransaction {
        read_only: Option<bool>,
        one_state: Option<bool>,
    },
    Show(String),
    /// PREPARE: the statement's text, and the types of its parameters as far as they are written.
    Prepare {
        name: String,
        text: String,
        types: Vec<u32>,
    },
    /// EXECUTE: the arguments' texts.
    Execute {
        name: String,
        args: Vec<String>,
    },
    /// DEALLOCATE; no name is all.
    Deallocate(Option<String>),
    /// pg_promote().
    Promote,
    /// pg_advisory_lock and its kin.
    Advisory(advisory::Call, advisory::Key),
    /// WAIT FOR LSN: until this position is here, or so many milliseconds of wall time have passed.
    Wait {
        position: u64,
        timeout_ms: Option<u64>,
    },
    /// Where this node's replica is, told to its primary.
    Applied {
        replica: u64,
        position: u64,
        /// Since when, us.
        ago_us: i64,
    },
    Answer(Answer),
    /// COPY, in either direction.
    Copy(Copy),
    Replicate {
        from: u64,
        timeline: u64,
        /// The number by which the replica says where it is.
        replica: u64,
    },
}

impl Action {
    /// Whether it takes part in the transaction around it.
    pub(super) fn is_transactional(&self) -> bool {
        matches!(self, Self::Read { .. } | Self::Write { .. } | Self::Bulk(_) | Self::Ddl(_))
    }
}

/// A statement ready to run.
#[derive(Debug)]
pub(super) struct Compiled {
    pub action: Action,
    pub params: Vec<PgType>,
    /// Columns of the result; `None` when it has no rows.
    pub fields: Option<Arc<[Field]>>,
    pub cost: Cost,
    /// True: it may take long, so it runs off the async thread.
    pub heavy: bool,
    /// True: it reads, and once took longer than is left to the async thread.
    pub outlasts: AtomicBool,
    /// True: it reads the catalogue.
    pub catalogue: bool,
    /// The schema that the types were read from.
    pub schema_version: u64,
}

/// Longest text that goes through the parser, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Most tokens that can nest: the syntax tree is recursive, and so is whatever walks it.
const MAX_NESTING_TOKENS: usize = 1000;

fn not_too_long(text: &str) -> Result<(), SqlError> {
    if text.len() > MAX_TEXT {
        return Err(SqlError::new(TOO_COMPLEX, format!("the statement is longer than {MAX_TEXT} bytes")));
    }
    Ok(())
}

/// Splits a text into statements. Bulk inserts and the engine's own commands are one statement by themselves.
pub(super) fn parse(text: &str) -> Result<Vec<Statement>, SqlError> {
    not_too_long(text)?;
    let dialect = PostgreSqlDialect {};
    let syntax = |message: String| SqlError::new(SYNTAX, format!("syntax error: {message}"));
    let mut tokens = Tokenizer::new(&dialect, text).tokenize().map_err(|error| syntax(error.to_string()))?;
    copy::spell(&mut tokens);
    // What can nest since the last comma, for each open parenthesis, and their sum.
    let (mut open, mut sum) = (vec![0], 0);
    for token in &tokens {
        match token {
            Token::SemiColon => (open, sum) = (vec![0], 0),
            Token::LParen => open.push(0),
            Token::RParen if open.len() > 1 => sum -= open.pop().unwrap_or(0),
            Token::Comma => sum -= open.last_mut().map_or(0, std::mem::take),
            Token::Word(word) if word.keyword == sqlparser::keywords::Keyword::NoKeyword || word.quote_style.is_some() => {}
            Token::Number(..) | Token::SingleQuotedString(_) | Token::Placeholder(_) | Token::Whitespace(_) | Token::Period => {}
            _ => {
                sum += 1;
                if let Some(last) = open.last_mut() {
                    *last += 1;
                }
            }
        }
        if sum > MAX_NESTING_TOKENS {
            return Err(SqlError::new(TOO_COMPLEX, "the statement is too complex").hint("Split it, or use = ANY ($1) with an array."));
        }
    }
    Parser::new(&dialect).with_tokens(tokens).parse_statements().map_err(|error| match error {
        ParserError::RecursionLimitExceeded => SqlError::new(TOO_COMPLEX, "the statement nests too deeply"),
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => syntax(message),
    })
}

/// What is recognised by its text alone, before any parsing.
pub(super) fn by_text(text: &str, schema: &Schema, announced: &[u32]) -> Result<Option<Compiled>, SqlError> {
    let done = |action, params, fields, cost| {
        Ok(Some(Compiled {
            action,
            params,
            fields,
            cost,
            heavy: cost == Cost::Write,
            outlasts: AtomicBool::new(false),
            catalogue: false,
            schema_version: schema.version,
        }))
    };
    if let Some(bulk) = bulk::parse(text, schema, announced) {
        let params = bulk.params.clone();
        return done(Action::Bulk(bulk), params, None, Cost::Write);
    }
    not_too_long(text)?;
    if text.contains("c.relname = 'pgbench_accounts'") && schema.table("pgbench_accounts").is_some() {
        // pgbench asks how the table is partitioned: first in the search path, not at all.
        let field = |name: &str, ty| Field { name: name.to_owned(), ty, modifier: NO_MODIFIER };
        let fields: Arc<[Field]> = [field("n", PgType::Int4), field("partstrat", PgType::Char), field("count", PgType::Int8)].into();
        let rows = vec![vec![rusqlite::types::Value::Integer(1), rusqlite::types::Value::Null, rusqlite::types::Value::Integer(0)]];
        return done(Action::Answer(Answer { fields: fields.clone(), rows, tag: "SELECT" }), Vec::new(), Some(fields), Cost::Free);
    }
    if let Some(Asked::Nothing(answer)) = catalog::asked(text) {
        let fields = answer.fields.clone();
        return done(Action::Answer(answer), Vec::new(), Some(fields), Cost::Free);
    }
    if let Some((call, key)) = advisory::parse(text) {
        let (name, ty) = call.column();
        // A number that the client announces as narrower comes so.
        let wide = if announced.first() == Some(&PgType::Int4.oid()) { PgType::Int4 } else { PgType::Int8 };
        let params = if key == advisory::Key::Parameter { vec![wide] } else { Vec::new() };
        let fields = [Field { name: name.to_owned(), ty, modifier: NO_MODIFIER }].into();
        return done(Action::Advisory(call, key), params, Some(fields), Cost::Free);
    }
    if let Some(action) = command(text)? {
        let promoted = [Field { name: "pg_promote".to_owned(), ty: PgType::Bool, modifier: NO_MODIFIER }];
        let fields = matches!(action, Action::Promote).then(|| promoted.into());
        return done(action, Vec::new(), fields, Cost::Free);
    }
    Ok(None)
}

/// Makes one parsed statement ready. `conn` sees the tables that the statement will see.
pub(super) fn compile(mut statement: Statement, conn: &Connection, schema: &Schema, announced: &[u32]) -> Result<Compiled, SqlError> {
    let simple = |action| Compiled {
        action,
        params: Vec::new(),
        fields: None,
        cost: Cost::Free,
        heavy: false,
        outlasts: AtomicBool::new(false),
        catalogue: false,
        schema_version: schema.version,
    };
    if let Some(ddl) = ddl::translate(&statement, schema)? {
        return Ok(Compiled { heavy: true, ..simple(Action::Ddl(ddl)) });
    }
    if let Some(copy) = copy::translate(&statement, schema)? {
        return Ok(simple(Action::Copy(copy)));
    }
    Ok(match &statement {
        Statement::StartTransaction { modes, .. } => {
            let read_only = modes.iter().any(|mode| matches!(mode, TransactionMode::AccessMode(TransactionAccessMode::ReadOnly)));
            let one_state = modes.iter().any(|mode| matches!(mode, TransactionMode::IsolationLevel(level) if keeps_one_state(*level)));
            simple(Action::Begin { read_only, one_state })
        }
        Statement::Commit { chain: false, .. } => simple(Action::Commit),
        Statement::Rollback { chain: false, savepoint: None } => simple(Action::Rollback),
        Statement::Rollback { chain: false, savepoint: Some(name) } => simple(Action::RollbackTo(name.value.to_lowercase())),
        Statement::Savepoint { name } => simple(Action::Savepoint(name.value.to_lowercase())),
        Statement::ReleaseSavepoint { name } => simple(Action::Release(name.value.to_lowercase())),
        Statement::Set(set) => simple(settings(set)?),
        Statement::Reset(reset) => simple(match &reset.reset {
            sqlparser::ast::Reset::ALL => Action::ResetAll("RESET"),
            sqlparser::ast::Reset::SessionAuthorization => Action::Set("RESET"),
            sqlparser::ast::Reset::ConfigurationParameter(name) => Action::SetTo { name: name.to_string(), value: None, tag: "RESET" },
        }),
        Statement::Discard { object_type } => simple(match object_type {
            DiscardObject::ALL => Action::DiscardAll,
            // Plans are kept for all sessions and by the tables that they were made for; there are no temporary tables.
            DiscardObject::PLANS => Action::Set("DISCARD PLANS"),
            DiscardObject::SEQUENCES => Action::Set("DISCARD SEQUENCES"),
            DiscardObject::TEMP => Action::Set("DISCARD TEMP"),
        }),
        Statement::ShowVariable { variable } => {
            let name: Vec<String> = variable.iter().map(|ident| ident.value.to_lowercase()).collect();
            let name = name.join(" ");
            let (shown, _) = catalog::settings::Settings::default().show(&name)?;
            let fields = [Field { name: shown.to_owned(), ty: PgType::Text, modifier: NO_MODIFIER }];
            Compiled { fields: Some(fields.into()), ..simple(Action::Show(name)) }
        }
        Statement::Prepare { name, data_types, statement } => {
            let types = data_types.iter().map(|ty| infer::data_type(ty).map(PgType::oid)).collect::<Result<_, _>>()?;
            simple(Action::Prepare { name: name.value.to_lowercase(), text: statement.to_string(), types })
        }
        Statement::Execute { name: Some(name), parameters, .. } => {
            let args = parameters.iter().map(ToString::to_string).collect();
            simple(Action::Execute { name: last_name(name).to_lowercase(), args })
        }
        Statement::Deallocate { name, .. } => {
            let all = name.quote_style.is_none() && name.value.eq_ignore_ascii_case("all");
            simple(Action::Deallocate((!all).then(|| name.value.to_lowercase())))
        }
        Statement::Explain { .. } => {
            let answer = explained(&statement, conn, schema)?;
            let fields = answer.fields.clone();
            Compiled { fields: Some(fields), ..simple(Action::Answer(answer)) }
        }
        Statement::Query(_) => query(statement, conn, schema, announced)?,
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => write(statement, conn, schema, announced)?,
        Statement::Truncate(truncate) => {
            let names: Vec<String> = truncate.table_names.iter().map(|target| last_name(&target.name).to_ascii_lowercase()).collect();
            for name in &names {
                infer::known(schema, name)?;
            }
            if names.len() > 1 {
                let sql: Vec<String> = names.iter().map(|name| format!("DELETE FROM \"{name}\"")).collect();
                let ddl = Ddl { sql: sql.join("; "), tag: "TRUNCATE TABLE", obstacles: Vec::new() };
                return Ok(Compiled { heavy: true, ..simple(Action::Ddl(ddl)) });
            }
            let table = infer::known(schema, names.first().map_or("", String::as_str))?;
            if schema.tables().any(|child| child.name != table.name && child.foreign_keys.iter().any(|key| key.parent == table.name)) {
                let mut error = SqlError::new("0A000", "cannot truncate a table referenced in a foreign key constraint");
                let child = schema.tables().find(|child| child.foreign_keys.iter().any(|key| key.parent == table.name));
                error.detail = child.map(|child| format!("Table \"{}\" references \"{}\".", child.name, table.name));
                return Err(error);
            }
            let sql = format!("DELETE FROM \"{}\"", table.name);
            Compiled { cost: Cost::Write, heavy: true, ..simple(Action::Write { sql, tag: "TRUNCATE TABLE", intent: None }) }
        }
        _ => {
            statement = std::mem::replace(&mut statement, Statement::Commit { chain: false, end: false, modifier: None });
            let words: Vec<String> = statement.to_string().split_whitespace().take(2).map(str::to_uppercase).collect();
            return Err(SqlError::unsupported(words.join(" ")));
        }
    })
}

fn query(mut statement: Statement, conn: &Connection, schema: &Schema, announced: &[u32]) -> Result<Compiled, SqlError> {
    let scope = infer::scope(&statement, schema);
    let params = infer::parameters(&statement, &scope, announced)?;
    let Statement::Query(query) = &mut statement else { return Err(SqlError::unsupported("this statement")) };
    let cost = query_cost(query, schema);
    let guesses = match query.body.as_ref() {
        SetExpr::Values(values) => values.rows.first().map_or_else(Vec::new, |row| {
            row.content.iter().map(|expr| Guess { single: true, name: None, ty: scope.type_of(expr, 0), modifier: NO_MODIFIER }).collect()
        }),
        body => first_select(body).map(|select| guesses(&select.projection, &scope)).unwrap_or_default(),
    };
    let catalogue = scope.reads_catalogue();
    let lock = rewrite::rewrite(&mut statement, &scope)?;
    let sql = statement.to_string();
    let prepared = conn.prepare(&sql)?;
    let columns = prepared.columns();
    let wide = columns.len();
    let fields = columns.iter().enumerate().map(|(at, column)| {
        let guess = guess_at(&guesses, at, wide);
        let guessed = guess.and_then(|guess| guess.ty);
        let declared = match column.decl_type() {
            // A row id may be four bytes wide: the table knows.
            Some(ROW_ID) => guessed.filter(|ty| ty.is_integer()).or(scope.column(None, column.name())).map(|ty| (ty, NO_MODIFIER)),
            declared => declared.and_then(PgType::from_declared),
        };
        let guessed = guessed.map(|ty| (ty, guess.map_or(NO_MODIFIER, |guess| guess.modifier)));
        let named = || scope.type_of(&Expr::Identifier(sqlparser::ast::Ident::new(column.name())), 0).map(|ty| (ty, NO_MODIFIER));
        let (ty, modifier) = declared.or(guessed).or_else(named).unwrap_or((PgType::Text, NO_MODIFIER));
        Field { name: guess.and_then(|guess| guess.name.clone()).unwrap_or_else(|| column.name().to_owned()), ty, modifier }
    });
    let fields = Some(fields.collect());
    let heavy = cost == Cost::Range || catalogue;
    let cost = if catalogue { Cost::Free } else { cost };
    Ok(Compiled {
        action: Action::Read { sql, lock },
        params,
        fields,
        cost,
        heavy,
        outlasts: AtomicBool::new(false),
        catalogue,
        schema_version: schema.version,
    })
}

pub(super) fn first_select(body: &SetExpr) -> Option<&Select> {
    match body {
        SetExpr::Select(select) => Some(select),
        SetExpr::Query(query) => first_select(query.body.as_ref()),
        SetExpr::SetOperation { left, .. } => first_select(left),
        _ => None,
    }
}

fn query_cost(query: &Query, schema: &Schema) -> Cost {
    let SetExpr::Select(select) = query.body.as_ref() else { return Cost::Range };
    let mut nested = 0;
    let mut relations = 0;
    let _ = sqlparser::ast::visit_relations(query, |_| {
        relations += 1;
        std::ops::ControlFlow::<()>::Continue(())
    });
    let _ = sqlparser::ast::visit_expressions(query, |expr| {
        nested += usize::from(matches!(expr, Expr::Subquery(_) | Expr::InSubquery { .. } | Expr::Exists { .. }));
        std::ops::ControlFlow::<()>::Continue(())
    });
    if relations == 0 && nested == 0 && select.from.is_empty() {
        return Cost::Free;
    }
    let plain = query.with.is_none()
        && query.order_by.is_none()
        && nested == 0
        && select.having.is_none()
        && matches!(&select.group_by, GroupByExpr::Expressions(keys, _) if keys.is_empty());
    match select.from.as_slice() {
        [table] if plain && by_key(table, select.selection.as_ref(), schema) => Cost::Point,
        _ => Cost::Range,
    }
}

/// True when `selection` fixes a key of `table` by equality.
fn by_key(table: &TableWithJoins, selection: Option<&Expr>, schema: &Schema) -> bool {
    let TableFactor::Table { name, .. } = &table.relation else { return false };
    let Some(known) = schema.table(&last_name(name)) else { return false };
    let mut fixed = Vec::new();
    table.joins.is_empty() && selection.is_some_and(|expr| equalities(expr, &mut fixed)) && known.is_key(&fixed)
}

/// Collects the columns that a conjunction fixes; false when it is more than a conjunction of simple comparisons.
fn equalities<'a>(expr: &'a Expr, fixed: &mut Vec<&'a str>) -> bool {
    match expr {
        Expr::Nested(inner) => equalities(inner, fixed),
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => equalities(left, fixed) && equalities(right, fixed),
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
            for (side, other) in [(left, right), (right, left)] {
                let column = match side.as_ref() {
                    Expr::Identifier(ident) => Some(ident),
                    Expr::CompoundIdentifier(parts) => parts.last(),
                    _ => None,
                };
                if let (Some(ident), Expr::Value(_) | Expr::Cast { .. } | Expr::UnaryOp { .. }) = (column, other.as_ref()) {
                    fixed.push(&ident.value);
                }
            }
            true
        }
        Expr::BinaryOp { op, .. } => !matches!(op, BinaryOperator::Or),
        Expr::IsNull(_) | Expr::IsNotNull(_) | Expr::Between { .. } | Expr::Like { .. } => true,
        _ => false,
    }
}
