//! Commands that count in a string.

use super::{Class, Command, Context};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::{Text, Value};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("incr", 2, Class::Grow, incr),
    Command::new("decr", 2, Class::Grow, decr),
    Command::new("incrby", 3, Class::Grow, incrby),
    Command::new("decrby", 3, Class::Grow, decrby),
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
    let old = match cx.keys.read::<Text>(key)? {
        Some(text) => need_integer(&text.0)?,
        None => 0,
    };
    let new = old.checked_add(by).ok_or(Fault::OVERFLOW)?;
    cx.keys.put_keeping_life(key, Value::Text(Text(new.to_string().into_bytes())));
    reply.integer(new);
    Ok(())
}
