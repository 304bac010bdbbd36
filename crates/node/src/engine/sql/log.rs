//! The log that replicas copy: committed transactions one after the other in a file, each a list of statements with their values and the
//! moment and seed that their functions saw. A position is the byte where a transaction ends.
//!
//! Transaction: `u32` length of the rest, `u32` CRC-32C of what follows, `i64` commit time in microseconds since 1970, records.
//! Record: `u8` kind, `i64` moment, `u64` seed, `u32` length and text, `u32` rows, `u16` values a row, values. Big-endian throughout.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use rusqlite::types::Value;

use super::error::SqlError;

/// Longest transaction that is replicated, in bytes.
pub(super) const MAX_TRANSACTION: usize = 256 << 20;
/// Bytes before a transaction's records.
pub(super) const HEAD: usize = 16;

/// A statement that ran, for the log.
pub(super) struct Record<'a> {
    /// True: it changes tables, and may be several statements.
    pub ddl: bool,
    pub now_us: i64,
    pub seed: u64,
    pub sql: &'a str,
    /// Values of a row; the rows follow one another in `values`.
    pub width: usize,
    pub values: &'a [Value],
}

impl Record<'_> {
    /// Appends the record's bytes.
    pub(super) fn put(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.ddl));
        out.extend(self.now_us.to_be_bytes());
        out.extend(self.seed.to_be_bytes());
        put_bytes(out, self.sql.as_bytes());
        let rows = self.values.len().checked_div(self.width).unwrap_or(1);
        out.extend((rows as u32).to_be_bytes());
        out.extend((self.width as u16).to_be_bytes());
        for value in self.values {
            match value {
                Value::Null => out.push(0),
                Value::Integer(n) => {
                    out.push(1);
                    out.extend(n.to_be_bytes());
                }
                Value::Real(x) => {
                    out.push(2);
                    out.extend(x.to_be_bytes());
                }
                Value::Text(text) => {
                    out.push(3);
                    put_bytes(out, text.as_bytes());
                }
                Value::Blob(bytes) => {
                    out.push(4);
                    put_bytes(out, bytes);
                }
            }
        }
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend((bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// A record as it was read.
#[derive(Debug, PartialEq)]
pub(super) struct Copied {
    pub ddl: bool,
    pub now_us: i64,
    pub seed: u64,
    pub sql: String,
    pub rows: usize,
    pub width: usize,
    pub values: Vec<Value>,
}

fn number<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk::<N>()?;
    *rest = tail;
    Some(*head)
}

fn bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = u32::from_be_bytes(number(rest)?) as usize;
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

/// The records of a transaction's body; `None` when the bytes are not whole records.
pub(super) fn records(body: &[u8]) -> Option<Vec<Copied>> {
    let mut rest = body;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let [kind] = number(&mut rest)?;
        let now_us = i64::from_be_bytes(number(&mut rest)?);
        let seed = u64::from_be_bytes(number(&mut rest)?);
        let sql = String::from_utf8(bytes(&mut rest)?.to_vec()).ok()?;
        let rows = u32::from_be_bytes(number(&mut rest)?) as usize;
        let width = u16::from_be_bytes(number(&mut rest)?) as usize;
        let count = rows.checked_mul(width)?;
        // Every value is at least a byte, so a count beyond the bytes is a lie.
        let mut values = Vec::with_capacity(count.min(rest.len()));
        for _ in 0..count {
            let [tag] = number(&mut rest)?;
            values.push(match tag {
                0 => Value::Null,
                1 => Value::Integer(i64::from_be_bytes(number(&mut rest)?)),
                2 => Value::Real(f64::from_be_bytes(number(&mut rest)?)),
                3 => Value::Text(String::from_utf8(bytes(&mut rest)?.to_vec()).ok()?),
                4 => Value::Blob(bytes(&mut rest)?.to_vec()),
                _ => return None,
            });
        }
        let rows = if width == 0 { rows.min(1) } else { rows };
        records.push(Copied { ddl: kind == 1, now_us, seed, sql, rows, width, values });
    }
    Some(records)
}

/// The file, open for appending.
pub(super) struct LogFile {
    file: File,
    at: u64,
    buffer: Vec<u8>,
}

fn io(error: &std::io::Error) -> SqlError {
    SqlError::new("58030", format!("the log cannot be written or read: {error}"))
}

impl LogFile {
    /// Opens the file, made if it is not there, and cuts what lies after `end`, if that is known.
    pub(super) fn open(path: &Path, end: Option<u64>) -> Result<Self, SqlError> {
        let file = File::options().create(true).truncate(false).read(true).write(true).open(path).map_err(|e| io(&e))?;
        if let Some(end) = end {
            file.set_len(end).map_err(|e| io(&e))?;
        }
        Ok(Self { file, at: 0, buffer: Vec::new() })
    }

    fn seek(&mut self, at: u64) -> Result<(), SqlError> {
        if self.at != at || at == 0 {
            self.at = self.file.seek(SeekFrom::Start(at)).map_err(|e| io(&e))?;
        }
        Ok(())
    }

