//! The one broker (instance 0) that may change what all agree on. It keeps the state in `cluster.json`, hears from the others all the
//! time, and lets others lead when one of them falls silent. The rules are in `state`.
//!
//! There is no vote: while instance 0 is away no leader moves and no topic is made or changed, and the others go on as they are.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use kafka_protocol::ResponseError;
use tokio::sync::watch;

use super::state::{Change, ClusterState, Refusal, Rules};
use super::topics::Topics;
use super::{file, limits};
use crate::runtime::{clock, lock};

/// The state and who was heard of.
#[derive(Debug)]
pub(super) struct Controller {
    path: PathBuf,
    rules: Rules,
    /// Changes outlive the machine.
    flush: bool,
    inner: Mutex<Inner>,
    /// Something was heard.
    heard: watch::Sender<u64>,
}

#[derive(Debug)]
struct Inner {
    state: ClusterState,
    others: BTreeMap<i32, Other>,
}

/// What is known of another broker.
#[derive(Debug, Clone, Copy)]
struct Other {
    heard_ns: u64,
    /// The version that it goes by; -1 before it said any.
    version: i64,
    /// It said something since this broker started.
    met: bool,
}

impl Controller {
    /// Goes on with the state in `folder`, as broker 0 of those that `rules` count.
    pub(super) fn open(folder: &Path, rules: Rules, flush: bool) -> io::Result<Self> {
        let path = folder.join("cluster.json");
        let mut state = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
                let why = format!("{} cannot be read ({error}): put a copy in its place, or remove the whole folder", path.display());
                io::Error::new(io::ErrorKind::InvalidData, why)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => ClusterState::default(),
            Err(error) => return Err(error),
        };
        state.restart(0);
        let unheard = Other { heard_ns: clock::now_ns(), version: -1, met: false };
        let others = (1..i32::try_from(rules.brokers).unwrap_or(i32::MAX)).map(|id| (id, unheard)).collect();
        let controller = Self { path, rules, flush, inner: Mutex::new(Inner { state, others }), heard: watch::Sender::new(0) };
        controller.keep(&lock(&controller.inner).state)?;
        Ok(controller)
    }

    /// The state as it is.
    pub(super) fn state(&self) -> ClusterState {
        lock(&self.inner).state.clone()
    }

    fn keep(&self, state: &ClusterState) -> io::Result<()> {
        file::replace(&self.path, &serde_json::to_vec(state).map_err(io::Error::other)?, self.flush)
    }

    /// Makes a change, keeps it, and has this broker go by it. Gives the version that has it.
    pub(super) fn change(&self, topics: &Topics, change: Change, only_check: bool) -> Result<(u64, Vec<String>), Refusal> {
        let mut inner = lock(&self.inner);
        let mut next = inner.state.clone();
        next.change(change, &self.rules)?;
        if only_check {
            return Ok((inner.state.version, Vec::new()));
        }
        self.publish(&mut inner, topics, next)
    }

    /// Makes those of many changes that still fit.
    pub(super) fn change_all(&self, topics: &Topics, changes: Vec<Change>) -> Result<(u64, Vec<String>), Refusal> {
        let mut inner = lock(&self.inner);
        let mut next = inner.state.clone();
        for change in changes {
            let mut tried = next.clone();
            if tried.change(change, &self.rules).is_ok() {
                next = tried;
            }
        }
        if next == inner.state { Ok((next.version, Vec::new())) } else { self.publish(&mut inner, topics, next) }
    }

    fn publish(&self, inner: &mut Inner, topics: &Topics, next: ClusterState) -> Result<(u64, Vec<String>), Refusal> {
        let why = |error: io::Error| (ResponseError::KafkaStorageError, format!("{}: {error}", self.path.display()));
        self.keep(&next).map_err(why)?;
        inner.state = next;
        Ok((inner.state.version, topics.apply(inner.state.clone())))
    }

    /// Broker `id` goes by `version`; -1 when it has just started. It may be back, or have been away for a moment.
    pub(super) fn hear(&self, topics: &Topics, id: i32, version: i64) -> Result<Vec<String>, Refusal> {
        let mut inner = lock(&self.inner);
        let Some(other) = inner.others.get_mut(&id) else {
            return Err((ResponseError::InvalidRequest, format!("there is no broker {id}")));
        };
        let first = !std::mem::replace(&mut other.met, true);
        let started = version < 0 && (first || other.version >= 0);
        (other.heard_ns, other.version) = (clock::now_ns(), version);
        let mut next = inner.state.clone();
        let mut changed = false;
        if started {
            changed |= if first { next.restart(id) } else { next.lose(id) };
        }
        changed |= next.meet(id);
        let said = if changed { self.publish(&mut inner, topics, next)?.1 } else { Vec::new() };
        drop(inner);
        self.heard.send_modify(|count| *count += 1);
        Ok(said)
    }

    /// Lets others lead where a broker led that fell silent.
    pub(super) fn expire(&self, topics: &Topics) -> Result<Vec<String>, Refusal> {
        let mut inner = lock(&self.inner);
        let now_ns = clock::now_ns();
        let mut next = inner.state.clone();
        let session_ns = u64::try_from(limits::BROKER_SESSION.as_nanos()).unwrap_or(u64::MAX);
        let silent = inner.others.iter().filter(|(_, other)| now_ns.saturating_sub(other.heard_ns) > session_ns).map(|(id, _)| *id);
        let lost: Vec<i32> = silent.filter(|id| next.lose(*id)).collect();
        if lost.is_empty() {
            return Ok(Vec::new());
        }
        let mut said = self.publish(&mut inner, topics, next)?.1;
        said.extend(lost.iter().map(|id| format!("broker {id} was not heard of for a while: others lead its partitions where they can")));
        Ok(said)
    }

    /// Waits until every broker was heard of once, or is taken for away: a topic that is made earlier would be led by those who came first.
    pub(super) async fn assembled(&self) {
        self.heard_that(|other, away| other.met || away).await;
    }

    /// Waits until every broker that is there goes by `version`.
    pub(super) async fn settled(&self, version: u64) {
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        self.heard_that(|other, away| other.version >= version || away).await;
    }

    async fn heard_that(&self, enough: impl Fn(&Other, bool) -> bool) {
        let mut heard = self.heard.subscribe();
        let all = async {
            loop {
                heard.borrow_and_update();
                let done = {
                    let inner = lock(&self.inner);
                    inner.others.iter().all(|(id, other)| enough(other, inner.state.away.contains(id)))
                };
                if done || heard.changed().await.is_err() {
                    return;
                }
            }
        };
        // Who takes longer than that is about to be taken for away; clients ask again.
        let _ = tokio::time::timeout(limits::BROKER_SESSION + Duration::from_millis(200), all).await;
    }
}
