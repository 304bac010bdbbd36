//! Tweet events on the log, over the Kafka protocol: the producer that waits for the acknowledgement, the consumer of a group, and the
//! event itself. The clients dial, and dial again, by themselves.

use std::hash::BuildHasher as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use loadline_model::engine;
use loadline_model::wire::Peer;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::StreamConsumer;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::RDKafkaErrorCode;
use serde::{Deserialize, Serialize};

use super::Fault;
use super::tweets::Tweet;
use crate::roles::NodeError;
use crate::runtime::Node;

/// The topic of tweet events in the embedded log, which holds nothing else.
const TOPIC: &str = "tweets";
/// How the topics and groups of runs begin in a real log, which may hold others.
pub const OWN: &str = "loadline-";
/// Partitions of the topic in a real log, so that several workers have something to do: its own default is often one.
const REAL_PARTITIONS: i32 = 8;

/// The topic of tweet events at `peers`: in a real log one of this run alone.
pub fn topic(node: &Node, peers: &[Peer]) -> String {
    if peers.iter().any(|peer| peer.is_real) { own_name(node) } else { TOPIC.to_owned() }
}

/// The group `name` at `peers`, as with [`topic`].
pub fn group(node: &Node, peers: &[Peer], name: &str) -> String {
    if peers.iter().any(|peer| peer.is_real) { format!("{}-{name}", own_name(node)) } else { name.to_owned() }
}

/// The same in every process of a run, and another in every run; the token cannot be told from it.
pub fn own_name(node: &Node) -> String {
    let hash = foldhash::quality::FixedState::default().hash_one(&node.config().token);
    format!("{OWN}{hash:016x}")
}

/// A tweet was posted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TweetEvent {
    /// The tweet.
    #[serde(flatten)]
    pub tweet: Tweet,
    /// When it was posted, in microseconds since 1970: where the time to the timelines counts from.
    pub created_us: u64,
}

/// Sends tweet events.
pub struct Events {
    producer: FutureProducer,
    component: String,
    topic: String,
    calls: Arc<AtomicU64>,
    timeout: Duration,
}

impl Events {
    /// A producer to the brokers `peers`, for `node`, which counts its events; an event that is not acknowledged within `timeout` (wall time) has failed.
    pub fn open(node: &Node, peers: &[Peer], timeout: Duration) -> Result<Self, NodeError> {
        let mut config = config(peers)?;
        config
            .set("acks", "all")
            .set("linger.ms", "0")
            .set("message.timeout.ms", timeout.as_millis().max(1).to_string())
            .set("allow.auto.create.topics", "true");
        let producer = config.create().map_err(|error| refused(peers, &error))?;
        let component = peers.first().map(|peer| peer.component.clone()).unwrap_or_default();
        let calls = node.calls_to(&component);
        Ok(Self { producer, component, topic: topic(node, peers), calls, timeout })
    }

    /// Sends `event` and waits until the log has it; events of one author stay in order. `traceparent` goes along as a header.
    pub async fn send(&self, event: &TweetEvent, traceparent: &str) -> Result<(), Fault> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let key = event.tweet.author_id.to_string();
        let fault = |reason, message| Fault { component: self.component.clone(), reason, message };
        let payload = serde_json::to_vec(event).map_err(|error| fault("error", error.to_string()))?;
        let headers = OwnedHeaders::new().insert(Header { key: "traceparent", value: Some(traceparent) });
        let record = FutureRecord::to(&self.topic).key(&key).payload(&payload).headers(headers);
        match tokio::time::timeout(self.timeout, self.producer.send(record, Duration::ZERO)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err((error, _))) => {
                let reason = match error.rdkafka_error_code() {
                    Some(RDKafkaErrorCode::MessageTimedOut | RDKafkaErrorCode::RequestTimedOut) => "timeout",
                    Some(RDKafkaErrorCode::QueueFull) => "queue_full",
                    Some(RDKafkaErrorCode::AllBrokersDown | RDKafkaErrorCode::BrokerTransportFailure) => "unreachable",
                    _ => "error",
                };
                Err(fault(reason, format!("the event was not taken: {error}")))
            }
            Err(_) => Err(fault("timeout", "the log did not acknowledge the event in time".to_owned())),
        }
    }
}

