//! Calls to another HTTP node: kept connections, the run's token, the trace, the due time; a failure keeps the name of the component and
//! the reason. One [`HttpTarget`] a peer. It does not choose between instances and does not try again after a request was sent.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1::SendRequest;
use hyper_util::rt::TokioIo;
use loadline_model::wire::Peer;
use tokio::net::TcpStream;

use super::{DUE, FAULT, Held, Problem, TRACEPARENT};
use crate::runtime::{Node, lock};

/// The largest answer that is read: no operation of the services comes near.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;
/// Connections kept open while nobody uses them.
const MAX_IDLE: usize = 256;

type Sender = SendRequest<Full<Bytes>>;

/// One instance that is called over HTTP, with its kept connections.
pub struct HttpTarget {
    peer: Peer,
    /// `host:port`, to dial.
    address: String,
    host: HeaderValue,
    bearer: HeaderValue,
    idle: Mutex<Vec<Sender>>,
    in_flight: AtomicUsize,
    calls: Arc<AtomicU64>,
}

/// What a peer answered.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: StatusCode,
    /// Headers, [`FAULT`] among them where it failed.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

impl HttpTarget {
    /// The instance `peer`, called with the token of `node`'s run. Nothing is dialled yet.
    pub fn new(node: &Node, peer: Peer) -> Self {
        let address = peer.url.strip_prefix("http://").unwrap_or(&peer.url).trim_end_matches('/').to_owned();
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", node.config().token)).unwrap_or(HeaderValue::from_static("Bearer"));
        bearer.set_sensitive(true);
        let host = HeaderValue::from_str(&address).unwrap_or(HeaderValue::from_static("unknown"));
        let calls = node.calls_to(&peer.component);
        Self { peer, address, host, bearer, idle: Mutex::default(), in_flight: AtomicUsize::new(0), calls }
    }

    /// Every peer of a port, in instance order.
    pub fn all(node: &Node, peers: Vec<Peer>) -> Vec<Arc<Self>> {
        peers.into_iter().map(|peer| Arc::new(Self::new(node, peer))).collect()
    }

    /// Who it is.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Calls that wait for its answer now.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// One call on behalf of `held`; `path` may carry a query. `timeout` is wall time. A failure of the connection or the clock is a
    /// [`Problem`] that names the peer's component; an answer that is no success comes back as it is.
    pub async fn call(&self, held: &Held, method: Method, path: &str, body: Bytes, timeout: Duration) -> Result<Answer, Problem> {
        let node = held.node();
        let uri: Uri = path.parse().map_err(|_| Problem::bad_request(node, "the path is not a valid URI"))?;
        let has_body = method == Method::POST || method == Method::PUT || method == Method::PATCH;
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.reserve(5);
        headers.insert(header::HOST, self.host.clone());
        headers.insert(header::AUTHORIZATION, self.bearer.clone());
        if let Ok(trace) = HeaderValue::from_str(&held.call.trace.header()) {
            headers.insert(TRACEPARENT, trace);
        }
        headers.insert(DUE, HeaderValue::from(held.due_ns()));
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        self.calls.fetch_add(1, Ordering::Relaxed);
        let _counted = Counted::new(&self.in_flight);
        match tokio::time::timeout(timeout, self.exchange(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(reason)) => Err(Problem::peer(node, &self.peer.component, "unreachable", &format!("{}: {reason}", self.peer.node))),
            Err(_) => Err(Problem::peer(node, &self.peer.component, "timeout", &format!("{} did not answer in time", self.peer.node))),
        }
    }

    /// True when it answers `GET /healthz` within `timeout` (wall time).
    pub async fn is_healthy(&self, timeout: Duration) -> bool {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = Uri::from_static(super::HEALTH_PATH);
        request.headers_mut().insert(header::HOST, self.host.clone());
        request.headers_mut().insert(header::AUTHORIZATION, self.bearer.clone());
        matches!(tokio::time::timeout(timeout, self.exchange(request)).await, Ok(Ok(answer)) if answer.status.is_success())
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, String> {
        loop {
            let kept = lock(&self.idle).pop();
            let was_kept = kept.is_some();
            let mut sender = match kept {
                Some(sender) => sender,
                None => self.connect().await?,
            };
            // A kept connection that the peer closed meanwhile is only found out here: take the next one, or dial.
            if sender.ready().await.is_err() {
                if was_kept {
                    continue;
                }
                return Err("the connection was closed at once".to_owned());
            }
            let response = match sender.try_send_request(request).await {
                Ok(response) => response,
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) if was_kept => {
                        request = unsent;
                        continue;
                    }
                    _ => return Err(failed.into_error().to_string()),
                },
            };
            let (parts, body) = response.into_parts();
            let body = http_body_util::Limited::new(body, MAX_ANSWER_BYTES).collect().await.map_err(|error| error.to_string())?;
            let mut idle = lock(&self.idle);
            if !sender.is_closed() && idle.len() < MAX_IDLE {
                idle.push(sender);
            }
            return Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() });
        }
    }

    async fn connect(&self) -> Result<Sender, String> {
        let stream = TcpStream::connect(&self.address).await.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(|error| error.to_string())?;
        // How it ends is told to whoever waits for an answer on it.
        tokio::spawn(connection);
        Ok(sender)
    }
}

impl Answer {
    /// The fault that the failing node wrote, or one that names `peer`; `None` for a success.
    pub fn fault(&self, peer: &Peer) -> Option<String> {
        if self.status.is_success() {
            return None;
        }
        let written = self.headers.get(FAULT).and_then(|value| value.to_str().ok());
        Some(written.map_or_else(|| format!("{};status_{}", peer.component, self.status.as_u16()), str::to_owned))
    }

    /// The answer as a [`Problem`] when it is not a success, with the fault that the failing node wrote.
    pub fn success(self, node: &Node, peer: &Peer) -> Result<Self, Problem> {
        let Some(fault) = self.fault(peer) else { return Ok(self) };
        node.failed("downstream");
        Err(Problem { status: self.status, fault, message: format!("{} answered {}", peer.node, self.status) })
    }

    /// The answer passed on as it came, its fault named: what a proxy gives to its own caller.
    pub fn pass_on(self, node: &Node, peer: &Peer) -> axum::response::Response {
        let fault = self.fault(peer);
        let mut response = axum::response::Response::new(axum::body::Body::from(self.body));
        *response.status_mut() = self.status;
        for name in [header::CONTENT_TYPE, header::LOCATION, header::CACHE_CONTROL] {
            if let Some(value) = self.headers.get(&name) {
                response.headers_mut().insert(name, value.clone());
            }
        }
        if let Some(fault) = fault {
            node.failed("downstream");
            if let Ok(fault) = HeaderValue::from_str(&fault) {
                response.headers_mut().insert(FAULT, fault);
            }
        }
        response
    }
}

/// Counts a call while it is under way, however it ends.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(counter: &'a AtomicUsize) -> Self {
        counter.fetch_add(1, Ordering::Relaxed);
        Self(counter)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
