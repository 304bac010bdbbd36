//! The `log` role: a partitioned, replicated log that speaks the Kafka protocol, so that `kcat`, librdkafka and whatever is built on it
//! work on it. It is not Kafka: no transactions, no quotas, no ACLs, no TLS; docs/ENGINES.md lists what differs.
//!
//! | module | what it holds |
//! |---|---|
//! | `connection`, `reply` | frames, login, and answers in the order of the requests |
//! | `api` | the list of served APIs; one a file |
//! | `shape` | the outline of every request, checked before it is decoded |
//! | `topics`, `partition` | what this broker holds, and what of it is visible to whom |
//! | `storage`, `segment`, `batch`, `records`, `producers`, `file` | the data on disk, from a partition's folder down to bytes |
//! | `state`, `settings` | what all brokers agree on, and the rules; data only |
//! | `controller`, `members`, `replicas` | who may change that, how brokers talk, and copying from a leader |
//! | `upkeep`, `compaction` | what happens without being asked |
//! | `coordinator`, `group`, `offsets` | consumer groups and committed offsets |
//! | `lag` | the gauges `consumer_lag` and `consumer_lag/<group>` |
//! | `limits` | every limit |
//!
//! Brokers: port `members` names all instances. Instance 0 coordinates all groups and is the controller: it alone changes who leads what,
//! and there is no vote for another. Partition p has its replicas at instances p, p+1 ... modulo their number; the first leads. When a
//! leader is not heard of for two seconds (wall time), or has started again, the first replica in sync leads in the next epoch. While
//! instance 0 is away nothing moves, and replicas that fall behind stay in the in-sync set.
//!
//! Envelope: each record batch of a produce request is one `append`, visible and answered at its finish; each fetch that returns records
//! is one `fetch`, also of a replica, whose own `append` follows. Everything else costs nothing. A refused append is answered with
//! REQUEST_TIMED_OUT and a refused fetch with BROKER_NOT_AVAILABLE: librdkafka tries both again after a while.
//!
//! Counters: `records_in`, `bytes_in`, `records_out`, `bytes_out`, `records_copied`, `duplicates_dropped`, `segments_removed`,
//! `segments_compacted`. Gauges: `consumer_lag` and `consumer_lag/<group>`, in records.
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

use kafka_protocol::ResponseError;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::{Node, files};

mod api;
mod batch;
mod compaction;
mod connection;
mod controller;
mod coordinator;
mod file;
mod group;
mod lag;
mod limits;
mod members;
mod offsets;
mod partition;
mod producers;
mod records;
mod replicas;
mod reply;
mod segment;
mod settings;
mod shape;
mod state;
mod storage;
mod topics;
mod upkeep;

use connection::Connections;
use controller::Controller;
use coordinator::Coordinator;
use members::{Member, MemberClient, Said, Word};
use settings::{BrokerSettings, Flush};
use state::{Change, Refusal, Rules};
use topics::Topics;

/// Everything that the connections of one broker share.
struct Broker {
    node: Arc<Node>,
    /// All brokers, this one included, by number.
    members: Vec<Member>,
    /// The number of this one.
    id: i32,
    settings: BrokerSettings,
    topics: Topics,
    /// Only at instance 0.
    controller: Option<Controller>,
    coordinator: Coordinator,
    connections: Connections,
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
    // Partitions and connections each hold a file open.
    files::allow(limits::FILES);
    let folder = node.config().data_dir.join("log");
    std::fs::create_dir_all(&folder)?;
    let settings = BrokerSettings::read(&node.config().spec, members.len());
    let flush = settings.flush != Flush::Never;
    if flush {
        file::flush_folder(&node.config().data_dir)?;
    }
    let rules =
        Rules { brokers: members.len(), partitions: settings.partitions, replication: settings.replication, topic: settings.topic.clone() };
    let controller = if me.id == 0 { Some(Controller::open(&folder, rules, flush)?) } else { None };
    let (coordinator, torn) = Coordinator::open(&folder, settings.flush)?;
    if torn > 0 {
        upkeep::tell(vec![format!("{torn} torn bytes at the end of the committed offsets were cut; they were never acknowledged")]);
    }
    let broker = Arc::new(Broker {
        id: me.id,
        topics: Topics::new(folder, me.id, settings.topic.clone()),
        settings,
        controller,
        coordinator,
        connections: Connections::default(),
        large_frames: Arc::new(Semaphore::new(limits::LARGE_FRAMES_KIB)),
        members,
        node,
    });
    if let Some(controller) = &broker.controller {
        upkeep::tell(broker.topics.apply(controller.state()));
    }
    Ok(Box::pin(serve(broker, listener)))
}

