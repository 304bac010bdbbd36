//! One-dimensional arrays: PostgreSQL's text and binary forms, and the JSON as which SQLite keeps them and unfolds them.

use bytes::{BufMut, BytesMut};

use super::super::error::{INVALID_TEXT, SqlError};
use super::PgType;

/// Most elements of an array.
const MAX_ELEMENTS: usize = 100_000;

/// The binary form of a one-dimensional array as JSON, which `json_each` unfolds.
pub(crate) fn from_binary(ty: PgType, bytes: &[u8]) -> Option<String> {
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
pub(crate) fn from_text(ty: PgType, text: &str) -> Result<String, SqlError> {
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

fn items(json: &str) -> Vec<serde_json::Value> {
    // It is the engine's own JSON; what is not an array has no elements.
    serde_json::from_str(json).unwrap_or_default()
}

fn plain(item: &serde_json::Value) -> String {
    item.as_str().map_or_else(|| item.to_string(), str::to_owned)
}

/// `{1,2,"b c",NULL}` of the stored JSON.
pub(crate) fn to_text(json: &str) -> String {
    let shown: Vec<String> = items(json)
        .iter()
        .map(|item| match item {
            serde_json::Value::Null => "NULL".to_owned(),
            serde_json::Value::String(text) => {
                let bare = !text.is_empty()
                    && !text.eq_ignore_ascii_case("null")
                    && !text.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}' | ',' | '"' | '\\'));
                if bare { text.clone() } else { format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"")) }
            }
            other => other.to_string(),
        })
        .collect();
    format!("{{{}}}", shown.join(","))
}

/// Appends the binary form of the stored JSON.
pub(crate) fn put(ty: PgType, json: &str, out: &mut BytesMut) -> Result<(), SqlError> {
    let items = items(json);
    let element = ty.element().unwrap_or(PgType::Text);
    out.put_i32(i32::from(!items.is_empty()));
    out.put_i32(i32::from(items.iter().any(serde_json::Value::is_null)));
    out.put_u32(element.oid());
    if items.is_empty() {
        return Ok(());
    }
    out.put_i32(items.len() as i32);
    out.put_i32(1);
    for item in &items {
        let number = || item.as_i64().ok_or_else(|| SqlError::new("42804", "an element of the array does not fit its type"));
        match (item, element) {
            (serde_json::Value::Null, _) => out.put_i32(-1),
            (_, PgType::Int4) => {
                out.put_i32(4);
                out.put_i32(i32::try_from(number()?).map_err(|_| super::input::range(element))?);
            }
            (_, PgType::Int8) => {
                out.put_i32(8);
                out.put_i64(number()?);
            }
            _ => {
                let text = plain(item);
                out.put_i32(text.len() as i32);
                out.put_slice(text.as_bytes());
            }
        }
    }
    Ok(())
}
