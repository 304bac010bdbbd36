//! The feed service: the home timeline, newest first. Assembled on read from the database; or read from what fan-out wrote (on write); or
//! that merged with the celebrities' own tweets (hybrid). All three give the same tweets for the same data.
//!
//! `GET /timelines/{user}?limit=20` gives `{"tweets": [{"id", "author_id", "text", "created_ms"}]}`.
//!
//! A timeline in the cache that is too short, and does not say that nothing older is missing, is a miss: it is assembled from the database
//! and stored. So are a celebrity's list of tweets and a reader's list of celebrities. A follow that is made or ended during a run shows in kept timelines with the next tweet of who is
//! followed, because fan-out writes by the follows of that moment; tweets that were written before stay.

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
        let (ids, mut celebrities) = self.entries(home, user, limit).await?;
        if self.hybrid && !celebrities.contains(&kv::COMPLETE) {
            celebrities = self.relearn_celebrities(node, kept, home, user).await?;
        }
        celebrities.retain(|author| *author != kv::COMPLETE);
        let complete = ids.contains(&kv::COMPLETE);
        if ids.len() < limit && !complete {
            node.count("misses", 1);
            return self.rebuild(node, home, user, limit).await;
        }
        node.count("hits", 1);
        let mut all: BTreeSet<i64> = ids.into_iter().collect();
        if !celebrities.is_empty() {
            all.extend(self.celebrities_tweets(node, kept, celebrities, limit).await?);
        }
        all.remove(&kv::COMPLETE);
        let newest: Vec<i64> = all.into_iter().rev().take(limit).collect();
        self.bodies(node, kept, newest).await
    }

    /// Ids of the newest tweets of each of these authors, out of their own lists. A list that went with its cache instance is filled anew.
    async fn celebrities_tweets(&self, node: &Node, kept: &Kv, authors: Vec<i64>, limit: usize) -> Result<Vec<i64>, Fault> {
        let parts = kept.grouped(authors);
        let ask = |(target, authors): &(Arc<KvTarget>, Vec<i64>)| {
            let mut pipe = redis::pipe();
            for author in authors {
                pipe.zrevrange(kv::author_key(*author), 0, limit as isize - 1);
            }
            (target.clone(), pipe)
        };
        let answers: Vec<Vec<Vec<i64>>> = Kv::each(parts.iter().map(ask).collect()).await?;
        let mut all = Vec::new();
        for ((target, authors), lists) in parts.iter().zip(answers) {
            for (author, ids) in authors.iter().zip(lists) {
                let whole = ids.len() >= limit || ids.contains(&kv::COMPLETE);
                all.extend(if whole { ids } else { self.refill_author(node, target, *author, limit).await? });
            }
        }
        Ok(all)
    }

    async fn refill_author(&self, node: &Node, home: &KvTarget, author: i64, limit: usize) -> Result<Vec<i64>, Fault> {
        node.count("author_lists_missed", 1);
        let depth = limit.max(REBUILT);
        let tweets = tweets::newest_of(&self.database, author, depth as i64).await?;
        let ids = tweets.iter().map(|tweet| tweet.id).collect();
        fill(node, home, kv::author_key(author), &tweets, depth).await;
        Ok(ids)
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
    async fn rebuild(&self, node: &Node, home: &KvTarget, user: i64, limit: usize) -> Result<Vec<Tweet>, Fault> {
        let depth = limit.max(REBUILT);
        let mut tweets = tweets::newest_followed(&self.database, user, depth as i64).await?;
        fill(node, home, kv::timeline_key(user), &tweets, depth).await;
        tweets.truncate(limit);
        Ok(tweets)
    }

    /// The celebrities among those whom the user follows, where the user's list of them is new or went with its cache instance. One whose own
    /// mark is gone too is entered by fan-out, with the next tweet.
    async fn relearn_celebrities(&self, node: &Node, kept: &Kv, home: &KvTarget, user: i64) -> Result<Vec<i64>, Fault> {
        node.count("celebrity_lists_missed", 1);
        let followed = tweets::followed_by(&self.database, user).await?;
        let parts = kept.grouped(followed);
        let ask = |(target, authors): &(Arc<KvTarget>, Vec<i64>)| {
            let mut pipe = redis::pipe();
            pipe.smismember(kv::CELEBRITIES, authors);
            (target.clone(), pipe)
        };
        let answers: Vec<(Vec<bool>,)> = Kv::each(parts.iter().map(ask).collect()).await?;
        let marked = parts.iter().zip(answers).flat_map(|((_, authors), (marks,))| authors.iter().copied().zip(marks));
        let mut celebrities: Vec<i64> = marked.filter(|(_, is_marked)| *is_marked).map(|(author, _)| author).collect();
        celebrities.push(kv::COMPLETE);
        kv::filled(node, home.ask(redis::pipe().sadd(kv::celebs_key(user), &celebrities).ignore()).await);
        Ok(celebrities)
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
                    kv::filled(node, target.ask(redis::pipe().set(kv::tweet_key(tweet.id), kv::body(&tweet)).ignore()).await);
                }
                by_id.insert(tweet.id, tweet);
            }
        }
        Ok(ids.iter().filter_map(|id| by_id.remove(id)).collect())
    }
}

/// Writes tweets into a list of ids, with the mark that nothing older is missing where they are fewer than `depth`.
async fn fill(node: &Node, home: &KvTarget, key: String, tweets: &[Tweet], depth: usize) {
    let mut entries: Vec<(i64, i64)> = tweets.iter().map(|tweet| (tweet.id, tweet.id)).collect();
    if tweets.len() < depth {
        entries.push((kv::COMPLETE, kv::COMPLETE));
    }
    kv::filled(node, home.ask(redis::pipe().zadd_multiple(key, &entries).ignore()).await);
}
