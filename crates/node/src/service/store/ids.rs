//! Ids of tweets and users: whole numbers under 2^53 (they are scores of sorted sets and numbers in JSON) that rise with time. A tweet's id
//! names the shard of its author, so that a tweet is found by its id alone.
//!
//! | bits | 39 | 5 | 5 | 4 |
//! |---|---|---|---|---|
//! | | ms since 2026-01-01 | number within the ms | node instance | shard of the author |
//!
//! Ids of seeded tweets are small, 1 to users x tweets each, and their author follows from the id: see [`seeded_author`].

use std::sync::Mutex;

use loadline_model::seed::splitmix;

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

/// Which of `n` shards holds what belongs to `id`.
pub fn spread(id: i64, n: usize) -> usize {
    id.rem_euclid(n.max(1) as i64) as usize
}

/// Which of `n` cache instances holds what belongs to `id`. Ids that were given during a run have their shard in their last bits, so those
/// are mixed first: else an even number of instances would use few of them.
pub fn place(id: i64, n: usize) -> usize {
    if id < FIRST_GIVEN { spread(id, n) } else { (mixed(id) % n.max(1) as u64) as usize }
}

/// True for one id in `every`, whoever gave it.
pub fn one_in(id: i64, every: u64) -> bool {
    mixed(id).is_multiple_of(every.max(1))
}

fn mixed(id: i64) -> u64 {
    splitmix(id.cast_unsigned())
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

    /// As they are given: a few in a millisecond, from each of seven nodes, for one database shard.
    fn given() -> Vec<i64> {
        let nodes: Vec<Ids> = (0..7).map(Ids::new).collect();
        (0..1000).flat_map(|_| nodes.iter().map(|ids| ids.next(0)).collect::<Vec<_>>()).collect()
    }

    #[test]
    fn new_ids_spread_over_any_number_of_instances() {
        for n in [1, 2, 3, 4, 6, 8, 10, 16] {
            let mut held = vec![0_usize; n];
            given().into_iter().for_each(|id| held[place(id, n)] += 1);
            let fair = 7000 / n;
            assert!(held.iter().all(|held| (fair * 7 / 10..=fair * 13 / 10).contains(held)), "{n} instances: {held:?}");
        }
        // Seeded ids go round, so that what was lost with an instance is known exactly.
        assert_eq!((1..=6).map(|id| place(id, 3)).collect::<Vec<_>>(), [1, 2, 0, 1, 2, 0]);
    }

    #[test]
    fn one_in_so_many_ids_is_chosen() {
        let chosen = given().into_iter().filter(|id| one_in(*id, 64)).count();
        assert!((70..=150).contains(&chosen), "{chosen} of 7,000, and 109 are expected");
    }

    #[test]
    fn seeded_ids_go_round_the_users() {
        let authors: Vec<i64> = (1..=7).map(|id| seeded_author(id, 3)).collect();
        assert_eq!(authors, [1, 2, 3, 1, 2, 3, 1]);
        assert_eq!(shard_of_given(7), None);
    }
}
