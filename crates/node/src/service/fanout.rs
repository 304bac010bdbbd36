//! The fan-out worker: consumes tweet events and writes each tweet into the timelines of its author's followers. It answers nothing over
//! HTTP but health checks.
//!
//! Each event is under way at one of `workers` places from its reading to its last write, and is tried until it is written: its offset
//! is committed after that, so a worker that dies leaves its events to the next. Writing one twice changes nothing.
//!
//! Timelines are trimmed by one event in `trim_every`, so they overshoot what is kept by some entries and trimming adds little to the commands.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use loadline_model::wire::{FromNode, Peer};
use rdkafka::consumer::{Consumer, StreamConsumer};
use rdkafka::message::Message;
use tokio::net::TcpListener;
use tokio::sync::Semaphore;

use super::store::batch::Batch;
use super::store::database::Database;
use super::store::ids;
use super::store::kv::{self, Kv};
use super::store::log::{self, Lag, TweetEvent};
use super::store::tweets::Tweet;
use super::store::{Fault, schema, tweets};
use crate::process::say;
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::{Node, clock, http, lock};

/// Group of the consumers.
pub(super) const GROUP: &str = "fanout";
/// Followers that are looked up at a time.
const PAGE: usize = 5000;
/// How much older than the last look a change of follows may be and is still looked for, ms of life: a replica shows it later.
const LAG_MS: f64 = 5000.0;
/// Waits between two tries of one event.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
/// How long the log may take to make the topic.
const TOPIC_WITHIN: Duration = Duration::from_secs(5);

struct Fanout {
    node: Arc<Node>,
    events: Vec<Peer>,
    consumer: StreamConsumer<Lag>,
    topic: String,
    /// Events taken from the log.
    taken: Arc<AtomicU64>,
    database: Arc<Database>,
    timelines: Kv,
    /// Followers from which an author's tweets are merged on read; `None`: all are written.
    celebrity_from: Option<usize>,
    kept: isize,
    /// One event in so many trims the timelines that it writes.
    trim_every: u64,
    /// Celebrities whose followers know them as such, and when this worker looked for new ones last, ms since 1970.
    told: Mutex<HashMap<i64, u64>>,
    /// [`LAG_MS`] in wall time.
    lag_ms: u64,
    /// By partition: offsets under way, and whether they are done.
    under_way: Mutex<HashMap<i32, BTreeMap<i64, bool>>>,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let mut take = |port: &'static str| peers.remove(port).filter(|peers| !peers.is_empty()).ok_or(NodeError::EmptyPort(port));
    let (events, follows, timelines) = (take("events")?, take("follows")?, take("timeline")?);
    let spec = &node.config().spec;
    let timeout = node.dilated_ms(spec.number("timeout_ms", 5000.0));
    let merged = spec.word("celebrities", "written") == "merged_on_read";
    let fanout = Arc::new(Fanout {
        consumer: log::consumer(&node, &events, &log::group(&node, &events, GROUP))?,
        topic: log::topic(&node, &events),
        taken: node.calls_to(events.first().map_or("", |peer| &peer.component)),
        events,
        database: Database::open(&node, follows, timeout)?,
        timelines: Kv::open(&node, timelines, timeout)?,
        celebrity_from: merged.then(|| spec.number("celebrity_threshold", 400.0) as usize),
        kept: spec.number("kept_per_user", 800.0) as isize,
        trim_every: spec.number("trim_every", 64.0).max(1.0) as u64,
        told: Mutex::default(),
        lag_ms: node.dilated_ms(LAG_MS).as_millis() as u64,
        under_way: Mutex::default(),
        node: node.clone(),
    });
    // Ready when it listens to the topic: the first event finds it there. A log that is away is waited for afterwards.
    let subscribed = fanout.subscribe().await;
    let health = http::serve(node, listener, Router::new().fallback(http::no_such_path));
    Ok(Box::pin(async move {
        tokio::select! {
            ended = health => ended,
            ended = consume(fanout, subscribed) => ended,
        }
    }))
}

