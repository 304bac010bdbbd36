//! Values on their way out: a field of a DataRow at exactly the announced width, in PostgreSQL's text or binary form.

use std::fmt::Write;

use bytes::{BufMut, BytesMut};
use rusqlite::types::ValueRef;

use super::super::decimal::Decimal;
use super::super::error::SqlError;
use super::super::{interval, time};
use super::input::{fit, from_hex, range};
use super::{PgType, array};

/// Appends a field of a DataRow: its length and its bytes.
pub(crate) fn encode(ty: PgType, binary: bool, value: ValueRef<'_>, out: &mut BytesMut) -> Result<(), SqlError> {
    let at = out.len();
    out.put_i32(-1);
    match value {
        ValueRef::Null => return Ok(()),
        value if binary => encode_binary(ty, value, out)?,
        value => encode_text(ty, value, out)?,
    }
    let len = i32::try_from(out.len() - at - 4).map_err(|_| SqlError::new("54000", "a value is too large"))?;
    if let Some(head) = out.get_mut(at..at + 4) {
        head.copy_from_slice(&len.to_be_bytes());
    }
    Ok(())
}

/// The text form of a value that is not NULL.
pub(crate) fn shown(ty: PgType, value: ValueRef<'_>) -> Result<String, SqlError> {
    if ty == PgType::Bool {
        return Ok(if integer(ty, value)? != 0 { "true" } else { "false" }.to_owned());
    }
    let mut out = BytesMut::new();
    encode_text(ty, value, &mut out)?;
    Ok(String::from_utf8_lossy(&out).into_owned())
}

fn mismatch(ty: PgType) -> SqlError {
    SqlError::new("42804", format!("a value of this result does not fit type {}; cast the expression", ty.word()))
}

fn words(value: ValueRef<'_>) -> Option<&str> {
    match value {
        ValueRef::Text(text) => std::str::from_utf8(text).ok(),
        _ => None,
    }
}

fn integer(ty: PgType, value: ValueRef<'_>) -> Result<i64, SqlError> {
    match value {
        ValueRef::Integer(n) => fit(ty, n),
        // SQLite goes on as a double where PostgreSQL says that a bigint is full.
        ValueRef::Real(x) if x.abs() >= 9.2e18 => Err(range(ty)),
        ValueRef::Real(x) if x.fract() == 0.0 => fit(ty, x as i64),
        value => fit(ty, words(value).and_then(|t| t.trim().parse().ok()).ok_or_else(|| mismatch(ty))?),
    }
}

fn float(ty: PgType, value: ValueRef<'_>) -> Result<f64, SqlError> {
    match value {
        ValueRef::Integer(n) => Ok(n as f64),
        ValueRef::Real(x) => Ok(x),
        value => words(value).and_then(|t| t.trim().parse().ok()).ok_or_else(|| mismatch(ty)),
    }
}

fn decimal(ty: PgType, value: ValueRef<'_>) -> Result<Decimal, SqlError> {
    let number = match value {
        ValueRef::Integer(n) => Decimal::parse(&n.to_string()),
        ValueRef::Real(x) => Decimal::from_float(x),
        value => words(value).and_then(Decimal::parse),
    };
    number.ok_or_else(|| mismatch(ty))
}

fn encode_binary(ty: PgType, value: ValueRef<'_>, out: &mut BytesMut) -> Result<(), SqlError> {
    match ty {
        PgType::Bool => out.put_u8(u8::from(integer(ty, value)? != 0)),
        PgType::Int2 => out.put_i16(i16::try_from(integer(ty, value)?).map_err(|_| range(ty))?),
        PgType::Int4 => out.put_i32(i32::try_from(integer(ty, value)?).map_err(|_| range(ty))?),
        PgType::Oid => out.put_u32(u32::try_from(integer(ty, value)?).map_err(|_| range(ty))?),
        PgType::Int8 | PgType::Lsn => out.put_i64(integer(ty, value)?),
        PgType::Float4 => out.put_f32(float(ty, value)? as f32),
        PgType::Float8 => out.put_f64(float(ty, value)?),
        PgType::Numeric => decimal(ty, value)?.put(out),
        PgType::Timestamp | PgType::Timestamptz | PgType::Date => {
            let us = words(value).and_then(time::parse).ok_or_else(|| mismatch(ty))? - time::PG_EPOCH_US;
            if ty == PgType::Date {
                out.put_i32(i32::try_from(us.div_euclid(time::DAY_US)).map_err(|_| range(ty))?);
            } else {
                out.put_i64(us);
            }
        }
        PgType::Interval => words(value).and_then(interval::Interval::parse).ok_or_else(|| mismatch(ty))?.put(out),
        PgType::Uuid => {
            let digits = words(value).ok_or_else(|| mismatch(ty))?.replace('-', "");
            out.put_slice(&from_hex(&digits).filter(|bytes| bytes.len() == 16).ok_or_else(|| mismatch(ty))?);
        }
        PgType::Jsonb => {
            out.put_u8(1);
            put_plain(value, out);
        }
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => array::put(ty, words(value).ok_or_else(|| mismatch(ty))?, out)?,
        PgType::Text | PgType::Varchar | PgType::Bpchar | PgType::Name | PgType::Char | PgType::Bytea | PgType::Json | PgType::Void => {
            put_plain(value, out)
        }
    }
    Ok(())
}

