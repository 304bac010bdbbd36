//! The key-value engine through its socket: by the redis crate, by `redis-cli`, by transcripts, and by hostile bytes.

mod clients;
mod crowd;
mod durability;
mod envelope;
mod hostile;
mod peer;
mod process;
mod server;
mod transcripts;
mod wire;
