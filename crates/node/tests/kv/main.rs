//! The key-value engine through its socket: by the redis crate, by `redis-cli`, by transcripts, and by hostile bytes.

mod clients;
mod envelope;
mod hostile;
mod server;
mod transcripts;
mod wire;
