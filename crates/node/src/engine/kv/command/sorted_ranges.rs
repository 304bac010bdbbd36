//! Commands on ranges of sorted sets, by rank, by score and by name.

use super::strings::places;
use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{nearest_double, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::engine::kv::sorted_set::{Bound, LexBound, SortedSet};
use crate::engine::kv::value::Typed;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("zrange", -4, Class::Read, zrange),
    Command::new("zrevrange", -4, Class::Read, zrevrange),
    Command::new("zrangebyscore", -4, Class::Read, zrangebyscore),
    Command::new("zrevrangebyscore", -4, Class::Read, zrevrangebyscore),
    Command::new("zrangebylex", -4, Class::Read, zrangebylex),
    Command::new("zrevrangebylex", -4, Class::Read, zrevrangebylex),
    Command::new("zrangestore", -5, Class::Grow, zrangestore).keys(1, 2, 1),
    Command::new("zcount", 4, Class::Read, zcount),
    Command::new("zlexcount", 4, Class::Read, zlexcount),
    Command::new("zremrangebyrank", 4, Class::Write, zremrangebyrank),
    Command::new("zremrangebyscore", 4, Class::Write, zremrangebyscore),
    Command::new("zremrangebylex", 4, Class::Write, zremrangebylex),
];

/// What a range is over.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum By {
    #[default]
    Rank,
    Score,
    Lex,
}

/// What a range read was asked for.
#[derive(Default, Clone, Copy)]
struct Query {
    by: By,
    reversed: bool,
    with_scores: bool,
    /// Only ZRANGE and ZRANGESTORE may say how they range.
    free: bool,
    /// Scores are no part of the answer.
    stores: bool,
    /// Members to leave out at first, and how many to give; below zero: all, of the second.
    limit: Option<(i64, i64)>,
}

fn zrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { free: true, ..Query::default() }, reply)
}

fn zrevrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { reversed: true, ..Query::default() }, reply)
}

fn zrangebyscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { by: By::Score, ..Query::default() }, reply)
}

fn zrevrangebyscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { by: By::Score, reversed: true, ..Query::default() }, reply)
}

fn zrangebylex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { by: By::Lex, ..Query::default() }, reply)
}

fn zrevrangebylex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    range(cx, args, Query { by: By::Lex, reversed: true, ..Query::default() }, reply)
}

/// Reads the range that begins with the argument at `place`, and the options after it.
fn read<'a>(args: Args<'a>, place: usize, mut query: Query) -> Result<(Query, Span<'a>), Fault> {
    let mut at = place + 2;
    while let Some(option) = args.get(at) {
        if is(option, "withscores") && !query.stores {
            query.with_scores = true;
        } else if query.free && query.by == By::Rank && is(option, "byscore") {
            query.by = By::Score;
        } else if query.free && query.by == By::Rank && is(option, "bylex") {
            query.by = By::Lex;
        } else if query.free && is(option, "rev") {
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
    if query.limit.is_some_and(|(_, most)| most != -1) && query.by == By::Rank {
        return Err(Fault::fixed("ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX"));
    }
    if query.with_scores && query.by == By::Lex {
        return Err(Fault::fixed("ERR syntax error, WITHSCORES not supported in combination with BYLEX"));
    }
    let (first, second) = (args.at(place)?, args.at(place + 1)?);
    // Reversed, the upper end is named first.
    let (min, max) = if query.reversed { (second, first) } else { (first, second) };
    let span = match query.by {
        By::Rank => Span::Ranks(need_integer(first)?, need_integer(second)?),
        By::Score => Span::Scores(bound(min)?, bound(max)?),
        By::Lex => Span::Names(lex_bound(min)?, lex_bound(max)?),
    };
    Ok((query, span))
}

/// The ranks of `set`, half open and rising, that the query is after.
fn wanted(set: &SortedSet, query: Query, span: &Span<'_>) -> (usize, usize) {
    let (mut start, mut end) = span.ranks(set, query.reversed);
    if let (Some((skip, most)), true) = (query.limit, query.by != By::Rank) {
        let len = end - start;
        let skip = usize::try_from(skip).unwrap_or(len).min(len);
        let most = usize::try_from(most).unwrap_or(len).min(len - skip);
        (start, end) = if query.reversed { (end - skip - most, end - skip) } else { (start + skip, start + skip + most) };
    }
    (start, end)
}

fn range(cx: &mut Context<'_>, args: Args<'_>, query: Query, reply: &mut Reply) -> Done {
    let (query, span) = read(args, 2, query)?;
    let set = cx.keys.read::<SortedSet>(args.at(1)?)?;
    cx.found.note(set.is_some());
    let Some(set) = set else {
        reply.array(0);
        return Ok(());
    };
    let (start, end) = wanted(set, query, &span);
    let n = end - start;
    if query.reversed {
        write_members(reply, n, query.with_scores, set.falling(end).take(n));
    } else {
        write_members(reply, n, query.with_scores, set.rising(start).take(n));
    }
    Ok(())
}

fn zrangestore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (query, span) = read(args, 3, Query { free: true, stores: true, ..Query::default() })?;
    let mut result = SortedSet::default();
    if let Some(set) = cx.keys.read::<SortedSet>(args.at(2)?)? {
        let (start, end) = wanted(set, query, &span);
        for (member, score) in set.rising(start).take(end - start) {
            result.insert(member, score);
        }
    }
    store(cx, args.at(1)?, result, reply);
    Ok(())
}

/// Puts a result in its place; an empty one leaves nothing there.
pub(super) fn store(cx: &mut Context<'_>, to: &[u8], result: SortedSet, reply: &mut Reply) {
    reply.count(result.len());
    if result.len() > 0 {
        cx.keys.put(to, result.wrap());
        cx.board.waiters.signal(to);
    } else {
        cx.keys.remove(to);
    }
}

/// RESP2 has members and scores in one flat array, RESP3 in pairs.
pub(super) fn write_members<'a>(reply: &mut Reply, n: usize, with_scores: bool, members: impl Iterator<Item = (&'a [u8], f64)>) {
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
enum Span<'a> {
    /// First and last rank; below zero they count from the end.
    Ranks(i64, i64),
    Scores(Bound, Bound),
    Names(LexBound<'a>, LexBound<'a>),
}

