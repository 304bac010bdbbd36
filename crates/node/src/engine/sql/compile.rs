//! A statement's text made ready to run: what it does, SQLite's text of it, the types of its parameters and results, and what it costs.

use std::sync::Arc;

use rusqlite::Connection;
use sqlparser::ast::{
    BinaryOperator, Expr, FromTable, GroupByExpr, Insert, Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableObject,
    TableWithJoins, TransactionAccessMode, TransactionMode, Value,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

use super::bulk::{self, Bulk};
use super::catalog::{self, Answer};
use super::ddl::{self, Ddl};
use super::error::{SYNTAX, SqlError, TOO_COMPLEX};
use super::infer::{self, Scope, last_name};
use super::rewrite;
use super::schema::Schema;
use super::types::{PgType, ROW_ID};

/// A column of a result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Field {
    pub name: String,
    pub ty: PgType,
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
    Set(&'static str),
    Answer(Answer),
    Replicate {
        from: u64,
        timeline: u64,
    },
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
    /// The schema that the types were read from.
    pub schema_version: u64,
}

/// Longest text that goes through the parser, in bytes.
const MAX_TEXT: usize = 1 << 20;
/// Most tokens that can nest: the syntax tree is recursive, and so is whatever walks it.
const MAX_NESTING_TOKENS: usize = 1000;

/// Splits a text into statements. Bulk inserts and the engine's own commands are one statement by themselves.
pub(super) fn parse(text: &str) -> Result<Vec<Statement>, SqlError> {
    if text.len() > MAX_TEXT {
        return Err(SqlError::new(TOO_COMPLEX, format!("the statement is longer than {MAX_TEXT} bytes")));
    }
    let dialect = PostgreSqlDialect {};
    let syntax = |message: String| SqlError::new(SYNTAX, format!("syntax error: {message}"));
    let tokens = Tokenizer::new(&dialect, text).tokenize().map_err(|error| syntax(error.to_string()))?;
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
        Ok(Some(Compiled { action, params, fields, cost, heavy: cost == Cost::Write, schema_version: schema.version }))
    };
    if let Some(bulk) = bulk::parse(text, schema, announced) {
        let params = bulk.params.clone();
        return done(Action::Bulk(bulk), params, None, Cost::Write);
    }
    if let Some(answer) = catalog::answer(text, schema) {
        let fields = answer.fields.clone();
        return done(Action::Answer(answer), Vec::new(), Some(fields), Cost::Free);
    }
    let words: Vec<&str> = text.split_ascii_whitespace().take(5).collect();
    if let [start, from, position, word, timeline] = words.as_slice()
        && start.eq_ignore_ascii_case("START_REPLICATION")
        && from.eq_ignore_ascii_case("FROM")
        && word.eq_ignore_ascii_case("TIMELINE")
    {
        let number = |text: &str| text.parse::<u64>().map_err(|_| SqlError::new(SYNTAX, format!("not a number: {text}")));
        let action = Action::Replicate { from: number(position)?, timeline: number(timeline.trim_end_matches(';'))? };
        return done(action, Vec::new(), None, Cost::Free);
    }
    Ok(None)
}