/// Makes the [`topic`] with the log's own default of replicas, and of partitions in the embedded one; that it exists already is as good. A subscription alone makes
/// no topic, and a consumer that subscribes before the first event is told that there is none, and looks again only after a while.
pub async fn make_topic(node: &Node, peers: &[Peer], timeout: Duration) -> Result<(), NodeError> {
    let admin = admin(peers)?;
    let partitions = if peers.iter().any(|peer| peer.is_real) { REAL_PARTITIONS } else { -1 };
    let name = topic(node, peers);
    let topic = NewTopic::new(&name, partitions, TopicReplication::Fixed(-1));
    let options = AdminOptions::new().request_timeout(Some(timeout)).operation_timeout(Some(timeout));
    let made = admin.create_topics([&topic], &options).await.map_err(|error| refused(peers, &error))?;
    match made.first() {
        None | Some(Ok(_) | Err((_, RDKafkaErrorCode::TopicAlreadyExists))) => Ok(()),
        Some(Err((_, code))) => Err(refused(peers, &KafkaError::AdminOp(*code))),
    }
}

/// A consumer of the [`topic`] in `group`, which has yet to subscribe to it. What is done is said with `store_offset`, and committed twice a
/// second.
pub fn consumer(node: &Arc<Node>, peers: &[Peer], group: &str) -> Result<StreamConsumer<Lag>, NodeError> {
    let mut config = config(peers)?;
    config
        .set("group.id", group)
        .set("auto.offset.reset", "earliest")
        .set("enable.auto.commit", "true")
        .set("auto.commit.interval.ms", "500")
        .set("enable.auto.offset.store", "false")
        .set("fetch.wait.max.ms", "500")
        .set("fetch.min.bytes", "1")
        .set("fetch.error.backoff.ms", "50")
        .set("session.timeout.ms", "6000")
        .set("heartbeat.interval.ms", "200")
        .set("topic.metadata.refresh.fast.interval.ms", "50")
        .set("allow.auto.create.topics", "true")
        .set("statistics.interval.ms", "1000");
    config.create_with_context(Lag(node.clone())).map_err(|error| refused(peers, &error))
}

/// Keeps the node's gauge `consumer_lag`: events that were not taken yet over the partitions of this consumer, as the client's own statistics
/// say it once a second.
pub struct Lag(Arc<Node>);

impl rdkafka::ClientContext for Lag {
    fn stats(&self, statistics: rdkafka::Statistics) {
        let partitions = statistics.topics.values().flat_map(|topic| topic.partitions.values());
        // -1 where the partition is another consumer's.
        let lag: i64 = partitions.map(|partition| partition.consumer_lag.max(0)).sum();
        self.0.gauge("consumer_lag", lag as f64);
    }
}

impl rdkafka::consumer::ConsumerContext for Lag {}

/// A client for topics and groups.
pub fn admin(peers: &[Peer]) -> Result<AdminClient<DefaultClientContext>, NodeError> {
    // The client asks again for the topics that it knows of, and would make anew the one that it has just removed.
    config(peers)?.set("allow.auto.create.topics", "false").create().map_err(|error| refused(peers, &error))
}

fn config(peers: &[Peer]) -> Result<ClientConfig, NodeError> {
    let mut brokers = Vec::new();
    let mut login = None;
    for peer in peers {
        let place = engine::host_and_port(&peer.url).filter(|_| peer.url.starts_with("kafka://"));
        let Some((host, port)) = place else {
            return Err(NodeError::Other(format!("{}: its URL must be kafka://user:password@host:port", peer.node)));
        };
        brokers.push(format!("{host}:{port}"));
        // A real log may ask for no login.
        login = engine::login(&peer.url);
    }
    let mut config = ClientConfig::new();
    config
        .set("bootstrap.servers", brokers.join(","))
        .set("client.id", "loadline")
        .set("socket.nagle.disable", "true")
        .set("reconnect.backoff.ms", "20")
        .set("reconnect.backoff.max.ms", "500")
        .set("broker.address.family", "v4");
    if let Some((user, password)) = login {
        config.set("security.protocol", "SASL_PLAINTEXT").set("sasl.mechanism", "PLAIN");
        config.set("sasl.username", user).set("sasl.password", password);
    }
    Ok(config)
}

fn refused(peers: &[Peer], error: &KafkaError) -> NodeError {
    let peer = peers.first().map(|peer| peer.node.clone()).unwrap_or_default();
    NodeError::Unreachable { peer, reason: error.to_string() }
}
