//! Compaction: of the records of each key in closed segments only the last stays. Files are read and written, nothing is swapped here.
//! Batches that are compressed are never opened, so they stay whole, and so do their keys' earlier records.

use std::collections::HashMap;
use std::collections::hash_map::RandomState;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::{limits, records, storage};

/// Two independent hashes of a key: 128 bits do not collide by accident, nor on purpose, since they are keyed at random.
struct Digest(RandomState, RandomState);

impl Digest {
    fn of(&self, key: &[u8]) -> (u64, u64) {
        (self.0.hash_one(key), self.1.hash_one(key))
    }
}

/// Rewrites those of `closed` (base offset and path) that hold something to leave out, beside the originals. A key whose last word, older
/// than `tombstones_before_ms`, is that it is gone, goes altogether. Gives base offsets and the new files.
pub(super) fn compact(closed: &[(i64, PathBuf)], tombstones_before_ms: i64) -> io::Result<Vec<(i64, PathBuf)>> {
    let digest = Digest(RandomState::new(), RandomState::new());
    let mut last: HashMap<(u64, u64), i64> = HashMap::new();
    for (_, path) in closed {
        storage::batches(path, |header, batch| {
            for record in records::read(header, batch).unwrap_or_default() {
                let Some(key) = record.key else { continue };
                let key = digest.of(key);
                // A key that finds no room any more keeps all of its records this time.
                if last.len() < limits::COMPACTED_KEYS || last.contains_key(&key) {
                    last.insert(key, header.base_offset + record.offset_delta);
                }
            }
            Ok(())
        })?;
    }
    let mut rewritten = Vec::new();
    for (base, path) in closed {
        let beside = path.with_extension("cleaned");
        if rewrite(path, &beside, &digest, &last, tombstones_before_ms)? {
            rewritten.push((*base, beside));
        } else {
            std::fs::remove_file(&beside)?;
        }
    }
    Ok(rewritten)
}

/// True when the new file is another than the old.
fn rewrite(path: &Path, beside: &Path, digest: &Digest, last: &HashMap<(u64, u64), i64>, tombstones_before_ms: i64) -> io::Result<bool> {
    let mut out = BufWriter::with_capacity(1 << 20, File::create(beside)?);
    let mut fewer = false;
    storage::batches(path, |header, batch| {
        let Some(records) = records::read(header, batch) else { return out.write_all(batch) };
        let stays = |record: &records::Record<'_>| {
            let Some(key) = record.key else { return true };
            let is_last = last.get(&digest.of(key)).is_none_or(|offset| *offset == header.base_offset + record.offset_delta);
            is_last && !(record.is_tombstone && header.max_timestamp_ms < tombstones_before_ms)
        };
        let kept: Vec<records::Record<'_>> = records.iter().copied().filter(stays).collect();
        if kept.len() == records.len() {
            return out.write_all(batch);
        }
        fewer = true;
        match records::keep(batch, &kept) {
            Some(smaller) => out.write_all(&smaller),
            None => Ok(()),
        }
    })?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(fewer)
}

#[cfg(test)]
mod tests {
    use super::super::batch;
    use super::super::records::tests::keyed;
    use super::super::storage::Log;
    use super::*;

    fn append(log: &mut Log, at_ms: i64, records: &[(&str, Option<&str>)]) {
        let bytes = keyed(at_ms, records);
        log.append(batch::check(&bytes).unwrap(), &bytes, 0, 1).unwrap();
    }

    fn left(log: &Log) -> Vec<(i64, String)> {
        let mut left = Vec::new();
        for (_, path) in log.closed(i64::MAX) {
            storage::batches(&path, |header, batch| {
                for record in records::read(header, batch).unwrap() {
                    left.push((header.base_offset + record.offset_delta, String::from_utf8(record.key.unwrap().to_vec()).unwrap()));
                }
                Ok(())
            })
            .unwrap();
        }
        left
    }

    fn run(log: &mut Log, tombstones_before_ms: i64) -> usize {
        let rewritten = compact(&log.closed(i64::MAX), tombstones_before_ms).unwrap();
        for (base, path) in &rewritten {
            log.swap(*base, path).unwrap();
        }
        rewritten.len()
    }

    #[test]
    fn the_last_of_each_key_stays_where_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, _) = Log::open(folder.path()).unwrap();
        append(&mut log, 1, &[("a", Some("1")), ("b", Some("1")), ("a", Some("2"))]);
        append(&mut log, 2, &[("c", Some("1")), ("b", None)]);
        append(&mut log, 3, &[("a", Some("3"))]);
        append(&mut log, 4, &[("a", Some("in the open segment, which stays as it is"))]);
        assert_eq!(run(&mut log, 0), 1, "only the first segment has something to leave out");
        let key = |offset: i64, key: &str| (offset, key.to_owned());
        assert_eq!(left(&log), [key(3, "c"), key(4, "b"), key(5, "a")]);
        assert_eq!(run(&mut log, 0), 0);
        assert_eq!(log.end_offset(), 7);

        let found = log.run(0, 7, 1 << 20, true).unwrap().unwrap();
        assert_eq!(found.end_offset, 5, "a read of an offset that is gone goes on with the next that is there");
        assert_eq!(found.records, 2, "and what is gone is not counted");

        assert_eq!(run(&mut log, 3), 1, "the word that b is gone is old enough");
        assert_eq!(left(&log), [key(3, "c"), key(5, "a")]);
        drop(log);
        let (log, found) = Log::open(folder.path()).unwrap();
        assert_eq!((left(&log), found.torn_bytes), (vec![key(3, "c"), key(5, "a")], 0));
    }

    #[test]
    fn what_cannot_be_looked_into_stays() {
        let folder = tempfile::tempdir().unwrap();
        let (mut log, _) = Log::open(folder.path()).unwrap();
        for _ in 0..3 {
            let bytes = super::super::batch::tests::batch(1, 1, b"no record");
            log.append(batch::check(&bytes).unwrap(), &bytes, 0, 1).unwrap();
        }
        assert_eq!(run(&mut log, i64::MAX), 0);
    }
}
