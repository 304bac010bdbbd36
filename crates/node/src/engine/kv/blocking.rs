//! Clients that wait for an element of a list or of a sorted set: who waits for which key, and what each gets, first come first served.
//! The commands are in `command/blocking`.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use super::client::Client;
use super::fault::Fault;
use super::journal::{Journal, Note, put_command};
use super::keyspace::Keyspace;
use super::parse::OwnedArgs;
use super::reply::{Protocol, Reply};
use super::sorted_set::SortedSet;
use super::value::List;

/// That a session waits.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wait {
    /// Wall ns at which it gives up; `None`: never.
    pub(super) until_ns: Option<u64>,
}

/// What is taken once it is there.
#[derive(Debug, Clone)]
pub(super) enum Take {
    /// BLPOP, BRPOP: one element, with its key.
    Element { left: bool },
    /// BLMOVE, BRPOPLPUSH: one element, put into another list.
    Move { to: Box<[u8]>, from_left: bool, to_left: bool },
    /// BLMPOP, LMPOP: some elements, with their key.
    Elements { left: bool, count: usize },
    /// BZPOPMIN, BZPOPMAX: one member, with its key.
    Member { lowest: bool },
    /// BZMPOP, ZMPOP: some members, with their key.
    Members { lowest: bool, count: usize },
}

/// One who waits.
#[derive(Debug)]
struct Waiter {
    client: Arc<Client>,
    protocol: Protocol,
    keys: Vec<Box<[u8]>>,
    take: Take,
}

/// All who wait.
#[derive(Debug, Default)]
pub(super) struct Waiters {
    waiting: BTreeMap<u64, Waiter>,
    by_key: HashMap<Box<[u8]>, VecDeque<u64>>,
    /// Keys that got something since the last [`serve`].
    ready: VecDeque<Box<[u8]>>,
}

impl Waiters {
    pub(super) fn len(&self) -> usize {
        self.waiting.len()
    }

    /// Lets `client` wait for the first of `keys` that has something.
    pub(super) fn enter(&mut self, client: &Arc<Client>, protocol: Protocol, keys: Vec<Box<[u8]>>, take: Take) {
        for key in &keys {
            let line = self.by_key.entry(key.clone()).or_default();
            if !line.contains(&client.id) {
                line.push_back(client.id);
            }
        }
        self.waiting.insert(client.id, Waiter { client: client.clone(), protocol, keys, take });
    }

    /// Lets a client wait no more; if it did, whether its null is one of arrays.
    pub(super) fn leave(&mut self, id: u64) -> Option<bool> {
        let waiter = self.waiting.remove(&id)?;
        for key in &waiter.keys {
            if let Some(line) = self.by_key.get_mut(key) {
                line.retain(|other| *other != id);
                if line.is_empty() {
                    self.by_key.remove(key);
                }
            }
        }
        Some(!matches!(waiter.take, Take::Move { .. }))
    }

    /// Says that `key` has something.
    pub(super) fn signal(&mut self, key: &[u8]) {
        if !self.by_key.is_empty() && self.by_key.contains_key(key) {
            self.ready.push_back(key.into());
        }
    }

    pub(super) fn has_ready(&self) -> bool {
        !self.ready.is_empty()
    }
}

/// Gives to those who wait what has come for them.
pub(super) fn serve(waiters: &mut Waiters, keys: &mut Keyspace, journal: &mut Option<Journal>) {
    while let Some(key) = waiters.ready.pop_front() {
        while let Some(id) = waiters.by_key.get(&key).and_then(|line| line.front().copied()) {
            let Some(waiter) = waiters.waiting.get(&id) else { break };
            let mut reply = Reply::new(waiter.protocol);
            let mut taken = Vec::new();
            let outcome = take(keys, &key, &waiter.take, &mut reply, &mut taken);
            match &outcome {
                Ok(false) => break,
                Ok(true) => {}
                // Another type there means that nothing has come; one at the destination is told to who waits.
                Err(_) if reply.len() == 0 && keys.kind(&key) != waiting_kind(&waiter.take) => break,
                Err(fault) => reply.error(fault),
            }
            let mut durable = 0;
            if let Some(journal) = journal {
                journal.lost(&keys.take_lost());
                let none = OwnedArgs::none();
                journal.note(none.args(""), Note::Instead(taken));
                durable = journal.position();
            }
            let to = if let Take::Move { to, .. } = &waiter.take { Some(to.clone()) } else { None };
            waiter.client.send(reply.bytes(), durable, true);
            waiters.leave(id);
            if let (Some(to), Ok(true)) = (to, outcome) {
                waiters.signal(&to);
            }
        }
    }
}

