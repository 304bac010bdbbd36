//! Commands on the members of one set; those on several are in `set_algebra`.

use super::hashes::{draw_places, draws};
use super::{Class, Command, Context};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_count;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::Members;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sadd", -3, Class::Grow, sadd),
    Command::new("srem", -3, Class::Write, srem),
    Command::new("smembers", 2, Class::Read, smembers),
    Command::new("sismember", 3, Class::Read, sismember),
    Command::new("smismember", -3, Class::Read, smismember),
    Command::new("scard", 2, Class::Read, scard),
    Command::new("spop", -2, Class::Write, spop),
    Command::new("srandmember", -2, Class::Read, srandmember),
    Command::new("smove", 4, Class::Write, smove).keys(1, 2, 1),
];

fn sadd(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let new = cx.keys.change_or_make::<Members, _>(args.at(1)?, |set| {
        let new = args.rest(2).filter(|member| set.insert(member)).count();
        Ok((new > 0, new))
    })?;
    reply.count(new);
    Ok(())
}

fn srem(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let gone = cx.keys.change::<Members, _>(args.at(1)?, |set| {
        let gone = args.rest(2).filter(|member| set.remove(member)).count();
        Ok((gone > 0, gone))
    })?;
    reply.count(gone.unwrap_or(0));
    Ok(())
}

fn smembers(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let set = cx.keys.read::<Members>(args.at(1)?)?;
    cx.found.note(set.is_some());
    reply.set(set.map_or(0, Members::len));
    set.iter().flat_map(|set| set.iter()).for_each(|member| reply.bulk(member));
    Ok(())
}

fn sismember(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let member = args.at(2)?;
    let there = cx.keys.read::<Members>(args.at(1)?)?.is_some_and(|set| set.has(member));
    reply.flag(there);
    Ok(())
}

fn smismember(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let set = cx.keys.read::<Members>(args.at(1)?)?;
    reply.array(args.len() - 2);
    args.rest(2).for_each(|member| reply.flag(set.is_some_and(|set| set.has(member))));
    Ok(())
}

fn scard(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let len = cx.keys.read::<Members>(args.at(1)?)?.map_or(0, Members::len);
    reply.count(len);
    Ok(())
}

fn spop(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    let count = match args.get(2) {
        None => None,
        Some(count) if args.len() == 3 => Some(need_count(count)?),
        Some(_) => return Err(Fault::SYNTAX),
    };
    let random = &mut cx.board.random;
    let popped = cx.keys.change::<Members, _>(key, |set| {
        let n = count.unwrap_or(1).min(set.len());
        let popped: Vec<Box<[u8]>> = (0..n).filter_map(|_| set.take_at(random.place(set.len()))).collect();
        Ok((!popped.is_empty(), popped))
    })?;
    let popped = popped.unwrap_or_default();
    let mut words: Vec<&[u8]> = vec![b"SREM", key];
    words.extend(popped.iter().map(|member| &**member));
    cx.note(&[&words]);
    match (count, popped.first()) {
        (Some(_), _) => {
            reply.set(popped.len());
            popped.iter().for_each(|member| reply.bulk(member));
        }
        (None, Some(member)) => reply.bulk(member),
        (None, None) => reply.null(),
    }
    Ok(())
}

fn srandmember(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let key = args.at(1)?;
    if args.len() > 3 {
        return Err(Fault::SYNTAX);
    }
    let wanted = args.get(2).map(draws).transpose()?;
    let len = cx.keys.read::<Members>(key)?.map_or(0, Members::len);
    let (count, repeats) = wanted.unwrap_or((1, true));
    let places = draw_places(cx, len, count, repeats);
    let set = cx.keys.read::<Members>(key)?;
    let members: Vec<&[u8]> = places.iter().filter_map(|place| set?.at(*place)).collect();
    if wanted.is_none() {
        reply.bulk_or_null(members.first().copied());
        return Ok(());
    }
    reply.array(members.len());
    members.iter().for_each(|member| reply.bulk(member));
    Ok(())
}

fn smove(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (from, to, member) = (args.at(1)?, args.at(2)?, args.at(3)?);
    let is_there = cx.keys.read::<Members>(from)?.map(|set| set.has(member));
    if is_there.is_some() {
        cx.keys.read::<Members>(to)?;
    }
    let moves = is_there == Some(true);
    if moves && from != to {
        cx.keys.change::<Members, _>(from, |set| Ok((true, set.remove(member))))?;
        cx.keys.change_or_make::<Members, _>(to, |set| Ok((true, set.insert(member))))?;
    }
    reply.flag(moves);
    Ok(())
}
