//! The log of one partition on disk: its segments in one folder, where it starts, which leader wrote what, and what it remembers of
//! producers. It knows nothing of who may see what, and nothing of other brokers.
//!
//! | file | what it holds |
//! |---|---|
//! | `<offset>.log` | batches from that offset on |
//! | `<offset>.index` | a closed segment's index |
//! | `<offset>.state` | leader epochs and producers as they were at that offset, written when the segment begins |
//! | `start` | the first offset that may be read, when records were deleted inside of a segment |
//!
//! After a kill the last segment is read again, batch by batch; what is torn at its end is cut. A segment that was closed is whole, since
//! the next one is begun after its last byte was written: damage there is an error, and nothing is cut.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::batch::{self, Header, PLACED_BYTES};
use super::file;
use super::producers::Producers;
use super::segment::{Run, Segment};

/// A partition's batches.
#[derive(Debug)]
pub(super) struct Log {
    folder: PathBuf,
    /// Rising base offsets; the last takes the appends. None before the first append.
    segments: Vec<Segment>,
    start_offset: i64,
    end_offset: i64,
    marks: Marks,
    /// When the last segment got its first batch, ms since 1970.
    begun_ms: i64,
}

/// What is known at an offset beside the batches themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Marks {
    /// Leader epochs and the offset at which each begins, both rising.
    epochs: Vec<(i32, i64)>,
    producers: Producers,
}

/// Base offsets and paths of closed segments.
pub(super) type Closed = Vec<(i64, PathBuf)>;

/// What opening a log found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Found {
    /// Bytes that were torn and are cut.
    pub(super) torn_bytes: u64,
}

impl Log {
    /// Opens what is in `folder`, or begins an empty log.
    pub(super) fn open(folder: &Path) -> io::Result<(Self, Found)> {
        let mut log =
            Self { folder: folder.to_owned(), segments: Vec::new(), start_offset: 0, end_offset: 0, marks: Marks::default(), begun_ms: 0 };
        let mut found = Found::default();
        let bases = bases(folder)?;
        let Some((last, closed)) = bases.split_last() else {
            log.read_start()?;
            log.end_offset = log.start_offset;
            return Ok((log, found));
        };
        let state = std::fs::read(log.file(*last, "state")).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
        for base in closed {
            let path = log.file(*base, "log");
            let indexed = if state.is_some() { Segment::open_indexed(&path, *base)? } else { None };
            let segment = match indexed {
                Some(segment) => segment,
                None => log.read_closed(&path, *base)?,
            };
            log.end_offset = segment.end_offset();
            log.segments.push(segment);
        }
        if let Some(state) = state {
            log.marks = state;
        }
        let marks = &mut log.marks;
        let (mut segment, torn) = Segment::scan(&log.folder.join(format!("{last:020}.log")), *last, |header| marks.note(header))?;
        if torn > 0 {
            segment.cut_torn()?;
            found.torn_bytes = torn;
        }
        log.end_offset = segment.end_offset();
        log.begun_ms = segment.max_timestamp_ms().max(0);
        log.segments.push(segment);
        log.start_offset = bases.first().copied().unwrap_or(0);
        log.read_start()?;
        log.end_offset = log.end_offset.max(log.start_offset);
        Ok((log, found))
    }

