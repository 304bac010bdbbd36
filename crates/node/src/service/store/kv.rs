//! The key-value cache over RESP: one multiplexed connection an instance, keys spread by the number in them. A broken connection fails
//! the requests on it; the next request dials anew. Keys of the services:
//!
//! | key | type | what |
//! |---|---|---|
//! | `tweet:{id}` | string | the tweet as JSON |
//! | `timeline:{user}` | sorted set | ids of tweets, id as score; the member 0 says that nothing older is missing |
//! | `author:{user}` | sorted set | ids of a celebrity's own tweets, merged on read; the member 0 as in a timeline |
//! | `celebs:{user}` | set | celebrities whom the user follows; the member 0 says that none is missing |
//! | `celebrities` | set | authors whose followers' `celebs:` sets are filled; each in the author's instance |

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use loadline_model::wire::Peer;
use redis::aio::MultiplexedConnection;
use redis::{FromRedisValue, Pipeline, RedisError};
use tokio::task::JoinSet;

use super::{Fault, ids};
use crate::roles::NodeError;
use crate::runtime::{Node, lock};

/// All instances of a cache.
#[derive(Clone)]
pub struct Kv {
    targets: Arc<Vec<Arc<KvTarget>>>,
}

/// One instance.
pub struct KvTarget {
    peer: Peer,
    client: redis::Client,
    calls: Arc<AtomicU64>,
    timeout: Duration,
    connection: Mutex<Option<Numbered>>,
    /// Held while dialling, so that many requests dial once.
    dialling: tokio::sync::Mutex<()>,
}

/// A connection and which one it is: only the one that broke is thrown away.
#[derive(Clone)]
struct Numbered {
    number: u64,
    connection: MultiplexedConnection,
}

impl Kv {
    /// The cache that `peers` make up, for `node`, which counts its commands; `timeout` bounds each request, in wall time. Dials in the background.
    pub fn open(node: &Node, peers: Vec<Peer>, timeout: Duration) -> Result<Self, NodeError> {
        let targets: Vec<Arc<KvTarget>> =
            peers.into_iter().map(|peer| KvTarget::new(node, peer, timeout).map(Arc::new)).collect::<Result<_, _>>()?;
        for target in &targets {
            let target = target.clone();
            // Only spares the first request the wait: whoever is not there yet is dialled, and named, by that request.
            tokio::spawn(async move { target.connection().await.map(drop) });
        }
        Ok(Self { targets: Arc::new(targets) })
    }

    /// The instance that holds the keys of `id`; `None` where the cache has no instance at all.
    pub fn of(&self, id: i64) -> Option<&Arc<KvTarget>> {
        self.at(self.place_of(id))
    }

    /// How many instances there are.
    pub fn instances(&self) -> usize {
        self.targets.len()
    }

    /// The number of the instance that holds the keys of `id`.
    pub fn place_of(&self, id: i64) -> usize {
        ids::place(id, self.targets.len())
    }

    /// The instance with this number.
    pub fn at(&self, place: usize) -> Option<&Arc<KvTarget>> {
        self.targets.get(place)
    }

    /// Groups `ids` by instance, in their order.
    pub fn grouped(&self, ids: impl IntoIterator<Item = i64>) -> Vec<(Arc<KvTarget>, Vec<i64>)> {
        let mut parts: Vec<(Arc<KvTarget>, Vec<i64>)> = self.targets.iter().map(|target| (target.clone(), Vec::new())).collect();
        for id in ids {
            if let Some(part) = parts.get_mut(self.place_of(id)) {
                part.1.push(id);
            }
        }
        parts.retain(|(_, ids)| !ids.is_empty());
        parts
    }

