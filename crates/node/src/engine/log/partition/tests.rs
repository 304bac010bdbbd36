//! A partition by hand: what is visible when, as the only replica, as a leader with replicas, and as a replica.

use bytes::Bytes;

use super::super::batch;
use super::super::batch::tests::batch;
use super::super::settings::tests::defaults;
use super::*;

fn open(folder: &Path) -> Partition {
    Partition::open(folder, Arc::new(defaults())).unwrap().0
}

fn agreed(leader: i32, epoch: i32, replicas: &[i32], isr: &[i32]) -> PartitionState {
    PartitionState { replicas: replicas.to_vec(), leader, epoch, isr: isr.to_vec() }
}

fn append(partition: &Partition, records: i32) -> Appended {
    let bytes = batch(records, 1, b"some body");
    partition.append(batch::check(&bytes).unwrap(), &bytes).unwrap()
}

fn write(partition: &Partition, records: i32) -> Appended {
    let appended = append(partition, records);
    partition.finish(appended.end_offset);
    appended
}

fn visible(partition: &Partition, offset: i64, replica: Option<i32>) -> (i64, Bytes) {
    let slice = partition.read(offset, 1 << 20, true, replica).unwrap();
    slice
        .run
        .map_or((offset, Bytes::new()), |run| (run.end_offset, super::super::file::read_at(&run.file, run.position, run.size).unwrap()))
}

/// With several workers appends finish out of order; readers see them in order, without gaps.
#[test]
fn a_batch_is_visible_when_all_before_it_are_finished() {
    let folder = tempfile::tempdir().unwrap();
    let partition = open(&folder.path().join("p"));
    assert_eq!(partition.read(0, 100, true, None).unwrap_err(), NOT_LEADER);
    partition.take_part(0, &agreed(0, 0, &[0], &[0]));
    assert!(partition.read(0, 100, true, None).unwrap().run.is_none());
    assert_eq!(partition.read(1, 100, true, None).unwrap_err(), ResponseError::OffsetOutOfRange);
    let (first, second) = (append(&partition, 2), append(&partition, 3));
    assert_eq!((first.base_offset, second.base_offset), (0, 2));
    assert_eq!(visible(&partition, 0, None).0, 0);
    partition.finish(second.end_offset);
    assert_eq!(visible(&partition, 0, None).0, 0);
    assert!(!partition.is_acknowledged(&first));
    partition.finish(first.end_offset);
    assert_eq!(visible(&partition, 0, None).0, 5);
    assert!(partition.is_acknowledged(&second));
    assert_eq!(partition.bounds(), (0, 5));
    assert_eq!(partition.offset_of(Wanted::Latest), Ok((5, -1)));
    assert_eq!(partition.offset_of(Wanted::Since(1)), Ok((0, 1)));
    assert_eq!(partition.offset_of(Wanted::Since(2)), Ok((-1, -1)));
}

#[test]
fn the_high_watermark_is_what_every_replica_in_sync_has() {
    let folder = tempfile::tempdir().unwrap();
    let partition = open(&folder.path().join("p"));
    partition.take_part(1, &agreed(1, 4, &[1, 2, 0], &[1, 2]));
    let written = write(&partition, 5);
    assert_eq!(visible(&partition, 0, None).0, 0, "2 has nothing yet");
    assert_eq!(visible(&partition, 0, Some(2)).0, 5, "a replica reads what consumers cannot");
    assert!(!partition.is_acknowledged(&written));
    assert_eq!(partition.other_isr(clock::now_ns(), u64::MAX), None, "0 is not there yet");
    visible(&partition, 5, Some(0));
    assert_eq!(partition.bounds().1, 0, "0 is not in sync");
    assert_eq!(partition.other_isr(clock::now_ns(), u64::MAX), Some((4, vec![1, 2, 0])), "it caught up");
    visible(&partition, 5, Some(2));
    assert_eq!(visible(&partition, 0, None).0, 5);
    assert!(partition.is_acknowledged(&written));
    assert_eq!(partition.read(0, 1, true, Some(9)).unwrap_err(), ResponseError::UnknownTopicOrPartition, "9 is no replica");

    write(&partition, 1);
    assert_eq!(partition.other_isr(clock::now_ns(), 0), Some((4, vec![1, 0])), "2 is behind for longer than nothing; 0 asks to come in");
    partition.take_part(1, &agreed(1, 4, &[1, 2, 0], &[1]));
    assert_eq!(partition.bounds().1, 6, "without 2 the leader alone is enough");
    let mut settings = defaults();
    settings.min_insync = 2;
    partition.set(Arc::new(settings));
    assert_eq!(partition.may_append(true), Err(ResponseError::NotEnoughReplicas));
    assert_eq!(partition.may_append(false), Ok(()));
}

