//! What a connection has queued by MULTI, and what it watches. The commands are in `command/transactions`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::command::Command;
use super::fault::Fault;
use super::keyspace::Keyspace;
use super::parse::{Args, OwnedArgs};

/// Bytes that may be queued.
const QUEUED_MAX_BYTES: usize = 128 << 20;

/// Commands that wait for EXEC.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    queued: Vec<(&'static Command, OwnedArgs)>,
    bytes: usize,
    /// A command could not be queued: EXEC refuses.
    pub(super) spoiled: bool,
}

impl Transaction {
    pub(super) fn len(&self) -> usize {
        self.queued.len()
    }

    /// Queues one command.
    pub(super) fn queue(&mut self, command: &'static Command, args: Args<'_>) -> Result<(), Fault> {
        let owned = OwnedArgs::new(args);
        self.bytes += owned.bytes();
        if self.bytes > QUEUED_MAX_BYTES {
            return Err(Fault::fixed("ERR transaction is over 128 MiB: EXEC what is queued first"));
        }
        self.queued.push((command, owned));
        Ok(())
    }

    /// The commands in their order.
    pub(super) fn take(self) -> Vec<(&'static Command, OwnedArgs)> {
        self.queued
    }

    /// The commands.
    pub(super) fn commands(&self) -> impl Iterator<Item = &'static Command> {
        self.queued.iter().map(|(command, _)| *command)
    }
}

/// Keys that a connection watches.
#[derive(Debug, Default)]
pub(super) struct Watch {
    /// One of the keys has changed.
    flag: Arc<AtomicBool>,
    keys: Vec<Box<[u8]>>,
}

impl Watch {
    /// Watches one more key.
    pub(super) fn add(&mut self, keys: &mut Keyspace, key: &[u8]) {
        // One that is over already goes now, and is then no change.
        keys.has(key);
        keys.watch(key, &self.flag);
        if !self.keys.iter().any(|known| **known == *key) {
            self.keys.push(key.into());
        }
    }

    /// Forgets all keys; true when one of them had changed.
    pub(super) fn end(&mut self, keys: &mut Keyspace) -> bool {
        for key in self.keys.drain(..) {
            // One that is over counts as changed, though nobody has met it since.
            keys.has(&key);
            keys.unwatch(&key, &self.flag);
        }
        self.flag.swap(false, Ordering::Relaxed)
    }
}
