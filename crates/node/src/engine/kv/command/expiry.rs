//! Commands on the time to live of keys.

use super::keys::unsupported;
use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::keyspace::Life;
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("expire", -3, Class::Write, expire),
    Command::new("pexpire", -3, Class::Write, pexpire),
    Command::new("expireat", -3, Class::Write, expireat),
    Command::new("pexpireat", -3, Class::Write, pexpireat),
    Command::new("ttl", 2, Class::Read, ttl),
    Command::new("pttl", 2, Class::Read, pttl),
    Command::new("expiretime", 2, Class::Read, expiretime),
    Command::new("pexpiretime", 2, Class::Read, pexpiretime),
    Command::new("persist", 2, Class::Write, persist),
];

fn expire(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    live_for(cx, args, 1000, false, reply)
}

fn pexpire(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    live_for(cx, args, 1, false, reply)
}

fn expireat(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    live_for(cx, args, 1000, true, reply)
}

fn pexpireat(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    live_for(cx, args, 1, true, reply)
}

fn live_for(cx: &mut Context<'_>, args: Args<'_>, unit_ms: i64, absolute: bool, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let (mut nx, mut xx, mut gt, mut lt) = (false, false, false, false);
    for option in args.rest(3) {
        match option {
            _ if is(option, "nx") => nx = true,
            _ if is(option, "xx") => xx = true,
            _ if is(option, "gt") => gt = true,
            _ if is(option, "lt") => lt = true,
            _ => return Err(unsupported(option)),
        }
    }
    if nx && (xx || gt || lt) {
        return Err(Fault::fixed("ERR NX and XX, GT or LT options at the same time are not compatible"));
    }
    if gt && lt {
        return Err(Fault::fixed("ERR GT and LT options at the same time are not compatible"));
    }
    let n = need_integer(args.at(2)?)?;
    let deadline = cx.keys.deadline_ms(n, unit_ms, absolute).ok_or_else(|| Fault::expire_time(args.name))?;
    let applies = match cx.keys.life(key) {
        Life::Missing => false,
        // A key without a time to live counts as one that lives longest.
        Life::Endless => !xx && !gt,
        Life::Until(at_ms) => !nx && (!gt || deadline > at_ms) && (!lt || deadline < at_ms),
    };
    if applies {
        cx.note_end(&[], key, deadline);
        cx.keys.live_until(key, Some(deadline));
    }
    reply.flag(applies);
    Ok(())
}

fn ttl(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let left_ms = left_ms(cx, args.at(1)?);
    reply.integer(if left_ms < 0 { left_ms } else { left_ms / 1000 + i64::from(left_ms % 1000 >= 500) });
    Ok(())
}

fn pttl(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.integer(left_ms(cx, args.at(1)?));
    Ok(())
}

/// Life ms left; -1 for ever, -2 no such key.
fn left_ms(cx: &mut Context<'_>, key: &[u8]) -> i64 {
    match cx.keys.life(key) {
        Life::Missing => -2,
        Life::Endless => -1,
        Life::Until(at_ms) => at_ms.saturating_sub(cx.keys.now_ms()).max(0),
    }
}

/// Ms after 1970 at which it ends; -1 never, -2 no such key.
fn ends_ms(cx: &mut Context<'_>, key: &[u8]) -> i64 {
    match cx.keys.life(key) {
        Life::Missing => -2,
        Life::Endless => -1,
        Life::Until(at_ms) => cx.keys.unix_of(at_ms),
    }
}

fn expiretime(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let ends_ms = ends_ms(cx, args.at(1)?);
    reply.integer(if ends_ms < 0 { ends_ms } else { ends_ms.saturating_add(500) / 1000 });
    Ok(())
}

fn pexpiretime(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.integer(ends_ms(cx, args.at(1)?));
    Ok(())
}

fn persist(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let had = matches!(cx.keys.life(key), Life::Until(_));
    if had {
        cx.keys.live_until(key, None);
    }
    reply.flag(had);
    Ok(())
}
