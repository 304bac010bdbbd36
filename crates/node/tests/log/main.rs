//! The `log` engine through the clients people use: librdkafka, `kcat`, and bytes by hand.

mod brokers;
mod clients;
mod cluster;
mod conformance;
mod envelope;
#[cfg(target_os = "linux")]
mod full_disk;
mod groups;
mod hostile;
mod kcat;
mod kills;
mod latency;
mod raw;
mod replicas;
mod restarts;
mod versions;
