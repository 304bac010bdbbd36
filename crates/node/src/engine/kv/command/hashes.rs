//! Commands on hashes.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{Digits, add_decimals, integer, need_double, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::engine::kv::value::Fields;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("hset", -4, Class::Grow, hset),
    Command::new("hsetnx", 4, Class::Grow, hsetnx),
    Command::new("hmset", -4, Class::Grow, hmset),
    Command::new("hget", 3, Class::Read, hget),
    Command::new("hmget", -3, Class::Read, hmget),
    Command::new("hgetall", 2, Class::Read, hgetall),
    Command::new("hdel", -3, Class::Write, hdel),
    Command::new("hexists", 3, Class::Read, hexists),
    Command::new("hlen", 2, Class::Read, hlen),
    Command::new("hstrlen", 3, Class::Read, hstrlen),
    Command::new("hincrby", 4, Class::Grow, hincrby),
    Command::new("hincrbyfloat", 4, Class::Grow, hincrbyfloat),
    Command::new("hkeys", 2, Class::Read, hkeys),
    Command::new("hvals", 2, Class::Read, hvals),
    Command::new("hrandfield", -2, Class::Read, hrandfield),
];

/// Members that a random draw with repetitions may give.
pub(super) const DRAWS_MAX: usize = 1 << 20;

fn hset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let pairs = args.pairs(2)?;
    let new = cx
        .keys
        .change_or_make::<Fields, _>(args.at(1)?, |fields| Ok((true, pairs.filter(|(field, value)| fields.set(field, value)).count())))?;
    reply.count(new);
    Ok(())
}

fn hsetnx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (field, value) = (args.at(2)?, args.at(3)?);
    let is_new = cx.keys.change_or_make::<Fields, _>(args.at(1)?, |fields| {
        let is_new = fields.get(field).is_none() && fields.set(field, value);
        Ok((is_new, is_new))
    })?;
    reply.flag(is_new);
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
    let gone = cx.keys.change::<Fields, _>(args.at(1)?, |fields| {
        let gone = args.rest(2).filter(|field| fields.remove(field)).count();
        Ok((gone > 0, gone))
    })?;
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

fn hstrlen(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let field = args.at(2)?;
    let len = cx.keys.read::<Fields>(args.at(1)?)?.and_then(|fields| fields.get(field)).map_or(0, <[u8]>::len);
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
        fields.set(field, Digits::of(new).as_bytes());
        Ok((true, new))
    })?;
    reply.integer(new);
    Ok(())
}

fn hincrbyfloat(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (key, field, by) = (args.at(1)?, args.at(2)?, args.at(3)?);
    if !need_double(by)?.is_finite() {
        return Err(Fault::fixed("ERR value is NaN or Infinity"));
    }
    let new = cx.keys.change_or_make::<Fields, _>(key, |fields| {
        let old = fields.get(field).unwrap_or(b"0");
        need_double(old).map_err(|_| Fault::fixed("ERR hash value is not a float"))?;
        let new = add_decimals(old, by)?;
        fields.set(field, new.as_bytes());
        Ok((true, new))
    })?;
    cx.note(&[&[b"HSET", key, field, new.as_bytes()]]);
    reply.bulk(new.as_bytes());
    Ok(())
}

/// How many members a random draw is asked for, and whether one may come twice.
pub(super) fn draws(count: &[u8]) -> Result<(usize, bool), Fault> {
    let count = need_integer(count)?;
    if count < -(i64::MAX / 2) {
        return Err(Fault::fixed("ERR value is out of range"));
    }
    let repeats = count < 0;
    let count = usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX);
    if repeats && count > DRAWS_MAX {
        return Err(Fault::fixed("ERR value is out of range"));
    }
    Ok((count, repeats))
}

/// Places of a collection of `len`, drawn at random: `count` of them with repetitions, or at most as many as there are.
pub(super) fn draw_places(cx: &mut Context<'_>, len: usize, count: usize, repeats: bool) -> Vec<usize> {
    if len == 0 {
        return Vec::new();
    }
    if repeats {
        return (0..count).map(|_| cx.place(len)).collect();
    }
    if count >= len {
        return (0..len).collect();
    }
    // The first steps of a shuffle; where few are wanted, only the places that moved are kept.
    let mut moved = std::collections::HashMap::new();
    (0..count)
        .map(|step| {
            let place = step + cx.place(len - step);
            let chosen = moved.get(&place).copied().unwrap_or(place);
            let here = moved.get(&step).copied().unwrap_or(step);
            moved.insert(place, here);
            chosen
        })
        .collect()
}

fn hrandfield(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let len = cx.keys.read::<Fields>(key)?.map_or(0, Fields::len);
    let Some(count) = args.get(2) else {
        let places = draw_places(cx, len, 1, true);
        let fields = cx.keys.read::<Fields>(key)?;
        let field = places.first().and_then(|place| fields?.at(*place));
        reply.bulk_or_null(field.map(|(field, _)| field));
        return Ok(());
    };
    let (count, repeats) = draws(count)?;
    let with_values = match args.get(3) {
        None => false,
        Some(word) if args.len() == 4 && is(word, "withvalues") => true,
        Some(_) => return Err(Fault::SYNTAX),
    };
    let places = draw_places(cx, len, count, repeats);
    let fields = cx.keys.read::<Fields>(key)?;
    let paired = with_values && reply.protocol() == Protocol::Resp3;
    reply.array(if with_values && !paired { 2 * places.len() } else { places.len() });
    for (field, value) in places.iter().filter_map(|place| fields?.at(*place)) {
        if paired {
            reply.array(2);
        }
        reply.bulk(field);
        if with_values {
            reply.bulk(value);
        }
    }
    Ok(())
}
