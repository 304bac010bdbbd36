//! Commands on ranges of sorted sets, by rank and by score.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{double, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::engine::kv::sorted_set::{Bound, SortedSet};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zrange", -4, Class::Read, zrange),
    Command::new("zrevrange", -4, Class::Read, zrevrange),
    Command::new("zrangebyscore", -4, Class::Read, zrangebyscore),
    Command::new("zrevrangebyscore", -4, Class::Read, zrevrangebyscore),
    Command::new("zcount", 4, Class::Read, zcount),
    Command::new("zremrangebyrank", 4, Class::Write, zremrangebyrank),
    Command::new("zremrangebyscore", 4, Class::Write, zremrangebyscore),
];

/// What a range read was asked for.
#[derive(Default)]
struct Query {
    by_score: bool,
    reversed: bool,
    with_scores: bool,
    /// Members to leave out at first, and how many to give; below zero: all, of the second.
    limit: Option<(i64, i64)>,
}

fn zrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query::default(), true, reply)
}

fn zrevrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { reversed: true, ..Query::default() }, false, reply)
}

fn zrangebyscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { by_score: true, ..Query::default() }, false, reply)
}

fn zrevrangebyscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { by_score: true, reversed: true, ..Query::default() }, false, reply)
}

/// Reads options from the fourth argument on; only ZRANGE may say how it ranges (`free`).
fn range(cx: &mut Context<'_>, args: Args<'_>, mut query: Query, free: bool, reply: &mut Reply) -> Done {
    let mut at = 4;
    while let Some(option) = args.get(at) {
        if is(option, "withscores") {
            query.with_scores = true;
        } else if free && is(option, "byscore") {
            query.by_score = true;
        } else if free && is(option, "rev") {
            query.reversed = true;
        } else if is(option, "limit") && args.len() > at + 2 {
            query.limit = Some((need_integer(args.at(at + 1)?)?, need_integer(args.at(at + 2)?)?));
            at += 2;
        } else {
            return Err(Fault::SYNTAX);
        }
        at += 1;
    }
    // Redis lets a limit of -1, which is none, pass here too.
    if query.limit.is_some_and(|(_, most)| most != -1) && !query.by_score {
        return Err(Fault::fixed("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"));
    }
    let (first, second) = (args.at(2)?, args.at(3)?);
    let span = if query.by_score {
        // Reversed, the highest score is named first.
        let (min, max) = if query.reversed { (second, first) } else { (first, second) };
        Span::Scores(bound(min)?, bound(max)?)
    } else {
        Span::Ranks(need_integer(first)?, need_integer(second)?)
    };
    let set = cx.keys.read::<SortedSet>(args.at(1)?)?;
    cx.found.note(set.is_some());
    let Some(set) = set else {
        reply.array(0);
        return Ok(());
    };
    let (mut start, mut end) = span.ranks(set, query.reversed);
    if let (Some((skip, most)), true) = (query.limit, query.by_score) {
        let len = end - start;
        let skip = usize::try_from(skip).unwrap_or(len).min(len);
        let most = usize::try_from(most).unwrap_or(len).min(len - skip);
        (start, end) = if query.reversed { (end - skip - most, end - skip) } else { (start + skip, start + skip + most) };
    }
    let n = end - start;
    if query.reversed {
        write_members(reply, n, query.with_scores, set.falling(end).take(n));
    } else {
        write_members(reply, n, query.with_scores, set.rising(start).take(n));
    }
    Ok(())
}

/// RESP2 has members and scores in one flat array, RESP3 in pairs.
fn write_members<'a>(reply: &mut Reply, n: usize, with_scores: bool, members: impl Iterator<Item = (&'a [u8], f64)>) {
    let paired = with_scores && reply.protocol() == Protocol::Resp3;
    reply.array(if with_scores && !paired { 2 * n } else { n });
    for (member, score) in members {
        if paired {
            reply.array(2);
        }
        reply.bulk(member);
        if with_scores {
            reply.double(score);
        }
    }
}

/// A range as the client named it.
enum Span {
    /// First and last rank; below zero they count from the end.
    Ranks(i64, i64),
    Scores(Bound, Bound),
}

impl Span {
    /// As half-open ranks in rising order.
    fn ranks(&self, set: &SortedSet, reversed: bool) -> (usize, usize) {
        match *self {
            Self::Scores(min, max) => set.ranks(min, max),
            Self::Ranks(first, last) => {
                let len = set.len() as i64;
                let from_end = |rank: i64| if rank < 0 { rank.saturating_add(len) } else { rank };
                let first = from_end(first).max(0);
                let last = from_end(last).min(len - 1);
                if first > last {
                    return (0, 0);
                }
                if reversed { ((len - 1 - last) as usize, (len - first) as usize) } else { (first as usize, last as usize + 1) }
            }
        }
    }
}

/// `5`, `(5` (5 itself left out), `-inf`, `+inf`. Nothing at all, which Redis takes for 0, is refused.
fn bound(text: &[u8]) -> Result<Bound, Fault> {
    let (number, inclusive) = match text {
        [b'(', number @ ..] => (number, false),
        number => (number, true),
    };
    let score = double(number).ok_or(Fault::fixed("ERR min or max is not a float"))?;
    Ok(Bound { score, inclusive })
}

fn scores(args: Args<'_>) -> Result<Span, Fault> {
    Ok(Span::Scores(bound(args.at(2)?)?, bound(args.at(3)?)?))
}

fn zcount(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let span = scores(args)?;
    let n = cx.keys.read::<SortedSet>(args.at(1)?)?.map_or(0, |set| {
        let (start, end) = span.ranks(set, false);
        end - start
    });
    reply.count(n);
    Ok(())
}

fn zremrangebyrank(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let span = Span::Ranks(need_integer(args.at(2)?)?, need_integer(args.at(3)?)?);
    remove(cx, args, &span, reply)
}

fn zremrangebyscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let span = scores(args)?;
    remove(cx, args, &span, reply)
}

fn remove(cx: &mut Context<'_>, args: Args<'_>, span: &Span, reply: &mut Reply) -> Done {
    let gone = cx.keys.change::<SortedSet, _>(args.at(1)?, |set| {
        let (start, end) = span.ranks(set, false);
        Ok(set.remove_ranks(start, end))
    })?;
    reply.count(gone.unwrap_or(0));
    Ok(())
}
