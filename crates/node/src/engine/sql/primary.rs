//! The primary's side of replication: the log as a COPY stream over an ordinary connection, from any position, for as long as the replica
//! listens.

use std::collections::{BTreeMap, VecDeque};
use std::fs::File;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use pgwire::messages::copy::CopyOutResponse;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::io::AsyncRead;
use tokio::sync::{Notify, mpsc};

use super::activity::{self, Backend};
use super::error::SqlError;
use super::session::Out;
use super::store::unix_us;
use super::wire::{self, Incoming, MAX_FIRST_FRAME};
use super::{Engine, log};
use crate::runtime::lock;

/// Bytes of log in one message.
const CHUNK: usize = 256 << 10;
/// Messages that may wait for a replica that does not read.
const WAITING: usize = 4;

/// How many replicas must have a commit before it is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Synchronous {
    /// None: a replica may be late.
    Off,
    /// All that are connected, and one at least.
    All,
    /// So many, whichever they are.
    Quorum(usize),
}

/// Wall time for which the lag of a replica that has all is still shown, us.
const LAG_SHOWN_US: i64 = 10_000_000;
/// What was sent and not yet applied that is kept of one replica, to say how long it took.
const ON_THE_WAY: usize = 1024;

/// The replicas that are connected, and how far they are.
#[derive(Default)]
pub(super) struct Followers {
    each: Mutex<BTreeMap<u64, Follower>>,
    changed: Notify,
}

/// One replica that is connected.
struct Follower {
    backend: Arc<Backend>,
    sent: u64,
    /// Ends of what was sent and when that was, us since 1970; oldest first.
    on_the_way: VecDeque<(u64, i64)>,
    applied: u64,
    /// When the replica last said how far it is, us since 1970.
    told_us: Option<i64>,
    /// From sending to having applied what it said last, us.
    lag_us: Option<i64>,
}

/// One row of `pg_stat_replication`; positions in bytes of the log, times in us since 1970.
pub(super) struct Shown {
    pub session: activity::Shown,
    pub sent: u64,
    /// What it has applied, as it said itself; `None` before it said anything.
    pub applied: Option<u64>,
    pub told_us: Option<i64>,
    pub lag_us: Option<i64>,
    pub state: &'static str,
    /// How commits wait for it.
    pub synchronous: &'static str,
}

impl Follower {
    fn new(backend: &Arc<Backend>, from: u64) -> Self {
        Self { backend: backend.clone(), sent: from, on_the_way: VecDeque::new(), applied: 0, told_us: None, lag_us: None }
    }
}

impl Followers {
    /// Replica `replica` has had all up to `position` since `at_us`.
    pub(super) fn applied(&self, replica: u64, position: u64, at_us: i64) {
        if let Some(known) = lock(&self.each).get_mut(&replica) {
            known.applied = position.max(known.applied);
            known.told_us = Some(unix_us());
            while let Some(&(end, sent_us)) = known.on_the_way.front()
                && end <= known.applied
            {
                known.lag_us = Some((at_us - sent_us).max(0));
                known.on_the_way.pop_front();
            }
        }
        self.changed.notify_waiters();
    }

    /// All up to `position` was sent to `replica`.
    fn sent(&self, replica: u64, position: u64) {
        if let Some(known) = lock(&self.each).get_mut(&replica) {
            known.sent = position;
            if known.on_the_way.len() < ON_THE_WAY {
                known.on_the_way.push_back((position, unix_us()));
            }
        }
    }

    /// All that are connected.
    pub(super) fn shown(&self, synchronous: Synchronous) -> Vec<Shown> {
        let now_us = unix_us();
        let each = lock(&self.each);
        let all = each.values().filter_map(|follower| {
            Some(Shown {
                session: follower.backend.shown()?,
                sent: follower.sent,
                applied: follower.told_us.map(|_| follower.applied),
                told_us: follower.told_us,
                // Of one that has all and to which nothing more was sent, it is soon forgotten, as in PostgreSQL.
                lag_us: follower.lag_us.filter(|_| follower.applied < follower.sent || follower.told_us > Some(now_us - LAG_SHOWN_US)),
                state: if follower.applied > 0 || follower.sent == 0 { "streaming" } else { "catchup" },
                synchronous: match synchronous {
                    Synchronous::Off => "async",
                    Synchronous::All => "sync",
                    Synchronous::Quorum(_) => "quorum",
                },
            })
        });
        all.collect()
    }

