//! Publishing and subscribing.

use super::{Class, Command, Context, is, shown};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::glob;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("subscribe", -2, Class::Free, subscribe).by_listeners(),
    Command::new("unsubscribe", -1, Class::Free, unsubscribe).by_listeners(),
    Command::new("psubscribe", -2, Class::Free, psubscribe).by_listeners(),
    Command::new("punsubscribe", -1, Class::Free, punsubscribe).by_listeners(),
    Command::new("publish", 3, Class::Free, publish),
    Command::new("pubsub", -2, Class::Free, pubsub),
];

/// Tells the client what it listens to now.
fn tell(cx: &Context<'_>, what: &str, name: Option<&[u8]>, reply: &mut Reply) {
    reply.push(3);
    reply.bulk(what.as_bytes());
    reply.bulk_or_null(name);
    reply.count(cx.session.channels.len() + cx.session.patterns.len());
}

fn subscribe(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    for channel in args.rest(1) {
        if cx.session.channels.insert(channel.into()) {
            cx.board.channels.subscribe(channel, &cx.session.client);
        }
        tell(cx, "subscribe", Some(channel), reply);
    }
    Ok(())
}

fn psubscribe(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    for pattern in args.rest(1) {
        if cx.session.patterns.insert(pattern.into()) {
            cx.board.channels.subscribe_pattern(pattern, &cx.session.client);
        }
        tell(cx, "psubscribe", Some(pattern), reply);
    }
    Ok(())
}

fn unsubscribe(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let named: Vec<Box<[u8]>> = args.rest(1).map(Box::from).collect();
    let leaves = if named.is_empty() { cx.session.channels.iter().cloned().collect() } else { named };
    if leaves.is_empty() {
        tell(cx, "unsubscribe", None, reply);
    }
    for channel in leaves {
        if cx.session.channels.remove(&channel) {
            cx.board.channels.unsubscribe(&channel, cx.session.client.id);
        }
        tell(cx, "unsubscribe", Some(&channel), reply);
    }
    Ok(())
}

fn punsubscribe(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let named: Vec<Box<[u8]>> = args.rest(1).map(Box::from).collect();
    let leaves = if named.is_empty() { cx.session.patterns.iter().cloned().collect() } else { named };
    if leaves.is_empty() {
        tell(cx, "punsubscribe", None, reply);
    }
    for pattern in leaves {
        if cx.session.patterns.remove(&pattern) {
            cx.board.channels.unsubscribe_pattern(&pattern, cx.session.client.id);
        }
        tell(cx, "punsubscribe", Some(&pattern), reply);
    }
    Ok(())
}

fn publish(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let mut own = Reply::new(reply.protocol());
    let copies = cx.board.channels.publish(args.at(1)?, args.at(2)?, cx.session.client.id, &mut own);
    if cx.session.in_exec {
        // Between the answers of a transaction there is no place for it.
        cx.session.client.send(own.bytes(), 0, false);
    } else {
        reply.raw(own.bytes());
    }
    reply.count(copies);
    Ok(())
}

fn pubsub(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    match subcommand {
        _ if is(subcommand, "channels") && args.len() <= 3 => {
            let pattern = args.get(2);
            let names = cx.board.channels.names().filter(|name| pattern.is_none_or(|pattern| glob::matches(pattern, name)));
            let names: Vec<&[u8]> = names.collect();
            reply.array(names.len());
            names.iter().for_each(|name| reply.bulk(name));
        }
        _ if is(subcommand, "numsub") => {
            reply.array(2 * (args.len() - 2));
            for channel in args.rest(2) {
                reply.bulk(channel);
                reply.count(cx.board.channels.listeners(channel));
            }
        }
        _ if is(subcommand, "numpat") && args.len() == 2 => reply.count(cx.board.channels.patterns()),
        _ => {
            if is(subcommand, "channels") {
                return Err(Fault::new(format!(
                    "ERR unknown subcommand or wrong number of arguments for '{}'. Try PUBSUB HELP.",
                    shown(subcommand)
                )));
            }
            if is(subcommand, "numpat") {
                return Err(Fault::arity("pubsub|numpat"));
            }
            return Err(Fault::subcommand("PUBSUB", subcommand));
        }
    }
    Ok(())
}
