//! Commands on hashes.

use super::{Class, Command, Context};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{integer, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::Fields;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("hset", -4, Class::Grow, hset),
    Command::new("hmset", -4, Class::Grow, hmset),
    Command::new("hget", 3, Class::Read, hget),
    Command::new("hmget", -3, Class::Read, hmget),
    Command::new("hgetall", 2, Class::Read, hgetall),
    Command::new("hdel", -3, Class::Write, hdel),
    Command::new("hexists", 3, Class::Read, hexists),
    Command::new("hlen", 2, Class::Read, hlen),
    Command::new("hincrby", 4, Class::Grow, hincrby),
    Command::new("hkeys", 2, Class::Read, hkeys),
    Command::new("hvals", 2, Class::Read, hvals),
];

fn hset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let pairs = args.pairs(2)?;
    let new =
        cx.keys.change_or_make::<Fields, _>(args.at(1)?, |fields| Ok(pairs.filter(|(field, value)| fields.set(field, value)).count()))?;
    reply.count(new);
    Ok(())
}

/// The older name, which clients still send.
fn hmset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let mark = reply.len();
    hset(cx, args, reply)?;
    reply.cut(mark);
    reply.ok();
    Ok(())
}

fn hget(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let field = args.at(2)?;
    let value = cx.keys.read::<Fields>(args.at(1)?)?.and_then(|fields| fields.get(field));
    cx.found.note(value.is_some());
    reply.bulk_or_null(value);
    Ok(())
}

fn hmget(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let fields = cx.keys.read::<Fields>(args.at(1)?)?;
    cx.found.note(fields.is_some());
    reply.array(args.len() - 2);
    for field in args.rest(2) {
        reply.bulk_or_null(fields.and_then(|fields| fields.get(field)));
    }
    Ok(())
}

fn hgetall(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let fields = cx.keys.read::<Fields>(args.at(1)?)?;
    cx.found.note(fields.is_some());
    reply.map(fields.map_or(0, Fields::len));
    for (field, value) in fields.iter().flat_map(|fields| fields.iter()) {
        reply.bulk(field);
        reply.bulk(value);
    }
    Ok(())
}

fn hkeys(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let fields = cx.keys.read::<Fields>(args.at(1)?)?;
    cx.found.note(fields.is_some());
    reply.array(fields.map_or(0, Fields::len));
    fields.iter().flat_map(|fields| fields.iter()).for_each(|(field, _)| reply.bulk(field));
    Ok(())
}

fn hvals(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let fields = cx.keys.read::<Fields>(args.at(1)?)?;
    cx.found.note(fields.is_some());
    reply.array(fields.map_or(0, Fields::len));
    fields.iter().flat_map(|fields| fields.iter()).for_each(|(_, value)| reply.bulk(value));
    Ok(())
}

fn hdel(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let gone = cx.keys.change::<Fields, _>(args.at(1)?, |fields| Ok(args.rest(2).filter(|field| fields.remove(field)).count()))?;
    reply.count(gone.unwrap_or(0));
    Ok(())
}

fn hexists(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let field = args.at(2)?;
    let there = cx.keys.read::<Fields>(args.at(1)?)?.is_some_and(|fields| fields.get(field).is_some());
    reply.flag(there);
    Ok(())
}

fn hlen(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let len = cx.keys.read::<Fields>(args.at(1)?)?.map_or(0, Fields::len);
    reply.count(len);
    Ok(())
}

fn hincrby(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let field = args.at(2)?;
    let by = need_integer(args.at(3)?)?;
    let new = cx.keys.change_or_make::<Fields, _>(args.at(1)?, |fields| {
        let old = match fields.get(field) {
            Some(value) => integer(value).ok_or(Fault::fixed("ERR hash value is not an integer"))?,
            None => 0,
        };
        let new = old.checked_add(by).ok_or(Fault::OVERFLOW)?;
        fields.set(field, new.to_string().as_bytes());
        Ok(new)
    })?;
    reply.integer(new);
    Ok(())
}
