//! Commands on single members of sorted sets; ranges are in `sorted_ranges`.

use super::hashes::{draw_places, draws};
use super::{Class, Command, Context, is};
use crate::engine::kv::blocking::pop_members;
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{need_count, need_double, shortest};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::engine::kv::sorted_set::SortedSet;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zadd", -4, Class::Grow, zadd),
    Command::new("zincrby", 4, Class::Grow, zincrby),
    Command::new("zrem", -3, Class::Write, zrem),
    Command::new("zscore", 3, Class::Read, zscore),
    Command::new("zmscore", -3, Class::Read, zmscore),
    Command::new("zcard", 2, Class::Read, zcard),
    Command::new("zrank", -3, Class::Read, zrank),
    Command::new("zrevrank", -3, Class::Read, zrevrank),
    Command::new("zpopmin", -2, Class::Write, zpopmin),
    Command::new("zpopmax", -2, Class::Write, zpopmax),
    Command::new("zrandmember", -2, Class::Read, zrandmember),
];

/// Options of ZADD, named as it names them.
#[derive(Default, Clone, Copy)]
struct Options {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
    ch: bool,
    incr: bool,
}

impl Options {
    /// The score that `member` gets, if any.
    fn decide(self, old: Option<f64>, given: f64) -> Result<Option<f64>, Fault> {
        let new = if self.incr { old.unwrap_or(0.0) + given } else { given };
        if new.is_nan() {
            return Err(Fault::NAN_SCORE);
        }
        Ok(match old {
            None => !self.xx,
            Some(old) => !self.nx && (!self.gt || new > old) && (!self.lt || new < old),
        }
        .then_some(new))
    }
}

fn zadd(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let mut options = Options::default();
    let mut at = 2;
    while let Some(option) = args.get(at) {
        match option {
            _ if is(option, "nx") => options.nx = true,
            _ if is(option, "xx") => options.xx = true,
            _ if is(option, "gt") => options.gt = true,
            _ if is(option, "lt") => options.lt = true,
            _ if is(option, "ch") => options.ch = true,
            _ if is(option, "incr") => options.incr = true,
            _ => break,
        }
        at += 1;
    }
    let pairs = args.pairs(at).map_err(|_| Fault::SYNTAX)?;
    if options.nx && options.xx {
        return Err(Fault::fixed("ERR XX and NX options at the same time are not compatible"));
    }
    if [options.nx, options.gt, options.lt].into_iter().filter(|on| *on).count() > 1 {
        return Err(Fault::fixed("ERR GT, LT, and/or NX options at the same time are not compatible"));
    }
    if options.incr && args.len() != at + 2 {
        return Err(Fault::fixed("ERR INCR option supports a single increment-element pair"));
    }
    // All scores are read before the first is set: the command happens as a whole or not at all.
    let pairs: Vec<(f64, &[u8])> = pairs.map(|(score, member)| Ok((need_double(score)?, member))).collect::<Result<_, Fault>>()?;
    let key = args.at(1)?;
    let (added, updated, last) = cx.keys.change_or_make::<SortedSet, _>(key, |set| {
        let (mut added, mut updated, mut last) = (0, 0, None);
        for (given, member) in pairs {
            let old = set.score(member);
            last = options.decide(old, given)?;
            if let Some(new) = last {
                set.insert(member, new);
                added += usize::from(old.is_none());
                updated += usize::from(old.is_some_and(|old| old != new));
            }
        }
        Ok((added + updated > 0, (added, updated, last)))
    })?;
    if added > 0 {
        cx.board.waiters.signal(key);
    }
    match last {
        Some(score) if options.incr => reply.double(score),
        None if options.incr => reply.null(),
        _ => reply.count(if options.ch { added + updated } else { added }),
    }
    Ok(())
}

fn zincrby(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let by = need_double(args.at(2)?)?;
    let member = args.at(3)?;
    let options = Options { incr: true, ..Options::default() };
    let key = args.at(1)?;
    let score = cx.keys.change_or_make::<SortedSet, _>(key, |set| {
        let new = options.decide(set.score(member), by)?;
        if let Some(new) = new {
            set.insert(member, new);
        }
        Ok((true, new))
    })?;
    if let Some(score) = score {
        // The sum as it is, so that a replay needs no arithmetic.
        cx.note(&[&[b"ZADD", key, shortest(score).as_bytes(), member]]);
    }
    cx.board.waiters.signal(key);
    reply.double_or_null(score);
    Ok(())
}

