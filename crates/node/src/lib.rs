//! What runs inside ONE process of the cluster. A node knows its own configuration and the addresses of its peers, and nothing of the
//! desktop, nor that the others are on the same machine.
//!
//! | module | what it holds |
//! |---|---|
//! | [`process`] | the life of a node: start, listen, wire, ready, serve, stop |
//! | [`roles`] | the list of what a node can be; a new role is one line here |
//! | [`runtime`] | what every node has: clock, envelope, metrics, HTTP in and out |
//! | [`engine`] | servers of other people's protocols: RESP, PostgreSQL, Kafka |
//! | [`service`] | the services of the exercises, each written by copying its neighbour's shape |

pub mod engine;

pub mod process;
pub mod roles;
pub mod runtime;
pub mod service;
