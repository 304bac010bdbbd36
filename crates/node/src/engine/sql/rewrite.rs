//! PostgreSQL's statement made SQLite's, in place on the syntax tree: parameters, literals, names, order, locks. Expressions are the
//! matter of `operators.rs`, `syntax.rs` and `calls.rs`. What has no counterpart is refused with 0A000 rather than left to mean something else.

use std::ops::ControlFlow;

use rusqlite::types::Value as Stored;
use sqlparser::ast::{
    AssignmentTarget, Distinct, Expr, Ident, Insert, LimitClause, ObjectName, OnConflictAction, OnInsert, OrderByExpr, OrderByKind, Query,
    Select, SelectItem, SetExpr, Statement, TableFactor, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::error::SqlError;
use super::infer::{Scope, last_name};
use super::schema::Column;
use super::types::{self, NO_MODIFIER, NUMERIC_ORDER, PgType};

mod calls;
mod grouping;
mod operators;
mod sources;
mod syntax;

pub(super) struct Rewriter<'a> {
    scope: &'a Scope,
    locks: bool,
    /// For each expression that is open: whether it must be compared as a number once it is made.
    numeric: Vec<bool>,
    error: Option<SqlError>,
}

/// Rewrites `statement`; true when it locks rows (`FOR UPDATE`).
pub(super) fn rewrite(statement: &mut Statement, scope: &Scope) -> Result<bool, SqlError> {
    let mut rewriter = Rewriter { scope, locks: false, numeric: Vec::new(), error: None };
    rewriter.assigned(statement)?;
    match statement.visit(&mut rewriter) {
        ControlFlow::Break(()) => Err(rewriter.error.unwrap_or_else(|| SqlError::unsupported("this statement"))),
        ControlFlow::Continue(()) => Ok(rewriter.locks),
    }
}

/// Rewrites an expression that stands alone (a default, a check).
pub(super) fn rewrite_expr(expr: &mut Expr, scope: &Scope) -> Result<(), SqlError> {
    let mut rewriter = Rewriter { scope, locks: false, numeric: Vec::new(), error: None };
    match expr.visit(&mut rewriter) {
        ControlFlow::Break(()) => Err(rewriter.error.unwrap_or_else(|| SqlError::unsupported("this expression"))),
        ControlFlow::Continue(()) => Ok(()),
    }
}

pub(super) fn plain(value: Value) -> Expr {
    Expr::Value(ValueWithSpan::from(value))
}

fn number(n: impl std::fmt::Display) -> Expr {
    plain(Value::Number(n.to_string(), false))
}

/// A stored value as a literal of SQLite.
pub(super) fn literal(value: Stored) -> Expr {
    match value {
        Stored::Null => plain(Value::Null),
        Stored::Integer(n) if n < 0 => Expr::Nested(Box::new(number(n))),
        Stored::Integer(n) => number(n),
        Stored::Real(x) if x.is_infinite() => number(if x > 0.0 { "9e999" } else { "-9e999" }),
        Stored::Real(x) => number(format!("{x:?}")),
        Stored::Text(text) => plain(Value::SingleQuotedString(text)),
        Stored::Blob(bytes) => plain(Value::HexStringLiteral(bytes.iter().map(|b| format!("{b:02X}")).collect())),
    }
}

/// The words of a string literal.
fn string(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) | Value::EscapedStringLiteral(text) => Some(text),
            Value::DollarQuotedString(quoted) => Some(&quoted.value),
            _ => None,
        },
        Expr::Nested(inner) => string(inner),
        _ => None,
    }
}

/// A string literal where a value of another type stands becomes that type's value.
fn coerce(expr: &mut Expr, ty: Option<PgType>) -> Result<(), SqlError> {
    let Some(ty) = ty.filter(|ty| *ty != PgType::Text) else { return Ok(()) };
    if let Some(text) = string(expr) {
        *expr = literal(types::input::from_text(ty, text)?);
    } else if ty == PgType::Numeric
        && let Some(digits) = digits(expr)
    {
        *expr = literal(types::input::from_text(ty, &digits)?);
    }
    Ok(())
}

/// The digits of a number, with its sign.
fn digits(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Value(ValueWithSpan { value: Value::Number(digits, _), .. }) => Some(digits.clone()),
        Expr::UnaryOp { op: sqlparser::ast::UnaryOperator::Minus, expr } => digits(expr).map(|digits| format!("-{digits}")),
        Expr::Nested(inner) => digits(inner),
        _ => None,
    }
}

pub(super) fn parse_expr(text: &str) -> Result<Expr, SqlError> {
    Parser::new(&PostgreSqlDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|error| SqlError::new(super::error::SYNTAX, error.to_string()))
}

