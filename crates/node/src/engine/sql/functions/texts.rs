//! Functions of texts and bytes, and regular expressions (of Rust's `regex`: no look-around, no references back).

use regex::{Regex, RegexBuilder};
use rusqlite::Connection;
use rusqlite::functions::FunctionFlags;
use rusqlite::types::{Value, ValueRef};

use super::super::error::SqlError;
use super::super::types::input::from_hex;
use super::{Answer, Args, carried, int, pure, strict, text};

/// Longest result of repeat and padding, in characters.
const MAX_REPEATED: usize = 16 << 20;
/// Memory of a compiled expression, in bytes.
const MAX_PATTERN: usize = 1 << 20;

fn count(args: &Args<'_>, at: usize) -> Result<usize, SqlError> {
    let n = usize::try_from(args.int(at).unwrap_or(0).max(0)).unwrap_or(usize::MAX);
    if n > MAX_REPEATED { Err(SqlError::new("54000", "requested length too large")) } else { Ok(n) }
}

fn words(args: &Args<'_>, at: usize) -> String {
    args.text(at).unwrap_or_default()
}

/// `substr` from 1, which may begin before the text.
fn part(args: &Args<'_>) -> Answer {
    let from = args.int(1).unwrap_or(1);
    let to = match args.int(2) {
        Some(length) if length < 0 => return Err(SqlError::new("22011", "negative substring length not allowed")),
        Some(length) => from.saturating_add(length),
        None => i64::MAX,
    };
    let skip = usize::try_from(from - 1).unwrap_or(0);
    let keep = usize::try_from(to.saturating_sub(from.max(1))).unwrap_or(0);
    if let ValueRef::Blob(bytes) = args.raw(0) {
        return Ok(Value::Blob(bytes.iter().skip(skip).take(keep).copied().collect()));
    }
    text(words(args, 0).chars().skip(skip).take(keep).collect::<String>())
}

/// The first, or last, `n` characters; negative: all but so many.
fn side(args: &Args<'_>, last: bool) -> Answer {
    let chars: Vec<char> = words(args, 0).chars().collect();
    let n = args.int(1).unwrap_or(0);
    let kept = usize::try_from(if n < 0 { (chars.len() as i64).saturating_add(n).max(0) } else { n }).unwrap_or(0).min(chars.len());
    let skip = if last { chars.len() - kept } else { 0 };
    text(chars.iter().skip(skip).take(kept).collect::<String>())
}

fn padded(args: &Args<'_>, left: bool) -> Answer {
    let length = count(args, 1)?;
    let filler = args.text(2).unwrap_or_else(|| " ".to_owned());
    let own = words(args, 0);
    let have = own.chars().count();
    if have >= length || filler.is_empty() {
        return text(own.chars().take(length).collect::<String>());
    }
    let fill: String = filler.chars().cycle().take(length - have).collect();
    text(if left { fill + &own } else { own + &fill })
}

fn quoted_name(name: &str) -> String {
    let plain = name.starts_with(|c: char| c.is_ascii_lowercase() || c == '_')
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if plain { name.to_owned() } else { format!("\"{}\"", name.replace('"', "\"\"")) }
}

fn quoted_text(text: &str) -> String {
    let marked = text.replace('\'', "''");
    if marked.contains('\\') { format!("E'{}'", marked.replace('\\', "\\\\")) } else { format!("'{marked}'") }
}

fn formatted(args: &Args<'_>) -> Answer {
    let pattern = words(args, 0);
    let (mut out, mut next) = (String::new(), 1);
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let kind = chars.next().ok_or_else(|| SqlError::new("22023", "unterminated format() type specifier"))?;
        if kind == '%' {
            out.push('%');
            continue;
        }
        if next >= args.len() {
            return Err(SqlError::new("22023", "too few arguments for format()"));
        }
        let value = args.text(next);
        next += 1;
        match kind {
            's' => out.push_str(&value.unwrap_or_default()),
            'I' => out.push_str(&quoted_name(
                &value.ok_or_else(|| SqlError::new("22004", "null values cannot be formatted as an SQL identifier"))?,
            )),
            'L' => out.push_str(&value.map_or_else(|| "NULL".to_owned(), |text| quoted_text(&text))),
            other => return Err(SqlError::new("22023", format!("unrecognized format() type specifier \"{other}\""))),
        }
    }
    text(out)
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for chunk in bytes.chunks(3) {
        let word = chunk.iter().enumerate().fold(0_u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
        for at in 0..4 {
            let index = (word >> (18 - 6 * at) & 63) as usize;
            let letter = LETTERS.get(index).copied().map_or('=', char::from);
            out.push(if at <= chunk.len() { letter } else { '=' });
        }
    }
    out
}

fn bytes(args: &Args<'_>, at: usize) -> Vec<u8> {
    match args.raw(at) {
        ValueRef::Blob(bytes) | ValueRef::Text(bytes) => bytes.to_vec(),
        _ => Vec::new(),
    }
}

fn compiled(pattern: &str, sensitive: bool) -> Result<Regex, SqlError> {
    RegexBuilder::new(pattern).case_insensitive(!sensitive).size_limit(MAX_PATTERN).dfa_size_limit(MAX_PATTERN).build().map_err(|error| {
        let reason = error.to_string();
        let last = reason.lines().last().unwrap_or_default().trim().to_owned();
        SqlError::new("2201B", format!("invalid regular expression: {last}"))
    })
}

