//! All keys of one node: lookup, expiry, iteration for SCAN, what WATCH looks at, and the memory they take. Time is an argument, in life
//! ms; knows nothing of commands or connections. What goes when memory is short is decided in `eviction`.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hashbrown::HashTable;

use super::eviction::Use;
use super::fault::Fault;
use super::value::{Hasher, Text, Typed, Value, block_bytes};
use picture::Snapshot;

#[path = "picture.rs"]
mod picture;

/// What a key takes beside its value: its block, its slot, and its place in the index with the room that a growing table leaves free.
pub(super) const fn key_bytes(key: &[u8]) -> usize {
    block_bytes(key.len()) + size_of::<Option<Slot>>() + (size_of::<u32>() + 1) * 3 / 2
}
/// What a time to live takes in the tree of deadlines and in the list of such keys.
const DEADLINE_BYTES: usize = 36;
/// A text that grew in place keeps at most this much room beside what it holds, bytes.
const TEXT_SLACK_BYTES: usize = 64;
/// No place in the list of keys with a time to live.
const NO_PLACE: u32 = u32::MAX;

#[derive(Debug)]
pub(super) struct Slot {
    pub(super) key: Box<[u8]>,
    pub(super) value: Value,
    /// Life ms on the clock of [`Keyspace::advance`].
    pub(super) deadline_ms: Option<i64>,
    /// Its place in the list of keys with a time to live.
    place: u32,
    /// The snapshot that already has this key, or that it came too late for.
    snapshot: u32,
    pub(super) used: Use,
}

