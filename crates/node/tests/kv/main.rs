//! The key-value engine through its socket: by the redis crate, by `redis-cli`, by transcripts, and by hostile bytes.

mod clients;
mod crowd;
mod durability;
mod envelope;
#[cfg(target_os = "linux")]
mod full_disk;
mod hostile;
mod peer;
mod process;
mod rewriting;
mod server;
mod transcripts;
mod wire;
