//! Calls to other HTTP nodes: pooled connections, the run's token, the trace, the due time; a failure keeps the name of the node and reason.

use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, Uri, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use loadline_model::wire::Peer;

use super::{DUE, FAULT, Held, Problem, TRACEPARENT};
use crate::runtime::Node;

/// The largest answer that is read: no operation of the services comes near.
const MAX_ANSWER_BYTES: usize = 4 * 1024 * 1024;

/// A pooled HTTP client for the services of one run.
#[derive(Clone)]
pub struct HttpClient {
    client: Client<HttpConnector, Full<Bytes>>,
    bearer: HeaderValue,
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

impl HttpClient {
    /// A client that proves the token of `node`'s run.
    pub fn new(node: &Arc<Node>) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let mut bearer = HeaderValue::from_str(&format!("Bearer {}", node.config().token)).unwrap_or(HeaderValue::from_static("Bearer"));
        bearer.set_sensitive(true);
        Self { client: Client::builder(TokioExecutor::new()).pool_idle_timeout(Duration::from_secs(300)).build(connector), bearer }
    }

    /// One call to `peer` on behalf of `held`. `timeout` is wall time. A failure of the connection or the clock is a [`Problem`] that
    /// names the peer's component; an answer that is no success comes back as it is.
    pub async fn call(
        &self,
        held: &Held,
        peer: &Peer,
        method: Method,
        path: &str,
        body: Bytes,
        timeout: Duration,
    ) -> Result<Answer, Problem> {
        let node = held.node();
        let uri: Uri = format!("{}{path}", peer.url).parse().map_err(|_| Problem::bad_request(node, "the path is not a valid URI"))?;
        let mut request = Request::new(Full::new(body));
        let has_body = method == Method::POST || method == Method::PUT;
        *request.method_mut() = method;
        *request.uri_mut() = uri;
        let headers = request.headers_mut();
        headers.insert(header::AUTHORIZATION, self.bearer.clone());
        if let Ok(trace) = HeaderValue::from_str(&held.call.trace.header()) {
            headers.insert(TRACEPARENT, trace);
        }
        headers.insert(DUE, HeaderValue::from(held.due_ns()));
        if has_body {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let exchange = async {
            let response = self.client.request(request).await.map_err(|error| error.to_string())?;
            let (parts, body) = response.into_parts();
            let body = http_body_util::Limited::new(body, MAX_ANSWER_BYTES).collect().await.map_err(|error| error.to_string())?;
            Ok::<_, String>(Answer { status: parts.status, headers: parts.headers, body: body.to_bytes() })
        };
        match tokio::time::timeout(timeout, exchange).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(reason)) => Err(Problem::peer(node, &peer.component, "unreachable", &format!("{}: {reason}", peer.node))),
            Err(_) => {
                let problem = Problem::peer(node, &peer.component, "timeout", &format!("{} did not answer in time", peer.node));
                Err(Problem { status: StatusCode::GATEWAY_TIMEOUT, ..problem })
            }
        }
    }
}

impl Answer {
    /// The answer as a [`Problem`] when it is not a success, with the fault that the failing node wrote.
    pub fn success(self, node: &Node, peer: &Peer) -> Result<Self, Problem> {
        if self.status.is_success() {
            return Ok(self);
        }
        let fault = self.headers.get(FAULT).and_then(|value| value.to_str().ok());
        let fault = fault.map_or_else(|| format!("{};status_{}", peer.component, self.status.as_u16()), str::to_owned);
        node.failed("downstream");
        Err(Problem { status: self.status, fault, message: format!("{} answered {}", peer.node, self.status) })
    }
}
