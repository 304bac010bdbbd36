//! What one partition remembers of idempotent producers: the last batches of each, so that a batch that is sent again is not stored
//! again, and one that leaves a gap is refused. It knows nothing of files and requests.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::batch::Header;
use super::limits;

/// Batches of a producer that are remembered: as many as a client has under way at most.
const REMEMBERED: usize = 5;

/// The producers of a partition.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Producers {
    known: BTreeMap<i64, Producer>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Producer {
    epoch: i16,
    /// Oldest first.
    batches: VecDeque<Sent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    first: i32,
    last: i32,
    base_offset: i64,
    end_offset: i64,
}

/// What to do with a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Store it.
    New,
    /// It is stored already, at these offsets.
    Duplicate {
        /// Offset of its first record.
        base_offset: i64,
        /// Offset after its last record.
        end_offset: i64,
    },
    /// It was stored once, and is too old to be remembered.
    Old,
    /// One before it is missing.
    Gap,
    /// It comes from an earlier life of its producer.
    Fenced,
}

impl Producers {
    /// Judges a batch before it is stored. A producer that is not known (any more) may begin with any number, as in Kafka: its earlier
    /// records may have been removed.
    pub(super) fn judge(&self, header: &Header) -> Verdict {
        let known = self.known.get(&header.producer_id).filter(|_| header.producer_id >= 0);
        let Some(producer) = known else { return Verdict::New };
        let Some(last) = producer.batches.back() else { return Verdict::New };
        if header.producer_epoch != producer.epoch {
            return match header.producer_epoch < producer.epoch {
                true => Verdict::Fenced,
                false if header.first_sequence == 0 => Verdict::New,
                false => Verdict::Gap,
            };
        }
        let same = |sent: &&Sent| sent.first == header.first_sequence && sent.last == header.last_sequence();
        if let Some(sent) = producer.batches.iter().find(same) {
            return Verdict::Duplicate { base_offset: sent.base_offset, end_offset: sent.end_offset };
        }
        let next = last.last.checked_add(1).unwrap_or(0);
        match header.first_sequence {
            first if first == next => Verdict::New,
            first if first < next => Verdict::Old,
            _ => Verdict::Gap,
        }
    }

    /// A batch was stored.
    pub(super) fn stored(&mut self, header: &Header) {
        if header.producer_id < 0 {
            return;
        }
        if !self.known.contains_key(&header.producer_id) && self.known.len() >= limits::PRODUCERS {
            let latest = |producer: &Producer| producer.batches.back().map_or(0, |sent| sent.end_offset);
            let idle = self.known.iter().min_by_key(|(_, producer)| latest(producer)).map(|(id, _)| *id);
            idle.and_then(|id| self.known.remove(&id));
        }
        let fresh = || Producer { epoch: header.producer_epoch, batches: VecDeque::new() };
        let producer = self.known.entry(header.producer_id).or_insert_with(fresh);
        if producer.epoch != header.producer_epoch {
            *producer = fresh();
        }
        if producer.batches.len() >= REMEMBERED {
            producer.batches.pop_front();
        }
        let (first, last) = (header.first_sequence, header.last_sequence());
        producer.batches.push_back(Sent { first, last, base_offset: header.base_offset, end_offset: header.end_offset() });
    }

    /// The log was cut: what was stored from `offset` on is forgotten.
    pub(super) fn forget_from(&mut self, offset: i64) {
        for producer in self.known.values_mut() {
            producer.batches.retain(|sent| sent.end_offset <= offset);
        }
        self.known.retain(|_, producer| !producer.batches.is_empty());
    }
}

#[cfg(test)]
mod tests {
    use super::super::batch::tests::{numbered, placed};
    use super::super::batch::{check, check_stored};
    use super::*;

    fn header(id: i64, epoch: i16, first: i32, records: i32) -> Header {
        check(&numbered(records, 1, b"", (id, epoch, first))).unwrap()
    }

    fn store(producers: &mut Producers, header: (i64, i16, i32, i32), base_offset: i64) {
        let bytes = numbered(header.3, 1, b"", (header.0, header.1, header.2));
        producers.stored(&check_stored(&placed(&bytes, base_offset, 0)).unwrap());
    }

    #[test]
    fn again_is_dropped_and_gaps_are_refused() {
        let mut producers = Producers::default();
        assert_eq!(producers.judge(&header(7, 0, 0, 2)), Verdict::New);
        store(&mut producers, (7, 0, 0, 2), 100);
        store(&mut producers, (7, 0, 2, 3), 110);
        assert_eq!(producers.judge(&header(7, 0, 0, 2)), Verdict::Duplicate { base_offset: 100, end_offset: 102 });
        assert_eq!(producers.judge(&header(7, 0, 2, 3)), Verdict::Duplicate { base_offset: 110, end_offset: 113 });
        assert_eq!(producers.judge(&header(7, 0, 5, 1)), Verdict::New);
        assert_eq!(producers.judge(&header(7, 0, 6, 1)), Verdict::Gap);
        assert_eq!(producers.judge(&header(7, 0, 4, 1)), Verdict::Old, "other bounds than were sent before");
        for n in 0..5 {
            store(&mut producers, (7, 0, 5 + n, 1), 200 + i64::from(n));
        }
        assert_eq!(producers.judge(&header(7, 0, 2, 3)), Verdict::Old, "five are remembered");
        assert_eq!(producers.judge(&header(-1, -1, -1, 3)), Verdict::New, "without an id nothing is remembered");
    }

    #[test]
    fn a_new_epoch_begins_at_zero_and_fences_the_old() {
        let mut producers = Producers::default();
        store(&mut producers, (7, 3, 0, 1), 0);
        assert_eq!(producers.judge(&header(7, 2, 1, 1)), Verdict::Fenced);
        assert_eq!(producers.judge(&header(7, 4, 1, 1)), Verdict::Gap);
        assert_eq!(producers.judge(&header(7, 4, 0, 1)), Verdict::New);
        store(&mut producers, (7, 4, 0, 1), 1);
        assert_eq!(producers.judge(&header(7, 3, 0, 1)), Verdict::Fenced);
    }

    #[test]
    fn numbers_begin_again_and_what_is_cut_is_forgotten() {
        let mut producers = Producers::default();
        store(&mut producers, (7, 0, i32::MAX, 1), 0);
        assert_eq!(producers.judge(&header(7, 0, 0, 1)), Verdict::New);
        store(&mut producers, (7, 0, 0, 1), 1);
        assert_eq!(producers.judge(&header(7, 0, 1, 1)), Verdict::New);
        producers.forget_from(1);
        assert_eq!(producers.judge(&header(7, 0, 0, 1)), Verdict::New);
        producers.forget_from(0);
        assert_eq!(producers, Producers::default());
    }

    #[test]
    fn memory_is_bounded() {
        let mut producers = Producers::default();
        for id in 0..limits::PRODUCERS as i64 + 10 {
            store(&mut producers, (id, 0, 0, 1), id);
        }
        assert_eq!(producers.known.len(), limits::PRODUCERS);
        assert!(!producers.known.contains_key(&0), "the one that was silent the longest went");
    }
}
