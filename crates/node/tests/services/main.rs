//! The Twitter services, driven over HTTP, on the engines that they run on in a cluster. Every node has a thread and a runtime of its own, as
//! it has a process of its own in life, so that one can be killed.
//!
//! `LOADLINE_TEST_POSTGRES=postgres://user:password@host:port` and `LOADLINE_TEST_REDIS=redis://:password@host:port` put the real engines
//! in the place of the embedded ones (the first is asked for new databases, the second is flushed and must have `--databases 64`).

mod balancing;
mod gateway;
mod hostile;
mod process;
mod replicas;
mod rig;
mod stores;
mod timelines;
mod tweets;
mod users;
mod work;
