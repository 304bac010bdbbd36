//! Commands about the connection: who is calling, in which protocol.

use std::sync::atomic::Ordering;

use super::{Class, Command, Context, is, shown};
use crate::engine::kv::client::Muted;
use crate::engine::kv::dispatch::leave;
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::engine::kv::{VERSION, number};
use crate::runtime::http::same_secret;
use crate::runtime::lock;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("auth", -2, Class::Door, auth),
    Command::new("hello", -1, Class::Door, hello),
    Command::new("quit", -1, Class::Door, quit).at_once().by_listeners(),
    Command::new("reset", 1, Class::Door, reset).at_once().by_listeners(),
    Command::new("ping", -1, Class::Free, ping).by_listeners(),
    Command::new("echo", 2, Class::Free, echo),
    Command::new("select", 2, Class::Free, select),
];

/// Users that the run's token is the password of: Redis's own, and the one in the other engines' addresses.
const USERS: [&[u8]; 2] = [b"default", b"loadline"];

fn log_in(cx: &mut Context<'_>, user: &[u8], password: &[u8]) -> Done {
    let right = same_secret(password, cx.server.node().config().token.as_bytes());
    if right && USERS.contains(&user) {
        cx.session.authenticated = true;
        cx.session.client.is_known.store(true, Ordering::Relaxed);
        return Ok(());
    }
    cx.server.node().failed("unauthorised");
    Err(Fault::WRONG_PASS)
}

fn auth(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    match args.len() {
        2 => log_in(cx, USERS[0], args.at(1)?)?,
        3 => log_in(cx, args.at(1)?, args.at(2)?)?,
        _ => return Err(Fault::SYNTAX),
    }
    reply.ok();
    Ok(())
}

fn hello(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let protocol = match args.get(1).map(number::integer) {
        None => reply.protocol(),
        Some(Some(2)) => Protocol::Resp2,
        Some(Some(3)) => Protocol::Resp3,
        Some(Some(_)) => return Err(Fault::fixed("NOPROTO unsupported protocol version")),
        Some(None) => return Err(Fault::fixed("ERR Protocol version is not an integer or out of range")),
    };
    let mut at = 2;
    let mut name = None;
    while let Some(option) = args.get(at) {
        if is(option, "auth") && args.len() > at + 2 {
            log_in(cx, args.at(at + 1)?, args.at(at + 2)?)?;
            at += 3;
        } else if is(option, "setname") && args.len() > at + 1 {
            name = Some(client_name(args.at(at + 1)?)?);
            at += 2;
        } else {
            return Err(Fault::new(format!("ERR Syntax error in HELLO option '{}'", shown(option))));
        }
    }
    if !cx.session.authenticated {
        return Err(Fault::fixed(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = name {
        lock(&cx.session.client.shown).name = name;
    }
    set_protocol(cx, protocol, reply);
    reply.map(7);
    for (field, value) in [("server", "redis"), ("version", VERSION)] {
        reply.bulk(field.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"proto");
    reply.integer(if protocol == Protocol::Resp3 { 3 } else { 2 });
    reply.bulk(b"id");
    reply.integer(cx.session.client.id as i64);
    for (field, value) in [("mode", "standalone"), ("role", "master")] {
        reply.bulk(field.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"modules");
    reply.array(0);
    Ok(())
}

/// From the next word on; those who publish look at it too.
fn set_protocol(cx: &mut Context<'_>, protocol: Protocol, reply: &mut Reply) {
    reply.set_protocol(protocol);
    cx.session.protocol = protocol;
    lock(&cx.session.client.shown).is_resp3 = protocol == Protocol::Resp3;
}

/// As if it had just connected, but for its number.
fn reset(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    leave(cx.session, cx.keys, cx.board);
    cx.session.authenticated = false;
    cx.session.muted = Muted::No;
    cx.session.no_touch = false;
    *lock(&cx.session.client.shown) = Default::default();
    set_protocol(cx, Protocol::Resp2, reply);
    reply.simple("RESET");
    Ok(())
}

fn quit(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    cx.session.closing = true;
    reply.ok();
    Ok(())
}

fn ping(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    match args.len() {
        1 | 2 if cx.session.only_listens() => {
            reply.array(2);
            reply.bulk(b"pong");
            reply.bulk(args.get(1).unwrap_or_default());
        }
        1 => reply.simple("PONG"),
        2 => reply.bulk(args.at(1)?),
        _ => return Err(Fault::arity("ping")),
    }
    Ok(())
}

fn echo(_cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    reply.bulk(args.at(1)?);
    Ok(())
}

/// There is one database, number 0.
fn select(_cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    if need_integer(args.at(1)?)? != 0 {
        return Err(Fault::fixed("ERR DB index is out of range"));
    }
    reply.ok();
    Ok(())
}

/// Names are shown in lines of words, so they hold neither blanks nor control characters.
pub(super) fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| (b'!'..=b'~').contains(byte))
}

pub(super) fn client_name(name: &[u8]) -> Result<Vec<u8>, Fault> {
    if !is_plain(name) {
        return Err(Fault::fixed("ERR Client names cannot contain spaces, newlines or special characters."));
    }
    Ok(name.to_vec())
}
