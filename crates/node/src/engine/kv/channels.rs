//! Who listens to which channel. Delivery is into the clients' mailboxes; the commands are in `command/pubsub`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::client::Client;
use super::glob;
use super::reply::{Protocol, Reply};
use crate::runtime::lock;

type Listeners = BTreeMap<u64, Arc<Client>>;

/// Channels and patterns with their listeners; one that nobody listens to is not there.
#[derive(Debug, Default)]
pub(super) struct Channels {
    channels: BTreeMap<Box<[u8]>, Listeners>,
    patterns: BTreeMap<Box<[u8]>, Listeners>,
}

/// A table of listeners.
fn enter(table: &mut BTreeMap<Box<[u8]>, Listeners>, name: &[u8], client: &Arc<Client>) {
    table.entry(name.into()).or_default().insert(client.id, client.clone());
}

fn leave(table: &mut BTreeMap<Box<[u8]>, Listeners>, name: &[u8], id: u64) {
    if let Some(listeners) = table.get_mut(name) {
        listeners.remove(&id);
        if listeners.is_empty() {
            table.remove(name);
        }
    }
}

impl Channels {
    pub(super) fn subscribe(&mut self, channel: &[u8], client: &Arc<Client>) {
        enter(&mut self.channels, channel, client);
    }
    pub(super) fn subscribe_pattern(&mut self, pattern: &[u8], client: &Arc<Client>) {
        enter(&mut self.patterns, pattern, client);
    }
    pub(super) fn unsubscribe(&mut self, channel: &[u8], id: u64) {
        leave(&mut self.channels, channel, id);
    }
    pub(super) fn unsubscribe_pattern(&mut self, pattern: &[u8], id: u64) {
        leave(&mut self.patterns, pattern, id);
    }
    /// Channels with a listener, by name.
    pub(super) fn names(&self) -> impl Iterator<Item = &[u8]> {
        self.channels.keys().map(|name| &**name)
    }
    /// How many listen to this channel by its name.
    pub(super) fn listeners(&self, channel: &[u8]) -> usize {
        self.channels.get(channel).map_or(0, BTreeMap::len)
    }
    /// Patterns with a listener.
    pub(super) fn patterns(&self) -> usize {
        self.patterns.len()
    }
    /// Channels with a listener.
    pub(super) fn len(&self) -> usize {
        self.channels.len()
    }

    /// Sends a message to all who listen, the sender's own copy into `own`; how many copies there were.
    pub(super) fn publish(&self, channel: &[u8], message: &[u8], sender: u64, own: &mut Reply) -> usize {
        let mut copies = 0;
        let mut deliver = |listeners: &Listeners, parts: &[&[u8]]| {
            let mut made: [Option<Vec<u8>>; 2] = [None, None];
            for client in listeners.values() {
                copies += 1;
                if client.id == sender {
                    write_push(own, parts);
                    continue;
                }
                let is_resp3 = lock(&client.shown).is_resp3;
                let bytes = made[usize::from(is_resp3)].get_or_insert_with(|| {
                    let mut reply = Reply::new(if is_resp3 { Protocol::Resp3 } else { Protocol::Resp2 });
                    write_push(&mut reply, parts);
                    reply.take()
                });
                client.send(bytes, 0, false);
            }
        };
        if let Some(listeners) = self.channels.get(channel) {
            deliver(listeners, &[b"message", channel, message]);
        }
        for (pattern, listeners) in &self.patterns {
            if glob::matches(pattern, channel) {
                deliver(listeners, &[b"pmessage", pattern, channel, message]);
            }
        }
        copies
    }
}

fn write_push(reply: &mut Reply, parts: &[&[u8]]) {
    reply.push(parts.len());
    parts.iter().for_each(|part| reply.bulk(part));
}
