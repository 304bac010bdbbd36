//! The header of a record batch (format 2): what a broker must read and patch to store a batch as it came. Records themselves are
//! never looked at, so compression is the clients' affair.

use super::limits;

/// Bytes of the header; a batch without records has exactly these.
pub(super) const HEADER_BYTES: usize = 61;
/// The checksum covers everything from here.
const CHECKED_FROM: usize = 21;
const CONTROL_OR_TRANSACTIONAL: i16 = 0x20 | 0x10;
const CODEC: i16 = 0x07;
/// What [`place`] gives anew: base offset, length and leader epoch.
pub(super) const PLACED_BYTES: usize = 16;

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
    /// The step to the next batch's base offset; also the records in it, unless compaction took some.
    pub(super) records: i64,
    /// Records that are in it.
    pub(super) count: i64,
    /// Latest timestamp of its records, ms since 1970.
    pub(super) max_timestamp_ms: i64,
    /// Epoch of the leader that took it.
    pub(super) leader_epoch: i32,
    /// Codec and kind.
    pub(super) attributes: i16,
    /// Who sent it, -1 unless idempotent.
    pub(super) producer_id: i64,
    /// Which life of that producer.
    pub(super) producer_epoch: i16,
    /// The producer's number of the first record, for this partition.
    pub(super) first_sequence: i32,
}

impl Header {
    /// Offset of the batch that follows.
    pub(super) fn end_offset(&self) -> i64 {
        self.base_offset.saturating_add(self.records)
    }

    /// True when the records are compressed, by any codec.
    pub(super) fn is_compressed(&self) -> bool {
        self.attributes & CODEC != 0
    }

    /// The producer's number of the last record; numbers begin at 0 again after the largest.
    pub(super) fn last_sequence(&self) -> i32 {
        let last = i64::from(self.first_sequence) + self.records - 1;
        i32::try_from(last % (i64::from(i32::MAX) + 1)).unwrap_or(0)
    }

    /// Reads the header at the start of `bytes`; `None` when there are too few or they are no batch.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let bytes = bytes.first_chunk::<HEADER_BYTES>()?;
        let last_offset_delta = i64::from(i32::from_be_bytes(array(bytes, 23)?));
        let length = usize::try_from(i32::from_be_bytes(array(bytes, 8)?)).ok()?;
        let header = Self {
            base_offset: i64::from_be_bytes(array(bytes, 0)?),
            size: length.checked_add(12).filter(|size| *size >= HEADER_BYTES)?,
            records: last_offset_delta + 1,
            count: i64::from(i32::from_be_bytes(array(bytes, 57)?)),
            max_timestamp_ms: i64::from_be_bytes(array(bytes, 35)?),
            leader_epoch: i32::from_be_bytes(array(bytes, 12)?),
            attributes: i16::from_be_bytes(array(bytes, 21)?),
            producer_id: i64::from_be_bytes(array(bytes, 43)?),
            producer_epoch: i16::from_be_bytes(array(bytes, 51)?),
            first_sequence: i32::from_be_bytes(array(bytes, 53)?),
        };
        (header.records > 0 && header.base_offset >= 0).then_some(header)
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
    // Clients send whatever base offset they like; what is stored has the log's.
    let counted = bytes.first_chunk::<HEADER_BYTES>().map(|head| (array::<4>(head, 23), array::<4>(head, 57)));
    if let Some((Some(last), Some(count))) = counted
        && (i32::from_be_bytes(count) < 1 || i64::from(i32::from_be_bytes(last)) + 1 != i64::from(i32::from_be_bytes(count)))
        && is_whole(bytes)
    {
        return Err(BadBatch::Invalid);
    }
    let header = check_stored(bytes).ok_or(BadBatch::Corrupt)?;
    let unnumbered = header.producer_id >= 0 && (header.producer_epoch < 0 || header.first_sequence < 0);
    if header.size != bytes.len() {
        return Err(BadBatch::Corrupt);
    }
    if unnumbered || header.attributes & CONTROL_OR_TRANSACTIONAL != 0 {
        return Err(BadBatch::Invalid);
    }
    Ok(header)
}

