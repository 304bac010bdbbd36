//! Frames of the PostgreSQL protocol on a socket: read whole and within limits before pgwire decodes them, and written in batches. A frame
//! that makes the decoder panic is a broken frame, of its connection alone.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, Bytes, BytesMut};
use pgwire::messages::data::{FieldDescription, NoData, RowDescription};
use pgwire::messages::response::{CommandComplete, ReadyForQuery, TransactionStatus};
use pgwire::messages::{DecodeContext, PgWireBackendMessage, PgWireFrontendMessage, ProtocolVersion};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::compile::Field;
use super::error::{PROTOCOL, SqlError};
use super::run::Formats;
use super::types::PgType;

/// Longest message of a client that has proven the token, in bytes.
pub(super) const MAX_FRAME: usize = 32 << 20;
/// Longest message before that.
pub(super) const MAX_FIRST_FRAME: usize = 8 << 10;
/// Wall time from a message's first byte to its last.
const WHOLE_WITHIN: Duration = Duration::from_secs(60);
/// Bytes that are read from a connection before others have their turn.
const TURN: usize = 64 << 10;
/// Longer messages are decoded on another thread, byte by byte as pgwire does it, bytes.
const DECODED_AT_ONCE: usize = 256 << 10;
/// The read buffer is given back when it has grown past this, in bytes.
const KEPT_BUFFER: usize = 64 << 10;

/// The incoming side of a connection.
pub(super) struct Incoming<R> {
    source: R,
    buffer: BytesMut,
    /// When the bytes in the buffer came, in ns of the node's clock.
    pub arrived_ns: u64,
    memory: Arc<Semaphore>,
    /// The share of a long message, from its first bytes until the next message.
    share: Option<OwnedSemaphorePermit>,
}

/// Memory for long messages and answers of all connections together, in KiB.
pub(super) const MEMORY_KIB: usize = 256 << 10;

/// What `bytes` count against [`MEMORY_KIB`]; short ones do not.
pub(super) fn share_kib(bytes: usize) -> u32 {
    if bytes > KEPT_BUFFER { u32::try_from(bytes >> 10).unwrap_or(u32::MAX).min(MEMORY_KIB as u32) } else { 0 }
}

fn broken(what: impl std::fmt::Display) -> SqlError {
    SqlError::new(PROTOCOL, format!("{what}")).fatal()
}

/// A message from all of its bytes.
fn decode(mut frame: BytesMut) -> Result<PgWireFrontendMessage, SqlError> {
    let kind = frame.first().copied().map_or(' ', char::from);
    let mut context = DecodeContext::new(ProtocolVersion::PROTOCOL3_0);
    context.awaiting_frontend_ssl = false;
    context.awaiting_frontend_startup = false;
    match catch_unwind(AssertUnwindSafe(|| PgWireFrontendMessage::decode(&mut frame, &context))) {
        Ok(Ok(Some(message))) => Ok(message),
        Ok(Ok(None)) => Err(broken(format_args!("message '{}' is incomplete", kind.escape_default()))),
        Ok(Err(error)) => Err(broken(format_args!("message '{}' cannot be read: {error}", kind.escape_default()))),
        Err(_) => Err(broken(format_args!("message '{}' is malformed", kind.escape_default()))),
    }
}

impl<R: AsyncRead + Unpin> Incoming<R> {
    pub(super) fn new(source: R, memory: Arc<Semaphore>) -> Self {
        Self { source, buffer: BytesMut::new(), arrived_ns: 0, memory, share: None }
    }

    /// Reads on; false at the end of the connection.
    pub(super) async fn more(&mut self) -> std::io::Result<bool> {
        if self.buffer.is_empty() && self.buffer.capacity() > KEPT_BUFFER {
            self.buffer = BytesMut::new();
        }
        self.buffer.reserve(8 << 10);
        let read = self.source.read_buf(&mut (&mut self.buffer).limit(TURN)).await?;
        self.arrived_ns = crate::runtime::clock::now_ns();
        if read == TURN {
            // There is more where that came from.
            tokio::task::yield_now().await;
        }
        Ok(read > 0)
    }

    /// A length at `at` in the buffer, checked.
    fn length(&self, at: usize, most: usize) -> Result<Option<usize>, SqlError> {
        let Some(bytes) = self.buffer.get(at..at + 4).and_then(|b| <[u8; 4]>::try_from(b).ok()) else { return Ok(None) };
        let len = u32::from_be_bytes(bytes) as usize;
        if len < 4 || len > most {
            return Err(broken(format_args!("invalid message length {len}: at most {most} bytes are taken")));
        }
        Ok(Some(at + len))
    }

