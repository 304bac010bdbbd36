//! One client's connection: frames in, login first, answers out in the order of the requests. Requests begin at once when they are read
//! (an append has its place and its promised finish then), and their answers wait in a queue. What a request means is in `api`.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::{Broker, api, limits, shape};
use crate::runtime::clock;

/// The bytes of an answer, or none when the client wants none (acks=0); an error ends the connection.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<Option<Bytes>, Broken>> + Send>>;

/// Why a connection ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    /// The client went, or the socket failed.
    #[error("closed")]
    Closed,
    /// Bytes that are no request that is served here.
    #[error("bad_request")]
    BadRequest,
    /// Something other than a login before the login.
    #[error("unauthorised")]
    Unauthorised,
    /// An answer that the protocol cannot express: a bug of ours.
    #[error("bad_answer")]
    BadAnswer,
}

/// How far the login is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// Nothing yet.
    None,
    /// The mechanism is agreed.
    Agreed,
    /// The password was right.
    Done,
    /// The password was wrong: the connection ends after the answer.
    Failed,
}

/// A request without its body.
#[derive(Debug, Clone)]
pub(super) struct Call {
    /// Which API.
    pub(super) api: ApiKey,
    /// In which version.
    pub(super) version: i16,
    /// What the client calls itself.
    pub(super) client_id: String,
    /// When it was read, on [`clock::now_ns`].
    pub(super) arrival_ns: u64,
    correlation_id: i32,
}

/// An answer in the queue, with its share of the memory that the connection may use.
struct Queued {
    answer: Answer,
    _share: OwnedSemaphorePermit,
    _large: Option<OwnedSemaphorePermit>,
}

/// Accepts connections for ever.
pub(super) async fn accept(broker: &Arc<Broker>, listener: &TcpListener) {
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            // Out of file descriptors, or the client left already: serve the others, and do not spin.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
        };
        let Some(place) = Place::take(broker) else {
            broker.node.failed("too_many_connections");
            continue;
        };
        let _ = stream.set_nodelay(true);
        // A task of its own: should decoding ever panic, only this connection ends.
        tokio::spawn(async move {
            let ended = serve(&place.0, stream).await;
            if ended != Broken::Closed {
                place.0.node.failed(&ended.to_string());
            }
        });
    }
}

/// One of the connections that are allowed, given back when dropped.
struct Place(Arc<Broker>);

