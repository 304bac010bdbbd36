//! Several replicas of each partition: who leads, who is in sync, what a client is told when there are too few, and what is left when
//! leaders go and come.

use std::time::{Duration, Instant};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::metadata_response::MetadataResponsePartition;
use kafka_protocol::messages::{MetadataRequest, TopicName};
use kafka_protocol::protocol::StrBytes;
use rdkafka::Message;
use rdkafka::producer::FutureProducer;

use crate::brokers::{self, Brokers};
use crate::clients::{config, member, next, send};
use crate::raw::{Raw, batch, produce};

/// Three brokers, three replicas, two of which must have a record before it is acknowledged.
fn three() -> Brokers {
    brokers::start_with(3, brokers::free(), &[("replication", 3.0.into()), ("min_insync", 2.0.into()), ("partitions", 3.0.into())])
}

async fn partitions(port: u16, topic: &'static str) -> Vec<MetadataResponsePartition> {
    let mut raw = Raw::login(port).await;
    let asked = MetadataRequestTopic::default().with_name(Some(TopicName(StrBytes::from_static_str(topic))));
    raw.call(&MetadataRequest::default().with_topics(Some(vec![asked])), 9).await.unwrap().topics.remove(0).partitions
}

/// Waits until a broker says of partition 0 what is wanted.
async fn until(port: u16, topic: &'static str, wanted: impl Fn(&MetadataResponsePartition) -> bool) -> MetadataResponsePartition {
    loop {
        if let Some(first) = partitions(port, topic).await.into_iter().find(|part| part.partition_index == 0 && wanted(part)) {
            return first;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn reliable(brokers: &Brokers) -> FutureProducer {
    let mut config = config(brokers);
    config.set("linger.ms", "0").set("acks", "all").set("enable.idempotence", "true").set("message.timeout.ms", "120000");
    config.set("retry.backoff.ms", "50").set("reconnect.backoff.max.ms", "200").set("topic.metadata.refresh.fast.interval.ms", "50");
    config.create().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn records_are_on_every_replica_before_they_are_acknowledged() {
    let mut brokers = three();
    let producer = reliable(&brokers);
    for n in 0..30 {
        assert_eq!(send(&producer, "t", n % 3, &format!("record {n}")).await, (n % 3, i64::from(n / 3)));
    }
    let known = partitions(brokers.ports[2], "t").await;
    let leaders: Vec<i32> = known.iter().map(|part| part.leader_id.0).collect();
    assert_eq!((leaders, known[1].replica_nodes.len(), known[1].isr_nodes.len()), (vec![0, 1, 2], 3, 3));
    assert_eq!(brokers.counter("records_copied"), 60, "each record is copied to two others");
    for broker in 0..3 {
        brokers.stop(broker);
    }
    for folder in ["t-0.1", "t-1.1", "t-2.1"] {
        let copies: Vec<Vec<u8>> =
            (0..3).map(|broker| std::fs::read(brokers.partition(broker, folder).join("00000000000000000000.log")).unwrap()).collect();
        assert!(copies[0] == copies[1] && copies[1] == copies[2] && !copies[0].is_empty(), "{folder} is the same everywhere");
    }
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::print_stdout, reason = "how long a failover takes is worth a look")]
async fn the_next_replica_leads_when_the_leader_goes_and_nothing_is_lost() {
    let mut brokers = three();
    let producer = reliable(&brokers);
    for n in 0..20 {
        send(&producer, "t", 1, &format!("before {n}")).await;
    }
    let began = Instant::now();
    brokers.stop(1);
    for n in 0..20 {
        assert_eq!(send(&producer, "t", 1, &format!("after {n}")).await, (1, 20 + n), "offsets go on");
    }
    println!("the first twenty records after the leader's end took {:?}", began.elapsed());
    let moved = partitions(brokers.ports[0], "t").await.remove(1);
    assert_eq!((moved.leader_id.0, moved.leader_epoch, moved.isr_nodes.iter().map(|id| id.0).collect::<Vec<_>>()), (2, 1, vec![2, 0]));

    let (consumer, _) = member(&brokers, "readers", "t");
    for n in 0..40 {
        let expected = if n < 20 { format!("before {n}") } else { format!("after {}", n - 20) };
        assert_eq!(next(&consumer).await.payload(), Some(expected.as_bytes()));
    }
    drop(consumer);

    brokers.restart(1);
    loop {
        let back = partitions(brokers.ports[1], "t").await;
        if back.get(1).is_some_and(|part| part.isr_nodes.len() == 3) {
            assert_eq!(back[1].leader_id.0, 2, "leadership does not move back by itself");
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(send(&producer, "t", 1, "with all three again").await, (1, 40));
}

/// The controller decides, so a request that begins while two are gone waits until they are known to be.
#[tokio::test(flavor = "multi_thread")]
async fn too_few_replicas_are_told() {
    let mut brokers = three();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.create("warm", 3).await;
    raw.topic("t").await;
    let code = |answer: kafka_protocol::messages::ProduceResponse| answer.responses[0].partition_responses[0].error_code;
    assert_eq!(code(raw.call(&produce("t", -1, vec![batch()]), 8).await.unwrap()), 0);
    brokers.stop(1);
    brokers.stop(2);
    let waiting = code(raw.call(&produce("t", -1, vec![batch()]), 8).await.unwrap());
    let late = [ResponseError::RequestTimedOut, ResponseError::NotEnoughReplicasAfterAppend].map(|error| error.code());
    assert!(late.contains(&waiting), "{waiting}");
    until(brokers.ports[0], "t", |part| part.isr_nodes.len() == 1).await;
    assert_eq!(code(raw.call(&produce("t", -1, vec![batch()]), 8).await.unwrap()), ResponseError::NotEnoughReplicas.code());
    assert_eq!(code(raw.call(&produce("t", 1, vec![batch()]), 8).await.unwrap()), 0, "who wants one acknowledgement gets it");

    brokers.restart(1);
    until(brokers.ports[0], "t", |part| part.isr_nodes.len() == 2).await;
    assert_eq!(code(raw.call(&produce("t", -1, vec![batch()]), 8).await.unwrap()), 0);
}

/// A partition whose only replica is away has no leader, and has the same one with the same records when it is back.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_replica_there_is_no_leader_until_it_is_back() {
    let mut brokers = brokers::start(2, brokers::free());
    let producer = reliable(&brokers);
    assert_eq!(send(&producer, "t", 1, "kept").await, (1, 0));
    brokers.stop(1);
    let of_one = |parts: Vec<MetadataResponsePartition>| (parts[1].leader_id.0, parts[1].error_code);
    while of_one(partitions(brokers.ports[0], "t").await) != (-1, ResponseError::LeaderNotAvailable.code()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    brokers.restart(1);
    assert_eq!(send(&producer, "t", 1, "next").await, (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_controller_the_others_go_on_and_nothing_is_made() {
    let mut brokers = three();
    let producer = reliable(&brokers);
    send(&producer, "t", 1, "before").await;
    brokers.stop(0);
    let mut raw = Raw::login(brokers.ports[1]).await;
    let answer = raw.call(&produce("t", 1, vec![]), 8).await.unwrap();
    assert_eq!(answer.responses.len(), 1);
    let one = config(&brokers).set("acks", "1").set("linger.ms", "0").create().unwrap();
    assert_eq!(send(&one, "t", 1, "a leader goes on").await, (1, 1));
    let asked = MetadataRequestTopic::default().with_name(Some(TopicName(StrBytes::from_static_str("new"))));
    let request = MetadataRequest::default().with_topics(Some(vec![asked])).with_allow_auto_topic_creation(true);
    let answer = raw.call(&request, 9).await.unwrap();
    assert_eq!(answer.topics[0].error_code, ResponseError::LeaderNotAvailable.code());
    brokers.restart(0);
    loop {
        let answer = raw.call(&request, 9).await.unwrap();
        if answer.topics[0].error_code == 0 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(send(&producer, "t", 0, "and all is as it was").await, (0, 0));
}
