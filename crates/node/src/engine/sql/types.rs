//! PostgreSQL's types over SQLite's five: how a parameter is read, how a value is written at exactly the announced width, and how a type
//! is declared in SQLite. No type that is not in this list is announced to anyone.

use bytes::{BufMut, BytesMut};
use pgwire::api::Type;
use rusqlite::types::{Value, ValueRef};

use super::error::{INVALID_TEXT, OUT_OF_RANGE, SqlError};
use super::time;

/// A type that the engine can announce.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum PgType {
    Bool,
    Int2,
    Int4,
    Int8,
    Float4,
    Float8,
    Text,
    Bytea,
    Timestamptz,
    Int4Array,
    Int8Array,
    TextArray,
}

/// How a column that is SQLite's own row id must be declared: eight bytes, unless the table says [`NARROW_KEY`].
pub(super) const ROW_ID: &str = "INTEGER";
/// The name of the primary key's constraint where the row id is INTEGER in PostgreSQL: SQLite keeps no other trace of it.
pub(super) const NARROW_KEY: &str = "CONSTRAINT loadline_int4 PRIMARY KEY";
/// Most elements of an array parameter.
const MAX_ELEMENTS: usize = 100_000;

impl PgType {
    /// The library's name of it, for the object id.
    pub(super) fn wire(self) -> Type {
        match self {
            Self::Bool => Type::BOOL,
            Self::Int2 => Type::INT2,
            Self::Int4 => Type::INT4,
            Self::Int8 => Type::INT8,
            Self::Float4 => Type::FLOAT4,
            Self::Float8 => Type::FLOAT8,
            Self::Text => Type::TEXT,
            Self::Bytea => Type::BYTEA,
            Self::Timestamptz => Type::TIMESTAMPTZ,
            Self::Int4Array => Type::INT4_ARRAY,
            Self::Int8Array => Type::INT8_ARRAY,
            Self::TextArray => Type::TEXT_ARRAY,
        }
    }

    /// The type that a client announced for a parameter.
    pub(super) fn from_oid(oid: u32) -> Result<Self, SqlError> {
        Ok(match oid {
            16 => Self::Bool,
            21 => Self::Int2,
            23 => Self::Int4,
            20 => Self::Int8,
            700 => Self::Float4,
            701 => Self::Float8,
            25 | 1043 | 1042 | 19 | 705 => Self::Text,
            17 => Self::Bytea,
            1184 | 1114 => Self::Timestamptz,
            1007 => Self::Int4Array,
            1016 => Self::Int8Array,
            1009 | 1015 => Self::TextArray,
            other => return Err(SqlError::unsupported(format_args!("a parameter of type {other}"))),
        })
    }

    /// Bytes of the binary form, or -1 when it varies.
    pub(super) fn width(self) -> i16 {
        match self {
            Self::Bool => 1,
            Self::Int2 => 2,
            Self::Int4 | Self::Float4 => 4,
            Self::Int8 | Self::Float8 | Self::Timestamptz => 8,
            Self::Text | Self::Bytea | Self::Int4Array | Self::Int8Array | Self::TextArray => -1,
        }
    }

    /// The word that `\d` shows.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Bool => "boolean",
            Self::Int2 => "smallint",
            Self::Int4 => "integer",
            Self::Int8 => "bigint",
            Self::Float4 => "real",
            Self::Float8 => "double precision",
            Self::Text => "text",
            Self::Bytea => "bytea",
            Self::Timestamptz => "timestamp with time zone",
            Self::Int4Array => "integer[]",
            Self::Int8Array => "bigint[]",
            Self::TextArray => "text[]",
        }
    }

    /// How it is declared in SQLite.
    pub(super) fn declared(self) -> &'static str {
        match self {
            Self::Bool => "BOOLEAN",
            Self::Int2 => "SMALLINT",
            Self::Int4 => "INT4",
            Self::Int8 => "BIGINT",
            Self::Float4 => "REAL",
            Self::Float8 => "DOUBLE PRECISION",
            Self::Text | Self::Int4Array | Self::Int8Array | Self::TextArray => "TEXT",
            Self::Bytea => "BLOB",
            Self::Timestamptz => "TIMESTAMPTZ",
        }
    }

    /// The reverse of [`Self::declared`].
    pub(super) fn from_declared(declared: &str) -> Option<Self> {
        Some(match declared {
            "BOOLEAN" => Self::Bool,
            "SMALLINT" => Self::Int2,
            "INT4" => Self::Int4,
            "BIGINT" | ROW_ID => Self::Int8,
            "REAL" => Self::Float4,
            "DOUBLE PRECISION" => Self::Float8,
            "TEXT" => Self::Text,
            "BLOB" => Self::Bytea,
            "TIMESTAMPTZ" => Self::Timestamptz,
            _ => return None,
        })
    }

    /// The array of it, where there is one.
    pub(super) fn array(self) -> Option<Self> {
        match self {
            Self::Int4 | Self::Int2 => Some(Self::Int4Array),
            Self::Int8 => Some(Self::Int8Array),
            Self::Text => Some(Self::TextArray),
            _ => None,
        }
    }

    pub(super) fn is_integer(self) -> bool {
        matches!(self, Self::Int2 | Self::Int4 | Self::Int8)
    }
}

