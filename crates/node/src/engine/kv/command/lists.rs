//! Commands on lists that never wait; those that do are in `blocking`.

use super::strings::places;
use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::{need_count, need_integer};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::List;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("lpush", -3, Class::Grow, lpush),
    Command::new("rpush", -3, Class::Grow, rpush),
    Command::new("lpushx", -3, Class::Grow, lpushx),
    Command::new("rpushx", -3, Class::Grow, rpushx),
    Command::new("lpop", -2, Class::Write, lpop),
    Command::new("rpop", -2, Class::Write, rpop),
    Command::new("llen", 2, Class::Read, llen),
    Command::new("lindex", 3, Class::Read, lindex),
    Command::new("lset", 4, Class::Grow, lset),
    Command::new("linsert", 5, Class::Grow, linsert),
    Command::new("lrange", 4, Class::Read, lrange),
    Command::new("ltrim", 4, Class::Write, ltrim),
    Command::new("lrem", 4, Class::Write, lrem),
    Command::new("lpos", -3, Class::Read, lpos),
];

fn lpush(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    push(cx, args, true, true, reply)
}

fn rpush(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    push(cx, args, false, true, reply)
}

fn lpushx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    push(cx, args, true, false, reply)
}

fn rpushx(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    push(cx, args, false, false, reply)
}

fn push(cx: &mut Context<'_>, args: Args<'_>, left: bool, makes: bool, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let all = |list: &mut List| {
        args.rest(2).for_each(|item| list.push(left, item));
        Ok((true, list.len()))
    };
    let len = if makes { cx.keys.change_or_make(key, all)? } else { cx.keys.change(key, all)?.unwrap_or(0) };
    if len > 0 {
        cx.board.waiters.signal(key);
    }
    reply.count(len);
    Ok(())
}

fn lpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop(cx, args, true, reply)
}

fn rpop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    pop(cx, args, false, reply)
}

fn pop(cx: &mut Context<'_>, args: Args<'_>, left: bool, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let count = match args.get(2) {
        None => None,
        Some(count) if args.len() == 3 => Some(need_count(count)?),
        Some(_) => return Err(Fault::arity(args.name)),
    };
    let popped = cx.keys.change::<List, _>(key, |list| {
        let n = count.unwrap_or(1).min(list.len());
        let popped: Vec<Box<[u8]>> = (0..n).map_while(|_| list.pop(left)).collect();
        Ok((!popped.is_empty(), popped))
    })?;
    match (popped, count) {
        (None, None) => reply.null(),
        (None, Some(_)) => reply.null_array(),
        (Some(popped), None) => reply.bulk_or_null(popped.first().map(|item| &**item)),
        (Some(popped), Some(_)) => {
            reply.array(popped.len());
            popped.iter().for_each(|item| reply.bulk(item));
        }
    }
    Ok(())
}

fn llen(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let len = cx.keys.read::<List>(args.at(1)?)?.map_or(0, List::len);
    reply.count(len);
    Ok(())
}

/// The place that an index names in a list of `len`, below zero from its end.
fn place(index: i64, len: usize) -> Option<usize> {
    let place = if index < 0 { index.saturating_add(len as i64) } else { index };
    usize::try_from(place).ok().filter(|place| *place < len)
}

fn lindex(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let list = cx.keys.read::<List>(args.at(1)?)?;
    cx.found.note(list.is_some());
    let Some(list) = list else {
        reply.null();
        return Ok(());
    };
    let index = need_integer(args.at(2)?)?;
    reply.bulk_or_null(place(index, list.len()).and_then(|place| list.get(place)));
    Ok(())
}

fn lset(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (index, item) = (args.at(2)?, args.at(3)?);
    let set = cx.keys.change::<List, _>(args.at(1)?, |list| {
        let place = place(need_integer(index)?, list.len()).ok_or(Fault::OUT_OF_RANGE)?;
        Ok((true, list.set(place, item)))
    })?;
    set.ok_or(Fault::NO_SUCH_KEY)?;
    reply.ok();
    Ok(())
}

