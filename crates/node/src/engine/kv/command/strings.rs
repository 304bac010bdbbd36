//! Commands on strings.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::keyspace::{Keyspace, Life};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::Text;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("get", 2, Class::Read, get),
    Command::new("getex", -2, Class::Write, getex),
    Command::new("set", -3, Class::Grow, set),
    Command::new("setex", 4, Class::Grow, setex),
    Command::new("psetex", 4, Class::Grow, psetex),
    Command::new("setnx", 3, Class::Grow, setnx),
    Command::new("mget", -2, Class::Read, mget).keys(1, -1, 1),
    Command::new("mset", -3, Class::Grow, mset).keys(1, -1, 2),
    Command::new("msetnx", -3, Class::Grow, msetnx).keys(1, -1, 2),
    Command::new("append", 3, Class::Grow, append),
    Command::new("strlen", 2, Class::Read, strlen),
    Command::new("getrange", 4, Class::Read, getrange),
    Command::new("substr", 4, Class::Read, getrange),
    Command::new("setrange", 4, Class::Grow, setrange),
    Command::new("getset", 3, Class::Grow, getset),
    Command::new("getdel", 2, Class::Write, getdel),
];

/// Bytes that one string may have.
pub(super) const TEXT_MAX_BYTES: usize = 64 << 20;

fn get(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let text = cx.keys.read::<Text>(args.at(1)?)?;
    cx.found.note(text.is_some());
    reply.bulk_or_null(text.map(|text| text.0.as_slice()));
    Ok(())
}

fn mget(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.array(args.len() - 1);
    for key in args.rest(1) {
        // A key of another type counts as missing here, as in Redis.
        let text = cx.keys.read::<Text>(key).unwrap_or_default();
        cx.found.note(text.is_some());
        reply.bulk_or_null(text.map(|text| text.0.as_slice()));
    }
    Ok(())
}

/// How SET was asked to treat the key's life.
enum Expiry<'a> {
    Drop,
    Keep,
    /// In so many units, or so many units after 1970.
    At {
        n: &'a [u8],
        unit_ms: i64,
        absolute: bool,
    },
}

/// The words EX, PX, EXAT and PXAT: ms of a unit, and whether it counts from 1970.
fn unit(option: &[u8]) -> Option<(i64, bool)> {
    let units = [("ex", 1000, false), ("px", 1, false), ("exat", 1000, true), ("pxat", 1, true)];
    units.into_iter().find(|(word, ..)| is(option, word)).map(|(_, unit_ms, absolute)| (unit_ms, absolute))
}

/// The deadline that `n` units make, which must lie ahead of the beginning of time.
fn deadline(keys: &Keyspace, n: &[u8], unit_ms: i64, absolute: bool, command: &str) -> Result<i64, Fault> {
    let n = need_integer(n)?;
    let deadline = (n > 0).then(|| keys.deadline_ms(n, unit_ms, absolute)).flatten();
    deadline.ok_or_else(|| Fault::expire_time(command))
}

fn set(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (key, value) = (args.at(1)?, args.at(2)?);
    let (mut only_new, mut only_old, mut want_old) = (false, false, false);
    let mut expiry = Expiry::Drop;
    let mut at = 3;
    while let Some(option) = args.get(at) {
        if is(option, "nx") && !only_old {
            only_new = true;
        } else if is(option, "xx") && !only_new {
            only_old = true;
        } else if is(option, "get") {
            want_old = true;
        } else if is(option, "keepttl") && matches!(expiry, Expiry::Drop) {
            expiry = Expiry::Keep;
        } else if let (Some((unit_ms, absolute)), Expiry::Drop, Some(n)) = (unit(option), &expiry, args.get(at + 1)) {
            expiry = Expiry::At { n, unit_ms, absolute };
            at += 1;
        } else {
            return Err(Fault::SYNTAX);
        }
        at += 1;
    }
    // The options are read as a whole before any number in them.
    let deadline = match expiry {
        Expiry::At { n, unit_ms, absolute } => Some(deadline(cx.keys, n, unit_ms, absolute, "set")?),
        Expiry::Drop | Expiry::Keep => None,
    };
    if want_old {
        let old = cx.keys.read::<Text>(key)?;
        cx.found.note(old.is_some());
        reply.bulk_or_null(old.map(|old| old.0.as_slice()));
    }
    let exists = (only_new || only_old) && cx.keys.has(key);
    if (only_new && exists) || (only_old && !exists) {
        if !want_old {
            reply.null();
        }
        return Ok(());
    }
    put(cx, key, value, deadline, matches!(expiry, Expiry::Keep));
    if !want_old {
        reply.ok();
    }
    Ok(())
}

/// Sets `key`, and has the append-only file say when it ends.
fn put(cx: &mut Context<'_>, key: &[u8], value: &[u8], deadline: Option<i64>, keeping_life: bool) {
    cx.keys.put_text(key, value, keeping_life);
    if let Some(deadline) = deadline {
        cx.note_end(&[b"SET", key, value], key, deadline);
        cx.keys.live_until(key, Some(deadline));
    } else if keeping_life {
        cx.note(&[&[b"SET", key, value, b"KEEPTTL"]]);
    } else {
        cx.note(&[&[b"SET", key, value]]);
    }
}

