//! Commands on keys of any type.

use super::strings::deadline_ms;
use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::glob;
use crate::engine::kv::keyspace::Life;
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("del", -2, Class::Write, del),
    Command::new("unlink", -2, Class::Write, del),
    Command::new("exists", -2, Class::Read, exists),
    Command::new("expire", -3, Class::Write, expire),
    Command::new("pexpire", -3, Class::Write, pexpire),
    Command::new("expireat", -3, Class::Write, expireat),
    Command::new("pexpireat", -3, Class::Write, pexpireat),
    Command::new("ttl", 2, Class::Read, ttl),
    Command::new("pttl", 2, Class::Read, pttl),
    Command::new("persist", 2, Class::Write, persist),
    Command::new("type", 2, Class::Read, kind),
    Command::new("keys", 2, Class::Read, keys),
    Command::new("scan", -2, Class::Read, scan),
];

fn del(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.count(args.rest(1).filter(|key| cx.keys.remove(key)).count());
    Ok(())
}

fn exists(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.count(args.rest(1).filter(|key| cx.keys.has(key)).count());
    Ok(())
}

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
            _ => {
                let shown = String::from_utf8_lossy(option.get(..128).unwrap_or(option)).into_owned();
                return Err(Fault::new(format!("ERR Unsupported option {shown}")));
            }
        }
    }
    if nx && (xx || gt || lt) {
        return Err(Fault::fixed("ERR NX and XX, GT or LT options at the same time are not compatible"));
    }
    if gt && lt {
        return Err(Fault::fixed("ERR GT and LT options at the same time are not compatible"));
    }
    let n = need_integer(args.at(2)?)?;
    let deadline = deadline_ms(cx.keys, n, unit_ms, absolute).ok_or_else(|| Fault::expire_time(args.name))?;
    let applies = match cx.keys.life(key) {
        Life::Missing => false,
        // A key without a time to live counts as one that lives longest.
        Life::Endless => !xx && !gt,
        Life::Until(at_ms) => !nx && (!gt || deadline > at_ms) && (!lt || deadline < at_ms),
    };
    if applies {
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

fn persist(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let had = matches!(cx.keys.life(key), Life::Until(_));
    if had {
        cx.keys.live_until(key, None);
    }
    reply.flag(had);
    Ok(())
}

fn kind(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.simple(cx.keys.kind(args.at(1)?).unwrap_or("none"));
    Ok(())
}

fn keys(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let pattern = args.at(1)?;
    let mut found = Vec::new();
    cx.keys.scan(0, usize::MAX, |key, _| {
        if glob::matches(pattern, key) {
            found.push(key.to_vec());
        }
    });
    reply.array(found.len());
    found.iter().for_each(|key| reply.bulk(key));
    Ok(())
}

fn scan(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let cursor = std::str::from_utf8(args.at(1)?).ok().and_then(|text| text.parse::<u64>().ok());
    let cursor = cursor.ok_or(Fault::fixed("ERR invalid cursor"))?;
    let (mut pattern, mut kind, mut count): (Option<&[u8]>, Option<&[u8]>, usize) = (None, None, 10);
    let mut at = 2;
    while let Some(option) = args.get(at) {
        let Some(value) = args.get(at + 1) else { return Err(Fault::SYNTAX) };
        if is(option, "match") {
            pattern = Some(value);
        } else if is(option, "type") {
            kind = Some(value);
        } else if is(option, "count") {
            count = usize::try_from(need_integer(value)?).ok().filter(|count| *count > 0).ok_or(Fault::SYNTAX)?;
        } else {
            return Err(Fault::SYNTAX);
        }
        at += 2;
    }
    let mut found = Vec::new();
    let next = cx.keys.scan(cursor, count, |key, of_kind| {
        if pattern.is_none_or(|pattern| glob::matches(pattern, key)) && kind.is_none_or(|kind| is(kind, of_kind)) {
            found.push(key.to_vec());
        }
    });
    reply.array(2);
    reply.bulk(next.to_string().as_bytes());
    reply.array(found.len());
    found.iter().for_each(|key| reply.bulk(key));
    Ok(())
}