fn linsert(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (side, pivot, item) = (args.at(2)?, args.at(3)?, args.at(4)?);
    let after = match side {
        _ if is(side, "before") => 0,
        _ if is(side, "after") => 1,
        _ => return Err(Fault::SYNTAX),
    };
    let len = cx.keys.change::<List, _>(args.at(1)?, |list| {
        let found = list.iter().position(|known| known == pivot);
        if let Some(place) = found {
            list.insert(place + after, item);
        }
        Ok((found.is_some(), if found.is_some() { list.len() as i64 } else { -1 }))
    })?;
    reply.integer(len.unwrap_or(0));
    Ok(())
}

fn lrange(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (start, end) = (need_integer(args.at(2)?)?, need_integer(args.at(3)?)?);
    let list = cx.keys.read::<List>(args.at(1)?)?;
    cx.found.note(list.is_some());
    let range = places(start, end, list.map_or(0, List::len));
    reply.array(range.len());
    if let Some(list) = list {
        list.range(range).for_each(|item| reply.bulk(item));
    }
    Ok(())
}

fn ltrim(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (start, end) = (need_integer(args.at(2)?)?, need_integer(args.at(3)?)?);
    cx.keys.change::<List, _>(args.at(1)?, |list| {
        list.keep(places(start, end, list.len()));
        Ok((true, ()))
    })?;
    reply.ok();
    Ok(())
}

fn lrem(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let count = need_integer(args.at(2)?)?;
    let most = if count == 0 { usize::MAX } else { usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX) };
    let item = args.at(3)?;
    let gone = cx.keys.change::<List, _>(args.at(1)?, |list| {
        let gone = list.remove(item, most, count >= 0);
        Ok((gone > 0, gone))
    })?;
    reply.count(gone.unwrap_or(0));
    Ok(())
}

fn lpos(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (mut rank, mut count, mut most) = (1_i64, None, 0_usize);
    let item = args.at(2)?;
    let mut at = 3;
    while let Some(option) = args.get(at) {
        let Some(value) = args.get(at + 1) else { return Err(Fault::SYNTAX) };
        if is(option, "rank") {
            rank = need_integer(value)?;
            if rank == 0 {
                return Err(Fault::fixed(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
                ));
            }
            if rank == i64::MIN {
                return Err(Fault::fixed("ERR value is out of range"));
            }
        } else if is(option, "count") {
            let given = usize::try_from(need_integer(value)?).map_err(|_| Fault::fixed("ERR COUNT can't be negative"))?;
            count = Some(given);
        } else if is(option, "maxlen") {
            most = usize::try_from(need_integer(value)?).map_err(|_| Fault::fixed("ERR MAXLEN can't be negative"))?;
        } else {
            return Err(Fault::SYNTAX);
        }
        at += 2;
    }
    let list = cx.keys.read::<List>(args.at(1)?)?;
    cx.found.note(list.is_some());
    let wanted = match count {
        None => 1,
        Some(0) => usize::MAX,
        Some(count) => count,
    };
    let skip = usize::try_from(rank.unsigned_abs()).unwrap_or(usize::MAX) - 1;
    let most = if most == 0 { usize::MAX } else { most };
    let len = list.map_or(0, List::len);
    let found: Vec<usize> = match list {
        None => Vec::new(),
        Some(list) if rank > 0 => {
            let hits = list.iter().enumerate().take(most).filter(|(_, known)| *known == item);
            hits.map(|(place, _)| place).skip(skip).take(wanted).collect()
        }
        Some(list) => {
            let hits = list.iter().rev().enumerate().take(most).filter(|(_, known)| *known == item);
            hits.map(|(place, _)| len - 1 - place).skip(skip).take(wanted).collect()
        }
    };
    match (count, found.first()) {
        (Some(_), _) => {
            reply.array(found.len());
            found.iter().for_each(|place| reply.count(*place));
        }
        (None, Some(place)) => reply.count(*place),
        (None, None) => reply.null(),
    }
    Ok(())
}
