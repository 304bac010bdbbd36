//! JSON documents: `json` is checked and kept as it was written, `jsonb` is kept in PostgreSQL's normal form (keys by length and then
//! letters, the last of equal keys, one space after commas and colons). Operators work on either.

use std::fmt::Write;

use super::decimal::Decimal;
use super::error::{INVALID_TEXT, SqlError};

/// Arrays and objects nest no deeper.
const MAX_DEPTH: u32 = 100;

/// A document.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json {
    Null,
    Bool(bool),
    /// As it was written, or in PostgreSQL's form of it.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Map(Vec<(String, Json)>),
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn space(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t', '\n', '\r']);
    }

    fn take(&mut self, word: &str) -> bool {
        self.space();
        match self.rest.strip_prefix(word) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn value(&mut self, depth: u32) -> Option<Json> {
        if depth > MAX_DEPTH {
            return None;
        }
        self.space();
        match self.rest.bytes().next()? {
            b'{' => self.map(depth),
            b'[' => self.list(depth),
            b'"' => self.string().map(Json::Text),
            b'-' | b'0'..=b'9' => self.number(),
            _ if self.take("true") => Some(Json::Bool(true)),
            _ if self.take("false") => Some(Json::Bool(false)),
            _ if self.take("null") => Some(Json::Null),
            _ => None,
        }
    }

    fn list(&mut self, depth: u32) -> Option<Json> {
        let mut items = Vec::new();
        self.take("[");
        if self.take("]") {
            return Some(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if self.take("]") {
                return Some(Json::List(items));
            }
            self.take(",").then_some(())?;
        }
    }

    fn map(&mut self, depth: u32) -> Option<Json> {
        let mut items = Vec::new();
        self.take("{");
        if self.take("}") {
            return Some(Json::Map(items));
        }
        loop {
            self.space();
            let key = self.string()?;
            self.take(":").then_some(())?;
            items.push((key, self.value(depth + 1)?));
            if self.take("}") {
                return Some(Json::Map(items));
            }
            self.take(",").then_some(())?;
        }
    }

    fn number(&mut self) -> Option<Json> {
        let end = self.rest.find(|c: char| !matches!(c, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at_checked(end)?;
        let digits = text.strip_prefix('-').unwrap_or(text);
        let leading_zero = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
        let well = digits.starts_with(|c: char| c.is_ascii_digit()) && !leading_zero && !digits.ends_with('.') && !digits.contains(".e");
        (well && text.parse::<f64>().is_ok()).then_some(())?;
        self.rest = rest;
        Some(Json::Number(text.to_owned()))
    }

    fn string(&mut self) -> Option<String> {
        let mut chars = self.rest.strip_prefix('"')?.chars();
        let mut text = String::new();
        loop {
            match chars.next()? {
                '"' => break,
                '\\' => match chars.next()? {
                    'n' => text.push('\n'),
                    't' => text.push('\t'),
                    'r' => text.push('\r'),
                    'b' => text.push('\u{8}'),
                    'f' => text.push('\u{c}'),
                    c @ ('"' | '\\' | '/') => text.push(c),
                    'u' => {
                        let mut unit = || u32::from_str_radix(&chars.by_ref().take(4).collect::<String>(), 16).ok();
                        let first = unit()?;
                        let code = if (0xd800..0xdc00).contains(&first) {
                            chars.next().filter(|c| *c == '\\')?;
                            chars.next().filter(|c| *c == 'u')?;
                            let second = u32::from_str_radix(&chars.by_ref().take(4).collect::<String>(), 16).ok()?;
                            0x10000 + ((first - 0xd800) << 10) + second.checked_sub(0xdc00)?
                        } else {
                            first
                        };
                        text.push(char::from_u32(code).filter(|c| *c != '\0')?);
                    }
                    _ => return None,
                },
                c if c < ' ' => return None,
                c => text.push(c),
            }
        }
        self.rest = chars.as_str();
        Some(text)
    }
}

/// Reads a document.
pub(super) fn parse(text: &str) -> Result<Json, SqlError> {
    let mut reader = Reader { rest: text };
    let value = reader.value(0);
    reader.space();
    match value {
        Some(value) if reader.rest.is_empty() => Ok(value),
        _ => Err(SqlError::new(INVALID_TEXT, "invalid input syntax for type json")),
    }
}

/// Whether `text` is a document.
pub(super) fn check(text: &str) -> Result<(), SqlError> {
    parse(text).map(|_| ())
}

/// The normal form.
pub(super) fn normal(text: &str) -> Result<String, SqlError> {
    Ok(parse(text)?.normalised().to_string())
}

/// `text` as a JSON string.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if c < ' ' => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

impl std::fmt::Display for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(on) => write!(f, "{on}"),
            Self::Number(digits) => f.write_str(digits),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                let shown: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", shown.join(", "))
            }
            Self::Map(items) => {
                let shown: Vec<String> = items.iter().map(|(key, value)| format!("{}: {value}", quoted(key))).collect();
                write!(f, "{{{}}}", shown.join(", "))
            }
        }
    }
}

impl Json {
    fn normalised(self) -> Self {
        match self {
            Self::Number(digits) => Self::Number(Decimal::parse(&digits).map_or(digits, |number| number.to_string())),
            Self::List(items) => Self::List(items.into_iter().map(Self::normalised).collect()),
            Self::Map(items) => {
                let mut kept: Vec<(String, Self)> = Vec::new();
                for (key, value) in items {
                    let value = value.normalised();
                    match kept.iter_mut().find(|(known, _)| *known == key) {
                        Some((_, old)) => *old = value,
                        None => kept.push((key, value)),
                    }
                }
                kept.sort_by(|(a, _), (b, _)| (a.len(), a).cmp(&(b.len(), b)));
                Self::Map(kept)
            }
            other => other,
        }
    }

