//! What a broker has on disk is there when it starts again: records, offsets of groups, topics and their settings, and what it remembers
//! of producers. What a kill tore is cut.

use std::io::Write;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::{GroupId, OffsetCommitRequest, OffsetFetchRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use rdkafka::Message;
use rdkafka::consumer::{CommitMode, Consumer};

use crate::brokers;
use crate::clients::{member, next, producer, send};
use crate::raw::{Raw, batch, numbered, produce};

#[tokio::test(flavor = "multi_thread")]
async fn records_and_offsets_outlive_the_broker() {
    let mut brokers = brokers::start_with(1, brokers::free(), &[("fsync", "each_batch".into()), ("segment_mb", 0.001.into())]);
    let client = producer(&brokers);
    for n in 0..200 {
        send(&client, "t", 0, &format!("record {n}")).await;
    }
    let (consumer, _) = member(&brokers, "readers", "t");
    for n in 0..50 {
        let message = next(&consumer).await;
        assert_eq!(message.payload(), Some(format!("record {n}").as_bytes()));
        consumer.commit_message(&message, CommitMode::Sync).unwrap();
    }
    drop(consumer);
    brokers.stop(0);
    // A write that a kill tore in the middle.
    let folder = brokers.partition(0, "t-0.1");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "log"));
    files.sort();
    assert!(files.len() > 5, "several segments");
    std::fs::File::options().append(true).open(files.last().unwrap()).unwrap().write_all(&batch()[..40]).unwrap();

    brokers.restart(0);
    assert_eq!(send(&client, "t", 0, "record 200").await, (0, 200), "the torn bytes are gone");
    let (consumer, _) = member(&brokers, "readers", "t");
    for n in 50..=200 {
        assert_eq!(next(&consumer).await.payload(), Some(format!("record {n}").as_bytes()));
    }
    brokers.gauge_becomes("consumer_lag/readers", 151.0).await;
}

#[tokio::test]
async fn an_idempotent_batch_that_comes_again_is_dropped_also_after_a_restart() {
    let mut brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.create("t", 1).await;
    let told = |answer: kafka_protocol::messages::ProduceResponse| {
        let part = &answer.responses[0].partition_responses[0];
        (part.base_offset, part.error_code)
    };
    let first = numbered(7, 0, 0);
    assert_eq!(told(raw.call(&produce("t", -1, vec![first.clone()]), 8).await.unwrap()), (0, 0));
    assert_eq!(told(raw.call(&produce("t", -1, vec![first.clone()]), 8).await.unwrap()), (0, 0), "dropped, and told where it is");
    let gap = ResponseError::OutOfOrderSequenceNumber.code();
    assert_eq!(told(raw.call(&produce("t", -1, vec![numbered(7, 0, 2)]), 8).await.unwrap()), (-1, gap));
    assert_eq!(told(raw.call(&produce("t", -1, vec![numbered(7, 1, 0)]), 8).await.unwrap()), (1, 0), "a new epoch");
    let fenced = ResponseError::InvalidProducerEpoch.code();
    assert_eq!(told(raw.call(&produce("t", -1, vec![numbered(7, 0, 1)]), 8).await.unwrap()), (-1, fenced));
    assert_eq!((brokers.counter("records_in"), brokers.counter("duplicates_dropped")), (2, 1));

    brokers.stop(0);
    brokers.restart(0);
    let mut raw = Raw::login(brokers.ports[0]).await;
    assert_eq!(told(raw.call(&produce("t", -1, vec![numbered(7, 1, 0)]), 8).await.unwrap()), (1, 0));
    assert_eq!(told(raw.call(&produce("t", -1, vec![numbered(7, 1, 2)]), 8).await.unwrap()), (-1, gap));
    assert_eq!(told(raw.call(&produce("t", -1, vec![numbered(7, 1, 1)]), 8).await.unwrap()), (2, 0));
}

#[tokio::test]
async fn offsets_of_a_topic_that_goes_are_forgotten() {
    let mut brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.create("goes", 1).await;
    raw.create("stays", 1).await;
    let group = || GroupId(StrBytes::from_static_str("g"));
    let asked = ["goes", "stays"].map(|name| {
        let part = OffsetCommitRequestPartition::default().with_partition_index(0).with_committed_offset(3);
        OffsetCommitRequestTopic::default().with_name(TopicName(StrBytes::from_static_str(name))).with_partitions(vec![part])
    });
    let commit = OffsetCommitRequest::default().with_group_id(group()).with_generation_id_or_member_epoch(-1);
    raw.call(&commit.with_topics(asked.to_vec()), 8).await.unwrap();
    raw.delete("goes").await;
    let all = OffsetFetchRequest::default().with_group_id(group()).with_topics(None);
    while raw.call(&all, 7).await.unwrap().topics.len() > 1 {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    brokers.stop(0);
    assert!(!brokers.partition(0, "goes-0.1").exists());
    brokers.restart(0);
    let mut raw = Raw::login(brokers.ports[0]).await;
    let left = raw.call(&all, 7).await.unwrap();
    assert_eq!((left.topics.len(), left.topics[0].name.as_str(), left.topics[0].partitions[0].committed_offset), (1, "stays", 3));
}
