//! Runs what one client sent: what may be run now and for whom, what MULTI queues, what full memory refuses. Knows no socket.

use super::blocking;
use super::client::{Muted, Session};
use super::command::{self, Admission, Board, Class, Command, Context, Found};
use super::fault::Fault;
use super::journal::Journal;
use super::keyspace::Keyspace;
use super::parse::{Args, Parser};
use super::reply::Reply;
use super::transaction::Transaction;
use super::{Data, EXPIRED_AT_ONCE, Server};
use crate::runtime::Ticket;

/// Replies that make a batch, bytes; what follows goes into the next.
const BATCH_REPLY_BYTES: usize = 256 << 10;

/// What running some commands gave.
#[derive(Debug)]
pub(super) struct Ran {
    /// Bytes of input that are used up.
    pub(super) used: usize,
    pub(super) tickets: Vec<Ticket>,
    /// What the append-only file must have on disk before the replies go out.
    pub(super) durable: u64,
    /// There may be more to run.
    pub(super) more: bool,
}

/// Runs whole commands of `input` until none is left, the replies are enough for a batch, or the client waits for something.
pub(super) fn run(server: &Server, session: &mut Session, parser: &mut Parser, input: &[u8], arrival_ns: u64, reply: &mut Reply) -> Ran {
    let mut data = server.data();
    server.advance(&mut data, arrival_ns, EXPIRED_AT_ONCE);
    let Data { keys, board } = &mut *data;
    let mut found = Found::default();
    let mut admission = Admission::new(arrival_ns);
    let (mut commands, mut used, mut latest, start) = (0, 0, "", reply.len());
    let more = loop {
        if session.closing || session.wait.is_some() {
            break false;
        }
        if reply.len() - start >= BATCH_REPLY_BYTES {
            break true;
        }
        let frame = input.get(used..).unwrap_or_default();
        match parser.advance(frame) {
            Ok(None) => break false,
            Ok(Some(len)) => {
                let args = parser.args(frame);
                commands += u64::from(args.len() > 0);
                let cx = Context { server, session, keys, board, found: &mut found, admission: &mut admission };
                latest = one(cx, args, reply).unwrap_or(latest);
                if board.waiters.has_ready() {
                    blocking::serve(&mut board.waiters, keys, &mut board.journal);
                }
                used += len;
                parser.begin();
                if session.authenticated {
                    parser.trust();
                }
            }
            Err(fault) => {
                server.node().failed("protocol_error");
                reply.error(&fault);
                session.closing = true;
            }
        }
    };
    let durable = written(server, board);
    server.count(commands, found);
    server.show_changed(keys, board);
    if commands > 0 {
        session.show(latest, arrival_ns);
    }
    Ran { used, tickets: admission.tickets, durable, more }
}

/// Writes what was appended; gives what answers must wait for.
fn written(server: &Server, board: &mut Board) -> u64 {
    let Some(journal) = &mut board.journal else { return 0 };
    match journal.flush() {
        Ok(position) => position,
        Err(error) => {
            server.break_down(error.to_string());
            // Nothing that was not written is acknowledged: the engine ends before this position is ever reached.
            u64::MAX
        }
    }
}

/// Runs or queues one command; its name, if it has one that is known.
fn one(mut cx: Context<'_>, args: Args<'_>, reply: &mut Reply) -> Option<&'static str> {
    // An empty line or an empty array is no command, and gets no answer.
    let name = args.get(0)?;
    let command = command::find(name);
    let mark = reply.len();
    match admit(&mut cx, command, args, reply) {
        Ok(Some(command)) => {
            let mut args = args;
            args.name = command.name;
            if command.class == Class::Grow && cx.server.is_full(cx.keys, cx.board) {
                cx.server.node().failed("out_of_memory");
                spoil(&mut cx, Fault::OUT_OF_MEMORY, reply);
            } else {
                let admitted = cx.admission.admit(cx.server, cx.session, command.class);
                match admitted {
                    Ok(()) => command::run(&mut cx, command, args, reply),
                    Err(fault) => reply.error(&fault),
                }
            }
        }
        Ok(None) => {}
        Err(fault) if command.is_some_and(|command| command.class == Class::Exec) => {
            cx.session.transaction = None;
            cx.session.watch.end(cx.keys);
            let why = fault.0.strip_prefix("ERR ").unwrap_or(&fault.0);
            reply.error(&Fault::new(format!("EXECABORT Transaction discarded because of: {why}")));
        }
        Err(fault) => spoil(&mut cx, fault, reply),
    }
    if cx.session.muted != Muted::No {
        mute(cx.session, reply, mark);
    }
    command.map(|command| command.name)
}

