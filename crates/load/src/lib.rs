//! The open-loop load generator. Arrivals come from the seed, whatever the answers do, and latency counts from the scheduled time, so a
//! stalled server cannot hide. Not a scenario, not a verdict: it is told a [`LoadSpec`] and gives back a [`LoadResult`].
//!
//! The map: `guard` lets only sound specs and loopback addresses in; `generator` is the event loop, on one thread; `connection` is one
//! socket, `answer` reads one HTTP/1.1 answer, `render` writes one request; `timer` wakes the loop to within tens of microseconds;
//! `tally` counts; `stdio` is the generator as a process of its own.

use std::sync::atomic::AtomicBool;

use loadline_model::load::{LoadResult, LoadSpec, LoadTick};

mod answer;
mod clock;
mod connection;
mod generator;
mod guard;
mod render;
mod stdio;
mod tally;
mod timer;

pub use guard::loopback;
pub use stdio::run_stdio;

/// Why a run of load could not be done.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// An address that is not this machine's loopback.
    #[error("`{address}` is not this machine: the generator sends only to 127.0.0.0/8, [::1] and localhost, as host:port ({why})")]
    NotLoopback {
        /// The address as given.
        address: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A figure or a word of the spec that cannot be.
    #[error("load spec, {place}: {remedy}")]
    Spec {
        /// Which field.
        place: String,
        /// What it must be.
        remedy: String,
    },
    /// The templates or the weights.
    #[error("load spec, {0}")]
    Requests(#[from] loadline_model::requests::RequestError),
    /// The operating system refused something that the generator cannot do without.
    #[error("{what}: {source}")]
    System {
        /// What was wanted.
        what: &'static str,
        /// What it said.
        source: std::io::Error,
    },
}

/// Runs the whole of `spec` on the calling thread, from now. `on_tick` is called on the same thread: it must be quick. Once `stop` is true
/// nothing more is sent, and the result comes within about a quarter of a second.
pub fn run(spec: LoadSpec, on_tick: impl FnMut(LoadTick), stop: &AtomicBool) -> Result<LoadResult, LoadError> {
    generator::Generator::new(spec)?.run(None, on_tick, stop)
}