fn put_plain(value: ValueRef<'_>, out: &mut BytesMut) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(n) => put_shown(out, n),
        ValueRef::Real(x) => put_float(out, x, &format!("{x:e}")),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => out.put_slice(bytes),
    }
}

fn put_shown(out: &mut BytesMut, value: impl std::fmt::Display) {
    // Writing to a growing buffer cannot fail.
    let _ = write!(out, "{value}");
}

/// Writes a double as PostgreSQL does: the shortest digits that read back the same, with an exponent outside 1e-4 to 1e15. `shortest` is
/// `d.ddde±x`.
fn put_float(out: &mut BytesMut, x: f64, shortest: &str) {
    if x.is_infinite() {
        return out.put_slice(if x > 0.0 { b"Infinity" } else { b"-Infinity" });
    }
    let (mantissa, exponent) = shortest.split_once('e').unwrap_or((shortest, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if x != 0.0 && !(-4..15).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return put_shown(out, format_args!("{mantissa}e{sign}{:02}", exponent.abs()));
    }
    let (sign, digits) = mantissa.strip_prefix('-').map_or(("", mantissa), |rest| ("-", rest));
    let digits = digits.replace('.', "");
    if exponent < 0 {
        let zeros = "0".repeat(exponent.unsigned_abs() as usize - 1);
        return put_shown(out, format_args!("{sign}0.{zeros}{digits}"));
    }
    let whole = exponent as usize + 1;
    if digits.len() <= whole {
        put_shown(out, format_args!("{sign}{digits}{}", "0".repeat(whole - digits.len())));
    } else {
        let (whole, fraction) = digits.split_at(whole);
        put_shown(out, format_args!("{sign}{whole}.{fraction}"));
    }
}

fn put_hex(out: &mut BytesMut, bytes: &[u8]) {
    out.put_slice(b"\\x");
    for byte in bytes {
        for nibble in [byte >> 4, byte & 15] {
            out.put_u8(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
        }
    }
}

fn encode_text(ty: PgType, value: ValueRef<'_>, out: &mut BytesMut) -> Result<(), SqlError> {
    match ty {
        PgType::Bool => out.put_u8(if integer(ty, value)? != 0 { b't' } else { b'f' }),
        PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Oid => put_shown(out, integer(ty, value)?),
        PgType::Lsn => {
            let place = integer(ty, value)?.cast_unsigned();
            put_shown(out, format_args!("{:X}/{:X}", place >> 32, place & 0xffff_ffff));
        }
        PgType::Float4 => {
            let x = float(ty, value)? as f32;
            // A float's exponents begin sooner than a double's.
            let shortest = format!("{x:e}");
            let exponent: i32 = shortest.split_once('e').and_then(|(_, e)| e.parse().ok()).unwrap_or(0);
            if (6..15).contains(&exponent) {
                let mantissa = shortest.split('e').next().unwrap_or_default();
                put_shown(out, format_args!("{mantissa}e+{exponent:02}"));
            } else {
                put_float(out, x.into(), &shortest);
            }
        }
        PgType::Float8 => {
            let x = float(ty, value)?;
            put_float(out, x, &format!("{x:e}"));
        }
        PgType::Numeric => match value {
            ValueRef::Text(bytes) => out.put_slice(bytes),
            value => put_shown(out, decimal(ty, value)?),
        },
        PgType::Bytea => {
            if let ValueRef::Blob(bytes) | ValueRef::Text(bytes) = value {
                put_hex(out, bytes);
            }
        }
        PgType::Date | PgType::Timestamp | PgType::Timestamptz => match words(value) {
            Some(text) => out.put_slice(time::shown(text).as_bytes()),
            None => return Err(mismatch(ty)),
        },
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => {
            out.put_slice(array::to_text(words(value).ok_or_else(|| mismatch(ty))?).as_bytes());
        }
        PgType::Text
        | PgType::Varchar
        | PgType::Bpchar
        | PgType::Name
        | PgType::Char
        | PgType::Interval
        | PgType::Uuid
        | PgType::Json
        | PgType::Jsonb
        | PgType::Void => put_plain(value, out),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::super::super::error::{INVALID_TEXT, OUT_OF_RANGE};
    use super::super::input::{from_text, from_wire};
    use super::*;

    fn coded(ty: PgType, binary: bool, value: &Value) -> Result<Vec<u8>, &'static str> {
        let mut out = BytesMut::new();
        encode(ty, binary, value.into(), &mut out).map(|()| out.to_vec()).map_err(|e| e.code)
    }

    #[test]
    fn a_value_has_exactly_the_announced_width() {
        for ty in [PgType::Bool, PgType::Int2, PgType::Int4, PgType::Int8, PgType::Float4, PgType::Float8, PgType::Oid] {
            let bytes = coded(ty, true, &Value::Integer(1)).unwrap();
            assert_eq!(bytes.len(), 4 + ty.width() as usize, "{ty:?}");
        }
        assert_eq!(coded(PgType::Int4, true, &Value::Integer(1 << 40)), Err(OUT_OF_RANGE));
        assert_eq!(coded(PgType::Int8, true, &Value::Text("x".into())), Err("42804"));
        assert_eq!(coded(PgType::Int8, true, &Value::Null), Ok((-1_i32).to_be_bytes().to_vec()));
        assert_eq!(coded(PgType::Bool, false, &Value::Integer(1)), Ok(vec![0, 0, 0, 1, b't']));
    }

    #[test]
    fn what_is_read_in_either_form_is_written_in_the_other() {
        for (ty, text) in [
            (PgType::Numeric, "-12.50"),
            (PgType::Date, "2026-11-21"),
            (PgType::Timestamp, "2026-11-21 10:00:00.5"),
            (PgType::Timestamptz, "1999-12-31 23:59:59+00"),
            (PgType::Interval, "1 mon 2 days 03:04:05.5"),
            (PgType::Uuid, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
            (PgType::Jsonb, r#"{"a": [1, 2.50], "bb": null}"#),
            (PgType::Lsn, "1/A0"),
            (PgType::TextArray, r#"{a,"b \"c\"","",NULL}"#),
            (PgType::Int8Array, "{1,-2}"),
            (PgType::Float8, "1e+15"),
            (PgType::Float8, "0.0001"),
            (PgType::Bytea, "\\x00ff"),
        ] {
            let stored = from_text(ty, text).unwrap_or_else(|e| panic!("{text}: {}", e.message));
            assert_eq!(shown(ty, (&stored).into()).unwrap(), text);
            let binary = coded(ty, true, &stored).unwrap();
            assert_eq!(from_wire(ty, true, Some(&binary[4..])).map_err(|e| e.message), Ok(stored), "{text}");
        }
    }

    #[test]
    fn arrays_become_json() {
        let json = |ty, text: &str| from_text(ty, text).map_err(|e| e.code);
        assert_eq!(json(PgType::Int8Array, "{1,-2,NULL}"), Ok(Value::Text("[1,-2,null]".into())));
        assert_eq!(json(PgType::TextArray, r#"{a,"b \"c\"",""}"#), Ok(Value::Text(r#"["a","b \"c\"",""]"#.into())));
        assert_eq!(json(PgType::Int8Array, "{}"), Ok(Value::Text("[]".into())));
        assert_eq!(json(PgType::Int8Array, "{1"), Err(INVALID_TEXT));
        assert_eq!(json(PgType::TextArray, r#"{"a"#), Err(INVALID_TEXT));
        let hostile = [0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 20, 127, 255, 255, 255, 0, 0, 0, 1];
        assert_eq!(from_wire(PgType::Int8Array, true, Some(&hostile)).map_err(|e| e.code), Err("22P03"));
        assert_eq!(from_wire(PgType::Int8, true, Some(&[1, 2])).map_err(|e| e.code), Err("22P03"));
    }
}