/// The header of the batch that `bytes` begin with, if all of it is there and its checksum is right.
pub(super) fn check_stored(bytes: &[u8]) -> Option<Header> {
    let header = Header::read(bytes).filter(|header| header.size <= limits::BATCH_BYTES)?;
    is_whole(bytes.get(..header.size)?).then_some(header)
}

fn is_whole(batch: &[u8]) -> bool {
    let stated = array(batch, 17).map(u32::from_be_bytes);
    let is_format_2 = batch.get(16) == Some(&2);
    is_format_2 && batch.get(CHECKED_FROM..).is_some_and(|checked| Some(crc32c::crc32c(checked)) == stated)
}

/// The first bytes of a batch with its offset and leader epoch in place; both lie outside of the checksum, and the rest stays as it is.
pub(super) fn place(batch: &[u8], base_offset: i64, leader_epoch: i32) -> [u8; PLACED_BYTES] {
    let mut placed = batch.first_chunk::<PLACED_BYTES>().copied().unwrap_or_default();
    let [o0, o1, o2, o3, o4, o5, o6, o7] = base_offset.to_be_bytes();
    let [e0, e1, e2, e3] = leader_epoch.to_be_bytes();
    let [_, _, _, _, _, _, _, _, l0, l1, l2, l3, _, _, _, _] = placed;
    placed = [o0, o1, o2, o3, o4, o5, o6, o7, l0, l1, l2, l3, e0, e1, e2, e3];
    placed
}

fn array<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at + N)?.try_into().ok()
}

#[cfg(test)]
pub(super) mod tests {
    use bytes::Bytes;

    use super::*;

    /// A batch as a client would send it, with `records` records of which only the count is told, and `body` in their place.
    pub(in crate::engine::log) fn batch(records: i32, timestamp_ms: i64, body: &[u8]) -> Bytes {
        numbered(records, timestamp_ms, body, (-1, -1, -1))
    }

    /// The same from an idempotent producer: id, epoch and first sequence number.
    pub(in crate::engine::log) fn numbered(records: i32, timestamp_ms: i64, body: &[u8], producer: (i64, i16, i32)) -> Bytes {
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
        bytes.extend(producer.0.to_be_bytes());
        bytes.extend(producer.1.to_be_bytes());
        bytes.extend(producer.2.to_be_bytes());
        bytes.extend(records.to_be_bytes());
        bytes.extend(body);
        let crc = crc32c::crc32c(&bytes[CHECKED_FROM..]);
        bytes[17..21].copy_from_slice(&crc.to_be_bytes());
        bytes.into()
    }

    /// The batch as it is stored.
    pub(in crate::engine::log) fn placed(batch: &Bytes, base_offset: i64, leader_epoch: i32) -> Bytes {
        [place(batch, base_offset, leader_epoch).as_slice(), &batch[PLACED_BYTES..]].concat().into()
    }

    #[test]
    fn only_whole_and_sound_batches_pass() {
        let good = batch(3, 1000, b"body");
        let header = check(&good).unwrap();
        assert_eq!((header.base_offset, header.size, header.records, header.count, header.max_timestamp_ms), (0, 65, 3, 3, 1000));
        for cut in 0..good.len() {
            assert!(check(&good[..cut]).is_err(), "cut at {cut}");
        }
        for at in 17..good.len() {
            let mut bad = good.to_vec();
            bad[at] ^= 1;
            assert_eq!(check(&bad), Err(BadBatch::Corrupt), "bit flipped at {at}");
        }
        assert_eq!(check(&batch(0, 1, b"")), Err(BadBatch::Invalid));
        assert_eq!(check(&numbered(1, 1, b"", (7, -1, 0))), Err(BadBatch::Invalid), "a producer without an epoch");
    }

    #[test]
    fn placing_leaves_the_checksum_right() {
        let stored = placed(&batch(2, 5, b"x"), 77, 4);
        assert_eq!(check(&stored).map(|header| (header.base_offset, header.end_offset(), header.leader_epoch)), Ok((77, 79, 4)));
    }

    #[test]
    fn sequence_numbers_begin_again_after_the_largest() {
        let header = |first| check(&numbered(3, 1, b"", (1, 0, first))).unwrap();
        assert_eq!(header(0).last_sequence(), 2);
        assert_eq!(header(i32::MAX).last_sequence(), 1);
    }
}