/// Refuses a command; within a transaction that spoils it.
fn spoil(cx: &mut Context<'_>, fault: Fault, reply: &mut Reply) {
    if let Some(transaction) = &mut cx.session.transaction {
        transaction.spoiled = true;
    }
    reply.error(&fault);
}

/// Says what to run now: the command; nothing when it was queued; a fault when it may not be run.
fn admit(
    cx: &mut Context<'_>,
    command: Option<&'static Command>,
    args: Args<'_>,
    reply: &mut Reply,
) -> Result<Option<&'static Command>, Fault> {
    let name = args.get(0).unwrap_or_default();
    if !cx.session.authenticated && command.is_none_or(|command| command.class != Class::Door) {
        // A web page that posts to this port must not get to try on.
        cx.session.closing = is_http(name);
        return Err(Fault::NO_AUTH);
    }
    let Some(command) = command else { return Err(Fault::unknown(name, args.rest(1))) };
    if !command.takes(args.len()) {
        return Err(Fault::arity(command.name));
    }
    if cx.session.only_listens() && !command.by_listeners {
        return Err(Fault::new(format!(
            "ERR Can't execute '{}': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
            command.name
        )));
    }
    if let Some(why) = cx.board.journal.as_ref().and_then(Journal::failed) {
        let queued = || cx.session.transaction.iter().flat_map(Transaction::commands);
        // A PING is refused too, as in Redis, so that whoever looks after the server learns of it.
        let is_refused = command.class.changes()
            || command.name == "ping"
            || (command.class == Class::Exec && queued().any(|command| command.class.changes()));
        if is_refused {
            cx.server.node().failed("misconf");
            return Err(Fault::misconf(why));
        }
    }
    if let (Some(transaction), false) = (&mut cx.session.transaction, command.at_once) {
        if command.class == Class::Grow && cx.server.is_full(cx.keys, cx.board) {
            cx.server.node().failed("out_of_memory");
            return Err(Fault::OUT_OF_MEMORY);
        }
        transaction.queue(command, args)?;
        reply.simple("QUEUED");
        return Ok(None);
    }
    Ok(Some(command))
}

/// Takes back the reply that a client did not want.
fn mute(session: &mut Session, reply: &mut Reply, mark: usize) {
    match session.muted {
        Muted::No => {}
        Muted::SkipNext => session.muted = Muted::Skip,
        Muted::Skip => {
            reply.cut(mark);
            session.muted = Muted::No;
        }
        Muted::Off => reply.cut(mark),
    }
}

/// Ends everything that a client began: what it watches, listens to and waits for.
pub(super) fn leave(session: &mut Session, keys: &mut Keyspace, board: &mut Board) {
    let id = session.client.id;
    session.transaction = None;
    session.watch.end(keys);
    for channel in std::mem::take(&mut session.channels) {
        board.channels.unsubscribe(&channel, id);
    }
    for pattern in std::mem::take(&mut session.patterns) {
        board.channels.unsubscribe_pattern(&pattern, id);
    }
    board.waiters.leave(id);
    session.wait = None;
    session.is_monitor = false;
    board.monitors.retain(|monitor| monitor.id != id);
}

/// A line of an HTTP request, taken for a command: every request has a `Host:`.
fn is_http(name: &[u8]) -> bool {
    ["post", "host:"].iter().any(|word| name.eq_ignore_ascii_case(word.as_bytes()))
}

/// Ends the waiting of a client whose time is over, unless what it waits for has just come.
pub(super) fn give_up(server: &Server, session: &mut Session, reply: &mut Reply) {
    let mut data = server.data();
    if let Some(wants_array) = data.board.waiters.leave(session.client.id) {
        session.wait = None;
        if wants_array {
            reply.null_array()
        } else {
            reply.null()
        }
        session.show("", session.client.seen_ns.load(std::sync::atomic::Ordering::Relaxed));
    }
}