/// Makes one parsed statement ready. `conn` sees the tables that the statement will see.
pub(super) fn compile(mut statement: Statement, conn: &Connection, schema: &Schema, announced: &[u32]) -> Result<Compiled, SqlError> {
    let simple =
        |action| Compiled { action, params: Vec::new(), fields: None, cost: Cost::Free, heavy: false, schema_version: schema.version };
    if let Some(ddl) = ddl::translate(&statement)? {
        return Ok(Compiled { heavy: true, ..simple(Action::Ddl(ddl)) });
    }
    Ok(match &statement {
        Statement::StartTransaction { modes, .. } => {
            let read_only = modes.iter().any(|mode| matches!(mode, TransactionMode::AccessMode(TransactionAccessMode::ReadOnly)));
            use sqlparser::ast::TransactionIsolationLevel as Level;
            let one_state = modes
                .iter()
                .any(|mode| matches!(mode, TransactionMode::IsolationLevel(Level::RepeatableRead | Level::Serializable | Level::Snapshot)));
            simple(Action::Begin { read_only, one_state })
        }
        Statement::Commit { chain: false, .. } => simple(Action::Commit),
        Statement::Rollback { chain: false, savepoint: None } => simple(Action::Rollback),
        Statement::Rollback { chain: false, savepoint: Some(name) } => simple(Action::RollbackTo(name.value.to_lowercase())),
        Statement::Savepoint { name } => simple(Action::Savepoint(name.value.to_lowercase())),
        Statement::ReleaseSavepoint { name } => simple(Action::Release(name.value.to_lowercase())),
        Statement::Set(_) => simple(Action::Set("SET")),
        Statement::Reset(_) => simple(Action::Set("RESET")),
        Statement::Discard { .. } => simple(Action::Set("DISCARD ALL")),
        Statement::ShowVariable { variable } => {
            let name: Vec<String> = variable.iter().map(|ident| ident.value.to_lowercase()).collect();
            let answer = catalog::show(&name.join(" "))?;
            let fields = answer.fields.clone();
            Compiled { fields: Some(fields), ..simple(Action::Answer(answer)) }
        }
        Statement::Query(_) => query(statement, conn, schema, announced)?,
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) => write(statement, conn, schema, announced)?,
        Statement::Truncate(truncate) => {
            let [target] = truncate.table_names.as_slice() else { return Err(SqlError::unsupported("TRUNCATE of several tables")) };
            let table = infer::known(schema, &last_name(&target.name))?;
            let sql = format!("DELETE FROM \"{}\"", table.name);
            Compiled { cost: Cost::Write, heavy: true, ..simple(Action::Write { sql, tag: "TRUNCATE TABLE" }) }
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
    let Statement::Query(query) = &statement else { return Err(SqlError::unsupported("this statement")) };
    let cost = query_cost(query, schema);
    let guesses = first_select(query.body.as_ref()).map(|select| guesses(&select.projection, &scope)).unwrap_or_default();
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
            Some(ROW_ID) => guessed.filter(|ty| ty.is_integer()).or(scope.column(None, column.name())),
            declared => declared.and_then(PgType::from_declared),
        };
        Field {
            name: guess.and_then(|guess| guess.name.clone()).unwrap_or_else(|| column.name().to_owned()),
            ty: declared.or(guessed).unwrap_or(PgType::Text),
        }
    });
    let fields = Some(fields.collect());
    Ok(Compiled { action: Action::Read { sql, lock }, params, fields, cost, heavy: cost == Cost::Range, schema_version: schema.version })
}

fn write(mut statement: Statement, conn: &Connection, schema: &Schema, announced: &[u32]) -> Result<Compiled, SqlError> {
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
            let light = update.from.is_none() && by_key(&update.table, update.selection.as_ref(), schema);
            ("UPDATE", update.returning.clone(), light)
        }
        Statement::Delete(delete) => {
            if delete.using.is_some() {
                return Err(SqlError::unsupported("DELETE USING"));
            }
            let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = &delete.from;
            let light = from.first().is_some_and(|table| by_key(table, delete.selection.as_ref(), schema));
            ("DELETE", delete.returning.clone(), light)
        }
        _ => return Err(SqlError::unsupported("this statement")),
    };
    let fields = returning.map(|items| returned(&items, &scope)).transpose()?;
    rewrite::rewrite(&mut statement, &scope)?;
    let sql = statement.to_string();
    // SQLite checks names and syntax now, so that Parse answers for them.
    let prepared = conn.prepare(&sql)?;
    if fields.as_ref().is_some_and(|fields| fields.len() != prepared.column_count()) {
        return Err(SqlError::unsupported("this RETURNING list"));
    }
    Ok(Compiled { action: Action::Write { sql, tag }, params, fields, cost: Cost::Write, heavy: !light, schema_version: schema.version })
}

