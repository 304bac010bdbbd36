//! Commands on the bits of strings, the highest bit of the first byte being number 0.

use super::strings::{TEXT_MAX_BYTES, places};
use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::value::Text;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("setbit", 4, Class::Grow, setbit),
    Command::new("getbit", 3, Class::Read, getbit),
    Command::new("bitcount", -2, Class::Read, bitcount),
];

fn offset(text: &[u8]) -> Result<(usize, u8), Fault> {
    let wrong = Fault::fixed("ERR bit offset is not an integer or out of range");
    let bit = need_integer(text).ok().and_then(|bit| usize::try_from(bit).ok()).filter(|bit| bit / 8 < TEXT_MAX_BYTES).ok_or(wrong)?;
    Ok((bit / 8, 0x80 >> (bit % 8)))
}

fn setbit(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (byte, mask) = offset(args.at(2)?)?;
    let on = match args.at(3)? {
        b"0" => false,
        b"1" => true,
        _ => return Err(Fault::fixed("ERR bit is not an integer or out of range")),
    };
    let old = cx.keys.change_or_make::<Text, _>(args.at(1)?, |text| {
        if text.0.len() <= byte {
            text.0.resize(byte + 1, 0);
        }
        let mut old = false;
        if let Some(byte) = text.0.get_mut(byte) {
            old = *byte & mask != 0;
            *byte = if on { *byte | mask } else { *byte & !mask };
        }
        Ok((true, old))
    })?;
    reply.flag(old);
    Ok(())
}

fn getbit(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (byte, mask) = offset(args.at(2)?)?;
    let on = cx.keys.read::<Text>(args.at(1)?)?.and_then(|text| text.0.get(byte)).is_some_and(|byte| byte & mask != 0);
    reply.flag(on);
    Ok(())
}

fn bitcount(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let range = match (args.get(2), args.get(3), args.get(4)) {
        (None, ..) => None,
        (Some(start), Some(end), unit) if args.len() <= 5 => {
            let by_bit = match unit {
                None => false,
                Some(unit) if is(unit, "byte") => false,
                Some(unit) if is(unit, "bit") => true,
                Some(_) => return Err(Fault::SYNTAX),
            };
            Some((need_integer(start)?, need_integer(end)?, by_bit))
        }
        _ => return Err(Fault::SYNTAX),
    };
    let text = cx.keys.read::<Text>(args.at(1)?)?.map_or(&[][..], |text| &text.0);
    let ones = |bytes: &[u8]| bytes.iter().map(|byte| byte.count_ones() as usize).sum::<usize>();
    let count = match range {
        None => ones(text),
        Some((start, end, false)) => ones(text.get(places(start, end, text.len())).unwrap_or_default()),
        Some((start, end, true)) => {
            let bits = places(start, end, text.len() * 8);
            bits.filter(|bit| text.get(bit / 8).is_some_and(|byte| byte & (0x80 >> (bit % 8)) != 0)).count()
        }
    };
    reply.count(count);
    Ok(())
}