impl Span<'_> {
    /// As half-open ranks in rising order.
    fn ranks(&self, set: &SortedSet, reversed: bool) -> (usize, usize) {
        match self {
            Self::Scores(min, max) => set.ranks(*min, *max),
            Self::Names(min, max) => set.lex_ranks(min, max),
            Self::Ranks(first, last) => {
                let range = places(*first, *last, set.len());
                if reversed && !range.is_empty() { (set.len() - range.end, set.len() - range.start) } else { (range.start, range.end) }
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
    let score = nearest_double(number).ok_or(Fault::fixed("ERR min or max is not a float"))?;
    Ok(Bound { score, inclusive })
}

/// `-`, `+`, `[name`, `(name`.
fn lex_bound(text: &[u8]) -> Result<LexBound<'_>, Fault> {
    match text {
        b"-" => Ok(LexBound::Least),
        b"+" => Ok(LexBound::Most),
        [b'[', name @ ..] => Ok(LexBound::Inclusive(name)),
        [b'(', name @ ..] => Ok(LexBound::Exclusive(name)),
        _ => Err(Fault::fixed("ERR min or max not valid string range item")),
    }
}

fn scores(args: Args<'_>) -> Result<Span<'_>, Fault> {
    Ok(Span::Scores(bound(args.at(2)?)?, bound(args.at(3)?)?))
}

fn names(args: Args<'_>) -> Result<Span<'_>, Fault> {
    Ok(Span::Names(lex_bound(args.at(2)?)?, lex_bound(args.at(3)?)?))
}

fn count(cx: &mut Context<'_>, args: Args<'_>, span: &Span<'_>, reply: &mut Reply) -> Done {
    let n = cx.keys.read::<SortedSet>(args.at(1)?)?.map_or(0, |set| {
        let (start, end) = span.ranks(set, false);
        end - start
    });
    reply.count(n);
    Ok(())
}

fn zcount(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    count(cx, args, &scores(args)?, reply)
}

fn zlexcount(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    count(cx, args, &names(args)?, reply)
}

fn zremrangebyrank(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let span = Span::Ranks(need_integer(args.at(2)?)?, need_integer(args.at(3)?)?);
    remove(cx, args, &span, reply)
}

fn zremrangebyscore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    remove(cx, args, &scores(args)?, reply)
}

fn zremrangebylex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    remove(cx, args, &names(args)?, reply)
}

fn remove(cx: &mut Context<'_>, args: Args<'_>, span: &Span<'_>, reply: &mut Reply) -> Done {
    let gone = cx.keys.change::<SortedSet, _>(args.at(1)?, |set| {
        let (start, end) = span.ranks(set, false);
        let gone = set.remove_ranks(start, end);
        Ok((gone > 0, gone))
    })?;
    reply.count(gone.unwrap_or(0));
    Ok(())
}
