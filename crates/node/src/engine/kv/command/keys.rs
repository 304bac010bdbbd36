//! Commands on keys of any type; those on their time to live are in `expiry`, those that walk over them in `scan`.

use super::{Class, Command, Context, is, shown};
use crate::engine::kv::eviction;
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::keyspace::key_bytes;
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("del", -2, Class::Write, del).keys(1, -1, 1),
    Command::new("unlink", -2, Class::Write, del).keys(1, -1, 1),
    Command::new("exists", -2, Class::Read, exists).keys(1, -1, 1),
    Command::new("touch", -2, Class::Read, touch).keys(1, -1, 1),
    Command::new("type", 2, Class::Read, kind),
    Command::new("rename", 3, Class::Write, rename).keys(1, 2, 1),
    Command::new("renamenx", 3, Class::Write, renamenx).keys(1, 2, 1),
    Command::new("copy", -3, Class::Grow, copy).keys(1, 2, 1),
    Command::new("randomkey", 1, Class::Read, randomkey).keys(0, 0, 0),
    Command::new("object", -2, Class::Read, object).keys(2, 2, 1),
    Command::new("memory", -2, Class::Read, memory).keys(0, 0, 0),
];

fn del(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.count(args.rest(1).filter(|key| cx.keys.remove(key)).count());
    Ok(())
}

fn exists(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.count(args.rest(1).filter(|key| cx.keys.has(key)).count());
    Ok(())
}

fn touch(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.count(args.rest(1).filter(|key| cx.keys.touch(key)).count());
    Ok(())
}

fn kind(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.simple(cx.keys.kind(args.at(1)?).unwrap_or("none"));
    Ok(())
}

fn rename(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    move_key(cx, args, false)?;
    reply.ok();
    Ok(())
}

fn renamenx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let moved = move_key(cx, args, true)?;
    reply.flag(moved);
    Ok(())
}

fn move_key(cx: &mut Context<'_>, args: Args<'_>, only_new: bool) -> Result<bool, Fault> {
    let (from, to) = (args.at(1)?, args.at(2)?);
    if !cx.keys.has(from) {
        return Err(Fault::NO_SUCH_KEY);
    }
    if from == to {
        return Ok(!only_new);
    }
    if only_new && cx.keys.has(to) {
        return Ok(false);
    }
    let (value, deadline) = cx.keys.take(from).ok_or(Fault::NO_SUCH_KEY)?;
    cx.keys.put(to, value);
    if deadline.is_some() {
        cx.keys.live_until(to, deadline);
    }
    cx.board.waiters.signal(to);
    Ok(true)
}

fn copy(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (from, to) = (args.at(1)?, args.at(2)?);
    let mut replaces = false;
    let mut at = 3;
    while let Some(option) = args.get(at) {
        if is(option, "replace") {
            replaces = true;
        } else if let (true, Some(db)) = (is(option, "db"), args.get(at + 1)) {
            if need_integer(db)? != 0 {
                return Err(Fault::fixed("ERR DB index is out of range"));
            }
            at += 1;
        } else {
            return Err(Fault::SYNTAX);
        }
        at += 1;
    }
    if from == to {
        return Err(Fault::fixed("ERR source and destination objects are the same"));
    }
    let found = cx.keys.look(from).map(|slot| (slot.value.clone(), slot.deadline_ms));
    let copied = match found {
        Some((value, deadline)) if replaces || !cx.keys.has(to) => {
            cx.keys.put(to, value);
            if deadline.is_some() {
                cx.keys.live_until(to, deadline);
            }
            cx.board.waiters.signal(to);
            true
        }
        _ => false,
    };
    reply.flag(copied);
    Ok(())
}

fn randomkey(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    // A key whose time is over may be drawn: it goes, and another is drawn.
    while let Some(place) = eviction::any_key(cx.keys, &mut cx.board.random.0) {
        let key = cx.keys.slot(place).map(|slot| slot.key.clone()).unwrap_or_default();
        if cx.keys.has(&key) {
            reply.bulk(&key);
            return Ok(());
        }
    }
    reply.null();
    Ok(())
}

fn object(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    let known = ["encoding", "freq", "idletime", "refcount"].into_iter().find(|word| is(subcommand, word));
    let Some(known) = known else { return Err(Fault::subcommand("OBJECT", subcommand)) };
    if args.len() != 3 {
        return Err(Fault::arity(&format!("object|{known}")));
    }
    let now_ms = cx.keys.now_ms();
    let is_lfu = cx.board.settings.policy.is_lfu();
    let Some(slot) = cx.keys.look(args.at(2)?) else {
        reply.null();
        return Ok(());
    };
    match known {
        "encoding" => reply.bulk(slot.value.encoding().as_bytes()),
        "refcount" => reply.integer(1),
        "freq" if is_lfu => reply.integer(i64::from(slot.used.frequency(now_ms))),
        "idletime" if !is_lfu => reply.integer(i64::from(slot.used.idle_ms(now_ms) / 1000)),
        "freq" => {
            return Err(Fault::fixed(
                "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
            ));
        }
        _ => {
            return Err(Fault::fixed(
                "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
            ));
        }
    }
    Ok(())
}

fn memory(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    if !is(subcommand, "usage") {
        return Err(Fault::subcommand("MEMORY", subcommand));
    }
    match (args.get(2), args.get(3), args.get(4)) {
        (None, ..) => return Err(Fault::arity("memory|usage")),
        (Some(_), None, _) => {}
        // Everything is always counted here, so there is nothing to sample.
        (Some(_), Some(word), Some(samples)) if is(word, "samples") && args.len() == 5 => {
            need_integer(samples)?;
        }
        _ => return Err(Fault::SYNTAX),
    }
    match cx.keys.look(args.at(2)?) {
        Some(slot) => reply.count(key_bytes(&slot.key) + slot.value.bytes()),
        None => reply.null(),
    }
    Ok(())
}

/// For an option that is not known.
pub(super) fn unsupported(option: &[u8]) -> Fault {
    Fault::new(format!("ERR Unsupported option {}", shown(option)))
}