    /// `->` with a key or an index; a negative index counts from the end.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Map(items) => items.iter().rev().find(|(known, _)| known == key).map(|(_, value)| value),
            Self::List(items) => {
                let at: i64 = key.parse().ok()?;
                let at =
                    if at < 0 { items.len().checked_sub(usize::try_from(at.unsigned_abs()).ok()?)? } else { usize::try_from(at).ok()? };
                items.get(at)
            }
            _ => None,
        }
    }

    /// What `->>` gives: a string without its quotes, NULL for null.
    pub(super) fn plain(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text.clone()),
            other => Some(other.to_string()),
        }
    }

    /// `?`: a key of an object, or a string of an array.
    pub(super) fn has(&self, key: &str) -> bool {
        match self {
            Self::Map(items) => items.iter().any(|(known, _)| known == key),
            Self::List(items) => items.iter().any(|item| matches!(item, Self::Text(text) if text == key)),
            Self::Text(text) => text == key,
            _ => false,
        }
    }

    /// `@>`.
    pub(super) fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Map(mine), Self::Map(theirs)) => {
                theirs.iter().all(|(key, value)| mine.iter().any(|(known, own)| known == key && own.contains(value)))
            }
            (Self::List(mine), Self::List(theirs)) => theirs.iter().all(|wanted| mine.iter().any(|own| own.contains(wanted))),
            (Self::List(mine), one) => mine.contains(one),
            (mine, theirs) => mine == theirs,
        }
    }

    /// `||`.
    pub(super) fn joined(self, other: Self) -> Self {
        match (self, other) {
            (Self::Map(mut mine), Self::Map(theirs)) => {
                mine.extend(theirs);
                Self::Map(mine).normalised()
            }
            (Self::List(mut mine), Self::List(theirs)) => {
                mine.extend(theirs);
                Self::List(mine)
            }
            (Self::List(mut mine), one) => {
                mine.push(one);
                Self::List(mine)
            }
            (one, Self::List(mut theirs)) => {
                theirs.insert(0, one);
                Self::List(theirs)
            }
            (one, two) => Self::List(vec![one, two]),
        }
    }

    /// `-` with a key or an index.
    pub(super) fn without(mut self, key: &str) -> Self {
        match &mut self {
            Self::Map(items) => items.retain(|(known, _)| known != key),
            Self::List(items) => match key.parse::<usize>() {
                Ok(at) if at < items.len() => {
                    items.remove(at);
                }
                _ => items.retain(|item| !matches!(item, Self::Text(text) if text == key)),
            },
            _ => {}
        }
        self
    }

    /// `jsonb_set`: the document with `value` at `path`, added there when `create`.
    pub(super) fn set(mut self, path: &[String], value: Self, create: bool) -> Self {
        let Some((key, rest)) = path.split_first() else { return self };
        match &mut self {
            Self::Map(items) => match items.iter_mut().find(|(known, _)| known == key) {
                Some((_, old)) if rest.is_empty() => *old = value,
                Some((_, old)) => *old = std::mem::replace(old, Self::Null).set(rest, value, create),
                None if create && rest.is_empty() => items.push((key.clone(), value)),
                None => {}
            },
            Self::List(items) => {
                if let Some(old) = key.parse::<usize>().ok().and_then(|at| items.get_mut(at)) {
                    *old = if rest.is_empty() { value } else { std::mem::replace(old, Self::Null).set(rest, value, create) };
                } else if create && rest.is_empty() {
                    items.push(value);
                }
            }
            _ => {}
        }
        self.normalised()
    }

    /// `jsonb_typeof`.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "boolean",
            Self::Number(_) => "number",
            Self::Text(_) => "string",
            Self::List(_) => "array",
            Self::Map(_) => "object",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_take_their_normal_form() {
        for (text, wanted) in [
            (r#"{"b": [1, 2],   "a": 1}"#, r#"{"a": 1, "b": [1, 2]}"#),
            (r#"{"a":1,"a":2,"long":3,"b":4}"#, r#"{"a": 2, "b": 4, "long": 3}"#),
            (r#"[1e2, 2.50, -0, true, null, "x\u0041\n"]"#, r#"[100, 2.50, 0, true, null, "xA\n"]"#),
            (r#""\ud83d\ude00""#, "\"😀\""),
        ] {
            assert_eq!(normal(text).as_deref(), Ok(wanted), "{text}");
        }
        for bad in ["", "{", "{bad", "[1,]", "{\"a\":}", "01", "1.", "\"\\x\"", "nul", "1 2", "\"\u{1}\"", &"[".repeat(500)] {
            assert!(normal(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn operators_do_as_postgresqls() {
        let json = |text: &str| parse(text).unwrap();
        assert_eq!(json("[1, 2]").get("-1"), Some(&json("2")));
        assert!(json(r#"{"a": 1, "b": [1, {"c": 2}]}"#).contains(&json(r#"{"b": [{"c": 2}]}"#)));
        assert!(!json("[1, 2]").contains(&json("[3]")));
        assert_eq!(json(r#"{"a": 1}"#).joined(json(r#"{"a": 2}"#)).to_string(), r#"{"a": 2}"#);
        assert_eq!(json(r#"{"a": {}}"#).set(&["a".into(), "b".into()], json("7"), true).to_string(), r#"{"a": {"b": 7}}"#);
        assert_eq!(json("[1, 2]").without("0").to_string(), "[2]");
    }
}
