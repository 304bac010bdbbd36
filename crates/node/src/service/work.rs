//! The plain service: one operation, `work`, that holds a worker for its service time and may call the next in a chain, its instances by
//! turns. The `knee` lab is made of it, and it is the neighbour to copy for a new service.
//!
//! `GET /work` answers `{"served_by": "work-1"}`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::Method;
use axum::routing::get;
use axum::{Json, Router};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::roles::{NodeError, Peers, Serving};
use crate::runtime::Node;
use crate::runtime::http::{self, Call, Group, Problem};

struct Work {
    next: Option<Group>,
}

/// Makes the node ready and gives what serves.
pub async fn prepare(node: Arc<Node>, listener: TcpListener, mut peers: Peers) -> Result<Serving, NodeError> {
    let state = Arc::new(Work { next: Group::new(&node, peers.remove("next").unwrap_or_default()) });
    let routes = Router::new().route("/work", get(work)).fallback(http::no_such_path).with_state(state);
    Ok(Box::pin(http::serve(node, listener, routes)))
}

async fn work(State(service): State<Arc<Work>>, call: Call) -> Result<Json<Value>, Problem> {
    let held = call.hold("work").await?;
    if let Some(next) = &service.next {
        let timeout = held.node().dilated_ms(held.node().config().spec.number("timeout_ms", 1000.0));
        let (answer, peer) = next.call(&held, Method::GET, "/work", Bytes::new(), timeout).await?;
        answer.success(held.node(), peer)?;
    }
    Ok(Json(json!({ "served_by": held.node().config().spec.id })))
}