fn invalid(ty: PgType, text: &str) -> SqlError {
    let shown: String = text.chars().take(60).collect();
    SqlError::new(INVALID_TEXT, format!("invalid input syntax for type {}: \"{shown}\"", ty.word()))
}

fn range(ty: PgType) -> SqlError {
    SqlError::new(OUT_OF_RANGE, format!("{} out of range", ty.word()))
}

/// A value written as text, as SQLite stores it.
pub(super) fn from_text(ty: PgType, text: &str) -> Result<Value, SqlError> {
    let trimmed = text.trim();
    Ok(match ty {
        PgType::Text => Value::Text(text.to_owned()),
        PgType::Int2 | PgType::Int4 | PgType::Int8 => Value::Integer(fit(ty, trimmed.parse().map_err(|_| invalid(ty, text))?)?),
        PgType::Float4 | PgType::Float8 => Value::Real(trimmed.parse().map_err(|_| invalid(ty, text))?),
        PgType::Bool => Value::Integer(match trimmed.to_ascii_lowercase().as_str() {
            "t" | "true" | "y" | "yes" | "on" | "1" => 1,
            "f" | "false" | "n" | "no" | "off" | "0" => 0,
            _ => return Err(invalid(ty, text)),
        }),
        PgType::Timestamptz => Value::Text(time::text(time::parse(text).ok_or_else(|| invalid(ty, text))?)),
        PgType::Bytea => {
            let digits = text.strip_prefix("\\x").ok_or_else(|| invalid(ty, text))?;
            Value::Blob(from_hex(digits).ok_or_else(|| invalid(ty, text))?)
        }
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => Value::Text(array_from_text(ty, text)?),
    })
}

fn fit(ty: PgType, n: i64) -> Result<i64, SqlError> {
    let fits = match ty {
        PgType::Int2 => i16::try_from(n).is_ok(),
        PgType::Int4 => i32::try_from(n).is_ok(),
        _ => true,
    };
    if fits { Ok(n) } else { Err(range(ty)) }
}

fn from_hex(digits: &str) -> Option<Vec<u8>> {
    let bytes = digits.as_bytes();
    if !bytes.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    bytes.chunks_exact(2).map(|pair| Some(nibble(*pair.first()?)? << 4 | nibble(*pair.get(1)?)?)).collect()
}

/// A parameter as SQLite stores it. `None` bytes are NULL.
pub(super) fn from_wire(ty: PgType, binary: bool, bytes: Option<&[u8]>) -> Result<Value, SqlError> {
    let Some(bytes) = bytes else { return Ok(Value::Null) };
    let text = || std::str::from_utf8(bytes).map_err(|_| SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\""));
    if !binary {
        return from_text(ty, text()?);
    }
    let wrong = || SqlError::new("22P03", format!("incorrect binary data format for type {}", ty.word()));
    Ok(match ty {
        PgType::Text => Value::Text(text()?.to_owned()),
        PgType::Bytea => Value::Blob(bytes.to_vec()),
        PgType::Bool => Value::Integer(i64::from(*bytes.first().ok_or_else(wrong)? != 0)),
        PgType::Int2 => Value::Integer(i16::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into()),
        PgType::Int4 => Value::Integer(i32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into()),
        PgType::Int8 => Value::Integer(i64::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        PgType::Float4 => Value::Real(f32::from_be_bytes(bytes.try_into().map_err(|_| wrong())?).into()),
        PgType::Float8 => Value::Real(f64::from_be_bytes(bytes.try_into().map_err(|_| wrong())?)),
        PgType::Timestamptz => {
            let pg_us = i64::from_be_bytes(bytes.try_into().map_err(|_| wrong())?);
            Value::Text(time::text(pg_us.checked_add(time::PG_EPOCH_US).ok_or_else(|| range(ty))?))
        }
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => Value::Text(array_from_binary(ty, bytes).ok_or_else(wrong)?),
    })
}

