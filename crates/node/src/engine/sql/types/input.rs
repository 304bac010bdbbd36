//! Values on their way in: literals, parameters in text and binary form, and one type's value made another's, all as SQLite stores them.
//!
//! Stored: numbers as themselves, `numeric` as text, instants as fixed-width text (so that text order is time order), documents as text,
//! arrays as JSON, `char(n)` without the blanks at its end.

use rusqlite::types::{Value, ValueRef};

use super::super::decimal::Decimal;
use super::super::error::{INVALID_TEXT, OUT_OF_RANGE, SqlError};
use super::super::{interval, json, time};
use super::{NO_MODIFIER, PgType, array, output, precision};

pub(crate) fn invalid(ty: PgType, text: &str) -> SqlError {
    let shown: String = text.chars().take(60).collect();
    let code = if ty.is_moment() || ty == PgType::Interval { "22007" } else { INVALID_TEXT };
    SqlError::new(code, format!("invalid input syntax for type {}: \"{shown}\"", ty.word()))
}

pub(crate) fn range(ty: PgType) -> SqlError {
    SqlError::new(OUT_OF_RANGE, format!("{} out of range", ty.word()))
}

fn too_large(ty: PgType, text: &str) -> SqlError {
    SqlError::new(OUT_OF_RANGE, format!("value \"{}\" is out of range for type {}", text.chars().take(60).collect::<String>(), ty.word()))
}

/// A value written as text, as SQLite stores it.
pub(crate) fn from_text(ty: PgType, text: &str) -> Result<Value, SqlError> {
    let trimmed = text.trim();
    Ok(match ty {
        PgType::Text | PgType::Varchar | PgType::Name | PgType::Char | PgType::Void => Value::Text(text.to_owned()),
        PgType::Bpchar => Value::Text(text.trim_end_matches(' ').to_owned()),
        PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Oid => {
            let digits = trimmed.strip_prefix(['-', '+']).unwrap_or(trimmed);
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(invalid(ty, text));
            }
            let number = trimmed.parse().ok().and_then(|n| fit(ty, n).ok());
            Value::Integer(number.ok_or_else(|| too_large(ty, text))?)
        }
        PgType::Float4 | PgType::Float8 => Value::Real(float(ty, trimmed, text)?),
        PgType::Numeric => Value::Text(Decimal::parse(trimmed).ok_or_else(|| invalid(ty, text))?.to_string()),
        PgType::Bool => Value::Integer(i64::from(boolean(trimmed).ok_or_else(|| invalid(ty, text))?)),
        PgType::Date | PgType::Timestamp | PgType::Timestamptz => Value::Text(time::stored(ty, time::read(ty, text)?)),
        PgType::Interval => Value::Text(interval::Interval::parse(text).ok_or_else(|| invalid(ty, text))?.to_string()),
        PgType::Bytea => Value::Blob(bytes_from_text(text).ok_or_else(|| match text.strip_prefix("\\x") {
            Some(digits) if digits.len() % 2 == 1 => SqlError::new("22023", "invalid hexadecimal data: odd number of digits"),
            Some(digits) => {
                let digit = digits.chars().find(|c| !c.is_ascii_hexdigit()).unwrap_or(' ');
                SqlError::new("22023", format!("invalid hexadecimal digit: \"{digit}\""))
            }
            None => invalid(ty, text),
        })?),
        PgType::Uuid => Value::Text(uuid(trimmed).ok_or_else(|| invalid(ty, text))?),
        PgType::Json => {
            json::check(text)?;
            Value::Text(text.to_owned())
        }
        PgType::Jsonb => Value::Text(json::normal(text)?),
        PgType::Lsn => Value::Integer(lsn(trimmed).ok_or_else(|| invalid(ty, text))?),
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => Value::Text(array::from_text(ty, text)?),
    })
}

fn boolean(text: &str) -> Option<bool> {
    let text = text.to_ascii_lowercase();
    if text.is_empty() {
        return None;
    }
    let starts = |word: &str| word.starts_with(&text);
    if starts("true") || starts("yes") || text == "on" || text == "1" {
        return Some(true);
    }
    (starts("false") || starts("no") || text == "off" || text == "of" || text == "0").then_some(false)
}

fn float(ty: PgType, trimmed: &str, text: &str) -> Result<f64, SqlError> {
    let number: f64 = match trimmed.to_ascii_lowercase().as_str() {
        "infinity" | "+infinity" | "inf" => f64::INFINITY,
        "-infinity" | "-inf" => f64::NEG_INFINITY,
        "nan" => return Err(SqlError::unsupported("NaN")),
        plain if plain.bytes().all(|b| b.is_ascii_digit() || b"+-.e".contains(&b)) => {
            let number: f64 = plain.parse().map_err(|_| invalid(ty, text))?;
            if number.is_infinite() || (ty == PgType::Float4 && (number as f32).is_infinite()) {
                let shown: String = text.chars().take(60).collect();
                return Err(SqlError::new(OUT_OF_RANGE, format!("\"{shown}\" is out of range for type {}", ty.word())));
            }
            number
        }
        _ => return Err(invalid(ty, text)),
    };
    Ok(if ty == PgType::Float4 { f64::from(number as f32) } else { number })
}

