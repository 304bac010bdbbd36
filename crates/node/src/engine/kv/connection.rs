//! One client's socket: reads what is there, has it run at once, and answers in order when the promised finish has come and the
//! append-only file is on disk. Reading goes on while answers wait, so that clients which share a connection queue at the envelope and
//! not at the socket. One task, which looks at everything whenever anything wakes it.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context as Task, Poll};
use std::time::Duration;

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::Server;
use super::client::{Client, Session};
use super::dispatch;
use super::parse::Parser;
use super::reply::{Protocol, Reply};
use crate::runtime::{Ticket, clock};

/// Bytes that one read takes at most; the buffer is shared by all connections of a thread.
const READ_BYTES: usize = 64 << 10;
/// Input that is taken before others get their turn, bytes.
const TURN_MAX_BYTES: usize = 256 << 10;
/// Replies that may wait for their time or for a slow client, bytes; then reading stops.
const AHEAD_MAX_BYTES: usize = 4 << 20;
/// Batches that may wait for their time.
const BATCHES_MAX: usize = 65_536;
/// A buffer that grew past this is given back once it is used up, bytes.
const KEPT_BUFFER_BYTES: usize = 16 << 10;

thread_local! {
    /// What is read first goes here, so that a connection at rest has no buffer of its own.
    static SCRATCH: std::cell::RefCell<Vec<u8>> = std::cell::RefCell::new(vec![0; READ_BYTES]);
}

/// Replies that wait: for the finish of their commands, or for the disk.
struct Batch {
    replies: Vec<u8>,
    tickets: VecDeque<Ticket>,
    durable: u64,
}

/// Serves one client until it or its connection ends.
pub(super) async fn serve(server: Arc<Server>, stream: TcpStream, client: Arc<Client>) {
    let mut connection = Connection {
        server: server.clone(),
        session: Session::new(client.clone()),
        stream,
        parser: Parser::new(),
        reply: Reply::new(Protocol::Resp2),
        input: BytesMut::new(),
        queue: VecDeque::new(),
        queued_bytes: 0,
        out: Vec::new(),
        written: 0,
        at_end: false,
        held_back: false,
        due: None,
        gives_up: None,
    };
    std::future::poll_fn(|task| connection.poll(task)).await;
    let mut data = server.data();
    let data = &mut *data;
    dispatch::leave(&mut connection.session, &mut data.keys, &mut data.board);
    data.board.clients.remove(&client.id);
}

struct Connection {
    server: Arc<Server>,
    session: Session,
    stream: TcpStream,
    parser: Parser,
    /// Only used while commands are run; empty between.
    reply: Reply,
    /// Bytes of a command that is not whole, or that may not be run yet.
    input: BytesMut,
    queue: VecDeque<Batch>,
    queued_bytes: usize,
    /// What may be written, and how much of it was.
    out: Vec<u8>,
    written: usize,
    /// The client sends no more.
    at_end: bool,
    /// There are whole commands in `input` that wait for room or for the end of a wait.
    held_back: bool,
    due: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
    gives_up: Option<Pin<Box<tokio::time::Sleep>>>,
}

/// What a step of the connection came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    /// Something was done; there may be more.
    Onward,
    /// Nothing can be done now; what can wake the task is known.
    Stuck,
    /// The connection is over.
    Over,
}

impl Connection {
    fn poll(&mut self, task: &mut Task<'_>) -> Poll<()> {
        self.session.client.wake_with(task.waker());
        let mut taken = 0;
        loop {
            if self.session.client.is_killed.load(Ordering::Relaxed) {
                return Poll::Ready(());
            }
            self.take_mail();
            if self.release(task) == Step::Over || self.write(task) == Step::Over {
                return Poll::Ready(());
            }
            let is_idle = self.queue.is_empty() && self.out.is_empty();
            if (self.session.closing || (self.at_end && !self.held_back)) && is_idle {
                return Poll::Ready(());
            }
            if self.wait_is_over(task) {
                continue;
            }
            if !self.may_run() {
                if self.session.wait.is_some() && self.input.len() < READ_BYTES {
                    match self.listen(task) {
                        Step::Onward => continue,
                        Step::Stuck => {}
                        Step::Over => return Poll::Ready(()),
                    }
                }
                self.note_stall();
                return Poll::Pending;
            }
            if self.held_back {
                self.run_own_input();
                continue;
            }
            if self.at_end {
                return Poll::Pending;
            }
            if taken >= TURN_MAX_BYTES {
                task.waker().wake_by_ref();
                return Poll::Pending;
            }
            match self.read(task, &mut taken) {
                Step::Onward => {}
                Step::Stuck => {
                    self.note_stall();
                    return Poll::Pending;
                }
                Step::Over => return Poll::Ready(()),
            }
        }
    }

