//! Commands that take from lists and sorted sets, and can wait until there is something.

use super::set_algebra::numbered_keys;
use super::{Class, Command, Context, is};
use crate::engine::kv::blocking::{Take, Wait, take};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::journal::Note;
use crate::engine::kv::number::{double, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::runtime::clock;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("lmove", 5, Class::Grow, lmove).keys(1, 2, 1),
    Command::new("rpoplpush", 3, Class::Grow, rpoplpush).keys(1, 2, 1),
    Command::new("lmpop", -4, Class::Write, lmpop).keys(0, 0, 0),
    Command::new("zmpop", -4, Class::Write, zmpop).keys(0, 0, 0),
    Command::new("blpop", -3, Class::Write, blpop).keys(1, -2, 1),
    Command::new("brpop", -3, Class::Write, brpop).keys(1, -2, 1),
    Command::new("blmove", 6, Class::Grow, blmove).keys(1, 2, 1),
    Command::new("brpoplpush", 4, Class::Grow, brpoplpush).keys(1, 2, 1),
    Command::new("blmpop", -5, Class::Write, blmpop).keys(0, 0, 0),
    Command::new("bzpopmin", -3, Class::Write, bzpopmin).keys(1, -2, 1),
    Command::new("bzpopmax", -3, Class::Write, bzpopmax).keys(1, -2, 1),
    Command::new("bzmpop", -5, Class::Write, bzmpop).keys(0, 0, 0),
];

/// What to do when there is nothing.
enum Otherwise {
    /// Answer null: of arrays if so.
    Null { array: bool },
    /// Wait, so many life seconds, 0 for ever; then the same.
    Wait { life_s: f64, array: bool },
}

fn take_first(cx: &mut Context<'_>, keys: &[&[u8]], what: Take, otherwise: &Otherwise, reply: &mut Reply) -> Done {
    for key in keys {
        let mut taken = Vec::new();
        if take(cx.keys, key, &what, reply, &mut taken)? {
            if cx.board.journal.is_some() {
                cx.board.note = Note::Instead(taken);
            }
            if let Take::Move { to, .. } = &what {
                cx.board.waiters.signal(to);
            }
            return Ok(());
        }
    }
    match *otherwise {
        // A transaction never waits.
        Otherwise::Wait { life_s, .. } if cx.session.transaction.is_none() && !cx.session.in_exec => {
            let until_ns = (life_s > 0.0).then(|| clock::now_ns().saturating_add(cx.server.wall_ns(life_s)));
            let keys = keys.iter().map(|key| Box::from(*key)).collect();
            cx.board.waiters.enter(&cx.session.client, reply.protocol(), keys, what);
            cx.session.wait = Some(Wait { until_ns });
        }
        Otherwise::Wait { array: true, .. } | Otherwise::Null { array: true } => reply.null_array(),
        Otherwise::Wait { .. } | Otherwise::Null { .. } => reply.null(),
    }
    Ok(())
}

/// A time to wait in life seconds.
fn timeout(text: &[u8]) -> Result<f64, Fault> {
    let life_s = double(text).ok_or(Fault::fixed("ERR timeout is not a float or out of range"))?;
    if life_s < 0.0 {
        return Err(Fault::fixed("ERR timeout is negative"));
    }
    if life_s > 1e12 {
        return Err(Fault::fixed("ERR timeout is out of range"));
    }
    Ok(life_s)
}

fn is_left(word: &[u8]) -> Result<bool, Fault> {
    match word {
        _ if is(word, "left") => Ok(true),
        _ if is(word, "right") => Ok(false),
        _ => Err(Fault::SYNTAX),
    }
}

fn lmove(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let what = Take::Move { to: args.at(2)?.into(), from_left: is_left(args.at(3)?)?, to_left: is_left(args.at(4)?)? };
    take_first(cx, &[args.at(1)?], what, &Otherwise::Null { array: false }, reply)
}

fn rpoplpush(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let what = Take::Move { to: args.at(2)?.into(), from_left: false, to_left: true };
    take_first(cx, &[args.at(1)?], what, &Otherwise::Null { array: false }, reply)
}

fn blmove(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let what = Take::Move { to: args.at(2)?.into(), from_left: is_left(args.at(3)?)?, to_left: is_left(args.at(4)?)? };
    let life_s = timeout(args.at(5)?)?;
    take_first(cx, &[args.at(1)?], what, &Otherwise::Wait { life_s, array: false }, reply)
}

fn brpoplpush(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let what = Take::Move { to: args.at(2)?.into(), from_left: false, to_left: true };
    let life_s = timeout(args.at(3)?)?;
    take_first(cx, &[args.at(1)?], what, &Otherwise::Wait { life_s, array: false }, reply)
}

fn pop_of_many(cx: &mut Context<'_>, args: Args<'_>, what: Take, reply: &mut Reply) -> Done {
    let last = args.len() - 1;
    let life_s = timeout(args.at(last)?)?;
    let keys: Vec<&[u8]> = args.rest(1).take(last - 1).collect();
    take_first(cx, &keys, what, &Otherwise::Wait { life_s, array: true }, reply)
}

fn blpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop_of_many(cx, args, Take::Element { left: true }, reply)
}

fn brpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop_of_many(cx, args, Take::Element { left: false }, reply)
}

fn bzpopmin(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop_of_many(cx, args, Take::Member { lowest: true }, reply)
}

fn bzpopmax(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop_of_many(cx, args, Take::Member { lowest: false }, reply)
}

/// `numkeys key.. LEFT|RIGHT|MIN|MAX [COUNT n]` from `place` on.
fn some_of_many(cx: &mut Context<'_>, args: Args<'_>, place: usize, sorted: bool, otherwise: &Otherwise, reply: &mut Reply) -> Done {
    let keys = numbered_keys(args, place, "ERR numkeys should be greater than 0")?;
    let place = place + 1 + keys.len();
    let side = args.get(place).ok_or(Fault::SYNTAX)?;
    let count = match (args.get(place + 1), args.get(place + 2)) {
        (None, _) => 1,
        (Some(word), Some(count)) if is(word, "count") && args.len() == place + 3 => {
            let count = need_integer(count).ok().and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
            count.ok_or(Fault::fixed("ERR count should be greater than 0"))?
        }
        _ => return Err(Fault::SYNTAX),
    };
    let what = match side {
        _ if sorted && is(side, "min") => Take::Members { lowest: true, count },
        _ if sorted && is(side, "max") => Take::Members { lowest: false, count },
        _ if !sorted => Take::Elements { left: is_left(side)?, count },
        _ => return Err(Fault::SYNTAX),
    };
    take_first(cx, &keys, what, otherwise, reply)
}

fn lmpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    some_of_many(cx, args, 1, false, &Otherwise::Null { array: true }, reply)
}

fn zmpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    some_of_many(cx, args, 1, true, &Otherwise::Null { array: true }, reply)
}

fn blmpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let life_s = timeout(args.at(1)?)?;
    some_of_many(cx, args, 2, false, &Otherwise::Wait { life_s, array: true }, reply)
}

fn bzmpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let life_s = timeout(args.at(1)?)?;
    some_of_many(cx, args, 2, true, &Otherwise::Wait { life_s, array: true }, reply)
}
