//! Statements run on a SQLite connection: values bound, rows encoded for the wire as they come. No transactions, no clients.

use std::sync::atomic::Ordering;

use bytes::{BufMut, Bytes, BytesMut};
use rusqlite::types::Value;
use rusqlite::{CachedStatement, Connection, Statement};

use super::bulk::{Bulk, Cell};
use super::compile::Field;
use super::ddl::Ddl;
use super::error::{LIMIT, SqlError};
use super::log::{Copied, Record};
use super::store::{Db, Writer};
use super::types;

/// Longest result, in bytes on the wire.
const MAX_RESULT: usize = 64 << 20;
/// Longer texts are not worth keeping prepared, in bytes.
const MAX_CACHED_TEXT: usize = 4096;

/// DataRow messages, one after the other.
#[derive(Debug, Default, Clone)]
pub(super) struct Rows {
    pub bytes: Bytes,
    pub count: usize,
}

impl Rows {
    /// Takes the first `most` rows off (0: all).
    pub(super) fn take(&mut self, most: usize) -> Rows {
        if most == 0 || most >= self.count {
            return std::mem::take(self);
        }
        let mut end = 0;
        for _ in 0..most {
            // A message is a byte, a length that counts itself, and the rest; these bytes are our own.
            let len = self.bytes.get(end + 1..end + 5).and_then(|b| b.try_into().ok()).map_or(0, u32::from_be_bytes);
            end += 1 + len as usize;
        }
        self.count -= most;
        Rows { bytes: self.bytes.split_to(end.min(self.bytes.len())), count: most }
    }
}

/// Result formats as the client asked: true is binary.
#[derive(Debug, Clone, Default)]
pub(super) struct Formats(pub Vec<i16>);

impl Formats {
    /// The format of column `at`.
    pub(super) fn binary(&self, at: usize) -> bool {
        match self.0.as_slice() {
            [] => false,
            [all] => *all == 1,
            each => each.get(at) == Some(&1),
        }
    }
}

enum Prepared<'a> {
    Kept(CachedStatement<'a>),
    Once(Statement<'a>),
}

impl<'a> Prepared<'a> {
    fn new(conn: &'a Connection, sql: &str) -> Result<Self, SqlError> {
        Ok(if sql.len() <= MAX_CACHED_TEXT { Self::Kept(conn.prepare_cached(sql)?) } else { Self::Once(conn.prepare(sql)?) })
    }

    fn get(&mut self) -> &mut Statement<'a> {
        match self {
            Self::Kept(statement) => statement,
            Self::Once(statement) => statement,
        }
    }
}

fn bind(statement: &mut Statement<'_>, values: &[Value]) -> Result<(), SqlError> {
    // A parameter that a rewrite dropped is not bound.
    for (at, value) in values.iter().enumerate().take(statement.parameter_count()) {
        statement.raw_bind_parameter(at + 1, value)?;
    }
    Ok(())
}

/// Runs a statement and encodes its rows.
pub(super) fn select(conn: &Connection, sql: &str, values: &[Value], fields: &[Field], formats: &Formats) -> Result<Rows, SqlError> {
    let mut prepared = Prepared::new(conn, sql)?;
    let statement = prepared.get();
    bind(statement, values)?;
    if statement.column_count() != fields.len() {
        return Err(SqlError::new("0A000", "cached plan must not change result type"));
    }
    let mut rows = statement.raw_query();
    let (mut bytes, mut count) = (BytesMut::new(), 0);
    while let Some(row) = rows.next()? {
        data_row(&mut bytes, fields, formats, |at| Ok(row.get_ref(at)?))?;
        count += 1;
        if bytes.len() > MAX_RESULT {
            return Err(SqlError::new(LIMIT, format!("the result is longer than {MAX_RESULT} bytes")).hint("Use LIMIT."));
        }
    }
    Ok(Rows { bytes: bytes.freeze(), count })
}

/// Appends one DataRow message.
pub(super) fn data_row<'v>(
    out: &mut BytesMut,
    fields: &[Field],
    formats: &Formats,
    value: impl Fn(usize) -> Result<rusqlite::types::ValueRef<'v>, SqlError>,
) -> Result<(), SqlError> {
    let start = out.len();
    out.put_u8(b'D');
    out.put_u32(0);
    out.put_u16(fields.len() as u16);
    for (at, field) in fields.iter().enumerate() {
        let value = value(at)?;
        match (field.ty, value) {
            // Kept without the blanks that it is filled up with.
            (types::PgType::Bpchar, rusqlite::types::ValueRef::Text(text)) => padded(field.modifier, text, out),
            (ty, value) => types::output::encode(ty, formats.binary(at), value, out)?,
        }
    }
    let len = (out.len() - start - 1) as u32;
    if let Some(head) = out.get_mut(start + 1..start + 5) {
        head.copy_from_slice(&len.to_be_bytes());
    }
    Ok(())
}

