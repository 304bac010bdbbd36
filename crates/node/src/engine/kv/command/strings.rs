//! Commands on strings.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::keyspace::Keyspace;
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::{Text, Value};
use crate::runtime::clock;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("get", 2, Class::Read, get),
    Command::new("set", -3, Class::Grow, set),
    Command::new("setex", 4, Class::Grow, setex),
    Command::new("psetex", 4, Class::Grow, psetex),
    Command::new("setnx", 3, Class::Grow, setnx),
    Command::new("mget", -2, Class::Read, mget),
    Command::new("mset", -3, Class::Grow, mset),
    Command::new("append", 3, Class::Grow, append),
    Command::new("strlen", 2, Class::Read, strlen),
    Command::new("getset", 3, Class::Grow, getset),
    Command::new("getdel", 2, Class::Write, getdel),
];

/// Bytes that one string may have.
const TEXT_MAX_BYTES: usize = 64 << 20;

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

fn text(bytes: &[u8]) -> Value {
    Value::Text(Text(bytes.to_vec()))
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

/// The life ms at which something ends that lives `n` units of `unit_ms` more, or until `n` units after 1970 when `absolute`.
pub(super) fn deadline_ms(keys: &Keyspace, n: i64, unit_ms: i64, absolute: bool) -> Option<i64> {
    let ms = n.checked_mul(unit_ms)?;
    // An absolute time is as far away as it would be in life: dilation stretches the way there.
    let left_ms = if absolute { ms.checked_sub(clock::unix_ms() as i64)? } else { ms };
    keys.now_ms().checked_add(left_ms)
}

fn set(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (key, value) = (args.at(1)?, args.at(2)?);
    let (mut only_new, mut only_old, mut want_old) = (false, false, false);
    let mut expiry = Expiry::Drop;
    let mut at = 3;
    while let Some(option) = args.get(at) {
        let unit =
            [("ex", 1000, false), ("px", 1, false), ("exat", 1000, true), ("pxat", 1, true)].into_iter().find(|unit| is(option, unit.0));
        if is(option, "nx") && !only_old {
            only_new = true;
        } else if is(option, "xx") && !only_new {
            only_old = true;
        } else if is(option, "get") {
            want_old = true;
        } else if is(option, "keepttl") && matches!(expiry, Expiry::Drop) {
            expiry = Expiry::Keep;
        } else if let (Some((_, unit_ms, absolute)), Expiry::Drop, Some(n)) = (unit, &expiry, args.get(at + 1)) {
            expiry = Expiry::At { n, unit_ms, absolute };
            at += 1;
        } else {
            return Err(Fault::SYNTAX);
        }
        at += 1;
    }
    // The options are read as a whole before any number in them.
    let deadline = match expiry {
        Expiry::At { n, unit_ms, absolute } => {
            let n = need_integer(n)?;
            let deadline = (n > 0).then(|| deadline_ms(cx.keys, n, unit_ms, absolute)).flatten();
            Some(deadline.ok_or_else(|| Fault::expire_time("set"))?)
        }
        Expiry::Drop | Expiry::Keep => None,
    };
    if want_old {
        let old = cx.keys.read::<Text>(key)?;
        reply.bulk_or_null(old.map(|old| old.0.as_slice()));
    }
    let exists = (only_new || only_old) && cx.keys.has(key);
    if (only_new && exists) || (only_old && !exists) {
        if !want_old {
            reply.null();
        }
        return Ok(());
    }
    if matches!(expiry, Expiry::Keep) {
        cx.keys.put_keeping_life(key, text(value));
    } else {
        cx.keys.put(key, text(value));
    }
    if deadline.is_some() {
        cx.keys.live_until(key, deadline);
    }
    if !want_old {
        reply.ok();
    }
    Ok(())
}

fn setex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    set_for(cx, args, 1000, reply)
}

fn psetex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    set_for(cx, args, 1, reply)
}

fn set_for(cx: &mut Context<'_>, args: Args<'_>, unit_ms: i64, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let n = need_integer(args.at(2)?)?;
    let deadline = (n > 0).then(|| deadline_ms(cx.keys, n, unit_ms, false)).flatten();
    let deadline = deadline.ok_or_else(|| Fault::expire_time(args.name))?;
    cx.keys.put(key, text(args.at(3)?));
    cx.keys.live_until(key, Some(deadline));
    reply.ok();
    Ok(())
}

fn setnx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let is_new = !cx.keys.has(key);
    if is_new {
        cx.keys.put(key, text(args.at(2)?));
    }
    reply.flag(is_new);
    Ok(())
}

fn mset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    for (key, value) in args.pairs(1)? {
        cx.keys.put(key, text(value));
    }
    reply.ok();
    Ok(())
}

fn append(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let tail = args.at(2)?;
    let len = cx.keys.change_or_make::<Text, _>(args.at(1)?, |text| {
        if text.0.len() + tail.len() > TEXT_MAX_BYTES {
            return Err(Fault::fixed("ERR string exceeds maximum allowed size (proto-max-bulk-len)"));
        }
        text.0.extend_from_slice(tail);
        Ok(text.0.len())
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
    reply.bulk_or_null(old.map(|old| old.0.as_slice()));
    cx.keys.put(key, text(args.at(2)?));
    Ok(())
}

fn getdel(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let old = cx.keys.read::<Text>(key)?;
    reply.bulk_or_null(old.map(|old| old.0.as_slice()));
    cx.keys.remove(key);
    Ok(())
}