fn expressions(conn: &Connection) -> Result<(), SqlError> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    // The pattern is compiled once a statement, when it is the same for all rows.
    conn.create_scalar_function("pg_regex", 4, flags, |context| {
        let args = Args(context);
        let (Some(subject), Some(pattern)) = (args.text(0), args.text(1)) else { return Ok(None) };
        let sensitive = args.int(3) == Some(1);
        let regex = context.get_or_create_aux(1, |_| -> Result<Regex, rusqlite::Error> {
            compiled(&pattern, sensitive).map_err(|error| carried(&error))
        })?;
        Ok(Some(regex.is_match(&subject) == (args.int(2) == Some(1))))
    })?;
    strict(conn, "pg_regexp_replace", -1, |args| {
        let options = words(args, 3);
        let regex = compiled(&words(args, 1), !options.contains('i'))?;
        // PostgreSQL's `\1` is `${1}` here, and a `$` means nothing to it.
        let mut with = words(args, 2).replace('$', "$$");
        for digit in 0..=9 {
            with = with.replace(&format!("\\{digit}"), &format!("${{{digit}}}"));
        }
        let with = with.replace("\\&", "${0}");
        let limit = usize::from(!options.contains('g'));
        text(regex.replacen(&words(args, 0), limit, with.as_str()).into_owned())
    })
}

pub(super) fn register(conn: &Connection) -> Result<(), SqlError> {
    expressions(conn)?;
    strict(conn, "pg_substr", -1, part)?;
    strict(conn, "pg_left", 2, |args| side(args, false))?;
    strict(conn, "pg_right", 2, |args| side(args, true))?;
    strict(conn, "pg_lpad", -1, |args| padded(args, true))?;
    strict(conn, "pg_rpad", -1, |args| padded(args, false))?;
    strict(conn, "pg_repeat", 2, |args| {
        let (own, n) = (words(args, 0), count(args, 1)?);
        if own.len().saturating_mul(n) > MAX_REPEATED {
            Err(SqlError::new("54000", "requested length too large"))
        } else {
            text(own.repeat(n))
        }
    })?;
    strict(conn, "pg_reverse", 1, |args| text(words(args, 0).chars().rev().collect::<String>()))?;
    strict(conn, "pg_initcap", 1, |args| {
        let mut start = true;
        let own = words(args, 0);
        let shown = own.chars().map(|c| {
            let shown = if start { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start = !c.is_alphanumeric();
            shown
        });
        text(shown.collect::<String>())
    })?;
    strict(conn, "pg_split_part", 3, |args| {
        let (own, mark, n) = (words(args, 0), words(args, 1), args.int(2).unwrap_or(1));
        if n == 0 {
            return Err(SqlError::new("22023", "field position must not be zero"));
        }
        let parts: Vec<&str> = if mark.is_empty() { vec![&own] } else { own.split(mark.as_str()).collect() };
        let at = if n > 0 { usize::try_from(n - 1).ok() } else { parts.len().checked_sub(usize::try_from(-n).unwrap_or(usize::MAX)) };
        text(at.and_then(|at| parts.get(at)).copied().unwrap_or_default())
    })?;
    strict(conn, "pg_starts_with", 2, |args| int(words(args, 0).starts_with(&words(args, 1))))?;
    strict(conn, "pg_to_hex", 1, |args| text(format!("{:x}", args.int(0).unwrap_or(0))))?;
    strict(conn, "pg_translate", 3, |args| {
        let (from, to): (Vec<char>, Vec<char>) = (words(args, 1).chars().collect(), words(args, 2).chars().collect());
        let kept = words(args, 0);
        let kept = kept.chars().filter_map(|c| match from.iter().position(|known| *known == c) {
            Some(at) => to.get(at).copied(),
            None => Some(c),
        });
        text(kept.collect::<String>())
    })?;
    strict(conn, "pg_overlay", -1, |args| {
        let (own, what): (Vec<char>, Vec<char>) = (words(args, 0).chars().collect(), words(args, 1).chars().collect());
        let from =
            usize::try_from(args.int(2).unwrap_or(1) - 1).map_err(|_| SqlError::new("22011", "negative substring length not allowed"))?;
        let length = args.int(3).map_or(what.len(), |n| usize::try_from(n).unwrap_or(0));
        let end: Vec<char> = own.iter().skip(from.saturating_add(length)).copied().collect();
        text(own.into_iter().take(from).chain(what).chain(end).collect::<String>())
    })?;
    strict(conn, "pg_quote_ident", 1, |args| text(quoted_name(&words(args, 0))))?;
    strict(conn, "pg_quote_literal", 1, |args| text(quoted_text(&words(args, 0))))?;
    pure(conn, "pg_quote_nullable", 1, |args| text(args.text(0).map_or_else(|| "NULL".to_owned(), |text| quoted_text(&text))))?;
    pure(conn, "pg_format", -1, formatted)?;
    strict(conn, "pg_bit_length", 1, |args| int(8 * i64::try_from(bytes(args, 0).len()).unwrap_or(0)))?;
    strict(conn, "pg_md5", 1, |args| text(super::super::md5::digest(&bytes(args, 0))))?;
    strict(conn, "pg_encode", 2, |args| match words(args, 1).as_str() {
        "hex" => text(bytes(args, 0).iter().map(|b| format!("{b:02x}")).collect::<String>()),
        "base64" => text(base64(&bytes(args, 0))),
        other => Err(SqlError::new("22023", format!("unrecognized encoding: \"{other}\""))),
    })?;
    strict(conn, "pg_decode", 2, |args| match words(args, 1).as_str() {
        "hex" => from_hex(&words(args, 0)).map(Value::Blob).ok_or_else(|| SqlError::new("22023", "invalid hexadecimal digit")),
        other => Err(SqlError::unsupported(format_args!("decode() of \"{other}\""))),
    })?;
    strict(conn, "pg_convert_from", 2, |args| match String::from_utf8(bytes(args, 0)) {
        Ok(own) => text(own),
        Err(_) => Err(SqlError::new("22021", "invalid byte sequence for encoding \"UTF8\"")),
    })
}