fn waiting_kind(take: &Take) -> Option<&'static str> {
    Some(if matches!(take, Take::Member { .. } | Take::Members { .. }) { "zset" } else { "list" })
}

/// Takes from `key` what there is; false when there is nothing. `taken`: the commands that do the same at any time, as RESP.
pub(super) fn take(keys: &mut Keyspace, key: &[u8], take: &Take, reply: &mut Reply, taken: &mut Vec<u8>) -> Result<bool, Fault> {
    match take {
        Take::Element { left } => {
            let Some(Some(item)) = keys.change::<List, _>(key, |list| Ok((true, list.pop(*left))))? else { return Ok(false) };
            put_command(taken, &[if *left { b"LPOP" } else { b"RPOP" }, key]);
            reply.array(2);
            reply.bulk(key);
            reply.bulk(&item);
        }
        Take::Elements { left, count } => {
            let popped = keys.change::<List, _>(key, |list| Ok((true, (0..*count).map_while(|_| list.pop(*left)).collect::<Vec<_>>())))?;
            let Some(popped) = popped else { return Ok(false) };
            put_command(taken, &[if *left { b"LPOP" } else { b"RPOP" }, key, popped.len().to_string().as_bytes()]);
            reply.array(2);
            reply.bulk(key);
            reply.array(popped.len());
            popped.iter().for_each(|item| reply.bulk(item));
        }
        Take::Move { to, from_left, to_left } => {
            if keys.read::<List>(key)?.is_none() {
                return Ok(false);
            }
            keys.read::<List>(to)?;
            let Some(Some(item)) = keys.change::<List, _>(key, |list| Ok((true, list.pop(*from_left))))? else { return Ok(false) };
            keys.change_or_make::<List, _>(to, |list| {
                list.push(*to_left, &item);
                Ok((true, ()))
            })?;
            let side = |left: bool| if left { &b"LEFT"[..] } else { &b"RIGHT"[..] };
            put_command(taken, &[b"LMOVE", key, to, side(*from_left), side(*to_left)]);
            reply.bulk(&item);
        }
        Take::Member { lowest } => {
            let Some(popped) = keys.change::<SortedSet, _>(key, |set| Ok((true, pop_members(set, *lowest, 1))))? else { return Ok(false) };
            put_command(taken, &[if *lowest { b"ZPOPMIN" } else { b"ZPOPMAX" }, key]);
            reply.array(3);
            reply.bulk(key);
            for (member, score) in &popped {
                reply.bulk(member);
                reply.double(*score);
            }
        }
        Take::Members { lowest, count } => {
            let Some(popped) = keys.change::<SortedSet, _>(key, |set| Ok((true, pop_members(set, *lowest, *count))))? else {
                return Ok(false);
            };
            put_command(taken, &[if *lowest { b"ZPOPMIN" } else { b"ZPOPMAX" }, key, popped.len().to_string().as_bytes()]);
            reply.array(2);
            reply.bulk(key);
            reply.array(popped.len());
            for (member, score) in &popped {
                reply.array(2);
                reply.bulk(member);
                reply.double(*score);
            }
        }
    }
    Ok(true)
}

/// Takes out the lowest or the highest members, the outermost first.
pub(super) fn pop_members(set: &mut SortedSet, lowest: bool, count: usize) -> Vec<(Box<[u8]>, f64)> {
    let len = set.len();
    let count = count.min(len);
    let own = |(member, score): (&[u8], f64)| (Box::from(member), score);
    let (popped, start) = if lowest {
        (set.rising(0).take(count).map(own).collect(), 0)
    } else {
        (set.falling(len).take(count).map(own).collect(), len - count)
    };
    set.remove_ranks(start, start + count);
    popped
}
