//! COPY between a table and the client's own stream: `COPY t FROM STDIN`, `COPY t TO STDOUT`, `COPY (query) TO STDOUT`, in the text and CSV forms.
//! What is asked for; the forms themselves are in [`lines`].
//! Source: <https://www.postgresql.org/docs/15/sql-copy.html>.

use sqlparser::ast::{CopyLegacyCsvOption, CopyLegacyOption, CopyOption, CopySource, CopyTarget, Ident, ObjectName, Statement};
use sqlparser::tokenizer::Token;

use super::error::{SYNTAX, SqlError, UNDEFINED_COLUMN, UNSUPPORTED};
use super::infer::{self, last_name};
use super::schema::Schema;
use super::types::PgType;

pub(super) mod lines;

use lines::Form;

/// What a COPY does.
#[derive(Debug, PartialEq)]
pub(super) enum Copy {
    In(CopyIn),
    Out(CopyOut),
}

/// Rows from the client into a table.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct CopyIn {
    pub table: String,
    pub columns: Vec<Into>,
    /// A column that must have a value and gets none: every row is refused. SQLite would number such a key.
    pub missing: Option<String>,
    /// SQLite's text of one row.
    pub sql: String,
    pub form: Form,
}

/// A column that is filled.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Into {
    pub name: String,
    pub ty: PgType,
    pub modifier: i32,
}

/// Rows of a query to the client.
#[derive(Debug, PartialEq)]
pub(super) struct CopyOut {
    /// As PostgreSQL reads it.
    pub query: String,
    pub form: Form,
}

/// Spells `FREEZE ON` and `HEADER OFF` as the parser reads them.
pub(super) fn spell(tokens: &mut [Token]) {
    let is = |token: &Token, words: &[&str]| matches!(token, Token::Word(word) if words.iter().any(|w| word.value.eq_ignore_ascii_case(w)));
    let mut seen = tokens.iter_mut().filter(|token| !matches!(token, Token::Whitespace(_))).peekable();
    if !seen.next().is_some_and(|first| is(first, &["copy"])) {
        return;
    }
    while let Some(token) = seen.next() {
        if is(token, &["freeze", "header"])
            && let Some(next) = seen.next_if(|next| is(next, &["on", "off"]))
        {
            *next = Token::make_keyword(if is(next, &["on"]) { "TRUE" } else { "FALSE" });
        }
    }
}

/// The COPY that a statement is; `None` when it is another statement.
pub(super) fn translate(statement: &Statement, schema: &Schema) -> Result<Option<Copy>, SqlError> {
    let Statement::Copy { source, to, target, options, legacy_options, values } = statement else { return Ok(None) };
    let verb = if *to { "TO" } else { "FROM" };
    match (to, target) {
        (false, CopyTarget::Stdin) | (true, CopyTarget::Stdout) => {}
        (_, CopyTarget::File { .. } | CopyTarget::Program { .. }) => {
            return Err(SqlError::new(UNSUPPORTED, format!("COPY {verb} a file or program of the server is not supported by this engine"))
                .hint("psql's \\copy reads and writes files of the client."));
        }
        _ => return Err(SqlError::new(SYNTAX, format!("COPY {verb} takes {}", if *to { "STDOUT" } else { "STDIN" }))),
    }
    if !values.is_empty() {
        return Err(SqlError::unsupported("a statement after COPY FROM STDIN in the same text").hint("Send it by itself."));
    }
    let form = form(options, legacy_options)?;
    Ok(Some(match source {
        CopySource::Query(query) => Copy::Out(CopyOut { query: query.to_string(), form }),
        CopySource::Table { table_name, columns } if *to => {
            let listed: Vec<String> = columns.iter().map(ToString::to_string).collect();
            let list = if listed.is_empty() { "*".to_owned() } else { listed.join(", ") };
            Copy::Out(CopyOut { query: format!("SELECT {list} FROM {table_name}"), form })
        }
        CopySource::Table { table_name, columns } => Copy::In(into(table_name, columns, form, schema)?),
    }))
}

