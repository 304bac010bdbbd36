//! The keyspace on a clock of the test's own.

use super::super::value::{Fields, List, Members, Text, Value};
use super::*;
use crate::engine::kv::sorted_set::SortedSet;
use loadline_model::seed::Stream;

fn text(bytes: &[u8]) -> Value {
    Value::Text(Text(bytes.to_vec()))
}

#[test]
fn a_key_lives_through_its_last_ms() {
    let mut keys = Keyspace::default();
    keys.advance(1000, 0);
    keys.put(b"k", text(b"v"));
    assert!(keys.live_until(b"k", Some(1050)));
    keys.advance(1050, 10);
    assert!(keys.has(b"k"));
    keys.advance(1051, 0);
    assert!(!keys.has(b"k"), "found out on access, without any housekeeping");
    assert_eq!((keys.len(), keys.expired(), keys.with_deadline(), keys.bytes()), (0, 1, 0, 0));
}

#[test]
fn housekeeping_drops_what_is_over_and_no_more_than_it_may() {
    let mut keys = Keyspace::default();
    for n in 0..100_i64 {
        let key = format!("k{n}").into_bytes();
        keys.put(&key, text(b"v"));
        keys.live_until(&key, Some(n + 1));
    }
    keys.advance(51, 20);
    assert_eq!(keys.len(), 80);
    keys.advance(51, 1000);
    assert_eq!((keys.len(), keys.expired()), (50, 50));
    assert!(keys.has(b"k50") && !keys.has(b"k49"));
}

#[test]
fn a_new_value_lives_for_ever_unless_told() {
    let mut keys = Keyspace::default();
    keys.put(b"k", text(b"v"));
    keys.live_until(b"k", Some(10));
    keys.put_text(b"k", b"w", true);
    assert_eq!(keys.life(b"k"), Life::Until(10));
    keys.put(b"k", text(b"x"));
    assert_eq!(keys.life(b"k"), Life::Endless);
    keys.live_until(b"k", Some(0));
    assert_eq!(keys.life(b"k"), Life::Missing, "a time in the past takes it out");
}

#[test]
fn a_scan_meets_every_key_that_stays() {
    let mut keys = Keyspace::default();
    for n in 0..500 {
        keys.put(format!("stay{n}").as_bytes(), text(b"v"));
        keys.put(format!("go{n}").as_bytes(), text(b"v"));
    }
    let (mut cursor, mut round, mut seen) = (0, 0, Vec::new());
    loop {
        cursor = keys.scan(cursor, 7, |key, kind| {
            assert_eq!(kind, "string");
            seen.push(key.to_vec());
        });
        if cursor == 0 {
            break;
        }
        keys.remove(format!("go{round}").as_bytes());
        keys.put(format!("new{round}").as_bytes(), text(b"v"));
        keys.put(format!("stay{round}").as_bytes(), text(b"another value"));
        round += 1;
    }
    seen.sort();
    let met = seen.len();
    seen.dedup();
    assert_eq!(seen.len(), met, "none twice");
    assert_eq!(seen.iter().filter(|key| key.starts_with(b"stay")).count(), 500);
    assert_eq!(keys.scan(u64::MAX, usize::MAX, |_, _| unreachable!("past the end")), 0);
}

