//! The append-only file made anew from what the keys hold now, so that it stays in proportion to the data: a picture of all keys at one
//! moment, taken bit by bit while commands go on, then everything that was appended since. Only then does it take the old one's place.

use std::fs::File;
use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use super::journal::{HEADER, frame, put_command};
use super::keyspace::Keyspace;
use super::number::shortest;
use super::value::Value;

/// Members that one command of the file holds at most.
const MEMBERS_AT_ONCE: usize = 512;
/// Bytes of members that one command of the file holds at most, but for the last of them.
const BYTES_AT_ONCE: usize = 1 << 20;
/// Bytes of the picture that are taken at once.
const PICTURE_BYTES: usize = 4 << 20;
/// Bytes of records that may wait in memory while the picture is taken.
const TAIL_MAX_BYTES: usize = 256 << 20;

/// Appends the record that makes `key` anew; `until_ms`: wall ms since 1970 at which it ends.
pub(super) fn record(out: &mut Vec<u8>, key: &[u8], value: &Value, until_ms: Option<i64>) {
    let mut payload = Vec::new();
    match value {
        Value::Text(text) => put_command(&mut payload, &[b"SET", key, &text.0]),
        Value::Fields(fields) => in_parts(&mut payload, b"HSET", key, 2, fields.iter().flat_map(|(field, value)| [field, value])),
        Value::Members(members) => in_parts(&mut payload, b"SADD", key, 1, members.iter()),
        Value::List(list) => in_parts(&mut payload, b"RPUSH", key, 1, list.iter()),
        Value::Sorted(set) => {
            let words: Vec<(String, &[u8])> = set.rising(0).map(|(member, score)| (shortest(score), member)).collect();
            in_parts(&mut payload, b"ZADD", key, 2, words.iter().flat_map(|(score, member)| [score.as_bytes(), *member]));
        }
    }
    if let Some(until_ms) = until_ms {
        put_command(&mut payload, &[b"PEXPIREAT", key, until_ms.to_string().as_bytes()]);
    }
    frame(out, &payload);
}

/// The members as few commands, each with a multiple of `step` words.
fn in_parts<'a>(out: &mut Vec<u8>, name: &[u8], key: &[u8], step: usize, words: impl Iterator<Item = &'a [u8]>) {
    let mut part: Vec<&[u8]> = vec![name, key];
    let mut bytes = 0;
    for word in words {
        part.push(word);
        bytes += word.len();
        if (part.len() - 2).is_multiple_of(step) && (part.len() - 2 >= MEMBERS_AT_ONCE || bytes >= BYTES_AT_ONCE) {
            put_command(out, &part);
            part.truncate(2);
            bytes = 0;
        }
    }
    if part.len() > 2 {
        put_command(out, &part);
    }
}

/// A rewriting that is under way.
#[derive(Debug)]
pub(super) struct Rewrite {
    pub(super) path: PathBuf,
    pub(super) file: Arc<File>,
    /// Records appended since the picture was begun and not yet in the new file.
    pub(super) tail: Vec<u8>,
    /// Bytes of the new file.
    pub(super) bytes: u64,
    /// The picture is complete.
    pictured: bool,
    /// What came of the thread that puts what was written so far on disk.
    synced: Option<Arc<OnceLock<std::io::Result<()>>>>,
    pub(super) tail_max_bytes: usize,
}

impl Rewrite {
    /// Begins one beside the old file.
    pub(super) fn begin(path: PathBuf, keys: &mut Keyspace) -> std::io::Result<Self> {
        let mut file = File::create(&path)?;
        file.write_all(HEADER)?;
        keys.begin_snapshot();
        let bytes = HEADER.len() as u64;
        let file = Arc::new(file);
        Ok(Self { path, file, tail: Vec::new(), bytes, pictured: false, synced: None, tail_max_bytes: TAIL_MAX_BYTES })
    }

    /// Goes on for a while; true when the new file holds everything. An error means that it never will.
    pub(super) fn advance(&mut self, keys: &mut Keyspace) -> std::io::Result<bool> {
        if !self.pictured {
            let (records, complete) = keys.snapshot_some(PICTURE_BYTES);
            self.write(&records)?;
            self.pictured = complete;
            if !complete && self.tail.len() > self.tail_max_bytes {
                let most = self.tail_max_bytes >> 20;
                return Err(std::io::Error::other(format!("over {most} MiB were written meanwhile, more than may wait in memory")));
            }
            return Ok(false);
        }
        self.write_tail()?;
        let Some(synced) = &self.synced else {
            let (synced, file) = (Arc::new(OnceLock::new()), self.file.clone());
            self.synced = Some(synced.clone());
            std::thread::Builder::new().name("kv-rewrite".to_owned()).spawn(move || {
                let _ = synced.set(file.sync_data());
            })?;
            return Ok(false);
        };
        match synced.get() {
            None => Ok(false),
            Some(Ok(())) => Ok(true),
            // The system tells of a failed flush once: another one would seem to succeed.
            Some(Err(error)) => Err(std::io::Error::other(error.to_string())),
        }
    }

    /// Writes what was appended since the picture was begun.
    fn write_tail(&mut self) -> std::io::Result<()> {
        let tail = std::mem::take(&mut self.tail);
        self.write(&tail)
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        (&*self.file).write_all(bytes)?;
        self.bytes += bytes.len() as u64;
        Ok(())
    }
}
