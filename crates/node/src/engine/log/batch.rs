//! The header of a record batch (format 2): what a broker must read and patch to store a batch as it came. Records themselves are
//! never looked at, so compression is the clients' affair.

use bytes::{Bytes, BytesMut};

use super::limits;

/// Bytes of the header; a batch without records has exactly these.
pub(super) const HEADER_BYTES: usize = 61;
/// The checksum covers everything from here.
const CHECKED_FROM: usize = 21;
const CONTROL_OR_TRANSACTIONAL: i16 = 0x20 | 0x10;

/// Why a batch is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BadBatch {
    /// Shorter than it says, longer, or damaged on its way.
    #[error("the batch is damaged: its length or CRC-32C does not fit")]
    Corrupt,
    /// Not format 2.
    #[error("the batch is not of format 2: use a client of Kafka 0.11 or later")]
    OldFormat,
    /// More than [`limits::BATCH_BYTES`].
    #[error("the batch is too large: lower the client's batch.size")]
    TooLarge,
    /// Empty, wrongly counted, or part of a transaction.
    #[error("the batch is empty, wrongly counted, or part of a transaction, which this log does not offer")]
    Invalid,
}

/// The header of a stored batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    /// Offset of the first record.
    pub(super) base_offset: i64,
    /// Bytes of the whole batch.
    pub(super) size: usize,
    /// Records in it, which is also the step to the next batch's base offset.
    pub(super) records: i64,
    /// Latest timestamp of its records, ms since 1970.
    pub(super) max_timestamp_ms: i64,
}

impl Header {
    /// Offset of the batch that follows.
    pub(super) fn end_offset(&self) -> i64 {
        self.base_offset + self.records
    }

    /// Reads the header at the start of `bytes`; `None` when there are too few or they are no batch.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let last_offset_delta = i64::from(i32::from_be_bytes(array(bytes, 23)?));
        let length = usize::try_from(i32::from_be_bytes(array(bytes, 8)?)).ok()?;
        Some(Self {
            base_offset: i64::from_be_bytes(array(bytes, 0)?),
            size: length.checked_add(12)?,
            records: last_offset_delta + 1,
            max_timestamp_ms: i64::from_be_bytes(array(bytes, 35)?),
        })
    }
}

/// Checks a batch from a client: one whole batch of format 2 with the right checksum.
pub(super) fn check(bytes: &[u8]) -> Result<Header, BadBatch> {
    if bytes.len() > limits::BATCH_BYTES {
        return Err(BadBatch::TooLarge);
    }
    if bytes.get(16).is_some_and(|magic| *magic != 2) {
        return Err(BadBatch::OldFormat);
    }
    let header = Header::read(bytes).filter(|header| header.size == bytes.len() && bytes.len() >= HEADER_BYTES).ok_or(BadBatch::Corrupt)?;
    let stated = u32::from_be_bytes(array(bytes, 17).ok_or(BadBatch::Corrupt)?);
    if crc32c::crc32c(bytes.get(CHECKED_FROM..).ok_or(BadBatch::Corrupt)?) != stated {
        return Err(BadBatch::Corrupt);
    }
    let attributes = i16::from_be_bytes(array(bytes, 21).ok_or(BadBatch::Corrupt)?);
    let count = i64::from(i32::from_be_bytes(array(bytes, 57).ok_or(BadBatch::Corrupt)?));
    if header.records < 1 || header.records != count || attributes & CONTROL_OR_TRANSACTIONAL != 0 {
        return Err(BadBatch::Invalid);
    }
    Ok(header)
}

/// The batch with its offset and leader epoch in place; both lie outside of the checksum.
pub(super) fn place(batch: Bytes, base_offset: i64, leader_epoch: i32) -> BytesMut {
    let mut batch = BytesMut::from(batch);
    if let Some(place) = batch.get_mut(0..8) {
        place.copy_from_slice(&base_offset.to_be_bytes());
    }
    if let Some(place) = batch.get_mut(12..16) {
        place.copy_from_slice(&leader_epoch.to_be_bytes());
    }
    batch
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A batch as a client would send it, with `records` records of which only the count is told, and `body` in their place.
    pub(in crate::engine::log) fn batch(records: i32, timestamp_ms: i64, body: &[u8]) -> Bytes {
        let mut bytes = Vec::new();
        bytes.extend(0i64.to_be_bytes());
        bytes.extend((49 + body.len() as i32).to_be_bytes());
        bytes.extend((-1i32).to_be_bytes());
        bytes.push(2);
        bytes.extend([0; 4]);
        bytes.extend(0i16.to_be_bytes());
        bytes.extend((records - 1).to_be_bytes());
        bytes.extend(timestamp_ms.to_be_bytes());
        bytes.extend(timestamp_ms.to_be_bytes());
        bytes.extend((-1i64).to_be_bytes());
        bytes.extend((-1i16).to_be_bytes());
        bytes.extend((-1i32).to_be_bytes());
        bytes.extend(records.to_be_bytes());
        bytes.extend(body);
        let crc = crc32c::crc32c(&bytes[CHECKED_FROM..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        bytes.into()
    }

    #[test]
    fn only_whole_and_sound_batches_pass() {
        let good = batch(3, 1000, b"body");
        assert_eq!(check(&good), Ok(Header { base_offset: 0, size: 65, records: 3, max_timestamp_ms: 1000 }));
        for cut in 0..good.len() {
            assert!(check(&good[..cut]).is_err(), "cut at {cut}");
        }
        for at in 17..good.len() {
            let mut bad = good.to_vec();
            bad[at] ^= 1;
            assert_eq!(check(&bad), Err(BadBatch::Corrupt), "bit flipped at {at}");
        }
        assert_eq!(check(&batch(0, 1, b"")), Err(BadBatch::Invalid));
    }

    #[test]
    fn placing_leaves_the_checksum_right() {
        let placed = place(batch(2, 5, b"x"), 77, 4);
        assert_eq!(check(&placed).map(|header| (header.base_offset, header.end_offset())), Ok((77, 79)));
    }
}
