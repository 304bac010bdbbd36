//! PostgreSQL's statement made SQLite's, in place on the syntax tree: parameters, casts, functions, arrays, literals, locks.
//! What has no counterpart is refused with 0A000 rather than left to mean something else.

use std::ops::ControlFlow;

use rusqlite::types::Value as Stored;
use sqlparser::ast::{
    AssignmentTarget, BinaryOperator, CastKind, DataType, Distinct, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, Insert,
    ObjectName, Query, Select, SetExpr, Statement, TableFactor, UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::error::SqlError;
use super::infer::{self, Scope, last_name};
use super::types::{self, PgType};

struct Rewriter<'a> {
    scope: &'a Scope,
    locks: bool,
    /// Dates and functions of a moment are not there for a default, which SQLite keeps as text.
    error: Option<SqlError>,
}

/// Rewrites `statement`; true when it locks rows (`FOR UPDATE`).
pub(super) fn rewrite(statement: &mut Statement, scope: &Scope) -> Result<bool, SqlError> {
    let mut rewriter = Rewriter { scope, locks: false, error: None };
    rewriter.assigned_literals(statement)?;
    match statement.visit(&mut rewriter) {
        ControlFlow::Break(()) => Err(rewriter.error.unwrap_or_else(|| SqlError::unsupported("this statement"))),
        ControlFlow::Continue(()) => Ok(rewriter.locks),
    }
}

/// Rewrites an expression that stands alone (a default, a check).
pub(super) fn rewrite_expr(expr: &mut Expr, scope: &Scope) -> Result<(), SqlError> {
    let mut rewriter = Rewriter { scope, locks: false, error: None };
    match expr.visit(&mut rewriter) {
        ControlFlow::Break(()) => Err(rewriter.error.unwrap_or_else(|| SqlError::unsupported("this expression"))),
        ControlFlow::Continue(()) => Ok(()),
    }
}

fn plain(value: Value) -> Expr {
    Expr::Value(ValueWithSpan::from(value))
}

/// A stored value as a literal of SQLite.
pub(super) fn literal(value: Stored) -> Expr {
    match value {
        Stored::Null => plain(Value::Null),
        Stored::Integer(n) if n < 0 => Expr::Nested(Box::new(plain(Value::Number(n.to_string(), false)))),
        Stored::Integer(n) => plain(Value::Number(n.to_string(), false)),
        Stored::Real(x) => plain(Value::Number(format!("{x:?}"), false)),
        Stored::Text(text) => plain(Value::SingleQuotedString(text)),
        Stored::Blob(bytes) => plain(Value::HexStringLiteral(bytes.iter().map(|b| format!("{b:02X}")).collect())),
    }
}

/// A string literal where a value of another type stands becomes that type's value.
fn coerce(expr: &mut Expr, ty: Option<PgType>) -> Result<(), SqlError> {
    let Some(ty) = ty.filter(|ty| *ty != PgType::Text) else { return Ok(()) };
    if let Expr::Value(value) = expr
        && let Value::SingleQuotedString(text) = &value.value
    {
        *expr = literal(types::from_text(ty, text)?);
    }
    Ok(())
}

fn parse_expr(text: &str) -> Result<Expr, SqlError> {
    Parser::new(&PostgreSqlDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_expr())
        .map_err(|error| SqlError::new(super::error::SYNTAX, error.to_string()))
}

