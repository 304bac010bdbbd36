//! A request's body that has a deadline: who sends it byte by byte does not hold a place for ever.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::BoxError;
use bytes::Bytes;
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::runtime::Node;

/// From the first wait for a part of the body to its end, wall time.
const BODY_TIME: Duration = Duration::from_secs(10);

/// A body that ends with an error when it takes too long.
pub(super) struct InTime {
    body: Incoming,
    node: Arc<Node>,
    /// Most bodies come with the head, and need none.
    deadline: Option<Pin<Box<Sleep>>>,
}

impl InTime {
    pub(super) fn new(body: Incoming, node: Arc<Node>) -> Self {
        Self { body, node, deadline: None }
    }
}

impl Body for InTime {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) {
            return Poll::Ready(frame.map(|frame| frame.map_err(Into::into)));
        }
        let deadline = self.deadline.get_or_insert_with(|| Box::pin(sleep(BODY_TIME)));
        ready!(deadline.as_mut().poll(context));
        self.node.failed("slow_body");
        Poll::Ready(Some(Err(format!("the body took more than {} s", BODY_TIME.as_secs()).into())))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