    /// Sends one pipeline to each instance at the same time, and gives the answers in the order of `pipelines`.
    pub async fn each<T: FromRedisValue + Send + 'static>(pipelines: Vec<(Arc<KvTarget>, Pipeline)>) -> Result<Vec<T>, Fault> {
        let mut answers: Vec<Option<T>> = Vec::new();
        if let [(target, pipeline)] = pipelines.as_slice() {
            return Ok(vec![target.ask(pipeline).await?]);
        }
        let mut asked = JoinSet::new();
        for (index, (target, pipeline)) in pipelines.into_iter().enumerate() {
            answers.push(None);
            asked.spawn(async move { (index, target.ask(&pipeline).await) });
        }
        while let Some(answer) = asked.join_next().await {
            // A task only fails to join by a panic of ours, which goes on here.
            let (index, answer) = answer.unwrap_or_else(|broken| std::panic::resume_unwind(broken.into_panic()));
            if let Some(slot) = answers.get_mut(index) {
                *slot = Some(answer?);
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

impl KvTarget {
    fn new(node: &Node, peer: Peer, timeout: Duration) -> Result<Self, NodeError> {
        use redis::IntoConnectionInfo;
        // Small pipelines must not wait for Nagle's algorithm.
        let tcp = redis::io::tcp::TcpSettings::default().set_nodelay(true);
        let client = peer.url.as_str().into_connection_info().and_then(|info| redis::Client::open(info.set_tcp_settings(tcp)));
        let client =
            client.map_err(|error| NodeError::Other(format!("{}: its URL must be redis://:password@host:port: {error}", peer.node)))?;
        let calls = node.calls_to(&peer.component);
        Ok(Self { peer, client, calls, timeout, connection: Mutex::default(), dialling: tokio::sync::Mutex::default() })
    }

    /// Who it is.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Whether a real server stands in for the engine.
    pub fn is_real(&self) -> bool {
        self.peer.is_real
    }

    /// Sends `pipeline` and waits for all its answers.
    pub async fn ask<T: FromRedisValue>(&self, pipeline: &Pipeline) -> Result<T, Fault> {
        self.calls.fetch_add(pipeline.len() as u64, Ordering::Relaxed);
        let exchange = async {
            let Numbered { number, mut connection } = self.connection().await?;
            pipeline.query_async(&mut connection).await.map_err(|error| {
                if error.is_io_error() || error.is_connection_dropped() || error.is_unrecoverable_error() {
                    lock(&self.connection).take_if(|current| current.number == number);
                }
                self.fault(&error)
            })
        };
        match tokio::time::timeout(self.timeout, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(self.named("timeout", format!("{} did not answer in time", self.peer.node))),
        }
    }

    async fn connection(&self) -> Result<Numbered, Fault> {
        let known = || lock(&self.connection).clone();
        if let Some(connection) = known() {
            return Ok(connection);
        }
        let _dialling = self.dialling.lock().await;
        if let Some(connection) = known() {
            return Ok(connection);
        }
        // The response timeout is ours, above: the client's own would be half a second, in wall time.
        let config = redis::AsyncConnectionConfig::new()
            .set_connection_timeout(Some(self.timeout.max(Duration::from_secs(1))))
            .set_response_timeout(None);
        let connection = self.client.get_multiplexed_async_connection_with_config(&config).await.map_err(|error| self.fault(&error))?;
        let connection = Numbered { number: crate::runtime::clock::now_ns(), connection };
        *lock(&self.connection) = Some(connection.clone());
        Ok(connection)
    }

    /// A fault of this instance.
    pub fn named(&self, reason: &'static str, message: String) -> Fault {
        Fault { component: self.peer.component.clone(), reason, message }
    }

    fn fault(&self, error: &RedisError) -> Fault {
        let reason = match error.code() {
            Some("OOM") => "out_of_memory",
            Some("BUSY" | "TRYAGAIN" | "QUEUEFULL") => "queue_full",
            Some(_) => "error",
            None if error.is_timeout() => "timeout",
            None => "unreachable",
        };
        self.named(reason, format!("{}: {error}", self.peer.node))
    }
}

/// Takes what came of storing something that is known without the cache: one that takes no more (its memory is full) costs the next reader a
/// miss, and nobody an answer.
pub fn filled(node: &Node, fill: Result<(), Fault>) {
    if fill.is_err() {
        node.count("cache_fills_failed", 1);
    }
}

/// Key of a tweet's body.
pub fn tweet_key(id: i64) -> String {
    format!("tweet:{id}")
}

/// Key of a home timeline.
pub fn timeline_key(user: i64) -> String {
    format!("timeline:{user}")
}

/// Key of a celebrity's own tweets.
pub fn author_key(user: i64) -> String {
    format!("author:{user}")
}

/// Key of the celebrities whom a user follows.
pub fn celebs_key(user: i64) -> String {
    format!("celebs:{user}")
}

/// Key of the authors who are known as celebrities, in each author's instance.
pub const CELEBRITIES: &str = "celebrities";

/// The member of a list that says: nothing (older) is missing.
pub const COMPLETE: i64 = 0;

/// A tweet as the cache holds it.
pub fn body(tweet: &super::tweets::Tweet) -> Vec<u8> {
    // A struct of numbers and a string always has a JSON form.
    serde_json::to_vec(tweet).unwrap_or_default()
}