impl Place {
    fn take(broker: &Arc<Broker>) -> Option<Self> {
        let place = Self(broker.clone());
        (broker.connections.fetch_add(1, Ordering::Relaxed) < limits::CONNECTIONS).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}

async fn serve(broker: &Arc<Broker>, stream: TcpStream) -> Broken {
    let (reader, writer) = stream.into_split();
    let (queue, queued) = mpsc::channel(limits::IN_FLIGHT);
    let mut writing = pin!(write(writer, queued));
    let ended = tokio::select! {
        ended = read(broker, reader, queue) => ended,
        ended = &mut writing => return ended,
    };
    if ended == Broken::Unauthorised {
        // The client should still read that its login failed. Whether it does is its affair.
        let _ = tokio::time::timeout(limits::LOGIN, writing).await;
    }
    ended
}

async fn read(broker: &Arc<Broker>, mut reader: OwnedReadHalf, queue: mpsc::Sender<Queued>) -> Broken {
    let memory = Arc::new(Semaphore::new(limits::IN_FLIGHT_KIB));
    let mut buffer = BytesMut::new();
    let mut login = Login::None;
    let deadline = tokio::time::Instant::now() + limits::LOGIN;
    loop {
        let frame = if login == Login::Done {
            frame(broker, &mut reader, &mut buffer, limits::FRAME_BYTES).await
        } else {
            let frame = frame(broker, &mut reader, &mut buffer, limits::FRAME_BYTES_BEFORE_LOGIN);
            tokio::time::timeout_at(deadline, frame).await.unwrap_or(Err(Broken::Unauthorised))
        };
        let (frame, large) = match frame {
            Ok(frame) => frame,
            Err(broken) => return broken,
        };
        let share = u32::try_from(frame.len() / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(share) = memory.clone().acquire_many_owned(share).await else { return Broken::Closed };
        let answer = match begin(broker, &mut login, frame) {
            Ok(answer) => answer,
            Err(broken) => return broken,
        };
        if queue.send(Queued { answer, _share: share, _large: large }).await.is_err() {
            return Broken::Closed;
        }
        if login == Login::Failed {
            return Broken::Unauthorised;
        }
    }
}

async fn write(mut writer: OwnedWriteHalf, mut queued: mpsc::Receiver<Queued>) -> Broken {
    while let Some(Queued { answer, _share, _large }) = queued.recv().await {
        match answer.await {
            Ok(Some(bytes)) => {
                if writer.write_all(&bytes).await.is_err() {
                    return Broken::Closed;
                }
            }
            Ok(None) => {}
            Err(broken) => return broken,
        }
    }
    Broken::Closed
}

/// A frame without its length, and its share of the memory for large ones.
type Frame = (Bytes, Option<OwnedSemaphorePermit>);

/// The next frame. The buffer grows with what arrives, not with what is announced.
async fn frame(broker: &Broker, reader: &mut OwnedReadHalf, buffer: &mut BytesMut, at_most: usize) -> Result<Frame, Broken> {
    fill(reader, buffer, 4).await?;
    let length = buffer.first_chunk::<4>().map_or(-1, |length| i32::from_be_bytes(*length));
    let length = usize::try_from(length).ok().filter(|length| *length <= at_most).ok_or(Broken::BadRequest)?;
    buffer.advance(4);
    let mut large = None;
    if length > limits::LARGE_FRAME_BYTES {
        let share = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
        large = Some(broker.large_frames.clone().acquire_many_owned(share).await.map_err(|_| Broken::Closed)?);
        tokio::time::timeout(limits::LARGE_FRAME, fill(reader, buffer, length)).await.map_err(|_| Broken::BadRequest)??;
    } else {
        fill(reader, buffer, length).await?;
    }
    Ok((buffer.split_to(length).freeze(), large))
}

/// Reads until the buffer holds `length` bytes.
async fn fill(reader: &mut OwnedReadHalf, buffer: &mut BytesMut, length: usize) -> Result<(), Broken> {
    while buffer.len() < length {
        buffer.reserve(16 << 10);
        match reader.read_buf(buffer).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Err(Broken::Closed),
        }
    }
    Ok(())
}

/// Reads the header, sees to the login, and begins the request.
fn begin(broker: &Arc<Broker>, login: &mut Login, mut frame: Bytes) -> Result<Answer, Broken> {
    let (Some(api), Some(version)) = (int16(&frame, 0), int16(&frame, 2)) else { return Err(Broken::BadRequest) };
    let api = ApiKey::try_from(api).map_err(|()| Broken::BadRequest)?;
    if *login != Login::Done && !matches!(api, ApiKey::ApiVersions | ApiKey::SaslHandshake | ApiKey::SaslAuthenticate) {
        return Err(Broken::Unauthorised);
    }
    let served = api::serves(api, version);
    let header_version = if served { api.request_header_version(version) } else { 1 };
    check_header(&frame, header_version)?;
    let header = RequestHeader::decode(&mut frame, header_version).map_err(|_| Broken::BadRequest)?;
    let client_id = header.client_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let call = Call { api, version, client_id, correlation_id: header.correlation_id, arrival_ns: clock::now_ns() };
    if !served {
        return api::not_served(&call);
    }
    shape::check(api, version, &frame).map_err(|_| Broken::BadRequest)?;
    api::begin(broker, login, call, frame)
}

/// The client id and the tagged fields of a request header lie within the frame.
fn check_header(frame: &[u8], header_version: i16) -> Result<(), Broken> {
    let length = int16(frame, 8).ok_or(Broken::BadRequest)?;
    let end = 10 + usize::try_from(length.max(0)).unwrap_or(0);
    if length < -1 || end - 10 > limits::ID_BYTES {
        return Err(Broken::BadRequest);
    }
    let rest = frame.get(end..).ok_or(Broken::BadRequest)?;
    if header_version >= 2 { shape::check_tags(rest).map_err(|_| Broken::BadRequest) } else { Ok(()) }
}

fn int16(bytes: &[u8], at: usize) -> Option<i16> {
    bytes.get(at..at + 2)?.try_into().ok().map(i16::from_be_bytes)
}

impl Call {
    /// The answer as bytes, in this call's version.
    pub(super) fn encode<R: Encodable + HeaderVersion>(&self, response: &R) -> Result<Option<Bytes>, Broken> {
        self.encode_as(response, self.version)
    }

    /// The answer as bytes, in another version.
    pub(super) fn encode_as<R: Encodable + HeaderVersion>(&self, response: &R, version: i16) -> Result<Option<Bytes>, Broken> {
        let mut bytes = BytesMut::new();
        bytes.put_i32(0);
        let header = ResponseHeader::default().with_correlation_id(self.correlation_id);
        header.encode(&mut bytes, R::header_version(version)).map_err(|_| Broken::BadAnswer)?;
        response.encode(&mut bytes, version).map_err(|_| Broken::BadAnswer)?;
        let length = i32::try_from(bytes.len() - 4).map_err(|_| Broken::BadAnswer)?;
        if let Some(place) = bytes.get_mut(0..4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        Ok(Some(bytes.freeze()))
    }

    /// An answer that is there already.
    pub(super) fn now<R: Encodable + HeaderVersion>(&self, response: &R) -> Result<Answer, Broken> {
        let bytes = self.encode(response);
        Ok(Box::pin(std::future::ready(bytes)))
    }

    /// An answer that will be there once `response` is.
    pub(super) fn later<R, F>(self, response: F) -> Result<Answer, Broken>
    where
        R: Encodable + HeaderVersion + Send,
        F: Future<Output = R> + Send + 'static,
    {
        Ok(Box::pin(async move { self.encode(&response.await) }))
    }
}