async fn consume(fanout: Arc<Fanout>, mut subscribed: Result<(), NodeError>) -> Result<(), NodeError> {
    let places = Arc::new(Semaphore::new(fanout.node.config().spec.envelope.workers.max(1) as usize));
    let mut said = String::new();
    while let Err(error) = &subscribed {
        fanout.unreadable(&mut said, &error.to_string());
        tokio::time::sleep(FIRST_PAUSE).await;
        subscribed = fanout.subscribe().await;
    }
    loop {
        let place = places.clone().acquire_owned().await.map_err(|error| NodeError::Other(error.to_string()))?;
        let message = match fanout.consumer.recv().await {
            Ok(message) => message,
            Err(error) => {
                // The client tries again by itself.
                fanout.unreadable(&mut said, &error.to_string());
                tokio::time::sleep(FIRST_PAUSE).await;
                continue;
            }
        };
        fanout.taken.fetch_add(1, Ordering::Relaxed);
        let (partition, offset) = (message.partition(), message.offset());
        lock(&fanout.under_way).entry(partition).or_default().insert(offset, false);
        let event = message.payload().map(serde_json::from_slice::<TweetEvent>);
        let Some(Ok(event)) = event else {
            fanout.node.failed("undecodable");
            say(&FromNode::Event { message: format!("event {partition}/{offset} is no tweet and was left out") });
            fanout.done(partition, offset);
            continue;
        };
        let fanout = fanout.clone();
        tokio::spawn(async move {
            fanout.process(&event).await;
            fanout.done(partition, offset);
            drop(place);
        });
    }
}

impl Fanout {
    /// Makes the topic, if need be, and listens to it.
    async fn subscribe(&self) -> Result<(), NodeError> {
        log::make_topic(&self.node, &self.events, TOPIC_WITHIN).await?;
        let peer = || self.events.first().map(|peer| peer.node.clone()).unwrap_or_default();
        self.consumer.subscribe(&[self.topic.as_str()]).map_err(|error| NodeError::Unreachable { peer: peer(), reason: error.to_string() })
    }

    /// Counts that the log could not be read, and says so once for each reason.
    fn unreadable(&self, said: &mut String, error: &str) {
        self.node.failed("log_unreadable");
        let text = format!("the log cannot be read: {error}; trying again");
        if text != *said {
            say(&FromNode::Event { message: text.clone() });
            *said = text;
        }
    }

    /// One event, until it is written.
    async fn process(&self, event: &TweetEvent) {
        let ticket = loop {
            match self.node.admit("fanout", clock::now_ns()).await {
                Ok(ticket) => break ticket,
                Err(_) => tokio::time::sleep(FIRST_PAUSE).await,
            }
        };
        self.node.finish(&ticket).await;
        let mut pause = FIRST_PAUSE;
        let writes = loop {
            match self.write(&event.tweet).await {
                Ok(writes) => break writes,
                Err(fault) => {
                    self.node.failed(fault.reason);
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(LONGEST_PAUSE);
                }
            }
        };
        self.node.count("fanout_writes", writes);
        self.node.count("tweets_fanned_out", 1);
        self.node.record("tweet_to_timeline_us", clock::unix_us().saturating_sub(event.created_us));
        self.node.release(ticket);
    }

    /// Writes the tweet where its readers will look; gives the number of sorted sets that it was written to.
    async fn write(&self, tweet: &Tweet) -> Result<u64, Fault> {
        let followers = self.followers(tweet.author_id, self.celebrity_from.unwrap_or(usize::MAX)).await?;
        let mut batch = Batch::new(&self.timelines);
        batch.add(tweet.id, |pipe| pipe.set(kv::tweet_key(tweet.id), kv::body(tweet)).ignore());
        let trim = ids::one_in(tweet.id, self.trim_every);
        let mut enter = |owner: i64, key: String| {
            batch.add(owner, |pipe| {
                pipe.zadd(&key, tweet.id, tweet.id).ignore();
                if trim {
                    pipe.zremrangebyrank(&key, 0, -(self.kept + 1)).ignore();
                }
                pipe
            });
        };
        let is_celebrity = self.celebrity_from.is_some_and(|from| followers.len() >= from);
        // Followers look at the author's own list from before the first tweet that is only there.
        if is_celebrity {
            self.tell_followers(tweet.author_id).await?;
        }
        let writes = if is_celebrity {
            enter(tweet.author_id, kv::author_key(tweet.author_id));
            1
        } else {
            for follower in &followers {
                enter(*follower, kv::timeline_key(*follower));
            }
            followers.len()
        };
        batch.send().await?;
        if trim {
            self.node.count("timelines_trimmed", writes as u64);
        }
        Ok(writes as u64)
    }

