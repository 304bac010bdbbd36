//! Many commands for several cache instances: collected by instance, sent in pipelines of a bounded size, all instances at the same time.
//! It asks for no answers but that nothing failed.

use std::sync::Arc;

use redis::Pipeline;

use super::Fault;
use super::kv::{Kv, KvTarget};

/// Commands that are sent at a time.
const PIPELINE: usize = 500;

/// Commands on their way to a cache.
pub struct Batch<'a> {
    kv: &'a Kv,
    full: Vec<(Arc<KvTarget>, Pipeline)>,
    /// One for each instance.
    filling: Vec<Pipeline>,
}

impl<'a> Batch<'a> {
    /// No commands yet.
    pub fn new(kv: &'a Kv) -> Self {
        Self { kv, full: Vec::new(), filling: (0..kv.instances()).map(|_| redis::pipe()).collect() }
    }

    /// Adds a command on a key of `owner`.
    pub fn add(&mut self, owner: i64, command: impl FnOnce(&mut Pipeline) -> &mut Pipeline) {
        let Some(target) = self.kv.of(owner) else { return };
        let Some(pipe) = self.filling.get_mut(self.kv.place_of(owner)) else { return };
        command(pipe);
        if pipe.len() >= PIPELINE {
            self.full.push((target.clone(), std::mem::replace(pipe, redis::pipe())));
        }
    }

    /// True when enough is collected to be sent.
    pub fn is_large(&self) -> bool {
        self.full.len() >= 2 * self.filling.len()
    }

    /// Sends everything, and waits until every instance has done it.
    pub async fn send(self) -> Result<(), Fault> {
        let rest = self.filling.into_iter().enumerate().filter(|(_, pipe)| !pipe.is_empty());
        let rest = rest.filter_map(|(place, pipe)| self.kv.at(place).map(|target| (target.clone(), pipe)));
        let all: Vec<_> = self.full.into_iter().chain(rest).collect();
        if all.is_empty() { Ok(()) } else { Kv::each::<()>(all).await.map(drop) }
    }
}
