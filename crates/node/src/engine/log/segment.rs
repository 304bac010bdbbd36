//! One append-only file of a partition, with a sparse index. It knows batches and bytes, and nothing of what is visible to whom.
//!
//! `<base offset>.log` holds the batches. `<base offset>.index` is written when the segment is closed, so that it need not be read again;
//! it is only a copy of what the batches say, and a missing or stale one is made anew.

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::batch::{HEADER_BYTES, Header, PLACED_BYTES, check_stored};
use super::{file, limits};

/// A file of record batches with rising offsets.
#[derive(Debug)]
pub(super) struct Segment {
    base_offset: i64,
    end_offset: i64,
    path: PathBuf,
    /// Open while it is the last segment of its partition.
    file: Option<Arc<File>>,
    size: u64,
    /// Records of all batches, fewer than the offsets where compaction took some; below zero when that is not known.
    records: i64,
    max_timestamp_ms: i64,
    index: Vec<Block>,
}

/// What begins at `position`: the batches up to the next block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Block {
    offset: i64,
    position: u64,
    max_timestamp_ms: i64,
}

/// Whole batches that lie beside each other in one file.
#[derive(Debug, Clone)]
pub(super) struct Run {
    /// The file, which stays readable when its name goes.
    pub(super) file: Arc<File>,
    /// Where the first batch begins.
    pub(super) position: u64,
    /// Bytes of all of them.
    pub(super) size: usize,
    /// Offset after the last.
    pub(super) end_offset: i64,
    /// Records from the offset on that was asked for.
    pub(super) records: u64,
}