/// The binary form of a one-dimensional array as JSON, which `json_each` unfolds.
fn array_from_binary(ty: PgType, bytes: &[u8]) -> Option<String> {
    let mut rest = bytes;
    let int = |rest: &mut &[u8]| -> Option<i32> {
        let (head, tail) = rest.split_first_chunk::<4>()?;
        *rest = tail;
        Some(i32::from_be_bytes(*head))
    };
    let dimensions = int(&mut rest)?;
    let (_has_null, element) = (int(&mut rest)?, int(&mut rest)?);
    if dimensions == 0 {
        return Some("[]".to_owned());
    }
    let count = usize::try_from(int(&mut rest)?).ok()?;
    int(&mut rest)?;
    if dimensions != 1 || count > MAX_ELEMENTS {
        return None;
    }
    let mut items = Vec::with_capacity(count.min(rest.len() / 4 + 1));
    for _ in 0..count {
        let Ok(len) = usize::try_from(int(&mut rest)?) else {
            items.push(serde_json::Value::Null);
            continue;
        };
        let (item, tail) = rest.split_at_checked(len)?;
        rest = tail;
        items.push(match (ty, element) {
            (PgType::TextArray, _) => serde_json::Value::from(std::str::from_utf8(item).ok()?),
            (_, 20) => i64::from_be_bytes(item.try_into().ok()?).into(),
            (_, 23) => i32::from_be_bytes(item.try_into().ok()?).into(),
            (_, 21) => i16::from_be_bytes(item.try_into().ok()?).into(),
            _ => return None,
        });
    }
    Some(serde_json::Value::from(items).to_string())
}

/// `{1,2}` or `{"a","b c"}` as JSON.
fn array_from_text(ty: PgType, text: &str) -> Result<String, SqlError> {
    let bad = || SqlError::new(INVALID_TEXT, "malformed array literal");
    let inner = text.trim().strip_prefix('{').and_then(|t| t.strip_suffix('}')).ok_or_else(bad)?;
    let mut items: Vec<serde_json::Value> = Vec::new();
    let mut chars = inner.chars().peekable();
    while chars.peek().is_some() {
        if items.len() >= MAX_ELEMENTS {
            return Err(bad());
        }
        let mut item = String::new();
        let quoted = chars.peek() == Some(&'"');
        if quoted {
            chars.next();
            loop {
                match chars.next().ok_or_else(bad)? {
                    '"' => break,
                    '\\' => item.push(chars.next().ok_or_else(bad)?),
                    c => item.push(c),
                }
            }
        }
        for c in chars.by_ref() {
            match c {
                ',' => break,
                _ if quoted => return Err(bad()),
                '{' | '}' | '"' => return Err(bad()),
                c => item.push(c),
            }
        }
        items.push(if !quoted && item.eq_ignore_ascii_case("null") {
            serde_json::Value::Null
        } else if ty == PgType::TextArray {
            item.into()
        } else {
            item.trim().parse::<i64>().map_err(|_| bad())?.into()
        });
    }
    Ok(serde_json::Value::from(items).to_string())
}

