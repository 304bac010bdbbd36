//! Types that nobody wrote down: of parameters, from where they stand, and of result expressions, from what they are made of.
//! A guess, never a check: SQLite has the last word on whether a statement makes sense.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::sync::Arc;

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, DataType, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, LimitClause, ObjectName,
    Query, Select, SelectItem, SetExpr, Statement, TableFactor, TableObject, TimezoneInfo, UnaryOperator, Value, Visit, Visitor,
};

use super::error::{SqlError, UNDEFINED_TABLE};
use super::schema::{Schema, Table};
use super::types::PgType;

/// Expressions nested deeper than this are left as text.
const MAX_DEPTH: u32 = 48;
/// Most parameters of one statement, SQLite's own limit.
pub(super) const MAX_PARAMETERS: usize = 32_766;

/// What a name can mean within one statement.
#[derive(Default)]
pub(super) struct Scope {
    tables: Vec<(String, Arc<Table>)>,
    aliases: BTreeMap<String, Expr>,
}

/// The last part of a name, `t` of `public.t`.
pub(super) fn last_name(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(|ident| ident.value.clone()).unwrap_or_default()
}

/// The type that a declaration names.
pub(super) fn data_type(ty: &DataType) -> Result<PgType, SqlError> {
    use sqlparser::ast::ArrayElemTypeDef as Elem;
    Ok(match ty {
        DataType::Bool | DataType::Boolean => PgType::Bool,
        DataType::SmallInt(None) | DataType::Int2(None) => PgType::Int2,
        DataType::Int(None) | DataType::Integer(None) | DataType::Int4(None) => PgType::Int4,
        DataType::BigInt(None) | DataType::Int8(None) => PgType::Int8,
        DataType::Real | DataType::Float4 => PgType::Float4,
        DataType::DoublePrecision | DataType::Float8 | DataType::Double(_) | DataType::Float(_) => PgType::Float8,
        DataType::Text | DataType::Varchar(_) | DataType::CharacterVarying(_) | DataType::Char(_) | DataType::Character(_) => PgType::Text,
        DataType::Bytea => PgType::Bytea,
        DataType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz) => PgType::Timestamptz,
        DataType::Array(Elem::SquareBracket(element, _) | Elem::Qualified(element, _)) => {
            data_type(element)?.array().ok_or_else(|| SqlError::unsupported(format_args!("type {ty}")))?
        }
        DataType::Custom(name, _) => match last_name(name).to_ascii_lowercase().as_str() {
            "regclass" | "name" | "regtype" => PgType::Text,
            "oid" => PgType::Int8,
            _ => return Err(SqlError::unsupported(format_args!("type {ty}"))),
        },
        other => {
            return Err(SqlError::unsupported(format_args!("type {other}"))
                .hint("Use BIGINT, INTEGER, SMALLINT, TEXT, BOOLEAN, DOUBLE PRECISION, REAL, BYTEA or TIMESTAMPTZ."));
        }
    })
}

struct Names<'a> {
    schema: &'a Schema,
    scope: Scope,
    ctes: Vec<String>,
}

impl Names<'_> {
    fn add(&mut self, alias: String, name: &ObjectName) {
        if let Some(table) = self.schema.table(&last_name(name)) {
            self.scope.tables.push((alias, table.clone()));
        }
    }
}

impl Visitor for Names<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.ctes.push(cte.alias.name.value.clone());
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        if let TableFactor::Table { name, alias, .. } = factor {
            let shown = alias.as_ref().map_or_else(|| last_name(name), |alias| alias.name.value.clone());
            self.add(shown, name);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        for item in &select.projection {
            if let SelectItem::ExprWithAlias { expr, alias } = item {
                self.scope.aliases.entry(alias.value.to_ascii_lowercase()).or_insert_with(|| expr.clone());
            }
        }
        ControlFlow::Continue(())
    }
}

/// What the names of `statement` mean.
pub(super) fn scope(statement: &Statement, schema: &Schema) -> Scope {
    let mut names = Names { schema, scope: Scope::default(), ctes: Vec::new() };
    if let Statement::Insert(insert) = statement
        && let TableObject::TableName(name) = &insert.table
    {
        names.add(last_name(name), name);
        names.add("excluded".to_owned(), name);
    }
    let _ = statement.visit(&mut names);
    names.scope
}

impl Scope {
    /// The one table that the statement writes or reads first.
    pub(super) fn first(&self) -> Option<&Arc<Table>> {
        self.tables.first().map(|(_, table)| table)
    }

