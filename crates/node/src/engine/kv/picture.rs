//! The picture of all keys at one moment that a rewritten append-only file begins with; see `rewrite`.

use super::Keyspace;
use crate::engine::kv::rewrite;

/// A picture of all keys at one moment, taken bit by bit: slots before `next` are in it, and a key behind that is put in when it is about
/// to change.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    next: usize,
    /// Records made since the last [`Keyspace::snapshot_some`].
    out: Vec<u8>,
}

impl Keyspace {
    /// Begins a picture of all keys as they are now.
    pub(in crate::engine::kv) fn begin_snapshot(&mut self) {
        self.snapshots = self.snapshots.wrapping_add(1);
        self.snapshot = Some(Snapshot::default());
    }

    /// Ends a picture that nobody wants any more.
    pub(in crate::engine::kv) fn end_snapshot(&mut self) {
        self.snapshot = None;
    }

    /// Takes some more of the picture, about `bytes` of it; gives the records made since the last call, and whether it is complete.
    pub(in crate::engine::kv) fn snapshot_some(&mut self, bytes: usize) -> (Vec<u8>, bool) {
        let Some(mut snapshot) = self.snapshot.take() else { return (Vec::new(), true) };
        while snapshot.out.len() < bytes && snapshot.next < self.slots.len() {
            self.picture(snapshot.next as u32, &mut snapshot.out);
            snapshot.next += 1;
        }
        let out = std::mem::take(&mut snapshot.out);
        let complete = snapshot.next >= self.slots.len();
        if !complete {
            self.snapshot = Some(snapshot);
        }
        (out, complete)
    }

    /// Puts a key into the picture that is being taken, before it changes.
    pub(super) fn save(&mut self, index: u32) {
        if let Some(mut snapshot) = self.snapshot.take() {
            self.picture(index, &mut snapshot.out);
            self.snapshot = Some(snapshot);
        }
    }

    fn picture(&mut self, index: u32, out: &mut Vec<u8>) {
        let number = self.snapshots;
        let Some(slot) = self.slots.get_mut(index as usize).and_then(Option::as_mut) else { return };
        if slot.snapshot != number {
            slot.snapshot = number;
            let until_ms = slot.deadline_ms;
            if let Some(slot) = self.slot(index) {
                rewrite::record(out, &slot.key, &slot.value, until_ms.map(|until_ms| self.wall_of(until_ms)));
            }
        }
    }
}
