//! A log on disk by hand: opened again after every sort of end, cut, and made shorter.

use super::super::batch::check;
use super::super::batch::tests::{batch, numbered};
use super::super::producers::Verdict;
use super::*;

const SMALL: u64 = 250;

fn append(log: &mut Log, records: i32, at_ms: i64, epoch: i32) -> i64 {
    let bytes = batch(records, at_ms, &[b'x'; 39]);
    log.append(check(&bytes).unwrap(), &bytes, epoch, SMALL).unwrap().base_offset
}

/// Six batches of two records in three segments.
fn filled(folder: &Path) -> Log {
    let (mut log, found) = Log::open(folder).unwrap();
    assert_eq!(found, Found::default());
    for n in 0..6 {
        assert_eq!(append(&mut log, 2, 1000 + n, 0), n * 2);
    }
    assert_eq!(log.segments.len(), 3);
    log
}

fn offsets(log: &Log) -> Vec<i64> {
    let mut offsets = Vec::new();
    let mut at = log.start_offset();
    while let Some(run) = log.run(at, log.end_offset(), 100, true).unwrap() {
        let bytes = file::read_at(&run.file, run.position, run.size).unwrap();
        offsets.push(check(&bytes).unwrap().base_offset);
        at = run.end_offset;
    }
    offsets
}

#[test]
fn a_log_is_what_it_was_when_it_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    drop(filled(&path));
    for without in ["", "index", "state"] {
        for entry in std::fs::read_dir(&path).unwrap() {
            let file = entry.unwrap().path();
            if file.extension().is_some_and(|extension| extension == without) {
                std::fs::remove_file(file).unwrap();
            }
        }
        let (log, found) = Log::open(&path).unwrap();
        assert_eq!((offsets(&log), log.end_offset(), found), (vec![0, 2, 4, 6, 8, 10], 12, Found::default()), "without {without}");
        assert_eq!(log.end_of_epoch(0), Some((0, 12)));
    }
}

/// Neither is the name of a file on the disk because its bytes are, nor that of a folder because its files are.
#[test]
fn names_are_flushed_with_what_was_begun() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    let log = filled(&path);
    assert_eq!(log.folders_to_flush(0), [path.as_path(), folder.path()]);
    assert_eq!(log.folders_to_flush(8), [path.as_path(), folder.path()]);
    assert_eq!(log.folders_to_flush(9), [] as [&Path; 0], "the last segment was begun before");
}

#[test]
fn a_torn_end_is_cut_and_damage_before_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    drop(filled(&path));
    let last = path.join(format!("{:020}.log", 8));
    File::options().write(true).open(&last).unwrap().set_len(150).unwrap();
    let (mut log, found) = Log::open(&path).unwrap();
    assert_eq!((offsets(&log), found.torn_bytes), (vec![0, 2, 4, 6, 8], 50));
    assert_eq!(append(&mut log, 1, 2000, 1), 10);
    drop(log);

    let closed = path.join(format!("{:020}.log", 4));
    File::options().write(true).open(&closed).unwrap().set_len(150).unwrap();
    let refused = Log::open(&path).unwrap_err().to_string();
    assert!(refused.contains("damaged at byte 100") && refused.contains("put a copy"), "{refused}");
}

#[test]
fn producers_are_remembered_over_segments() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    let (mut log, _) = Log::open(&path).unwrap();
    let sent = numbered(2, 1, b"", (9, 0, 0));
    log.append(check(&sent).unwrap(), &sent, 0, SMALL).unwrap();
    for _ in 0..6 {
        append(&mut log, 2, 1, 0);
    }
    drop(log);
    let (log, _) = Log::open(&path).unwrap();
    assert_eq!(log.producers().judge(&check(&sent).unwrap()), Verdict::Duplicate { base_offset: 0, end_offset: 2 });
}