    /// The type of a column of that name in any of the tables.
    pub(super) fn column(&self, qualifier: Option<&str>, name: &str) -> Option<PgType> {
        // A name that is no table's is a subquery's, which may pass any table's column on.
        let qualifier = qualifier.filter(|q| self.tables.iter().any(|(alias, _)| q.eq_ignore_ascii_case(alias)));
        let mut hits = self.tables.iter().filter(|(alias, _)| qualifier.is_none_or(|q| q.eq_ignore_ascii_case(alias)));
        hits.find_map(|(_, table)| table.column(name)).map(|column| column.ty)
    }

    fn named(&self, qualifier: Option<&str>, name: &str, depth: u32) -> Option<PgType> {
        self.column(qualifier, name).or_else(|| {
            let expr = self.aliases.get(&name.to_ascii_lowercase())?;
            self.type_of(expr, depth + 8)
        })
    }

    /// The type of an expression; `None` when only its value will tell (a bare parameter, NULL, a name of nothing known).
    pub(super) fn type_of(&self, expr: &Expr, depth: u32) -> Option<PgType> {
        if depth > MAX_DEPTH {
            return None;
        }
        let of = |expr: &Expr| self.type_of(expr, depth + 1);
        match expr {
            Expr::Identifier(ident) => self.named(None, &ident.value, depth),
            Expr::CompoundIdentifier(parts) => {
                let name = parts.last()?;
                let qualifier = parts.len().checked_sub(2).and_then(|at| parts.get(at))?;
                self.named(Some(&qualifier.value), &name.value, depth)
            }
            Expr::Nested(inner) | Expr::Collate { expr: inner, .. } => of(inner),
            Expr::Value(value) => match &value.value {
                Value::Number(digits, _) if digits.contains(['.', 'e', 'E']) => Some(PgType::Float8),
                Value::Number(digits, _) => Some(if digits.parse::<i32>().is_ok() { PgType::Int4 } else { PgType::Int8 }),
                Value::Boolean(_) => Some(PgType::Bool),
                Value::Null | Value::Placeholder(_) => None,
                _ => Some(PgType::Text),
            },
            Expr::Cast { data_type: ty, .. } => data_type(ty).ok(),
            Expr::TypedString(typed) => data_type(&typed.data_type).ok(),
            Expr::UnaryOp { op: UnaryOperator::Not, .. } => Some(PgType::Bool),
            Expr::UnaryOp { expr, .. } => of(expr),
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::Plus
                | BinaryOperator::Minus
                | BinaryOperator::Multiply
                | BinaryOperator::Divide
                | BinaryOperator::Modulo
                | BinaryOperator::BitwiseAnd
                | BinaryOperator::BitwiseOr => wider(of(left), of(right)),
                BinaryOperator::StringConcat | BinaryOperator::LongArrow | BinaryOperator::Arrow => Some(PgType::Text),
                _ => Some(PgType::Bool),
            },
            Expr::Case { conditions, else_result, .. } => {
                conditions.iter().map(|when| &when.result).chain(else_result.as_deref()).fold(None, |ty, expr| wider(ty, of(expr)))
            }
            Expr::Function(function) => self.function(&last_name(&function.name).to_ascii_lowercase(), &arguments(&function.args), depth),
            Expr::Subquery(query) => match query.body.as_ref() {
                SetExpr::Select(select) => match select.projection.first()? {
                    SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => of(expr),
                    _ => None,
                },
                _ => None,
            },
            Expr::Substring { .. } | Expr::Trim { .. } | Expr::Overlay { .. } => Some(PgType::Text),
            Expr::Position { .. } => Some(PgType::Int4),
            Expr::Ceil { expr, .. } | Expr::Floor { expr, .. } => of(expr),
            Expr::IsNull(_)
            | Expr::IsNotNull(_)
            | Expr::IsTrue(_)
            | Expr::IsNotTrue(_)
            | Expr::IsFalse(_)
            | Expr::IsNotFalse(_)
            | Expr::IsDistinctFrom(..)
            | Expr::IsNotDistinctFrom(..)
            | Expr::InList { .. }
            | Expr::InSubquery { .. }
            | Expr::Between { .. }
            | Expr::Like { .. }
            | Expr::ILike { .. }
            | Expr::AnyOp { .. }
            | Expr::AllOp { .. }
            | Expr::Exists { .. } => Some(PgType::Bool),
            _ => None,
        }
    }

    fn function(&self, name: &str, args: &[&Expr], depth: u32) -> Option<PgType> {
        let first = || args.first().and_then(|arg| self.type_of(arg, depth + 1));
        match name {
            "count" | "row_number" | "rank" | "dense_rank" | "ntile" => Some(PgType::Int8),
            "sum" => match first() {
                Some(ty @ (PgType::Float4 | PgType::Float8)) => Some(ty),
                _ => Some(PgType::Int8),
            },
            "avg" | "random" | "sqrt" | "power" | "ln" | "exp" => Some(PgType::Float8),
            "coalesce" | "greatest" | "least" => args.iter().fold(None, |ty, arg| wider(ty, self.type_of(arg, depth + 1))),
            "min" | "max" | "abs" | "nullif" | "round" | "ceil" | "floor" | "lag" | "lead" | "first_value" | "last_value" => first(),
            "length" | "char_length" | "octet_length" | "strpos" => Some(PgType::Int4),
            "now" | "current_timestamp" | "transaction_timestamp" | "clock_timestamp" | "statement_timestamp" => Some(PgType::Timestamptz),
            "pg_backend_pid" => Some(PgType::Int4),
            "bool_and" | "bool_or" | "pg_is_in_recovery" => Some(PgType::Bool),
            _ => Some(PgType::Text),
        }
    }
}

