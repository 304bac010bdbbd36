//! The quick way for `INSERT INTO t (..) VALUES (..), (..), ...` of many rows: read in one pass, run as one prepared row repeated.
//! Whatever it does not recognise is left to the full parser, so it may only say less, never something else.

use rusqlite::types::Value;

use super::infer::MAX_PARAMETERS;
use super::schema::Schema;
use super::types::{self, NO_MODIFIER, PgType};

/// One value of one row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cell {
    Literal(Value),
    /// 0-based parameter.
    Parameter(usize),
}

/// Rows for one table, as one statement of a single row and what goes into it.
#[derive(Debug, PartialEq)]
pub(super) struct Bulk {
    pub sql: String,
    /// Values of a row.
    pub width: usize,
    /// Row after row, `width` each.
    pub cells: Vec<Cell>,
    pub params: Vec<PgType>,
}

/// Statements shorter than this are no bulk, in bytes.
const MIN_LEN: usize = 256;
/// Most values of one statement.
const MAX_CELLS: usize = 1_000_000;

struct Scan<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Scan<'a> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn space(&mut self) {
        while self.peek().is_some_and(|b| b.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// The byte, after white space.
    fn byte(&mut self, wanted: u8) -> bool {
        self.space();
        let hit = self.peek() == Some(wanted);
        self.at += usize::from(hit);
        hit
    }

    fn while_bytes(&mut self, keep: impl Fn(u8) -> bool) -> &'a str {
        let start = self.at;
        while self.peek().is_some_and(&keep) {
            self.at += 1;
        }
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn word(&mut self) -> &'a str {
        self.space();
        self.while_bytes(|b| b.is_ascii_alphanumeric() || b == b'_')
    }

    fn keyword(&mut self, wanted: &str) -> Option<()> {
        self.word().eq_ignore_ascii_case(wanted).then_some(())
    }

    /// The rest of a string whose opening quote has been read.
    fn string(&mut self) -> Option<String> {
        let mut text = String::new();
        loop {
            text.push_str(self.while_bytes(|b| b != b'\''));
            self.at += 1;
            if self.peek() != Some(b'\'') {
                // Past the end when the quote was never closed.
                return (self.at <= self.text.len()).then_some(text);
            }
            text.push('\'');
            self.at += 1;
        }
    }
}

/// The rows of `sql`; `None` when it is not plainly such a statement.
pub(super) fn parse(sql: &str, schema: &Schema, announced: &[u32]) -> Option<Bulk> {
    if sql.len() < MIN_LEN {
        return None;
    }
    let mut scan = Scan { text: sql, at: 0 };
    scan.keyword("insert")?;
    scan.keyword("into")?;
    let table = schema.table(scan.word())?;
    let mut columns = Vec::new();
    if scan.byte(b'(') {
        loop {
            columns.push(table.column(scan.word())?);
            if scan.byte(b')') {
                break;
            }
            scan.byte(b',').then_some(())?;
        }
    } else {
        columns.extend(&table.columns);
    }
    // A key that must be given would be numbered by SQLite: the full parser says so.
    let given = |name: &str| columns.iter().any(|column| column.name == name);
    if table.columns.iter().any(|column| column.not_null && column.default.is_none() && !column.serial && !given(&column.name)) {
        return None;
    }
    scan.keyword("values")?;
    let width = columns.len();
    let mut cells = Vec::new();
    let mut params: Vec<Option<PgType>> = Vec::new();
    loop {
        scan.byte(b'(').then_some(())?;
        for (at, column) in columns.iter().enumerate() {
            if at > 0 {
                scan.byte(b',').then_some(())?;
            }
            let cell = match cell(&mut scan, column.ty)? {
                Cell::Literal(value) => Cell::Literal(types::input::shaped(value, column.ty, column.modifier, false).ok()?),
                // A length is checked by the column itself, a precision is not.
                Cell::Parameter(_) if column.modifier != NO_MODIFIER && column.ty != PgType::Varchar => return None,
                parameter => parameter,
            };
            if matches!(cell, Cell::Literal(Value::Null)) && column.not_null && !column.serial {
                return None;
            }
            if let Cell::Parameter(number) = &cell {
                if params.len() <= *number {
                    params.resize(number + 1, None);
                }
                params.get_mut(*number)?.get_or_insert(column.ty);
            }
            cells.push(cell);
        }
        scan.byte(b')').then_some(())?;
        if cells.len() > MAX_CELLS {
            return None;
        }
        if !scan.byte(b',') {
            break;
        }
    }
    let tail = tail(&mut scan, table)?;
    let names: Vec<String> = columns.iter().map(|column| format!("\"{}\"", column.name)).collect();
    let marks: Vec<String> = (1..=width).map(|n| format!("?{n}")).collect();
    let params = (0..params.len().max(announced.len()))
        .map(|at| match announced.get(at) {
            Some(oid) if *oid != 0 => PgType::from_oid(*oid).ok(),
            _ => Some(params.get(at).copied().flatten().unwrap_or(PgType::Text)),
        })
        .collect::<Option<Vec<_>>>()?;
    Some(Bulk {
        sql: format!("INSERT INTO \"{}\" ({}) VALUES ({}){tail}", table.name, names.join(", "), marks.join(", ")),
        width,
        cells,
        params,
    })
}