    /// A closed segment whose index does not help.
    fn read_closed(&mut self, path: &Path, base: i64) -> io::Result<Segment> {
        let marks = &mut self.marks;
        let (mut segment, torn) = Segment::scan(path, base, |header| marks.note(header))?;
        if torn > 0 {
            let at = segment.size();
            let why = format!("{} is damaged at byte {at} and is not the last of its log: put a copy in its place", path.display());
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        segment.close()?;
        Ok(segment)
    }

    fn read_start(&mut self) -> io::Result<()> {
        match std::fs::read_to_string(self.folder.join("start")) {
            Ok(text) => {
                let start = text.trim().parse().map_err(|_| io::Error::other("the file start holds no offset: remove it"))?;
                self.start_offset = self.start_offset.max(start);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn file(&self, base: i64, extension: &str) -> PathBuf {
        self.folder.join(format!("{base:020}.{extension}"))
    }

    /// First offset that may be read.
    pub(super) fn start_offset(&self) -> i64 {
        self.start_offset
    }

    /// Offset that the next batch will have.
    pub(super) fn end_offset(&self) -> i64 {
        self.end_offset
    }

    /// Producers that sent to this partition.
    pub(super) fn producers(&self) -> &Producers {
        &self.marks.producers
    }

    /// Bytes of all segments.
    pub(super) fn size(&self) -> u64 {
        self.segments.iter().map(Segment::size).sum()
    }

    /// The epoch of the last batch, -1 without any.
    pub(super) fn last_epoch(&self) -> i32 {
        self.marks.epochs.last().map_or(-1, |(epoch, _)| *epoch)
    }

    /// The largest epoch that is not after `epoch`, and where it ends; `None` when all are after it.
    pub(super) fn end_of_epoch(&self, epoch: i32) -> Option<(i32, i64)> {
        let after = self.marks.epochs.partition_point(|(known, _)| *known <= epoch);
        let (known, _) = self.marks.epochs.get(after.checked_sub(1)?)?;
        Some((*known, self.marks.epochs.get(after).map_or(self.end_offset, |(_, start)| *start)))
    }

    /// Writes a checked batch of a client behind all others, and gives it as it is stored.
    pub(super) fn append(&mut self, header: Header, bytes: &[u8], leader_epoch: i32, segment_bytes: u64) -> io::Result<Header> {
        let header = Header { base_offset: self.end_offset, leader_epoch, ..header };
        self.write(&header, batch::place(bytes, header.base_offset, leader_epoch), bytes, segment_bytes)?;
        Ok(header)
    }

    /// Writes batches of the leader as they are; those that are here already, and what is not whole, is left out.
    pub(super) fn append_stored(&mut self, mut bytes: &[u8], segment_bytes: u64) -> io::Result<i64> {
        let mut records = 0;
        while let Some(header) = batch::check_stored(bytes) {
            let (batch, rest) = bytes.split_at_checked(header.size).unwrap_or((bytes, &[]));
            if header.base_offset >= self.end_offset {
                let placed = batch.first_chunk::<PLACED_BYTES>().copied().unwrap_or_default();
                self.write(&header, placed, batch, segment_bytes)?;
                records += header.count;
            }
            bytes = rest;
        }
        Ok(records)
    }

    fn write(&mut self, header: &Header, placed: [u8; PLACED_BYTES], bytes: &[u8], segment_bytes: u64) -> io::Result<()> {
        let full = self.segments.last().is_some_and(|last| last.size() > 0 && last.size() + header.size as u64 > segment_bytes);
        if self.segments.is_empty() || full {
            self.roll(header.base_offset)?;
        }
        if let Some(last) = self.segments.last_mut() {
            if last.size() == 0 {
                self.begun_ms = header.max_timestamp_ms;
            }
            last.append(header, placed, bytes)?;
        }
        self.end_offset = header.end_offset();
        self.marks.note(header);
        Ok(())
    }

    /// Closes the last segment and begins the next.
    fn roll(&mut self, base_offset: i64) -> io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        if let Some(last) = self.segments.last_mut() {
            last.close()?;
        }
        let state = serde_json::to_vec(&self.marks).map_err(io::Error::other)?;
        file::replace(&self.file(base_offset, "state"), &state, false)?;
        self.segments.push(Segment::create(&self.folder, base_offset)?);
        Ok(())
    }

    /// Closes the last segment when it holds something and began before `before_ms`.
    pub(super) fn roll_old(&mut self, before_ms: i64) -> io::Result<()> {
        let old = self.segments.last().is_some_and(|last| last.size() > 0) && self.begun_ms < before_ms;
        if old { self.roll(self.end_offset) } else { Ok(()) }
    }

    /// Batches from the one that holds `offset`, within one segment; see [`Segment::run`] for the limits.
    pub(super) fn run(&self, offset: i64, end_offset: i64, max_bytes: usize, at_least_one: bool) -> io::Result<Option<Run>> {
        let at = self.segments.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1);
        // Compaction may have emptied the end of a segment: then the next batch is in one that follows.
        for segment in self.segments.iter().skip(at).filter(|segment| segment.end_offset() > offset) {
            if let Some(run) = segment.run(offset, end_offset, max_bytes, at_least_one)? {
                return Ok(Some(run));
            }
            if segment.size() > 0 {
                break;
            }
        }
        Ok(None)
    }

    /// Offset and timestamp of the first record at or after `timestamp_ms`: exact where batches are not compressed, else of its batch.
    pub(super) fn first_since(&self, timestamp_ms: i64) -> io::Result<Option<(i64, i64)>> {
        for segment in self.segments.iter().filter(|segment| segment.max_timestamp_ms() >= timestamp_ms) {
            let Some((position, header)) = segment.first_since(timestamp_ms)? else { continue };
            let handle = segment.handle()?;
            let bytes = file::read_at(&handle, position, header.size)?;
            let base_ms = bytes.get(27..35).and_then(|b| b.first_chunk()).map_or(0, |b| i64::from_be_bytes(*b));
            let records = super::records::read(&header, &bytes).unwrap_or_default();
            let exact = records.iter().find(|record| base_ms.saturating_add(record.timestamp_delta_ms) >= timestamp_ms);
            let (offset, at_ms) = exact.map_or((header.base_offset, header.max_timestamp_ms), |record| {
                (header.base_offset + record.offset_delta, base_ms.saturating_add(record.timestamp_delta_ms))
            });
            return Ok(Some((offset.max(self.start_offset), at_ms)));
        }
        Ok(None)
    }

    /// Cuts everything from `offset` on.
    pub(super) fn truncate(&mut self, offset: i64) -> io::Result<()> {
        if offset >= self.end_offset {
            return Ok(());
        }
        while let Some(last) = self.segments.pop_if(|last| last.base_offset() >= offset) {
            last.remove()?;
        }
        if let Some(last) = self.segments.last_mut() {
            last.truncate(offset)?;
        }
        self.end_offset = self.segments.last().map_or(offset, Segment::end_offset).min(offset);
        self.marks.cut(self.end_offset);
        if self.segments.is_empty() {
            self.start_offset = self.start_offset.min(offset);
        }
        Ok(())
    }

    /// Empties the log, which begins again at `offset`.
    pub(super) fn restart_at(&mut self, offset: i64) -> io::Result<()> {
        while let Some(last) = self.segments.pop() {
            last.remove()?;
        }
        self.marks = Marks::default();
        self.end_offset = offset;
        self.start_offset = 0;
        self.begin_at(offset)
    }

    /// Records before `offset` are not read any more; segments that hold only such are removed.
    pub(super) fn begin_at(&mut self, offset: i64) -> io::Result<()> {
        let offset = offset.min(self.end_offset);
        if offset <= self.start_offset {
            return Ok(());
        }
        std::fs::create_dir_all(&self.folder)?;
        file::replace(&self.folder.join("start"), offset.to_string().as_bytes(), false)?;
        self.start_offset = offset;
        while self.segments.len() > 1 && self.segments.first().is_some_and(|first| first.end_offset() <= offset) {
            self.segments.remove(0).remove()?;
        }
        Ok(())
    }

    /// Removes closed segments from the start whose records are all older than `before_ms`, and as many as it takes to hold at most
    /// `at_most_bytes`; nothing from `below_offset` on. Gives how many went.
    pub(super) fn retain(&mut self, before_ms: Option<i64>, at_most_bytes: Option<u64>, below_offset: i64) -> io::Result<usize> {
        let mut size = self.size();
        let mut gone = 0;
        while let [first, _, ..] = self.segments.as_slice() {
            // Records without a timestamp have no age.
            let old = before_ms.is_some_and(|before_ms| (0..before_ms).contains(&first.max_timestamp_ms()));
            // As in Kafka: a segment goes when what is left still holds as much as was asked for.
            let much = at_most_bytes.is_some_and(|most| size - first.size() >= most);
            if !(old || much) || first.end_offset() > below_offset {
                break;
            }
            size -= first.size();
            gone += 1;
            self.start_offset = self.start_offset.max(first.end_offset());
            let first = self.segments.remove(0);
            first.remove()?;
        }
        Ok(gone)
    }

    /// The files that hold what was written from `offset` on, to be flushed.
    pub(super) fn files_since(&self, offset: i64) -> io::Result<Vec<Arc<File>>> {
        self.segments.iter().filter(|segment| segment.end_offset() > offset).map(Segment::handle).collect()
    }

    /// The folder, when a file that was written from `offset` on may be new in it, and the one above, in which it may be new itself.
    pub(super) fn folders_to_flush(&self, offset: i64) -> Vec<PathBuf> {
        if self.segments.last().is_none_or(|last| last.base_offset() < offset) {
            return Vec::new();
        }
        [Some(self.folder.as_path()), self.folder.parent()].into_iter().flatten().map(Path::to_owned).collect()
    }

    /// Base offset and path of each closed segment below `below_offset`.
    pub(super) fn closed(&self, below_offset: i64) -> Closed {
        let closed = self.segments.split_last().map_or(&[] as &[Segment], |(_, closed)| closed);
        let below = closed.iter().filter(|segment| segment.size() > 0 && segment.end_offset() <= below_offset);
        below.map(|segment| (segment.base_offset(), segment.path().to_owned())).collect()
    }

    /// Puts a rewritten file in the place of the closed segment at `base_offset`.
    pub(super) fn swap(&mut self, base_offset: i64, rewritten: &Path) -> io::Result<()> {
        let count = self.segments.len();
        let at = self.segments.iter().position(|segment| segment.base_offset() == base_offset).filter(|at| at + 1 < count);
        let Some(segment) = at.and_then(|at| self.segments.get_mut(at)) else { return std::fs::remove_file(rewritten) };
        // Without its index the file is read again after a kill between the two.
        match std::fs::remove_file(segment.path().with_extension("index")) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        std::fs::rename(rewritten, segment.path())?;
        let path = segment.path().to_owned();
        let (mut swapped, torn) = Segment::scan(&path, base_offset, |_| {})?;
        if torn > 0 {
            return Err(io::Error::other(format!("{} was not rewritten whole", path.display())));
        }
        swapped.close()?;
        *segment = swapped;
        Ok(())
    }

    /// Removes the whole folder.
    pub(super) fn remove(&mut self) -> io::Result<()> {
        self.segments.clear();
        match std::fs::remove_dir_all(&self.folder) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }
}

impl Marks {
    fn note(&mut self, header: &Header) {
        if self.epochs.last().is_none_or(|(epoch, _)| *epoch < header.leader_epoch) {
            self.epochs.push((header.leader_epoch, header.base_offset));
        }
        self.producers.stored(header);
    }

    fn cut(&mut self, offset: i64) {
        self.epochs.retain(|(_, start)| *start < offset);
        self.producers.forget_from(offset);
    }
}

/// Base offsets of the segments in a folder, rising. What a kill left half-made is removed.
fn bases(folder: &Path) -> io::Result<Vec<i64>> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut bases = Vec::new();
    for entry in entries {
        let path = entry?.path();
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("log") => bases.extend(path.file_stem().and_then(|stem| stem.to_str()?.parse::<i64>().ok())),
            Some("new" | "cleaned") => std::fs::remove_file(&path)?,
            _ => {}
        }
    }
    bases.sort_unstable();
    Ok(bases)
}

/// The batches of a file, one after the other.
pub(super) fn batches(path: &Path, mut each: impl FnMut(&Header, &Bytes) -> io::Result<()>) -> io::Result<()> {
    let file = File::open(path)?;
    let mut position = 0;
    loop {
        let head = file::read_up_to(&file, position, batch::HEADER_BYTES)?;
        let Some(header) = Header::read(&head) else { return Ok(()) };
        let whole = file::read_at(&file, position, header.size)?;
        each(&header, &whole)?;
        position += header.size as u64;
    }
}

#[cfg(test)]
#[path = "storage/tests.rs"]
mod tests;