    /// The first packet of a connection, which has no type byte; `None` at the end of the connection.
    pub(super) async fn first_packet(&mut self) -> Result<Option<BytesMut>, SqlError> {
        loop {
            if let Some(len) = self.length(0, MAX_FIRST_FRAME)?
                && self.buffer.len() >= len
            {
                return Ok(Some(self.buffer.split_to(len)));
            }
            if !self.more().await.map_err(broken)? {
                return Ok(None);
            }
        }
    }

    /// The next message that is already here; `None` when more must be read.
    pub(super) fn buffered(&mut self, most: usize) -> Result<Option<PgWireFrontendMessage>, SqlError> {
        self.frame(most)?.map(decode).transpose()
    }

    /// The bytes of the next message, when all of them are here.
    fn frame(&mut self, most: usize) -> Result<Option<BytesMut>, SqlError> {
        let Some(len) = self.length(1, most)? else { return Ok(None) };
        if self.buffer.len() >= len {
            return Ok(Some(self.buffer.split_to(len)));
        }
        let kib = share_kib(len);
        if kib > 0 && self.share.is_none() {
            let share = self.memory.clone().try_acquire_many_owned(kib);
            let full = |_| SqlError::new("53200", "too many long messages at the same time").hint("Send shorter ones, or wait.").fatal();
            self.share = Some(share.map_err(full)?);
        }
        // Room for the whole of it at once.
        let missing = len - self.buffer.len();
        self.buffer.reserve(missing.min(most));
        Ok(None)
    }

    /// Whether a Sync is here already, as the next message.
    pub(super) fn is_sync_next(&self) -> bool {
        self.buffer.first() == Some(&b'S')
    }

    /// The next message; `None` at the end of the connection.
    pub(super) async fn message(&mut self, most: usize) -> Result<Option<PgWireFrontendMessage>, SqlError> {
        self.share = None;
        let mut until = None;
        loop {
            if let Some(frame) = self.frame(most)? {
                if frame.len() <= DECODED_AT_ONCE {
                    return decode(frame).map(Some);
                }
                return tokio::task::spawn_blocking(move || decode(frame)).await.map_err(broken)?.map(Some);
            }
            let more = if self.buffer.is_empty() {
                self.more().await
            } else {
                // A message that has begun must end.
                let until = *until.get_or_insert_with(|| Instant::now() + WHOLE_WITHIN);
                match tokio::time::timeout_at(until, self.more()).await {
                    Ok(more) => more,
                    Err(_) => return Err(broken(format_args!("a message was not whole within {} s", WHOLE_WITHIN.as_secs()))),
                }
            };
            if !more.map_err(broken)? {
                return Ok(None);
            }
        }
    }
}

/// Appends a message.
pub(super) fn put(out: &mut BytesMut, message: &PgWireBackendMessage) {
    // The only failure is a text with a zero byte in it, which none of ours has.
    if let Err(error) = message.encode(out) {
        let info = SqlError::new("XX000", error.to_string()).info();
        let _ = PgWireBackendMessage::ErrorResponse(info.into()).encode(out);
    }
}

pub(super) fn error(out: &mut BytesMut, error: &SqlError) {
    put(out, &PgWireBackendMessage::ErrorResponse(error.info().into()));
}

pub(super) fn tag(out: &mut BytesMut, tag: String) {
    put(out, &PgWireBackendMessage::CommandComplete(CommandComplete::new(tag)));
}

pub(super) fn ready(out: &mut BytesMut, status: TransactionStatus) {
    put(out, &PgWireBackendMessage::ReadyForQuery(ReadyForQuery::new(status)));
}

/// RowDescription, or NoData when there are no rows.
pub(super) fn describe(out: &mut BytesMut, fields: Option<&[Field]>, formats: &Formats) {
    let Some(fields) = fields else { return put(out, &PgWireBackendMessage::NoData(NoData::new())) };
    let list = fields.iter().enumerate().map(|(at, field)| {
        let ty: PgType = field.ty;
        FieldDescription::new(field.name.clone(), 0, 0, ty.oid(), ty.width(), field.modifier, i16::from(formats.binary(at)))
    });
    put(out, &PgWireBackendMessage::RowDescription(RowDescription::new(list.collect())));
}

/// A CopyData message around bytes of our own.
pub(super) fn copy_data(data: &[u8]) -> Bytes {
    let mut out = BytesMut::with_capacity(data.len() + 5);
    out.put_u8(b'd');
    out.put_u32(data.len() as u32 + 4);
    out.put_slice(data);
    out.freeze()
}