fn setex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    set_for(cx, args, 1000, reply)
}

fn psetex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    set_for(cx, args, 1, reply)
}

fn set_for(cx: &mut Context<'_>, args: Args<'_>, unit_ms: i64, reply: &mut Reply) -> Done {
    let deadline = deadline(cx.keys, args.at(2)?, unit_ms, false, args.name)?;
    put(cx, args.at(1)?, args.at(3)?, Some(deadline), false);
    reply.ok();
    Ok(())
}

fn getex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    // What its life becomes, if it is to change: endless, or until then.
    let life = match (args.get(2), args.get(3)) {
        (None, _) => None,
        (Some(option), None) if is(option, "persist") => Some(None),
        (Some(option), Some(n)) if args.len() == 4 => {
            let (unit_ms, absolute) = unit(option).ok_or(Fault::SYNTAX)?;
            Some(Some((n, unit_ms, absolute)))
        }
        _ => return Err(Fault::SYNTAX),
    };
    let text = cx.keys.read::<Text>(key)?;
    let is_there = text.is_some();
    cx.found.note(is_there);
    reply.bulk_or_null(text.map(|text| text.0.as_slice()));
    if !is_there {
        return Ok(());
    }
    match life {
        Some(Some((n, unit_ms, absolute))) => {
            let deadline = deadline(cx.keys, n, unit_ms, absolute, "getex")?;
            cx.note_end(&[], key, deadline);
            cx.keys.live_until(key, Some(deadline));
        }
        Some(None) if matches!(cx.keys.life(key), Life::Until(_)) => {
            cx.note(&[&[b"PERSIST", key]]);
            cx.keys.live_until(key, None);
        }
        _ => {}
    }
    Ok(())
}

fn setnx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let is_new = !cx.keys.has(key);
    if is_new {
        cx.keys.put_text(key, args.at(2)?, false);
    }
    reply.flag(is_new);
    Ok(())
}

fn mset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    for (key, value) in args.pairs(1)? {
        cx.keys.put_text(key, value, false);
    }
    reply.ok();
    Ok(())
}

fn msetnx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let are_new = !args.pairs(1)?.any(|(key, _)| cx.keys.has(key));
    if are_new {
        for (key, value) in args.pairs(1)? {
            cx.keys.put_text(key, value, false);
        }
    }
    reply.flag(are_new);
    Ok(())
}

/// The places `start..=end` of something `len` long, below zero from its end, as a half-open range; empty when there are none.
pub(super) fn places(start: i64, end: i64, len: usize) -> std::ops::Range<usize> {
    let len = len as i64;
    let from_end = |place: i64| if place < 0 { place.saturating_add(len) } else { place };
    let start = from_end(start).max(0);
    let end = from_end(end).min(len - 1);
    if start > end { 0..0 } else { start as usize..end as usize + 1 }
}

fn getrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (start, end) = (need_integer(args.at(2)?)?, need_integer(args.at(3)?)?);
    let text = cx.keys.read::<Text>(args.at(1)?)?;
    cx.found.note(text.is_some());
    let text = text.map_or(&[][..], |text| &text.0);
    reply.bulk(text.get(places(start, end, text.len())).unwrap_or_default());
    Ok(())
}

fn setrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let offset = need_integer(args.at(2)?)?;
    let offset = usize::try_from(offset).map_err(|_| Fault::fixed("ERR offset is out of range"))?;
    let (key, value) = (args.at(1)?, args.at(3)?);
    if value.is_empty() {
        reply.count(cx.keys.read::<Text>(key)?.map_or(0, |text| text.0.len()));
        return Ok(());
    }
    let end = offset.checked_add(value.len()).filter(|end| *end <= TEXT_MAX_BYTES).ok_or(Fault::TEXT_TOO_LONG)?;
    let len = cx.keys.change_or_make::<Text, _>(key, |text| {
        if text.0.len() < end {
            text.0.resize(end, 0);
        }
        if let Some(place) = text.0.get_mut(offset..end) {
            place.copy_from_slice(value);
        }
        Ok((true, text.0.len()))
    })?;
    reply.count(len);
    Ok(())
}

fn append(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let tail = args.at(2)?;
    let len = cx.keys.change_or_make::<Text, _>(args.at(1)?, |text| {
        if text.0.len() + tail.len() > TEXT_MAX_BYTES {
            return Err(Fault::TEXT_TOO_LONG);
        }
        text.0.extend_from_slice(tail);
        Ok((true, text.0.len()))
    })?;
    reply.count(len);
    Ok(())
}

fn strlen(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let len = cx.keys.read::<Text>(args.at(1)?)?.map_or(0, |text| text.0.len());
    reply.count(len);
    Ok(())
}

fn getset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let old = cx.keys.read::<Text>(key)?;
    cx.found.note(old.is_some());
    reply.bulk_or_null(old.map(|old| old.0.as_slice()));
    let value = args.at(2)?;
    put(cx, key, value, None, false);
    Ok(())
}

fn getdel(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let old = cx.keys.read::<Text>(key)?;
    cx.found.note(old.is_some());
    reply.bulk_or_null(old.map(|old| old.0.as_slice()));
    cx.keys.remove(key);
    cx.note(&[&[b"DEL", key]]);
    Ok(())
}
