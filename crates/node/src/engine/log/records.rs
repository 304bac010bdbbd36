//! The records inside a batch that is not compressed: their keys, and a batch with some of them left out. What is compressed is never
//! opened here.

use bytes::Bytes;

use super::batch::{HEADER_BYTES, Header};

/// One record of a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Record<'a> {
    /// Its place after the batch's base offset.
    pub(super) offset_delta: i64,
    /// Its time after the batch's base timestamp, ms.
    pub(super) timestamp_delta_ms: i64,
    /// Its key, if it has one.
    pub(super) key: Option<&'a [u8]>,
    /// True when its value is null: the key is to be forgotten.
    pub(super) is_tombstone: bool,
    /// All of it, the length in front included.
    whole: &'a [u8],
}

/// The records of a batch, or `None` when they are compressed or are not what the header says.
pub(super) fn read<'a>(header: &Header, batch: &'a [u8]) -> Option<Vec<Record<'a>>> {
    if header.is_compressed() {
        return None;
    }
    let mut rest = batch.get(HEADER_BYTES..header.size)?;
    let mut records = Vec::new();
    while !rest.is_empty() {
        let begin = rest;
        let size = usize::try_from(varint(&mut rest)?).ok()?;
        let body = rest.get(..size)?;
        rest = rest.get(size..)?;
        let whole = begin.get(..begin.len() - rest.len())?;
        records.push(record(body, whole)?);
    }
    let in_order = records.windows(2).all(|pair| matches!(pair, [a, b] if a.offset_delta < b.offset_delta));
    let within = records.iter().all(|record| (0..header.records).contains(&record.offset_delta));
    (in_order && within && i64::try_from(records.len()) == Ok(header.count)).then_some(records)
}

fn record<'a>(mut body: &'a [u8], whole: &'a [u8]) -> Option<Record<'a>> {
    body = body.get(1..)?;
    let timestamp_delta_ms = varint(&mut body)?;
    let offset_delta = varint(&mut body)?;
    let key = blob(&mut body)?;
    let value = blob(&mut body)?;
    Some(Record { offset_delta, timestamp_delta_ms, key, is_tombstone: value.is_none(), whole })
}

/// Bytes with their length in front; the inner `None` is null.
fn blob<'a>(rest: &mut &'a [u8]) -> Option<Option<&'a [u8]>> {
    let size = varint(rest)?;
    if size == -1 {
        return Some(None);
    }
    let size = usize::try_from(size).ok()?;
    let (blob, behind) = rest.split_at_checked(size)?;
    *rest = behind;
    Some(Some(blob))
}

/// A zigzag number of at most ten bytes.
fn varint(rest: &mut &[u8]) -> Option<i64> {
    let mut value = 0u64;
    for shift in (0..10).map(|n| n * 7) {
        let (byte, behind) = rest.split_first()?;
        *rest = behind;
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Some((value >> 1) as i64 ^ -((value & 1) as i64));
        }
    }
    None
}

/// The batch with only `kept` of its records, in the same place of the log: offsets stay, and the offsets of the others are a gap.
pub(super) fn keep(batch: &[u8], kept: &[Record<'_>]) -> Option<Bytes> {
    let head = batch.first_chunk::<HEADER_BYTES>()?;
    let base_timestamp_ms = i64::from_be_bytes(*head.get(27..)?.first_chunk()?);
    let latest_ms = kept.iter().map(|record| base_timestamp_ms.saturating_add(record.timestamp_delta_ms)).max()?;
    let mut rebuilt = head.to_vec();
    for record in kept {
        rebuilt.extend_from_slice(record.whole);
    }
    let length = i32::try_from(rebuilt.len() - 12).ok()?;
    rebuilt.get_mut(8..12)?.copy_from_slice(&length.to_be_bytes());
    rebuilt.get_mut(35..43)?.copy_from_slice(&latest_ms.to_be_bytes());
    rebuilt.get_mut(57..61)?.copy_from_slice(&i32::try_from(kept.len()).ok()?.to_be_bytes());
    let checksum = crc32c::crc32c(rebuilt.get(21..)?);
    rebuilt.get_mut(17..21)?.copy_from_slice(&checksum.to_be_bytes());
    Some(rebuilt.into())
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::batch::tests::batch;
    use super::super::batch::{check, check_stored};
    use super::*;

    fn put(bytes: &mut Vec<u8>, value: i64) {
        let mut zigzag = ((value << 1) ^ (value >> 63)) as u64;
        while zigzag >= 0x80 {
            bytes.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        bytes.push(zigzag as u8);
    }

    /// A batch of records of key and value, a second apart.
    pub(in crate::engine::log) fn keyed(timestamp_ms: i64, records: &[(&str, Option<&str>)]) -> Bytes {
        let mut body = Vec::new();
        for (n, (key, value)) in records.iter().enumerate() {
            let mut record = vec![0];
            put(&mut record, 0);
            put(&mut record, n as i64);
            put(&mut record, key.len() as i64);
            record.extend(key.bytes());
            put(&mut record, value.map_or(-1, |value| value.len() as i64));
            record.extend(value.unwrap_or_default().bytes());
            put(&mut record, 0);
            put(&mut body, record.len() as i64);
            body.extend(record);
        }
        batch(records.len() as i32, timestamp_ms, &body)
    }

    #[test]
    fn records_are_read_and_left_out() {
        let whole = keyed(1000, &[("a", Some("1")), ("b", None), ("c", Some(&"long ".repeat(40)))]);
        let header = check(&whole).unwrap();
        let records = read(&header, &whole).unwrap();
        let keys: Vec<_> = records.iter().map(|record| (record.offset_delta, record.key.unwrap(), record.is_tombstone)).collect();
        assert_eq!(keys, [(0, b"a".as_slice(), false), (1, b"b".as_slice(), true), (2, b"c".as_slice(), false)]);

        let fewer = keep(&whole, &records[2..]).unwrap();
        let header = check_stored(&fewer).unwrap();
        assert_eq!((header.records, header.count, header.end_offset(), header.max_timestamp_ms), (3, 1, 3, 1000));
        let left = read(&header, &fewer).unwrap();
        assert_eq!((left.len(), left[0].offset_delta, left[0].key), (1, 2, Some(b"c".as_slice())));
        assert_eq!(keep(&whole, &[]), None, "a batch without records is none");
    }

    #[test]
    fn what_is_no_record_is_not_read() {
        for body in [b"whatever".as_slice(), &[0xff; 40], &[2], &[0x80; 12]] {
            let bytes = batch(1, 1, body);
            assert_eq!(read(&check(&bytes).unwrap(), &bytes), None);
        }
        let whole = keyed(1, &[("a", Some("1")), ("b", Some("2"))]);
        for cut in HEADER_BYTES..whole.len() {
            let bytes = batch(2, 1, &whole[HEADER_BYTES..cut]);
            assert_eq!(read(&check(&bytes).unwrap(), &bytes), None, "cut at {cut}");
        }
    }
}