/// The memory that is kept step by step is what a walk over everything finds, and nothing is left when the last key goes.
#[test]
fn memory_adds_up() {
    let mut stream = Stream::new(9, "keyspace", 0);
    let mut keys = Keyspace::default();
    let walk = |keys: &Keyspace| -> usize {
        let of_slots: usize = keys.slots.iter().flatten().map(|slot| key_bytes(&slot.key) + slot.value.bytes()).sum();
        of_slots + keys.deadlines.len() * DEADLINE_BYTES
    };
    for step in 0..20_000_i64 {
        let key = format!("k{}", stream.below(60)).into_bytes();
        let word = vec![b'x'; stream.below(90) as usize];
        match stream.below(11) {
            0 => keys.put(&key, text(&word)),
            1 => keys.put_text(&key, &word, step % 2 == 0),
            2 => {
                keys.remove(&key);
            }
            3 => {
                keys.live_until(&key, Some(step + 40 + stream.below(40) as i64));
            }
            4 => {
                let _ = keys.change_or_make::<Fields, _>(&key, |fields| Ok((true, fields.set(&word[..word.len().min(5)], &word))));
            }
            5 => {
                let _ = keys.change_or_make::<Members, _>(&key, |members| Ok((true, members.insert(&word))));
            }
            6 => {
                let _ = keys.change_or_make::<SortedSet, _>(&key, |set| Ok((true, set.insert(&word, step as f64))));
            }
            7 => {
                let _ = keys.change::<Fields, _>(&key, |fields| Ok((true, fields.remove(&word[..word.len().min(5)]))));
                let _ = keys.change::<Members, _>(&key, |members| Ok((true, members.remove(&word))));
                let _ = keys.change::<SortedSet, _>(&key, |set| Ok((true, set.remove(&word))));
            }
            8 => {
                let _ = keys.change_or_make::<List, _>(&key, |list| {
                    list.push(step % 2 == 0, &word);
                    Ok((true, ()))
                });
            }
            9 => {
                let _ = keys.change::<List, _>(&key, |list| Ok((true, list.pop(step % 3 == 0))));
                let _ = keys.change::<List, _>(&key, |list| Ok((true, list.remove(&word, 1, true))));
            }
            _ => {
                let _ = keys.change::<Text, _>(&key, |text| {
                    text.0.extend_from_slice(&word);
                    Err::<(bool, ()), _>(Fault::SYNTAX)
                });
            }
        }
        keys.advance(step, 1);
        if step % 50 == 0 {
            assert_eq!(keys.bytes(), walk(&keys), "at step {step}");
        }
    }
    assert!(keys.expired() > 100 && keys.len() > 10, "{} expired, {} left", keys.expired(), keys.len());
    for n in 0..60 {
        keys.remove(format!("k{n}").as_bytes());
    }
    assert_eq!((keys.bytes(), keys.len(), keys.with_deadline()), (0, 0, 0));
}

#[test]
fn those_who_watch_are_told_of_changes_and_of_nothing_else() {
    let mut keys = Keyspace::default();
    let flag = Arc::new(AtomicBool::new(false));
    let told = |flag: &AtomicBool| flag.swap(false, Ordering::Relaxed);
    keys.put_text(b"k", b"v", false);
    keys.watch(b"k", &flag);
    keys.watch(b"none", &flag);
    keys.put_text(b"other", b"v", false);
    assert!(!told(&flag));
    keys.put_text(b"k", b"v", false);
    assert!(told(&flag), "set to the same is a change");
    keys.put_text(b"none", b"v", false);
    assert!(told(&flag), "a key that comes");
    keys.live_until(b"k", Some(10));
    assert!(told(&flag));
    keys.advance(11, 10);
    assert!(told(&flag), "a key that is over");
    keys.clear();
    assert!(told(&flag), "everything goes");
    keys.unwatch(b"k", &flag);
    keys.unwatch(b"none", &flag);
    keys.put_text(b"k", b"v", false);
    assert!(!told(&flag));
    assert_eq!(keys.watched(), 0);
}

/// A picture that is taken bit by bit, while keys change, is that of the moment at which it was begun.
#[test]
fn a_snapshot_is_of_one_moment() {
    let mut keys = Keyspace::default();
    for n in 0..200 {
        keys.put_text(format!("k{n}").as_bytes(), b"old", false);
    }
    keys.begin_snapshot();
    let mut picture = Vec::new();
    for n in 0.. {
        let (some, complete) = keys.snapshot_some(64);
        picture.extend(some);
        if complete {
            break;
        }
        keys.put_text(format!("k{}", 199 - n).as_bytes(), b"new", false);
        keys.put_text(format!("late{n}").as_bytes(), b"new", false);
        keys.remove(format!("k{}", 100 + n).as_bytes());
    }
    let text = String::from_utf8_lossy(&picture);
    assert_eq!(text.matches("$3\r\nold").count(), 200);
    assert!(!text.contains("new") && !text.contains("late"));
}