/// The leader of epoch 0 wrote what its replica never got; the replica leads in epoch 1; the old leader comes back and follows.
#[test]
fn a_leader_that_comes_back_cuts_what_nobody_else_has() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (open(&folder.path().join("old")), open(&folder.path().join("new")));
    old.take_part(0, &agreed(0, 0, &[0, 1], &[0, 1]));
    new.take_part(1, &agreed(0, 0, &[0, 1], &[0, 1]));
    write(&old, 3);
    let (_, bytes) = visible(&old, 0, Some(1));
    assert_eq!(new.copy_from(0), Some(CopyFrom { epoch: 0, offset: 0, align: None }));
    assert_eq!(new.copy(0, &bytes, (0, 0)).unwrap(), 3);
    visible(&old, 3, Some(1));
    assert_eq!((old.bounds().1, new.bounds().1), (3, 0), "the replica hears of the high watermark with its next fetch");
    let lost = write(&old, 2);
    assert!(!old.is_acknowledged(&lost), "nobody else has it");

    let next = agreed(1, 1, &[0, 1], &[1]);
    new.take_part(1, &next);
    old.take_part(0, &next);
    assert_eq!(new.bounds().1, 3, "all that was acknowledged is there");
    write(&new, 1);
    let from = old.copy_from(1).unwrap();
    assert_eq!(from, CopyFrom { epoch: 1, offset: 5, align: Some(0) });
    assert_eq!(new.check_epoch(0), Err(ResponseError::FencedLeaderEpoch));
    assert_eq!(new.end_of_epoch(0), (0, 3));
    old.align(1, (0, 3)).unwrap();
    assert_eq!(old.copy_from(1).unwrap(), CopyFrom { epoch: 1, offset: 3, align: None });
    let (end, bytes) = visible(&new, 3, Some(0));
    assert_eq!((end, old.copy(1, &bytes, (4, 0)).unwrap()), (4, 1));
    assert_eq!((old.bounds(), old.end_offset()), ((0, 4), 4));
    assert_eq!(old.copy(0, &bytes, (9, 0)).unwrap(), 0, "an answer of an earlier epoch is not used");
}

#[test]
fn a_replica_that_is_before_the_start_begins_again() {
    let folder = tempfile::tempdir().unwrap();
    let replica = open(&folder.path().join("p"));
    replica.take_part(1, &agreed(0, 2, &[0, 1], &[0]));
    replica.realign(2, 700).unwrap();
    assert_eq!(replica.copy_from(0), Some(CopyFrom { epoch: 2, offset: 700, align: None }));
    assert_eq!(replica.bounds(), (700, 700));
}

#[tokio::test]
async fn flushes_are_shared_and_cover_what_was_written_before_them() {
    let folder = tempfile::tempdir().unwrap();
    let partition = Arc::new(open(&folder.path().join("p")));
    partition.take_part(0, &agreed(0, 0, &[0], &[0]));
    let ends: Vec<i64> = (0..20).map(|_| append(&partition, 1).end_offset).collect();
    let waiting: Vec<_> = ends.iter().map(|end| partition.flush(*end)).collect();
    for flushed in futures_util::future::join_all(waiting).await {
        flushed.unwrap();
    }
    assert_eq!(partition.flushed.borrow().end, 20);
}

#[tokio::test]
async fn a_producer_that_waits_hears_that_another_leads() {
    let folder = tempfile::tempdir().unwrap();
    let partition = open(&folder.path().join("p"));
    partition.take_part(0, &agreed(0, 0, &[0, 1], &[0, 1]));
    let written = write(&partition, 1);
    assert_eq!(partition.acknowledged(&written, false, Duration::MAX).await, Ok(()));
    assert_eq!(partition.acknowledged(&written, true, Duration::ZERO).await, Err(ResponseError::RequestTimedOut));
    let waiting = partition.acknowledged(&written, true, Duration::from_secs(3600));
    let moving = async { partition.take_part(0, &agreed(1, 1, &[0, 1], &[1])) };
    assert_eq!(tokio::join!(waiting, moving).0, Err(NOT_LEADER));
}
