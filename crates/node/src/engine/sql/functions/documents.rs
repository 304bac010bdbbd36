//! Operators and functions of `json` and `jsonb`.

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use super::super::error::SqlError;
use super::super::json::{self, Json};
use super::super::types::{PgType, output};
use super::{Answer, Args, int, pure, strict, text};

fn document(args: &Args<'_>, at: usize) -> Result<Json, SqlError> {
    json::parse(&args.text(at).unwrap_or_default())
}

/// The keys of an array parameter.
fn path(args: &Args<'_>, at: usize) -> Vec<String> {
    let words = args.text(at).unwrap_or_default();
    let inner = words.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    match inner {
        Some("") => Vec::new(),
        Some(inner) => inner.split(',').map(|key| key.trim().trim_matches('"').to_owned()).collect(),
        None => serde_json::from_str(&words).unwrap_or_default(),
    }
}

fn found(document: Option<&Json>) -> Answer {
    Ok(document.map_or(Value::Null, |document| Value::Text(document.to_string())))
}

fn plain(document: Option<&Json>) -> Answer {
    Ok(document.and_then(Json::plain).map_or(Value::Null, Value::Text))
}

fn follow<'a>(document: &'a Json, path: &[String]) -> Option<&'a Json> {
    path.iter().try_fold(document, |document, key| document.get(key))
}

/// A value of type `ty` as a document.
fn of(ty: PgType, value: ValueRef<'_>) -> Result<Json, SqlError> {
    Ok(match (ty, value) {
        (_, ValueRef::Null) => Json::Null,
        (PgType::Bool, ValueRef::Integer(n)) => Json::Bool(n != 0),
        (_, ValueRef::Integer(_) | ValueRef::Real(_)) | (PgType::Numeric, _) => Json::Number(output::shown(ty, value)?),
        (PgType::Json | PgType::Jsonb, ValueRef::Text(bytes)) => json::parse(&String::from_utf8_lossy(bytes))?,
        (ty, value) => Json::Text(output::shown(ty, value)?),
    })
}

pub(super) fn register(conn: &Connection) -> Result<(), SqlError> {
    strict(conn, "pg_json_get", 2, |args| found(document(args, 0)?.get(&args.text(1).unwrap_or_default())))?;
    strict(conn, "pg_json_text", 2, |args| plain(document(args, 0)?.get(&args.text(1).unwrap_or_default())))?;
    strict(conn, "pg_json_path", 2, |args| found(follow(&document(args, 0)?, &path(args, 1))))?;
    strict(conn, "pg_json_path_text", 2, |args| plain(follow(&document(args, 0)?, &path(args, 1))))?;
    strict(conn, "pg_json_contains", 2, |args| int(document(args, 0)?.contains(&document(args, 1)?)))?;
    strict(conn, "pg_json_has", 2, |args| int(document(args, 0)?.has(&args.text(1).unwrap_or_default())))?;
    strict(conn, "pg_json_join", 2, |args| text(document(args, 0)?.joined(document(args, 1)?).to_string()))?;
    strict(conn, "pg_json_without", 2, |args| text(document(args, 0)?.without(&args.text(1).unwrap_or_default()).to_string()))?;
    strict(conn, "pg_json_kind", 1, |args| text(document(args, 0)?.kind()))?;
    strict(conn, "pg_json_set", -1, |args| {
        let create = args.len() < 4 || args.int(3) == Some(1);
        text(document(args, 0)?.set(&path(args, 1), document(args, 2)?, create).to_string())
    })?;
    pure(conn, "pg_to_json", 2, |args| match args.raw(0) {
        ValueRef::Null => Ok(Value::Null),
        value => text(of(args.ty(1), value)?.to_string()),
    })?;
    pure(conn, "pg_json_object", -1, |args| {
        let mut items = Vec::new();
        for at in (0..args.len()).step_by(2) {
            let key = args.text(at).ok_or_else(|| SqlError::new("22023", format!("argument {}: key must not be null", at + 1)))?;
            let ty = if matches!(args.raw(at + 1), ValueRef::Text(_)) { PgType::Text } else { PgType::Float8 };
            items.push(format!("{}: {}", json::quoted(&key), of(ty, args.raw(at + 1))?));
        }
        text(json::normal(&format!("{{{}}}", items.join(", ")))?)
    })
}