async fn serve(broker: Arc<Broker>, listener: TcpListener) -> Result<(), NodeError> {
    tokio::select! {
        () = broker.coordinator.keep_time() => {}
        () = lag::watch(&broker) => {}
        () = upkeep::follow(&broker) => {}
        () = upkeep::watch(&broker) => {}
        () = upkeep::clean(&broker) => {}
        () = replicas::copy(&broker) => {}
        () = connection::accept(&broker, &listener) => {}
    }
    Ok(())
}

impl Broker {
    /// The broker that coordinates every group.
    fn coordinates(&self) -> bool {
        self.id == 0
    }

    /// Has the controller make a change, and waits until this broker and all others that are there go by it: librdkafka gives a record
    /// up when the leader that it was told of does not know the topic.
    async fn change(&self, change: Change, only_check: bool) -> Result<(), Refusal> {
        let word = Word::Change { change, only_check };
        let version = match &self.controller {
            Some(_) => self.answer(word).await,
            None => self.ask_controller(&word).await.map_err(|why| (ResponseError::BrokerNotAvailable, why))?,
        };
        match version {
            Said::Done(version) => {
                let version = i64::try_from(version).unwrap_or(i64::MAX);
                let mut changes = self.topics.changes();
                // Later than that a client finds out by itself.
                let _ = tokio::time::timeout(limits::BROKER_SESSION, changes.wait_for(|now| *now >= version)).await;
                Ok(())
            }
            Said::Refused(code, why) => Err((ResponseError::try_from_code(code).unwrap_or(ResponseError::UnknownServerError), why)),
            Said::State(_) | Said::Nothing => Err((ResponseError::UnknownServerError, "the controller misunderstood".to_owned())),
        }
    }

    /// Waits until committed offsets are on the disk, if that was asked for. One that cannot be flushed holds all the same while this
    /// process lives, but nobody is told that it is safe.
    async fn kept_offsets(&self) -> Result<(), ResponseError> {
        self.coordinator.flush().await.map_err(|_| {
            self.node.failed("storage");
            ResponseError::KafkaStorageError
        })
    }

    /// Tells the controller who is in sync.
    async fn tell_isr(&self, changes: Vec<Change>) -> Result<(), String> {
        let word = Word::Isr(changes);
        let said = if self.controller.is_some() { self.answer(word).await } else { self.ask_controller(&word).await? };
        if let Said::Refused(_, why) = said { Err(why) } else { Ok(()) }
    }

    async fn ask_controller(&self, word: &Word) -> Result<Said, String> {
        let first = self.members.first().ok_or("there is no controller")?;
        let asked = async { MemberClient::connect(first, &self.node.config().token).await?.say(word).await };
        asked.await.map_err(|why| format!("broker 0, which alone changes topics, cannot be reached: {why}"))
    }

    /// Answers another broker's word, or this one's own.
    async fn answer(&self, word: Word) -> Said {
        let Some(controller) = &self.controller else {
            return Said::Refused(ResponseError::NotController.code(), "this broker is not the controller".to_owned());
        };
        let refused = |(error, why): Refusal| Said::Refused(error.code(), why);
        match word {
            Word::Follow { id, version } => {
                match controller.hear(&self.topics, id, version) {
                    Ok(said) => upkeep::tell(said),
                    Err(refusal) => return refused(refusal),
                }
                let mut changes = self.topics.changes();
                // Without news the broker is answered all the same, and heard of again.
                let _ = tokio::time::timeout(limits::BROKER_WORD, changes.wait_for(|now| *now > version)).await;
                let state = self.topics.state();
                let is_later = i64::try_from(state.version).is_ok_and(|now| now > version);
                if is_later { Said::State(Box::new((*state).clone())) } else { Said::Nothing }
            }
            Word::Change { change, only_check } => {
                controller.assembled().await;
                match controller.change(&self.topics, change, only_check) {
                    Ok((version, said)) => {
                        upkeep::tell(said);
                        controller.settled(version).await;
                        Said::Done(version)
                    }
                    Err(refusal) => refused(refusal),
                }
            }
            Word::Isr(changes) => match controller.change_all(&self.topics, changes) {
                Ok((version, said)) => {
                    upkeep::tell(said);
                    Said::Done(version)
                }
                Err(refusal) => refused(refusal),
            },
        }
    }
}
