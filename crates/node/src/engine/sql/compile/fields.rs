//! Names and types of a result's columns, as far as the select list tells.

use std::sync::Arc;

use sqlparser::ast::{Expr, SelectItem};

use super::super::error::SqlError;
use super::super::infer::{self, Scope, last_name};
use super::super::types::{NO_MODIFIER, PgType};
use super::{Field, first_select};

/// What a select list says about a column.
pub(super) struct Guess {
    /// False: stands for any number of columns.
    pub single: bool,
    pub name: Option<String>,
    pub ty: Option<PgType>,
    pub modifier: i32,
}

pub(super) fn guesses(items: &[SelectItem], scope: &Scope) -> Vec<Guess> {
    items
        .iter()
        .map(|item| match item {
            SelectItem::UnnamedExpr(expr) => {
                Guess { single: true, name: Some(shown_name(expr)), ty: scope.type_of(expr, 0), modifier: scope.modifier(expr) }
            }
            SelectItem::ExprWithAlias { expr, alias } => {
                Guess { single: true, name: Some(folded(alias)), ty: scope.type_of(expr, 0), modifier: scope.modifier(expr) }
            }
            _ => Guess { single: false, name: None, ty: None, modifier: NO_MODIFIER },
        })
        .collect()
}

/// The guess for column `at` of `wide`: counted from the front before the first `*`, from the end after the last.
pub(super) fn guess_at(guesses: &[Guess], at: usize, wide: usize) -> Option<&Guess> {
    let front = guesses.iter().position(|guess| !guess.single).unwrap_or(guesses.len());
    let back = guesses.iter().rev().position(|guess| !guess.single).unwrap_or(0);
    if at < front {
        guesses.get(at)
    } else {
        let from_end = wide.checked_sub(at)?;
        (from_end <= back).then(|| guesses.len().checked_sub(from_end).and_then(|at| guesses.get(at)))?
    }
}

fn folded(ident: &sqlparser::ast::Ident) -> String {
    if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_ascii_lowercase() }
}

/// The name that PostgreSQL gives an expression's column.
fn shown_name(expr: &Expr) -> String {
    let named = match expr {
        Expr::Identifier(ident) => return folded(ident),
        Expr::CompoundIdentifier(parts) => return parts.last().map(folded).unwrap_or_default(),
        Expr::Function(function) => return last_name(&function.name).to_lowercase(),
        Expr::Cast { expr, data_type, .. } => {
            let named = matches!(expr.as_ref(), Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Function(_) | Expr::Subquery(_));
            let own = shown_name(expr);
            return if named { own } else { infer::data_type(data_type).map_or(own, |ty| ty.name().to_owned()) };
        }
        Expr::TypedString(typed) => {
            return infer::data_type(&typed.data_type).map_or_else(|_| "?column?".to_owned(), |ty| ty.name().to_owned());
        }
        Expr::Nested(inner) | Expr::Collate { expr: inner, .. } | Expr::CompoundFieldAccess { root: inner, .. } => {
            return shown_name(inner);
        }
        Expr::Subquery(query) => match first_select(query.body.as_ref()).and_then(|select| select.projection.first()) {
            Some(SelectItem::UnnamedExpr(expr)) => return shown_name(expr),
            Some(SelectItem::ExprWithAlias { alias, .. }) => return folded(alias),
            _ => "?column?",
        },
        Expr::Case { else_result: Some(otherwise), .. } if matches!(otherwise.as_ref(), Expr::Identifier(_)) => {
            return shown_name(otherwise);
        }
        Expr::Case { .. } => "case",
        Expr::Exists { .. } => "exists",
        Expr::Substring { shorthand: true, .. } => "substr",
        Expr::Substring { .. } => "substring",
        Expr::Trim { trim_where: Some(sqlparser::ast::TrimWhereField::Leading), .. } => "ltrim",
        Expr::Trim { trim_where: Some(sqlparser::ast::TrimWhereField::Trailing), .. } => "rtrim",
        Expr::Trim { .. } => "btrim",
        Expr::Position { .. } => "position",
        Expr::Overlay { .. } => "overlay",
        Expr::Extract { .. } => "extract",
        Expr::Interval(_) => "interval",
        Expr::Array(_) => "array",
        Expr::AtTimeZone { .. } => "timezone",
        Expr::Ceil { .. } => "ceil",
        Expr::Floor { .. } => "floor",
        _ => "?column?",
    };
    named.to_owned()
}

pub(super) fn returned(items: &[SelectItem], scope: &Scope) -> Result<Arc<[Field]>, SqlError> {
    let mut fields = Vec::new();
    for (item, guess) in items.iter().zip(guesses(items, scope)) {
        match (item, guess.name) {
            (_, Some(name)) => fields.push(Field { name, ty: guess.ty.unwrap_or(PgType::Text), modifier: guess.modifier }),
            (SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..), None) => {
                let table = scope.first().ok_or_else(|| SqlError::unsupported("RETURNING * here"))?;
                fields.extend(table.columns.iter().map(|column| Field {
                    name: column.name.clone(),
                    ty: column.ty,
                    modifier: column.modifier,
                }));
            }
            _ => return Err(SqlError::unsupported("this RETURNING list")),
        }
    }
    Ok(fields.into())
}
