//! The list of commands: name, arity, class, keys, and the function that runs each. One family a file; a new command is one line in its
//! family. The functions know the keyspace, the session and the board, not sockets or parsing.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Server;
use super::blocking::Waiters;
use super::channels::Channels;
use super::client::{Client, Session};
use super::fault::{Done, Fault};
use super::journal::{Journal, Note, put_command};
use super::keyspace::Keyspace;
use super::parse::Args;
use super::reply::Reply;
use super::settings::Settings;
use super::value::Hasher;
use crate::runtime::Ticket;

mod access;
mod aggregates;
mod bits;
mod blocking;
mod clients;
mod counters;
mod expiry;
mod hashes;
mod info;
mod keys;
mod lists;
mod pubsub;
mod scan;
mod server;
mod set_algebra;
mod sets;
mod sorted_ranges;
mod sorted_sets;
mod strings;
mod table;
mod transactions;

/// What all connections share beside the keys.
#[derive(Debug)]
pub(super) struct Board {
    pub(super) settings: Settings,
    pub(super) clients: std::collections::BTreeMap<u64, std::sync::Arc<Client>>,
    pub(super) channels: Channels,
    pub(super) waiters: Waiters,
    pub(super) monitors: Vec<std::sync::Arc<Client>>,
    pub(super) journal: Option<Journal>,
    /// What the file is to say of the command that is run now.
    pub(super) note: Note,
    pub(super) random: Draw,
    /// The most memory that was taken at a time, bytes.
    pub(super) peak_bytes: usize,
    /// Bytes and keys as the node's gauges have them.
    pub(super) shown: (usize, usize),
}

/// Random numbers from the run's seed.
pub(super) struct Draw(pub(super) loadline_model::seed::Stream);

impl std::fmt::Debug for Draw {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Draw")
    }
}

impl Draw {
    /// A place in a collection of `len`.
    pub(super) fn place(&mut self, len: usize) -> usize {
        self.0.below(len as u64) as usize
    }
}

/// What a command works on.
pub(super) struct Context<'a> {
    pub(super) server: &'a Server,
    pub(super) session: &'a mut Session,
    pub(super) keys: &'a mut Keyspace,
    pub(super) board: &'a mut Board,
    pub(super) found: &'a mut Found,
    pub(super) admission: &'a mut Admission,
}

/// What the envelope has promised to the commands of one batch.
#[derive(Debug)]
pub(super) struct Admission {
    pub(super) arrival_ns: u64,
    pub(super) tickets: Vec<Ticket>,
}

impl Admission {
    pub(super) fn new(arrival_ns: u64) -> Self {
        Self { arrival_ns, tickets: Vec::new() }
    }

    /// Admits one command, or refuses it because the queue is full.
    pub(super) fn admit(&mut self, server: &Server, session: &mut Session, class: Class) -> Done {
        let Some(operation) = class.operation() else { return Ok(()) };
        let mut ticket = server.node().admit_now(operation, self.arrival_ns).map_err(|_| Fault::BUSY)?;
        if ticket.is_free() {
            return Ok(());
        }
        session.due_ns = session.due_ns.max(ticket.due_ns);
        ticket.due_ns = session.due_ns;
        self.tickets.push(ticket);
        Ok(())
    }
}

impl Context<'_> {
    /// Has the append-only file say `commands` instead of the command that is run: none of them, and it says nothing.
    fn note(&mut self, commands: &[&[&[u8]]]) {
        if self.board.journal.is_some() {
            let mut bytes = Vec::new();
            commands.iter().for_each(|words| put_command(&mut bytes, words));
            self.board.note = Note::Instead(bytes);
        }
    }

    /// The deadline as the append-only file has it.
    fn wall(&self, deadline_ms: i64) -> Vec<u8> {
        self.keys.wall_of(deadline_ms).to_string().into_bytes()
    }

    /// Has the append-only file say when `key` ends, beside `before` that; one that ends at once goes, as no key does while a file is read.
    fn note_end(&mut self, before: &[&[u8]], key: &[u8], deadline_ms: i64) {
        let until = self.wall(deadline_ms);
        let end: &[&[u8]] = &[b"PEXPIREAT", key, &until];
        match (deadline_ms <= self.keys.now_ms(), before.is_empty()) {
            (true, _) => self.note(&[&[b"DEL", key]]),
            (false, true) => self.note(&[end]),
            (false, false) => self.note(&[before, end]),
        }
    }

    /// A place in a collection of `len`, at random.
    fn place(&mut self, len: usize) -> usize {
        self.board.random.place(len)
    }
}

/// Runs a command that may be run, and notes what it changed; its reply, a fault too, is in `reply`.
pub(super) fn run(cx: &mut Context<'_>, command: &Command, args: Args<'_>, reply: &mut Reply) {
    if !cx.board.monitors.is_empty() && command.class != Class::Door && command.class != Class::Exec {
        server::show_to_monitors(cx, args);
    }
    let (before, gone_before) = (cx.keys.changes(), cx.keys.gone_unasked());
    let mark = reply.len();
    cx.keys.set_touching(!cx.session.no_touch || command.name == "touch");
    let mut done = (command.run)(cx, args, reply);
    cx.keys.set_touching(true);
    if reply.is_too_big() {
        cx.server.node().failed("reply_too_big");
        done = Err(Fault::REPLY_TOO_BIG);
    }
    if let Err(fault) = done {
        reply.cut(mark);
        reply.error(&fault);
    }
    if cx.keys.changes() != before
        && let Some(journal) = &mut cx.board.journal
    {
        let note = std::mem::take(&mut cx.board.note);
        journal.lost(&cx.keys.take_lost());
        // What went unasked counts as a change too: the command itself may have made none.
        let others = cx.keys.changes() - before > cx.keys.gone_unasked() - gone_before;
        if others && command.class.changes() {
            journal.note(args, note);
        }
    }
    cx.board.note = Note::AsGiven;
}