/// `name(args)`, whatever the arguments are made of.
fn call(name: &str, args: Vec<Expr>) -> Result<Expr, SqlError> {
    use sqlparser::ast::{FunctionArg, FunctionArgExpr, FunctionArguments};
    // Some names have a syntax of their own, so the name comes last.
    let mut made = parse_expr("f(1)")?;
    if let Expr::Function(function) = &mut made
        && let FunctionArguments::List(list) = &mut function.args
    {
        function.name = ObjectName::from(vec![Ident::new(name)]);
        list.args = args.into_iter().map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg))).collect();
    }
    Ok(made)
}

fn take(expr: &mut Expr) -> Expr {
    std::mem::replace(expr, plain(Value::Null))
}

fn without_cast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => without_cast(expr),
        other => other,
    }
}

fn is_default(expr: &Expr) -> bool {
    matches!(expr, Expr::Identifier(ident) if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

impl Rewriter<'_> {
    fn stop(&mut self, error: SqlError) -> ControlFlow<()> {
        self.error = Some(error);
        ControlFlow::Break(())
    }

    fn after(&mut self, result: Result<(), SqlError>) -> ControlFlow<()> {
        match result {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => self.stop(error),
        }
    }

    fn column(&self, name: &ObjectName) -> Option<&Column> {
        self.scope.first().and_then(|table| table.column(&last_name(name)))
    }

    /// What is assigned to columns: INSERT positions and UPDATE SET.
    fn assigned(&self, statement: &mut Statement) -> Result<(), SqlError> {
        match statement {
            Statement::Insert(insert) => self.inserted(insert),
            Statement::Update(update) => {
                for assignment in &mut update.assignments {
                    self.assignment(&assignment.target, &mut assignment.value)?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn assignment(&self, target: &AssignmentTarget, value: &mut Expr) -> Result<(), SqlError> {
        match (target, value) {
            (AssignmentTarget::ColumnName(name), value) => {
                let column = self.column(name).cloned();
                self.assign(value, column.as_ref())
            }
            (AssignmentTarget::Tuple(names), Expr::Tuple(values)) => {
                for (name, value) in names.iter().zip(values) {
                    let column = self.column(name).cloned();
                    self.assign(value, column.as_ref())?;
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Makes `expr` what `column` keeps, or refuses what does not fit.
    fn assign(&self, expr: &mut Expr, column: Option<&Column>) -> Result<(), SqlError> {
        let Some(column) = column else { return Ok(()) };
        if is_default(expr) {
            // The default is kept as SQLite's own text, so it is printed as it is.
            let default = column.default.clone().unwrap_or_else(|| "NULL".to_owned());
            *expr = Expr::Identifier(Ident::new(default));
            return Ok(());
        }
        if let Some(text) = string(expr) {
            let value = types::input::from_text(column.ty, text)?;
            *expr = literal(types::input::shaped(value, column.ty, column.modifier, false)?);
            return Ok(());
        }
        if column.ty == PgType::Numeric
            && let Some(digits) = digits(expr)
        {
            let value = types::input::from_text(column.ty, &digits)?;
            *expr = literal(types::input::shaped(value, column.ty, column.modifier, false)?);
            return Ok(());
        }
        if let Some(given) = self.scope.sure_type(expr) {
            if !assignable(given, column.ty) {
                let (name, wanted) = (&column.name, column.ty.word());
                let message = format!("column \"{name}\" is of type {wanted} but expression is of type {}", given.word());
                return Err(SqlError::new("42804", message).hint("You will need to rewrite or cast the expression."));
            }
            if let Some(Ok(n)) = digits(expr).map(|digits| digits.parse::<i64>())
                && column.ty.is_integer()
            {
                types::input::fit(column.ty, n)?;
                return Ok(());
            }
        }
        let given = self.scope.type_of(expr, 0);
        let same = given.is_none_or(|given| given == column.ty || (given.is_integer() && column.ty.is_integer()));
        let text = given.is_some_and(PgType::is_string) && column.ty.is_string();
        if !same && !text {
            *expr = self.cast(take(expr), given, column.ty)?;
        }
        if column.modifier != NO_MODIFIER {
            let (oid, modifier) = (column.ty.oid(), column.modifier);
            *expr = call("pg_shape", vec![take(expr), number(oid), number(modifier), number(0)])?;
        }
        Ok(())
    }

    fn inserted(&self, insert: &mut Insert) -> Result<(), SqlError> {
        let Some(table) = self.scope.first().cloned() else { return Ok(()) };
        let given = match insert.source.as_ref().map(|query| query.body.as_ref()) {
            Some(SetExpr::Values(values)) => values.rows.first().map_or(0, |row| row.content.len()),
            Some(SetExpr::Select(select))
                if select.projection.iter().all(|item| !matches!(item, SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..))) =>
            {
                select.projection.len()
            }
            _ => 0,
        };
        // Without a list of columns the first ones are meant.
        if insert.columns.is_empty() && given > 0 && given < table.columns.len() {
            insert.columns =
                table.columns.iter().take(given).map(|column| ObjectName::from(vec![Ident::with_quote('"', &column.name)])).collect();
        }
        let columns: Vec<_> = if insert.columns.is_empty() {
            table.columns.iter().map(Some).collect()
        } else {
            insert.columns.iter().map(|name| table.column(&last_name(name))).collect()
        };
        match insert.source.as_mut().map(|query| query.body.as_mut()) {
            Some(SetExpr::Values(values)) => {
                for row in &mut values.rows {
                    for (expr, column) in row.content.iter_mut().zip(&columns) {
                        self.assign(expr, *column)?;
                    }
                }
            }
            Some(SetExpr::Select(select)) => {
                for (item, column) in select.projection.iter_mut().zip(&columns) {
                    if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                        self.assign(expr, *column)?;
                    }
                }
                // Without a WHERE, SQLite takes ON CONFLICT for a join's ON.
                if insert.on.is_some() && select.selection.is_none() {
                    select.selection = Some(plain(Value::Boolean(true)));
                }
            }
            _ => {}
        }
        if let Some(OnInsert::OnConflict(conflict)) = &mut insert.on {
            if let Some(sqlparser::ast::ConflictTarget::OnConstraint(name)) = &conflict.conflict_target {
                let wanted = last_name(name);
                let columns = table.constraint(&wanted).ok_or_else(|| {
                    SqlError::new("42704", format!("constraint \"{wanted}\" for table \"{}\" does not exist", table.name))
                })?;
                conflict.conflict_target = Some(sqlparser::ast::ConflictTarget::Columns(columns.iter().map(Ident::new).collect()));
            }
            if let OnConflictAction::DoUpdate(update) = &mut conflict.action {
                for assignment in &mut update.assignments {
                    self.assignment(&assignment.target, &mut assignment.value)?;
                }
            }
        }
        Ok(())
    }

    /// PostgreSQL puts NULL after all values, SQLite before them.
    fn order(&self, order: &mut [OrderByExpr], select: Option<&Select>) {
        for by in order {
            let item = match &by.expr {
                Expr::Value(ValueWithSpan { value: Value::Number(at, _), .. }) => {
                    at.parse::<usize>().ok().and_then(|at| match select?.projection.get(at.checked_sub(1)?)? {
                        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
                        _ => None,
                    })
                }
                Expr::Identifier(ident) => self.scope.alias(&ident.value),
                _ => None,
            };
            if by.options.nulls_first.is_none() && self.scope.nullable(item.unwrap_or(&by.expr)) {
                by.options.nulls_first = Some(matches!(by.options.sort, Some(sqlparser::ast::OrderBySort::Desc)));
            }
        }
    }

    fn limits(&self, query: &mut Query) -> Result<(), SqlError> {
        if let Some(fetch) = query.fetch.take() {
            if fetch.with_ties || fetch.percent {
                return Err(SqlError::unsupported("FETCH FIRST with ties or in percent"));
            }
            let limit = Some(fetch.quantity.unwrap_or_else(|| number(1)));
            query.limit_clause = Some(match query.limit_clause.take() {
                Some(LimitClause::LimitOffset { offset, limit_by, .. }) => LimitClause::LimitOffset { limit, offset, limit_by },
                _ => LimitClause::LimitOffset { limit, offset: None, limit_by: Vec::new() },
            });
        }
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &mut query.limit_clause {
            if limit.as_ref().is_some_and(|limit| limit.to_string().eq_ignore_ascii_case("null")) {
                *limit = None;
            }
            for (word, expr) in [("LIMIT", limit.as_mut()), ("OFFSET", offset.as_mut().map(|offset| &mut offset.value))] {
                let Some(expr) = expr else { continue };
                if digits(expr).is_some_and(|digits| digits.starts_with('-')) {
                    return Err(SqlError::new("2201W", format!("{word} must not be negative")));
                }
                if digits(expr).is_none() {
                    *expr = call("pg_limit", vec![take(expr)])?;
                }
            }
            if limit.is_none() && offset.is_some() {
                *limit = Some(number(-1));
            }
        }
        Ok(())
    }
}

/// Whether PostgreSQL assigns a value of type `from` to a column of type `to` without being told.
fn assignable(from: PgType, to: PgType) -> bool {
    from == to
        || to.is_string()
        || (from.is_number() && to.is_number())
        || (from.is_string() && to.is_string())
        || (from.is_moment() && to.is_moment())
        || matches!((from, to), (PgType::Json, PgType::Jsonb) | (PgType::Jsonb, PgType::Json))
        || from.category() == 'A' && to.category() == 'A'
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if matches!(query.body.as_ref(), SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)) {
            return self.stop(SqlError::unsupported("a statement that writes inside another"));
        }
        self.locks |= !query.locks.is_empty();
        query.locks.clear();
        if let Some(order) = &mut query.order_by
            && let OrderByKind::Expressions(list) = &mut order.kind
        {
            let select = super::compile::first_select(query.body.as_ref());
            self.order(list, select);
        }
        let result = self.limits(query);
        self.after(result)
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.into.is_some() {
            return self.stop(SqlError::unsupported("SELECT INTO"));
        }
        if matches!(&select.distinct, Some(Distinct::On(_))) {
            return self.stop(SqlError::unsupported("DISTINCT ON"));
        }
        if select.projection.is_empty() {
            select.projection.push(SelectItem::UnnamedExpr(number(1)));
        }
        for item in &mut select.projection {
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item
                && digits(expr).is_some()
                && self.scope.type_of(expr, 0) == Some(PgType::Numeric)
                && let Err(error) = coerce(expr, Some(PgType::Numeric))
            {
                return self.stop(error);
            }
        }
        let checked = grouping::check(select, self.scope).and_then(|()| match &mut select.selection {
            Some(test) => self.condition(test, "WHERE"),
            None => Ok(()),
        });
        if let Err(error) = checked {
            return self.stop(error);
        }
        for window in &mut select.named_window {
            if let sqlparser::ast::NamedWindowExpr::WindowSpec(spec) = &mut window.1 {
                self.order(&mut spec.order_by, None);
            }
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        let name = last_name(relation).to_ascii_lowercase();
        let schema = relation.0.len().checked_sub(2).and_then(|at| relation.0.get(at)).and_then(|part| part.as_ident());
        let schema = schema.map(|schema| schema.value.to_ascii_lowercase());
        if let Some("pg_catalog" | "information_schema") = schema.as_deref() {
            if super::catalog::table(relation).is_none() {
                return self.stop(SqlError::new(super::error::UNDEFINED_TABLE, format!("relation \"{relation}\" does not exist")));
            }
            return ControlFlow::Continue(());
        }
        let known = schema.is_none_or(|schema| schema == "public");
        if !known || name.starts_with("sqlite_") || name.starts_with("pragma_") || name.starts_with(super::schema::OWN_PREFIX) {
            return self.stop(SqlError::new(super::error::UNDEFINED_TABLE, format!("relation \"{relation}\" does not exist")));
        }
        if relation.0.len() > 1
            && let Some(last) = relation.0.pop()
        {
            relation.0 = vec![last];
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let result = sources::source(factor);
        self.after(result)
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let made = matches!(expr, Expr::Function(_) | Expr::BinaryOp { .. } | Expr::Cast { .. } | Expr::Case { .. } | Expr::UnaryOp { .. });
        let numeric = made && self.scope.type_of(expr, 0) == Some(PgType::Numeric) && digits(expr).is_none();
        self.numeric.push(numeric);
        let result = self.expression(expr);
        self.after(result)
    }

    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if self.numeric.pop() == Some(true) && !matches!(expr, Expr::Collate { .. } | Expr::Value(_)) {
            let inner = Box::new(Expr::Nested(Box::new(take(expr))));
            *expr = Expr::Collate { expr: inner, collation: ObjectName::from(vec![Ident::new(NUMERIC_ORDER)]) };
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        match &mut value.value {
            Value::Placeholder(name) => {
                if let Some(number) = name.strip_prefix('$') {
                    *name = format!("?{number}");
                }
            }
            Value::EscapedStringLiteral(text) | Value::NationalStringLiteral(text) | Value::UnicodeStringLiteral(text) => {
                value.value = Value::SingleQuotedString(std::mem::take(text));
            }
            Value::DollarQuotedString(quoted) => value.value = Value::SingleQuotedString(std::mem::take(&mut quoted.value)),
            Value::SingleQuotedString(_) | Value::Number(..) | Value::Boolean(_) | Value::Null | Value::HexStringLiteral(_) => {}
            other => return self.stop(SqlError::unsupported(format_args!("the literal {other}"))),
        }
        ControlFlow::Continue(())
    }
}