    /// True when more commands may be run: their answers have room, and nothing is waited for.
    fn may_run(&self) -> bool {
        let ahead = self.queued_bytes + self.out.len() - self.written;
        !self.session.closing && self.session.wait.is_none() && ahead < AHEAD_MAX_BYTES && self.queue.len() < BATCHES_MAX
    }

    /// Writes down since when the client holds itself up, for those who cut such clients off.
    fn note_stall(&self) {
        let unsent = self.queued_bytes + self.out.len() - self.written;
        self.session.client.unsent.store(unsent, Ordering::Relaxed);
        let stalls = !self.out.is_empty() || (!self.input.is_empty() && self.session.wait.is_none() && !self.held_back);
        let stalled_ns = &self.session.client.stalled_ns;
        if !stalls {
            stalled_ns.store(0, Ordering::Relaxed);
        } else if stalled_ns.load(Ordering::Relaxed) == 0 {
            stalled_ns.store(clock::now_ns(), Ordering::Relaxed);
        }
    }

    fn moved(&self) {
        if self.session.client.stalled_ns.load(Ordering::Relaxed) != 0 {
            self.session.client.stalled_ns.store(0, Ordering::Relaxed);
        }
    }

    /// Takes what others sent to this client.
    fn take_mail(&mut self) {
        if let Some((letters, durable, answers)) = self.session.client.take_mail() {
            if answers {
                self.session.wait = None;
                self.gives_up = None;
            }
            self.send(letters, VecDeque::new(), durable);
        }
    }

    /// Gives up what the client waits for when its time has come; true when it did.
    fn wait_is_over(&mut self, task: &mut Task<'_>) -> bool {
        let Some(wait) = self.session.wait else {
            self.gives_up = None;
            return false;
        };
        let Some(until_ns) = wait.until_ns else { return false };
        let left_ns = until_ns.saturating_sub(clock::now_ns());
        let timer = self.gives_up.get_or_insert_with(|| Box::pin(tokio::time::sleep(Duration::from_nanos(left_ns))));
        if timer.as_mut().poll(task).is_pending() {
            return false;
        }
        self.gives_up = None;
        dispatch::give_up(&self.server, &mut self.session, &mut self.reply);
        // Not given up: the answer is in the mailbox.
        let reply = self.reply.take();
        self.send(reply, VecDeque::new(), 0);
        true
    }

    /// Puts replies in line.
    fn send(&mut self, replies: Vec<u8>, tickets: VecDeque<Ticket>, durable: u64) {
        self.queued_bytes += replies.len();
        self.queue.push_back(Batch { replies, tickets, durable });
    }

    /// Moves replies whose time has come to where they are written from.
    fn release(&mut self, task: &mut Task<'_>) -> Step {
        while let Some(batch) = self.queue.front_mut() {
            if let Some(due) = &mut self.due {
                if due.as_mut().poll(task).is_pending() {
                    return Step::Stuck;
                }
                self.due = None;
            }
            while let Some(ticket) = batch.tickets.pop_front() {
                if !self.server.node.finish_now(&ticket) {
                    let server = self.server.clone();
                    self.due = Some(Box::pin(async move { server.node.finish(&ticket).await }));
                    break;
                }
            }
            if self.due.is_some() {
                continue;
            }
            if batch.durable > 0 {
                let data = self.server.data();
                if !data.board.journal.as_ref().is_none_or(|journal| journal.is_durable(batch.durable, task.waker())) {
                    return Step::Stuck;
                }
            }
            if let Some(batch) = self.queue.pop_front() {
                self.queued_bytes -= batch.replies.len();
                if self.out.is_empty() {
                    self.out = batch.replies;
                } else {
                    self.out.extend_from_slice(&batch.replies);
                }
            }
        }
        Step::Stuck
    }

