//! What SQLite lets pass and PostgreSQL does not: a column that is neither grouped nor folded.

use std::ops::ControlFlow;

use sqlparser::ast::{Expr, GroupByExpr, Query, Select, SelectItem, Value, Visit, Visitor};

use super::super::error::SqlError;
use super::super::infer::{Scope, last_name};

fn is_aggregate(expr: &Expr) -> bool {
    let Expr::Function(function) = expr else { return false };
    let name = last_name(&function.name).to_ascii_lowercase();
    function.over.is_none()
        && matches!(
            name.as_str(),
            "count" | "sum" | "avg" | "min" | "max" | "string_agg" | "array_agg" | "bool_and" | "bool_or" | "every" | "any_value"
        )
}

/// Looks for aggregates, and for columns outside of them.
struct Looker<'a> {
    keys: &'a [Expr],
    /// Aggregates, keys and subqueries that are open: what is in them is their matter.
    inside: u32,
    aggregates: bool,
    bare: Option<Expr>,
}

impl Looker<'_> {
    fn closed(&self, expr: &Expr) -> bool {
        is_aggregate(expr) || self.keys.contains(expr)
    }
}

impl Visitor for Looker<'_> {
    type Break = ();

    fn pre_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.inside += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _: &Query) -> ControlFlow<()> {
        self.inside -= 1;
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.inside == 0 {
            self.aggregates |= is_aggregate(expr);
            if matches!(expr, Expr::Identifier(_) | Expr::CompoundIdentifier(_)) && !self.closed(expr) && self.bare.is_none() {
                self.bare = Some(expr.clone());
            }
        }
        if self.closed(expr) {
            self.inside += 1;
        }
        ControlFlow::Continue(())
    }

    fn post_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if self.closed(expr) {
            self.inside -= 1;
        }
        ControlFlow::Continue(())
    }
}

/// Refuses a select list with a column that has more than one value in a group.
pub(super) fn check(select: &Select, scope: &Scope) -> Result<(), SqlError> {
    let GroupByExpr::Expressions(written, modifiers) = &select.group_by else { return Ok(()) };
    if !modifiers.is_empty() {
        return Ok(());
    }
    let exprs: Vec<&Expr> = select
        .projection
        .iter()
        .filter_map(|item| match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
            _ => None,
        })
        .collect();
    // A key may be a position or a name of the select list.
    let keys: Vec<Expr> = written
        .iter()
        .flat_map(|key| {
            let meant = match key {
                Expr::Value(value) => match &value.value {
                    Value::Number(at, _) => {
                        at.parse::<usize>().ok().and_then(|at| exprs.get(at.checked_sub(1)?)).map(|expr| (*expr).clone())
                    }
                    _ => None,
                },
                Expr::Identifier(ident) => scope.alias(&ident.value).cloned(),
                _ => None,
            };
            [Some(key.clone()), meant].into_iter().flatten()
        })
        .collect();
    let unknown = |key: &Expr| matches!(key, Expr::Identifier(ident) if scope.column(None, &ident.value).is_none() && scope.alias(&ident.value).is_none());
    if keys.iter().any(unknown) {
        // SQLite says which name it does not know.
        return Ok(());
    }
    let mut looker = Looker { keys: &keys, inside: 0, aggregates: false, bare: None };
    for expr in &exprs {
        let _ = expr.visit(&mut looker);
    }
    let folded = looker.aggregates || !written.is_empty() || select.having.is_some();
    let Some(bare) = looker.bare.filter(|_| folded && exprs.len() == select.projection.len()) else { return Ok(()) };
    // Names that only PostgreSQL could tell apart are left alone, and so is what a grouped primary key decides.
    let Some(place) = scope.grouped_column(&bare, &keys) else { return Ok(()) };
    let words = format!("column \"{place}\" must appear in the GROUP BY clause or be used in an aggregate function");
    Err(SqlError::new("42803", words))
}
