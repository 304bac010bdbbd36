//! Which key goes when memory is short: Redis's eight policies. LRU and LFU look at a few keys drawn at random and take the worst of
//! them, as Redis does; use is counted on the keyspace's clock of life ms.

use loadline_model::seed::Stream;

use super::keyspace::Keyspace;

/// Keys that are looked at for one that goes.
const SAMPLE: usize = 10;
/// A new key starts with this frequency, so that it is not the first to go.
const NEW_FREQUENCY: u8 = 5;
/// The higher, the more uses it takes to count as frequent.
const LOG_FACTOR: u16 = 10;
/// Life ms after which a key that is not used counts one less.
const DECAY_MS: u32 = 60_000;

/// What is known of a key's use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// Life ms of the last use, wrapping.
    at_ms: u32,
    /// The number of the last use among all uses of all keys, wrapping: many fall into one ms.
    number: u32,
    /// The logarithm of how often, as Morris counts it.
    frequency: u8,
    /// Decides which uses count once it is frequent.
    draw: u16,
}

impl Use {
    pub(super) fn new(now_ms: i64, number: u32) -> Self {
        Self { at_ms: now_ms as u32, number, frequency: NEW_FREQUENCY, draw: 1 }
    }

    /// Counts one use, which is that of this number.
    pub(super) fn note(&mut self, now_ms: i64, number: u32) {
        self.number = number;
        let frequency = self.frequency(now_ms);
        self.at_ms = now_ms as u32;
        // A step up becomes rarer the higher it is.
        let odds = u16::from(frequency.saturating_sub(NEW_FREQUENCY)) * LOG_FACTOR + 1;
        self.draw = self.draw.wrapping_mul(25_173).wrapping_add(13_849);
        self.frequency = if (self.draw >> 4).is_multiple_of(odds) { frequency.saturating_add(1) } else { frequency };
    }

    /// Uses of any key since its own last one.
    pub(super) fn age(self, newest: u32) -> u32 {
        newest.wrapping_sub(self.number)
    }

    /// Life ms since the last use.
    pub(super) fn idle_ms(self, now_ms: i64) -> u32 {
        (now_ms as u32).wrapping_sub(self.at_ms)
    }

    /// How frequently it is used, from 0 to 255, less what time took away.
    pub(super) fn frequency(self, now_ms: i64) -> u8 {
        let periods = self.idle_ms(now_ms) / DECAY_MS;
        self.frequency.saturating_sub(u8::try_from(periods).unwrap_or(u8::MAX))
    }
}

/// What goes when memory is short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Policy {
    /// Nothing: writes are refused.
    NoEviction,
    AllKeysLru,
    AllKeysLfu,
    AllKeysRandom,
    VolatileLru,
    VolatileLfu,
    VolatileRandom,
    /// What has the least time left.
    VolatileTtl,
}

impl Policy {
    const NAMES: [(Self, &'static str); 8] = [
        (Self::NoEviction, "noeviction"),
        (Self::AllKeysLru, "allkeys-lru"),
        (Self::AllKeysLfu, "allkeys-lfu"),
        (Self::AllKeysRandom, "allkeys-random"),
        (Self::VolatileLru, "volatile-lru"),
        (Self::VolatileLfu, "volatile-lfu"),
        (Self::VolatileRandom, "volatile-random"),
        (Self::VolatileTtl, "volatile-ttl"),
    ];

    /// The policy of this name, as Redis calls it.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(policy, _)| *policy)
    }

    /// As Redis calls it.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(policy, _)| *policy == self).map_or("noeviction", |(_, name)| *name)
    }

    /// True when frequency decides.
    pub(super) fn is_lfu(self) -> bool {
        matches!(self, Self::AllKeysLfu | Self::VolatileLfu)
    }
}

/// Drops keys until the data takes at most `most_bytes`; false when the policy finds none to drop before that.
pub(super) fn make_room(keys: &mut Keyspace, policy: Policy, most_bytes: usize, random: &mut Stream) -> bool {
    while keys.bytes() > most_bytes {
        let Some(victim) = victim(keys, policy, random) else { return false };
        keys.evict(victim);
    }
    true
}

/// A key at random.
pub(super) fn any_key(keys: &Keyspace, random: &mut Stream) -> Option<u32> {
    if keys.len() == 0 {
        return None;
    }
    // Few slots are empty as a rule; where most are, the walk from a random one ends the search.
    let slots = keys.slots();
    for _ in 0..32 {
        let slot = random.below(slots as u64) as u32;
        if keys.slot(slot).is_some() {
            return Some(slot);
        }
    }
    let start = random.below(slots as u64) as usize;
    (start..slots).chain(0..start).map(|slot| slot as u32).find(|slot| keys.slot(*slot).is_some())
}

