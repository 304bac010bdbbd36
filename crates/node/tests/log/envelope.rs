//! What the log costs: appends and fetches hold a worker, everything else is free, and a full queue refuses.

use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest, ProduceResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use loadline_model::envelope::{Distribution, Envelope, ServiceTime};

use crate::brokers;
use crate::raw::{Raw, batch, frame, produce};

fn envelope(mean_ms: f64, queue_limit: u32) -> Envelope {
    let mut envelope = Envelope { queue_limit, ..Envelope::single("append", 1, mean_ms, Distribution::Fixed) };
    envelope.service.insert("fetch".to_owned(), ServiceTime { mean_ms, distribution: Distribution::Fixed });
    envelope
}

fn fetch(max_wait_ms: i32) -> FetchRequest {
    let part = FetchPartition::default().with_partition(0).with_fetch_offset(0).with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default().with_topic(TopicName(StrBytes::from_static_str("t"))).with_partitions(vec![part]);
    FetchRequest::default()
        .with_replica_id(BrokerId(-1))
        .with_max_wait_ms(max_wait_ms)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![topic])
}

/// Requests that are pipelined queue for the one worker; each batch of a request is one append.
#[tokio::test]
async fn each_batch_is_an_append_and_answers_come_in_order_at_their_finish() {
    let brokers = brokers::start(1, envelope(20.0, 1000));
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.topic("t").await;
    let begin = Instant::now();
    let pipelined: Vec<u8> = (0..3).flat_map(|n| frame(&produce("t", -1, vec![batch(), batch()]), 8, n).to_vec()).collect();
    raw.send(&pipelined).await;
    for n in 0..3 {
        let (correlation_id, answer): (i32, ProduceResponse) = raw.answer(8).await.unwrap();
        assert_eq!(correlation_id, n);
        let offsets: Vec<i64> = answer.responses[0].partition_responses.iter().map(|part| part.base_offset).collect();
        assert_eq!(offsets, [i64::from(n), i64::from(n)]);
        let due = Duration::from_millis(40) * (n as u32 + 1);
        assert!(begin.elapsed() >= due, "answer {n} came after {:?}, before its finish", begin.elapsed());
    }
    assert_eq!(raw.call(&fetch(0), 11).await.unwrap().responses[0].partitions[0].high_watermark, 3);
    let admitted = brokers.nodes[0].sample(false).admitted;
    assert_eq!((admitted["append"], admitted["fetch"]), (6, 1));
}

/// A batch is not visible before its append is finished, and an empty fetch costs nothing.
#[tokio::test]
async fn a_fetch_waits_for_the_finish_of_an_append() {
    let brokers = brokers::start(1, envelope(50.0, 1000));
    let mut writer = Raw::login(brokers.ports[0]).await;
    let mut reader = Raw::login(brokers.ports[0]).await;
    writer.topic("t").await;
    let begin = Instant::now();
    writer.send(&frame(&produce("t", 0, vec![batch()]), 8, 1)).await;
    let answer = reader.call(&fetch(60_000), 11).await.unwrap();
    assert!(begin.elapsed() >= Duration::from_millis(100), "50 ms append, then 50 ms fetch");
    assert_eq!(answer.responses[0].partitions[0].records.as_ref().map(bytes::Bytes::len), Some(batch().len()));
    let admitted = brokers.nodes[0].sample(false).admitted;
    assert_eq!((admitted["append"], admitted["fetch"]), (1, 1), "only the fetch that returned records was admitted");
}

#[tokio::test]
async fn a_full_queue_refuses_with_an_error_that_clients_retry() {
    let brokers = brokers::start(1, envelope(600_000.0, 0));
    let mut raw = Raw::login(brokers.ports[0]).await;
    let mut other = Raw::login(brokers.ports[0]).await;
    raw.topic("t").await;
    // Seeding costs nothing, and is visible at once.
    brokers.nodes[0].set_calm(true);
    raw.call(&produce("t", 1, vec![batch()]), 8).await.unwrap();
    brokers.nodes[0].set_calm(false);
    raw.send(&frame(&produce("t", 1, vec![batch()]), 8, 1)).await;
    // The next holds the only worker once it was counted.
    while brokers.counter("records_in") < 2 {
        tokio::task::yield_now().await;
    }
    let answer = other.call(&produce("t", 1, vec![batch()]), 8).await.unwrap();
    assert_eq!(answer.responses[0].partition_responses[0].error_code, ResponseError::RequestTimedOut.code());
    let answer = other.call(&fetch(0), 11).await.unwrap();
    assert_eq!(answer.responses[0].partitions[0].error_code, ResponseError::BrokerNotAvailable.code());
    assert_eq!(brokers.nodes[0].sample(false).refused, 2);
}
