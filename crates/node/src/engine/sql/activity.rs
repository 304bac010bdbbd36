//! What each session does now, for those who ask the server about itself: `pg_stat_activity`, and the list that a cancel request looks in. It
//! is told, and asks nobody.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

use super::patience::Interrupt;
use super::store::unix_us;
use super::transaction::Status;
use crate::runtime::{clock, lock};

/// How much of a statement's text is kept, bytes; `track_activity_query_size` of PostgreSQL.
const QUERY_BYTES: usize = 1024;

/// What a session waits for, other than its client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wait {
    /// Its turn to write, while another transaction does.
    Writer,
    /// A lock that clients name.
    Advisory,
    /// The replicas that must have its commit before it is acknowledged.
    Replicas,
    /// The disk, which must have its commit.
    Disk,
    /// A position that its replica has not reached.
    Position,
}

impl Wait {
    const ALL: [Self; 5] = [Self::Writer, Self::Advisory, Self::Replicas, Self::Disk, Self::Position];

    /// Type and name of the event as PostgreSQL has them; the last one is of PostgreSQL 18.
    fn event(self) -> (&'static str, &'static str) {
        match self {
            Self::Writer => ("Lock", "transactionid"),
            Self::Advisory => ("Lock", "advisory"),
            Self::Replicas => ("IPC", "SyncRep"),
            Self::Disk => ("IO", "WALSync"),
            Self::Position => ("IPC", "WaitForWalReplay"),
        }
    }
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum State {
    Active,
    #[default]
    Idle,
    InTransaction,
    Failed,
}

#[derive(Debug, Clone, Default)]
struct Doing {
    /// It has proven the token.
    greeted: bool,
    /// It copies the log, or says how far its copy is: one of a replica's.
    replica: bool,
    application: String,
    query: String,
    state: State,
    query_us: Option<i64>,
    changed_us: Option<i64>,
    transaction_us: Option<i64>,
    /// When the answer of its latest statement is due, on [`clock::now_ns`].
    due_ns: u64,
}

/// One connection as others see it.
pub(super) struct Backend {
    pub pid: i32,
    /// What a cancel request must know.
    pub secret: i32,
    pub interrupt: Interrupt,
    client: Option<SocketAddr>,
    since_us: i64,
    /// 0, or the place in [`Wait::ALL`] from 1.
    waits: AtomicU8,
    doing: Mutex<Doing>,
}

/// One row of `pg_stat_activity`; times in us since 1970.
#[derive(Debug, Clone)]
pub(super) struct Shown {
    pub pid: i32,
    pub application: String,
    pub client: Option<SocketAddr>,
    pub since_us: i64,
    pub transaction_us: Option<i64>,
    pub query_us: Option<i64>,
    pub changed_us: Option<i64>,
    /// Type and name.
    pub waits: Option<(&'static str, &'static str)>,
    pub state: &'static str,
    pub query: String,
    pub kind: &'static str,
}

/// A wait that ends with this value.
pub(super) struct Waiting<'a>(&'a Backend);

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waits.store(0, Ordering::Relaxed);
    }
}

impl Backend {
    pub(super) fn new(pid: i32, secret: i32, client: Option<SocketAddr>) -> Arc<Self> {
        let (interrupt, doing) = (Interrupt::default(), Mutex::default());
        Arc::new(Self { pid, secret, interrupt, client, since_us: unix_us(), waits: AtomicU8::new(0), doing })
    }

    /// It has proven the token and is a session.
    pub(super) fn greeted(&self) {
        lock(&self.doing).greeted = true;
    }

    /// It calls itself `name` from here on.
    pub(super) fn calls_itself(&self, name: &str) {
        name.clone_into(&mut lock(&self.doing).application);
    }

    /// It is one of a replica's connections.
    pub(super) fn is_of_replica(&self) {
        lock(&self.doing).replica = true;
    }

    /// True for a client that has proven the token: replicas have no part in the limit of connections.
    pub(super) fn counts(&self) -> bool {
        let doing = lock(&self.doing);
        doing.greeted && !doing.replica
    }

    /// A statement begins.
    pub(super) fn begins(&self, query: &str) {
        let now_us = unix_us();
        let mut doing = lock(&self.doing);
        doing.state = State::Active;
        doing.query.clear();
        doing.query.push_str(query.get(..query.floor_char_boundary(QUERY_BYTES)).unwrap_or_default());
        (doing.query_us, doing.changed_us) = (Some(now_us), Some(now_us));
        doing.transaction_us.get_or_insert(now_us);
    }

    /// Its answer goes out at `due_ns` on [`clock::now_ns`].
    pub(super) fn due(&self, due_ns: u64) {
        let mut doing = lock(&self.doing);
        doing.due_ns = doing.due_ns.max(due_ns);
    }

    /// What was sent is done; it waits for its client, within a transaction or not.
    pub(super) fn rests(&self, status: &Status) {
        let mut doing = lock(&self.doing);
        doing.state = match status {
            Status::Idle => State::Idle,
            Status::Open { .. } => State::InTransaction,
            Status::Failed { .. } => State::Failed,
        };
        doing.changed_us = Some(unix_us());
        if doing.state == State::Idle {
            doing.transaction_us = None;
        }
    }

    /// It waits for `what` until the value that this gives is dropped.
    pub(super) fn waits_for(&self, what: Wait) -> Waiting<'_> {
        let place = Wait::ALL.iter().position(|known| *known == what).map_or(0, |at| at as u8 + 1);
        self.waits.store(place, Ordering::Relaxed);
        Waiting(self)
    }

    /// Its row, once it has proven the token.
    pub(super) fn shown(&self) -> Option<Shown> {
        let doing = lock(&self.doing).clone();
        if !doing.greeted {
            return None;
        }
        // Its answer is made and waits for the end of the time that the envelope gave it: to the client it still runs.
        let state = if doing.due_ns > clock::now_ns() { State::Active } else { doing.state };
        let waits = match usize::from(self.waits.load(Ordering::Relaxed)) {
            0 if state != State::Active => Some(("Client", "ClientRead")),
            0 => None,
            place => Wait::ALL.get(place - 1).map(|wait| wait.event()),
        };
        Some(Shown {
            pid: self.pid,
            application: doing.application,
            client: self.client,
            since_us: self.since_us,
            transaction_us: doing.transaction_us,
            query_us: doing.query_us,
            changed_us: doing.changed_us,
            waits,
            state: match state {
                State::Active => "active",
                State::Idle => "idle",
                State::InTransaction => "idle in transaction",
                State::Failed => "idle in transaction (aborted)",
            },
            query: doing.query,
            kind: if doing.replica { "walsender" } else { "client backend" },
        })
    }
}
