//! Instants and spans of time.

use rusqlite::Connection;
use rusqlite::types::Value;

use super::super::error::SqlError;
use super::super::interval::Interval;
use super::super::time;
use super::super::types::PgType;
use super::super::types::input::invalid;
use super::{Answer, Args, strict, text};

fn instant(args: &Args<'_>, at: usize) -> Result<i64, SqlError> {
    let text = args.text(at).unwrap_or_default();
    time::parse(&text).ok_or_else(|| invalid(PgType::Timestamptz, &text))
}

fn unit(args: &Args<'_>, at: usize) -> String {
    args.text(at).unwrap_or_default().to_ascii_lowercase()
}

fn unknown(unit: &str) -> SqlError {
    SqlError::new("22023", format!("unit \"{unit}\" not recognized for type timestamp with time zone"))
}

/// Micros of a unit as a number with as many places as PostgreSQL shows.
fn shown(micros: i64, unit: &str) -> String {
    let (sign, micros) = (if micros < 0 { "-" } else { "" }, micros.unsigned_abs());
    let (whole, part) = (micros / 1_000_000, micros % 1_000_000);
    match unit {
        "epoch" | "second" | "seconds" => format!("{sign}{whole}.{part:06}"),
        "millisecond" | "milliseconds" => format!("{sign}{whole}.{:03}", part / 1000),
        _ => format!("{sign}{whole}"),
    }
}

/// The common patterns of `to_char`.
fn formatted(us: i64, pattern: &str) -> String {
    let stored = time::text(us);
    let part = |from: usize, to: usize| stored.get(from..to).unwrap_or_default();
    let hour: u32 = part(11, 13).parse().unwrap_or(0);
    let half = format!("{:02}", if hour.is_multiple_of(12) { 12 } else { hour % 12 });
    let patterns: [(&str, &str); 12] = [
        ("YYYY", part(0, 4)),
        ("HH24", part(11, 13)),
        ("HH12", &half),
        ("YY", part(2, 4)),
        ("MM", part(5, 7)),
        ("DD", part(8, 10)),
        ("HH", &half),
        ("MI", part(14, 16)),
        ("SS", part(17, 19)),
        ("MS", part(20, 23)),
        ("US", part(20, 26)),
        ("AM", if hour < 12 { "AM" } else { "PM" }),
    ];
    let mut out = String::new();
    let mut rest = pattern;
    while let Some(first) = rest.chars().next() {
        let hit = patterns.iter().find(|(name, _)| rest.starts_with(name));
        let (shown, length) =
            hit.map_or((rest.get(..first.len_utf8()).unwrap_or_default(), first.len_utf8()), |(name, value)| (*value, name.len()));
        out.push_str(shown);
        rest = rest.get(length..).unwrap_or_default();
    }
    out
}

pub(super) fn register(conn: &Connection) -> Result<(), SqlError> {
    strict(conn, "pg_add_span", 4, |args| {
        let words = args.text(1).unwrap_or_default();
        let span = Interval::parse(&words).ok_or_else(|| invalid(PgType::Interval, &words))?;
        let span = if args.int(2) == Some(-1) { span.negate() } else { span };
        let ty = args.ty(3);
        let moved = span.after(instant(args, 0)?).ok_or_else(|| time::out_of_range(ty))?;
        text(time::stored(ty, moved))
    })?;
    strict(conn, "pg_add_days", 3, |args| {
        let days = args.int(1).unwrap_or(0).checked_mul(args.int(2).unwrap_or(1)).and_then(|days| days.checked_mul(time::DAY_US));
        let moved = days.and_then(|us| instant(args, 0).ok()?.checked_add(us)).filter(|us| time::representable(*us));
        text(time::stored(PgType::Date, moved.ok_or_else(|| time::out_of_range(PgType::Date))?))
    })?;
    strict(conn, "pg_days_between", 2, |args| Ok(Value::Integer((instant(args, 0)? - instant(args, 1)?) / time::DAY_US)))?;
    strict(conn, "pg_time_between", 2, |args| text(Interval::between(instant(args, 1)?, instant(args, 0)?).to_string()))?;
    strict(conn, "pg_date_trunc", 3, |args| {
        let unit = unit(args, 0);
        let cut = time::trunc(&unit, instant(args, 1)?).ok_or_else(|| unknown(&unit))?;
        text(time::stored(args.ty(2), cut))
    })?;
    strict(conn, "pg_extract", 2, |args| -> Answer {
        let unit = unit(args, 0);
        let micros = time::field(&unit, instant(args, 1)?).ok_or_else(|| unknown(&unit))?;
        text(shown(micros, &unit))
    })?;
    strict(conn, "pg_to_timestamp", 1, |args| {
        let us = (args.float(0).unwrap_or_default() * 1e6).round();
        let us = Some(us as i64).filter(|us| time::representable(*us)).ok_or_else(|| time::out_of_range(PgType::Timestamptz))?;
        text(time::text(us))
    })?;
    strict(conn, "pg_to_char", 2, |args| text(formatted(instant(args, 0)?, &args.text(1).unwrap_or_default())))
}
