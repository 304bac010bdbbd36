//! Commands that make one sorted set of several, plain sets included: unions, intersections, differences.

use indexmap::IndexMap;

use super::set_algebra::numbered_keys;
use super::sorted_ranges::{store, write_members};
use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{double, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::sorted_set::SortedSet;
use crate::engine::kv::value::{Hasher, Value};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zunion", -3, Class::Read, zunion).keys(0, 0, 0),
    Command::new("zinter", -3, Class::Read, zinter).keys(0, 0, 0),
    Command::new("zdiff", -3, Class::Read, zdiff).keys(0, 0, 0),
    Command::new("zunionstore", -4, Class::Grow, zunionstore),
    Command::new("zinterstore", -4, Class::Grow, zinterstore),
    Command::new("zdiffstore", -4, Class::Grow, zdiffstore),
    Command::new("zintercard", -3, Class::Read, zintercard).keys(0, 0, 0),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Algebra {
    Union,
    Inter,
    Diff,
}

#[derive(Clone, Copy)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn of(self, a: f64, b: f64) -> f64 {
        match self {
            // Of opposite infinities nothing is left.
            Self::Sum if (a + b).is_nan() => 0.0,
            Self::Sum => a + b,
            Self::Min => a.min(b),
            Self::Max => a.max(b),
        }
    }
}

type Scores = IndexMap<Box<[u8]>, f64, Hasher>;

/// The members of a sorted set or of a set, whose members have the score 1; each times `weight`.
fn scores(cx: &mut Context<'_>, key: &[u8], weight: f64) -> Result<Scores, Fault> {
    let weighted = |score: f64| if (score * weight).is_nan() { 0.0 } else { score * weight };
    Ok(match cx.keys.look(key).map(|slot| &slot.value) {
        None => Scores::default(),
        Some(Value::Sorted(set)) => set.rising(0).map(|(member, score)| (member.into(), weighted(score))).collect(),
        Some(Value::Members(set)) => set.iter().map(|member| (member.into(), weighted(1.0))).collect(),
        Some(_) => return Err(Fault::WRONG_TYPE),
    })
}

/// Reads `numkeys key.. [WEIGHTS w..] [AGGREGATE SUM|MIN|MAX] [WITHSCORES]` from `place` on and makes the result; whether scores are wanted.
fn combine(cx: &mut Context<'_>, args: Args<'_>, place: usize, how: Algebra) -> Result<(Scores, bool), Fault> {
    let n = need_integer(args.at(place)?)?;
    if n < 1 {
        return Err(Fault::new(format!("ERR at least 1 input key is needed for '{}' command", args.name)));
    }
    let keys = numbered_keys(args, place, "ERR at least 1 input key is needed")?;
    let (mut weights, mut aggregate, mut with_scores) = (vec![1.0; keys.len()], Aggregate::Sum, false);
    let mut at = place + 1 + keys.len();
    while let Some(option) = args.get(at) {
        if how != Algebra::Diff && is(option, "weights") && args.len() > at + keys.len() {
            for (weight, given) in weights.iter_mut().zip(args.rest(at + 1)) {
                *weight = double(given).ok_or(Fault::fixed("ERR weight value is not a float"))?;
            }
            at += 1 + keys.len();
        } else if let (true, true, Some(word)) = (how != Algebra::Diff, is(option, "aggregate"), args.get(at + 1)) {
            aggregate = match word {
                _ if is(word, "sum") => Aggregate::Sum,
                _ if is(word, "min") => Aggregate::Min,
                _ if is(word, "max") => Aggregate::Max,
                _ => return Err(Fault::SYNTAX),
            };
            at += 2;
        } else if place == 1 && is(option, "withscores") {
            with_scores = true;
            at += 1;
        } else {
            return Err(Fault::SYNTAX);
        }
    }
    let mut result = Scores::default();
    for (index, (key, weight)) in keys.iter().zip(weights).enumerate() {
        let other = scores(cx, key, weight)?;
        match how {
            _ if index == 0 => result = other,
            Algebra::Union => {
                for (member, score) in other {
                    result.entry(member).and_modify(|known| *known = aggregate.of(*known, score)).or_insert(score);
                }
            }
            Algebra::Inter => result.retain(|member, known| match other.get(member) {
                Some(score) => {
                    *known = aggregate.of(*known, *score);
                    true
                }
                None => false,
            }),
            Algebra::Diff => result.retain(|member, _| !other.contains_key(member)),
        }
    }
    Ok((result, with_scores))
}

fn sorted(scores: &Scores) -> SortedSet {
    let mut set = SortedSet::default();
    scores.iter().for_each(|(member, score)| {
        set.insert(member, *score);
    });
    set
}

fn read(cx: &mut Context<'_>, args: Args<'_>, how: Algebra, reply: &mut Reply) -> Done {
    let (scores, with_scores) = combine(cx, args, 1, how)?;
    let set = sorted(&scores);
    write_members(reply, set.len(), with_scores, set.rising(0));
    Ok(())
}

fn put(cx: &mut Context<'_>, args: Args<'_>, how: Algebra, reply: &mut Reply) -> Done {
    let (scores, _) = combine(cx, args, 2, how)?;
    store(cx, args.at(1)?, sorted(&scores), reply);
    Ok(())
}

fn zunion(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    read(cx, args, Algebra::Union, reply)
}

fn zinter(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    read(cx, args, Algebra::Inter, reply)
}

fn zdiff(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    read(cx, args, Algebra::Diff, reply)
}

fn zunionstore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    put(cx, args, Algebra::Union, reply)
}

fn zinterstore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    put(cx, args, Algebra::Inter, reply)
}

fn zdiffstore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    put(cx, args, Algebra::Diff, reply)
}

fn zintercard(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let n = need_integer(args.at(1)?)?;
    if n < 1 {
        return Err(Fault::new(format!("ERR at least 1 input key is needed for '{}' command", args.name)));
    }
    let keys = numbered_keys(args, 1, "ERR at least 1 input key is needed")?;
    let most = match (args.get(2 + keys.len()), args.get(3 + keys.len())) {
        (None, _) => 0,
        (Some(word), Some(limit)) if is(word, "limit") && args.len() == keys.len() + 4 => {
            let limit = need_integer(limit).ok().and_then(|limit| usize::try_from(limit).ok());
            limit.ok_or(Fault::fixed("ERR LIMIT can't be negative"))?
        }
        _ => return Err(Fault::SYNTAX),
    };
    let mut result: Option<Scores> = None;
    for key in &keys {
        let other = scores(cx, key, 1.0)?;
        result = Some(match result {
            None => other,
            Some(mut known) => {
                known.retain(|member, _| other.contains_key(member));
                known
            }
        });
    }
    let n = result.map_or(0, |scores| scores.len());
    reply.count(if most == 0 { n } else { n.min(most) });
    Ok(())
}
