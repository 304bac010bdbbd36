//! One client: reads what is there, admits and runs it at once, and answers in order when the promised finish has come. Reading goes on
//! while answers wait, so that clients which share a connection queue at the envelope and not at the socket.

use std::sync::Arc;

use bytes::{Buf, BytesMut};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::command::{self, Class, Context, Found};
use super::fault::{Done, Fault};
use super::keyspace::Keyspace;
use super::parse::{Args, Parser};
use super::reply::{Protocol, Reply};
use super::{EXPIRED_AT_ONCE, Server};
use crate::runtime::{Ticket, clock};

/// Room that is kept free for one read, bytes.
const READ_BYTES: usize = 16 << 10;
/// Input that is taken before it is run, bytes: others get their turn.
const DRAIN_MAX_BYTES: usize = 256 << 10;
/// Replies that make a batch, bytes; what follows goes into the next.
const BATCH_REPLY_BYTES: usize = 256 << 10;
/// Replies that may wait for their time or for a slow client, bytes; then reading stops.
const AHEAD_MAX_BYTES: usize = 4 << 20;
/// An input buffer that grew past this is given back once it is used up, bytes.
const KEPT_BUFFER_BYTES: usize = 1 << 20;

/// What is known of one client.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) id: u64,
    pub(super) name: Vec<u8>,
    /// It has shown the run's token.
    pub(super) authenticated: bool,
    /// Nothing more is read from it.
    pub(super) closing: bool,
    /// The latest finish that was promised on this connection, wall ns: answers are in order, so none can be due before it.
    due_ns: u64,
}

/// Replies to the commands that were read together.
struct Batch {
    replies: Vec<u8>,
    tickets: Vec<Ticket>,
    /// Its share of [`AHEAD_MAX_BYTES`], given back once it is written.
    _room: OwnedSemaphorePermit,
}

/// Serves one client until it or its connection ends.
pub(super) async fn serve(server: Arc<Server>, stream: TcpStream, id: u64) {
    let (reader, writer) = stream.into_split();
    let (batches, queued) = mpsc::unbounded_channel();
    let mut answering = std::pin::pin!(answer(&server, writer, queued));
    tokio::select! {
        // The client takes no answers any more.
        () = &mut answering => return,
        () = read(&server, reader, batches, id) => {}
    }
    answering.await;
}

async fn read(server: &Server, reader: OwnedReadHalf, batches: mpsc::UnboundedSender<Batch>, id: u64) {
    let mut input = BytesMut::new();
    let mut parser = Parser::new();
    let mut reply = Reply::new(Protocol::Resp2);
    let mut session = Session { id, name: Vec::new(), authenticated: false, closing: false, due_ns: 0 };
    let ahead = Arc::new(Semaphore::new(AHEAD_MAX_BYTES));
    loop {
        let Some(at_end) = drain(&reader, &mut input).await else { return };
        let arrival_ns = clock::now_ns();
        loop {
            let run = Run { server, arrival_ns, input: &input, used: 0, tickets: Vec::new() };
            let (used, tickets, more) = run.batch(&mut session, &mut parser, &mut reply);
            if used > KEPT_BUFFER_BYTES {
                input = BytesMut::from(input.get(used..).unwrap_or_default());
            } else {
                input.advance(used);
            }
            if reply.len() > 0 || !tickets.is_empty() {
                let share = reply.len().clamp(1, AHEAD_MAX_BYTES) as u32;
                let Ok(_room) = ahead.clone().acquire_many_owned(share).await else { return };
                if batches.send(Batch { replies: reply.take(), tickets, _room }).is_err() {
                    return;
                }
            }
            if session.closing {
                return;
            }
            if !more {
                break;
            }
        }
        if at_end {
            return;
        }
    }
}