    fn enough(&self, synchronous: Synchronous, position: u64) -> bool {
        let each = lock(&self.each);
        let there = each.values().filter(|known| known.applied >= position).count();
        match synchronous {
            Synchronous::Off => true,
            Synchronous::All => there > 0 && there == each.len(),
            Synchronous::Quorum(wanted) => there >= wanted,
        }
    }

    /// Waits until enough replicas have `position`.
    pub(super) async fn confirm(&self, synchronous: Synchronous, position: u64) {
        loop {
            let changed = self.changed.notified();
            let mut changed = std::pin::pin!(changed);
            // In line before looking, or a word in between would be missed.
            changed.as_mut().enable();
            if self.enough(synchronous, position) {
                return;
            }
            changed.await;
        }
    }
}

struct Counted {
    engine: Arc<Engine>,
    replica: u64,
}

impl Counted {
    fn new(engine: &Arc<Engine>, replica: u64, follower: Follower) -> Self {
        let replicas = {
            let mut each = lock(&engine.followers.each);
            each.insert(replica, follower);
            each.len()
        };
        engine.node.gauge("replicas", replicas as f64);
        Self { engine: engine.clone(), replica }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let replicas = {
            let mut each = lock(&self.engine.followers.each);
            each.remove(&self.replica);
            each.len()
        };
        self.engine.node.gauge("replicas", replicas as f64);
        self.engine.followers.changed.notify_waiters();
    }
}

/// What a replica asks for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Start {
    pub from: u64,
    /// 0 is a replica that has nothing yet.
    pub timeline: u64,
    /// The number by which it says how far it is.
    pub replica: u64,
}

/// Streams the log until the client goes.
pub(super) async fn stream<R: AsyncRead + Unpin>(
    engine: &Arc<Engine>,
    backend: &Arc<Backend>,
    start: Start,
    queue: &mpsc::Sender<Out>,
    incoming: &mut Incoming<R>,
) -> Result<(), SqlError> {
    let shared = &engine.shared;
    if shared.is_replica() {
        return Err(SqlError::unsupported("replication from a replica").hint("Link the replica to the primary."));
    }
    let Start { from, timeline, replica } = start;
    let mut position = shared.durable.subscribe();
    let mine = shared.timeline.load(Ordering::Relaxed);
    let follows = timeline == 0 || timeline == mine || engine.writer.lock().await.continues(timeline, from);
    if !follows || from > *position.borrow() {
        return Err(SqlError::new("58P01", format!("position {from} of timeline {timeline} is not in this log")));
    }
    let mut file = File::open(shared.log_path()).map_err(|error| SqlError::new("58030", format!("the log cannot be opened: {error}")))?;
    let _counted = Counted::new(engine, replica, Follower::new(backend, from));
    let mut out = BytesMut::new();
    wire::put(&mut out, &PgWireBackendMessage::CopyOutResponse(CopyOutResponse::new(1, 0, Vec::new())));
    let mut at = from;
    let mut bytes = out.freeze();
    loop {
        let kib = wire::share_kib(bytes.len());
        let share = if kib > 0 { engine.memory.clone().acquire_many_owned(kib).await.ok() } else { None };
        let others = queue.max_capacity().saturating_sub(WAITING);
        let Ok(mut places) = queue.reserve_many(others + 1).await else { return Ok(()) };
        if let Some(place) = places.next() {
            place.send(Out { bytes, ticket: None, share });
        }
        drop(places);
        let end = loop {
            let end = *position.borrow_and_update();
            if end > at {
                break end;
            }
            tokio::select! {
                changed = position.changed() => if changed.is_err() { return Ok(()) },
                more = incoming.more() => if !matches!(more, Ok(true)) { return Ok(()) },
            }
            while let Some(message) = incoming.buffered(MAX_FIRST_FRAME)? {
                if matches!(message, PgWireFrontendMessage::Terminate(_)) {
                    return Ok(());
                }
            }
        };
        let chunk = log::read(&mut file, at, end, CHUNK)?;
        at += chunk.len() as u64;
        engine.followers.sent(replica, at);
        bytes = wire::copy_data(&chunk);
    }
}
