//! The feed service: the home timeline, newest first. Assembled on read from the database; or read from what fan-out wrote (on write); or
//! that merged with the celebrities' own tweets (hybrid). All three give the same tweets for the same data.
//!
//! `GET /timelines/{user}?limit=20` gives `{"tweets": [{"id", "author_id", "text", "created_ms"}]}`.
//!
//! A timeline in the cache that is too short, and does not say that nothing older is missing, is a miss: it is assembled from the database
//! and stored. A follow that is made or ended during a run shows in kept timelines only with the next tweets; and not at all, in the hybrid, when
//! who is followed is a celebrity already: nobody tells the reader's list of celebrities.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

use super::store::Fault;
use super::store::database::Database;
use super::store::kv::{self, Kv, KvTarget};
use super::store::tweets::{self, Tweet};
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::Node;
use crate::runtime::http::{self, Call, Problem};

/// The longest timeline that is answered.
const MAX_LIMIT: usize = 200;
/// Entries that a timeline gets when it is stored after a miss.
const REBUILT: usize = 40;

struct Feed {
    database: Arc<Database>,
    /// Where timelines are kept; `None`: each read is assembled from the database.
    kept: Option<Kv>,
    hybrid: bool,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let stores = peers.remove("tweets").unwrap_or_default();
    if stores.is_empty() {
        return Err(NodeError::EmptyPort("tweets"));
    }
    let spec = &node.config().spec;
    let timeout = node.dilated_ms(spec.number("timeout_ms", 1000.0));
    let built = spec.word("timeline_built", "on_write");
    let cache = peers.remove("timeline").filter(|peers| !peers.is_empty() && built != "on_read");
    let kept = cache.map(|peers| Kv::open(&node, peers, timeout)).transpose()?;
    let state = Arc::new(Feed { database: Database::open(&node, stores, timeout)?, kept, hybrid: built == "hybrid" });
    let routes = Router::new().route("/timelines/{user}", get(timeline)).fallback(http::no_such_path).with_state(state);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

#[derive(Deserialize)]
struct Wanted {
    #[serde(default = "default_limit")]
    limit: usize,
}

fn default_limit() -> usize {
    20
}

#[derive(Serialize)]
struct Timeline {
    tweets: Vec<Tweet>,
}

async fn timeline(
    State(feed): State<Arc<Feed>>,
    call: Call,
    Path(user): Path<String>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Timeline>, Problem> {
    let held = call.hold("timeline").await?;
    let node = held.node();
    let user = http::id(node, &user)?;
    let wanted = wanted.map_err(|error| Problem::bad_request(node, &format!("a limit is a number, like ?limit=20: {error}")))?;
    let limit = wanted.limit.clamp(1, MAX_LIMIT);
    let tweets = match &feed.kept {
        None => tweets::newest_followed(&feed.database, user, limit as i64).await,
        Some(kept) => feed.kept(node, kept, user, limit).await,
    };
    Ok(Json(Timeline { tweets: tweets.map_err(|fault| fault.at(node))? }))
}

impl Feed {
    async fn kept(&self, node: &Node, kept: &Kv, user: i64, limit: usize) -> Result<Vec<Tweet>, Fault> {
        let Some(home) = kept.of(user) else { return Ok(Vec::new()) };
        let (ids, celebrities) = self.entries(home, user, limit).await?;
        let complete = ids.contains(&kv::COMPLETE);
        if ids.len() < limit && !complete {
            node.count("misses", 1);
            return self.rebuild(home, user, limit).await;
        }
        node.count("hits", 1);
        let mut all: BTreeSet<i64> = ids.into_iter().filter(|id| *id != kv::COMPLETE).collect();
        if !celebrities.is_empty() {
            let ask = |(target, authors): (Arc<KvTarget>, Vec<i64>)| {
                let mut pipe = redis::pipe();
                for author in authors {
                    pipe.zrevrange(kv::author_key(author), 0, limit as isize - 1);
                }
                (target, pipe)
            };
            let answers: Vec<Vec<Vec<i64>>> = Kv::each(kept.grouped(celebrities).into_iter().map(ask).collect()).await?;
            all.extend(answers.into_iter().flatten().flatten());
        }
        let newest: Vec<i64> = all.into_iter().rev().take(limit).collect();
        self.bodies(node, kept, newest).await
    }

    /// The newest ids of the kept timeline, and the celebrities to merge.
    async fn entries(&self, home: &KvTarget, user: i64, limit: usize) -> Result<(Vec<i64>, Vec<i64>), Fault> {
        let mut pipe = redis::pipe();
        pipe.zrevrange(kv::timeline_key(user), 0, limit as isize - 1);
        if self.hybrid {
            return home.ask(pipe.smembers(kv::celebs_key(user))).await;
        }
        let (ids,) = home.ask(&pipe).await?;
        Ok((ids, Vec::new()))
    }

    /// Assembles the timeline from the database and stores it. A hybrid one then holds celebrities' older tweets too, which merging
    /// tells from its ids.
    async fn rebuild(&self, home: &KvTarget, user: i64, limit: usize) -> Result<Vec<Tweet>, Fault> {
        let depth = limit.max(REBUILT);
        let mut tweets = tweets::newest_followed(&self.database, user, depth as i64).await?;
        let mut entries: Vec<(i64, i64)> = tweets.iter().map(|tweet| (tweet.id, tweet.id)).collect();
        if tweets.len() < depth {
            entries.push((kv::COMPLETE, kv::COMPLETE));
        }
        let () = home.ask(redis::pipe().zadd_multiple(kv::timeline_key(user), &entries).ignore()).await?;
        tweets.truncate(limit);
        Ok(tweets)
    }

    /// The tweets behind `ids`, in their order; what the cache does not have comes from the database and is stored.
    async fn bodies(&self, node: &Node, kept: &Kv, ids: Vec<i64>) -> Result<Vec<Tweet>, Fault> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ask = |(target, ids): (Arc<KvTarget>, Vec<i64>)| {
            let mut pipe = redis::pipe();
            pipe.mget(ids.into_iter().map(kv::tweet_key).collect::<Vec<_>>());
            (target, pipe)
        };
        let answers: Vec<(Vec<Option<Vec<u8>>>,)> = Kv::each(kept.grouped(ids.iter().copied()).into_iter().map(ask).collect()).await?;
        let found = answers.into_iter().flat_map(|(bodies,)| bodies).flatten();
        let mut by_id: HashMap<i64, Tweet> =
            found.filter_map(|body| serde_json::from_slice::<Tweet>(&body).ok()).map(|tweet| (tweet.id, tweet)).collect();
        let missing: Vec<i64> = ids.iter().copied().filter(|id| !by_id.contains_key(id)).collect();
        if !missing.is_empty() {
            node.count("bodies_missed", missing.len() as u64);
            for tweet in tweets::by_ids(&self.database, &missing).await? {
                if let Some(target) = kept.of(tweet.id) {
                    let () = target.ask(redis::pipe().set(kv::tweet_key(tweet.id), kv::body(&tweet)).ignore()).await?;
                }
                by_id.insert(tweet.id, tweet);
            }
        }
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }
}
