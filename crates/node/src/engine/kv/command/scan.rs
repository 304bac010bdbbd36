//! Commands that walk: over all keys, and in pieces over the members of one. What is there during the whole walk is met.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::glob;
use crate::engine::kv::number::{need_integer, shortest};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::sorted_set::SortedSet;
use crate::engine::kv::value::{Fields, Members, walk};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("keys", 2, Class::Read, keys).keys(0, 0, 0),
    Command::new("scan", -2, Class::Read, scan).keys(0, 0, 0),
    Command::new("hscan", -3, Class::Read, hscan),
    Command::new("sscan", -3, Class::Read, sscan),
    Command::new("zscan", -3, Class::Read, zscan),
];

fn keys(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let pattern = args.at(1)?;
    let mut found = Vec::new();
    cx.keys.scan(0, usize::MAX, |key, _| {
        if glob::matches(pattern, key) {
            found.push(key.to_vec());
        }
    });
    reply.array(found.len());
    found.iter().for_each(|key| reply.bulk(key));
    Ok(())
}

/// What a walk was asked for.
struct Walk<'a> {
    cursor: u64,
    pattern: Option<&'a [u8]>,
    kind: Option<&'a [u8]>,
    count: usize,
}

impl<'a> Walk<'a> {
    /// Reads the cursor at `place` and the options after it.
    fn read(args: Args<'a>, place: usize, has_kind: bool) -> Result<Self, Fault> {
        let cursor = std::str::from_utf8(args.at(place)?).ok().and_then(|text| text.parse::<u64>().ok());
        let mut walk = Self { cursor: cursor.ok_or(Fault::fixed("ERR invalid cursor"))?, pattern: None, kind: None, count: 10 };
        let mut at = place + 1;
        while let Some(option) = args.get(at) {
            let Some(value) = args.get(at + 1) else { return Err(Fault::SYNTAX) };
            if is(option, "match") {
                walk.pattern = Some(value);
            } else if has_kind && is(option, "type") {
                walk.kind = Some(value);
            } else if is(option, "count") {
                walk.count = usize::try_from(need_integer(value)?).ok().filter(|count| *count > 0).ok_or(Fault::SYNTAX)?;
            } else {
                return Err(Fault::SYNTAX);
            }
            at += 2;
        }
        Ok(walk)
    }

    fn fits(&self, name: &[u8]) -> bool {
        self.pattern.is_none_or(|pattern| glob::matches(pattern, name))
    }
}

fn answer(reply: &mut Reply, next: u64, found: &[Vec<u8>]) {
    reply.array(2);
    reply.bulk(next.to_string().as_bytes());
    reply.array(found.len());
    found.iter().for_each(|word| reply.bulk(word));
}

fn scan(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let walk = Walk::read(args, 1, true)?;
    let mut found = Vec::new();
    let next = cx.keys.scan(walk.cursor, walk.count, |key, kind| {
        if walk.fits(key) && walk.kind.is_none_or(|wanted| is(wanted, kind)) {
            found.push(key.to_vec());
        }
    });
    answer(reply, next, &found);
    Ok(())
}

fn hscan(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let wanted = Walk::read(args, 2, false)?;
    let fields = cx.keys.read::<Fields>(args.at(1)?)?;
    let (places, next) = walk(wanted.cursor, wanted.count, fields.map_or(0, Fields::len));
    let mut found = Vec::new();
    for (field, value) in places.filter_map(|place| fields?.at(place)).filter(|(field, _)| wanted.fits(field)) {
        found.extend([field.to_vec(), value.to_vec()]);
    }
    answer(reply, next, &found);
    Ok(())
}

fn sscan(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let wanted = Walk::read(args, 2, false)?;
    let set = cx.keys.read::<Members>(args.at(1)?)?;
    let (places, next) = walk(wanted.cursor, wanted.count, set.map_or(0, Members::len));
    let members = places.filter_map(|place| set?.at(place)).filter(|member| wanted.fits(member));
    let found: Vec<Vec<u8>> = members.map(<[u8]>::to_vec).collect();
    answer(reply, next, &found);
    Ok(())
}

fn zscan(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let wanted = Walk::read(args, 2, false)?;
    let set = cx.keys.read::<SortedSet>(args.at(1)?)?;
    let (places, next) = walk(wanted.cursor, wanted.count, set.map_or(0, SortedSet::len));
    let mut found = Vec::new();
    for (member, score) in places.filter_map(|place| set?.at(place)).filter(|(member, _)| wanted.fits(member)) {
        found.extend([member.to_vec(), shortest(score).into_bytes()]);
    }
    answer(reply, next, &found);
    Ok(())
}
