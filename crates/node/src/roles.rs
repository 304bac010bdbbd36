//! What a node can be: the catalog's role to the function that prepares it. A new role is one line here.

use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use loadline_model::wire::Peer;
use tokio::net::TcpListener;

use crate::runtime::Node;

/// Whom a node calls, by port name, in instance order.
pub type Peers = BTreeMap<String, Vec<Peer>>;
/// A node that serves until it is told to stop; it only returns when it cannot go on.
pub type Serving = Pin<Box<dyn Future<Output = Result<(), NodeError>> + Send>>;
/// Connects to the peers and gives what serves; the node is ready once this is done.
pub type Preparing = Pin<Box<dyn Future<Output = Result<Serving, NodeError>> + Send>>;
/// Makes a role out of its configuration, its bound socket and its peers.
pub type Prepare = fn(Arc<Node>, TcpListener, Peers) -> Preparing;

/// Why a node cannot go on; the text names the remedy.
#[derive(Debug, thiserror::Error)]
pub enum NodeError {
    /// The catalog has a role that this binary does not run.
    #[error("role {0} does not run: draw one of the roles that the palette offers as running")]
    UnknownRole(String),
    /// A port that the role needs has no peer.
    #[error("port {0} is empty: link it to a component of the right kind")]
    EmptyPort(&'static str),
    /// A peer did not answer.
    #[error("{peer} cannot be reached: {reason}")]
    Unreachable {
        /// Id of the instance.
        peer: String,
        /// What the client said.
        reason: String,
    },
    /// The operating system refused.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Anything else, in words.
    #[error("{0}")]
    Other(String),
}

/// The function that prepares `role`.
pub fn prepare(role: &str) -> Result<Prepare, NodeError> {
    Ok(match role {
        "load_balancer" => |node, listener, peers| Box::pin(crate::service::load_balancer::prepare(node, listener, peers)),
        "api_gateway" => |node, listener, peers| Box::pin(crate::service::api_gateway::prepare(node, listener, peers)),
        "user" => |node, listener, peers| Box::pin(crate::service::user::prepare(node, listener, peers)),
        "tweet" => |node, listener, peers| Box::pin(crate::service::tweet::prepare(node, listener, peers)),
        "feed" => |node, listener, peers| Box::pin(crate::service::feed::prepare(node, listener, peers)),
        "fanout" => |node, listener, peers| Box::pin(crate::service::fanout::prepare(node, listener, peers)),
        "seeder" => |node, listener, peers| Box::pin(crate::service::seeder::prepare(node, listener, peers)),
        "kv" => |node, listener, peers| Box::pin(crate::engine::kv::prepare(node, listener, peers)),
        "log" => |node, listener, peers| Box::pin(crate::engine::log::prepare(node, listener, peers)),
        "sql_primary" | "sql_replica" => |node, listener, peers| Box::pin(crate::engine::sql::prepare(node, listener, peers)),
        "work" => |node, listener, peers| Box::pin(crate::service::work::prepare(node, listener, peers)),
        other => return Err(NodeError::UnknownRole(other.to_owned())),
    })
}
