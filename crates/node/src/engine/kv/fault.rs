//! Refusals in Redis's own words: clients and people look these texts up. Not the failures of the node itself (`roles::NodeError`).

use std::borrow::Cow;

/// An error reply, without its leading `-`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fault(pub(super) Cow<'static, str>);

/// What every command gives.
pub(super) type Done = Result<(), Fault>;

impl Fault {
    pub(super) const WRONG_TYPE: Self = Self::fixed("WRONGTYPE Operation against a key holding the wrong kind of value");
    pub(super) const SYNTAX: Self = Self::fixed("ERR syntax error");
    pub(super) const NOT_INTEGER: Self = Self::fixed("ERR value is not an integer or out of range");
    pub(super) const NOT_FLOAT: Self = Self::fixed("ERR value is not a valid float");
    pub(super) const NO_AUTH: Self = Self::fixed("NOAUTH Authentication required.");
    pub(super) const WRONG_PASS: Self = Self::fixed("WRONGPASS invalid username-password pair or user is disabled.");
    pub(super) const OUT_OF_MEMORY: Self = Self::fixed("OOM command not allowed when used memory > 'maxmemory'.");
    pub(super) const BUSY: Self = Self::fixed("BUSY queue full");
    pub(super) const OVERFLOW: Self = Self::fixed("ERR increment or decrement would overflow");

    pub(super) const OUT_OF_RANGE: Self = Self::fixed("ERR index out of range");
    pub(super) const NO_SUCH_KEY: Self = Self::fixed("ERR no such key");
    pub(super) const NOT_POSITIVE: Self = Self::fixed("ERR value is out of range, must be positive");
    pub(super) const TEXT_TOO_LONG: Self = Self::fixed("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    pub(super) const NAN_SCORE: Self = Self::fixed("ERR resulting score is not a number (NaN)");
    pub(super) const NAN_OR_INFINITY: Self = Self::fixed("ERR increment would produce NaN or Infinity");
    pub(super) const REPLY_TOO_BIG: Self = Self::fixed("ERR reply is over 128 MiB: ask for less at a time");

    /// A text known when the program was written.
    pub(super) const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
    }

    /// A text made now.
    pub(super) fn new(text: String) -> Self {
        Self(Cow::Owned(text))
    }

    /// The append-only file cannot be written, so nothing may change.
    pub(super) fn misconf(why: &str) -> Self {
        let why = why.split(" (os error").next().unwrap_or(why);
        Self::new(format!("MISCONF Errors writing to the AOF file: {why}"))
    }

    /// Too few or too many arguments for `command`.
    pub(super) fn arity(command: &str) -> Self {
        Self::new(format!("ERR wrong number of arguments for '{command}' command"))
    }

    /// A time to live that is not positive or does not fit.
    pub(super) fn expire_time(command: &str) -> Self {
        Self::new(format!("ERR invalid expire time in '{command}' command"))
    }

    /// A subcommand that `command` does not have.
    pub(super) fn subcommand(command: &str, given: &[u8]) -> Self {
        let shown = String::from_utf8_lossy(given.get(..128).unwrap_or(given)).into_owned();
        Self::new(format!("ERR unknown subcommand '{shown}'. Try {command} HELP."))
    }

    /// A command that this server does not have, with the beginning of its arguments.
    pub(super) fn unknown<'a>(name: &[u8], arguments: impl Iterator<Item = &'a [u8]>) -> Self {
        let show = |bytes: &[u8], most: usize| String::from_utf8_lossy(bytes.get(..most).unwrap_or(bytes)).into_owned();
        let mut shown = String::new();
        for argument in arguments {
            if shown.len() >= 128 {
                break;
            }
            shown.push_str(&format!("'{}' ", show(argument, 128 - shown.len())));
        }
        Self::new(format!("ERR unknown command '{}', with args beginning with: {shown}", show(name, 128)))
    }
}
