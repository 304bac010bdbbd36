//! Producing, consumer groups, commits and the handover from one group of members to the next.

use std::collections::BTreeSet;
use std::sync::Arc;

use rdkafka::Message;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::mpsc;

use crate::brokers;
use crate::clients::{Assigned, config, member, next, producer, send};

/// Hands every record on and commits it, until told to stop; then leaves the group.
async fn consume(
    consumer: Arc<StreamConsumer<Assigned>>,
    seen: mpsc::UnboundedSender<String>,
    mut stop: tokio::sync::watch::Receiver<bool>,
) {
    loop {
        tokio::select! {
            message = next(&consumer) => {
                seen.send(String::from_utf8_lossy(message.payload().unwrap()).into_owned()).unwrap();
                consumer.commit_message(&message, CommitMode::Async).unwrap();
            }
            _ = stop.changed() => break,
        }
    }
    let last = tokio::task::spawn_blocking(move || {
        let position = consumer.position().unwrap();
        consumer.commit(&position, CommitMode::Sync)
    });
    last.await
        .unwrap()
        .or_else(|error| match error {
            KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset) => Ok(()),
            other => Err(other),
        })
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn three_members_share_and_a_fourth_goes_on_where_they_stopped() {
    let brokers = brokers::one();
    let producer = producer(&brokers);
    let (seen, mut received) = mpsc::unbounded_channel();
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut members = Vec::new();
    let mut assigned = Vec::new();
    for _ in 0..3 {
        let (consumer, partitions) = member(&brokers, "readers", "orders");
        members.push(tokio::spawn(consume(Arc::new(consumer), seen.clone(), stopped.clone())));
        assigned.push(partitions);
    }
    for partitions in &mut assigned {
        partitions.wait_for(|count| *count == 2).await.unwrap();
    }
    let mut sent = BTreeSet::new();
    for n in 0..300 {
        let payload = format!("first {n}");
        assert_eq!(send(&producer, "orders", n % 6, &payload).await, (n % 6, i64::from(n / 6)), "offsets are dense");
        sent.insert(payload);
    }
    for _ in 0..300 {
        let payload = received.recv().await.unwrap();
        assert!(sent.remove(&payload), "{payload} came twice or was never sent");
    }
    stop.send(true).unwrap();
    for member in members {
        member.await.unwrap();
    }
    brokers.gauge_becomes("consumer_lag", 0.0).await;

    for n in 0..120 {
        let payload = format!("second {n}");
        send(&producer, "orders", n % 6, &payload).await;
        sent.insert(payload);
    }
    brokers.gauge_becomes("consumer_lag", 120.0).await;
    let (fourth, mut all) = member(&brokers, "readers", "orders");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let fourth = tokio::spawn(consume(Arc::new(fourth), seen, stopped));
    all.wait_for(|count| *count == 6).await.unwrap();
    for _ in 0..120 {
        let payload = received.recv().await.unwrap();
        assert!(sent.remove(&payload), "{payload} came twice, was committed before, or was never sent");
    }
    brokers.gauge_becomes("consumer_lag", 0.0).await;
    stop.send(true).unwrap();
    fourth.await.unwrap();
    assert!(received.try_recv().is_err(), "nothing came twice");
    assert_eq!((brokers.counter("records_in"), brokers.counter("records_out")), (420, 420));
}

/// A member that leaves gives its partitions to the one that stays.
#[tokio::test(flavor = "multi_thread")]
async fn the_others_take_over_from_a_member_that_leaves() {
    let brokers = brokers::one();
    let (stays, mut partitions) = member(&brokers, "pair", "events");
    let (goes, mut others) = member(&brokers, "pair", "events");
    let going = tokio::spawn(async move {
        tokio::select! {
            message = next(&goes) => panic!("nothing was sent: {message:?}"),
            assigned = others.wait_for(|count| *count == 3) => assert!(assigned.is_ok()),
        }
        goes
    });
    let staying = async {
        partitions.wait_for(|count| *count == 3).await.unwrap();
        drop(going.await.unwrap());
        partitions.wait_for(|count| *count == 6).await.unwrap();
    };
    tokio::select! {
        message = next(&stays) => panic!("nothing was sent: {message:?}"),
        () = staying => {}
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused() {
    let brokers = brokers::one();
    let refused = tokio::task::spawn_blocking({
        let mut config = config(&brokers);
        config.set("sasl.password", "wrong").set("group.id", "x");
        move || {
            let consumer: BaseConsumer = config.create().unwrap();
            loop {
                match consumer.poll(std::time::Duration::from_secs(1)) {
                    Some(Err(error)) if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Authentication) => return true,
                    Some(Ok(_)) => return false,
                    Some(Err(_)) | None => {}
                }
            }
        }
    });
    assert!(refused.await.unwrap());
    let failed = brokers.nodes[0].sample(false).failed;
    assert!(failed.get("unauthorised").is_some_and(|count| *count > 0), "{failed:?}");
}

/// Compression is the clients' affair: what comes out is what went in.
#[tokio::test(flavor = "multi_thread")]
async fn compressed_batches_and_idempotent_producers_pass() {
    let brokers = brokers::one();
    let text = "a text that repeats itself ".repeat(100);
    for (partition, codec) in [(0, "gzip"), (1, "lz4"), (2, "snappy"), (3, "none")] {
        let producer = config(&brokers).set("compression.codec", codec).set("enable.idempotence", "true").create().unwrap();
        assert_eq!(send(&producer, "texts", partition, &text).await, (partition, 0));
    }
    let bytes = brokers.counter("bytes_in");
    assert!(bytes < 4 * text.len() as u64 / 2, "{bytes} bytes are not compressed");
    let (consumer, _) = member(&brokers, "texts", "texts");
    for _ in 0..4 {
        assert_eq!(next(&consumer).await.payload(), Some(text.as_bytes()));
    }
}