/// SQLite would number a whole-number key that was left out; PostgreSQL refuses.
fn required_columns(insert: &Insert, schema: &Schema) -> Result<(), SqlError> {
    let TableObject::TableName(name) = &insert.table else { return Err(SqlError::unsupported("INSERT into a function")) };
    let table = infer::known(schema, &last_name(name))?;
    let missing = table.columns.iter().find(|column| {
        let given = insert.columns.is_empty() || insert.columns.iter().any(|name| last_name(name).eq_ignore_ascii_case(&column.name));
        !given && !column.serial && column.default.is_none() && table.primary_key.contains(&column.name)
    });
    match missing {
        Some(column) => Err(SqlError::new(
            "23502",
            format!("null value in column \"{}\" of relation \"{}\" violates not-null constraint", column.name, table.name),
        )),
        None => Ok(()),
    }
}

struct Guess {
    /// False: stands for any number of columns.
    single: bool,
    name: Option<String>,
    ty: Option<PgType>,
}

fn guesses(items: &[SelectItem], scope: &Scope) -> Vec<Guess> {
    items
        .iter()
        .map(|item| match item {
            SelectItem::UnnamedExpr(expr) => Guess { single: true, name: Some(shown_name(expr)), ty: scope.type_of(expr, 0) },
            SelectItem::ExprWithAlias { expr, alias } => {
                Guess { single: true, name: Some(alias.value.clone()), ty: scope.type_of(expr, 0) }
            }
            _ => Guess { single: false, name: None, ty: None },
        })
        .collect()
}

/// The guess for column `at` of `wide`: counted from the front before the first `*`, from the end after the last.
fn guess_at(guesses: &[Guess], at: usize, wide: usize) -> Option<&Guess> {
    let front = guesses.iter().position(|guess| !guess.single).unwrap_or(guesses.len());
    let back = guesses.iter().rev().position(|guess| !guess.single).unwrap_or(0);
    if at < front {
        guesses.get(at)
    } else {
        let from_end = wide.checked_sub(at)?;
        (from_end <= back).then(|| guesses.len().checked_sub(from_end).and_then(|at| guesses.get(at)))?
    }
}

/// The name that PostgreSQL gives an expression's column.
fn shown_name(expr: &Expr) -> String {
    match expr {
        Expr::Identifier(ident) => ident.value.clone(),
        Expr::CompoundIdentifier(parts) => parts.last().map(|ident| ident.value.clone()).unwrap_or_default(),
        Expr::Function(function) => last_name(&function.name).to_lowercase(),
        Expr::Cast { expr, data_type, .. } => match shown_name(expr) {
            name if name == "?column?" => infer::data_type(data_type).map(|ty| ty.wire().name().to_owned()).unwrap_or(name),
            name => name,
        },
        Expr::Nested(inner) => shown_name(inner),
        Expr::Case { .. } => "case".to_owned(),
        Expr::Exists { .. } => "exists".to_owned(),
        Expr::Value(value) if matches!(value.value, Value::Boolean(_)) => "bool".to_owned(),
        Expr::Substring { .. } => "substring".to_owned(),
        _ => "?column?".to_owned(),
    }
}

fn returned(items: &[SelectItem], scope: &Scope) -> Result<Arc<[Field]>, SqlError> {
    let mut fields = Vec::new();
    for (item, guess) in items.iter().zip(guesses(items, scope)) {
        match (item, guess.name) {
            (_, Some(name)) => fields.push(Field { name, ty: guess.ty.unwrap_or(PgType::Text) }),
            (SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..), None) => {
                let table = scope.first().ok_or_else(|| SqlError::unsupported("RETURNING * here"))?;
                fields.extend(table.columns.iter().map(|column| Field { name: column.name.clone(), ty: column.ty }));
            }
            _ => return Err(SqlError::unsupported("this RETURNING list")),
        }
    }
    Ok(fields.into())
}

fn first_select(body: &SetExpr) -> Option<&Select> {
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
