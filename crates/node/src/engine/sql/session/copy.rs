//! COPY on a connection: the client's data into a table, a query's rows to the client. From the first message to the last nothing else is
//! answered, as in the [protocol](https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-COPY).

use std::mem;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use bytes::{Buf, BytesMut};
use pgwire::messages::copy::{CopyDone, CopyInResponse, CopyOutResponse};
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};

use super::super::bulk::{Bulk, Cell};
use super::super::compile::{self, Action, Compiled, Cost, Field};
use super::super::copy::lines::{self, Form, Reader};
use super::super::copy::{Copy, CopyIn, CopyOut};
use super::super::error::{PROTOCOL, SqlError};
use super::super::run::Formats;
use super::super::transaction::Status;
use super::super::{types, wire};
use super::{Next, Session};

/// Rows that are inserted at once: under the envelope, one write.
const BATCH: usize = 500;
/// Bytes of CopyData that are sent at once.
const CHUNK: usize = 32 << 10;

/// A COPY FROM STDIN under way.
pub(super) struct Copying {
    copy: CopyIn,
    reader: Reader,
    /// Values of rows that are not inserted yet, row after row.
    waiting: Vec<Cell>,
    inserted: usize,
    /// True: what was inserted commits with the COPY, since no transaction was open.
    alone: bool,
    /// True: a Sync ends it, not the COPY itself.
    extended: bool,
    arrived_ns: u64,
}

impl Session {
    /// Begins a COPY, or does the whole of it when the rows go to the client.
    pub(super) async fn copy(&mut self, compiled: &Compiled, extended: bool, arrived_ns: u64) -> Result<(), SqlError> {
        self.worker.may_run(compiled)?;
        match &compiled.action {
            Action::Copy(Copy::In(copy)) => self.begin_copy(copy, extended, arrived_ns).await,
            Action::Copy(Copy::Out(copy)) => self.copy_out(copy, arrived_ns).await,
            _ => Err(SqlError::new("XX000", "not a COPY")),
        }
    }

    async fn begin_copy(&mut self, copy: &CopyIn, extended: bool, arrived_ns: u64) -> Result<(), SqlError> {
        let alone = self.worker.transaction.is_idle();
        if alone {
            self.worker.transaction.begin(true, self.worker.settings.read_only(), false);
        }
        self.worker.transaction.may_write("COPY FROM")?;
        wire::put(
            &mut self.out,
            &PgWireBackendMessage::CopyInResponse(CopyInResponse::new(0, columns(copy.columns.len()), vec![0; copy.columns.len()])),
        );
        self.push(None).await;
        let reader = Reader::new(copy.form.clone());
        self.copying = Some(Copying { copy: copy.clone(), reader, waiting: Vec::new(), inserted: 0, alone, extended, arrived_ns });
        Ok(())
    }

    /// A message while a COPY FROM STDIN is under way. After an error the rest of the data is passed over.
    pub(super) async fn copy_message(&mut self, mut copying: Box<Copying>, message: PgWireFrontendMessage) -> Next {
        let result = match message {
            PgWireFrontendMessage::CopyData(data) => {
                copying.reader.put(&data.data);
                self.insert(&mut copying, false).await.map(|()| false)
            }
            PgWireFrontendMessage::CopyDone(_) => self.end_copy(&mut copying).await.map(|()| true),
            PgWireFrontendMessage::CopyFail(fail) => Err(SqlError::new("57014", format!("COPY from stdin failed: {}", fail.message))),
            PgWireFrontendMessage::Flush(_) | PgWireFrontendMessage::Sync(_) => Ok(false),
            PgWireFrontendMessage::Terminate(_) => return Next::End,
            _ => Err(SqlError::new(PROTOCOL, "unexpected message type during COPY from stdin")),
        };
        let extended = copying.extended;
        match result {
            Ok(false) => {
                self.copying = Some(*copying);
                return Next::Message;
            }
            Ok(true) => wire::tag(&mut self.out, format!("COPY {}", copying.inserted)),
            Err(error) => {
                self.worker.transaction.failed();
                if copying.alone {
                    self.worker.transaction.rollback();
                }
                wire::error(&mut self.out, &error);
                self.skipping = extended;
            }
        }
        if !extended {
            self.ready();
        }
        self.push(None).await;
        Next::Message
    }

    async fn end_copy(&mut self, copying: &mut Copying) -> Result<(), SqlError> {
        self.insert(copying, true).await?;
        // In the extended protocol a transaction that nobody opened ends here too: each statement is one of its own.
        if copying.alone
            && let Status::Open { implicit: true } = self.worker.transaction.status
        {
            let position = self.worker.transaction.position();
            self.worker.transaction.commit()?;
            self.worker.committed(position).await?;
        }
        Ok(())
    }

    /// Inserts the rows that are whole; `last`: all of them.
    async fn insert(&mut self, copying: &mut Copying, last: bool) -> Result<(), SqlError> {
        let width = copying.copy.columns.len();
        loop {
            let row = copying.reader.row(last).map_err(|error| at_line(error, copying, None))?;
            let done = row.is_none();
            if let Some(row) = row {
                let values = values(copying, row)?;
                copying.waiting.extend(values);
            }
            let rows = copying.waiting.len() / width.max(1);
            if rows >= BATCH || (done && last && rows > 0) {
                self.flush(copying, rows).await?;
            }
            if done {
                return Ok(());
            }
        }
    }