/// Takes in what can be read now, and waits for the first of it. `Some(true)`: the client sends no more. `None`: the connection broke.
async fn drain(reader: &OwnedReadHalf, input: &mut BytesMut) -> Option<bool> {
    let mut taken = 0;
    loop {
        if taken == 0 {
            reader.readable().await.ok()?;
        }
        input.reserve(READ_BYTES);
        match reader.try_read_buf(input) {
            Ok(0) => return Some(true),
            Ok(n) => {
                taken += n;
                if taken >= DRAIN_MAX_BYTES {
                    return Some(false);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock && taken == 0 => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Some(false),
            Err(_) => return None,
        }
    }
}

/// Writes batches in order, each once, when the last of its commands is due; batches that are due together go together.
async fn answer(server: &Server, mut writer: OwnedWriteHalf, mut queued: mpsc::UnboundedReceiver<Batch>) {
    let mut held_back = None;
    loop {
        let Some(mut batch) = (match held_back.take() {
            Some(batch) => Some(batch),
            None => queued.recv().await,
        }) else {
            // A connection that is already gone needs no farewell.
            let _ = writer.shutdown().await;
            return;
        };
        finish(server, std::mem::take(&mut batch.tickets)).await;
        let mut rooms = vec![batch._room];
        while let Ok(mut next) = queued.try_recv() {
            if next.tickets.last().is_some_and(|last| last.due_ns > clock::now_ns()) {
                held_back = Some(next);
                break;
            }
            finish(server, std::mem::take(&mut next.tickets)).await;
            batch.replies.extend_from_slice(&next.replies);
            rooms.push(next._room);
        }
        if writer.write_all(&batch.replies).await.is_err() {
            return;
        }
    }
}

async fn finish(server: &Server, tickets: Vec<Ticket>) {
    for ticket in tickets {
        server.node().finish(&ticket).await;
        server.node().release(ticket);
    }
}

/// The running of what was read.
struct Run<'a> {
    server: &'a Server,
    arrival_ns: u64,
    input: &'a [u8],
    used: usize,
    tickets: Vec<Ticket>,
}

impl Run<'_> {
    /// Runs whole commands until none is left or the replies are enough for a batch. Gives the bytes used, what was promised, and
    /// whether there may be more.
    fn batch(mut self, session: &mut Session, parser: &mut Parser, reply: &mut Reply) -> (usize, Vec<Ticket>, bool) {
        let mut keys = self.server.keys();
        keys.advance(self.server.life_ms(self.arrival_ns), EXPIRED_AT_ONCE);
        let mut found = Found::default();
        let mut commands = 0;
        let more = loop {
            let frame = self.input.get(self.used..).unwrap_or_default();
            match parser.advance(frame) {
                Ok(None) => break false,
                Ok(Some(len)) => {
                    let mark = reply.len();
                    let args = parser.args(frame);
                    commands += u64::from(args.len() > 0);
                    let mut done = self.command(session, args, &mut keys, &mut found, reply);
                    if reply.is_too_big() {
                        self.server.node().failed("reply_too_big");
                        done = Err(Fault::REPLY_TOO_BIG);
                    }
                    if let Err(fault) = done {
                        reply.cut(mark);
                        reply.error(&fault);
                    }
                    self.used += len;
                    parser.begin();
                    if session.authenticated {
                        parser.trust();
                    }
                }
                Err(fault) => {
                    self.server.node().failed("protocol_error");
                    reply.error(&fault);
                    session.closing = true;
                }
            }
            if session.closing {
                break false;
            }
            if reply.len() >= BATCH_REPLY_BYTES {
                break true;
            }
        };
        self.server.count(commands, found);
        self.server.show(&keys);
        (self.used, self.tickets, more)
    }

    fn command(&mut self, session: &mut Session, mut args: Args<'_>, keys: &mut Keyspace, found: &mut Found, reply: &mut Reply) -> Done {
        // An empty line or an empty array is no command, and gets no answer.
        let Some(name) = args.get(0) else { return Ok(()) };
        let command = command::find(name);
        if !session.authenticated && command.is_none_or(|command| command.class != Class::Door) {
            // A web page that posts to this port must not get to try on.
            session.closing = is_http(name);
            return Err(Fault::NO_AUTH);
        }
        let Some(command) = command else { return Err(Fault::unknown(name, args.rest(1))) };
        args.name = command.name;
        if !command.takes(args.len()) {
            return Err(Fault::arity(command.name));
        }
        if command.class == Class::Grow && self.server.is_full(keys) {
            self.server.node().failed("out_of_memory");
            return Err(Fault::OUT_OF_MEMORY);
        }
        if let Some(operation) = command.class.operation() {
            let mut ticket = self.server.node().admit_now(operation, self.arrival_ns).map_err(|_| Fault::BUSY)?;
            session.due_ns = session.due_ns.max(ticket.due_ns);
            ticket.due_ns = session.due_ns;
            self.tickets.push(ticket);
        }
        (command.run)(&mut Context { server: self.server, session, keys, found }, args, reply)
    }
}

/// A line of an HTTP request, taken for a command: every request has a `Host:`.
fn is_http(name: &[u8]) -> bool {
    ["post", "host:"].iter().any(|word| name.eq_ignore_ascii_case(word.as_bytes()))
}
