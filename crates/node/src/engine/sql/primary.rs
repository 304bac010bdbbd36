//! The primary's side of replication: the log as a COPY stream over an ordinary connection, from any position, for as long as the replica
//! listens.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};

use bytes::BytesMut;
use pgwire::messages::copy::CopyOutResponse;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::io::AsyncRead;
use tokio::sync::{Notify, mpsc};

use super::error::SqlError;
use super::session::Out;
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

/// The replicas that are connected, and how far they are.
#[derive(Debug, Default)]
pub(super) struct Followers {
    positions: Mutex<BTreeMap<u64, u64>>,
    changed: Notify,
}

impl Followers {
    /// Replica `replica` has all up to `position`.
    pub(super) fn applied(&self, replica: u64, position: u64) {
        if let Some(known) = lock(&self.positions).get_mut(&replica) {
            *known = position.max(*known);
        }
        self.changed.notify_waiters();
    }

    fn enough(&self, synchronous: Synchronous, position: u64) -> bool {
        let positions = lock(&self.positions);
        let there = positions.values().filter(|known| **known >= position).count();
        match synchronous {
            Synchronous::Off => true,
            Synchronous::All => there > 0 && there == positions.len(),
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
    fn new(engine: &Arc<Engine>, replica: u64) -> Self {
        let replicas = {
            let mut positions = lock(&engine.followers.positions);
            positions.insert(replica, 0);
            positions.len()
        };
        engine.node.gauge("replicas", replicas as f64);
        Self { engine: engine.clone(), replica }
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let replicas = {
            let mut positions = lock(&self.engine.followers.positions);
            positions.remove(&self.replica);
            positions.len()
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
    let _counted = Counted::new(engine, replica);
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
        bytes = wire::copy_data(&chunk);
    }
}
