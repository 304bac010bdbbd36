//! All keys of one node: lookup, expiry, iteration for SCAN, and the memory they take. Time is an argument, in life ms; knows nothing of
//! commands or connections.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use super::fault::Fault;
use super::value::{Typed, Value, block_bytes};

/// What a key takes beside its value: its block, which it shares with two counts, its slot, and its place in the index with the room that
/// a growing table leaves free.
const fn key_bytes(key: &[u8]) -> usize {
    block_bytes(16 + key.len()) + size_of::<Option<Slot>>() + 25 * 3 / 2
}
/// What a time to live takes in the tree of deadlines.
const DEADLINE_BYTES: usize = 32;

#[derive(Debug)]
struct Slot {
    key: Arc<[u8]>,
    value: Value,
    /// Life ms on the clock of [`Keyspace::advance`].
    deadline_ms: Option<i64>,
}

/// The keys. A key keeps its slot for as long as it lives, so a SCAN that walks the slots meets every key that stays exactly once.
#[derive(Debug, Default)]
pub(super) struct Keyspace {
    index: HashMap<Arc<[u8]>, u32>,
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    deadlines: BTreeSet<(i64, u32)>,
    now_ms: i64,
    bytes: usize,
    expired: u64,
}

/// What a key's time to live is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Life {
    /// No such key.
    Missing,
    /// For ever.
    Endless,
    /// Until this life ms on the keyspace's clock.
    Until(i64),
}

impl Keyspace {
    /// Moves the clock on, and drops keys whose time has come, at most `most` of them.
    pub(super) fn advance(&mut self, now_ms: i64, most: usize) {
        self.now_ms = self.now_ms.max(now_ms);
        for _ in 0..most {
            let Some(&(deadline_ms, slot)) = self.deadlines.first() else { return };
            if deadline_ms >= self.now_ms {
                return;
            }
            self.drop_slot(slot);
            self.expired += 1;
        }
    }

    /// Life ms now.
    pub(super) fn now_ms(&self) -> i64 {
        self.now_ms
    }
    /// Keys, those included whose time has come but that were not yet dropped.
    pub(super) fn len(&self) -> usize {
        self.index.len()
    }
    /// Keys with a time to live.
    pub(super) fn with_deadline(&self) -> usize {
        self.deadlines.len()
    }
    /// Keys that were dropped because their time had come.
    pub(super) fn expired(&self) -> u64 {
        self.expired
    }
    /// Memory that keys and values take, bytes: what they hold, with an allowance for what holds them.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Forgets every key.
    pub(super) fn clear(&mut self) {
        *self = Self { now_ms: self.now_ms, expired: self.expired, ..Self::default() };
    }

    /// True when the key is there.
    pub(super) fn has(&mut self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// The word for the key's type, if it is there.
    pub(super) fn kind(&mut self, key: &[u8]) -> Option<&'static str> {
        let slot = self.find(key)?;
        self.slot(slot).map(|slot| slot.value.kind())
    }

    /// The value as a `T`; `None` when the key is not there, a fault when it holds another type.
    pub(super) fn read<T: Typed>(&mut self, key: &[u8]) -> Result<Option<&T>, Fault> {
        let Some(slot) = self.find(key) else { return Ok(None) };
        match self.slot(slot) {
            Some(slot) => T::of(&slot.value).map(Some).ok_or(Fault::WRONG_TYPE),
            None => Ok(None),
        }
    }

