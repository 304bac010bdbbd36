//! What the Twitter services keep, and where: thin clients of the SQL database, the key-value cache and the log, by URL, with the choice
//! of the shard. Nothing here knows whether the engine is an embedded one or the real thing.
//!
//! | module | what it holds |
//! |---|---|
//! | [`ids`] | ids of tweets and users, and the shard inside a tweet's id |
//! | [`schema`] | every SQL text of the services |
//! | [`sql`] | one database instance: connections, prepared statements |
//! | [`database`] | all shards and their replicas |
//! | [`tweets`] | reading tweets: by id, and the newest of those that a user follows |
//! | [`kv`] | one cache instance, and the keys of the services |
//! | [`batch`] | many cache commands at a time |
//! | [`log`] | producer and consumer of tweet events |

use crate::runtime::Node;
use crate::runtime::http::Problem;

pub mod batch;
pub mod database;
pub mod ids;
pub mod kv;
pub mod log;
pub mod schema;
pub mod sql;
pub mod tweets;

/// A call to a store failed.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{component} {reason}: {message}")]
pub struct Fault {
    /// Component id of the store.
    pub component: String,
    /// One word: `unreachable`, `timeout`, `queue_full`, `out_of_memory`, `not_seeded`, `error`.
    pub reason: &'static str,
    /// What a person reads.
    pub message: String,
}

impl Fault {
    /// The answer to the request that needed the store; counted at `node`.
    pub fn at(self, node: &Node) -> Problem {
        Problem::peer(node, &self.component, self.reason, &self.message)
    }
}