/// The plain arguments of a call.
pub(super) fn arguments(args: &FunctionArguments) -> Vec<&Expr> {
    let FunctionArguments::List(list) = args else { return Vec::new() };
    list.args
        .iter()
        .filter_map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
            _ => None,
        })
        .collect()
}

fn wider(a: Option<PgType>, b: Option<PgType>) -> Option<PgType> {
    let rank = |ty: PgType| [PgType::Int2, PgType::Int4, PgType::Int8, PgType::Float4, PgType::Float8].iter().position(|t| *t == ty);
    match (a, b) {
        (Some(a), Some(b)) => match (rank(a), rank(b)) {
            (Some(x), Some(y)) => Some(if x >= y { a } else { b }),
            _ => Some(a),
        },
        (one, other) => one.or(other),
    }
}

/// The number of a `$n`.
pub(super) fn placeholder(expr: &Expr) -> Option<usize> {
    match expr {
        Expr::Value(value) => match &value.value {
            Value::Placeholder(name) => name.strip_prefix('$')?.parse().ok(),
            _ => None,
        },
        Expr::Nested(inner) => placeholder(inner),
        _ => None,
    }
}

struct Parameters<'a> {
    scope: &'a Scope,
    types: Vec<Option<PgType>>,
    count: usize,
}

impl Parameters<'_> {
    fn set(&mut self, expr: &Expr, ty: Option<PgType>) {
        if let (Some(number @ 1..=MAX_PARAMETERS), Some(ty)) = (placeholder(expr), ty) {
            if self.types.len() < number {
                self.types.resize(number, None);
            }
            if let Some(slot @ None) = self.types.get_mut(number - 1) {
                *slot = Some(ty);
            }
        }
    }

    /// Parameters among `exprs` get the type of the others.
    fn alike(&mut self, exprs: &[&Expr]) {
        let ty = exprs.iter().fold(None, |ty, expr| wider(ty, self.scope.type_of(expr, 0)));
        exprs.iter().for_each(|expr| self.set(expr, ty));
    }

    fn assignments(&mut self, assignments: &[Assignment]) {
        for assignment in assignments {
            if let AssignmentTarget::ColumnName(name) = &assignment.target {
                let ty = self.scope.first().and_then(|table| table.column(&last_name(name))).map(|column| column.ty);
                self.set(&assignment.value, ty);
            }
        }
    }

    fn insert(&mut self, insert: &sqlparser::ast::Insert) {
        let Some(table) = self.scope.first().cloned() else { return };
        let types: Vec<Option<PgType>> = if insert.columns.is_empty() {
            table.columns.iter().map(|column| Some(column.ty)).collect()
        } else {
            insert.columns.iter().map(|name| table.column(&last_name(name)).map(|column| column.ty)).collect()
        };
        match insert.source.as_ref().map(|query| query.body.as_ref()) {
            Some(SetExpr::Values(values)) => {
                for row in &values.rows {
                    row.content.iter().zip(&types).for_each(|(expr, ty)| self.set(expr, *ty));
                }
            }
            Some(SetExpr::Select(select)) => {
                for (item, ty) in select.projection.iter().zip(&types) {
                    if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                        self.set(expr, *ty);
                    }
                }
            }
            _ => {}
        }
        if let Some(sqlparser::ast::OnInsert::OnConflict(conflict)) = &insert.on
            && let sqlparser::ast::OnConflictAction::DoUpdate(update) = &conflict.action
        {
            self.assignments(&update.assignments);
        }
    }
}

