//! The door of an HTTP node: how many connections it has, how long they may stay silent, and what each request must prove. It knows no routes.
//!
//! A connection is a stranger until one of its requests has proved the run's token. Strangers have few places, and the one that has waited
//! longest gives its place up for the next: a crowd that says nothing keeps nobody out.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderName, Request, StatusCode, header};
use axum::response::IntoResponse;
use hyper::body::Incoming;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::AbortHandle;
use tower::Service;

use super::body::InTime;
use super::{Call, DUE, HEALTH_PATH, Node, Problem, TRACEPARENT, Trace, same_secret};
use crate::roles::NodeError;
use crate::runtime::{clock, files};

/// Connections of one node, strangers among them. Twice what one generator opens.
const OPEN_MAX: usize = 8_192;
/// Connections that have not proved the token yet.
const STRANGERS_MAX: usize = 1_024;
/// Bytes of a request's head, and of what is buffered for one connection.
const HEAD_MAX: usize = 64 * 1024;
/// How long a connection may take for a head, or rest between two requests.
const HEAD_TIME: Duration = Duration::from_secs(30);
/// Files beside the connections: the way to other nodes, and what the process itself needs.
const OTHER_FILES: u64 = 1_024;
const FULL: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";

/// Serves `routes` for ever. Every request proves the run's token and names this machine as its host; a foreign Origin is refused.
pub async fn serve(node: Arc<Node>, listener: TcpListener, routes: Router) -> Result<(), NodeError> {
    files::allow(OPEN_MAX as u64 + OTHER_FILES);
    let guard = Arc::new(Guard {
        bearer: format!("Bearer {}", node.config().token),
        host: listener.local_addr()?.to_string(),
        spans: AtomicU64::new(clock::now_ns() | 1),
        node: node.clone(),
    });
    let crowd = Arc::new(Crowd { open: AtomicUsize::new(0), strangers: Mutex::default() });
    for id in 0_u64.. {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Out of files, or the client left already: serve the others, and do not spin.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(1)).await;
                continue;
            }
        };
        crowd.welcome(id, stream, &guard, &routes);
    }
    Ok(())
}

/// The connections of a node.
struct Crowd {
    open: AtomicUsize,
    /// By the order in which they came.
    strangers: Mutex<BTreeMap<u64, AbortHandle>>,
}

/// One connection's place among them, given back when it is dropped.
struct Place {
    crowd: Arc<Crowd>,
    id: u64,
    known: AtomicBool,
}

impl Crowd {
    fn welcome(self: &Arc<Self>, id: u64, stream: TcpStream, guard: &Arc<Guard>, routes: &Router) {
        let mut strangers = lock(&self.strangers);
        let open = self.open.load(Ordering::Relaxed);
        if open >= OPEN_MAX || strangers.len() >= STRANGERS_MAX {
            match strangers.pop_first() {
                Some((_, longest)) => {
                    guard.node.failed("silent_client");
                    longest.abort();
                }
                None => {
                    guard.node.failed("too_many_connections");
                    // Nobody waits for this: a client that cannot take it finds its connection closed.
                    let _ = stream.try_write(FULL);
                    return;
                }
            }
        }
        self.open.fetch_add(1, Ordering::Relaxed);
        let place = Place { crowd: self.clone(), id, known: AtomicBool::new(false) };
        // The connection cannot take itself off the list before it is on it: the list is locked.
        let task = tokio::spawn(converse(stream, place, guard.clone(), routes.clone()));
        strangers.insert(id, task.abort_handle());
    }
}

impl Place {
    /// One of its requests has proved the token.
    fn known(&self) {
        if !self.known.load(Ordering::Relaxed) {
            self.known.store(true, Ordering::Relaxed);
            lock(&self.crowd.strangers).remove(&self.id);
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.crowd.open.fetch_sub(1, Ordering::Relaxed);
        if !self.known.load(Ordering::Relaxed) {
            lock(&self.crowd.strangers).remove(&self.id);
        }
    }
}

/// Nothing that can panic is done while it is held.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn converse(stream: TcpStream, place: Place, guard: Arc<Guard>, routes: Router) {
    // Without it answers are only later.
    let _ = stream.set_nodelay(true);
    let place = Arc::new(place);
    let service = hyper::service::service_fn(move |request: Request<Incoming>| {
        let (place, guard, mut routes) = (place.clone(), guard.clone(), routes.clone());
        async move {
            let request = match guard.admit(request) {
                Ok(request) => request,
                Err(problem) => return Ok::<_, Infallible>(problem.into_response()),
            };
            place.known();
            Ok(match request.uri().path() {
                HEALTH_PATH => StatusCode::OK.into_response(),
                _ => {
                    let request = request.map(|body| InTime::new(body, guard.node.clone()));
                    routes.call(request).await.unwrap_or_else(|never| match never {})
                }
            })
        }
    });
    // A connection that breaks is the client's affair: it counts it.
    let _ = hyper::server::conn::http1::Builder::new()
        .timer(hyper_util::rt::TokioTimer::new())
        .header_read_timeout(HEAD_TIME)
        .max_buf_size(HEAD_MAX)
        .serve_connection(hyper_util::rt::TokioIo::new(stream), service)
        .await;
}

/// What a request must prove.
struct Guard {
    bearer: String,
    host: String,
    spans: AtomicU64,
    node: Arc<Node>,
}

impl Guard {
    fn admit(&self, mut request: Request<Incoming>) -> Result<Request<Incoming>, Problem> {
        let now_ns = clock::now_ns();
        let headers = request.headers();
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let port = self.host.rsplit(':').next().unwrap_or_default();
        let own = |host: &str| host == self.host || host.strip_prefix("localhost:") == Some(port);
        if !text(header::HOST).is_some_and(own) {
            return Err(Problem::new(&self.node, StatusCode::FORBIDDEN, "foreign_host", "the Host header must name this address"));
        }
        if let Some(origin) = text(header::ORIGIN)
            && !origin.strip_prefix("http://").is_some_and(own)
        {
            return Err(Problem::new(&self.node, StatusCode::FORBIDDEN, "foreign_origin", "pages of other origins may not call a node"));
        }
        if text(header::AUTHORIZATION).is_none_or(|given| !same_secret(given.as_bytes(), self.bearer.as_bytes())) {
            return Err(Problem::new(
                &self.node,
                StatusCode::UNAUTHORIZED,
                "unauthorised",
                "send the run's token: Authorization: Bearer TOKEN",
            ));
        }
        let arrival_ns = text(DUE).and_then(|due| due.parse().ok()).and_then(|due| clock::believable_ns(due, now_ns)).unwrap_or(now_ns);
        let span_id = self.spans.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
        let trace = match text(TRACEPARENT).and_then(Trace::parse) {
            Some(trace) => trace.child(span_id),
            None => Trace::begin(u128::from(span_id) << 64 | u128::from(now_ns), span_id),
        };
        request.extensions_mut().insert(Call { node: self.node.clone(), trace, arrival_ns });
        Ok(request)
    }
}