    /// Inserts what waits, as one statement.
    async fn flush(&mut self, copying: &mut Copying, rows: usize) -> Result<(), SqlError> {
        let bulk = Bulk {
            sql: copying.copy.sql.clone(),
            width: copying.copy.columns.len(),
            cells: mem::take(&mut copying.waiting),
            params: Vec::new(),
        };
        let compiled = Arc::new(Compiled {
            action: Action::Bulk(bulk),
            params: Vec::new(),
            fields: None,
            cost: Cost::Write,
            heavy: true,
            outlasts: AtomicBool::new(false),
            catalogue: false,
            schema_version: 0,
        });
        let answered = self.worker.run(&compiled, Vec::new(), &Formats::default(), copying.arrived_ns).await;
        let answered = answered.map_err(|mut error| {
            error.place.context = Some(format!("COPY {}, among lines up to {}", copying.copy.table, copying.reader.line));
            error
        })?;
        copying.inserted += rows;
        copying.arrived_ns = crate::runtime::clock::now_ns();
        self.push(answered.ticket).await;
        Ok(())
    }

    /// The rows of a query as COPY data.
    async fn copy_out(&mut self, copy: &CopyOut, arrived_ns: u64) -> Result<(), SqlError> {
        let statement = compile::parse(&copy.query)?.pop().ok_or_else(|| SqlError::new("XX000", "COPY has no query"))?;
        let compiled = self.worker.compile(statement, None, &[])?;
        if !compiled.params.is_empty() {
            return Err(SqlError::new("42P02", "there is no parameter $1"));
        }
        let Some(fields) = compiled.fields.clone() else { return Err(SqlError::unsupported("COPY of a statement without rows")) };
        let answered = self.worker.run(&compiled, Vec::new(), &Formats::default(), arrived_ns).await?;
        wire::put(
            &mut self.out,
            &PgWireBackendMessage::CopyOutResponse(CopyOutResponse::new(0, columns(fields.len()), vec![0; fields.len()])),
        );
        let mut lines = BytesMut::new();
        if copy.form.header {
            copy.form.write(fields.iter().map(|Field { name, .. }| Some(name.as_bytes())), &mut lines);
        }
        let mut rows = answered.rows.bytes;
        while rows.has_remaining() {
            data_row(&mut rows, &copy.form, &mut lines)?;
            if lines.len() >= CHUNK {
                self.out.extend_from_slice(&wire::copy_data(&lines.split()));
            }
        }
        if !lines.is_empty() {
            self.out.extend_from_slice(&wire::copy_data(&lines));
        }
        wire::put(&mut self.out, &PgWireBackendMessage::CopyDone(CopyDone::new()));
        wire::tag(&mut self.out, format!("COPY {}", answered.rows.count));
        if answered.ticket.is_some() {
            self.push(answered.ticket).await;
        }
        Ok(())
    }
}

/// Takes one DataRow message of our own off and appends it as a line.
fn data_row(rows: &mut impl Buf, form: &Form, lines: &mut BytesMut) -> Result<(), SqlError> {
    let broken = |_| SqlError::new("XX000", "a row of the result is not whole");
    // Kind and length of the message.
    rows.try_get_u8().map_err(broken)?;
    rows.try_get_u32().map_err(broken)?;
    let count = rows.try_get_u16().map_err(broken)?;
    let mut fields = Vec::with_capacity(count.into());
    for _ in 0..count {
        let len = rows.try_get_i32().map_err(broken)?;
        // A length of -1 is NULL.
        fields.push(usize::try_from(len).ok().map(|len| rows.copy_to_bytes(len.min(rows.remaining()))));
    }
    form.write(fields.iter().map(Option::as_deref), lines);
    Ok(())
}

/// As many columns as a message can announce; a table has at most 2,000.
fn columns(count: usize) -> i16 {
    i16::try_from(count).unwrap_or(i16::MAX)
}

/// A row's values as they are stored.
fn values(copying: &Copying, row: Vec<lines::Field>) -> Result<Vec<Cell>, SqlError> {
    let columns = &copying.copy.columns;
    if row.len() > columns.len() {
        return Err(at_line(SqlError::new("22P04", "extra data after last expected column"), copying, None));
    }
    if let Some(missing) = columns.get(row.len()) {
        return Err(at_line(SqlError::new("22P04", format!("missing data for column \"{}\"", missing.name)), copying, None));
    }
    if let Some(missing) = &copying.copy.missing {
        let message = format!("null value in column \"{missing}\" of relation \"{}\" violates not-null constraint", copying.copy.table);
        return Err(at_line(SqlError::new("23502", message), copying, None));
    }
    let mut values = Vec::with_capacity(row.len());
    for (field, column) in row.into_iter().zip(columns) {
        values.push(Cell::Literal(match field {
            None => rusqlite::types::Value::Null,
            Some(text) => types::input::from_text(column.ty, &text)
                .and_then(|value| types::input::shaped(value, column.ty, column.modifier, false))
                .map_err(|error| at_line(error, copying, Some((&column.name, &text))))?,
        }));
    }
    Ok(values)
}

/// The error with its line, and its column and value where it has one.
fn at_line(mut error: SqlError, copying: &Copying, field: Option<(&str, &str)>) -> SqlError {
    let place = format!("COPY {}, line {}", copying.copy.table, copying.reader.line);
    error.place.context = Some(match field {
        Some((column, text)) => format!("{place}, column {column}: \"{}\"", shortened(text)),
        None => format!("{place}: \"{}\"", shortened(&String::from_utf8_lossy(&copying.reader.row))),
    });
    error
}

/// As much of the client's data as an error shows.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(100) {
        Some((at, _)) => format!("{}...", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}
