//! Commands about the connection: who is calling, in which protocol.

use super::{Class, Command, Context, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::engine::kv::{VERSION, number};
use crate::runtime::http::same_secret;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("auth", -2, Class::Door, auth),
    Command::new("hello", -1, Class::Door, hello),
    Command::new("quit", -1, Class::Door, quit),
    Command::new("ping", -1, Class::Free, ping),
    Command::new("echo", 2, Class::Free, echo),
    Command::new("select", 2, Class::Free, select),
    Command::new("client", -2, Class::Free, client),
];

/// Users that the run's token is the password of: Redis's own, and the one in the other engines' addresses.
const USERS: [&[u8]; 2] = [b"default", b"loadline"];

fn log_in(cx: &mut Context<'_>, user: &[u8], password: &[u8]) -> Done {
    let right = same_secret(password, cx.server.node().config().token.as_bytes());
    if right && USERS.contains(&user) {
        cx.session.authenticated = true;
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
            let shown = String::from_utf8_lossy(option.get(..128).unwrap_or(option)).into_owned();
            return Err(Fault::new(format!("ERR Syntax error in HELLO option '{shown}'")));
        }
    }
    if !cx.session.authenticated {
        return Err(Fault::fixed(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = name {
        cx.session.name = name;
    }
    reply.set_protocol(protocol);
    reply.map(7);
    for (field, value) in [("server", "redis"), ("version", VERSION)] {
        reply.bulk(field.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"proto");
    reply.integer(if protocol == Protocol::Resp3 { 3 } else { 2 });
    reply.bulk(b"id");
    reply.integer(cx.session.id as i64);
    for (field, value) in [("mode", "standalone"), ("role", "master")] {
        reply.bulk(field.as_bytes());
        reply.bulk(value.as_bytes());
    }
    reply.bulk(b"modules");
    reply.array(0);
    Ok(())
}

fn quit(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    cx.session.closing = true;
    reply.ok();
    Ok(())
}

fn ping(_cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    match args.len() {
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

fn client(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    let arity = |n: usize, name: &str| if args.len() == n { Ok(()) } else { Err(Fault::arity(&format!("client|{name}"))) };
    if is(subcommand, "id") {
        arity(2, "id")?;
        reply.integer(cx.session.id as i64);
    } else if is(subcommand, "getname") {
        arity(2, "getname")?;
        reply.bulk_or_null((!cx.session.name.is_empty()).then_some(cx.session.name.as_slice()));
    } else if is(subcommand, "setname") {
        arity(3, "setname")?;
        cx.session.name = client_name(args.at(2)?)?;
        reply.ok();
    } else if is(subcommand, "setinfo") {
        arity(4, "setinfo")?;
        let (field, value) = (args.at(2)?, args.at(3)?);
        if !is(field, "lib-name") && !is(field, "lib-ver") {
            let shown = String::from_utf8_lossy(field.get(..128).unwrap_or(field)).into_owned();
            return Err(Fault::new(format!("ERR Unrecognized option '{shown}'")));
        }
        // Checked as Redis does, but not kept: nothing here shows it.
        if !is_plain(value) {
            let field = String::from_utf8_lossy(field).to_ascii_lowercase();
            return Err(Fault::new(format!("ERR {field} cannot contain spaces, newlines or special characters.")));
        }
        reply.ok();
    } else {
        return Err(Fault::subcommand("CLIENT", subcommand));
    }
    Ok(())
}

/// Names are shown in lines of words, so they hold neither blanks nor control characters.
fn is_plain(text: &[u8]) -> bool {
    text.iter().all(|byte| (b'!'..=b'~').contains(byte))
}

fn client_name(name: &[u8]) -> Result<Vec<u8>, Fault> {
    if !is_plain(name) {
        return Err(Fault::fixed("ERR Client names cannot contain spaces, newlines or special characters."));
    }
    Ok(name.to_vec())
}
