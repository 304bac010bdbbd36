//! One client's connection: frames in, login first, answers out in the order of the requests. Requests begin at once when they are read
//! (an append has its place and its promised finish then), and their answers wait in a queue. What a request means is in `api`.

use std::collections::BTreeMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion};
use tokio::io::AsyncReadExt;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc};

use super::reply::Reply;
use super::{Broker, api, limits, members, shape};
use crate::runtime::{clock, lock};

/// The pieces of an answer, or none when the client wants none (acks=0); an error ends the connection.
pub(super) type Answer = Pin<Box<dyn Future<Output = Result<Option<Reply>, Broken>> + Send>>;

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
    /// The client does not read its answers.
    #[error("slow_client")]
    SlowReader,
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
    /// Where it comes from.
    pub(super) client_address: IpAddr,
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
        let (stream, address) = match listener.accept().await {
            Ok(accepted) => accepted,
            // Out of file descriptors, or the client left already: serve the others, and do not spin.
            Err(_) => {
                tokio::time::sleep(Duration::from_millis(5)).await;
                continue;
            }
        };
        let _ = stream.set_nodelay(true);
        let (place, cut) = Place::take(broker, address.ip());
        // A task of its own: should decoding ever panic, only this connection ends.
        tokio::spawn(async move {
            let broker = place.broker.clone();
            let ended = tokio::select! {
                ended = serve(place, stream) => ended,
                () = cut.notified() => Broken::Unauthorised,
            };
            if ended != Broken::Closed {
                broker.node.failed(&ended.to_string());
            }
        });
    }
}

/// Who is connected. Those who have not logged in cannot keep others out: past [`limits::STRANGERS`] the oldest of them is cut.
#[derive(Debug, Default)]
pub(super) struct Connections {
    inner: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    next: u64,
    strangers: BTreeMap<u64, Arc<Notify>>,
    known: usize,
}

/// A connection among those that are counted; it is taken off when dropped.
struct Place {
    broker: Arc<Broker>,
    number: u64,
    address: IpAddr,
    known: bool,
}

impl Place {
    fn take(broker: &Arc<Broker>, address: IpAddr) -> (Self, Arc<Notify>) {
        let cut = Arc::new(Notify::new());
        let mut counted = lock(&broker.connections.inner);
        counted.next += 1;
        let number = counted.next;
        counted.strangers.insert(number, cut.clone());
        if counted.strangers.len() > limits::STRANGERS
            && let Some((_, oldest)) = counted.strangers.pop_first()
        {
            oldest.notify_one();
        }
        drop(counted);
        (Self { broker: broker.clone(), number, address, known: false }, cut)
    }

    /// The login was right: the connection counts among those that nobody cuts. False when there are too many.
    fn make_known(&mut self) -> bool {
        let mut counted = lock(&self.broker.connections.inner);
        counted.strangers.remove(&self.number);
        self.known = counted.known < limits::CONNECTIONS;
        counted.known += usize::from(self.known);
        self.known
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut counted = lock(&self.broker.connections.inner);
        counted.strangers.remove(&self.number);
        counted.known -= usize::from(self.known);
    }
}

async fn serve(place: Place, stream: TcpStream) -> Broken {
    let (reader, writer) = stream.into_split();
    let (queue, queued) = mpsc::channel(limits::IN_FLIGHT);
    let mut writing = pin!(write(writer, queued));
    let ended = tokio::select! {
        ended = read(place, reader, queue) => ended,
        ended = &mut writing => return ended,
    };
    if ended == Broken::Unauthorised {
        // The client should still read that its login failed. Whether it does is its affair.
        let _ = tokio::time::timeout(limits::LOGIN, writing).await;
    }
    ended
}

async fn read(mut place: Place, mut reader: OwnedReadHalf, queue: mpsc::Sender<Queued>) -> Broken {
    let broker = place.broker.clone();
    let memory = Arc::new(Semaphore::new(limits::IN_FLIGHT_KIB));
    let mut buffer = BytesMut::new();
    let mut login = Login::None;
    let deadline = tokio::time::Instant::now() + limits::LOGIN;
    loop {
        let frame = if login == Login::Done {
            frame(&broker, &mut reader, &mut buffer, limits::FRAME_BYTES).await
        } else {
            let frame = frame(&broker, &mut reader, &mut buffer, limits::FRAME_BYTES_BEFORE_LOGIN);
            tokio::time::timeout_at(deadline, frame).await.unwrap_or(Err(Broken::Unauthorised))
        };
        let (frame, large) = match frame {
            Ok(frame) => frame,
            Err(broken) => return broken,
        };
        let share = u32::try_from(frame.len() / 1024 + 1).unwrap_or(u32::MAX);
        let Ok(share) = memory.clone().acquire_many_owned(share).await else { return Broken::Closed };
        let answer = match begin(&broker, &mut login, frame, place.address) {
            Ok(answer) => answer,
            Err(broken) => return broken,
        };
        if login == Login::Done && !place.known && !place.make_known() {
            broker.node.failed("too_many_connections");
            return Broken::Closed;
        }
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
            Ok(Some(reply)) => match reply.write(&mut writer, limits::SLOW_READER).await {
                Ok(()) => {}
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => return Broken::SlowReader,
                Err(_) => return Broken::Closed,
            },
            Ok(None) => {}
            Err(broken) => return broken,
        }
    }
    Broken::Closed
}

/// A frame without its length, and its share of the memory for large ones.
type Frame = (Bytes, Option<OwnedSemaphorePermit>);

