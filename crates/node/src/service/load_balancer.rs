//! The load balancer: forwards any request to one instance of its target, by turns or to the one with the fewest calls under way, and
//! leaves out instances that fail their health check or cannot be connected to. It reads nothing of the request but its path, and never
//! tries a request twice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use bytes::Bytes;
use loadline_model::wire::FromNode;
use tokio::net::TcpListener;

use crate::process::say;
use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::Node;
use crate::runtime::http::{self, Call, HttpTarget, Problem};

/// A health check is not late before this much wall time has passed: a busy laptop is not a dead instance.
const PATIENCE: Duration = Duration::from_secs(1);

struct Balancer {
    targets: Vec<Target>,
    least_connections: bool,
    turn: AtomicUsize,
    timeout: Duration,
}

struct Target {
    http: Arc<HttpTarget>,
    up: AtomicBool,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let peers = peers.remove("targets").unwrap_or_default();
    if peers.is_empty() {
        return Err(NodeError::EmptyPort("targets"));
    }
    let spec = &node.config().spec;
    let timeout = node.dilated_ms(spec.number("timeout_ms", 5000.0));
    let least_connections = spec.word("balance", "round_robin") == "least_connections";
    // Instances of the balancer begin at different targets, so that they do not march in step.
    let turn = AtomicUsize::new(spec.instance as usize);
    let every = node.dilated_ms(spec.number("health_every_ms", 500.0));
    let targets = HttpTarget::all(&node, peers).into_iter().map(|http| Target { http, up: AtomicBool::new(true) }).collect();
    let balancer = Arc::new(Balancer { targets, least_connections, turn, timeout });
    for target in 0..balancer.targets.len() {
        tokio::spawn(watch(node.clone(), balancer.clone(), target, every));
    }
    let routes = Router::new().fallback(forward).with_state(balancer);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

async fn forward(State(balancer): State<Arc<Balancer>>, call: Call, method: Method, uri: Uri, body: Bytes) -> Result<Response, Problem> {
    let held = call.hold("forward").await?;
    let node = held.node();
    let Some(target) = balancer.choose() else {
        let text = "no instance passes its health check: start one, or look at why they fail";
        return Err(Problem::new(node, StatusCode::SERVICE_UNAVAILABLE, "no_healthy_target", text));
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    match target.http.call(&held, method, path, body, balancer.timeout).await {
        Ok(answer) => Ok(answer.pass_on(node, target.http.peer())),
        Err(problem) => {
            if problem.fault.ends_with(";unreachable") {
                balancer.mark(node, target, false);
            }
            Err(problem)
        }
    }
}

impl Balancer {
    /// The instance whose turn it is, of those that are up; with least connections the one with the fewest calls under way, by turns
    /// where they are equal.
    fn choose(&self) -> Option<&Target> {
        let first = self.turn.fetch_add(1, Ordering::Relaxed) % self.targets.len();
        let (before, after) = self.targets.split_at(first);
        let mut up = after.iter().chain(before).filter(|target| target.up.load(Ordering::Relaxed));
        if self.least_connections { up.min_by_key(|target| target.http.in_flight()) } else { up.next() }
    }

    fn mark(&self, node: &Node, target: &Target, up: bool) {
        if target.up.swap(up, Ordering::Relaxed) != up {
            let what = if up { "answers again" } else { "fails its health check and is left out" };
            say(&FromNode::Event { message: format!("{} {what}", target.http.peer().node) });
            node.count(if up { "targets_returned" } else { "targets_left_out" }, 1);
            node.gauge("healthy_targets", self.targets.iter().filter(|t| t.up.load(Ordering::Relaxed)).count() as f64);
        }
    }
}

/// Checks one instance for ever.
async fn watch(node: Arc<Node>, balancer: Arc<Balancer>, target: usize, every: Duration) {
    let Some(target) = balancer.targets.get(target) else { return };
    let mut tick = tokio::time::interval(every.max(Duration::from_millis(10)));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let up = target.http.is_healthy(every.max(PATIENCE)).await;
        balancer.mark(&node, target, up);
    }
}
