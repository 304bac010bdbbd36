//! One append-only file of a partition, with a sparse index in memory. It knows batches and bytes, and nothing of what is visible to whom.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};

use super::batch::{HEADER_BYTES, Header};
use super::limits;

/// A file of record batches whose offsets follow each other.
#[derive(Debug)]
pub(super) struct Segment {
    base_offset: i64,
    path: PathBuf,
    /// Open while it is the last segment of its partition.
    file: Option<File>,
    size: u64,
    index: Vec<Block>,
}

/// What begins at `position`: the batches up to the next block.
#[derive(Debug, Clone, Copy)]
struct Block {
    offset: i64,
    position: u64,
    max_timestamp_ms: i64,
}

impl Segment {
    /// Makes the file. One that exists already is an error: nothing is ever overwritten.
    pub(super) fn create(folder: &Path, base_offset: i64) -> io::Result<Self> {
        let path = folder.join(format!("{base_offset:020}.log"));
        let file = File::options().read(true).write(true).create_new(true).open(&path)?;
        Ok(Self { base_offset, path, file: Some(file), size: 0, index: Vec::new() })
    }

    /// Offset of the first batch that it holds or will hold.
    pub(super) fn base_offset(&self) -> i64 {
        self.base_offset
    }

    /// True once the next segment should begin.
    pub(super) fn is_full(&self) -> bool {
        self.size >= limits::SEGMENT_BYTES
    }

    /// No more appends: the file is closed and opened again only to be read.
    pub(super) fn close(&mut self) {
        self.file = None;
    }

    /// Writes a batch at the end. A write that fails leaves no trace: the next one goes to the same place.
    pub(super) fn append(&mut self, header: &Header, batch: &[u8]) -> io::Result<()> {
        let file = self.file.as_mut().ok_or_else(|| io::Error::other("the segment is closed"))?;
        file.seek(SeekFrom::Start(self.size))?;
        file.write_all(batch)?;
        match self.index.last_mut() {
            Some(block) if self.size - block.position < limits::INDEX_EVERY_BYTES => {
                block.max_timestamp_ms = block.max_timestamp_ms.max(header.max_timestamp_ms);
            }
            _ => self.index.push(Block { offset: header.base_offset, position: self.size, max_timestamp_ms: header.max_timestamp_ms }),
        }
        self.size += batch.len() as u64;
        Ok(())
    }

    /// Whole batches from the one that holds `offset`, all below `end_offset`, of at most `max_bytes` together; the first is given
    /// whatever its size when `at_least_one`.
    pub(super) fn read(&mut self, offset: i64, end_offset: i64, max_bytes: usize, at_least_one: bool) -> io::Result<Bytes> {
        let Some((position, first)) = self.find(|_| true, |header| header.end_offset() > offset, offset)? else {
            return Ok(Bytes::new());
        };
        if first.base_offset >= end_offset || (first.size > max_bytes && !at_least_one) {
            return Ok(Bytes::new());
        }
        let left = usize::try_from(self.size - position).unwrap_or(usize::MAX);
        let mut bytes = self.read_at(position, max_bytes.max(first.size).min(left))?;
        let mut whole = 0;
        while let Some(header) = bytes.get(whole..).and_then(Header::read) {
            if header.base_offset >= end_offset || whole + header.size > bytes.len() {
                break;
            }
            whole += header.size;
        }
        bytes.truncate(whole);
        Ok(bytes.freeze())
    }

    /// The first batch whose latest timestamp is at or after `timestamp_ms`.
    pub(super) fn first_since(&mut self, timestamp_ms: i64) -> io::Result<Option<Header>> {
        let found =
            self.find(|block| block.max_timestamp_ms >= timestamp_ms, |header| header.max_timestamp_ms >= timestamp_ms, self.base_offset)?;
        Ok(found.map(|(_, header)| header))
    }

    /// The first batch that `wanted` accepts, searched in the blocks that `block` accepts from the one that may hold `from_offset` on.
    fn find(
        &mut self,
        block: impl Fn(&Block) -> bool,
        wanted: impl Fn(&Header) -> bool,
        from_offset: i64,
    ) -> io::Result<Option<(u64, Header)>> {
        let from = self.index.partition_point(|block| block.offset <= from_offset).saturating_sub(1);
        let starts: Vec<u64> = self.index.iter().skip(from).filter(|b| block(b)).map(|b| b.position).take(2).collect();
        for start in starts {
            // Every batch of a block begins within INDEX_EVERY_BYTES of it.
            let window = (limits::INDEX_EVERY_BYTES + HEADER_BYTES as u64).min(self.size - start);
            let bytes = self.read_at(start, usize::try_from(window).unwrap_or(usize::MAX))?;
            let mut at = 0usize;
            while let Some(header) = bytes.get(at..).filter(|_| (at as u64) < limits::INDEX_EVERY_BYTES).and_then(Header::read) {
                if wanted(&header) {
                    return Ok(Some((start + at as u64, header)));
                }
                at += header.size.max(HEADER_BYTES);
            }
        }
        Ok(None)
    }

    fn read_at(&mut self, position: u64, size: usize) -> io::Result<BytesMut> {
        let mut bytes = BytesMut::zeroed(size);
        let mut reopened;
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                reopened = File::open(&self.path)?;
                &mut reopened
            }
        };
        file.seek(SeekFrom::Start(position))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::tests::batch;
    use super::super::batch::{check, place};
    use super::*;

    fn filled(folder: &Path, batches: i64, body: usize) -> Segment {
        let mut segment = Segment::create(folder, 0).unwrap();
        for n in 0..batches {
            let bytes = place(batch(2, 1000 + n, &vec![n as u8; body]), n * 2, 0);
            segment.append(&check(&bytes).unwrap(), &bytes).unwrap();
        }
        segment
    }

    /// Every offset is found, whatever the size of a batch beside the distance of the index.
    #[test]
    fn reads_begin_at_the_batch_that_holds_the_offset() {
        for body in [1, 500, 4035, 4036, 9000] {
            let folder = tempfile::tempdir().unwrap();
            let mut segment = filled(folder.path(), 40, body);
            for closed in [false, true] {
                if closed {
                    segment.close();
                }
                for offset in 0..80 {
                    let bytes = segment.read(offset, 80, 1, true).unwrap();
                    let header = check(&bytes).unwrap();
                    assert_eq!(header.base_offset, offset / 2 * 2, "body of {body} bytes");
                }
                assert!(segment.read(80, 90, 100, true).unwrap().is_empty());
            }
        }
    }

    #[test]
    fn limits_hold_and_one_batch_is_always_given() {
        let folder = tempfile::tempdir().unwrap();
        let mut segment = filled(folder.path(), 10, 39);
        assert_eq!(segment.read(0, 20, 350, true).unwrap().len(), 300, "three whole batches of 100 bytes");
        assert_eq!(segment.read(4, 6, 1000, true).unwrap().len(), 100, "nothing at or after the end offset");
        assert_eq!(segment.read(4, 4, 1000, true).unwrap().len(), 0);
        assert_eq!(segment.read(0, 20, 50, false).unwrap().len(), 0);
        assert_eq!(segment.read(0, 20, 50, true).unwrap().len(), 100);
    }

    #[test]
    fn timestamps_find_their_batch() {
        let folder = tempfile::tempdir().unwrap();
        let mut segment = filled(folder.path(), 300, 39);
        for n in [0, 1, 41, 42, 299] {
            assert_eq!(segment.first_since(1000 + n).unwrap().map(|h| h.base_offset), Some(n * 2));
        }
        assert_eq!(segment.first_since(1300).unwrap(), None);
    }
}
