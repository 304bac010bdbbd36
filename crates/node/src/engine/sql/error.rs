//! What the engine answers when it cannot do as asked: a SQLSTATE and a sentence in PostgreSQL's words, and SQLite's errors put into them.

use pgwire::error::ErrorInfo;
use rusqlite::ErrorCode;

/// What a refusal is about, for clients that look at the fields.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub constraint: Option<String>,
    pub table: Option<String>,
    pub column: Option<String>,
    /// Where in the client's data it happened.
    pub context: Option<String>,
}

/// A refusal that goes to the client as an ErrorResponse.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SqlError {
    /// Five characters of SQLSTATE.
    pub code: &'static str,
    /// PostgreSQL's wording where it has one.
    pub message: String,
    /// What exactly was wrong.
    pub detail: Option<String>,
    /// The remedy, when there is one to name.
    pub hint: Option<String>,
    /// Constraint, table and column that it is about, and the place in the client's data.
    pub place: Box<Place>,
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
        Self { code, message: message.into(), detail: None, hint: None, place: Box::default(), fatal: false }
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
        info.detail.clone_from(&self.detail);
        info.hint.clone_from(&self.hint);
        info.where_context.clone_from(&self.place.context);
        info.constraint.clone_from(&self.place.constraint);
        info.table.clone_from(&self.place.table);
        info.column.clone_from(&self.place.column);
        if self.place.table.is_some() {
            info.schema = Some("public".to_owned());
        }
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
    match code {
        ErrorCode::ConstraintViolation => violation(extended, message),
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

/// A broken constraint as far as SQLite tells; `violation.rs` finds the rest with the tables at hand.
fn violation(extended: i32, message: &str) -> SqlError {
    use rusqlite::ffi;
    let list = after(message, "failed:").unwrap_or_default();
    let table = list.split('.').next().unwrap_or_default();
    let columns: Vec<&str> = list.split(',').filter_map(|item| item.trim().split('.').nth(1)).collect();
    let mut error = match extended {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY | ffi::SQLITE_CONSTRAINT_ROWID => {
            let primary = extended != ffi::SQLITE_CONSTRAINT_UNIQUE;
            let name = if primary { format!("{table}_pkey") } else { format!("{table}_{}_key", columns.join("_")) };
            let mut error = SqlError::new("23505", format!("duplicate key value violates unique constraint \"{name}\""));
            error.place.constraint = Some(name);
            // For the columns only: they are taken out again once the constraint is known.
            error.place.column = Some(columns.join(","));
            error
        }
        ffi::SQLITE_CONSTRAINT_NOTNULL => {
            let column = columns.first().copied().unwrap_or_default();
            let words = format!("null value in column \"{column}\" of relation \"{table}\" violates not-null constraint");
            let mut error = SqlError::new("23502", words);
            error.place.column = Some(column.to_owned());
            error
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => return SqlError::new("23503", "insert, update or delete violates a foreign key constraint"),
        ffi::SQLITE_CONSTRAINT_CHECK => {
            let mut error = SqlError::new("23514", format!("new row violates check constraint \"{list}\""));
            error.place.constraint = Some(list.to_owned());
            return error;
        }
        _ => return SqlError::new("23000", message),
    };
    error.place.table = Some(table.to_owned());
    error
}

/// The SQLSTATEs that the engine's own SQL functions raise.
const RAISED: [&str; 20] = [
    "0A000", "22001", "22003", "22004", "22007", "22008", "22011", "22012", "22021", "22023", "2201B", "2201W", "22P02", "42704", "42804",
    "42846", "54000", "55000", "22P03", "42883",
];

/// What a function raised: `pg:CODE:words`, perhaps with a detail after a control character.
fn raised(text: &str) -> SqlError {
    let (code, rest) = text.split_once(':').unwrap_or(("", text));
    let (words, detail) = rest.split_once('\u{1}').unwrap_or((rest, ""));
    let mut error = SqlError::new(RAISED.into_iter().find(|known| *known == code).unwrap_or("XX000"), words);
    error.detail = Some(detail.to_owned()).filter(|detail| !detail.is_empty());
    error
}

/// SQLite has one code for every mistake in a statement, so its words decide.
fn from_words(message: &str) -> SqlError {
    let last = |name: &str| name.rsplit('.').next().unwrap_or(name).to_owned();
    if let Some(what) = after(message, "pg:") {
        raised(what)
    } else if let Some(name) = after(message, "no such table:") {
        SqlError::new(UNDEFINED_TABLE, format!("relation \"{}\" does not exist", last(name)))
    } else if let Some(name) = after(message, "no such index:") {
        SqlError::new("42704", format!("index \"{name}\" does not exist"))
    } else if let Some(name) = after(message, "no such column:") {
        match name.split_once('.') {
            Some(_) => SqlError::new(UNDEFINED_COLUMN, format!("column {name} does not exist")),
            None => SqlError::new(UNDEFINED_COLUMN, format!("column \"{}\" does not exist", last(name))),
        }
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
    } else if message == "integer overflow" {
        SqlError::new(OUT_OF_RANGE, "bigint out of range")
    } else if message.contains("values for") && message.contains("columns") {
        SqlError::new(SYNTAX, "INSERT has more expressions than target columns")
    } else if message.contains("ORDER BY term out of range") || message.contains("GROUP BY term out of range") {
        SqlError::new("42P10", "ORDER BY position is not in select list")
    } else if message.contains("do not have the same number of result columns") {
        SqlError::new(SYNTAX, "each UNION query must have the same number of columns")
    } else if message.contains("sub-select returns") {
        SqlError::new(SYNTAX, "subquery must return only one column")
    } else if message.contains("duplicate column name") {
        let name = after(message, "duplicate column name:").unwrap_or_default();
        SqlError::new("42701", format!("column \"{name}\" specified more than once"))
    } else if message.contains("no such collation") {
        SqlError::new("42704", message)
    } else {
        SqlError::new(SYNTAX, message)
    }
}
