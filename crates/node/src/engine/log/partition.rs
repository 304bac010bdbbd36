//! One partition that this broker leads: its segments, what of them is visible, and who waits for more. The place where replication
//! will move the high watermark; today a batch is visible when its append is finished.

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, Weak};

use bytes::Bytes;
use tokio::sync::Notify;

use super::batch::{self, Header};
use super::segment::Segment;
use crate::runtime::lock;

/// The epoch of every leader until leaders can change.
pub(super) const LEADER_EPOCH: i32 = 0;

/// A partition's log.
#[derive(Debug)]
pub(super) struct Partition {
    folder: PathBuf,
    log: Mutex<Log>,
}

#[derive(Debug, Default)]
struct Log {
    /// Rising base offsets; the last takes the appends. None before the first append.
    segments: Vec<Segment>,
    end_offset: i64,
    high_watermark: i64,
    /// Batches written and not visible yet: where each ends, and whether its append is finished.
    unfinished: VecDeque<(i64, bool)>,
    waiting: Vec<Weak<Notify>>,
}

/// What an offset can be asked for; see `ListOffsets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The oldest record.
    Earliest,
    /// The offset that the next visible record will have.
    Latest,
    /// The first batch with a record at or after this time, ms since 1970.
    Since(i64),
}

/// A fetch from this partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Slice {
    /// Whole batches, perhaps none.
    Records {
        /// The batches as they are stored.
        bytes: Bytes,
        /// Records in them at or after the offset asked for.
        records: u64,
    },
    /// The offset is before the start or past the end of the log.
    OutOfRange,
}

impl Partition {
    /// A partition without records, whose files will be in `folder`.
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, log: Mutex::new(Log::default()) }
    }

    /// Writes a checked batch behind all others and gives its offset. Nobody sees it before [`Partition::finish`].
    pub(super) fn append(&self, header: Header, bytes: Bytes) -> io::Result<i64> {
        let mut log = lock(&self.log);
        let base_offset = log.end_offset;
        if log.segments.last().is_none_or(Segment::is_full) {
            std::fs::create_dir_all(&self.folder)?;
            let next = Segment::create(&self.folder, base_offset)?;
            if let Some(full) = log.segments.last_mut() {
                full.close();
            }
            log.segments.push(next);
        }
        let header = Header { base_offset, ..header };
        let bytes = batch::place(bytes, base_offset, LEADER_EPOCH);
        if let Some(last) = log.segments.last_mut() {
            last.append(&header, &bytes)?;
        }
        log.end_offset = header.end_offset();
        let end = log.end_offset;
        log.unfinished.push_back((end, false));
        Ok(base_offset)
    }

    /// The append of the batch at `base_offset` is finished: it is visible as soon as all before it are, and who waits is woken.
    pub(super) fn finish(&self, base_offset: i64, records: i64) {
        let mut log = lock(&self.log);
        if let Some(batch) = log.unfinished.iter_mut().find(|(end, _)| *end == base_offset + records) {
            batch.1 = true;
        }
        let before = log.high_watermark;
        while let Some((end, true)) = log.unfinished.front().copied() {
            log.unfinished.pop_front();
            log.high_watermark = end;
        }
        if log.high_watermark > before {
            for waiter in log.waiting.drain(..).filter_map(|waiter| waiter.upgrade()) {
                waiter.notify_one();
            }
        }
    }

    /// Wakes `waiter` once, at the next batch that becomes visible.
    pub(super) fn wake(&self, waiter: &Arc<Notify>) {
        let mut log = lock(&self.log);
        log.waiting.retain(|other| other.strong_count() > 0);
        log.waiting.push(Arc::downgrade(waiter));
    }

    /// First offset and high watermark.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let log = lock(&self.log);
        (log.segments.first().map_or(0, Segment::base_offset), log.high_watermark)
    }

    /// Visible batches from the one that holds `offset`; see [`Segment::read`] for the limits.
    pub(super) fn read(&self, offset: i64, max_bytes: usize, at_least_one: bool) -> io::Result<Slice> {
        let mut log = lock(&self.log);
        let (start, end) = (log.segments.first().map_or(0, Segment::base_offset), log.high_watermark);
        if offset < start || offset > log.end_offset {
            return Ok(Slice::OutOfRange);
        }
        let at = log.segments.partition_point(|segment| segment.base_offset() <= offset).saturating_sub(1);
        let bytes = match log.segments.get_mut(at) {
            Some(segment) if offset < end => segment.read(offset, end, max_bytes, at_least_one)?,
            _ => Bytes::new(),
        };
        let mut last = offset;
        let mut rest = bytes.as_ref();
        while let Some(header) = Header::read(rest) {
            last = header.end_offset();
            rest = rest.get(header.size..).unwrap_or_default();
        }
        Ok(Slice::Records { bytes, records: last.abs_diff(offset) })
    }

    /// Offset and timestamp of what is wanted; offset and timestamp are -1 when there is no such record.
    pub(super) fn offset_of(&self, wanted: Wanted) -> io::Result<(i64, i64)> {
        let mut log = lock(&self.log);
        match wanted {
            Wanted::Earliest => Ok((log.segments.first().map_or(0, Segment::base_offset), -1)),
            Wanted::Latest => Ok((log.high_watermark, -1)),
            Wanted::Since(timestamp_ms) => {
                let visible = log.high_watermark;
                for segment in &mut log.segments {
                    if let Some(header) = segment.first_since(timestamp_ms)? {
                        let found = header.base_offset < visible;
                        return Ok(if found { (header.base_offset, header.max_timestamp_ms) } else { (-1, -1) });
                    }
                }
                Ok((-1, -1))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::tests::batch;
    use super::*;

    fn append(partition: &Partition, records: i32) -> i64 {
        let bytes = batch(records, 1, b"some body");
        partition.append(batch::check(&bytes).unwrap(), bytes).unwrap()
    }

    fn visible(partition: &Partition, offset: i64) -> u64 {
        match partition.read(offset, 1 << 20, true).unwrap() {
            Slice::Records { records, .. } => records,
            Slice::OutOfRange => panic!("{offset} is out of range"),
        }
    }

    /// With several workers appends finish out of order; readers see them in order, without gaps.
    #[test]
    fn a_batch_is_visible_when_all_before_it_are_finished() {
        let folder = tempfile::tempdir().unwrap();
        let partition = Partition::new(folder.path().join("p"));
        assert_eq!(partition.read(0, 100, true).unwrap(), Slice::Records { bytes: Bytes::new(), records: 0 });
        assert_eq!(partition.read(1, 100, true).unwrap(), Slice::OutOfRange);
        assert_eq!((append(&partition, 2), append(&partition, 3)), (0, 2));
        assert_eq!(visible(&partition, 0), 0);
        partition.finish(2, 3);
        assert_eq!(visible(&partition, 0), 0);
        partition.finish(0, 2);
        assert_eq!(visible(&partition, 0), 5);
        assert_eq!(visible(&partition, 1), 4, "the records before the offset are in the batch but were not asked for");
        assert_eq!(partition.bounds(), (0, 5));
        assert_eq!(partition.offset_of(Wanted::Latest).unwrap(), (5, -1));
        assert_eq!(partition.offset_of(Wanted::Since(1)).unwrap(), (0, 1));
        assert_eq!(partition.offset_of(Wanted::Since(2)).unwrap(), (-1, -1));
    }
}
