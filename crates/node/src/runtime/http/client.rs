//! Calls to another HTTP node: kept connections, the run's token, the trace, the due time; a failure keeps the name of the component and
//! the reason. One [`HttpTarget`] a peer. It does not choose between instances and does not try again after a request was sent.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::BoxError;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError};
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

/// A call that has no answer.
#[derive(Debug)]
pub struct Unanswered {
    /// What its caller is told; counted at this node.
    pub problem: Problem,
    /// Nobody is there: the connection was refused, or it broke. Who is late is not gone.
    pub is_gone: bool,
}

impl From<Problem> for Unanswered {
    fn from(problem: Problem) -> Self {
        Self { problem, is_gone: false }
    }
}

/// Why an exchange has no answer.
#[derive(Debug)]
enum Broken {
    /// Nobody is there.
    Gone(String),
    /// No answer in time.
    Late,
    /// This node lacks what a connection takes: that says nothing of the peer.
    Own(std::io::Error),
    /// More than [`MAX_ANSWER_BYTES`].
    TooLarge,
}

impl From<std::io::Error> for Broken {
    fn from(error: std::io::Error) -> Self {
        if is_own(&error) { Self::Own(error) } else { Self::Gone(error.to_string()) }
    }
}

impl From<hyper::Error> for Broken {
    fn from(error: hyper::Error) -> Self {
        Self::Gone(error.to_string())
    }
}

impl From<BoxError> for Broken {
    fn from(error: BoxError) -> Self {
        if error.is::<LengthLimitError>() { Self::TooLarge } else { Self::Gone(error.to_string()) }
    }
}

/// True where dialling failed for want of ports, memory or files at this end.
fn is_own(error: &std::io::Error) -> bool {
    use std::io::ErrorKind;
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        // The standard library has no names for these.
        if matches!(Errno::from_io_error(error), Some(Errno::MFILE | Errno::NFILE | Errno::NOBUFS)) {
            return true;
        }
    }
    matches!(error.kind(), ErrorKind::AddrNotAvailable | ErrorKind::OutOfMemory)
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

    /// Who it is.
    pub fn peer(&self) -> &Peer {
        &self.peer
    }

    /// Calls that wait for its answer now.
    pub fn in_flight(&self) -> usize {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// One call on behalf of `held`; `path` may carry a query. `timeout` is wall time. A failure of the connection or the clock names the
    /// peer's component; an answer that is no success comes back as it is.
    pub async fn call(&self, held: &Held, method: Method, path: &str, body: Bytes, timeout: Duration) -> Result<Answer, Unanswered> {
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
        self.within(timeout, request).await.map_err(|broken| self.unanswered(node, broken))
    }

    fn unanswered(&self, node: &Node, broken: Broken) -> Unanswered {
        let (name, component) = (&self.peer.node, &self.peer.component);
        match broken {
            Broken::Gone(reason) => {
                let problem = Problem::peer(node, component, "unreachable", &format!("{name}: {reason}"));
                Unanswered { problem, is_gone: true }
            }
            Broken::Late => Problem::peer(node, component, "timeout", &format!("{name} did not answer in time")).into(),
            Broken::Own(error) => {
                let text = format!("no connection to {name} can be opened from here: {error}");
                Problem::new(node, StatusCode::SERVICE_UNAVAILABLE, "out_of_connections", &text).into()
            }
            Broken::TooLarge => {
                let text = format!("{name} answered more than {} MiB", MAX_ANSWER_BYTES >> 20);
                Problem::peer(node, component, "answer_too_large", &text).into()
            }
        }
    }

    /// Whether it answers `GET /healthz` within `timeout` (wall time); `None` where this node could not ask.
    pub async fn is_healthy(&self, timeout: Duration) -> Option<bool> {
        let mut request = Request::new(Full::default());
        *request.uri_mut() = Uri::from_static(super::HEALTH_PATH);
        request.headers_mut().insert(header::HOST, self.host.clone());
        request.headers_mut().insert(header::AUTHORIZATION, self.bearer.clone());
        match self.within(timeout, request).await {
            Ok(answer) => Some(answer.status.is_success()),
            Err(Broken::Own(_)) => None,
            Err(Broken::Gone(_) | Broken::Late | Broken::TooLarge) => Some(false),
        }
    }

    async fn within(&self, timeout: Duration, request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
        tokio::time::timeout(timeout, self.exchange(request)).await.unwrap_or(Err(Broken::Late))
    }

    async fn exchange(&self, mut request: Request<Full<Bytes>>) -> Result<Answer, Broken> {
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
                return Err(Broken::Gone("the connection was closed at once".to_owned()));
            }
            let response = match sender.try_send_request(request).await {
                Ok(response) => response,
                Err(mut failed) => match failed.take_message() {
                    Some(unsent) if was_kept => {
                        request = unsent;
                        continue;
                    }
                    _ => return Err(failed.into_error().into()),
                },
            };
            let (parts, body) = response.into_parts();
            let body = http_body_util::Limited::new(body, MAX_ANSWER_BYTES).collect().await?;
            let mut idle = lock(&self.idle);
            if !sender.is_closed() && idle.len() < MAX_IDLE {
                idle.push(sender);
            }
            return Ok(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() });
        }
    }

    async fn connect(&self) -> Result<Sender, Broken> {
        let stream = TcpStream::connect(&self.address).await?;
        stream.set_nodelay(true)?;
        let (sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
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

#[cfg(all(test, unix))]
mod tests {
    use rustix::io::Errno;

    use super::*;

    #[test]
    fn what_this_node_lacks_itself_says_nothing_of_the_peer() {
        for own in [Errno::MFILE, Errno::NFILE, Errno::NOBUFS, Errno::NOMEM, Errno::ADDRNOTAVAIL] {
            assert!(matches!(Broken::from(std::io::Error::from(own)), Broken::Own(_)), "{own}");
        }
        for gone in [Errno::CONNREFUSED, Errno::CONNRESET, Errno::HOSTUNREACH, Errno::TIMEDOUT] {
            assert!(matches!(Broken::from(std::io::Error::from(gone)), Broken::Gone(_)), "{gone}");
        }
    }
}