fn without_cast(expr: &Expr) -> &Expr {
    match expr {
        Expr::Cast { expr, .. } | Expr::Nested(expr) => without_cast(expr),
        other => other,
    }
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

    fn column_type(&self, name: &ObjectName) -> Option<PgType> {
        self.scope.first().and_then(|table| table.column(&last_name(name))).map(|column| column.ty)
    }

    /// Literals that are assigned to columns: INSERT positions and UPDATE SET.
    fn assigned_literals(&self, statement: &mut Statement) -> Result<(), SqlError> {
        match statement {
            Statement::Insert(insert) => self.inserted_literals(insert),
            Statement::Update(update) => {
                for assignment in &mut update.assignments {
                    if let AssignmentTarget::ColumnName(name) = &assignment.target {
                        let ty = self.column_type(name);
                        coerce(&mut assignment.value, ty)?;
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn inserted_literals(&self, insert: &mut Insert) -> Result<(), SqlError> {
        let Some(table) = self.scope.first().cloned() else { return Ok(()) };
        let columns: Vec<_> = if insert.columns.is_empty() {
            table.columns.iter().map(Some).collect()
        } else {
            insert.columns.iter().map(|name| table.column(&last_name(name))).collect()
        };
        if let Some(SetExpr::Values(values)) = insert.source.as_mut().map(|query| query.body.as_mut()) {
            for row in &mut values.rows {
                for (expr, column) in row.content.iter_mut().zip(&columns) {
                    if matches!(expr, Expr::Identifier(ident) if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
                    {
                        // The default is kept as SQLite's own text, so it is printed as it is.
                        let default = column.and_then(|column| column.default.clone()).unwrap_or_else(|| "NULL".to_owned());
                        *expr = Expr::Identifier(Ident::new(default));
                    }
                    coerce(expr, column.map(|column| column.ty))?;
                }
            }
        }
        Ok(())
    }

    fn alike(&self, exprs: &mut [&mut Expr]) -> Result<(), SqlError> {
        let ty = exprs.iter().find_map(|expr| match expr {
            Expr::Value(_) => None,
            expr => self.scope.type_of(expr, 0),
        });
        exprs.iter_mut().try_for_each(|expr| coerce(expr, ty))
    }

    fn before(&mut self, expr: &mut Expr) -> Result<(), SqlError> {
        match expr {
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::PGRegexMatch
                | BinaryOperator::PGRegexIMatch
                | BinaryOperator::PGRegexNotMatch
                | BinaryOperator::PGRegexNotIMatch
                | BinaryOperator::PGOverlap
                | BinaryOperator::AtArrow
                | BinaryOperator::ArrowAt
                | BinaryOperator::PGExp
                | BinaryOperator::PGCustomBinaryOperator(_) => return Err(SqlError::unsupported(format_args!("operator {op}"))),
                _ => self.alike(&mut [left.as_mut(), right.as_mut()])?,
            },
            Expr::InList { expr, list, .. } => {
                let mut all: Vec<&mut Expr> = std::iter::once(expr.as_mut()).chain(list.iter_mut()).collect();
                self.alike(&mut all)?;
            }
            Expr::Between { expr, low, high, .. } => self.alike(&mut [expr.as_mut(), low.as_mut(), high.as_mut()])?,
            Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => *expr = membership(left, right, false)?,
            Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => *expr = membership(left, right, true)?,
            Expr::AnyOp { .. } | Expr::AllOp { .. } => return Err(SqlError::unsupported("ANY or ALL with this operator")),
            Expr::ILike { negated, any: false, expr: subject, pattern, escape_char: None } => {
                let not = if *negated { "NOT " } else { "" };
                *expr = parse_expr(&format!("lower({subject}) {not}LIKE lower({pattern})"))?;
            }
            Expr::Cast { kind, expr: inner, data_type, format: None } => {
                let ty = infer::data_type(data_type)?;
                if infer::placeholder(inner).is_some() || matches!(data_type, DataType::Custom(..)) {
                    let inner = std::mem::replace(inner.as_mut(), plain(Value::Null));
                    *expr = inner;
                } else if let Expr::Value(ValueWithSpan { value: Value::SingleQuotedString(text), .. }) = inner.as_ref() {
                    *expr = literal(types::from_text(ty, text)?);
                } else {
                    *kind = CastKind::Cast;
                    *data_type = match ty {
                        PgType::Bool | PgType::Int2 | PgType::Int4 | PgType::Int8 => DataType::Integer(None),
                        PgType::Float4 | PgType::Float8 => DataType::Real,
                        PgType::Text => DataType::Text,
                        PgType::Timestamptz => {
                            *expr = parse_expr(&format!("pg_timestamptz({inner})"))?;
                            return Ok(());
                        }
                        _ => return Err(SqlError::unsupported(format_args!("a cast to {}", ty.word()))),
                    };
                }
            }
            Expr::TypedString(typed) => {
                let ty = infer::data_type(&typed.data_type)?;
                let text = typed.value.value.clone().into_string().unwrap_or_default();
                *expr = literal(types::from_text(ty, &text)?);
            }
            Expr::Function(_) => return self.function(expr),
            Expr::Interval(_)
            | Expr::AtTimeZone { .. }
            | Expr::Extract { .. }
            | Expr::Array(_)
            | Expr::SimilarTo { .. }
            | Expr::JsonAccess { .. }
            | Expr::CompoundFieldAccess { .. }
            | Expr::Overlay { .. }
            | Expr::GroupingSets(_)
            | Expr::Cube(_)
            | Expr::Rollup(_) => return Err(SqlError::unsupported(format_args!("the expression {}", shortened(expr)))),
            Expr::UnaryOp { op: UnaryOperator::PGSquareRoot | UnaryOperator::PGCubeRoot | UnaryOperator::PGAbs, .. } => {
                return Err(SqlError::unsupported("this operator"));
            }
            _ => {}
        }
        Ok(())
    }

    fn function(&mut self, expr: &mut Expr) -> Result<(), SqlError> {
        let Expr::Function(function) = expr else { return Ok(()) };
        let name = last_name(&function.name).to_ascii_lowercase();
        let renamed = match name.as_str() {
            "now" | "current_timestamp" | "transaction_timestamp" | "statement_timestamp" | "clock_timestamp" => "pg_now",
            "random" => "pg_random",
            "version" => "pg_version",
            "greatest" => "max",
            "least" => "min",
            "char_length" => "length",
            "string_agg" => "group_concat",
            "bool_and" => "min",
            "bool_or" => "max",
            "strpos" => "instr",
            "substr" | "substring" => "substr",
            "current_user" | "session_user" | "user" | "current_role" => "pg_user",
            "current_database" | "current_catalog" => "pg_database_name",
            "current_schema" => "pg_schema_name",
            "nextval" | "currval" | "setval" | "pg_sleep" | "unnest" | "array_agg" | "date_trunc" | "to_char" | "generate_series"
            | "gen_random_uuid" | "json_agg" | "jsonb_agg" => {
                return Err(SqlError::unsupported(format_args!("function {name}()")));
            }
            // SQLite's own that would say what they should not, or differ from one run of the same statement to the next.
            "randomblob" | "load_extension" | "datetime" | "date" | "time" | "strftime" | "julianday" | "unixepoch" | "changes"
            | "total_changes" | "last_insert_rowid" | "sqlite_version" | "zeroblob" | "readfile" | "writefile" => {
                return Err(SqlError::new("42883", format!("function {name} does not exist")));
            }
            _ => {
                function.name = ObjectName::from(vec![Ident::new(name)]);
                return Ok(());
            }
        };
        if matches!(function.args, FunctionArguments::None) || renamed == "pg_now" {
            // current_timestamp and its like stand without parentheses.
            function.args = match parse_expr("f()")? {
                Expr::Function(empty) => empty.args,
                _ => FunctionArguments::None,
            };
        }
        function.name = ObjectName::from(vec![Ident::new(renamed)]);
        if renamed == "group_concat"
            && let FunctionArguments::List(list) = &mut function.args
            && list.args.iter().any(|arg| !matches!(arg, FunctionArg::Unnamed(FunctionArgExpr::Expr(_))))
        {
            return Err(SqlError::unsupported("this form of string_agg()"));
        }
        Ok(())
    }
}

fn shortened(expr: &Expr) -> String {
    expr.to_string().chars().take(40).collect()
}

/// `left = ANY (right)` as SQLite's IN.
fn membership(left: &Expr, right: &Expr, negated: bool) -> Result<Expr, SqlError> {
    let not = if negated { "NOT " } else { "" };
    match without_cast(right) {
        Expr::Subquery(query) => parse_expr(&format!("{left} {not}IN ({query})")),
        Expr::Array(array) if !array.elem.is_empty() => {
            let list: Vec<String> = array.elem.iter().map(ToString::to_string).collect();
            parse_expr(&format!("{left} {not}IN ({})", list.join(", ")))
        }
        one if infer::placeholder(one).is_some() => parse_expr(&format!("{left} {not}IN (SELECT value FROM json_each({one}))")),
        Expr::Value(value) => {
            let text = value.value.clone().into_string().unwrap_or_default();
            let Stored::Text(json) = types::from_text(PgType::TextArray, &text)? else { return Err(SqlError::unsupported("this array")) };
            let json = plain(Value::SingleQuotedString(json));
            parse_expr(&format!("CAST({left} AS TEXT) {not}IN (SELECT value FROM json_each({json}))"))
        }
        other => Err(SqlError::unsupported(format_args!("ANY of {}", shortened(other)))),
    }
}

impl VisitorMut for Rewriter<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if matches!(query.body.as_ref(), SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_)) {
            return self.stop(SqlError::unsupported("a statement that writes inside another"));
        }
        if query.fetch.is_some() {
            return self.stop(SqlError::unsupported("FETCH FIRST").hint("Use LIMIT."));
        }
        self.locks |= !query.locks.is_empty();
        query.locks.clear();
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        if select.into.is_some() {
            return self.stop(SqlError::unsupported("SELECT INTO"));
        }
        match &select.distinct {
            Some(Distinct::On(_)) => self.stop(SqlError::unsupported("DISTINCT ON")),
            _ => ControlFlow::Continue(()),
        }
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        let name = last_name(relation).to_ascii_lowercase();
        let schema = relation.0.len().checked_sub(2).and_then(|at| relation.0.get(at)).and_then(|part| part.as_ident());
        let known = schema.is_none_or(|schema| schema.value.eq_ignore_ascii_case("public"));
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
        let result = match factor {
            TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality: false, .. } if array_exprs.len() == 1 => {
                let name = alias.as_ref().map_or_else(|| "unnest".to_owned(), |alias| alias.name.to_string());
                let column = alias.as_ref().and_then(|alias| alias.columns.first()).map_or_else(|| name.clone(), |c| c.name.to_string());
                let array = array_exprs.first().map(|expr| without_cast(expr).to_string()).unwrap_or_default();
                Parser::new(&PostgreSqlDialect {})
                    .try_with_sql(&format!("(SELECT value AS {column} FROM json_each({array})) AS {name}"))
                    .and_then(|mut parser| parser.parse_table_factor())
                    .map(|derived| *factor = derived)
                    .map_err(|error| SqlError::new(super::error::SYNTAX, error.to_string()))
            }
            TableFactor::UNNEST { .. } => Err(SqlError::unsupported("unnest() of several arrays")),
            TableFactor::Derived { lateral: true, .. } | TableFactor::Function { .. } | TableFactor::TableFunction { .. } => {
                Err(SqlError::unsupported("this kind of table expression"))
            }
            TableFactor::Table { name, args: Some(_), .. } if !last_name(name).eq_ignore_ascii_case("json_each") => {
                Err(SqlError::unsupported(format_args!("the table function {name}")))
            }
            _ => Ok(()),
        };
        self.after(result)
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let result = self.before(expr);
        self.after(result)
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
