//! Commands that count in a string.

use super::{Class, Command, Context};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{Digits, add_decimals, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::Text;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("incr", 2, Class::Grow, incr),
    Command::new("decr", 2, Class::Grow, decr),
    Command::new("incrby", 3, Class::Grow, incrby),
    Command::new("decrby", 3, Class::Grow, decrby),
    Command::new("incrbyfloat", 3, Class::Grow, incrbyfloat),
];

fn incr(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    add(cx, args, 1, reply)
}

fn decr(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    add(cx, args, -1, reply)
}

fn incrby(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    add(cx, args, need_integer(args.at(2)?)?, reply)
}

fn decrby(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let by = need_integer(args.at(2)?)?.checked_neg().ok_or(Fault::fixed("ERR decrement would overflow"))?;
    add(cx, args, by, reply)
}

fn add(cx: &mut Context<'_>, args: Args<'_>, by: i64, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let new = cx.keys.change::<Text, _>(key, |text| {
        let new = need_integer(&text.0)?.checked_add(by).ok_or(Fault::OVERFLOW)?;
        text.0.clear();
        text.0.extend_from_slice(Digits::of(new).as_bytes());
        Ok((true, new))
    })?;
    let new = new.unwrap_or_else(|| {
        cx.keys.put_text(key, Digits::of(by).as_bytes(), false);
        by
    });
    reply.integer(new);
    Ok(())
}

fn incrbyfloat(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let old = cx.keys.read::<Text>(key)?.map_or(&b"0"[..], |text| &text.0);
    let new = add_decimals(old, args.at(2)?)?;
    cx.keys.put_text(key, new.as_bytes(), true);
    cx.note(&[&[b"SET", key, new.as_bytes(), b"KEEPTTL"]]);
    reply.bulk(new.as_bytes());
    Ok(())
}