/// Appends a text filled up with blanks to its type's length.
fn padded(modifier: i32, text: &[u8], out: &mut BytesMut) {
    let have = String::from_utf8_lossy(text).chars().count();
    let blanks = usize::try_from(modifier - 4).unwrap_or(0).saturating_sub(have);
    out.put_u32((text.len() + blanks) as u32);
    out.put_slice(text);
    out.put_bytes(b' ', blanks);
}

/// Moment and seed of a statement, for the log.
fn moment(db: &Db) -> (i64, u64) {
    (db.moment.now_us.load(Ordering::Relaxed), db.moment.seed.load(Ordering::Relaxed))
}

/// Runs a statement that writes inside the open transaction and notes it; gives its rows and how many rows it changed.
pub(super) fn write(
    writer: &mut Writer,
    sql: &str,
    values: &[Value],
    returning: Option<&[Field]>,
    formats: &Formats,
) -> Result<(Rows, usize), SqlError> {
    let (now_us, seed) = moment(&writer.db);
    let (rows, changed) = match returning {
        Some(fields) => {
            let rows = select(&writer.db.conn, sql, values, fields, formats)?;
            let changed = rows.count;
            (rows, changed)
        }
        None => {
            let mut prepared = Prepared::new(&writer.db.conn, sql)?;
            let statement = prepared.get();
            bind(statement, values)?;
            (Rows::default(), statement.raw_execute()?)
        }
    };
    if changed > 0 {
        writer.note(&Record { ddl: false, now_us, seed, sql, width: values.len(), values });
    }
    Ok((rows, changed))
}

/// Runs the rows of a bulk insert inside the open transaction and notes them; gives how many rows were inserted.
pub(super) fn bulk(writer: &mut Writer, bulk: &Bulk, values: &[Value]) -> Result<usize, SqlError> {
    let (now_us, seed) = moment(&writer.db);
    let mut all = Vec::with_capacity(bulk.cells.len());
    for cell in &bulk.cells {
        all.push(match cell {
            Cell::Literal(value) => value.clone(),
            Cell::Parameter(at) => values.get(*at).cloned().unwrap_or(Value::Null),
        });
    }
    let inserted = repeat(&writer.db.conn, &bulk.sql, bulk.width, &all)?;
    if inserted > 0 {
        writer.note(&Record { ddl: false, now_us, seed, sql: &bulk.sql, width: bulk.width, values: &all });
    }
    Ok(inserted)
}

fn repeat(conn: &Connection, sql: &str, width: usize, values: &[Value]) -> Result<usize, SqlError> {
    let mut statement = conn.prepare_cached(sql)?;
    let mut changed = 0;
    for row in values.chunks(width.max(1)) {
        for (at, value) in row.iter().enumerate() {
            statement.raw_bind_parameter(at + 1, value)?;
        }
        changed += statement.raw_execute()?;
    }
    Ok(changed)
}

/// Changes tables inside the open transaction and notes it.
pub(super) fn ddl(writer: &mut Writer, ddl: &Ddl) -> Result<(), SqlError> {
    let (now_us, seed) = moment(&writer.db);
    for (query, error) in &ddl.obstacles {
        if writer.db.conn.prepare(query)?.exists([])? {
            return Err(error.clone());
        }
    }
    let sql = ddl.sql.as_str();
    if sql.is_empty() {
        return Ok(());
    }
    writer.db.conn.execute_batch(sql)?;
    writer.schema_changed()?;
    writer.note(&Record { ddl: true, now_us, seed, sql, width: 0, values: &[] });
    Ok(())
}

/// Does again what the primary did.
pub(super) fn again(writer: &mut Writer, record: &Copied) -> Result<(), SqlError> {
    writer.db.at(record.now_us, record.seed);
    if record.ddl {
        writer.db.conn.execute_batch(&record.sql)?;
        return writer.schema_changed();
    }
    if record.rows > 1 {
        repeat(&writer.db.conn, &record.sql, record.width, &record.values)?;
        return Ok(());
    }
    let mut prepared = Prepared::new(&writer.db.conn, &record.sql)?;
    let statement = prepared.get();
    bind(statement, &record.values)?;
    let mut rows = statement.raw_query();
    // RETURNING gives rows here too; they must all be taken for the statement to finish.
    while rows.next()?.is_some() {}
    Ok(())
}