#[test]
fn cutting_forgets_what_was_after() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    let mut log = filled(&path);
    append(&mut log, 1, 2000, 3);
    assert_eq!((log.end_of_epoch(0), log.end_of_epoch(2), log.end_of_epoch(3)), (Some((0, 12)), Some((0, 12)), Some((3, 13))));
    assert_eq!(log.end_of_epoch(-1), None);
    log.truncate(5).unwrap();
    assert_eq!((offsets(&log), log.end_offset(), log.last_epoch()), (vec![0, 2], 4, 0));
    assert_eq!(append(&mut log, 3, 2000, 5), 4);
    drop(log);
    let (mut log, _) = Log::open(&path).unwrap();
    assert_eq!((offsets(&log), log.last_epoch()), (vec![0, 2, 4], 5));
    log.restart_at(100).unwrap();
    assert_eq!((log.start_offset(), log.end_offset(), append(&mut log, 1, 1, 6)), (100, 100, 100));
    drop(log);
    let (log, _) = Log::open(&path).unwrap();
    assert_eq!((log.start_offset(), log.end_offset()), (100, 101));
}

#[test]
fn age_and_size_remove_whole_segments_from_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    let mut log = filled(&path);
    assert_eq!(log.retain(Some(1001), None, i64::MAX).unwrap(), 0, "the first segment has records of 1001");
    assert_eq!(log.retain(Some(1002), None, 3).unwrap(), 0, "not all of it is below the offset");
    assert_eq!(log.retain(Some(1002), None, i64::MAX).unwrap(), 1);
    assert_eq!((log.start_offset(), offsets(&log)), (4, vec![4, 6, 8, 10]));
    assert_eq!(log.retain(None, Some(201), i64::MAX).unwrap(), 0);
    assert_eq!(log.retain(None, Some(200), i64::MAX).unwrap(), 1);
    assert_eq!(log.retain(Some(i64::MAX), None, i64::MAX).unwrap(), 0, "the last segment stays");
    log.roll_old(i64::MAX).unwrap();
    assert_eq!(log.retain(Some(i64::MAX), None, i64::MAX).unwrap(), 1);
    assert_eq!((log.start_offset(), log.end_offset(), offsets(&log)), (12, 12, vec![]));
    drop(log);
    let (mut log, _) = Log::open(&path).unwrap();
    assert_eq!((log.start_offset(), log.end_offset(), append(&mut log, 1, 1, 0)), (12, 12, 12));
}

#[test]
fn deleted_records_stay_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("p");
    let mut log = filled(&path);
    log.begin_at(5).unwrap();
    assert_eq!((log.start_offset(), log.segments.len()), (5, 2));
    drop(log);
    let (mut log, _) = Log::open(&path).unwrap();
    assert_eq!(log.start_offset(), 5);
    log.begin_at(3).unwrap();
    assert_eq!(log.start_offset(), 5, "it never goes back");
    log.begin_at(100).unwrap();
    assert_eq!((log.start_offset(), log.end_offset()), (12, 12));
}

#[test]
fn times_are_found() {
    let folder = tempfile::tempdir().unwrap();
    let log = filled(&folder.path().join("p"));
    assert_eq!(log.first_since(1003).unwrap(), Some((6, 1003)));
    assert_eq!(log.first_since(0).unwrap(), Some((0, 1000)));
    assert_eq!(log.first_since(1006).unwrap(), None);
}

#[test]
fn a_copy_of_the_leaders_batches_keeps_their_offsets() {
    let folder = tempfile::tempdir().unwrap();
    let leader = filled(&folder.path().join("leader"));
    let (mut copy, _) = Log::open(&folder.path().join("copy")).unwrap();
    let mut at = 0;
    while let Some(run) = leader.run(at, 12, 150, true).unwrap() {
        let bytes = file::read_at(&run.file, run.position, run.size).unwrap();
        assert_eq!(copy.append_stored(&bytes, SMALL).unwrap(), 2);
        assert_eq!(copy.append_stored(&bytes, SMALL).unwrap(), 0, "what is here already is left out");
        at = copy.end_offset();
    }
    assert_eq!((offsets(&copy), copy.end_offset()), (vec![0, 2, 4, 6, 8, 10], 12));
    let bytes = batch(1, 1, b"torn");
    assert_eq!(copy.append_stored(&bytes[..bytes.len() - 1], SMALL).unwrap(), 0);
}
