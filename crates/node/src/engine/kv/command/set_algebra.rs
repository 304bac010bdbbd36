//! Commands that make one set of several: unions, intersections, differences.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::{Members, Typed};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("sunion", -2, Class::Read, sunion).keys(1, -1, 1),
    Command::new("sinter", -2, Class::Read, sinter).keys(1, -1, 1),
    Command::new("sdiff", -2, Class::Read, sdiff).keys(1, -1, 1),
    Command::new("sunionstore", -3, Class::Grow, sunionstore).keys(1, -1, 1),
    Command::new("sinterstore", -3, Class::Grow, sinterstore).keys(1, -1, 1),
    Command::new("sdiffstore", -3, Class::Grow, sdiffstore).keys(1, -1, 1),
    Command::new("sintercard", -3, Class::Read, sintercard).keys(0, 0, 0),
];

#[derive(Clone, Copy)]
enum Algebra {
    Union,
    Inter,
    Diff,
}

/// What the sets at `keys` make; at most `most` members of it.
fn combine(cx: &mut Context<'_>, keys: &[&[u8]], how: Algebra, most: usize) -> Result<Members, Fault> {
    // Every key is looked at before anything is made, for a wrong type of any is told.
    let mut sets = Vec::new();
    for key in keys {
        // A copy: the keyspace gives one value at a time.
        sets.push(cx.keys.read::<Members>(key)?.map(|set| set.iter().map(Box::from).collect::<Vec<Box<[u8]>>>()));
    }
    let mut result = Members::default();
    match how {
        Algebra::Union => {
            for member in sets.iter().flatten().flatten() {
                result.insert(member);
            }
        }
        Algebra::Diff | Algebra::Inter => {
            let wants = matches!(how, Algebra::Inter);
            if wants && sets.iter().any(Option::is_none) {
                return Ok(result);
            }
            for member in sets.first().into_iter().flatten().flatten() {
                let mut fits = true;
                for key in keys.get(1..).unwrap_or_default() {
                    if cx.keys.read::<Members>(key)?.is_some_and(|set| set.has(member)) != wants {
                        fits = false;
                        break;
                    }
                }
                if fits {
                    result.insert(member);
                    if result.len() >= most {
                        break;
                    }
                }
            }
        }
    }
    Ok(result)
}

fn read(cx: &mut Context<'_>, args: Args<'_>, how: Algebra, reply: &mut Reply) -> Done {
    let keys: Vec<&[u8]> = args.rest(1).collect();
    let result = combine(cx, &keys, how, usize::MAX)?;
    reply.set(result.len());
    result.iter().for_each(|member| reply.bulk(member));
    Ok(())
}

fn store(cx: &mut Context<'_>, args: Args<'_>, how: Algebra, reply: &mut Reply) -> Done {
    let keys: Vec<&[u8]> = args.rest(2).collect();
    let result = combine(cx, &keys, how, usize::MAX)?;
    let to = args.at(1)?;
    reply.count(result.len());
    if result.len() > 0 {
        cx.keys.put(to, result.wrap());
    } else {
        cx.keys.remove(to);
    }
    Ok(())
}

fn sunion(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    read(cx, args, Algebra::Union, reply)
}

fn sinter(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    read(cx, args, Algebra::Inter, reply)
}

fn sdiff(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    read(cx, args, Algebra::Diff, reply)
}

fn sunionstore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    store(cx, args, Algebra::Union, reply)
}

fn sinterstore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    store(cx, args, Algebra::Inter, reply)
}

fn sdiffstore(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    store(cx, args, Algebra::Diff, reply)
}

/// The number of keys at `place`, and the keys that follow it.
pub(super) fn numbered_keys<'a>(args: Args<'a>, place: usize, wrong: &'static str) -> Result<Vec<&'a [u8]>, Fault> {
    let n = need_integer(args.at(place)?).ok().and_then(|n| usize::try_from(n).ok()).filter(|n| *n > 0);
    let n = n.ok_or(Fault::fixed(wrong))?;
    if n > args.len() - place - 1 {
        return Err(Fault::SYNTAX);
    }
    Ok(args.rest(place + 1).take(n).collect())
}

fn sintercard(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let n = need_integer(args.at(1)?).ok().filter(|n| *n > 0).ok_or(Fault::fixed("ERR numkeys should be greater than 0"))?;
    if n > (args.len() - 2) as i64 {
        return Err(Fault::fixed("ERR Number of keys can't be greater than number of args"));
    }
    let keys = numbered_keys(args, 1, "ERR numkeys should be greater than 0")?;
    let most = match (args.get(2 + keys.len()), args.get(3 + keys.len())) {
        (None, _) => 0,
        (Some(word), Some(limit)) if is(word, "limit") && args.len() == keys.len() + 4 => {
            let limit = need_integer(limit).ok().and_then(|limit| usize::try_from(limit).ok());
            limit.ok_or(Fault::fixed("ERR LIMIT can't be negative"))?
        }
        _ => return Err(Fault::SYNTAX),
    };
    let result = combine(cx, &keys, Algebra::Inter, if most == 0 { usize::MAX } else { most })?;
    reply.count(result.len());
    Ok(())
}
