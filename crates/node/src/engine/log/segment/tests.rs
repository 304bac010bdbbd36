//! Segments by hand: reading within limits, finding by time, cutting, and what a torn file leaves.

use super::super::batch::tests::{batch, placed};
use super::super::batch::{check, check_stored, place};
use super::*;

fn filled(folder: &Path, batches: i64, body: usize) -> Segment {
    let mut segment = Segment::create(folder, 0).unwrap();
    for n in 0..batches {
        let bytes = batch(2, 1000 + n, &vec![n as u8; body]);
        let header = check_stored(&placed(&bytes, n * 2, 0)).unwrap();
        segment.append(&header, place(&bytes, n * 2, 0), &bytes).unwrap();
    }
    segment
}

fn read(segment: &Segment, offset: i64, end_offset: i64, max_bytes: usize, at_least_one: bool) -> bytes::Bytes {
    let run = segment.run(offset, end_offset, max_bytes, at_least_one).unwrap();
    run.map_or_else(bytes::Bytes::new, |run| file::read_at(&run.file, run.position, run.size).unwrap())
}

/// Every offset is found, whatever the size of a batch beside the distance of the index.
#[test]
fn reads_begin_at_the_batch_that_holds_the_offset() {
    for body in [1, 500, 4035, 4036, 9000] {
        let folder = tempfile::tempdir().unwrap();
        let mut segment = filled(folder.path(), 40, body);
        for closed in [false, true] {
            if closed {
                segment.close().unwrap();
            }
            for offset in 0..80 {
                let bytes = read(&segment, offset, 80, 1, true);
                let header = check(&bytes).unwrap();
                assert_eq!(header.base_offset, offset / 2 * 2, "body of {body} bytes");
            }
            assert!(read(&segment, 80, 90, 100, true).is_empty());
        }
    }
}

/// Every pair of limits gives whole batches, as many as fit, whatever lies between two entries of the index.
#[test]
fn runs_hold_as_much_as_fits() {
    for body in [39, 1000, 4036, 5000] {
        let folder = tempfile::tempdir().unwrap();
        let segment = filled(folder.path(), 60, body);
        let size = 61 + body;
        for offset in [0, 1, 2, 41, 118] {
            for end_offset in [2, 40, 60, 119, 120, 200] {
                for max_bytes in [1, size, size + 1, 10 * size - 1, 10 * size, 1 << 20] {
                    let first = offset / 2;
                    let until = (end_offset.min(120) / 2) + i64::from(end_offset < 120 && end_offset % 2 == 1);
                    let fits = ((max_bytes / size) as i64).max(1);
                    let expected = (until - first).min(fits).max(0);
                    let run = segment.run(offset, end_offset, max_bytes, true).unwrap();
                    let got = run.as_ref().map_or(0, |run| run.size / size) as i64;
                    assert_eq!(got, expected, "body {body}, from {offset} to {end_offset}, {max_bytes} bytes");
                    assert!(run.as_ref().is_none_or(|run| run.end_offset == (first + expected) * 2));
                    assert!(run.is_none_or(|run| run.records as i64 == run.end_offset - offset));
                }
            }
        }
    }
}

#[test]
fn limits_hold_and_one_batch_is_always_given() {
    let folder = tempfile::tempdir().unwrap();
    let segment = filled(folder.path(), 10, 39);
    assert_eq!(read(&segment, 0, 20, 350, true).len(), 300, "three whole batches of 100 bytes");
    assert_eq!(read(&segment, 4, 6, 1000, true).len(), 100, "nothing at or after the end offset");
    assert_eq!(read(&segment, 4, 4, 1000, true).len(), 0);
    assert_eq!(read(&segment, 0, 20, 50, false).len(), 0);
    assert_eq!(read(&segment, 0, 20, 50, true).len(), 100);
}

#[test]
fn timestamps_find_their_batch() {
    let folder = tempfile::tempdir().unwrap();
    let segment = filled(folder.path(), 300, 39);
    for n in [0, 1, 41, 42, 299] {
        assert_eq!(segment.first_since(1000 + n).unwrap().map(|(_, h)| h.base_offset), Some(n * 2));
    }
    assert_eq!(segment.first_since(1300).unwrap().map(|(_, h)| h.base_offset), None);
}

