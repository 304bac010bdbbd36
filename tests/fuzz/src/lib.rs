//! What the fuzz targets share. Engines and services are fuzzed whole, as a client sees them: a node of the role runs in a thread of this
//! process, each input is a connection over loopback, and a panic on any thread is a finding. It does not judge answers: other tests do.
//!
//! | module | what it holds |
//! |---|---|
//! | [`panics`] | the hook that makes a panic end the process, wherever it happens |
//! | [`node`] | a node in a thread, and taking a new one from time to time |
//! | [`socket`] | one input as one connection, with a deadline |
//! | [`resp`], [`postgres`], [`kafka`], [`http`] | well-framed messages from the input's bytes, after a proper login |
//! | [`requests`] | Kafka requests with every field drawn from the input |
//! | [`drawing`] | a sketch drawn from the input |
//! | [`exercise`] | a pack of which the input is one file |
//!
//! The first byte of an input says how the rest is taken: `r` raw bytes before any login, `R` raw bytes after it, anything else as
//! well-framed messages. Text formats are lines, so that seeds can be read and written by hand.

pub mod drawing;
pub mod exercise;
pub mod http;
pub mod kafka;
pub mod node;
pub mod panics;
pub mod postgres;
pub mod requests;
pub mod resp;
pub mod socket;

/// The run's token in every target.
pub const TOKEN: &str = "token-of-the-fuzzer";

/// How the rest of an input is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// As it is, before any login.
    RawBeforeLogin,
    /// As it is, after the login.
    Raw,
    /// As well-framed messages, after the login; the byte chooses between forms where there are several.
    Framed(u8),
}

/// The mode and the rest of an input; `None` for an empty one.
pub fn mode(input: &[u8]) -> Option<(Mode, &[u8])> {
    let (first, rest) = input.split_first()?;
    let mode = match first {
        b'r' => Mode::RawBeforeLogin,
        b'R' => Mode::Raw,
        form => Mode::Framed(*form),
    };
    Some((mode, rest))
}