    /// The author's followers; no more than `enough` of them.
    async fn followers(&self, author: i64, enough: usize) -> Result<Vec<i64>, Fault> {
        self.ids(&schema::FOLLOWERS, author, enough, None).await
    }

    /// Ids by one of the statements over follows, in pages; no more than `enough` of them, and only of changes after `since_ms` where it has one.
    async fn ids(&self, sql: &'static schema::Sql, author: i64, enough: usize, since_ms: Option<i64>) -> Result<Vec<i64>, Fault> {
        let target = self.database.reader(self.database.shard_of_user(author).await?).await?;
        let mut all = Vec::new();
        loop {
            let wanted = PAGE.min(enough - all.len());
            let page = tweets::ids_of(target, sql, author, all.last().copied().unwrap_or(0), wanted as i64, since_ms).await?;
            let is_last = page.len() < wanted;
            all.extend(page);
            if is_last || all.len() >= enough {
                return Ok(all);
            }
        }
    }

    /// Enters a celebrity with those of the followers who do not know it as one. Seeded celebrities are known, with the mark that says so;
    /// of a marked one only what changed is looked up: who follows it since, and who no longer does. The mark is asked for each time: it goes
    /// with the cache's instance, and so do lists of followers.
    async fn tell_followers(&self, author: i64) -> Result<(), Fault> {
        let Some(home) = self.timelines.of(author) else { return Ok(()) };
        let now_ms = clock::unix_ms();
        let (is_marked,): (bool,) = home.ask(redis::pipe().sismember(kv::CELEBRITIES, author)).await?;
        let (told, untold) = if is_marked {
            let looked_ms = lock(&self.told).get(&author).copied().unwrap_or(0);
            let since_ms = Some(looked_ms.saturating_sub(self.lag_ms) as i64);
            let new = self.ids(&schema::FOLLOWERS_SINCE, author, usize::MAX, since_ms).await?;
            (new, self.ids(&schema::UNFOLLOWERS_SINCE, author, usize::MAX, since_ms).await?)
        } else {
            (self.followers(author, usize::MAX).await?, Vec::new())
        };
        // Who left and came back is among both, and stays.
        let mut batch = Batch::new(&self.timelines);
        for follower in untold {
            batch.add(follower, |pipe| pipe.srem(kv::celebs_key(follower), author).ignore());
        }
        batch.send().await?;
        let mut batch = Batch::new(&self.timelines);
        for follower in told {
            batch.add(follower, |pipe| pipe.sadd(kv::celebs_key(follower), author).ignore());
        }
        batch.send().await?;
        if !is_marked {
            let () = home.ask(redis::pipe().sadd(kv::CELEBRITIES, author).ignore()).await?;
        }
        lock(&self.told).insert(author, now_ms);
        Ok(())
    }

    /// Says that an event is done; the partition's offset moves up to the first that is not.
    fn done(&self, partition: i32, offset: i64) {
        let mut under_way = lock(&self.under_way);
        let Some(offsets) = under_way.get_mut(&partition) else { return };
        offsets.insert(offset, true);
        let mut last = None;
        while offsets.first_key_value().is_some_and(|(_, done)| *done) {
            last = offsets.pop_first().map(|(offset, _)| offset);
        }
        if let Some(last) = last
            && self.consumer.store_offset(&self.topic, partition, last).is_err()
        {
            // The partition went to another consumer of the group meanwhile, which reads the event again.
            self.node.count("offsets_lost", 1);
        }
    }
}