    /// Writes a transaction at `position` and gives the position after it. One that was never committed is written over.
    pub(super) fn append(&mut self, position: u64, commit_us: i64, records: &[u8]) -> Result<u64, SqlError> {
        let len = records.len() + HEAD - 4;
        if len > MAX_TRANSACTION {
            return Err(SqlError::new("54000", format!("the transaction writes more than {MAX_TRANSACTION} bytes")));
        }
        self.buffer.clear();
        self.buffer.extend((len as u32).to_be_bytes());
        self.buffer.extend([0; 4]);
        self.buffer.extend(commit_us.to_be_bytes());
        self.buffer.extend_from_slice(records);
        let crc = crc32c::crc32c(self.buffer.get(8..).unwrap_or_default());
        if let Some(place) = self.buffer.get_mut(4..8) {
            place.copy_from_slice(&crc.to_be_bytes());
        }
        self.seek(position)?;
        self.file.write_all(&self.buffer).map_err(|e| io(&e))?;
        self.at = position + self.buffer.len() as u64;
        if self.buffer.capacity() > 1 << 20 {
            self.buffer = Vec::new();
        }
        Ok(self.at)
    }
}

impl LogFile {
    /// Writes transactions as they came from a primary.
    pub(super) fn append_copy(&mut self, position: u64, bytes: &[u8]) -> Result<(), SqlError> {
        self.seek(position)?;
        self.file.write_all(bytes).map_err(|e| io(&e))?;
        self.at = position + bytes.len() as u64;
        Ok(())
    }

    /// Cuts what lies after `end`: it was never committed.
    pub(super) fn cut(&mut self, end: u64) -> Result<(), SqlError> {
        self.file.set_len(end).map_err(|e| io(&e))
    }

    /// A second handle, for flushing from elsewhere.
    pub(super) fn handle(&self) -> Result<File, SqlError> {
        self.file.try_clone().map_err(|e| io(&e))
    }
}

/// Bytes in the file.
pub(super) fn length(path: &Path) -> u64 {
    std::fs::metadata(path).map_or(0, |meta| meta.len())
}

/// Makes the names of the files in a folder survive the machine.
pub(super) fn keep_names(folder: &Path) -> Result<(), SqlError> {
    // Elsewhere a folder cannot be opened to be flushed, and need not be.
    if cfg!(unix) {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| io(&e))?;
    }
    Ok(())
}

/// Bytes of the log that are read at once: a few transactions, however long.
pub(super) const MOST_AT_ONCE: usize = 4 * MAX_TRANSACTION;

/// What the file has after `position`, up to [`MOST_AT_ONCE`].
pub(super) fn read_from(path: &Path, position: u64) -> Result<Vec<u8>, SqlError> {
    let length = length(path);
    if length <= position {
        return Ok(Vec::new());
    }
    let mut file = File::open(path).map_err(|e| io(&e))?;
    read(&mut file, position, length, MOST_AT_ONCE)
}

/// The transaction at the start of `bytes`: its whole length and its records; `None` when it is not whole or not as it was written.
pub(super) fn transaction(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let mut rest = bytes;
    let len = u32::from_be_bytes(number(&mut rest)?) as usize;
    let crc = u32::from_be_bytes(number(&mut rest)?);
    let body = rest.get(..len.checked_sub(4)?)?;
    (crc32c::crc32c(body) == crc && body.len() >= 8).then_some(())?;
    Some((len + 4, body.get(8..)?))
}

/// Reads up to `most` bytes of the log at `from`, not past `end`.
pub(super) fn read(file: &mut File, from: u64, end: u64, most: usize) -> Result<Vec<u8>, SqlError> {
    let len = usize::try_from(end.saturating_sub(from)).unwrap_or(most).min(most);
    let mut chunk = vec![0; len];
    file.seek(SeekFrom::Start(from)).and_then(|_| file.read_exact(&mut chunk)).map_err(|e| io(&e))?;
    Ok(chunk)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_come_back_and_broken_ones_do_not() {
        let values = [Value::Integer(-1), Value::Text("é".into()), Value::Null, Value::Real(0.5), Value::Blob(vec![1]), Value::Null];
        let mut bytes = Vec::new();
        Record { ddl: false, now_us: 5, seed: 7, sql: "INSERT", width: 3, values: &values }.put(&mut bytes);
        Record { ddl: true, now_us: 6, seed: 8, sql: "CREATE", width: 0, values: &[] }.put(&mut bytes);
        let read = records(&bytes).unwrap();
        assert_eq!((read[0].rows, read[0].width, &read[0].values[..]), (2, 3, &values[..]));
        assert_eq!((read[1].ddl, read[1].rows, read[1].sql.as_str()), (true, 1, "CREATE"));
        let first_len = bytes.len() - (1 + 8 + 8 + 4 + 6 + 4 + 2);
        for cut in 1..bytes.len() {
            assert_eq!(records(&bytes[..cut]).is_some(), cut == first_len, "cut at {cut}");
        }
    }

    #[test]
    fn a_torn_transaction_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let end = LogFile::open(&path, Some(0)).unwrap().append(0, 1, b"records").unwrap();
        let bytes = std::fs::read(&path).unwrap();
        assert_eq!(transaction(&bytes), Some((end as usize, &b"records"[..])));
        for at in 0..bytes.len() {
            assert_eq!(transaction(&bytes[..at]), None, "cut at {at}");
            let mut broken = bytes.clone();
            broken[at] ^= 1;
            assert_eq!(transaction(&broken), None, "broken at {at}");
        }
    }

    #[test]
    fn what_was_not_committed_is_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = LogFile::open(&path, Some(0)).unwrap();
        let first = log.append(0, 1, b"one").unwrap();
        log.append(first, 2, b"never committed").unwrap();
        let second = log.append(first, 3, b"two").unwrap();
        drop(log);
        let mut log = LogFile::open(&path, Some(second)).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().len(), second);
        let third = log.append(second, 4, b"three").unwrap();
        let mut file = File::open(&path).unwrap();
        let bytes = read(&mut file, first, third, 1 << 20).unwrap();
        assert!(bytes.ends_with(b"three") && bytes[HEAD..].starts_with(b"two"));
    }
}
