//! The instances of one component: whose turn it is, of those that are there. One that a call finds gone is left out until it answers its
//! health check; it is asked while it is gone, and nobody is while all is well. Who is late is not gone, and no request is tried twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::Method;
use bytes::Bytes;
use loadline_model::wire::Peer;

use super::{Answer, Held, HttpTarget, Problem};
use crate::runtime::Node;

/// Life time between two looks at who is gone: half a second, as often as the load balancer's default.
const PROBE_EVERY_MS: f64 = 500.0;
/// Wall time between them, at least.
const PROBE_PAUSE: Duration = Duration::from_millis(10);
/// A health check is not late before this much wall time has passed: a busy laptop is not a dead instance.
const PATIENCE: Duration = Duration::from_secs(1);

/// How often `node` looks whether a peer that is gone is back, in wall time.
pub fn probe_every(node: &Node) -> Duration {
    node.dilated_ms(PROBE_EVERY_MS).max(PROBE_PAUSE)
}

/// The instances of one component; never empty.
pub struct Group {
    members: Vec<Arc<Member>>,
    turn: AtomicUsize,
    least_connections: bool,
    probe_every: Duration,
}

/// One of them.
pub struct Member {
    http: HttpTarget,
    up: AtomicBool,
}

impl Group {
    /// The instances `peers`, called by `node`; `None` where there are none. Turns begin at the node's own number, so that callers do not
    /// march in step.
    pub fn new(node: &Node, peers: Vec<Peer>) -> Option<Self> {
        let member = |peer| Arc::new(Member { http: HttpTarget::new(node, peer), up: AtomicBool::new(true) });
        let members: Vec<Arc<Member>> = peers.into_iter().map(member).collect();
        let turn = AtomicUsize::new(node.config().spec.instance as usize);
        (!members.is_empty()).then(|| Self { members, turn, least_connections: false, probe_every: probe_every(node) })
    }

    /// Whether the one with the fewest calls under way is chosen, by turns where they are equal.
    pub fn least_connections(mut self, least_connections: bool) -> Self {
        self.least_connections = least_connections;
        self
    }

    /// All of them, in instance order.
    pub fn members(&self) -> &[Arc<Member>] {
        &self.members
    }

    /// Whose turn it is, of those that are up.
    pub fn choose(&self) -> Option<&Arc<Member>> {
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let up = self.members.iter().filter(|member| member.is_up());
        // Counted among those that are up: else the neighbour of one that is gone had its turns beside its own.
        let first = turn.checked_rem(up.clone().count())?;
        let mut rotated = up.clone().skip(first).chain(up.take(first));
        if self.least_connections { rotated.min_by_key(|member| member.http.in_flight()) } else { rotated.next() }
    }

    /// Whose turn it is, of those that are up; of all where nobody is, so that the fault names who is gone.
    pub fn any(&self) -> &Arc<Member> {
        self.choose().unwrap_or_else(|| &self.members[self.turn.load(Ordering::Relaxed) % self.members.len()])
    }

    /// One call to whose turn it is, as [`HttpTarget::call`]: the answer, and who gave it. Finds out who is gone.
    pub async fn call(&self, held: &Held, method: Method, path: &str, body: Bytes, timeout: Duration) -> Result<(Answer, &Peer), Problem> {
        let member = self.any();
        match member.http.call(held, method, path, body, timeout).await {
            Ok(answer) => Ok((answer, member.http.peer())),
            Err(unanswered) => {
                // The first to find out looks after it.
                if unanswered.is_gone && member.mark(false) {
                    tokio::spawn(bring_back(member.clone(), self.probe_every));
                }
                Err(unanswered.problem)
            }
        }
    }
}

impl Member {
    /// The way to it.
    pub fn http(&self) -> &HttpTarget {
        &self.http
    }

    /// False while it is left out.
    pub fn is_up(&self) -> bool {
        self.up.load(Ordering::Relaxed)
    }

    /// Leaves it out, or takes it back; true where that is new.
    pub fn mark(&self, up: bool) -> bool {
        self.up.swap(up, Ordering::Relaxed) != up
    }

    /// Whether it answers a health check before the next one, `every` later, is due; `None` where this node could not ask.
    pub async fn is_healthy(&self, every: Duration) -> Option<bool> {
        self.http.is_healthy(every.max(PATIENCE)).await
    }
}

/// Takes a member back once it answers. The first look is at once: a connection that was closed as it was used is no death.
async fn bring_back(member: Arc<Member>, every: Duration) {
    while member.is_healthy(every).await != Some(true) {
        tokio::time::sleep(every).await;
    }
    member.mark(true);
}
