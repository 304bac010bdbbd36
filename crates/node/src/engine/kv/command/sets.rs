//! Commands on sets.

use super::{Class, Command, Context};
use crate::engine::kv::fault::Done;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::Members;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sadd", -3, Class::Grow, sadd),
    Command::new("srem", -3, Class::Write, srem),
    Command::new("smembers", 2, Class::Read, smembers),
    Command::new("sismember", 3, Class::Read, sismember),
    Command::new("scard", 2, Class::Read, scard),
];

fn sadd(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let new = cx.keys.change_or_make::<Members, _>(args.at(1)?, |set| Ok(args.rest(2).filter(|member| set.insert(member)).count()))?;
    reply.count(new);
    Ok(())
}

fn srem(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let gone = cx.keys.change::<Members, _>(args.at(1)?, |set| Ok(args.rest(2).filter(|member| set.remove(member)).count()))?;
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

fn scard(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let len = cx.keys.read::<Members>(args.at(1)?)?.map_or(0, Members::len);
    reply.count(len);
    Ok(())
}
