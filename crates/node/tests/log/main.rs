//! The `log` engine through the clients people use: librdkafka, `kcat`, and bytes by hand.

mod brokers;
mod clients;
mod cluster;
mod envelope;
mod groups;
mod hostile;
mod kcat;
mod latency;
mod raw;
mod versions;