#[test]
fn a_closed_segment_is_known_by_its_index_and_only_if_it_fits() {
    let folder = tempfile::tempdir().unwrap();
    let mut segment = filled(folder.path(), 300, 39);
    let path = segment.path().to_owned();
    assert!(Segment::open_indexed(&path, 0).unwrap().is_none(), "not closed yet");
    segment.close().unwrap();
    let again = Segment::open_indexed(&path, 0).unwrap().unwrap();
    assert_eq!((again.size, again.end_offset, again.max_timestamp_ms, &again.index), (30_000, 600, 1299, &segment.index));
    let index = path.with_extension("index");
    let good = std::fs::read(&index).unwrap();
    for at in [0, 9, 30, good.len() - 1] {
        let mut bad = good.clone();
        bad[at] ^= 1;
        std::fs::write(&index, bad).unwrap();
        assert!(Segment::open_indexed(&path, 0).unwrap().is_none(), "bit flipped at {at}");
    }
    std::fs::write(&index, &good).unwrap();
    File::options().append(true).open(&path).unwrap().set_len(29_900).unwrap();
    assert!(Segment::open_indexed(&path, 0).unwrap().is_none(), "the file is shorter than when it was closed");
}

/// Cut at every byte: what is whole is found, and the rest is told.
#[test]
fn a_torn_file_keeps_its_whole_batches() {
    let folder = tempfile::tempdir().unwrap();
    let path = filled(folder.path(), 3, 39).path().to_owned();
    let whole = std::fs::read(&path).unwrap();
    for length in (0..=whole.len()).rev() {
        File::options().write(true).open(&path).unwrap().set_len(length as u64).unwrap();
        let mut seen = 0;
        let (mut segment, torn) = Segment::scan(&path, 0, |_| seen += 1).unwrap();
        assert_eq!((segment.size as usize, torn as usize, seen), (length / 100 * 100, length % 100, length / 100));
        assert_eq!(segment.end_offset, length as i64 / 100 * 2);
        if torn > 0 {
            segment.cut_torn().unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().len(), segment.size);
            std::fs::write(&path, &whole).unwrap();
        }
    }
    for at in [108, 116, 117, 121, 161, 199] {
        let mut damaged = whole.clone();
        damaged[at] ^= 0x40;
        std::fs::write(&path, &damaged).unwrap();
        let (segment, torn) = Segment::scan(&path, 0, |_| {}).unwrap();
        assert_eq!((segment.size, torn), (100, 200), "byte {at}");
    }
}

/// A write that failed for a full disk, and whose part could not be cut either.
#[test]
fn what_a_failed_write_left_is_cut_before_the_next_segment() {
    let folder = tempfile::tempdir().unwrap();
    let mut segment = filled(folder.path(), 3, 39);
    let path = segment.path().to_owned();
    let whole = std::fs::read(&path).unwrap();
    std::fs::write(&path, [&whole[..], &whole[..77]].concat()).unwrap();
    segment.close().unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), whole);
    assert_eq!(Segment::open_indexed(&path, 0).unwrap().map(|segment| segment.end_offset), Some(6));
    // One that was closed for a next one which could not be begun goes on.
    let bytes = batch(1, 1, b"next");
    let header = check_stored(&placed(&bytes, 6, 0)).unwrap();
    segment.append(&header, place(&bytes, 6, 0), &bytes).unwrap();
    assert_eq!(Segment::scan(&path, 0, |_| {}).unwrap().0.end_offset, 7);
}

#[test]
fn cutting_goes_to_the_start_of_a_batch() {
    let folder = tempfile::tempdir().unwrap();
    let mut segment = filled(folder.path(), 300, 39);
    segment.close().unwrap();
    segment.truncate(401).unwrap();
    assert_eq!((segment.size, segment.end_offset), (20_000, 400));
    segment.truncate(500).unwrap();
    assert_eq!(segment.end_offset, 400, "there is nothing to cut");
    let bytes = batch(1, 1, b"next");
    let header = check_stored(&placed(&bytes, 400, 3)).unwrap();
    segment.append(&header, place(&bytes, 400, 3), &bytes).unwrap();
    let (again, torn) = Segment::scan(segment.path(), 0, |_| {}).unwrap();
    assert_eq!((again.end_offset, torn), (401, 0));
    segment.truncate(0).unwrap();
    assert_eq!((segment.size, segment.end_offset, segment.index.len()), (0, 0, 0));
}
