//! A disk without room, which a limit on the size of files plays: what cannot be written is refused, nothing of it stays in the middle of
//! a file, and everything goes on when there is room again.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::{GroupId, OffsetCommitRequest, OffsetFetchRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use crate::kills::{Process, read, to};
use crate::raw::Raw;

async fn produce(raw: &mut Raw, body: &[u8]) -> (i64, i16) {
    let answer = raw.call(&to(0, body), 8).await.unwrap();
    let part = &answer.responses[0].partition_responses[0];
    (part.base_offset, part.error_code)
}

async fn commit(raw: &mut Raw, offset: i64) -> i16 {
    let part = OffsetCommitRequestPartition::default().with_partition_index(0).with_committed_offset(offset);
    let part = part.with_committed_metadata(Some(StrBytes::from_string("so far ".repeat(20))));
    let topic = OffsetCommitRequestTopic::default().with_name(TopicName(StrBytes::from_static_str("t"))).with_partitions(vec![part]);
    let commit = OffsetCommitRequest::default().with_group_id(group()).with_generation_id_or_member_epoch(-1);
    raw.call(&commit.with_topics(vec![topic]), 8).await.unwrap().topics[0].partitions[0].error_code
}

fn group() -> GroupId {
    GroupId(StrBytes::from_static_str("g"))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_full_disk_cut_short_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start_for_a_full_disk(folder.path());
    let mut raw = Raw::login(process.port).await;
    raw.topic("t").await;
    for offset in 0..20 {
        assert_eq!(produce(&mut raw, &[b'a'; 100]).await, (offset, 0));
    }
    let segment = folder.path().join(format!("log/t-0.1/{:020}.log", 0));
    let before = std::fs::metadata(&segment).unwrap().len();
    process.limit_files(Some(before + 70));
    let storage = ResponseError::KafkaStorageError.code();
    for _ in 0..3 {
        assert_eq!(produce(&mut raw, &[b'b'; 100]).await, (-1, storage));
        assert_eq!(std::fs::metadata(&segment).unwrap().len(), before, "a part of it was written, and is cut");
    }
    let mut committed = 0;
    while commit(&mut raw, committed + 1).await == 0 {
        committed += 1;
    }
    assert!(committed > 3, "{committed} fitted");
    let offsets = std::fs::read(folder.path().join("log/offsets.jsonl")).unwrap();
    assert_eq!((offsets.last(), offsets.iter().filter(|byte| **byte == b'\n').count() as i64), (Some(&b'\n'), committed));

    process.limit_files(None);
    assert_eq!(produce(&mut raw, &[b'c'; 10]).await, (20, 0));
    assert_eq!(commit(&mut raw, 21).await, 0);
    process.kill();
    let process = Process::start(folder.path(), 3_600_000);
    assert!(!process.said.iter().any(|said| said.contains("torn")), "{:?}", process.said);
    let mut raw = Raw::login(process.port).await;
    let there = read(&mut raw, 0, 0).await;
    assert_eq!((there.len(), there[20].1.as_slice()), (21, &[b'c'; 10][..]));
    let kept = raw.call(&OffsetFetchRequest::default().with_group_id(group()).with_topics(None), 7).await.unwrap();
    assert_eq!(kept.topics[0].partitions[0].committed_offset, 21);
}
