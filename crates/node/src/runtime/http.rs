//! HTTP in and out, the same for every service: `door` lets in who may come in (token, Host, Origin, how many, how slow), a handler gets a
//! [`Call`], and `client` carries token, trace context and due time to the next node, which `group` chooses among its instances.
//!
//! A handler has this shape; copy it:
//!
//! ```ignore
//! async fn read(State(service): State<Shared>, call: Call, Path(id): Path<u64>) -> Result<Json<Thing>, Problem> {
//!     let held = call.hold("read").await?;             // admission: queues, serves, or refuses
//!     let thing = service.things.get(&held, id).await?; // calls go out with the held ticket
//!     Ok(Json(thing))
//! }
//! ```

use std::sync::Arc;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use axum::response::IntoResponse;

use super::trace::Trace;
use super::{Node, Ticket};

mod body;
mod client;
mod door;
mod group;

pub use client::{Answer, HttpTarget, Unanswered};
pub use door::serve;
pub use group::{Group, Member, probe_every};

/// When the request was due at this node, on the shared monotonic clock: the scheduled time, or the caller's promised finish.
pub const DUE: HeaderName = HeaderName::from_static("x-loadline-due");
/// On an answer that is not a success: `component;reason`, for the report.
pub const FAULT: HeaderName = HeaderName::from_static("x-loadline-fault");
const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// Every HTTP node answers here to whoever has the token, without its envelope: a health check costs a node nothing.
pub const HEALTH_PATH: &str = "/healthz";
/// Ids stay whole in JSON and as scores of sorted sets: 53 bits.
const MAX_ID: i64 = (1 << 53) - 1;

/// One request on its way through this node.
#[derive(Clone)]
pub struct Call {
    node: Arc<Node>,
    /// Its place in the trace; this node's own span.
    pub trace: Trace,
    /// When it arrived, in virtual time.
    pub arrival_ns: u64,
}

/// A call that was admitted and has had its service time; its worker is given back when this is dropped.
pub struct Held {
    /// The call.
    pub call: Call,
    ticket: Option<Ticket>,
}

impl Call {
    /// Admission for `operation`, then its service time: returns when the promised finish time has come.
    pub async fn hold(self, operation: &str) -> Result<Held, Problem> {
        match self.node.admit(operation, self.arrival_ns).await {
            Ok(ticket) => {
                // Whoever gives up meanwhile drops this, and the worker's time counts.
                let held = Held { call: self, ticket: Some(ticket) };
                if let Some(ticket) = &held.ticket {
                    held.call.node.finish(ticket).await;
                }
                Ok(held)
            }
            Err(refusal) => Err(Problem::new(
                &self.node,
                StatusCode::SERVICE_UNAVAILABLE,
                refusal.reason,
                "the queue is full: add instances or workers, or ask for less",
            )),
        }
    }

    /// The node that this call is at.
    pub fn node(&self) -> &Arc<Node> {
        &self.node
    }
}

impl Held {
    /// Virtual time at which this node was done with the request: the arrival time of the calls that follow.
    pub fn due_ns(&self) -> u64 {
        self.ticket.as_ref().map_or(self.call.arrival_ns, |ticket| ticket.due_ns)
    }

    /// The node that this call is at.
    pub fn node(&self) -> &Arc<Node> {
        &self.call.node
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.call.node.release(ticket);
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Call {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, StatusCode> {
        // Set by the guard for every request; without it the router is not served by `serve`.
        parts.extensions.get::<Call>().cloned().ok_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

/// An answer that is not a success. The body says it in words, the header for the report: where and why.
#[derive(Debug, Clone)]
pub struct Problem {
    /// HTTP status.
    pub status: StatusCode,
    /// `component;reason`.
    pub fault: String,
    /// What a person reads.
    pub message: String,
}

impl Problem {
    /// A failure at `node` for `reason` (one word with underscores), counted there.
    pub fn new(node: &Node, status: StatusCode, reason: &str, message: &str) -> Self {
        if reason != "queue_full" {
            node.failed(reason);
        }
        Self { status, fault: format!("{};{reason}", node.config().spec.component), message: message.to_owned() }
    }

    /// Wrong input from the client: 400, with the remedy.
    pub fn bad_request(node: &Node, message: &str) -> Self {
        Self::new(node, StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// No such thing: 404.
    pub fn not_found(node: &Node, message: &str) -> Self {
        Self::new(node, StatusCode::NOT_FOUND, "not_found", message)
    }

    /// A peer at `component` failed for `reason`: 504 for `timeout`, 503 for `queue_full`, 502 for everything else.
    pub fn peer(node: &Node, component: &str, reason: &str, message: &str) -> Self {
        node.failed(reason);
        let status = match reason {
            "timeout" => StatusCode::GATEWAY_TIMEOUT,
            "queue_full" => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::BAD_GATEWAY,
        };
        Self { status, fault: format!("{component};{reason}"), message: message.to_owned() }
    }
}

/// Reads an id out of a path: a whole number from 1 to 2^53 - 1.
pub fn id(node: &Node, text: &str) -> Result<i64, Problem> {
    match text.parse() {
        Ok(id) if (1..=MAX_ID).contains(&id) => Ok(id),
        _ => Err(Problem::bad_request(node, "an id is a whole number from 1 to 9007199254740991, like /users/1")),
    }
}

/// The answer to a path that a service does not have.
pub async fn no_such_path(call: Call) -> Problem {
    Problem::not_found(&call.node, "no such path here: see the component's routes")
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response<Body> {
        let body = serde_json::json!({ "error": self.message, "fault": self.fault }).to_string();
        let mut response = (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response();
        if let Ok(fault) = HeaderValue::from_str(&self.fault) {
            response.headers_mut().insert(FAULT, fault);
        }
        response
    }
}

/// Compares without telling by its time how much was right.
pub(crate) fn same_secret(given: &[u8], expected: &[u8]) -> bool {
    given.len() == expected.len() && given.iter().zip(expected).fold(0, |differs, (a, b)| differs | (a ^ b)) == 0
}