/// Appends a field of a DataRow: its length and its bytes, at exactly the announced width.
pub(super) fn encode(ty: PgType, binary: bool, value: ValueRef<'_>, out: &mut BytesMut) -> Result<(), SqlError> {
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

fn mismatch(ty: PgType) -> SqlError {
    SqlError::new("42804", format!("a value of this result does not fit type {}; cast the expression", ty.word()))
}

fn integer(ty: PgType, value: ValueRef<'_>) -> Result<i64, SqlError> {
    match value {
        ValueRef::Integer(n) => fit(ty, n),
        ValueRef::Real(x) if x.fract() == 0.0 && x.abs() < 9e18 => fit(ty, x as i64),
        ValueRef::Text(text) => fit(ty, std::str::from_utf8(text).ok().and_then(|t| t.trim().parse().ok()).ok_or_else(|| mismatch(ty))?),
        _ => Err(mismatch(ty)),
    }
}

fn float(ty: PgType, value: ValueRef<'_>) -> Result<f64, SqlError> {
    match value {
        ValueRef::Integer(n) => Ok(n as f64),
        ValueRef::Real(x) => Ok(x),
        ValueRef::Text(text) => std::str::from_utf8(text).ok().and_then(|t| t.trim().parse().ok()).ok_or_else(|| mismatch(ty)),
        _ => Err(mismatch(ty)),
    }
}

fn encode_binary(ty: PgType, value: ValueRef<'_>, out: &mut BytesMut) -> Result<(), SqlError> {
    match ty {
        PgType::Bool => out.put_u8(u8::from(integer(ty, value)? != 0)),
        PgType::Int2 => out.put_i16(i16::try_from(integer(ty, value)?).map_err(|_| range(ty))?),
        PgType::Int4 => out.put_i32(i32::try_from(integer(ty, value)?).map_err(|_| range(ty))?),
        PgType::Int8 => out.put_i64(integer(ty, value)?),
        PgType::Float4 => out.put_f32(float(ty, value)? as f32),
        PgType::Float8 => out.put_f64(float(ty, value)?),
        PgType::Timestamptz => {
            let ValueRef::Text(text) = value else { return Err(mismatch(ty)) };
            let us = std::str::from_utf8(text).ok().and_then(time::parse).ok_or_else(|| mismatch(ty))?;
            out.put_i64(us - time::PG_EPOCH_US);
        }
        PgType::Int4Array | PgType::Int8Array | PgType::TextArray => {
            return Err(SqlError::unsupported("an array in a result"));
        }
        PgType::Text | PgType::Bytea => put_plain(value, out),
    }
    Ok(())
}

fn put_plain(value: ValueRef<'_>, out: &mut BytesMut) {
    match value {
        ValueRef::Null => {}
        ValueRef::Integer(n) => put_shown(out, n),
        ValueRef::Real(x) => put_shown(out, x),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => out.put_slice(bytes),
    }
}

fn put_shown(out: &mut BytesMut, value: impl std::fmt::Display) {
    use std::fmt::Write;
    // Writing to a growing buffer cannot fail.
    let _ = write!(out, "{value}");
}

fn encode_text(ty: PgType, value: ValueRef<'_>, out: &mut BytesMut) -> Result<(), SqlError> {
    match ty {
        PgType::Bool => out.put_u8(if integer(ty, value)? != 0 { b't' } else { b'f' }),
        PgType::Int2 | PgType::Int4 | PgType::Int8 => put_shown(out, integer(ty, value)?),
        PgType::Float4 => put_shown(out, float(ty, value)? as f32),
        PgType::Float8 => put_shown(out, float(ty, value)?),
        PgType::Bytea => {
            if let ValueRef::Blob(bytes) | ValueRef::Text(bytes) = value {
                out.put_slice(b"\\x");
                for byte in bytes {
                    for nibble in [byte >> 4, byte & 15] {
                        out.put_u8(if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 });
                    }
                }
            }
        }
        PgType::Text | PgType::Timestamptz | PgType::Int4Array | PgType::Int8Array | PgType::TextArray => put_plain(value, out),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coded(ty: PgType, binary: bool, value: &Value) -> Result<Vec<u8>, &'static str> {
        let mut out = BytesMut::new();
        encode(ty, binary, value.into(), &mut out).map(|()| out.to_vec()).map_err(|e| e.code)
    }

    #[test]
    fn a_value_has_exactly_the_announced_width() {
        for ty in [PgType::Bool, PgType::Int2, PgType::Int4, PgType::Int8, PgType::Float4, PgType::Float8] {
            let bytes = coded(ty, true, &Value::Integer(1)).unwrap();
            assert_eq!(bytes.len(), 4 + ty.width() as usize, "{ty:?}");
        }
        assert_eq!(coded(PgType::Int4, true, &Value::Integer(1 << 40)), Err(OUT_OF_RANGE));
        assert_eq!(coded(PgType::Int8, true, &Value::Text("x".into())), Err("42804"));
        assert_eq!(coded(PgType::Int8, true, &Value::Null), Ok((-1_i32).to_be_bytes().to_vec()));
        assert_eq!(coded(PgType::Bool, false, &Value::Integer(1)), Ok(vec![0, 0, 0, 1, b't']));
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