/// Reads that found something, and reads that did not.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Found {
    pub(super) hits: u64,
    pub(super) misses: u64,
}

impl Found {
    /// Counts one read.
    pub(super) fn note(&mut self, hit: bool) {
        if hit {
            self.hits += 1;
        } else {
            self.misses += 1;
        }
    }
}

/// How a command is admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// About the connection, allowed before the password; costs nothing.
    Door,
    /// About the connection or the server; costs nothing.
    Free,
    /// The same, which empties the keyspace.
    FreeWrite,
    /// Runs other commands: each of them is admitted by itself.
    Exec,
    /// Operation `read` of the envelope.
    Read,
    /// Operation `write` of the envelope; allowed when memory is used up, for it takes none.
    Write,
    /// Operation `write` of the envelope, which may take memory.
    Grow,
}

impl Class {
    /// The operation of the envelope.
    pub(super) fn operation(self) -> Option<&'static str> {
        match self {
            Self::Door | Self::Free | Self::FreeWrite | Self::Exec => None,
            Self::Read => Some("read"),
            Self::Write | Self::Grow => Some("write"),
        }
    }

    /// True when it may change keys.
    pub(super) fn changes(self) -> bool {
        matches!(self, Self::FreeWrite | Self::Write | Self::Grow)
    }
}

/// The function of a command. When it fails, what it wrote is taken back and the fault is the reply.
pub(super) type Run = fn(&mut Context<'_>, Args<'_>, &mut Reply) -> Done;

/// One command.
#[derive(Debug, Clone, Copy)]
pub(super) struct Command {
    /// In lower case.
    pub(super) name: &'static str,
    /// Arguments with the name; below zero: at least so many.
    pub(super) arity: i32,
    pub(super) class: Class,
    pub(super) run: Run,
    /// Places of the first and the last key, the last one counted from the end when below zero, and the step between; 0: none.
    pub(super) keys: (i32, i32, i32),
    /// MULTI does not queue it.
    pub(super) at_once: bool,
    /// A RESP2 client with subscriptions may send it.
    pub(super) by_listeners: bool,
}

impl Command {
    /// One whose first argument is its key, if it is about keys.
    const fn new(name: &'static str, arity: i32, class: Class, run: Run) -> Self {
        let keys = match class {
            Class::Read | Class::Write | Class::Grow => (1, 1, 1),
            _ => (0, 0, 0),
        };
        Self { name, arity, class, run, keys, at_once: false, by_listeners: false }
    }
    const fn keys(mut self, first: i32, last: i32, step: i32) -> Self {
        self.keys = (first, last, step);
        self
    }
    const fn at_once(mut self) -> Self {
        self.at_once = true;
        self
    }
    const fn by_listeners(mut self) -> Self {
        self.by_listeners = true;
        self
    }

    /// True when `n` arguments, the name included, are right.
    pub(super) fn takes(&self, n: usize) -> bool {
        let wanted = self.arity.unsigned_abs() as usize;
        if self.arity < 0 { n >= wanted } else { n == wanted }
    }
}

static TABLE: LazyLock<HashMap<&'static [u8], &'static Command, Hasher>> = LazyLock::new(|| {
    let families = [
        access::COMMANDS,
        clients::COMMANDS,
        server::COMMANDS,
        info::COMMANDS,
        table::COMMANDS,
        transactions::COMMANDS,
        pubsub::COMMANDS,
        strings::COMMANDS,
        bits::COMMANDS,
        counters::COMMANDS,
        keys::COMMANDS,
        expiry::COMMANDS,
        scan::COMMANDS,
        lists::COMMANDS,
        blocking::COMMANDS,
        hashes::COMMANDS,
        sets::COMMANDS,
        set_algebra::COMMANDS,
        sorted_sets::COMMANDS,
        sorted_ranges::COMMANDS,
        aggregates::COMMANDS,
    ];
    families.into_iter().flatten().map(|command| (command.name.as_bytes(), command)).collect()
});

/// Longest name of a command, bytes.
const NAME_MAX_BYTES: usize = 32;

/// The command of this name, in any case of letters.
pub(super) fn find(name: &[u8]) -> Option<&'static Command> {
    let mut lower = [0_u8; NAME_MAX_BYTES];
    let lower = lower.get_mut(..name.len())?;
    lower.copy_from_slice(name);
    lower.make_ascii_lowercase();
    TABLE.get(&*lower).copied()
}

/// True when `given` is `word`, in any case of letters.
fn is(given: &[u8], word: &str) -> bool {
    given.eq_ignore_ascii_case(word.as_bytes())
}

/// The beginning of what a client sent, to be shown back to it.
fn shown(given: &[u8]) -> String {
    String::from_utf8_lossy(given.get(..128).unwrap_or(given)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_and_fit() {
        for (name, command) in TABLE.iter() {
            assert!(name.len() <= NAME_MAX_BYTES && name.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'_'), "{}", command.name);
            assert!(find(command.name.to_uppercase().as_bytes()).is_some());
        }
        assert!(find(&[b'x'; 100]).is_none());
    }
}