fn into(name: &ObjectName, listed: &[Ident], form: Form, schema: &Schema) -> Result<CopyIn, SqlError> {
    let table = infer::known(schema, &last_name(name).to_lowercase())?;
    if table.is_view || table.catalogue {
        return Err(SqlError::new("42809", format!("cannot copy to view \"{}\"", table.name)));
    }
    let mut columns = Vec::new();
    for ident in listed {
        let name = if ident.quote_style.is_some() { ident.value.clone() } else { ident.value.to_lowercase() };
        let missing = || SqlError::new(UNDEFINED_COLUMN, format!("column \"{name}\" of relation \"{}\" does not exist", table.name));
        let column = table.column(&name).ok_or_else(missing)?;
        if columns.iter().any(|known: &&super::schema::Column| known.name == column.name) {
            return Err(SqlError::new("42701", format!("column \"{name}\" specified more than once")));
        }
        columns.push(column);
    }
    if listed.is_empty() {
        columns.extend(&table.columns);
    }
    let given = |name: &str| columns.iter().any(|column| column.name == name);
    let missing = table.columns.iter().find(|column| column.not_null && column.default.is_none() && !column.serial && !given(&column.name));
    let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let marks: Vec<String> = (1..=columns.len()).map(|n| format!("?{n}")).collect();
    Ok(CopyIn {
        table: table.name.clone(),
        missing: missing.map(|column| column.name.clone()),
        sql: format!("INSERT INTO \"{}\" ({}) VALUES ({})", table.name, names.join(", "), marks.join(", ")),
        columns: columns.iter().map(|column| Into { name: column.name.clone(), ty: column.ty, modifier: column.modifier }).collect(),
        form,
    })
}

/// The form that the options ask for, in their new (`WITH (FORMAT csv)`) or old (`WITH CSV HEADER`) spelling.
fn form(options: &[CopyOption], legacy: &[CopyLegacyOption]) -> Result<Form, SqlError> {
    let (mut csv, mut delimiter, mut null, mut header, mut quote, mut escape) = (false, None, None, false, None, None);
    for option in options {
        match option {
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("csv") => csv = true,
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("text") => csv = false,
            CopyOption::Format(name) if name.value.eq_ignore_ascii_case("binary") => return Err(binary()),
            CopyOption::Format(name) => {
                return Err(SqlError::new("22023", format!("COPY format \"{}\" not recognized", name.value)));
            }
            CopyOption::Delimiter(given) => delimiter = Some(*given),
            CopyOption::Null(given) => null = Some(given.clone()),
            CopyOption::Header(given) => header = *given,
            CopyOption::Quote(given) => quote = Some(*given),
            CopyOption::Escape(given) => escape = Some(*given),
            // A promise about speed only.
            CopyOption::Freeze(_) => {}
            CopyOption::Encoding(name) if matches!(name.to_lowercase().as_str(), "utf8" | "utf-8") => {}
            other => return Err(SqlError::unsupported(format_args!("COPY with {other}"))),
        }
    }
    for option in legacy {
        match option {
            CopyLegacyOption::Binary => return Err(binary()),
            CopyLegacyOption::Delimiter(given) => delimiter = Some(*given),
            CopyLegacyOption::Null(given) => null = Some(given.clone()),
            CopyLegacyOption::Header => header = true,
            CopyLegacyOption::Csv(more) => {
                csv = true;
                for option in more {
                    match option {
                        CopyLegacyCsvOption::Header => header = true,
                        CopyLegacyCsvOption::Quote(given) => quote = Some(*given),
                        CopyLegacyCsvOption::Escape(given) => escape = Some(*given),
                        other => return Err(SqlError::unsupported(format_args!("COPY with {other}"))),
                    }
                }
            }
            other => return Err(SqlError::unsupported(format_args!("COPY with {other}"))),
        }
    }
    if !csv && (quote.is_some() || escape.is_some()) {
        let what = if quote.is_some() { "quote" } else { "escape" };
        return Err(SqlError::new(UNSUPPORTED, format!("COPY {what} available only in CSV mode")));
    }
    let byte = |what: &str, given: Option<char>, usual: u8| match given {
        None => Ok(usual),
        Some(c) if c.is_ascii() && !matches!(c, '\n' | '\r' | '\0') => Ok(c as u8),
        Some(_) => Err(SqlError::new(UNSUPPORTED, format!("COPY {what} must be a single one-byte character"))),
    };
    let quote = byte("quote", quote, b'"')?;
    let form = Form {
        delimiter: byte("delimiter", delimiter, if csv { b',' } else { b'\t' })?,
        null: null.unwrap_or_else(|| if csv { String::new() } else { "\\N".to_owned() }),
        header,
        quotes: if csv { Some((quote, byte("escape", escape, quote)?)) } else { None },
    };
    if form.quotes.is_some_and(|(quote, _)| quote == form.delimiter) {
        return Err(SqlError::new("22023", "COPY delimiter and quote must be different"));
    }
    if form.null.contains(['\n', '\r']) {
        return Err(SqlError::new("22023", "COPY null representation cannot use newline or carriage return"));
    }
    Ok(form)
}

fn binary() -> SqlError {
    SqlError::unsupported("the binary form of COPY").hint("Use the text or CSV form.")
}
