//! The tweet service: create and read. Linked to a log, it tells the fan-out workers of each tweet and waits until the log has it; linked
//! to a cache, it reads from there first. Database and log are written one after the other: a tweet whose event fails is stored, and the
//! poster is told that it did not reach the timelines.
//!
//! `POST /tweets {"author_id", "text"}` gives 201 and the tweet; `GET /tweets/{id}`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use bytes::Bytes;
use serde::Deserialize;
use tokio::net::TcpListener;

use super::store::database::Database;
use super::store::ids::Ids;
use super::store::kv::{self, Kv};
use super::store::log::{Events, TweetEvent};
use super::store::tweets::{self, Tweet};
use super::store::{Fault, schema};
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::http::{self, Call, Problem};
use crate::runtime::{Node, clock};

/// The longest tweet, in characters.
const MAX_TEXT: usize = 280;

struct Tweets {
    node: Arc<Node>,
    database: Arc<Database>,
    cache: Option<Kv>,
    /// In ms of life: a cache keeps the time of the run.
    cached_for_ms: u64,
    events: Option<Events>,
    ids: Ids,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let mut stores = peers.remove("tweets").unwrap_or_default();
    if stores.is_empty() {
        return Err(NodeError::EmptyPort("tweets"));
    }
    stores.extend(peers.remove("reads").unwrap_or_default());
    let spec = &node.config().spec;
    let timeout = node.dilated_ms(spec.number("timeout_ms", 1000.0));
    let cached_for_ms = (1000.0 * spec.number("cache_ttl_s", 86_400.0)).max(1.0) as u64;
    let cache = peers.remove("cache").filter(|peers| !peers.is_empty()).map(|peers| Kv::open(&node, peers, timeout)).transpose()?;
    let events = peers.remove("events").filter(|peers| !peers.is_empty()).map(|peers| Events::open(&node, &peers, timeout)).transpose()?;
    let database = Database::open(&node, stores, timeout)?;
    let state = Arc::new(Tweets { node: node.clone(), database, cache, cached_for_ms, events, ids: Ids::new(spec.instance) });
    let routes =
        Router::new().route("/tweets", post(create)).route("/tweets/{id}", get(read)).fallback(http::no_such_path).with_state(state);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

#[derive(Deserialize)]
struct NewTweet {
    author_id: i64,
    text: String,
}

async fn create(State(service): State<Arc<Tweets>>, call: Call, body: Bytes) -> Result<(StatusCode, Json<Tweet>), Problem> {
    let held = call.hold("write").await?;
    let node = held.node();
    let new: NewTweet = serde_json::from_slice(&body).map_err(|error| {
        let text = format!("send a tweet as {{\"author_id\": 1, \"text\": \"hello\"}}, with a number for the author: {error}");
        Problem::bad_request(node, &text)
    })?;
    http::id(node, &new.author_id.to_string())?;
    if new.text.is_empty() || new.text.chars().count() > MAX_TEXT || new.text.contains('\0') {
        return Err(Problem::bad_request(node, "a tweet has 1 to 280 characters"));
    }
    let traceparent = held.call.trace.header();
    let tweet = service.post(new, &traceparent).await.map_err(|fault| fault.at(node))?;
    Ok((StatusCode::CREATED, Json(tweet)))
}

async fn read(State(service): State<Arc<Tweets>>, call: Call, Path(id): Path<String>) -> Result<Json<Tweet>, Problem> {
    let held = call.hold("read").await?;
    let node = held.node();
    let id = http::id(node, &id)?;
    if let Some(tweet) = service.cached(id).await.map_err(|fault| fault.at(node))? {
        node.count("hits", 1);
        return Ok(Json(tweet));
    }
    let found = tweets::by_id(&service.database, id).await.map_err(|fault| fault.at(node))?;
    let tweet = found.ok_or_else(|| Problem::not_found(node, "no tweet has this id"))?;
    if service.cache.is_some() {
        node.count("misses", 1);
        kv::filled(node, service.keep(&tweet).await);
    }
    Ok(Json(tweet))
}

impl Tweets {
    async fn post(&self, new: NewTweet, traceparent: &str) -> Result<Tweet, Fault> {
        let shard = self.database.shard_of_user(new.author_id).await?;
        let created_us = clock::unix_us();
        let tweet = Tweet { id: self.ids.next(shard), author_id: new.author_id, text: new.text, created_ms: (created_us / 1000) as i64 };
        let row: [&(dyn tokio_postgres::types::ToSql + Sync); 4] = [&tweet.id, &tweet.author_id, &tweet.text, &tweet.created_ms];
        self.database.writer(shard)?.execute(&schema::INSERT_TWEET, &row).await?;
        let event = TweetEvent { tweet, created_us };
        // Before the copy in the cache: a shard that is away must not keep a stored tweet from its readers.
        if let Some(events) = &self.events {
            events.send(&event, traceparent).await?;
            self.node.count("tweets_announced", 1);
        }
        self.keep(&event.tweet).await?;
        Ok(event.tweet)
    }

    /// The tweet as the cache has it; what does not read as a tweet is a miss.
    async fn cached(&self, id: i64) -> Result<Option<Tweet>, Fault> {
        let Some(target) = self.cache.as_ref().and_then(|cache| cache.of(id)) else { return Ok(None) };
        let (body,): (Option<Vec<u8>>,) = target.ask(redis::pipe().get(kv::tweet_key(id))).await?;
        Ok(body.and_then(|body| serde_json::from_slice(&body).ok()))
    }

    async fn keep(&self, tweet: &Tweet) -> Result<(), Fault> {
        let Some(target) = self.cache.as_ref().and_then(|cache| cache.of(tweet.id)) else { return Ok(()) };
        target.ask(redis::pipe().pset_ex(kv::tweet_key(tweet.id), kv::body(tweet), self.cached_for_ms).ignore()).await
    }
}
