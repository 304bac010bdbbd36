//! Arithmetic that says when it fails: division by zero, `numeric`, and the aggregates of `numeric`.

use rusqlite::Connection;
use rusqlite::functions::{Aggregate, Context, FunctionFlags};
use rusqlite::types::Value;

use super::super::decimal::Decimal;
use super::super::error::{OUT_OF_RANGE, SqlError};
use super::{Answer, Args, carried, int, pure, strict};

fn decimal(args: &Args<'_>, at: usize) -> Result<Decimal, SqlError> {
    let text = args.text(at).unwrap_or_default();
    Decimal::parse(&text).ok_or_else(|| SqlError::new("22P02", format!("invalid input syntax for type numeric: \"{text}\"")))
}

fn number(decimal: Option<Decimal>) -> Answer {
    decimal
        .map(|decimal| Value::Text(decimal.to_string()))
        .ok_or_else(|| SqlError::new(OUT_OF_RANGE, "value overflows numeric format: this engine keeps 38 digits"))
}

fn by_zero() -> SqlError {
    SqlError::new("22012", "division by zero")
}

/// A function of a double.
type Double = fn(f64) -> f64;

/// Sum and count of numbers on their way.
struct Numbers {
    mean: bool,
}

impl Aggregate<(Option<Decimal>, i64), Option<String>> for Numbers {
    fn init(&self, _: &mut Context<'_>) -> rusqlite::Result<(Option<Decimal>, i64)> {
        Ok((Some(Decimal::ZERO), 0))
    }

    fn step(&self, context: &mut Context<'_>, (sum, count): &mut (Option<Decimal>, i64)) -> rusqlite::Result<()> {
        let args = Args(context);
        if args.text(0).is_some() {
            let next = decimal(&args, 0).map_err(|error| carried(&error))?;
            *sum = sum.and_then(|sum| sum.add(next));
            *count += 1;
        }
        Ok(())
    }

    fn finalize(&self, _: &mut Context<'_>, state: Option<(Option<Decimal>, i64)>) -> rusqlite::Result<Option<String>> {
        let (sum, count) = state.unwrap_or((None, 0));
        if count == 0 {
            return Ok(None);
        }
        let divisor = Decimal::parse(&count.to_string());
        let result = if self.mean { sum.zip(divisor).and_then(|(sum, count)| sum.div(count)) } else { sum };
        match number(result) {
            Ok(Value::Text(text)) => Ok(Some(text)),
            Ok(_) => Ok(None),
            Err(error) => Err(carried(&error)),
        }
    }
}

pub(super) fn register(conn: &Connection) -> Result<(), SqlError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    conn.create_aggregate_function("pg_sum", 1, flags, Numbers { mean: false })?;
    conn.create_aggregate_function("pg_avg", 1, flags, Numbers { mean: true })?;
    strict(conn, "pg_num_add", 2, |args| number(decimal(args, 0)?.add(decimal(args, 1)?)))?;
    strict(conn, "pg_num_sub", 2, |args| number(decimal(args, 0)?.sub(decimal(args, 1)?)))?;
    strict(conn, "pg_num_mul", 2, |args| number(decimal(args, 0)?.mul(decimal(args, 1)?)))?;
    strict(conn, "pg_num_div", 2, |args| {
        let divisor = decimal(args, 1)?;
        if divisor.is_zero() { Err(by_zero()) } else { number(decimal(args, 0)?.div(divisor)) }
    })?;
    strict(conn, "pg_num_mod", 2, |args| {
        let divisor = decimal(args, 1)?;
        if divisor.is_zero() { Err(by_zero()) } else { number(decimal(args, 0)?.rem(divisor)) }
    })?;
    strict(conn, "pg_num_neg", 1, |args| number(Some(decimal(args, 0)?.negate())))?;
    strict(conn, "pg_num_abs", 1, |args| number(Some(decimal(args, 0)?.abs())))?;
    strict(conn, "pg_num_sign", 1, |args| number(Some(decimal(args, 0)?.signum())))?;
    strict(conn, "pg_num_ceil", 1, |args| number(decimal(args, 0)?.ceil()))?;
    strict(conn, "pg_num_floor", 1, |args| number(decimal(args, 0)?.floor()))?;
    let places = |args: &Args<'_>| args.int(1).and_then(|n| i32::try_from(n.clamp(-38, 38)).ok()).unwrap_or(0);
    strict(conn, "pg_num_round", -1, move |args| number(decimal(args, 0)?.round(places(args))))?;
    strict(conn, "pg_num_trunc", -1, move |args| number(decimal(args, 0)?.trunc(places(args))))?;
    strict(conn, "pg_round", 1, |args| Ok(Value::Real(args.float(0).unwrap_or_default().round_ties_even())))?;
    let double = |x: f64| if x.is_nan() { Err(SqlError::new("2201F", "the result is not a number")) } else { Ok(Value::Real(x)) };
    let functions: [(&str, Double); 6] =
        [("ceil", f64::ceil), ("floor", f64::floor), ("sqrt", f64::sqrt), ("ln", f64::ln), ("log10", f64::log10), ("exp", f64::exp)];
    for (name, run) in functions {
        strict(conn, name, 1, move |args| double(run(args.float(0).unwrap_or_default())))?;
    }
    strict(conn, "pow", 2, move |args| double(args.float(0).unwrap_or_default().powf(args.float(1).unwrap_or_default())))?;
    pure(conn, "pi", 0, |_| Ok(Value::Real(std::f64::consts::PI)))?;
    strict(conn, "pg_int_div", 2, |args| match (args.int(0), args.int(1)) {
        (_, Some(0)) => Err(by_zero()),
        (Some(a), Some(b)) => a.checked_div(b).map(Value::Integer).ok_or_else(|| SqlError::new(OUT_OF_RANGE, "bigint out of range")),
        _ => Ok(Value::Null),
    })?;
    strict(conn, "pg_int_mod", 2, |args| match (args.int(0), args.int(1)) {
        (_, Some(0)) => Err(by_zero()),
        (Some(a), Some(b)) => int(a.checked_rem(b).unwrap_or(0)),
        _ => Ok(Value::Null),
    })?;
    strict(conn, "pg_float_div", 2, |args| match (args.float(0), args.float(1)) {
        (_, Some(0.0)) => Err(by_zero()),
        (Some(a), Some(b)) => Ok(Value::Real(a / b)),
        _ => Ok(Value::Null),
    })?;
    pure(conn, "pg_array_length", -1, |args| match args.text(0) {
        Some(json) => match serde_json::from_str::<Vec<serde_json::Value>>(&json) {
            Ok(items) if items.is_empty() && args.len() > 1 => Ok(Value::Null),
            Ok(items) => int(i64::try_from(items.len()).unwrap_or(i64::MAX)),
            Err(_) => Ok(Value::Null),
        },
        None => Ok(Value::Null),
    })?;
    strict(conn, "pg_element", 2, |args| {
        let items: Vec<serde_json::Value> = serde_json::from_str(&args.text(0).unwrap_or_default()).unwrap_or_default();
        let item = args.int(1).and_then(|n| usize::try_from(n - 1).ok()).and_then(|at| items.get(at));
        Ok(match item {
            Some(serde_json::Value::Number(n)) => n.as_i64().map_or(Value::Null, Value::Integer),
            Some(serde_json::Value::String(text)) => Value::Text(text.clone()),
            _ => Value::Null,
        })
    })
}