fn any_volatile(keys: &Keyspace, random: &mut Stream) -> Option<u32> {
    keys.volatile().get(random.below(keys.volatile().len() as u64) as usize).copied()
}

fn victim(keys: &Keyspace, policy: Policy, random: &mut Stream) -> Option<u32> {
    let now_ms = keys.now_ms();
    let newest = keys.uses();
    let idle = |slot: u32| keys.slot(slot).map_or(0, |slot| slot.used.age(newest));
    // The least frequent goes; of equals, the one longest unused.
    let rare = |slot: u32| keys.slot(slot).map_or((0, 0), |slot| (u8::MAX - slot.used.frequency(now_ms), slot.used.age(newest)));
    let mut of_all = |_: usize| any_key(keys, random);
    match policy {
        Policy::NoEviction => None,
        Policy::AllKeysRandom => of_all(0),
        Policy::AllKeysLru => (0..SAMPLE).filter_map(of_all).max_by_key(|slot| idle(*slot)),
        Policy::AllKeysLfu => (0..SAMPLE).filter_map(of_all).max_by_key(|slot| rare(*slot)),
        Policy::VolatileTtl => keys.soonest(),
        Policy::VolatileRandom => any_volatile(keys, random),
        Policy::VolatileLru => (0..SAMPLE).filter_map(|_| any_volatile(keys, random)).max_by_key(|slot| idle(*slot)),
        Policy::VolatileLfu => (0..SAMPLE).filter_map(|_| any_volatile(keys, random)).max_by_key(|slot| rare(*slot)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1000 keys, of which every tenth is used all the time; then room for half of them.
    fn survivors(policy: Policy, volatile: impl Fn(usize) -> bool) -> (usize, usize) {
        let mut keys = Keyspace::default();
        let mut random = Stream::new(3, "eviction", 0);
        for n in 0..1000 {
            let key = format!("k{n:04}").into_bytes();
            keys.put_text(&key, b"value", false);
            if volatile(n) {
                keys.live_until(&key, Some(1_000_000 + n as i64));
            }
        }
        for round in 1..200_i64 {
            keys.advance(round * 10, 0);
            for n in (0..1000).step_by(10) {
                assert!(keys.read::<super::super::value::Text>(format!("k{n:04}").as_bytes()).unwrap().is_some());
            }
        }
        let half = keys.bytes() / 2;
        make_room(&mut keys, policy, half, &mut random);
        let used = (0..1000).step_by(10).filter(|n| keys.has(format!("k{n:04}").as_bytes())).count();
        (keys.len(), used)
    }

    #[test]
    fn what_is_used_stays() {
        for policy in [Policy::AllKeysLru, Policy::AllKeysLfu] {
            let (left, used) = survivors(policy, |_| false);
            assert!((450..=550).contains(&left) && used >= 98, "{}: {left} left, {used} of 100 used ones", policy.name());
        }
        for policy in [Policy::VolatileLru, Policy::VolatileLfu] {
            let (left, used) = survivors(policy, |_| true);
            assert!((450..=550).contains(&left) && used >= 98, "{}: {left} left, {used} of 100 used ones", policy.name());
        }
        let (_, used) = survivors(Policy::AllKeysRandom, |_| false);
        assert!((25..=75).contains(&used), "random spares nobody: {used}");
    }

    #[test]
    fn only_volatile_keys_go_where_the_policy_says_so() {
        for policy in [Policy::VolatileLru, Policy::VolatileLfu, Policy::VolatileRandom, Policy::VolatileTtl] {
            let (left, _) = survivors(policy, |n| n % 4 == 1);
            assert_eq!(left, 750, "{}: the volatile ones went, and that was not enough", policy.name());
        }
        assert_eq!(survivors(Policy::NoEviction, |_| true).0, 1000);
    }

    #[test]
    fn the_least_time_left_goes_first() {
        let mut keys = Keyspace::default();
        for n in 0..10_i64 {
            keys.put_text(&[b'0' + n as u8], b"v", false);
            keys.live_until(&[b'0' + n as u8], Some(1000 + (n * 7) % 10));
        }
        let mut random = Stream::new(3, "eviction", 0);
        assert_eq!(keys.slot(victim(&keys, Policy::VolatileTtl, &mut random).unwrap()).unwrap().key.as_ref(), b"0");
        let most = keys.bytes() - 1;
        assert!(make_room(&mut keys, Policy::VolatileTtl, most, &mut random));
        assert!(!keys.has(b"0") && keys.has(b"3") && keys.len() == 9);
    }

    #[test]
    fn names_go_both_ways() {
        for (policy, name) in Policy::NAMES {
            assert_eq!((Policy::from_name(name), policy.name()), (Some(policy), name));
        }
        assert_eq!(Policy::from_name("all"), None);
    }
}
