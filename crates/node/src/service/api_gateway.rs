//! The API gateway: one door for all services. Routes by the path prefixes that the catalog gives each role, by turns over the instances,
//! and gives up after its timeout. The bearer token is checked by the guard that stands before every HTTP node. An instance that a request
//! finds gone is left out until it answers again; the gateway watches nobody's health before that, and never tries a request twice.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::http::{Method, Uri};
use axum::response::Response;
use bytes::Bytes;
use loadline_model::catalog;
use loadline_model::wire::Peer;
use tokio::net::TcpListener;

use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::Node;
use crate::runtime::http::{self, Call, Group, Problem};

struct Gateway {
    routes: Vec<Route>,
    timeout: Duration,
}

/// The instances of one component, and the paths that lead to them.
struct Route {
    prefixes: &'static [&'static str],
    targets: Group,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let peers = peers.remove("routes").unwrap_or_default();
    if peers.is_empty() {
        return Err(NodeError::EmptyPort("routes"));
    }
    let timeout = node.dilated_ms(node.config().spec.number("timeout_ms", 2000.0));
    let state = Arc::new(Gateway { routes: routes(&node, peers), timeout });
    let routes = Router::new().fallback(route).with_state(state);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

/// Groups the peers by component, in the order of the links: where two components answer the same path, the first one gets it.
fn routes(node: &Node, peers: Vec<Peer>) -> Vec<Route> {
    let mut components: Vec<(String, Vec<Peer>)> = Vec::new();
    for peer in peers {
        match components.iter_mut().find(|(component, _)| *component == peer.component) {
            Some((_, instances)) => instances.push(peer),
            None => components.push((peer.component.clone(), vec![peer])),
        }
    }
    let route = |instances: Vec<Peer>| {
        let prefixes = instances.first().and_then(|peer| catalog::role(&peer.role)).map_or(&[][..], |role| role.routes.as_slice());
        Some(Route { prefixes, targets: Group::new(node, instances)? })
    };
    components.into_iter().filter_map(|(_, instances)| route(instances)).collect()
}

async fn route(State(gateway): State<Arc<Gateway>>, call: Call, method: Method, uri: Uri, body: Bytes) -> Result<Response, Problem> {
    let held = call.hold("route").await?;
    let node = held.node();
    let Some(route) = gateway.routes.iter().find(|route| route.leads(uri.path())) else {
        return Err(Problem::not_found(node, "no service behind this gateway answers the path: link one to its port routes"));
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let (answer, peer) = route.targets.call(&held, method, path, body, gateway.timeout).await?;
    Ok(answer.pass_on(node, peer))
}

impl Route {
    /// True when `path` is one of the prefixes, or below it.
    fn leads(&self, path: &str) -> bool {
        self.prefixes.iter().any(|prefix| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }
}