impl Segment {
    /// Makes the file. One that exists already is an error: nothing is ever overwritten.
    pub(super) fn create(folder: &Path, base_offset: i64) -> io::Result<Self> {
        let path = folder.join(format!("{base_offset:020}.log"));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self {
            base_offset,
            end_offset: base_offset,
            path,
            file: Some(Arc::new(file)),
            size: 0,
            records: 0,
            max_timestamp_ms: -1,
            index: Vec::new(),
        })
    }

    /// Takes a closed segment as its index says, or `None` when there is no index that fits the file.
    pub(super) fn open_indexed(path: &Path, base_offset: i64) -> io::Result<Option<Self>> {
        let size = std::fs::metadata(path)?.len();
        let Ok(bytes) = std::fs::read(path.with_extension("index")) else { return Ok(None) };
        let Some((body, checksum)) = bytes.split_last_chunk::<4>() else { return Ok(None) };
        if crc32c::crc32c(body) != u32::from_be_bytes(*checksum) {
            return Ok(None);
        }
        let (numbers, []) = body.as_chunks::<8>() else { return Ok(None) };
        // One without the count of records does not divide into blocks, and is made anew.
        let [stated, end_offset, max_timestamp_ms, records, blocks @ ..] = numbers else { return Ok(None) };
        if u64::from_be_bytes(*stated) != size {
            return Ok(None);
        }
        let (blocks, []) = blocks.as_chunks::<3>() else { return Ok(None) };
        let index = blocks.iter().map(|[offset, position, latest]| Block {
            offset: i64::from_be_bytes(*offset),
            position: u64::from_be_bytes(*position),
            max_timestamp_ms: i64::from_be_bytes(*latest),
        });
        Ok(Some(Self {
            base_offset,
            end_offset: i64::from_be_bytes(*end_offset),
            path: path.to_owned(),
            file: None,
            size,
            records: i64::from_be_bytes(*records),
            max_timestamp_ms: i64::from_be_bytes(*max_timestamp_ms),
            index: index.collect(),
        }))
    }

    /// Reads every batch of a file, tells `seen` of each, and stops at the first that is not whole, not sound, or out of order. Gives also
    /// the bytes that are left after that; they are still in the file.
    pub(super) fn scan(path: &Path, base_offset: i64, mut seen: impl FnMut(&Header)) -> io::Result<(Self, u64)> {
        let file = File::options().read(true).write(true).open(path)?;
        let whole = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(1 << 20, &file);
        let mut segment = Self {
            base_offset,
            end_offset: base_offset,
            path: path.to_owned(),
            file: None,
            size: 0,
            records: 0,
            max_timestamp_ms: -1,
            index: Vec::new(),
        };
        let mut batch = Vec::new();
        loop {
            batch.clear();
            (&mut reader).take(HEADER_BYTES as u64).read_to_end(&mut batch)?;
            let Some(header) = Header::read(&batch).filter(|header| header.size <= limits::BATCH_BYTES) else { break };
            (&mut reader).take((header.size - HEADER_BYTES) as u64).read_to_end(&mut batch)?;
            if check_stored(&batch).is_none() || header.base_offset < segment.end_offset {
                break;
            }
            segment.note(&header);
            seen(&header);
        }
        let torn = whole - segment.size;
        segment.file = Some(Arc::new(file));
        Ok((segment, torn))
    }

    /// Offset of the first batch that it holds or will hold.
    pub(super) fn base_offset(&self) -> i64 {
        self.base_offset
    }

    /// Offset after its last batch.
    pub(super) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Bytes of its batches.
    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Latest timestamp of its records, ms since 1970; -1 without any.
    pub(super) fn max_timestamp_ms(&self) -> i64 {
        self.max_timestamp_ms
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The open file, to be flushed.
    pub(super) fn handle(&self) -> io::Result<Arc<File>> {
        match &self.file {
            Some(file) => Ok(file.clone()),
            None => Ok(Arc::new(File::open(&self.path)?)),
        }
    }

    /// No more appends: the index is written, and the file is opened again only to be read.
    pub(super) fn close(&mut self) -> io::Result<()> {
        // What a write that failed left behind would be damage in the middle of the log.
        if let Some(file) = &self.file
            && file.metadata()?.len() > self.size
        {
            file.set_len(self.size)?;
        }
        let mut bytes = Vec::with_capacity(24 * (self.index.len() + 1) + 4);
        bytes.extend(self.size.to_be_bytes());
        bytes.extend(self.end_offset.to_be_bytes());
        bytes.extend(self.max_timestamp_ms.to_be_bytes());
        bytes.extend(self.records.to_be_bytes());
        for block in &self.index {
            bytes.extend(block.offset.to_be_bytes());
            bytes.extend(block.position.to_be_bytes());
            bytes.extend(block.max_timestamp_ms.to_be_bytes());
        }
        bytes.extend(crc32c::crc32c(&bytes).to_be_bytes());
        self.file = None;
        file::replace(&self.path.with_extension("index"), &bytes, false)
    }

    /// Takes appends again after it was closed or read.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(Arc::new(File::options().read(true).write(true).open(&self.path)?));
        }
        Ok(())
    }

    /// Removes its files.
    pub(super) fn remove(&self) -> io::Result<()> {
        for extension in ["index", "state"] {
            match std::fs::remove_file(self.path.with_extension(extension)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        std::fs::remove_file(&self.path)
    }

    /// Writes a batch at the end, its first bytes replaced by `placed`. A write that fails leaves no trace: what it wrote is cut, and the
    /// next one goes to the same place.
    pub(super) fn append(&mut self, header: &Header, placed: [u8; PLACED_BYTES], batch: &[u8]) -> io::Result<()> {
        // A segment that was closed for a next one which could not be begun goes on.
        self.reopen()?;
        let file = self.handle()?;
        if let Err(error) = file::write_at(&file, [&placed, batch.get(PLACED_BYTES..).unwrap_or_default()], self.size) {
            // What cannot be cut now is written over, or cut when the segment is closed or read again.
            let _ = file.set_len(self.size);
            return Err(error);
        }
        self.note(header);
        Ok(())
    }

    /// The batch of `header` stands at the end.
    fn note(&mut self, header: &Header) {
        match self.index.last_mut() {
            Some(block) if self.size - block.position < limits::INDEX_EVERY_BYTES => {
                block.max_timestamp_ms = block.max_timestamp_ms.max(header.max_timestamp_ms);
            }
            _ => self.index.push(Block { offset: header.base_offset, position: self.size, max_timestamp_ms: header.max_timestamp_ms }),
        }
        self.size += header.size as u64;
        self.records = self.records.saturating_add(header.count);
        self.end_offset = header.end_offset();
        self.max_timestamp_ms = self.max_timestamp_ms.max(header.max_timestamp_ms);
    }

    /// Whole batches from the one that holds `offset` (or the next one), all below `end_offset`, of at most `max_bytes` together; the
    /// first is given whatever its size when `at_least_one`.
    pub(super) fn run(&self, offset: i64, end_offset: i64, max_bytes: usize, at_least_one: bool) -> io::Result<Option<Run>> {
        let file = self.handle()?;
        let from = self.index.partition_point(|block| block.offset <= offset).saturating_sub(1);
        let Some((position, first)) = self.find(&file, from, 2, |_| true, |header| header.end_offset() > offset)? else {
            return Ok(None);
        };
        if first.base_offset >= end_offset || (first.size > max_bytes && !at_least_one) {
            return Ok(None);
        }
        let limit = position + max_bytes.max(first.size) as u64;
        if self.end_offset <= end_offset && self.size <= limit {
            let size = usize::try_from(self.size - position).unwrap_or(usize::MAX);
            let records = self.count(&file, (position, self.size), &first, (offset, self.end_offset))?;
            return Ok(Some(Run { file, position, size, end_offset: self.end_offset, records }));
        }
        // The last block that begins inside of both limits: everything before it is given, and of it what still fits.
        let inside = |block: &Block| block.position <= limit && block.offset < end_offset;
        let last = self.index.partition_point(inside).saturating_sub(1);
        let (mut end, mut last_offset) = (position + first.size as u64, first.end_offset());
        let start = self.index.get(last).map_or(position, |block| block.position.max(position));
        let window = limits::INDEX_EVERY_BYTES as usize + HEADER_BYTES;
        let bytes = file::read_up_to(&file, start, window)?;
        if start > position {
            (end, last_offset) = (start, self.index.get(last).map_or(last_offset, |block| block.offset));
        }
        let mut at = 0;
        while let Some(header) = bytes.get(at..).and_then(Header::read) {
            let batch_end = start + (at + header.size) as u64;
            if header.base_offset >= end_offset || batch_end > limit || batch_end > self.size {
                break;
            }
            at += header.size;
            (end, last_offset) = (batch_end, header.end_offset());
        }
        let size = usize::try_from(end - position).unwrap_or(usize::MAX);
        let records = self.count(&file, (position, end), &first, (offset, last_offset))?;
        Ok(Some(Run { file, position, size, end_offset: last_offset, records }))
    }

    /// The records of the batches between two positions, `first` and those behind it, without those of `first` that are before an offset.
    fn count(&self, file: &File, (position, end): (u64, u64), first: &Header, (offset, end_offset): (i64, i64)) -> io::Result<u64> {
        let begin = offset.max(first.base_offset);
        if self.is_dense() {
            return Ok(u64::try_from(end_offset - begin).unwrap_or(0));
        }
        // Only the headers know what compaction has left.
        let mut records = first.count.min(first.end_offset() - begin);
        let mut at = position + first.size as u64;
        while at < end {
            let Some(header) = Header::read(&file::read_up_to(file, at, HEADER_BYTES)?) else { break };
            records = records.saturating_add(header.count);
            at += header.size as u64;
        }
        Ok(u64::try_from(records).unwrap_or(0))
    }

    /// True when every offset has its record.
    fn is_dense(&self) -> bool {
        self.records == self.end_offset - self.base_offset
    }

    /// The first batch whose latest timestamp is at or after `timestamp_ms`, and where it is.
    pub(super) fn first_since(&self, timestamp_ms: i64) -> io::Result<Option<(u64, Header)>> {
        let wanted = |header: &Header| header.max_timestamp_ms >= timestamp_ms;
        let file = self.handle()?;
        self.find(&file, 0, usize::MAX, |block| block.max_timestamp_ms >= timestamp_ms, wanted)
    }

    /// The first batch that `wanted` accepts, in `at_most` blocks that `block` accepts, from the block number `from` on.
    fn find(
        &self,
        file: &File,
        from: usize,
        at_most: usize,
        block: impl Fn(&Block) -> bool,
        wanted: impl Fn(&Header) -> bool,
    ) -> io::Result<Option<(u64, Header)>> {
        for start in self.index.iter().skip(from).filter(|b| block(b)).map(|b| b.position).take(at_most) {
            // Every batch of a block begins within INDEX_EVERY_BYTES of it.
            let window = (limits::INDEX_EVERY_BYTES + HEADER_BYTES as u64).min(self.size - start);
            let bytes = file::read_up_to(file, start, usize::try_from(window).unwrap_or(usize::MAX))?;
            let mut at = 0usize;
            while let Some(header) = bytes.get(at..).filter(|_| (at as u64) < limits::INDEX_EVERY_BYTES).and_then(Header::read) {
                if wanted(&header) {
                    return Ok(Some((start + at as u64, header)));
                }
                at += header.size;
            }
        }
        Ok(None)
    }

    /// Cuts everything from `offset` on; a batch that holds it goes as a whole.
    pub(super) fn truncate(&mut self, offset: i64) -> io::Result<()> {
        self.reopen()?;
        let file = self.handle()?;
        let from = self.index.partition_point(|block| block.offset <= offset).saturating_sub(1);
        let cut = self.find(&file, from, 2, |_| true, |header| header.end_offset() > offset)?;
        if let Some((position, header)) = cut {
            let is_dense = self.is_dense();
            file.set_len(position)?;
            self.size = position;
            self.index.retain(|block| block.position < position);
            self.end_offset = header.base_offset.max(self.base_offset);
            // How many are left of one that is not dense is not known: the headers are asked each time.
            self.records = if is_dense { self.end_offset - self.base_offset } else { i64::MIN };
        }
        Ok(())
    }

    /// Cuts what [`Segment::scan`] found torn.
    pub(super) fn cut_torn(&mut self) -> io::Result<()> {
        let file = self.handle()?;
        file.set_len(self.size)?;
        file.sync_all()
    }
}

#[cfg(test)]
#[path = "segment/tests.rs"]
mod tests;
