//! Servers of other people's protocols. Each engine knows its protocol, its storage and the [`crate::runtime`]; none knows another.

pub mod kv;
pub mod log;
pub mod sql;
