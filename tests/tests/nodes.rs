//! What is true of one node alone, as a process of its own, through clients that we did not write.
//!
//! | module | what it holds |
//! |---|---|
//! | [`client`] | an honest client of each kind of node |
//! | [`siege`] | 5,000 hostile connections, and the honest client beside them |
//! | [`stall`] | clients that stop in the middle |
//! | [`memory`] | what `kv` says that its data takes, beside what it took |
//! | [`flush`] | what is said to be on the disk was flushed before it was said |

#![expect(clippy::print_stdout, reason = "measured figures, for whoever runs this with --nocapture")]

#[path = "nodes/client.rs"]
mod client;
#[path = "nodes/flush.rs"]
mod flush;
#[path = "nodes/memory.rs"]
mod memory;
#[path = "nodes/siege.rs"]
mod siege;
#[path = "nodes/stall.rs"]
mod stall;
