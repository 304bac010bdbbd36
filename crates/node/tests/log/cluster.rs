//! Several brokers: partitions and records are spread, topics are known everywhere, groups have one coordinator.

use std::collections::BTreeSet;
use std::time::Duration;

use loadline_model::envelope::{Distribution, Envelope};
use rdkafka::Message;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::producer::FutureProducer;

use crate::brokers;
use crate::clients::{config, member, next, producer, send};

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_spread_over_three_brokers() {
    let brokers = brokers::start(3, Envelope::single("none", 1, 1.0, Distribution::Fixed));
    let admin: AdminClient<DefaultClientContext> = config(&brokers).create().unwrap();
    let topic = NewTopic::new("wide", 7, TopicReplication::Fixed(1));
    let made = admin.create_topics([&topic], &AdminOptions::new()).await.unwrap();
    assert_eq!(made, [Ok("wide".to_owned())]);

    for port in &brokers.ports {
        let mut alone = config(&brokers);
        alone.set("bootstrap.servers", format!("127.0.0.1:{port}")).set("group.id", "asks");
        let asked = tokio::task::spawn_blocking(move || {
            let consumer: BaseConsumer = alone.create().unwrap();
            let metadata = consumer.fetch_metadata(None, Duration::from_secs(60)).unwrap();
            let leaders: Vec<i32> = metadata.topics()[0].partitions().iter().map(|partition| partition.leader()).collect();
            (metadata.brokers().len(), metadata.topics()[0].name().to_owned(), leaders)
        });
        assert_eq!(asked.await.unwrap(), (3, "wide".to_owned(), vec![0, 1, 2, 0, 1, 2, 0]), "each broker knows all");
    }

    let producer = producer(&brokers);
    let mut sent = BTreeSet::new();
    for n in 0..70 {
        assert_eq!(send(&producer, "wide", n % 7, &n.to_string()).await, (n % 7, i64::from(n / 7)));
        sent.insert(n.to_string());
    }
    let per_broker: Vec<u64> = brokers.nodes.iter().map(|node| node.sample(false).counters["records_in"]).collect();
    assert_eq!(per_broker, [30, 20, 20]);

    let (consumer, _) = member(&brokers, "readers", "wide");
    for _ in 0..70 {
        let message = next(&consumer).await;
        assert!(sent.remove(std::str::from_utf8(message.payload().unwrap()).unwrap()));
        consumer.commit_message(&message, CommitMode::Async).unwrap();
    }
    brokers.gauge_becomes("consumer_lag", 0.0).await;
    send(&producer, "wide", 1, "one more, at another broker than the coordinator").await;
    brokers.gauge_becomes("consumer_lag", 1.0).await;
}

/// Several clients ask for the same new topic at the same time, each at another broker, and write to all partitions at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_topic_that_all_ask_for_at_once_is_known_to_all_leaders() {
    let brokers = brokers::start(3, Envelope::single("none", 1, 1.0, Distribution::Fixed));
    let writing = (0..6).map(|client| {
        let mut alone = config(&brokers);
        let port = brokers.ports[client % 3];
        let producer: FutureProducer = alone.set("bootstrap.servers", format!("127.0.0.1:{port}")).set("linger.ms", "0").create().unwrap();
        tokio::spawn(async move {
            for partition in 0..6 {
                send(&producer, "sudden", partition, "x").await;
            }
        })
    });
    for written in writing.collect::<Vec<_>>() {
        written.await.unwrap();
    }
    assert_eq!(brokers.counter("records_in"), 36);
}