fn zrem(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let gone = cx.keys.change::<SortedSet, _>(args.at(1)?, |set| {
        let gone = args.rest(2).filter(|member| set.remove(member).is_some()).count();
        Ok((gone > 0, gone))
    })?;
    reply.count(gone.unwrap_or(0));
    Ok(())
}

fn zscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let member = args.at(2)?;
    let score = cx.keys.read::<SortedSet>(args.at(1)?)?.and_then(|set| set.score(member));
    cx.found.note(score.is_some());
    reply.double_or_null(score);
    Ok(())
}

fn zmscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let set = cx.keys.read::<SortedSet>(args.at(1)?)?;
    cx.found.note(set.is_some());
    reply.array(args.len() - 2);
    for member in args.rest(2) {
        reply.double_or_null(set.and_then(|set| set.score(member)));
    }
    Ok(())
}

fn zcard(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let len = cx.keys.read::<SortedSet>(args.at(1)?)?.map_or(0, SortedSet::len);
    reply.count(len);
    Ok(())
}

fn zrank(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    rank(cx, args, false, reply)
}

fn zrevrank(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    rank(cx, args, true, reply)
}

fn rank(cx: &mut Context<'_>, args: Args<'_>, reversed: bool, reply: &mut Reply) -> Done {
    let member = args.at(2)?;
    let with_score = match args.get(3) {
        None => false,
        Some(word) if args.len() == 4 && is(word, "withscore") => true,
        Some(_) => return Err(Fault::SYNTAX),
    };
    let place = cx.keys.read::<SortedSet>(args.at(1)?)?.and_then(|set| {
        let rank = set.rank(member)?;
        Some((if reversed { set.len() - 1 - rank } else { rank }, set.score(member)?))
    });
    match place {
        Some((rank, score)) if with_score => {
            reply.array(2);
            reply.count(rank);
            reply.double(score);
        }
        Some((rank, _)) => reply.count(rank),
        None if with_score => reply.null_array(),
        None => reply.null(),
    }
    Ok(())
}

fn zpopmin(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop(cx, args, true, reply)
}

fn zpopmax(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop(cx, args, false, reply)
}

fn pop(cx: &mut Context<'_>, args: Args<'_>, lowest: bool, reply: &mut Reply) -> Done {
    let count = match args.get(2) {
        None => None,
        Some(count) if args.len() == 3 => Some(need_count(count)?),
        Some(_) => return Err(Fault::SYNTAX),
    };
    let popped = cx.keys.change::<SortedSet, _>(args.at(1)?, |set| {
        let popped = pop_members(set, lowest, count.unwrap_or(1));
        Ok((!popped.is_empty(), popped))
    })?;
    let popped = popped.unwrap_or_default();
    // RESP3 has pairs where a count was given, and one flat pair where none was.
    let paired = count.is_some() && reply.protocol() == Protocol::Resp3;
    reply.array(if paired { popped.len() } else { 2 * popped.len() });
    for (member, score) in &popped {
        if paired {
            reply.array(2);
        }
        reply.bulk(member);
        reply.double(*score);
    }
    Ok(())
}

fn zrandmember(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let len = cx.keys.read::<SortedSet>(key)?.map_or(0, SortedSet::len);
    let Some(count) = args.get(2) else {
        let places = draw_places(cx, len, 1, true);
        let set = cx.keys.read::<SortedSet>(key)?;
        reply.bulk_or_null(places.first().and_then(|place| set?.at(*place)).map(|(member, _)| member));
        return Ok(());
    };
    let (count, repeats) = draws(count)?;
    let with_scores = match args.get(3) {
        None => false,
        Some(word) if args.len() == 4 && is(word, "withscores") => true,
        Some(_) => return Err(Fault::SYNTAX),
    };
    let places = draw_places(cx, len, count, repeats);
    let set = cx.keys.read::<SortedSet>(key)?;
    let paired = with_scores && reply.protocol() == Protocol::Resp3;
    reply.array(if with_scores && !paired { 2 * places.len() } else { places.len() });
    for (member, score) in places.iter().filter_map(|place| set?.at(*place)) {
        if paired {
            reply.array(2);
        }
        reply.bulk(member);
        if with_scores {
            reply.double(score);
        }
    }
    Ok(())
}
