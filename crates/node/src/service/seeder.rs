//! The seeder: creates the tables and the population of a run, then ends. It is a node like the others, run once before the load, while
//! the engines' envelopes are off. It is the only one that creates tables.
//!
//! Ports: `accounts` (every primary), `timeline` and `cache` (cache instances that timelines and tweets' bodies are warmed in), `log` (brokers);
//! all but the first may be empty. Settings: `timeline_built` (`on_read`, `on_write`, `hybrid`, `none`), `celebrity_threshold`, `kept_per_user`, `task` (`seed`, or
//! `sweep`: what real servers in an engine's place still hold of the run goes).
//!
//! Users are 1 to U. Past tweets are 1 to U x tweets each, and tweet t is by user (t - 1) mod U + 1, so whoever knows the two numbers
//! knows every id and every author.

use std::sync::Arc;
use std::time::{Duration, Instant};

use loadline_model::population::Population;
use loadline_model::wire::{FromNode, Peer};
use loadline_model::words::grouped;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::store::database::Database;
use super::store::kv::Kv;
use super::store::tweets::Tweet;
use super::store::{Fault, ids};
use crate::process::say;
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::{Node, clock};

mod real;
mod rows;
mod warm;

/// Wall time that one batch may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is created.
struct World {
    population: Population,
    tweets_each: u32,
    /// When the youngest past tweet was posted, ms since 1970.
    now_ms: i64,
}

/// Makes the node ready and gives what seeds: it ends when everything is stored.
pub async fn prepare(node: Arc<Node>, _listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let accounts = peers.remove("accounts").filter(|peers| !peers.is_empty()).ok_or(NodeError::EmptyPort("accounts"))?;
    let timeline = Kv::open(&node, peers.remove("timeline").unwrap_or_default(), PATIENCE)?;
    let cache = Kv::open(&node, peers.remove("cache").unwrap_or_default(), PATIENCE)?;
    let log = peers.remove("log").unwrap_or_default();
    let database = Database::open(&node, accounts, PATIENCE)?;
    Ok(Box::pin(async move {
        if node.config().spec.word("task", "seed") == "sweep" {
            return real::sweep(&node, &database, &[&timeline, &cache], &log)
                .await
                .map_err(|fault| NodeError::Other(format!("not swept: {fault}")));
        }
        seed(&node, database, &timeline, &cache, &log).await
    }))
}

async fn seed(node: &Node, database: Arc<Database>, timeline: &Kv, cache: &Kv, log: &[Peer]) -> Result<(), NodeError> {
    let config = node.config();
    let spec = config.population.clone().ok_or_else(|| NodeError::Other("nobody to seed: the scenario has no population".to_owned()))?;
    let begun = Instant::now();
    let population = Population::generate(&spec, config.seed);
    let world = Arc::new(World { population, tweets_each: spec.tweets_each, now_ms: clock::unix_ms() as i64 });
    let [users, follows, tweets] = [world.users() as u64, world.population.edges(), world.tweets() as u64].map(grouped);
    say(&FromNode::Event { message: format!("Writing {users} users, {follows} follows, {tweets} tweets") });
    for target in database.primaries().iter().filter(|target| target.is_real()) {
        real::room_in_sql(target).await.map_err(failed)?;
    }
    for target in real::real(&[timeline, cache]) {
        real::room_in_kv(target).await.map_err(failed)?;
    }
    real::room_in_log(node, log).await.map_err(failed)?;
    let mut shards = JoinSet::new();
    for (shard, target) in database.primaries().iter().cloned().enumerate() {
        let (world, shards_all) = (world.clone(), database.primaries().len());
        shards.spawn(async move { rows::fill(&world, &target, shard, shards_all).await });
    }
    while let Some(ended) = shards.join_next().await {
        ended.map_err(|error| NodeError::Other(error.to_string()))?.map_err(failed)?;
    }
    report("Database filled", begun);
    for kv in [timeline, cache] {
        warm::bodies(&world, kv).await.map_err(failed)?;
    }
    let built = config.spec.word("timeline_built", "none");
    if matches!(built, "on_write" | "hybrid") && timeline.instances() > 0 {
        let threshold = config.spec.number("celebrity_threshold", 400.0) as u32;
        let kept = config.spec.number("kept_per_user", 800.0) as usize;
        warm::timelines(&world, timeline, (built == "hybrid").then_some(threshold), kept).await.map_err(failed)?;
    }
    report("Population written", begun);
    Ok(())
}

fn report(what: &str, begun: Instant) {
    say(&FromNode::Event { message: format!("{what} ({:.1} s)", begun.elapsed().as_secs_f64()) });
}

fn failed(fault: Fault) -> NodeError {
    NodeError::Other(format!("seeding failed at {fault}; look at that component's events"))
}

impl World {
    fn users(&self) -> i64 {
        i64::from(self.population.users())
    }

    /// How many past tweets there are; also the highest id among them.
    fn tweets(&self) -> i64 {
        self.users() * i64::from(self.tweets_each)
    }

    fn tweet(&self, id: i64) -> Tweet {
        let author_id = ids::seeded_author(id, self.users());
        // A second apart, the youngest just now.
        let created_ms = self.now_ms - (self.tweets() - id) * 1000;
        Tweet { id, author_id, text: format!("Tweet {id} by user {author_id}: the quick brown fox jumps over the lazy dog."), created_ms }
    }

    /// Ids of a user's past tweets, newest first.
    fn tweets_of(&self, user: i64) -> impl Iterator<Item = i64> + '_ {
        (0..i64::from(self.tweets_each)).rev().map(move |round| round * self.users() + user)
    }
}
