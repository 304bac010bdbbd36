//! What the engine answers when it cannot do as asked: a SQLSTATE and a sentence in PostgreSQL's words, and SQLite's errors put into them.

use pgwire::error::ErrorInfo;
use rusqlite::ErrorCode;

/// A refusal that goes to the client as an ErrorResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlError {
    /// Five characters of SQLSTATE.
    pub code: &'static str,
    /// PostgreSQL's wording where it has one.
    pub message: String,
    /// The remedy, when there is one to name.
    pub hint: Option<String>,
    /// True: the connection ends with it.
    pub fatal: bool,
}

pub(super) const SYNTAX: &str = "42601";
pub(super) const UNSUPPORTED: &str = "0A000";
pub(super) const UNDEFINED_TABLE: &str = "42P01";
pub(super) const UNDEFINED_COLUMN: &str = "42703";
pub(super) const TOO_COMPLEX: &str = "54001";
pub(super) const LIMIT: &str = "54000";
pub(super) const PROTOCOL: &str = "08P01";
pub(super) const INVALID_TEXT: &str = "22P02";
pub(super) const OUT_OF_RANGE: &str = "22003";
pub(super) const READ_ONLY: &str = "25006";
pub(super) const TOO_BUSY: &str = "53300";

impl SqlError {
    pub(super) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), hint: None, fatal: false }
    }

    pub(super) fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new(UNSUPPORTED, format!("{what} is not supported by this engine"))
    }

    pub(super) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub(super) fn fatal(mut self) -> Self {
        self.fatal = true;
        self
    }

    pub(super) fn info(&self) -> ErrorInfo {
        let severity = if self.fatal { "FATAL" } else { "ERROR" };
        let mut info = ErrorInfo::new(severity.to_owned(), self.code.to_owned(), self.message.clone());
        info.hint.clone_from(&self.hint);
        info
    }
}

/// The words between the first `prefix` and the end of `text`.
fn after<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    text.find(prefix).and_then(|at| text.get(at + prefix.len()..)).map(str::trim)
}

impl From<rusqlite::Error> for SqlError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::SqliteFailure(failure, message) => {
                from_code(failure.code, failure.extended_code, &message.unwrap_or_else(|| failure.to_string()))
            }
            rusqlite::Error::SqlInputError { msg, .. } => from_words(&msg),
            rusqlite::Error::InvalidParameterCount(given, wanted) => {
                Self::new(PROTOCOL, format!("bind message supplies {given} parameters, but prepared statement requires {wanted}"))
            }
            rusqlite::Error::MultipleStatement => Self::new(SYNTAX, "cannot insert multiple commands into a prepared statement"),
            other => Self::new("XX000", other.to_string()),
        }
    }
}

fn from_code(code: ErrorCode, extended: i32, message: &str) -> SqlError {
    use rusqlite::ffi;
    match code {
        ErrorCode::ConstraintViolation => match extended {
            ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
                let primary = extended != ffi::SQLITE_CONSTRAINT_UNIQUE;
                SqlError::new("23505", format!("duplicate key value violates unique constraint \"{}\"", constraint(message, primary)))
            }
            ffi::SQLITE_CONSTRAINT_NOTNULL => {
                let place = after(message, "failed:").unwrap_or_default();
                let (table, column) = place.split_once('.').unwrap_or(("", place));
                SqlError::new("23502", format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint"))
            }
            ffi::SQLITE_CONSTRAINT_FOREIGNKEY => SqlError::new("23503", "insert, update or delete violates a foreign key constraint"),
            ffi::SQLITE_CONSTRAINT_CHECK => {
                SqlError::new("23514", format!("new row violates check constraint \"{}\"", after(message, "failed:").unwrap_or_default()))
            }
            _ => SqlError::new("23000", message),
        },
        ErrorCode::OperationInterrupted => SqlError::new("57014", "canceling statement due to user request"),
        ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => SqlError::new("55P03", "the database is locked; try again"),
        ErrorCode::TypeMismatch => SqlError::new("42804", message),
        ErrorCode::TooBig => SqlError::new(LIMIT, message),
        ErrorCode::ReadOnly => SqlError::new(READ_ONLY, "cannot write in a read-only transaction"),
        ErrorCode::DiskFull => SqlError::new("53100", message),
        ErrorCode::OutOfMemory => SqlError::new("53200", message),
        ErrorCode::Unknown => from_words(message),
        _ => SqlError::new("XX000", message),
    }
}

/// `t.a, t.b` of SQLite's message as PostgreSQL would have named the constraint.
fn constraint(message: &str, primary: bool) -> String {
    let list = after(message, "failed:").unwrap_or_default();
    let table = list.split('.').next().unwrap_or_default();
    if primary {
        return format!("{table}_pkey");
    }
    let columns: Vec<&str> = list.split(',').filter_map(|item| item.trim().split('.').nth(1)).collect();
    format!("{table}_{}_key", columns.join("_"))
}

/// SQLite has one code for every mistake in a statement, so its words decide.
fn from_words(message: &str) -> SqlError {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    if let Some(name) = after(message, "no such table:") {
        SqlError::new(UNDEFINED_TABLE, format!("relation \"{}\" does not exist", last(name)))
    } else if let Some(name) = after(message, "no such index:") {
        SqlError::new("42704", format!("index \"{name}\" does not exist"))
    } else if let Some(name) = after(message, "no such column:") {
        SqlError::new(UNDEFINED_COLUMN, format!("column \"{}\" does not exist", last(name)))
    } else if let Some((table, name)) = message.split_once(" has no column named ") {
        let table = table.trim_start_matches("table ");
        SqlError::new(UNDEFINED_COLUMN, format!("column \"{name}\" of relation \"{table}\" does not exist"))
    } else if let Some(name) = after(message, "no such function:") {
        SqlError::new("42883", format!("function {name} does not exist"))
    } else if message.contains("wrong number of arguments to function") {
        SqlError::new("42883", message)
    } else if let Some(name) = after(message, "ambiguous column name:") {
        SqlError::new("42702", format!("column reference \"{name}\" is ambiguous"))
    } else if message.contains("already exists") {
        let name = message.split_whitespace().nth(1).unwrap_or_default().trim_matches('"');
        SqlError::new("42P07", format!("relation \"{name}\" already exists"))
    } else if message.contains("ON CONFLICT clause does not match") {
        SqlError::new("42P10", "there is no unique or exclusion constraint matching the ON CONFLICT specification")
    } else if message.contains("misuse of aggregate") {
        SqlError::new("42803", message)
    } else if message.contains("too many SQL variables") || message.contains("Expression tree is too large") {
        SqlError::new(LIMIT, message)
    } else if let Some(what) = message.strip_prefix("pg:") {
        // Raised by the engine's own SQL functions: `pg:CODE:words`.
        match what.split_once(':') {
            Some(("22P02", words)) => SqlError::new(INVALID_TEXT, words),
            _ => SqlError::new("XX000", what),
        }
    } else {
        SqlError::new(SYNTAX, message)
    }
}