/// The keys. A key keeps its slot for as long as it lives, so a SCAN that walks the slots meets every key that stays exactly once.
#[derive(Debug, Default)]
pub(super) struct Keyspace {
    index: HashTable<u32>,
    hasher: Hasher,
    slots: Vec<Option<Slot>>,
    free: Vec<u32>,
    deadlines: BTreeSet<(i64, u32)>,
    /// Slots of the keys with a time to live, in no order.
    volatile: Vec<u32>,
    now_ms: i64,
    /// Wall ms since 1970 at `now_ms`.
    unix_ms: i64,
    /// Wall ms for a ms of life; 0 stands for 1.
    dilation: f64,
    bytes: usize,
    expired: u64,
    evicted: u64,
    changes: u64,
    /// Uses of keys since the start, wrapping.
    uses: u32,
    /// Uses do not count now.
    untouched: bool,
    watched: HashMap<Box<[u8]>, Vec<Arc<AtomicBool>>>,
    /// While a file is replayed nothing expires: it says itself what went.
    loading: bool,
    /// Keys that went unasked (expired, evicted), for the append-only file; kept only when there is one.
    lost: Option<Vec<Box<[u8]>>>,
    snapshot: Option<Snapshot>,
    /// Number of the newest snapshot.
    snapshots: u32,
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
            if deadline_ms >= self.now_ms || self.loading {
                return;
            }
            self.expire(slot);
        }
    }

    /// Says what time it is outside: wall ms since 1970, and how many of them a ms of life takes.
    pub(super) fn set_wall(&mut self, unix_ms: i64, dilation: f64) {
        (self.unix_ms, self.dilation) = (unix_ms, dilation);
    }

    /// The life ms at which something ends that lives `n` units of `unit_ms` more, or until `n` units after 1970 when `absolute`.
    pub(super) fn deadline_ms(&self, n: i64, unit_ms: i64, absolute: bool) -> Option<i64> {
        let ms = n.checked_mul(unit_ms)?;
        // An absolute time is as far away as it would be in life: dilation stretches the way there. In a file it is a time of the wall,
        // which goes on while nobody runs.
        let left_ms = if absolute { ms.checked_sub(self.unix_ms)? } else { ms };
        let left_ms = if self.loading && self.dilation > 0.0 { (left_ms as f64 / self.dilation) as i64 } else { left_ms };
        self.now_ms.checked_add(left_ms)
    }

    /// Where a deadline lies for a client: ms since 1970.
    pub(super) fn unix_of(&self, deadline_ms: i64) -> i64 {
        self.unix_ms.saturating_add(deadline_ms.saturating_sub(self.now_ms))
    }

    /// Where a deadline lies for the append-only file: wall ms since 1970.
    pub(super) fn wall_of(&self, deadline_ms: i64) -> i64 {
        let left_ms = deadline_ms.saturating_sub(self.now_ms);
        let left_ms = if self.dilation > 0.0 { (left_ms as f64 * self.dilation) as i64 } else { left_ms };
        self.unix_ms.saturating_add(left_ms)
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
    /// Mean of what is left to the keys with a time to live, life ms, by the first hundred of their list.
    pub(super) fn mean_left_ms(&self) -> i64 {
        let left =
            self.volatile.iter().take(100).filter_map(|slot| Some(self.slot(*slot)?.deadline_ms?.saturating_sub(self.now_ms).max(0)));
        let (sum, n) = left.fold((0_i64, 0_i64), |(sum, n), left| (sum.saturating_add(left), n + 1));
        if n == 0 { 0 } else { sum / n }
    }
    /// Keys that were dropped because their time had come.
    pub(super) fn expired(&self) -> u64 {
        self.expired
    }
    /// Keys that were dropped because memory was short.
    pub(super) fn evicted(&self) -> u64 {
        self.evicted
    }
    /// Keys that went since the start though nobody took them out.
    pub(super) fn gone_unasked(&self) -> u64 {
        self.expired + self.evicted
    }
    /// Changes made since the start.
    pub(super) fn changes(&self) -> u64 {
        self.changes
    }
    /// Memory that keys and values take, bytes: what they hold, with an allowance for what holds them.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Says whether a file is being replayed.
    pub(super) fn set_loading(&mut self, loading: bool) {
        self.loading = loading;
    }
    /// Says whether uses of keys count from now on.
    pub(super) fn set_touching(&mut self, touching: bool) {
        self.untouched = !touching;
    }
    /// Keeps from now on what goes unasked, for [`Keyspace::take_lost`].
    pub(super) fn keep_lost(&mut self) {
        self.lost = Some(Vec::new());
    }
    /// Keys that went unasked since the last call.
    pub(super) fn take_lost(&mut self) -> Vec<Box<[u8]>> {
        match &mut self.lost {
            Some(lost) if !lost.is_empty() => std::mem::take(lost),
            _ => Vec::new(),
        }
    }

    /// Forgets every key, and the picture of them that is being taken.
    pub(super) fn clear(&mut self) {
        self.changes += self.len() as u64;
        let watched = std::mem::take(&mut self.watched);
        for (key, flags) in &watched {
            if self.lookup(key).is_some() {
                flags.iter().for_each(|flag| flag.store(true, Ordering::Relaxed));
            }
        }
        *self = Self {
            now_ms: self.now_ms,
            unix_ms: self.unix_ms,
            dilation: self.dilation,
            expired: self.expired,
            evicted: self.evicted,
            changes: self.changes,
            uses: self.uses,
            watched,
            loading: self.loading,
            lost: self.lost.take(),
            snapshots: self.snapshots,
            ..Self::default()
        };
    }

    /// Has `flag` set when `key` changes.
    pub(super) fn watch(&mut self, key: &[u8], flag: &Arc<AtomicBool>) {
        let flags = self.watched.entry(key.into()).or_default();
        if !flags.iter().any(|known| Arc::ptr_eq(known, flag)) {
            flags.push(flag.clone());
        }
    }

    /// Ends a watch.
    pub(super) fn unwatch(&mut self, key: &[u8], flag: &Arc<AtomicBool>) {
        if let Some(flags) = self.watched.get_mut(key) {
            flags.retain(|known| !Arc::ptr_eq(known, flag));
            if flags.is_empty() {
                self.watched.remove(key);
            }
        }
    }

    /// How many keys somebody watches.
    pub(super) fn watched(&self) -> usize {
        self.watched.len()
    }

    fn changed(&mut self, index: u32) {
        self.changes += 1;
        if !self.watched.is_empty()
            && let Some(slot) = self.slots.get(index as usize).and_then(Option::as_ref)
            && let Some(flags) = self.watched.get(&*slot.key)
        {
            flags.iter().for_each(|flag| flag.store(true, Ordering::Relaxed));
        }
    }

    /// True when the key is there.
    pub(super) fn has(&mut self, key: &[u8]) -> bool {
        self.find(key).is_some()
    }

    /// The same, which counts as a use.
    pub(super) fn touch(&mut self, key: &[u8]) -> bool {
        self.find(key).inspect(|index| self.used(*index)).is_some()
    }

    /// The word for the key's type, if it is there.
    pub(super) fn kind(&mut self, key: &[u8]) -> Option<&'static str> {
        let slot = self.find(key)?;
        self.slot(slot).map(|slot| slot.value.kind())
    }

    /// The key as it lies there, without counting that as a use.
    pub(super) fn look(&mut self, key: &[u8]) -> Option<&Slot> {
        let slot = self.find(key)?;
        self.slot(slot)
    }

    /// The value as a `T`; `None` when the key is not there, a fault when it holds another type.
    pub(super) fn read<T: Typed>(&mut self, key: &[u8]) -> Result<Option<&T>, Fault> {
        let Some(slot) = self.find(key) else { return Ok(None) };
        self.used(slot);
        match self.slot(slot) {
            Some(slot) => T::of(&slot.value).map(Some).ok_or(Fault::WRONG_TYPE),
            None => Ok(None),
        }
    }

    /// Changes the value of a key that is there; `None` when it is not. `change` also says whether it changed anything. A collection left
    /// empty goes away.
    pub(super) fn change<T: Typed, R>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T) -> Result<(bool, R), Fault>,
    ) -> Result<Option<R>, Fault> {
        let Some(index) = self.find(key) else { return Ok(None) };
        self.change_at(index, change)
    }

    fn change_at<T: Typed, R>(&mut self, index: u32, change: impl FnOnce(&mut T) -> Result<(bool, R), Fault>) -> Result<Option<R>, Fault> {
        self.used(index);
        self.save(index);
        let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) else { return Ok(None) };
        let before = slot.value.bytes();
        let outcome = change(T::of_mut(&mut slot.value).ok_or(Fault::WRONG_TYPE)?);
        self.bytes = self.bytes + slot.value.bytes() - before;
        let is_empty = slot.value.is_empty();
        if matches!(outcome, Ok((true, _))) {
            self.changed(index);
        }
        if is_empty {
            self.drop_slot(index);
        }
        outcome.map(|(_, given)| Some(given))
    }

    /// Changes the value of a key, which is made first when it is not there.
    pub(super) fn change_or_make<T: Typed, R>(
        &mut self,
        key: &[u8],
        change: impl FnOnce(&mut T) -> Result<(bool, R), Fault>,
    ) -> Result<R, Fault> {
        if let Some(index) = self.find(key) {
            // The key is there, so the change is made and gives something.
            return self.change_at(index, change).and_then(|given| given.ok_or(Fault::WRONG_TYPE));
        }
        let mut value = T::default();
        let (changed, given) = change(&mut value)?;
        let value = value.wrap();
        if changed && !value.is_empty() {
            self.make(key, value);
        }
        Ok(given)
    }

    /// Sets a key to `value`, whatever it was; it then lives for ever.
    pub(super) fn put(&mut self, key: &[u8], value: Value) {
        let Some(index) = self.find(key) else { return self.make(key, value) };
        self.save(index);
        self.set_deadline(index, None);
        if let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) {
            self.bytes = self.bytes + value.bytes() - slot.value.bytes();
            slot.value = value;
        }
        self.used(index);
        self.changed(index);
    }

    /// Sets a key to a text, and leaves its time to live as it is if `keeping_life`.
    pub(super) fn put_text(&mut self, key: &[u8], text: &[u8], keeping_life: bool) {
        let Some(index) = self.find(key) else { return self.make(key, Value::Text(Text(text.to_vec()))) };
        self.save(index);
        if !keeping_life {
            self.set_deadline(index, None);
        }
        if let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) {
            let before = slot.value.bytes();
            match &mut slot.value {
                Value::Text(Text(old)) if old.capacity() >= text.len() && old.capacity() <= text.len() + TEXT_SLACK_BYTES => {
                    old.clear();
                    old.extend_from_slice(text);
                }
                other => *other = Value::Text(Text(text.to_vec())),
            }
            self.bytes = self.bytes + slot.value.bytes() - before;
        }
        self.used(index);
        self.changed(index);
    }

    /// Makes a key that is not there.
    fn make(&mut self, key: &[u8], value: Value) {
        self.bytes += key_bytes(key) + value.bytes();
        self.uses = self.uses.wrapping_add(1);
        let used = Use::new(self.now_ms, self.uses);
        let slot = Some(Slot { key: key.into(), value, deadline_ms: None, place: NO_PLACE, snapshot: self.snapshots, used });
        let index = loop {
            match self.free.pop() {
                // The list may name a place that was cut off, or used again, since.
                Some(index) if self.slots.get(index as usize).is_some_and(Option::is_none) => {
                    self.slots[index as usize] = slot;
                    break index;
                }
                Some(_) => {}
                None => {
                    self.slots.push(slot);
                    break (self.slots.len() - 1) as u32;
                }
            }
        };
        let (hasher, slots) = (&self.hasher, &self.slots);
        let hash_of = |key: &[u8]| std::hash::BuildHasher::hash_one(hasher, key);
        self.index.insert_unique(hash_of(key), index, |index| {
            slots.get(*index as usize).and_then(Option::as_ref).map_or(0, |slot| hash_of(&slot.key))
        });
        self.changed(index);
    }

    /// Takes a key out; true when it was there.
    pub(super) fn remove(&mut self, key: &[u8]) -> bool {
        let Some(index) = self.find(key) else { return false };
        self.changed(index);
        self.drop_slot(index);
        true
    }

    /// Takes a key out with its value and its deadline.
    pub(super) fn take(&mut self, key: &[u8]) -> Option<(Value, Option<i64>)> {
        let index = self.find(key)?;
        self.changed(index);
        let deadline_ms = self.slot(index)?.deadline_ms;
        self.drop_slot(index).map(|slot| (slot.value, deadline_ms))
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
        self.save(index);
        self.changed(index);
        if until_ms.is_some_and(|until_ms| until_ms <= self.now_ms) && !self.loading {
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

    /// The slot with this number.
    pub(super) fn slot(&self, index: u32) -> Option<&Slot> {
        self.slots.get(index as usize)?.as_ref()
    }
    /// How many slots there are, empty ones included.
    pub(super) fn slots(&self) -> usize {
        self.slots.len()
    }
    /// Slots of the keys with a time to live.
    pub(super) fn volatile(&self) -> &[u32] {
        &self.volatile
    }
    /// Uses of keys since the start, wrapping.
    pub(super) fn uses(&self) -> u32 {
        self.uses
    }
    /// The key that goes first by its time to live.
    pub(super) fn soonest(&self) -> Option<u32> {
        self.deadlines.first().map(|(_, slot)| *slot)
    }

    /// Drops a key because memory is short.
    pub(super) fn evict(&mut self, index: u32) {
        self.evicted += 1;
        self.lose(index);
    }

    fn expire(&mut self, index: u32) {
        self.expired += 1;
        self.lose(index);
    }

    fn lose(&mut self, index: u32) {
        self.changed(index);
        if let Some(slot) = self.drop_slot(index)
            && let Some(lost) = &mut self.lost
        {
            lost.push(slot.key);
        }
    }

    fn used(&mut self, index: u32) {
        if self.untouched {
            return;
        }
        self.uses = self.uses.wrapping_add(1);
        if let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) {
            slot.used.note(self.now_ms, self.uses);
        }
    }

    fn lookup(&self, key: &[u8]) -> Option<u32> {
        let hash = std::hash::BuildHasher::hash_one(&self.hasher, key);
        self.index.find(hash, |index| self.slot(*index).is_some_and(|slot| *slot.key == *key)).copied()
    }

    /// The slot of a key that is there; one whose time has come is dropped on the way.
    fn find(&mut self, key: &[u8]) -> Option<u32> {
        let index = self.lookup(key)?;
        if self.slot(index).is_some_and(|slot| slot.is_over(self.now_ms)) && !self.loading {
            self.expire(index);
            return None;
        }
        Some(index)
    }

    fn set_deadline(&mut self, index: u32, deadline_ms: Option<i64>) {
        let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) else { return };
        let place = slot.place;
        let old_ms = std::mem::replace(&mut slot.deadline_ms, deadline_ms);
        if let Some(old_ms) = old_ms {
            self.deadlines.remove(&(old_ms, index));
            self.bytes -= DEADLINE_BYTES;
        }
        if let Some(new_ms) = deadline_ms {
            self.deadlines.insert((new_ms, index));
            self.bytes += DEADLINE_BYTES;
        }
        match (old_ms, deadline_ms) {
            (None, Some(_)) => {
                slot.place = self.volatile.len() as u32;
                self.volatile.push(index);
            }
            (Some(_), None) => {
                slot.place = NO_PLACE;
                self.volatile.swap_remove(place as usize);
                if let Some(moved) = self.volatile.get(place as usize)
                    && let Some(moved) = self.slots.get_mut(*moved as usize).and_then(Option::as_mut)
                {
                    moved.place = place;
                }
            }
            _ => {}
        }
    }

    fn drop_slot(&mut self, index: u32) -> Option<Slot> {
        self.save(index);
        self.set_deadline(index, None);
        let slot = self.slots.get_mut(index as usize).and_then(Option::take)?;
        let hash = std::hash::BuildHasher::hash_one(&self.hasher, &*slot.key);
        if let Ok(entry) = self.index.find_entry(hash, |entry| *entry == index) {
            entry.remove();
        }
        self.bytes -= key_bytes(&slot.key) + slot.value.bytes();
        self.free.push(index);
        while matches!(self.slots.last(), Some(None)) {
            self.slots.pop();
        }
        if self.slots.is_empty() {
            self.free.clear();
        }
        Some(slot)
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