/// Checks the width of a whole number.
pub(crate) fn fit(ty: PgType, n: i64) -> Result<i64, SqlError> {
    let fits = match ty {
        PgType::Int2 => i16::try_from(n).is_ok(),
        PgType::Int4 => i32::try_from(n).is_ok(),
        PgType::Oid => u32::try_from(n).is_ok(),
        _ => true,
    };
    if fits { Ok(n) } else { Err(range(ty)) }
}

fn bytes_from_text(text: &str) -> Option<Vec<u8>> {
    if let Some(digits) = text.strip_prefix("\\x") {
        return from_hex(digits);
    }
    // The escape form: `\\` and `\ooo`.
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        if *first != b'\\' {
            bytes.push(*first);
            rest = tail;
        } else if let [b'\\', ..] = tail {
            bytes.push(b'\\');
            rest = tail.get(1..)?;
        } else {
            let octal = std::str::from_utf8(tail.get(..3)?).ok()?;
            bytes.push(u8::from_str_radix(octal, 8).ok()?);
            rest = tail.get(3..)?;
        }
    }
    Some(bytes)
}

/// Bytes of hexadecimal digits in pairs.
pub(crate) fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let bytes = digits.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    bytes.chunks_exact(2).map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.get(1)?)?)).collect()
}

/// The canonical form of a UUID written with or without braces and dashes.
fn uuid(text: &str) -> Option<String> {
    let inner = text.strip_prefix('{').map_or(Some(text), |rest| rest.strip_suffix('}'))?;
    if inner.starts_with('-') || inner.ends_with('-') || inner.contains("--") {
        return None;
    }
    let digits: String = inner.chars().filter(|c| *c != '-').map(|c| c.to_ascii_lowercase()).collect();
    (digits.len() == 32).then_some(())?;
    Some(dashed(&from_hex(&digits)?))
}

fn dashed(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        text.push_str(&format!("{byte:02x}"));
    }
    text
}

/// `X/X` in hexadecimal, the place in the log.
fn lsn(text: &str) -> Option<i64> {
    let (high, low) = text.split_once('/')?;
    let part = |text: &str| (1..=8).contains(&text.len()).then(|| u32::from_str_radix(text, 16).ok()).flatten();
    i64::try_from(u64::from(part(high)?) << 32 | u64::from(part(low)?)).ok()
}

/// A parameter as SQLite stores it. `None` bytes are NULL.
pub(crate) fn from_wire(ty: PgType, binary: bool, bytes: Option<&[u8]>) -> Result<Value, SqlError> {
    let Some(bytes) = bytes else { return Ok(Value::Null) };
    let text = || std::str::from_utf8(bytes).map_err(|_| SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\""));
    if !binary {
        return from_text(ty, text()?);
    }
    let wrong = || SqlError::new("22P03", format!("incorrect binary data format for type {}", ty.word()));
    let eight = || bytes.try_into().map(i64::from_be_bytes).map_err(|_| wrong());
    Ok(match ty {
        PgType::Text | PgType::Varchar | PgType::Name | PgType::Char | PgType::Void => Value::Text(text()?.to_owned()),
        PgType::Bpchar => from_text(ty, text()?)?,
        PgType::Bytea => Value::Blob(bytes.to_vec()),
        PgType::Bool => Value::Integer(i64::from(*bytes.first().ok_or_else(wrong)? != 0)),
        PgType::Int2 => Value::Integer(i16::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into()),
        PgType::Int4 => Value::Integer(i32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into()),
        PgType::Oid => Value::Integer(u32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into()),
        PgType::Int8 | PgType::Lsn => Value::Integer(eight()?),
        PgType::Float4 => finite(f32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into())?,
        PgType::Float8 => finite(f64::from_be_bytes(bytes.try_into().map_err(|_| wrong())?))?,
        PgType::Numeric => Value::Text(Decimal::from_wire(bytes).ok_or_else(wrong)?.to_string()),
        PgType::Timestamp | PgType::Timestamptz => {
            let us = eight()?.checked_add(time::PG_EPOCH_US).filter(|us| time::representable(*us)).ok_or_else(|| time::out_of_range(ty))?;
            Value::Text(time::stored(ty, us))
        }
        PgType::Date => {
            let days = i64::from(i32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?));
            let us = days * time::DAY_US + time::PG_EPOCH_US;
            Value::Text(time::stored(ty, Some(us).filter(|us| time::representable(*us)).ok_or_else(|| time::out_of_range(ty))?))
        }
        PgType::Interval => Value::Text(interval::Interval::from_wire(bytes).ok_or_else(wrong)?.to_string()),
        PgType::Uuid => Value::Text(dashed(<&[u8; 16]>::try_from(bytes).map_err(|_| wrong())?)),
        PgType::Json => from_text(ty, text()?)?,
        PgType::Jsonb => from_text(ty, text()?.strip_prefix('\u{1}').ok_or_else(wrong)?)?,
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => Value::Text(array::from_binary(ty, bytes).ok_or_else(wrong)?),
    })
}