/// The next frame. The buffer grows with what arrives, not with what is announced. A client may be silent between two frames for a
/// while, and must be quick once it began one.
async fn frame(broker: &Broker, reader: &mut OwnedReadHalf, buffer: &mut BytesMut, at_most: usize) -> Result<Frame, Broken> {
    if buffer.is_empty() {
        tokio::time::timeout(limits::IDLE, fill(reader, buffer, 1)).await.map_err(|_| Broken::Closed)??;
    }
    if buffer.len() < 4 {
        tokio::time::timeout(limits::FRAME, fill(reader, buffer, 4)).await.map_err(|_| Broken::BadRequest)??;
    }
    let length = buffer.first_chunk::<4>().map_or(-1, |length| i32::from_be_bytes(*length));
    let length = usize::try_from(length).ok().filter(|length| *length <= at_most).ok_or(Broken::BadRequest)?;
    buffer.advance(4);
    let mut large = None;
    if length > limits::LARGE_FRAME_BYTES {
        let share = u32::try_from(length / 1024 + 1).unwrap_or(u32::MAX);
        large = Some(broker.large_frames.clone().acquire_many_owned(share).await.map_err(|_| Broken::Closed)?);
        // Room for all of it at once, now that it is paid for.
        buffer.reserve(length.saturating_sub(buffer.len()));
    }
    if buffer.len() < length {
        tokio::time::timeout(limits::FRAME, fill(reader, buffer, length)).await.map_err(|_| Broken::BadRequest)??;
    }
    Ok((buffer.split_to(length).freeze(), large))
}

/// Reads until the buffer holds `length` bytes.
async fn fill(reader: &mut OwnedReadHalf, buffer: &mut BytesMut, length: usize) -> Result<(), Broken> {
    while buffer.len() < length {
        buffer.reserve((length - buffer.len()).clamp(4 << 10, 64 << 10));
        match reader.read_buf(buffer).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => return Err(Broken::Closed),
        }
    }
    Ok(())
}

/// Reads the header, sees to the login, and begins the request.
fn begin(broker: &Arc<Broker>, login: &mut Login, mut frame: Bytes, client_address: IpAddr) -> Result<Answer, Broken> {
    let (Some(api), Some(version)) = (int16(&frame, 0), int16(&frame, 2)) else { return Err(Broken::BadRequest) };
    if api == members::WORD_KEY && *login == Login::Done {
        return word(broker, frame);
    }
    let api = ApiKey::try_from(api).map_err(|()| Broken::BadRequest)?;
    if *login != Login::Done && !matches!(api, ApiKey::ApiVersions | ApiKey::SaslHandshake | ApiKey::SaslAuthenticate) {
        return Err(Broken::Unauthorised);
    }
    let served = api::serves(api, version);
    let header_version = if served { api.request_header_version(version) } else { 1 };
    check_header(&frame, header_version)?;
    let header = RequestHeader::decode(&mut frame, header_version).map_err(|_| Broken::BadRequest)?;
    let client_id = header.client_id.as_ref().map(|id| id.as_str().to_owned()).unwrap_or_default();
    let call = Call { api, version, client_id, client_address, correlation_id: header.correlation_id, arrival_ns: clock::now_ns() };
    if !served {
        return api::not_served(&call);
    }
    shape::check(api, version, &frame).map_err(|_| Broken::BadRequest)?;
    api::begin(broker, login, call, frame)
}

/// What another broker says; see [`members::Word`].
fn word(broker: &Arc<Broker>, mut frame: Bytes) -> Result<Answer, Broken> {
    check_header(&frame, 1)?;
    let header = RequestHeader::decode(&mut frame, 1).map_err(|_| Broken::BadRequest)?;
    let word: members::Word = serde_json::from_slice(&frame).map_err(|_| Broken::BadRequest)?;
    let broker = broker.clone();
    Ok(Box::pin(async move {
        let said = serde_json::to_vec(&broker.answer(word).await).map_err(|_| Broken::BadAnswer)?;
        let mut bytes = BytesMut::with_capacity(said.len() + 8);
        bytes.put_i32(i32::try_from(said.len() + 4).map_err(|_| Broken::BadAnswer)?);
        bytes.put_i32(header.correlation_id);
        bytes.extend_from_slice(&said);
        Ok(Some(bytes.freeze().into()))
    }))
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
    pub(super) fn encode<R: Encodable + HeaderVersion>(&self, response: &R) -> Result<Option<Reply>, Broken> {
        self.encode_as(response, self.version)
    }

    /// The answer as bytes, in another version.
    pub(super) fn encode_as<R: Encodable + HeaderVersion>(&self, response: &R, version: i16) -> Result<Option<Reply>, Broken> {
        let mut bytes = BytesMut::new();
        bytes.put_i32(0);
        let header = ResponseHeader::default().with_correlation_id(self.correlation_id);
        header.encode(&mut bytes, R::header_version(version)).map_err(|_| Broken::BadAnswer)?;
        response.encode(&mut bytes, version).map_err(|_| Broken::BadAnswer)?;
        let length = i32::try_from(bytes.len() - 4).map_err(|_| Broken::BadAnswer)?;
        if let Some(place) = bytes.get_mut(0..4) {
            place.copy_from_slice(&length.to_be_bytes());
        }
        Ok(Some(bytes.freeze().into()))
    }

    /// An answer of pieces that hold no header yet: one of the plain kind is put before them.
    pub(super) fn framed(&self, body: Reply) -> Result<Option<Reply>, Broken> {
        let mut head = BytesMut::with_capacity(8);
        head.put_i32(i32::try_from(body.size() + 4).map_err(|_| Broken::BadAnswer)?);
        head.put_i32(self.correlation_id);
        Ok(Some(body.behind(head.freeze())))
    }

    /// An answer that is there already.
    pub(super) fn now<R: Encodable + HeaderVersion>(&self, response: &R) -> Result<Answer, Broken> {
        let reply = self.encode(response);
        Ok(Box::pin(std::future::ready(reply)))
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