/// The end of the statement, or `ON CONFLICT [(columns)] DO NOTHING`.
fn tail(scan: &mut Scan<'_>, table: &super::schema::Table) -> Option<String> {
    let mut tail = String::new();
    scan.space();
    if scan.peek().is_some_and(|b| b.is_ascii_alphabetic()) {
        scan.keyword("on")?;
        scan.keyword("conflict")?;
        tail.push_str(" ON CONFLICT");
        if scan.byte(b'(') {
            let mut names = Vec::new();
            loop {
                names.push(format!("\"{}\"", table.column(scan.word())?.name));
                if scan.byte(b')') {
                    break;
                }
                scan.byte(b',').then_some(())?;
            }
            tail.push_str(&format!(" ({})", names.join(", ")));
        }
        scan.keyword("do")?;
        scan.keyword("nothing")?;
        tail.push_str(" DO NOTHING");
    }
    while scan.byte(b';') {}
    scan.space();
    scan.peek().is_none().then_some(tail)
}

fn cell(scan: &mut Scan<'_>, ty: PgType) -> Option<Cell> {
    scan.space();
    Some(match scan.peek()? {
        b'\'' => {
            scan.at += 1;
            let text = scan.string()?;
            Cell::Literal(if ty == PgType::Text { Value::Text(text) } else { types::input::from_text(ty, &text).ok()? })
        }
        b'$' => {
            scan.at += 1;
            let number: usize = scan.while_bytes(|b| b.is_ascii_digit()).parse().ok()?;
            // A cast or an operator would follow.
            (1..=MAX_PARAMETERS).contains(&number).then_some(Cell::Parameter(number - 1))?
        }
        b'-' | b'0'..=b'9' => {
            let number = scan.while_bytes(|b| b.is_ascii_digit() || b == b'-' || b == b'.');
            match ty {
                PgType::Int2 | PgType::Int4 | PgType::Int8 | PgType::Float4 | PgType::Float8 | PgType::Numeric => {
                    Cell::Literal(types::input::from_text(ty, number).ok()?)
                }
                _ => return None,
            }
        }
        _ => {
            let word = scan.word();
            match ty {
                _ if word.eq_ignore_ascii_case("null") => Cell::Literal(Value::Null),
                PgType::Bool if word.eq_ignore_ascii_case("true") => Cell::Literal(Value::Integer(1)),
                PgType::Bool if word.eq_ignore_ascii_case("false") => Cell::Literal(Value::Integer(0)),
                _ => return None,
            }
        }
    })
}
