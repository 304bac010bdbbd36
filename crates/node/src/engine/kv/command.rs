//! The list of commands: name, arity, class, and the function that runs each. One family a file; a new command is one line in its family.
//! The functions know the keyspace and the session, not sockets or parsing.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::Server;
use super::connection::Session;
use super::fault::Done;
use super::keyspace::Keyspace;
use super::parse::Args;
use super::reply::Reply;

mod access;
mod counters;
mod hashes;
mod keys;
mod server;
mod sets;
mod sorted_ranges;
mod sorted_sets;
mod strings;

/// What a command works on.
pub(super) struct Context<'a> {
    pub(super) server: &'a Server,
    pub(super) session: &'a mut Session,
    pub(super) keys: &'a mut Keyspace,
    pub(super) found: &'a mut Found,
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
            Self::Door | Self::Free => None,
            Self::Read => Some("read"),
            Self::Write | Self::Grow => Some("write"),
        }
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
    arity: i32,
    pub(super) class: Class,
    pub(super) run: Run,
}

impl Command {
    const fn new(name: &'static str, arity: i32, class: Class, run: Run) -> Self {
        Self { name, arity, class, run }
    }

    /// True when `n` arguments, the name included, are right.
    pub(super) fn takes(&self, n: usize) -> bool {
        let wanted = self.arity.unsigned_abs() as usize;
        if self.arity < 0 { n >= wanted } else { n == wanted }
    }
}

static TABLE: LazyLock<HashMap<&'static [u8], Command>> = LazyLock::new(|| {
    let families = [
        access::COMMANDS,
        server::COMMANDS,
        strings::COMMANDS,
        counters::COMMANDS,
        keys::COMMANDS,
        hashes::COMMANDS,
        sets::COMMANDS,
        sorted_sets::COMMANDS,
        sorted_ranges::COMMANDS,
    ];
    families.into_iter().flatten().map(|command| (command.name.as_bytes(), *command)).collect()
});

/// Longest name of a command, bytes.
const NAME_MAX_BYTES: usize = 32;

/// The command of this name, in any case of letters.
pub(super) fn find(name: &[u8]) -> Option<Command> {
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

/// How many commands there are.
fn count() -> usize {
    TABLE.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_lower_case_and_fit() {
        for (name, command) in TABLE.iter() {
            assert!(name.len() <= NAME_MAX_BYTES && name.iter().all(u8::is_ascii_lowercase), "{}", command.name);
            assert!(find(command.name.to_uppercase().as_bytes()).is_some());
        }
        assert!(find(&[b'x'; 100]).is_none());
    }
}