impl Visitor for Parameters<'_> {
    type Break = SqlError;

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<SqlError> {
        match statement {
            Statement::Insert(insert) => self.insert(insert),
            Statement::Update(update) => self.assignments(&update.assignments),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<SqlError> {
        if let Some(LimitClause::LimitOffset { limit, offset, .. }) = &query.limit_clause {
            limit.iter().for_each(|expr| self.set(expr, Some(PgType::Int8)));
            offset.iter().for_each(|offset| self.set(&offset.value, Some(PgType::Int8)));
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<SqlError> {
        match expr {
            Expr::Value(value) => {
                if let Value::Placeholder(name) = &value.value {
                    match placeholder(expr) {
                        Some(number @ 1..=MAX_PARAMETERS) => self.count = self.count.max(number),
                        _ => return ControlFlow::Break(SqlError::new("42P02", format!("there is no parameter {name}"))),
                    }
                }
            }
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::And | BinaryOperator::Or => {
                    self.set(left, Some(PgType::Bool));
                    self.set(right, Some(PgType::Bool));
                }
                BinaryOperator::StringConcat => {
                    self.set(left, Some(PgType::Text));
                    self.set(right, Some(PgType::Text));
                }
                _ => match (left.as_ref(), right.as_ref()) {
                    (Expr::Tuple(left), Expr::Tuple(right)) => left.iter().zip(right).for_each(|(a, b)| self.alike(&[a, b])),
                    _ => self.alike(&[left, right]),
                },
            },
            Expr::IsDistinctFrom(left, right) | Expr::IsNotDistinctFrom(left, right) => self.alike(&[left, right]),
            Expr::InList { expr, list, .. } => {
                let all: Vec<&Expr> = std::iter::once(expr.as_ref()).chain(list).collect();
                self.alike(&all);
            }
            Expr::Between { expr, low, high, .. } => self.alike(&[expr, low, high]),
            Expr::Like { expr, pattern, .. } | Expr::ILike { expr, pattern, .. } => {
                self.set(expr, Some(PgType::Text));
                self.set(pattern, Some(PgType::Text));
            }
            Expr::AnyOp { left, right, .. } | Expr::AllOp { left, right, .. } => {
                let ty = self.scope.type_of(left, 0).unwrap_or(PgType::Text).array();
                self.set(right, ty);
            }
            Expr::Cast { expr, data_type: ty, .. } => match data_type(ty) {
                Ok(ty) => self.set(expr, Some(ty)),
                Err(error) => return ControlFlow::Break(error),
            },
            Expr::Case { operand, conditions, else_result, .. } => {
                if let Some(operand) = operand {
                    let all: Vec<&Expr> = std::iter::once(operand.as_ref()).chain(conditions.iter().map(|when| &when.condition)).collect();
                    self.alike(&all);
                }
                let all: Vec<&Expr> = conditions.iter().map(|when| &when.result).chain(else_result.as_deref()).collect();
                self.alike(&all);
            }
            Expr::Function(function) => match last_name(&function.name).to_ascii_lowercase().as_str() {
                "coalesce" | "nullif" | "greatest" | "least" => self.alike(&arguments(&function.args)),
                _ => {}
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The types of `$1`, `$2` ...: what the client announced (0: nothing), else what the place says, else text.
pub(super) fn parameters(statement: &Statement, scope: &Scope, announced: &[u32]) -> Result<Vec<PgType>, SqlError> {
    let mut found = Parameters { scope, types: Vec::new(), count: 0 };
    if let ControlFlow::Break(error) = statement.visit(&mut found) {
        return Err(error);
    }
    (0..found.count.max(announced.len()))
        .map(|at| match announced.get(at) {
            Some(oid) if *oid != 0 => PgType::from_oid(*oid),
            _ => Ok(found.types.get(at).copied().flatten().unwrap_or(PgType::Text)),
        })
        .collect()
}

/// The table that a name must have, or 42P01.
pub(super) fn known<'a>(schema: &'a Schema, name: &str) -> Result<&'a Arc<Table>, SqlError> {
    schema.table(name).ok_or_else(|| SqlError::new(UNDEFINED_TABLE, format!("relation \"{name}\" does not exist")))
}
