//! What a server answers to one statement, as lines of text that can be compared: through the simple protocol, and for what only reads or
//! has parameters through the extended one too, with types and binary values.

use std::error::Error;

use bytes::BytesMut;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type};
use tokio_postgres::{Client, Row, SimpleQueryMessage};

/// A parameter written as text; `None` is NULL.
#[derive(Debug)]
struct Text<'a>(Option<&'a str>);

impl ToSql for Text<'_> {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let Some(text) = self.0 else { return Ok(IsNull::Yes) };
        out.extend_from_slice(text.as_bytes());
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, _: &Type) -> Format {
        Format::Text
    }

    tokio_postgres::types::to_sql_checked!();
}

/// A value's bytes as they came.
struct Raw<'a>(&'a [u8]);

impl<'a> FromSql<'a> for Raw<'a> {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(raw))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

fn int<const N: usize>(bytes: &[u8]) -> i64 {
    let mut wide = [if bytes.first().is_some_and(|b| b & 0x80 != 0) { 0xff } else { 0 }; 8];
    assert_eq!(bytes.len(), N, "a value of {N} bytes");
    wide[8 - N..].copy_from_slice(bytes);
    i64::from_be_bytes(wide)
}

/// A binary value as PostgreSQL would write it; `None` for a type that is not read here.
fn shown(ty: &Type, bytes: &[u8]) -> Option<String> {
    let text = || String::from_utf8_lossy(bytes).into_owned();
    Some(match *ty {
        Type::BOOL => if bytes == [1] { "t" } else { "f" }.to_owned(),
        Type::INT2 => int::<2>(bytes).to_string(),
        Type::INT4 => int::<4>(bytes).to_string(),
        Type::INT8 => int::<8>(bytes).to_string(),
        Type::OID => u32::from_be_bytes(bytes.try_into().expect("4 bytes")).to_string(),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::CHAR | Type::JSON | Type::UNKNOWN => text(),
        Type::JSONB => {
            assert_eq!(bytes.first(), Some(&1), "jsonb's version");
            String::from_utf8_lossy(&bytes[1..]).into_owned()
        }
        Type::BYTEA => format!("\\x{}", hex(bytes)),
        Type::UUID => {
            let digits = hex(bytes);
            [&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-")
        }
        Type::NUMERIC => numeric(bytes),
        Type::FLOAT4 => f32::from_be_bytes(bytes.try_into().expect("4 bytes")).to_string(),
        Type::FLOAT8 => f64::from_be_bytes(bytes.try_into().expect("8 bytes")).to_string(),
        Type::DATE => format!("day {}", int::<4>(bytes)),
        Type::TIMESTAMP | Type::TIMESTAMPTZ => format!("us {}", int::<8>(bytes)),
        _ => return None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// PostgreSQL's base 10,000 digits.
fn numeric(bytes: &[u8]) -> String {
    let word = |at: usize| u16::from_be_bytes([bytes[at], bytes[at + 1]]);
    let (digits, weight, sign, scale) = (word(0) as i32, word(2).cast_signed() as i32, word(4), word(6) as usize);
    if sign == 0xc000 {
        return "NaN".to_owned();
    }
    let digit = |at: i32| if (0..digits).contains(&at) { word(8 + 2 * at as usize) } else { 0 };
    let mut whole: String = (0..=weight.max(0)).map(|at| format!("{:04}", if weight < 0 { 0 } else { digit(at) })).collect();
    let kept = whole.trim_start_matches('0').to_owned();
    whole = if kept.is_empty() { "0".to_owned() } else { kept };
    let fraction: String = (1..=scale.div_ceil(4) as i32).map(|at| format!("{:04}", digit(weight + at))).collect();
    let point = if scale > 0 { "." } else { "" };
    format!("{}{whole}{point}{}", if sign == 0x4000 { "-" } else { "" }, &fraction[..scale])
}

/// True when a type's binary form above is written as its text form is.
fn comparable(ty: &Type) -> bool {
    !matches!(*ty, Type::FLOAT4 | Type::FLOAT8 | Type::DATE | Type::TIMESTAMP | Type::TIMESTAMPTZ)
}

fn binary(row: &Row) -> Vec<Option<String>> {
    (0..row.len())
        .map(|at| {
            let ty = row.columns()[at].type_().clone();
            let raw: Option<Raw<'_>> = row.get(at);
            raw.map(|raw| shown(&ty, raw.0).unwrap_or_else(|| format!("{ty}:{}", hex(raw.0))))
        })
        .collect()
}

fn line(values: &[Option<String>]) -> String {
    let shown: Vec<String> = values.iter().map(|value| value.as_ref().map_or("\\N".to_owned(), |v| v.replace('\n', "\\n"))).collect();
    format!("- {}", shown.join("|"))
}

fn types(types: &[Type]) -> String {
    types.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn columns(statement: &tokio_postgres::Statement) -> String {
    statement.columns().iter().map(|c| format!("{} {}", c.name(), c.type_())).collect::<Vec<_>>().join(", ")
}

/// A refusal's lines; the message stands last and alone, since it is not compared.
fn refusal(error: &tokio_postgres::Error) -> Vec<String> {
    let Some(db) = error.as_db_error() else { return vec![format!("! client: {error}")] };
    let mut lines = vec![format!("! {}", db.code().code())];
    let fields = [("constraint", db.constraint()), ("table", db.table()), ("column", db.column()), ("detail", db.detail())];
    for (name, value) in fields {
        // A failing row's whole content is not told by the embedded engine; the docs say so.
        if let Some(value) = value.filter(|value| !value.starts_with("Failing row contains")) {
            lines.push(format!("! {name}: {value}"));
        }
    }
    lines.push(format!("# {}", db.message()));
    lines
}

/// Runs `sql` and says what came: `=` columns, `-` rows, `:` rows touched, `!` refusal, `$` parameter types, `#` words.
pub(crate) async fn answer(client: &Client, sql: &str, params: &[Option<String>]) -> Vec<String> {
    if !params.is_empty() {
        return extended(client, sql, params).await;
    }
    let mut lines = Vec::new();
    let mut rows: Vec<Vec<Option<String>>> = Vec::new();
    let messages = match client.simple_query(sql).await {
        Ok(messages) => messages,
        Err(error) => return refusal(&error),
    };
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(_) => rows.clear(),
            SimpleQueryMessage::Row(row) => {
                let values: Vec<Option<String>> = (0..row.len()).map(|at| row.get(at).map(str::to_owned)).collect();
                lines.push(line(&values));
                rows.push(values);
            }
            SimpleQueryMessage::CommandComplete(count) => lines.push(format!(": {count}")),
            _ => {}
        }
    }
    let reads = ["select", "with", "values"].iter().any(|word| sql.get(..word.len()).is_some_and(|w| w.eq_ignore_ascii_case(word)));
    if reads && !sql.contains(';') {
        match client.prepare(sql).await {
            Ok(statement) => {
                lines.insert(0, format!("= {}", columns(&statement)));
                match client.query(&statement, &[]).await {
                    Ok(found) => {
                        let same = found.len() == rows.len()
                            && found.iter().zip(&rows).all(|(binary_row, text)| {
                                binary(binary_row).iter().zip(text).zip(binary_row.columns()).all(|((binary, text), column)| {
                                    binary == text || (!comparable(column.type_()) && binary.is_some() == text.is_some())
                                })
                            });
                        if !same {
                            lines.push("? the binary values differ:".to_owned());
                            lines.extend(found.iter().map(|row| line(&binary(row))));
                        }
                    }
                    Err(error) => lines.extend(refusal(&error).into_iter().map(|line| format!("? extended {line}"))),
                }
            }
            Err(error) => lines.extend(refusal(&error).into_iter().map(|line| format!("? extended {line}"))),
        }
    }
    lines
}

async fn extended(client: &Client, sql: &str, params: &[Option<String>]) -> Vec<String> {
    let statement = match client.prepare(sql).await {
        Ok(statement) => statement,
        Err(error) => return refusal(&error),
    };
    let mut lines = vec![format!("$ {}", types(statement.params()))];
    if !statement.columns().is_empty() {
        lines.push(format!("= {}", columns(&statement)));
    }
    let texts: Vec<Text<'_>> = params.iter().map(|param| Text(param.as_deref())).collect();
    let values: Vec<&(dyn ToSql + Sync)> = texts.iter().map(|text| text as &(dyn ToSql + Sync)).collect();
    let result = if statement.columns().is_empty() {
        client.execute(&statement, &values).await.map(|count| vec![format!(": {count}")])
    } else {
        client.query(&statement, &values).await.map(|rows| rows.iter().map(|row| line(&binary(row))).collect())
    };
    match result {
        Ok(more) => lines.extend(more),
        Err(error) => lines.extend(refusal(&error)),
    }
    lines
}
