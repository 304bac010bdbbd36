//! Ids of tweets and users: whole numbers under 2^53 (they are scores of sorted sets and numbers in JSON) that rise with time. A tweet's id
//! names the shard of its author, so that a tweet is found by its id alone.
//!
//! | bits | 39 | 5 | 5 | 4 |
//! |---|---|---|---|---|
//! | | ms since 2026-01-01 | number within the ms | node instance | shard of the author |
//!
//! Ids of seeded tweets are small, 1 to users x tweets each, and their author follows from the id: see [`seeded_author`].

use std::sync::Mutex;

use crate::runtime::{clock, lock};

/// 2026-01-01T00:00:00Z in ms since 1970.
const EPOCH_MS: u64 = 1_767_225_600_000;
const SEQUENCE_BITS: u32 = 5;
const NODE_BITS: u32 = 5;
const SHARD_BITS: u32 = 4;
/// Ids from here on were given during a run: reached 1.2 days after the epoch.
const FIRST_GIVEN: i64 = 1 << 40;

/// Gives ids, each larger than the one before.
#[derive(Debug)]
pub struct Ids {
    node: u64,
    /// The last time and sequence number that were given.
    last: Mutex<u64>,
}

impl Ids {
    /// Ids of the instance `instance` of its component.
    pub fn new(instance: u32) -> Self {
        Self { node: u64::from(instance) % (1 << NODE_BITS), last: Mutex::new(0) }
    }

    /// The next id; `shard` is the author's. When a millisecond's numbers are used up, the next millisecond's are taken.
    pub fn next(&self, shard: usize) -> i64 {
        let now = clock::unix_ms().saturating_sub(EPOCH_MS) << SEQUENCE_BITS;
        let mut last = lock(&self.last);
        *last = now.max(*last + 1).max((FIRST_GIVEN as u64) >> (NODE_BITS + SHARD_BITS));
        let id = ((*last << NODE_BITS | self.node) << SHARD_BITS) | (shard as u64 % (1 << SHARD_BITS));
        id as i64
    }
}

/// The author's shard in an id that was given during a run; `None` for a seeded tweet.
pub fn shard_of_given(tweet: i64) -> Option<usize> {
    (tweet >= FIRST_GIVEN).then_some((tweet & ((1 << SHARD_BITS) - 1)) as usize)
}

/// The author of a seeded tweet, where `users` were seeded.
pub fn seeded_author(tweet: i64, users: i64) -> i64 {
    (tweet - 1).rem_euclid(users.max(1)) + 1
}

/// Which of `n` shards or cache instances holds what belongs to `id`.
pub fn spread(id: i64, n: usize) -> usize {
    id.rem_euclid(n.max(1) as i64) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_stay_under_53_bits_and_name_their_shard() {
        let ids = Ids::new(31);
        let mut last = 0;
        for i in 0..10_000 {
            let id = ids.next(i % 16);
            assert!(id > last && id < 1 << 53, "{id} after {last}");
            assert_eq!(shard_of_given(id), Some(i % 16));
            last = id;
        }
    }

    #[test]
    fn two_nodes_never_give_the_same_id() {
        let (a, b) = (Ids::new(0), Ids::new(1));
        let mut all: Vec<i64> = (0..1000).flat_map(|_| [a.next(3), b.next(3)]).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 2000);
    }

    #[test]
    fn seeded_ids_go_round_the_users() {
        let authors: Vec<i64> = (1..=7).map(|id| seeded_author(id, 3)).collect();
        assert_eq!(authors, [1, 2, 3, 1, 2, 3, 1]);
        assert_eq!(shard_of_given(7), None);
    }
}
