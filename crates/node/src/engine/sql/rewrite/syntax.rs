//! Forms of expression with a syntax of their own (`SUBSTRING(x FROM a FOR b)`, `EXTRACT(..)`, `TIMESTAMP '..'`, COLLATE), as calls and literals.

use sqlparser::ast::{Expr, Ident, ObjectName, TrimWhereField, Value};

use super::super::error::SqlError;
use super::super::infer;
use super::super::types::{self, NUMERIC_ORDER, PgType};
use super::{Rewriter, call, coerce, digits, literal, number, plain, string, take};

impl Rewriter<'_> {
    /// Literals with a type before them, and what has a syntax of its own for moments.
    pub(super) fn moment(&self, expr: &mut Expr) -> Result<(), SqlError> {
        *expr = match expr {
            Expr::TypedString(typed) => {
                let (ty, modifier) = infer::declared(&typed.data_type)?;
                let text = typed.value.value.clone().into_string().unwrap_or_default();
                literal(types::input::shaped(types::input::from_text(ty, &text)?, ty, modifier, true)?)
            }
            Expr::Interval(interval) => {
                let amount = string(&interval.value).map(str::to_owned).or_else(|| digits(&interval.value));
                let amount = amount.ok_or_else(|| SqlError::unsupported("this interval"))?;
                let unit = interval.leading_field.as_ref().map(|field| format!(" {field}")).unwrap_or_default();
                literal(types::input::from_text(PgType::Interval, &format!("{amount}{unit}"))?)
            }
            Expr::Extract { field, expr: from, .. } => {
                let unit = plain(Value::SingleQuotedString(field.to_string().trim_matches('\'').to_lowercase()));
                call("pg_extract", vec![unit, take(from)])?
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                if !string(time_zone).is_some_and(|zone| zone.eq_ignore_ascii_case("utc")) {
                    return Err(SqlError::unsupported("a time zone other than UTC"));
                }
                let from = self.of(timestamp);
                let to = if from == Some(PgType::Timestamptz) { PgType::Timestamp } else { PgType::Timestamptz };
                Expr::Nested(Box::new(self.cast(take(timestamp), from, to)?))
            }
            _ => return Ok(()),
        };
        Ok(())
    }

    /// `CEIL(x)` and `FLOOR(x)`.
    pub(super) fn whole(&self, expr: &mut Expr) -> Result<(), SqlError> {
        let up = matches!(expr, Expr::Ceil { .. });
        let (Expr::Ceil { expr: inner, .. } | Expr::Floor { expr: inner, .. }) = expr else { return Ok(()) };
        let numeric = self.of(inner) == Some(PgType::Numeric);
        let mut inner = take(inner);
        if numeric {
            coerce(&mut inner, Some(PgType::Numeric))?;
        }
        let name = match (numeric, up) {
            (true, true) => "pg_num_ceil",
            (true, false) => "pg_num_floor",
            (false, true) => "ceil",
            (false, false) => "floor",
        };
        *expr = call(name, vec![inner])?;
        Ok(())
    }
}

/// `SUBSTRING(x FROM a FOR b)` and its like, as calls.
pub(super) fn text_syntax(expr: &mut Expr) -> Result<(), SqlError> {
    *expr = match expr {
        Expr::Substring { expr: subject, substring_from, substring_for, .. } => {
            let from = substring_from.as_mut().map_or_else(|| number(1), |from| take(from));
            let mut args = vec![take(subject), from];
            args.extend(substring_for.as_mut().map(|length| take(length)));
            call("pg_substr", args)?
        }
        Expr::Position { expr: what, r#in } => call("instr", vec![take(r#in), take(what)])?,
        Expr::Trim { trim_where, trim_what, expr: subject, .. } => {
            let name = match trim_where {
                Some(TrimWhereField::Leading) => "ltrim",
                Some(TrimWhereField::Trailing) => "rtrim",
                _ => "trim",
            };
            let mut args = vec![take(subject)];
            args.extend(trim_what.as_mut().map(|what| take(what)));
            call(name, args)?
        }
        Expr::Overlay { expr: subject, overlay_what, overlay_from, overlay_for } => {
            let mut args = vec![take(subject), take(overlay_what), take(overlay_from)];
            args.extend(overlay_for.as_mut().map(|length| take(length)));
            call("pg_overlay", args)?
        }
        _ => return Ok(()),
    };
    Ok(())
}

pub(super) fn collate(collation: &mut ObjectName) -> Result<(), SqlError> {
    let name = infer::last_name(collation);
    if name == NUMERIC_ORDER {
        return Ok(());
    }
    if !matches!(name.as_str(), "C" | "POSIX" | "default" | "ucs_basic") {
        return Err(SqlError::new("42704", format!("collation \"{name}\" for encoding \"UTF8\" does not exist")));
    }
    *collation = ObjectName::from(vec![Ident::new("BINARY")]);
    Ok(())
}
