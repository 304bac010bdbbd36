//! The load balancer: forwards any request to one instance of its target, by turns or to the one with the fewest calls under way, and
//! leaves out instances that fail their health check or cannot be connected to. It reads nothing of the request but its path, and never
//! tries a request twice.

use std::sync::Arc;
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
use crate::runtime::http::{self, Call, Group, Member, Problem};

struct Balancer {
    targets: Group,
    timeout: Duration,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let targets = Group::new(&node, peers.remove("targets").unwrap_or_default()).ok_or(NodeError::EmptyPort("targets"))?;
    let spec = &node.config().spec;
    let timeout = node.dilated_ms(spec.number("timeout_ms", 5000.0));
    let least_connections = spec.word("balance", "round_robin") == "least_connections";
    let every = node.dilated_ms(spec.number("health_every_ms", 500.0));
    let balancer = Arc::new(Balancer { targets: targets.least_connections(least_connections), timeout });
    for target in balancer.targets.members() {
        tokio::spawn(watch(node.clone(), balancer.clone(), target.clone(), every));
    }
    let routes = Router::new().fallback(forward).with_state(balancer);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

async fn forward(State(balancer): State<Arc<Balancer>>, call: Call, method: Method, uri: Uri, body: Bytes) -> Result<Response, Problem> {
    let held = call.hold("forward").await?;
    let node = held.node();
    let Some(target) = balancer.targets.choose() else {
        let text = "no instance passes its health check: start one, or look at why they fail";
        return Err(Problem::new(node, StatusCode::SERVICE_UNAVAILABLE, "no_healthy_target", text));
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    match target.http().call(&held, method, path, body, balancer.timeout).await {
        Ok(answer) => Ok(answer.pass_on(node, target.http().peer())),
        Err(unanswered) => {
            if unanswered.is_gone {
                balancer.mark(node, target, false);
            }
            Err(unanswered.problem)
        }
    }
}

impl Balancer {
    fn mark(&self, node: &Node, target: &Member, up: bool) {
        if target.mark(up) {
            let what = if up { "answers again" } else { "fails its health check and is left out" };
            say(&FromNode::Event { message: format!("{} {what}", target.http().peer().node) });
            node.count(if up { "targets_returned" } else { "targets_left_out" }, 1);
            node.gauge("healthy_targets", self.targets.members().iter().filter(|target| target.is_up()).count() as f64);
        }
    }
}

/// Checks one instance for ever, also while all is well: that is what a balancer is for.
async fn watch(node: Arc<Node>, balancer: Arc<Balancer>, target: Arc<Member>, every: Duration) {
    let mut tick = tokio::time::interval(every.max(Duration::from_millis(10)));
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        // Where this node could not ask, nothing new is known of the target.
        if let Some(up) = target.is_healthy(every).await {
            balancer.mark(&node, &target, up);
        }
    }
}
