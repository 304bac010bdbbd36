//! The types of `$1`, `$2` ...: what the client announced, else what the place says.

use std::ops::ControlFlow;

use sqlparser::ast::{
    Assignment, AssignmentTarget, BinaryOperator, Expr, LimitClause, Query, SelectItem, SetExpr, Statement, Value, Visit, Visitor,
};

use super::super::error::SqlError;
use super::super::signatures;
use super::super::types::PgType;
use super::{MAX_PARAMETERS, Scope, arguments, data_type, last_name, placeholder, wider};

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
        // PostgreSQL compares a varchar as a text.
        let ty = if ty == Some(PgType::Varchar) { Some(PgType::Text) } else { ty };
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
                BinaryOperator::Arrow | BinaryOperator::LongArrow => self.set(right, Some(PgType::Text)),
                BinaryOperator::Plus | BinaryOperator::Minus if self.scope.type_of(left, 0).is_some_and(PgType::is_moment) => {
                    let date = self.scope.type_of(left, 0) == Some(PgType::Date);
                    self.set(right, Some(if date { PgType::Int4 } else { PgType::Interval }));
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
                name => {
                    let args = arguments(&function.args);
                    for (at, arg) in args.iter().enumerate() {
                        self.set(arg, signatures::parameter(name, at));
                    }
                }
            },
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// The types of `$1`, `$2` ...: what the client announced (0: nothing), else what the place says, else text.
pub(in super::super) fn parameters(statement: &Statement, scope: &Scope, announced: &[u32]) -> Result<Vec<PgType>, SqlError> {
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