/// SQLite keeps no NaN: it would become NULL.
fn finite(x: f64) -> Result<Value, SqlError> {
    if x.is_nan() { Err(SqlError::unsupported("NaN")) } else { Ok(Value::Real(x)) }
}

/// A stored value made one of type `to`: an explicit cast, or an assignment to a column.
pub(crate) fn cast(value: ValueRef<'_>, from: PgType, to: PgType) -> Result<Value, SqlError> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ok(match (value, to) {
        (ValueRef::Null, _) => Value::Null,
        (ValueRef::Integer(n), PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Oid) => Value::Integer(fit(to, n)?),
        (ValueRef::Integer(n), PgType::Float4 | PgType::Float8) => Value::Real(n as f64),
        (ValueRef::Integer(n), PgType::Numeric) => Value::Text(n.to_string()),
        (ValueRef::Integer(n), PgType::Bool) => Value::Integer(i64::from(n != 0)),
        (ValueRef::Real(x), PgType::Int2 | PgType::Int4 | PgType::Int8) => {
            let rounded = x.round_ties_even();
            if !(-9.3e18..9.3e18).contains(&rounded) {
                return Err(range(to));
            }
            Value::Integer(fit(to, rounded as i64)?)
        }
        (ValueRef::Real(x), PgType::Float4) => {
            if (x as f32).is_infinite() && x.is_finite() {
                return Err(SqlError::new(OUT_OF_RANGE, "value out of range: overflow"));
            }
            Value::Real(f64::from(x as f32))
        }
        (ValueRef::Real(x), PgType::Float8) => Value::Real(x),
        (ValueRef::Real(x), PgType::Numeric) => Value::Text(Decimal::from_float(x).ok_or_else(|| range(to))?.to_string()),
        (ValueRef::Text(bytes), PgType::Int2 | PgType::Int4 | PgType::Int8) if from == PgType::Numeric => {
            let number = Decimal::parse(&text(bytes)).and_then(Decimal::to_integer).ok_or_else(|| range(to))?;
            Value::Integer(fit(to, number)?)
        }
        (ValueRef::Text(bytes), PgType::Date | PgType::Timestamp | PgType::Timestamptz) if from.is_moment() => {
            Value::Text(time::stored(to, time::read(from, &text(bytes))?))
        }
        (value, PgType::Text | PgType::Varchar | PgType::Bpchar | PgType::Name) => {
            let shown = output::shown(from, value)?;
            Value::Text(if to == PgType::Bpchar { shown.trim_end_matches(' ').to_owned() } else { shown })
        }
        (ValueRef::Text(bytes), _) => from_text(to, &text(bytes))?,
        (ValueRef::Blob(bytes), PgType::Bytea) => Value::Blob(bytes.to_vec()),
        (ValueRef::Blob(_) | ValueRef::Integer(_) | ValueRef::Real(_), _) => {
            return Err(SqlError::new("42846", format!("cannot cast type {} to {}", from.word(), to.word())));
        }
    })
}

/// A value as a column of this length or precision keeps it; `explicit` casts cut where assignments refuse.
pub(crate) fn shaped(value: Value, ty: PgType, modifier: i32, explicit: bool) -> Result<Value, SqlError> {
    let Value::Text(text) = value else { return Ok(value) };
    if modifier == NO_MODIFIER {
        return Ok(Value::Text(text));
    }
    Ok(Value::Text(match ty {
        PgType::Numeric => {
            let (precision, scale) = precision(modifier);
            let number = Decimal::parse(&text).ok_or_else(|| invalid(ty, &text))?;
            let fitted = number.fit(precision, scale).ok_or_else(|| {
                let mut error = SqlError::new(OUT_OF_RANGE, "numeric field overflow");
                let digits = precision.saturating_sub(scale);
                let limit = if digits == 0 { "1".to_owned() } else { format!("10^{digits}") };
                error.detail =
                    Some(format!("A field with precision {precision}, scale {scale} must round to an absolute value less than {limit}."));
                error
            })?;
            fitted.to_string()
        }
        PgType::Varchar | PgType::Bpchar => {
            let most = usize::try_from(modifier - 4).unwrap_or(0);
            let length = text.chars().count();
            let mut kept = text;
            if length > most {
                let cut: String = kept.chars().take(most).collect();
                if !explicit && kept.chars().skip(most).any(|c| c != ' ') {
                    return Err(too_long(ty, modifier));
                }
                kept = cut;
            }
            kept
        }
        _ => text,
    }))
}

pub(crate) fn too_long(ty: PgType, modifier: i32) -> SqlError {
    SqlError::new("22001", format!("value too long for type {}", ty.full_word(modifier)))
}