    fn write(&mut self, task: &mut Task<'_>) -> Step {
        while self.written < self.out.len() {
            let left = self.out.get(self.written..).unwrap_or_default();
            match Pin::new(&mut self.stream).poll_write(task, left) {
                Poll::Ready(Ok(n)) if n > 0 => {
                    self.written += n;
                    self.moved();
                }
                // The client takes no answers any more.
                Poll::Ready(_) => return Step::Over,
                Poll::Pending => {
                    // What was written of a big reply is given back before the rest is.
                    if self.written >= AHEAD_MAX_BYTES {
                        self.out.drain(..self.written);
                        self.written = 0;
                    }
                    return Step::Stuck;
                }
            }
        }
        self.written = 0;
        if self.out.capacity() > KEPT_BUFFER_BYTES {
            self.out = Vec::new();
        } else {
            self.out.clear();
        }
        Step::Onward
    }

    /// Reads once for a client that waits: what came is run later, and one that left waits no more.
    fn listen(&mut self, task: &mut Task<'_>) -> Step {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            match Pin::new(&mut self.stream).poll_read(task, &mut buffer) {
                Poll::Pending => Step::Stuck,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.input.extend_from_slice(buffer.filled());
                    self.held_back = true;
                    Step::Onward
                }
                Poll::Ready(_) => Step::Over,
            }
        })
    }

    /// Reads once and runs what came.
    fn read(&mut self, task: &mut Task<'_>, taken: &mut usize) -> Step {
        SCRATCH.with_borrow_mut(|scratch| {
            let mut buffer = ReadBuf::new(scratch);
            match Pin::new(&mut self.stream).poll_read(task, &mut buffer) {
                Poll::Pending => return Step::Stuck,
                Poll::Ready(Err(_)) => return Step::Over,
                Poll::Ready(Ok(())) => {}
            }
            let bytes = buffer.filled();
            if bytes.is_empty() {
                self.at_end = true;
                return Step::Onward;
            }
            *taken += bytes.len();
            self.moved();
            if self.input.is_empty() {
                let used = self.run(bytes);
                self.input.extend_from_slice(bytes.get(used..).unwrap_or_default());
            } else {
                self.input.extend_from_slice(bytes);
                self.run_own_input();
            }
            Step::Onward
        })
    }

    fn run_own_input(&mut self) {
        let mut input = std::mem::take(&mut self.input);
        let used = self.run(&input);
        if used == input.len() && input.capacity() > KEPT_BUFFER_BYTES {
            input = BytesMut::new();
        } else if used > KEPT_BUFFER_BYTES {
            input = BytesMut::from(input.get(used..).unwrap_or_default());
        } else {
            input.advance(used);
        }
        self.input = input;
    }

    /// Runs whole commands of `input` and puts their replies in line; how many bytes are used up.
    fn run(&mut self, input: &[u8]) -> usize {
        let arrival_ns = clock::now_ns();
        let mut used = 0;
        self.held_back = false;
        while used < input.len() {
            if !self.may_run() {
                self.held_back = true;
                break;
            }
            // Where nothing waits, replies go straight to where they are written from.
            let direct = self.queue.is_empty() && self.written == 0;
            if direct {
                self.reply.give(std::mem::take(&mut self.out));
            }
            let left = input.get(used..).unwrap_or_default();
            let before = self.reply.len();
            let ran = dispatch::run(&self.server, &mut self.session, &mut self.parser, left, arrival_ns, &mut self.reply);
            used += ran.used;
            let mut tickets = VecDeque::from(ran.tickets);
            while direct && tickets.front().is_some_and(|ticket| self.server.node.finish_now(ticket)) {
                tickets.pop_front();
            }
            let mut replies = self.reply.take();
            if direct && tickets.is_empty() && ran.durable == 0 {
                self.out = replies;
            } else if direct {
                let fresh = replies.split_off(before);
                self.out = replies;
                self.send(fresh, tickets, ran.durable);
            } else if !replies.is_empty() || !tickets.is_empty() {
                self.send(replies, tickets, ran.durable);
            }
            if !ran.more {
                self.held_back = self.session.wait.is_some() && used < input.len();
                break;
            }
        }
        used
    }
}
