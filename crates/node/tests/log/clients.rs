//! librdkafka with the settings that the engine's page recommends.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;
use tokio::sync::watch;

use crate::brokers::{Brokers, TOKEN};

/// What both sides need.
pub(crate) fn config(brokers: &Brokers) -> ClientConfig {
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers.list())
        .set("security.protocol", "SASL_PLAINTEXT")
        .set("sasl.mechanisms", "PLAIN")
        .set("sasl.username", "loadline")
        .set("sasl.password", TOKEN)
        .set("socket.nagle.disable", "true")
        .set("topic.metadata.refresh.fast.interval.ms", "50")
        .set("allow.auto.create.topics", "true")
        .set_log_level(rdkafka::config::RDKafkaLogLevel::Error);
    config
}

/// A producer that waits for nothing but its acknowledgement.
pub(crate) fn producer(brokers: &Brokers) -> FutureProducer {
    config(brokers).set("linger.ms", "0").set("acks", "all").create().unwrap()
}

/// Sends one record and gives its partition and offset.
pub(crate) async fn send(producer: &FutureProducer, topic: &str, partition: i32, payload: &str) -> (i32, i64) {
    let record = FutureRecord::<str, str>::to(topic).partition(partition).payload(payload);
    let delivery = producer.send(record, Duration::from_secs(60)).await.map_err(|(error, _)| error).unwrap();
    (delivery.partition, delivery.offset)
}

/// Tells how many partitions the consumer has.
pub(crate) struct Assigned(watch::Sender<usize>);

impl rdkafka::ClientContext for Assigned {}

impl ConsumerContext for Assigned {
    fn post_rebalance(&self, _: &rdkafka::consumer::BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        self.0.send_replace(match rebalance {
            Rebalance::Assign(partitions) => partitions.count(),
            Rebalance::Revoke(_) | Rebalance::Error(_) => 0,
        });
    }
}

/// A member of `group` that reads `topic` from the start or from what was committed.
pub(crate) fn member(brokers: &Brokers, group: &str, topic: &str) -> (StreamConsumer<Assigned>, watch::Receiver<usize>) {
    let (sender, receiver) = watch::channel(0);
    let consumer: StreamConsumer<Assigned> = config(brokers)
        .set("group.id", group)
        .set("enable.auto.commit", "false")
        .set("auto.offset.reset", "earliest")
        .set("heartbeat.interval.ms", "200")
        .set("session.timeout.ms", "30000")
        .set("partition.assignment.strategy", "range")
        .set("fetch.error.backoff.ms", "50")
        .set("fetch.wait.max.ms", "100")
        .create_with_context(Assigned(sender))
        .unwrap();
    // A subscription alone makes no topic, and looks for one that is missing only every few minutes.
    tokio::task::block_in_place(|| consumer.fetch_metadata(Some(topic), Duration::from_secs(60))).unwrap();
    consumer.subscribe(&[topic]).unwrap();
    (consumer, receiver)
}

/// The next record. A connection that broke is no error to a consumer: librdkafka dials again.
pub(crate) async fn next(consumer: &StreamConsumer<Assigned>) -> BorrowedMessage<'_> {
    loop {
        match consumer.recv().await {
            Ok(message) => return message,
            Err(KafkaError::MessageConsumption(RDKafkaErrorCode::BrokerTransportFailure | RDKafkaErrorCode::AllBrokersDown)) => {}
            Err(error) => panic!("{error}"),
        }
    }
}
