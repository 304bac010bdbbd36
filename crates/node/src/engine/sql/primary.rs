//! The primary's side of replication: the log as a COPY stream over an ordinary connection, from any position, for as long as the replica
//! listens.

use std::fs::File;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use bytes::BytesMut;
use pgwire::messages::copy::CopyOutResponse;
use pgwire::messages::{PgWireBackendMessage, PgWireFrontendMessage};
use tokio::io::AsyncRead;
use tokio::sync::mpsc;

use super::error::SqlError;
use super::session::Out;
use super::wire::{self, Incoming, MAX_FIRST_FRAME};
use super::{Engine, log};

/// Bytes of log in one message.
const CHUNK: usize = 256 << 10;

struct Counted(Arc<Engine>);

impl Counted {
    fn new(engine: &Arc<Engine>) -> Self {
        let replicas = engine.replicas.fetch_add(1, Ordering::Relaxed) + 1;
        engine.node.gauge("replicas", replicas as f64);
        Self(engine.clone())
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let replicas = self.0.replicas.fetch_sub(1, Ordering::Relaxed) - 1;
        self.0.node.gauge("replicas", replicas as f64);
    }
}

/// Streams the log from `from` until the client goes. `timeline` 0 is a replica that has nothing yet.
pub(super) async fn stream<R: AsyncRead + Unpin>(
    engine: &Arc<Engine>,
    from: u64,
    timeline: u64,
    queue: &mpsc::Sender<Out>,
    incoming: &mut Incoming<R>,
) -> Result<(), SqlError> {
    let shared = &engine.shared;
    if shared.replica {
        return Err(SqlError::unsupported("replication from a replica").hint("Link the replica to the primary."));
    }
    let mut position = shared.position.subscribe();
    let mine = shared.timeline.load(Ordering::Relaxed);
    if (timeline != 0 && timeline != mine) || from > *position.borrow() {
        return Err(SqlError::new("58P01", format!("position {from} of timeline {timeline} is not in this log")));
    }
    let mut file = File::open(shared.log_path()).map_err(|error| SqlError::new("58030", format!("the log cannot be opened: {error}")))?;
    let _counted = Counted::new(engine);
    let mut out = BytesMut::new();
    wire::put(&mut out, &PgWireBackendMessage::CopyOutResponse(CopyOutResponse::new(1, 0, Vec::new())));
    let mut at = from;
    let mut bytes = out.freeze();
    loop {
        if queue.send(Out { bytes, ticket: None }).await.is_err() {
            return Ok(());
        }
        let end = loop {
            let end = *position.borrow_and_update();
            if end > at {
                break end;
            }
            tokio::select! {
                changed = position.changed() => if changed.is_err() { return Ok(()) },
                more = incoming.more() => if !matches!(more, Ok(true)) { return Ok(()) },
            }
            while let Some(message) = incoming.buffered(MAX_FIRST_FRAME)? {
                if matches!(message, PgWireFrontendMessage::Terminate(_)) {
                    return Ok(());
                }
            }
        };
        let chunk = log::read(&mut file, at, end, CHUNK)?;
        at += chunk.len() as u64;
        bytes = wire::copy_data(&chunk);
    }
}