    /// Changes the value of a key that is there; `None` when it is not. A collection left empty goes away.
    pub(super) fn change<T: Typed, R>(&mut self, key: &[u8], change: impl FnOnce(&mut T) -> Result<R, Fault>) -> Result<Option<R>, Fault> {
        let Some(index) = self.find(key) else { return Ok(None) };
        let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) else { return Ok(None) };
        let before = slot.value.bytes();
        let outcome = change(T::of_mut(&mut slot.value).ok_or(Fault::WRONG_TYPE)?);
        self.bytes = self.bytes + slot.value.bytes() - before;
        if slot.value.is_empty() {
            self.drop_slot(index);
        }
        outcome.map(Some)
    }

    /// Changes the value of a key, which is made first when it is not there.
    pub(super) fn change_or_make<T: Typed, R>(&mut self, key: &[u8], change: impl FnOnce(&mut T) -> Result<R, Fault>) -> Result<R, Fault> {
        if self.has(key) {
            // The key is there, so the change is made and gives something.
            return self.change(key, change).and_then(|given| given.ok_or(Fault::WRONG_TYPE));
        }
        let mut value = T::default();
        let given = change(&mut value)?;
        let value = value.wrap();
        if !value.is_empty() {
            self.put(key, value);
        }
        Ok(given)
    }

    /// Sets a key to `value`, whatever it was; it then lives for ever.
    pub(super) fn put(&mut self, key: &[u8], value: Value) {
        if let Some(index) = self.find(key) {
            self.set_deadline(index, None);
            self.replace(index, value);
            return;
        }
        let key: Arc<[u8]> = key.into();
        self.bytes += key_bytes(&key) + value.bytes();
        let slot = Some(Slot { key: key.clone(), value, deadline_ms: None });
        let index = match self.free.pop() {
            Some(index) => {
                self.slots[index as usize] = slot;
                index
            }
            None => {
                self.slots.push(slot);
                (self.slots.len() - 1) as u32
            }
        };
        self.index.insert(key, index);
    }

    /// Sets a key to `value` and leaves its time to live as it is.
    pub(super) fn put_keeping_life(&mut self, key: &[u8], value: Value) {
        match self.find(key) {
            Some(index) => self.replace(index, value),
            None => self.put(key, value),
        }
    }

    /// Takes a key out; true when it was there.
    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        let Some(index) = self.find(key) else { return false };
        self.drop_slot(index);
        true
    }

    /// How long the key lives.
    pub(super) fn life(&mut self, key: &[u8]) -> Life {
        match self.find(key).and_then(|index| self.slot(index)) {
            None => Life::Missing,
            Some(Slot { deadline_ms: None, .. }) => Life::Endless,
            Some(Slot { deadline_ms: Some(at_ms), .. }) => Life::Until(*at_ms),
        }
    }

    /// Lets the key live until life ms `until`, or for ever; one that is in the past takes it out. True when the key is there.
    pub(super) fn live_until(&mut self, key: &[u8], until_ms: Option<i64>) -> bool {
        let Some(index) = self.find(key) else { return false };
        if until_ms.is_some_and(|until_ms| until_ms <= self.now_ms) {
            self.drop_slot(index);
        } else {
            self.set_deadline(index, until_ms);
        }
        true
    }

    /// Looks at `count` slots from `cursor` on and hands their keys and types to `visit`; gives the next cursor, 0 at the end.
    pub(super) fn scan(&self, cursor: u64, count: usize, mut visit: impl FnMut(&[u8], &'static str)) -> u64 {
        let start = usize::try_from(cursor).unwrap_or(usize::MAX).min(self.slots.len());
        let end = start.saturating_add(count).min(self.slots.len());
        for slot in self.slots.get(start..end).unwrap_or_default().iter().flatten() {
            if !slot.is_over(self.now_ms) {
                visit(&slot.key, slot.value.kind());
            }
        }
        if end == self.slots.len() { 0 } else { end as u64 }
    }

    fn slot(&self, index: u32) -> Option<&Slot> {
        self.slots.get(index as usize)?.as_ref()
    }

    /// The slot of a key that is there; one whose time has come is dropped on the way.
    fn find(&mut self, key: &[u8]) -> Option<u32> {
        let index = *self.index.get(key)?;
        if self.slot(index).is_some_and(|slot| slot.is_over(self.now_ms)) {
            self.drop_slot(index);
            self.expired += 1;
            return None;
        }
        Some(index)
    }

    fn replace(&mut self, index: u32, value: Value) {
        if let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) {
            self.bytes = self.bytes + value.bytes() - slot.value.bytes();
            slot.value = value;
        }
    }

    fn set_deadline(&mut self, index: u32, deadline_ms: Option<i64>) {
        let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) else { return };
        if let Some(old_ms) = std::mem::replace(&mut slot.deadline_ms, deadline_ms) {
            self.deadlines.remove(&(old_ms, index));
            self.bytes -= DEADLINE_BYTES;
        }
        if let Some(new_ms) = deadline_ms {
            self.deadlines.insert((new_ms, index));
            self.bytes += DEADLINE_BYTES;
        }
    }

    fn drop_slot(&mut self, index: u32) {
        self.set_deadline(index, None);
        if let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::take) {
            self.index.remove(&slot.key);
            self.bytes -= key_bytes(&slot.key) + slot.value.bytes();
            self.free.push(index);
        }
    }
}

impl Slot {
    /// True when its time has come: a key lives through the last ms that it was given.
    fn is_over(&self, now_ms: i64) -> bool {
        self.deadline_ms.is_some_and(|deadline_ms| now_ms > deadline_ms)
    }
}

#[cfg(test)]
#[path = "keyspace_tests.rs"]
mod tests;
