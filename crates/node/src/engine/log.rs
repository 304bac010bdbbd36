//! The `log` role: a partitioned log that speaks the Kafka protocol, so that `kcat`, librdkafka and whatever is built on it work on it.
//! It is not Kafka: no replication, retention, compaction, transactions or idempotence yet, and no TLS.
//!
//! | module | what it holds |
//! |---|---|
//! | `connection` | frames, login, and answers in the order of the requests |
//! | `api` | the list of served APIs; one a file |
//! | `shape` | the outline of every request, checked before it is decoded |
//! | `topics`, `partition`, `segment`, `batch` | the data, from names down to bytes |
//! | `coordinator`, `group` | consumer groups and committed offsets |
//! | `members` | the other brokers of the same log |
//! | `lag` | the gauge `consumer_lag` |
//! | `limits` | every limit |
//!
//! Brokers: port `members` names all instances. Partition p is led by instance p modulo their number; instance 0 coordinates all groups.
//! A topic that is made at one broker is made at all others before the answer.
//!
//! Envelope: each record batch of a produce request is one `append`, visible and answered at its finish; each fetch that returns records
//! is one `fetch`. Everything else costs nothing. A refused append is answered with REQUEST_TIMED_OUT and a refused fetch with
//! BROKER_NOT_AVAILABLE: librdkafka tries both again after a while.
//!
//! Counters: `records_in`, `bytes_in`, `records_out`, `bytes_out`. Gauge: `consumer_lag`, in records.
//!
//! # Client settings for low latency
//!
//! Services should set these on rdkafka (librdkafka 2); the others may stay.
//!
//! | setting | value | why |
//! |---|---|---|
//! | `linger.ms` (producer) | 0 | the default waits 5 ms for more records |
//! | `socket.nagle.disable` | true | small requests must not wait for an acknowledgement |
//! | `acks` | all, 1 or 0 | as the lesson wants it |
//! | `fetch.wait.max.ms` (consumer) | 100 | an append wakes the fetch, but metadata requests wait behind it on the same connection |
//! | `fetch.min.bytes` | 1 | the default; more would wait for more |
//! | `fetch.error.backoff.ms` | 50 | after a refused fetch; the default waits 500 ms |
//! | `partition.assignment.strategy` | range or roundrobin | eager and quick; cooperative-sticky takes two rebalances |
//! | `heartbeat.interval.ms` | 200 | how soon a member learns of a rebalance; the default is 3 s |
//! | `session.timeout.ms` | 6000 | how soon a killed member is out; wall time |
//! | `topic.metadata.refresh.fast.interval.ms` | 50 | how soon the leader of a new topic is found |
//! | `allow.auto.create.topics` (consumer) | true | a consumer may come before the first producer; see below |
//! | `auto.offset.reset` | earliest | a new group misses nothing |
//! | `enable.auto.commit` | false | commit what was processed |
//! | log level | `RDKafkaLogLevel::Error` or `set_log_level` | a stopped broker is logged at every attempt to connect |
//!
//! A subscription alone makes no topic, whatever `allow.auto.create.topics` says, and librdkafka looks for a missing one only every
//! `topic.metadata.refresh.interval.ms` (5 minutes), with the error `UnknownTopicOrPartition` from `recv`, which is not fatal. So call
//! `consumer.fetch_metadata(Some(topic), timeout)` before `subscribe` (it blocks: `spawn_blocking`); that makes the topic.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};

use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::Node;

mod api;
mod batch;
mod connection;
mod coordinator;
mod group;
mod lag;
mod limits;
mod members;
mod partition;
mod segment;
mod shape;
mod topics;

use coordinator::Coordinator;
use members::{Member, MemberClient};
use topics::{NoTopic, Topics};

/// Everything that the connections of one broker share.
struct Broker {
    node: Arc<Node>,
    /// All brokers, this one included, by number.
    members: Vec<Member>,
    /// The number of this one.
    id: i32,
    /// Partitions of a topic that is made because somebody asked for it.
    default_partitions: i32,
    topics: Topics,
    coordinator: Coordinator,
    next_producer: AtomicI64,
    connections: AtomicUsize,
    /// KiB that large frames may still take.
    large_frames: Arc<Semaphore>,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let members = members::from_peers(&peers.remove("members").unwrap_or_default(), listener.local_addr()?.port())?;
    let number = node.config().spec.instance as usize;
    let Some(me) = members.get(if members.len() == 1 { 0 } else { number }) else {
        return Err(NodeError::Other(format!(
            "port members lists {} brokers and this is instance {number}: wire every broker of the component",
            members.len()
        )));
    };
    let folder = node.config().data_dir.join("log");
    std::fs::create_dir_all(&folder)?;
    if std::fs::read_dir(&folder)?.next().is_some() {
        return Err(NodeError::Other(format!("{} holds a log already: give the node a folder of its own", folder.display())));
    }
    let partitions = node.config().spec.number("partitions", 6.0);
    let broker = Arc::new(Broker {
        id: me.id,
        default_partitions: (partitions as i32).clamp(1, limits::PARTITIONS_PER_TOPIC),
        topics: Topics::new(folder.clone(), me.id as usize, members.len()),
        coordinator: Coordinator::create(&folder)?,
        next_producer: AtomicI64::new(0),
        connections: AtomicUsize::new(0),
        large_frames: Arc::new(Semaphore::new(limits::LARGE_FRAMES_KIB)),
        members,
        node,
    });
    Ok(Box::pin(serve(broker, listener)))
}

async fn serve(broker: Arc<Broker>, listener: TcpListener) -> Result<(), NodeError> {
    tokio::select! {
        () = broker.coordinator.keep_time() => {}
        () = lag::watch(&broker) => {}
        () = connection::accept(&broker, &listener) => {}
    }
    Ok(())
}

impl Broker {
    /// The broker that coordinates every group.
    fn coordinates(&self) -> bool {
        self.id == 0
    }

    /// Makes a topic, when a client asked for it first at the other brokers: once this one knows it, clients go to any leader, and
    /// librdkafka gives a record up when the leader does not know its topic.
    async fn create_topic(&self, name: &str, partitions: i32, tell_others: bool) -> Result<(), NoTopic> {
        self.topics.create(name, partitions, true)?;
        if tell_others {
            for member in self.members.iter().filter(|member| member.id != self.id) {
                let told = async { MemberClient::connect(member, &self.node.config().token).await?.create_topic(name, partitions).await };
                if told.await.is_err() {
                    // It makes the topic itself, with the default partitions, when a client asks it for the metadata.
                    self.node.failed("member_unreachable");
                }
            }
        }
        self.topics.create(name, partitions, false)
    }

    /// An id for a producer, unlike that of any other broker's.
    fn producer_id(&self) -> i64 {
        i64::from(self.id) << 40 | self.next_producer.fetch_add(1, Ordering::Relaxed)
    }
}
