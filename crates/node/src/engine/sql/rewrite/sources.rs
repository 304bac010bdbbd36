//! What stands in FROM: series, arrays, lists of values and names for a subquery's columns, as subqueries that SQLite knows.

use sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, Ident, SelectItem, SetExpr, TableAlias, TableFactor};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::super::error::{SYNTAX, SqlError};
use super::super::infer::last_name;
use super::{digits, without_cast};

fn parse(text: &str) -> Result<TableFactor, SqlError> {
    Parser::new(&PostgreSqlDialect {})
        .try_with_sql(text)
        .and_then(|mut parser| parser.parse_table_factor())
        .map_err(|error| SqlError::new(SYNTAX, error.to_string()))
}

/// The table's name, and its first column's.
fn names(alias: Option<&TableAlias>, otherwise: &str) -> (Ident, Ident) {
    let name = alias.map_or_else(|| Ident::new(otherwise), |alias| alias.name.clone());
    let column = alias.and_then(|alias| alias.columns.first()).map_or_else(|| name.clone(), |column| column.name.clone());
    (name, column)
}

/// Rewrites one entry of FROM.
pub(super) fn source(factor: &mut TableFactor) -> Result<(), SqlError> {
    let made = match factor {
        TableFactor::UNNEST { alias, array_exprs, with_offset: false, with_ordinality: false, .. } if array_exprs.len() == 1 => {
            let (name, column) = names(alias.as_ref(), "unnest");
            let array = array_exprs.first().map(|expr| array(without_cast(expr))).unwrap_or_default();
            Some(parse(&format!("(SELECT value AS {column} FROM json_each({array})) AS {name}"))?)
        }
        TableFactor::UNNEST { .. } => return Err(SqlError::unsupported("unnest() of several arrays")),
        TableFactor::Derived { lateral: true, .. } => return Err(SqlError::unsupported("LATERAL")),
        TableFactor::Derived { alias: Some(alias), subquery, .. } if !alias.columns.is_empty() => {
            let renamed: Vec<String> = alias.columns.iter().map(|column| column.name.to_string()).collect();
            if let SetExpr::Select(select) = subquery.body.as_mut() {
                rename(&mut select.projection, alias)?;
                alias.columns.clear();
                None
            } else if matches!(subquery.body.as_ref(), SetExpr::Values(_)) {
                let list: Vec<String> = renamed.iter().enumerate().map(|(at, name)| format!("column{} AS {name}", at + 1)).collect();
                Some(parse(&format!("(SELECT {} FROM ({subquery}) AS rows_of_values) AS {}", list.join(", "), alias.name))?)
            } else {
                return Err(SqlError::unsupported("names for the columns of this subquery"));
            }
        }
        TableFactor::Table { name, args: Some(args), alias, .. } if last_name(name).eq_ignore_ascii_case("generate_series") => {
            let args: Vec<&Expr> = args
                .args
                .iter()
                .filter_map(|arg| match arg {
                    FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
                    _ => None,
                })
                .collect();
            let (from, to, step) = match args.as_slice() {
                [from, to] => (*from, *to, "1".to_owned()),
                [from, to, step] => (*from, *to, step.to_string()),
                _ => return Err(SqlError::new("42883", "function generate_series with these arguments does not exist")),
            };
            if step == "0" {
                return Err(SqlError::new("22023", "step size cannot equal zero"));
            }
            let until = if args.get(2).and_then(|step| digits(step)).is_some_and(|digits| digits.starts_with('-')) { ">=" } else { "<=" };
            let (name, column) = names(alias.as_ref(), "generate_series");
            Some(parse(&format!(
                "(WITH RECURSIVE numbers_of_series (n) AS (SELECT {from} WHERE {from} {until} {to} UNION ALL SELECT n + {step} \
                 FROM numbers_of_series WHERE n + {step} {until} {to}) SELECT n AS {column} FROM numbers_of_series) AS {name}"
            ))?)
        }
        TableFactor::Function { .. } | TableFactor::TableFunction { .. } => {
            return Err(SqlError::unsupported("this kind of table expression"));
        }
        TableFactor::Table { name, args: Some(_), .. } if !last_name(name).eq_ignore_ascii_case("json_each") => {
            return Err(SqlError::unsupported(format_args!("the table function {name}")));
        }
        TableFactor::Table { sample: Some(_), .. } => return Err(SqlError::unsupported("TABLESAMPLE")),
        TableFactor::Table { name, alias: Some(alias), .. } if !alias.columns.is_empty() => {
            return Err(SqlError::unsupported(format_args!("names for the columns of {name}")));
        }
        _ => None,
    };
    if let Some(made) = made {
        *factor = made;
    }
    Ok(())
}

/// An array as the JSON that `json_each` unfolds.
fn array(expr: &Expr) -> String {
    match expr {
        Expr::Array(array) => {
            let list: Vec<String> = array.elem.iter().map(ToString::to_string).collect();
            format!("json_array({})", list.join(", "))
        }
        other => other.to_string(),
    }
}

fn rename(items: &mut [SelectItem], alias: &TableAlias) -> Result<(), SqlError> {
    for (item, column) in items.iter_mut().zip(&alias.columns) {
        let expr = match item {
            SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => expr.clone(),
            _ => return Err(SqlError::unsupported("names for the columns of SELECT *")),
        };
        *item = SelectItem::ExprWithAlias { expr, alias: column.name.clone() };
    }
    Ok(())
}
