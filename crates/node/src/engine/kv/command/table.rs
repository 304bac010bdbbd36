//! COMMAND: the list of commands as clients ask for it.

use super::{Class, Command, Context, TABLE, find, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::glob;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;

pub(super) const COMMANDS: &[Command] = &[Command::new("command", -1, Class::Free, command)];

fn all() -> Vec<&'static Command> {
    let mut commands: Vec<_> = TABLE.values().copied().collect();
    commands.sort_by_key(|command| command.name);
    commands
}

fn command(_cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let Some(subcommand) = args.get(1) else {
        let commands = all();
        reply.array(commands.len());
        commands.into_iter().for_each(|command| describe(command, reply));
        return Ok(());
    };
    match subcommand {
        _ if is(subcommand, "count") && args.len() == 2 => reply.count(TABLE.len()),
        _ if is(subcommand, "info") => {
            let asked: Vec<Option<&Command>> =
                if args.len() == 2 { all().into_iter().map(Some).collect() } else { args.rest(2).map(find).collect() };
            reply.array(asked.len());
            for command in asked {
                match command {
                    Some(command) => describe(command, reply),
                    None => reply.null_array(),
                }
            }
        }
        // There are no texts: tools that complete what a person types do well without.
        _ if is(subcommand, "docs") => reply.map(0),
        _ if is(subcommand, "list") => return list(args, reply),
        _ if is(subcommand, "getkeys") && args.len() >= 4 => return getkeys(args, reply),
        _ => {
            for known in ["count", "getkeys"] {
                if is(subcommand, known) {
                    return Err(Fault::arity(&format!("command|{known}")));
                }
            }
            return Err(Fault::subcommand("COMMAND", subcommand));
        }
    }
    Ok(())
}

fn describe(command: &Command, reply: &mut Reply) {
    let flags: &[&str] = match command.class {
        Class::Door => &["noscript", "loading", "stale", "fast", "no_auth"],
        Class::Free | Class::Exec => &["noscript", "loading", "stale"],
        Class::FreeWrite | Class::Write => &["write"],
        Class::Read => &["readonly"],
        Class::Grow => &["write", "denyoom"],
    };
    reply.array(10);
    reply.bulk(command.name.as_bytes());
    reply.integer(i64::from(command.arity));
    reply.set(flags.len());
    flags.iter().for_each(|flag| reply.simple(flag));
    let (first, last, step) = command.keys;
    [first, last, step].into_iter().for_each(|n| reply.integer(i64::from(n)));
    // Categories of an access list, tips, key specifications and subcommands: there are none.
    reply.set(0);
    reply.array(0);
    reply.array(0);
    reply.array(0);
}

fn list(args: Args<'_>, reply: &mut Reply) -> Done {
    let pattern = match (args.get(2), args.get(3), args.get(4)) {
        (None, ..) => None,
        (Some(word), Some(how), Some(pattern)) if is(word, "filterby") && is(how, "pattern") && args.len() == 5 => Some(pattern),
        _ => return Err(Fault::SYNTAX),
    };
    let mut commands = all();
    commands.retain(|command| pattern.is_none_or(|pattern| glob::matches(pattern, command.name.as_bytes())));
    reply.array(commands.len());
    commands.iter().for_each(|command| reply.bulk(command.name.as_bytes()));
    Ok(())
}

fn getkeys(args: Args<'_>, reply: &mut Reply) -> Done {
    let wrong = Fault::fixed("ERR Invalid command specified");
    let command = find(args.at(2)?).ok_or(wrong)?;
    let len = args.len() - 2;
    if !command.takes(len) {
        return Err(Fault::fixed("ERR Invalid number of arguments specified for command"));
    }
    let (first, last, step) = command.keys;
    let (Ok(first), Ok(step)) = (usize::try_from(first), usize::try_from(step)) else { return Err(Fault::SYNTAX) };
    if first == 0 || step == 0 {
        return Err(Fault::fixed("ERR The command has no key arguments"));
    }
    let last = if last < 0 { len.saturating_sub(last.unsigned_abs() as usize) } else { last as usize };
    let keys: Vec<&[u8]> = (first..=last).step_by(step).filter_map(|at| args.get(at + 2)).collect();
    reply.array(keys.len());
    keys.iter().for_each(|key| reply.bulk(key));
    Ok(())
}
