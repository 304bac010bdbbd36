//! All shards of the database and their replicas: which instance to ask for what belongs to a user or a tweet. Replica i copies primary
//! i modulo the number of primaries; reads go to the replicas where there are some, by turns. A replica that a request finds gone is left
//! out until it answers again; a primary is the only one that holds its shard, and no read goes there in place of a replica.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use loadline_model::wire::Peer;
use tokio::sync::OnceCell;
use tokio_postgres::Row;

use super::sql::SqlTarget;
use super::{Fault, ids, schema};
use crate::roles::NodeError;
use crate::runtime::{Node, http};

/// The database of one service.
pub struct Database {
    primaries: Vec<Arc<SqlTarget>>,
    replicas: Vec<Arc<SqlTarget>>,
    /// By shard: whose turn it is among its copies.
    turns: Vec<AtomicUsize>,
    /// Read once, when it is first needed: the seeder wrote it.
    dataset: OnceCell<Dataset>,
}

/// How the data is spread and how much was seeded.
#[derive(Debug, Clone, Copy)]
struct Dataset {
    shards: usize,
    users: i64,
}

impl Database {
    /// The database that `peers` make up, for `node`: primaries and replicas, told apart by their role. Turns begin at the node's own
    /// number, so that callers do not march over the replicas in step. Dials in the background.
    pub fn open(node: &Node, peers: Vec<Peer>, timeout: Duration) -> Result<Arc<Self>, NodeError> {
        let (replicas, primaries): (Vec<Peer>, Vec<Peer>) = peers.into_iter().partition(|peer| peer.role == "sql_replica");
        let open = |peers: Vec<Peer>| -> Result<Vec<Arc<SqlTarget>>, NodeError> {
            peers.into_iter().map(|peer| SqlTarget::new(node, peer, timeout).map(Arc::new)).collect()
        };
        let (primaries, replicas) = (open(primaries)?, open(replicas)?);
        let every = http::probe_every(node);
        for target in primaries.iter().chain(&replicas) {
            let target = target.clone();
            tokio::spawn(async move { target.watch(every).await });
        }
        // No shard that is covered has a higher number than there are replicas.
        let turns = replicas.iter().map(|_| AtomicUsize::new(node.config().spec.instance as usize)).collect();
        Ok(Arc::new(Self { primaries, replicas, turns, dataset: OnceCell::new() }))
    }

    /// Number of shards: as many as primaries; where only replicas are known, the data itself says it.
    pub async fn shards(&self) -> Result<usize, Fault> {
        if self.primaries.is_empty() { Ok(self.dataset().await?.shards) } else { Ok(self.primaries.len()) }
    }

    /// The shard of a user.
    pub async fn shard_of_user(&self, user: i64) -> Result<usize, Fault> {
        Ok(ids::spread(user, self.shards().await?))
    }

    /// The shard of a tweet: its author's.
    pub async fn shard_of_tweet(&self, tweet: i64) -> Result<usize, Fault> {
        let shards = self.shards().await?;
        match ids::shard_of_given(tweet) {
            _ if shards == 1 => Ok(0),
            Some(shard) => Ok(shard % shards),
            None => Ok(ids::spread(ids::seeded_author(tweet, self.dataset().await?.users), shards)),
        }
    }

    /// Where the rows of `shard` are written.
    pub fn writer(&self, shard: usize) -> Result<&Arc<SqlTarget>, Fault> {
        self.primaries.get(shard).ok_or_else(|| self.uncovered(shard))
    }

    /// Every primary, by shard.
    pub fn primaries(&self) -> &[Arc<SqlTarget>] {
        &self.primaries
    }

    /// Where the rows of `shard` are read: the next of its copies that are up, or of all where none is, so that the fault names them.
    pub async fn reader(&self, shard: usize) -> Result<&Arc<SqlTarget>, Fault> {
        if self.replicas.is_empty() {
            return self.writer(shard);
        }
        let shards = self.shards().await?;
        let turn = self.turns.get(shard).map_or(0, |turn| turn.fetch_add(1, Ordering::Relaxed));
        let copies = self.replicas.iter().skip(shard).step_by(shards.max(1));
        let up = copies.clone().filter(|copy| copy.is_up());
        by_turns(up, turn).or_else(|| by_turns(copies, turn)).ok_or_else(|| self.uncovered(shard))
    }

    /// A copy of `shard` that has applied all that its primary had written by now: read-your-writes by position. It looks every `pause`, and
    /// gives up after `within`. The primary itself where nothing copies it.
    pub async fn caught_up(&self, shard: usize, pause: Duration, within: Duration) -> Result<&Arc<SqlTarget>, Fault> {
        let position = |target: &Arc<SqlTarget>, rows: &[Row]| {
            let row = rows.first().ok_or_else(|| target.named("error", format!("{} tells no position", target.peer().node)))?;
            row.try_get::<_, i64>(0).map_err(|error| target.fault(&error))
        };
        let primary = self.writer(shard)?;
        if self.replicas.is_empty() {
            return Ok(primary);
        }
        let written = position(primary, &primary.query(&schema::POSITION, &[]).await?)?;
        let copy = self.reader(shard).await?;
        let until = tokio::time::Instant::now() + within;
        while position(copy, &copy.query(&schema::APPLIED, &[]).await?)? < written {
            if tokio::time::Instant::now() >= until {
                return Err(copy.named("timeout", format!("{} had not applied the write in time", copy.peer().node)));
            }
            tokio::time::sleep(pause).await;
        }
        Ok(copy)
    }

    async fn dataset(&self) -> Result<Dataset, Fault> {
        self.dataset.get_or_try_init(|| self.read_dataset()).await.copied()
    }

    /// All instances hold the same: the first that answers has it, and the fault is that of the first that was asked.
    async fn read_dataset(&self) -> Result<Dataset, Fault> {
        let (up, down): (Vec<_>, Vec<_>) = self.primaries.iter().chain(&self.replicas).partition(|target| target.is_up());
        let mut first = None;
        for target in up.into_iter().chain(down) {
            match Dataset::read(target).await {
                Ok(dataset) => return Ok(dataset),
                Err(fault) => first = first.or(Some(fault)),
            }
        }
        Err(first.unwrap_or_else(|| self.uncovered(0)))
    }

    fn uncovered(&self, shard: usize) -> Fault {
        let component = self.primaries.first().or(self.replicas.first()).map(|target| target.peer().component.clone());
        let message = format!("no instance holds shard {shard}: give the replicas at least as many instances as the primary has");
        Fault { component: component.unwrap_or_default(), reason: "error", message }
    }
}

/// The one of `all` whose turn it is; `None` where there is none.
fn by_turns<'a, T: 'a>(all: impl Iterator<Item = &'a T> + Clone, turn: usize) -> Option<&'a T> {
    let turn = turn.checked_rem(all.clone().count())?;
    // Round again, should one fall out meanwhile.
    all.cycle().nth(turn)
}

impl Dataset {
    async fn read(target: &SqlTarget) -> Result<Self, Fault> {
        let rows = target.query(&schema::DATASET, &[]).await?;
        let unseeded = || Fault {
            component: target.peer().component.clone(),
            reason: "not_seeded",
            message: format!("{} holds no data yet: wait until it is seeded", target.peer().node),
        };
        let row = rows.first().ok_or_else(unseeded)?;
        let (shards, users) = (row.try_get(0), row.try_get(1));
        let (shards, users): (i64, i64) = (shards.map_err(|e| target.fault(&e))?, users.map_err(|e| target.fault(&e))?);
        Ok(Self { shards: shards.max(1) as usize, users })
    }
}
