//! CLIENT: who is connected, under which name, and their end.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::access::{client_name, is_plain};
use super::{Class, Command, Context, is, shown};
use crate::engine::kv::client::{Client, Muted};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::number::need_integer;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::{Protocol, Reply};
use crate::runtime::{clock, lock};

pub(super) const COMMANDS: &[Command] = &[Command::new("client", -2, Class::Free, client)];

fn client(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    let table: &[(&str, i32, super::Run)] = &[
        ("id", 2, id),
        ("getname", 2, getname),
        ("setname", 3, setname),
        ("setinfo", 4, setinfo),
        ("list", -2, list),
        ("info", 2, info),
        ("kill", -3, kill),
        ("unblock", -3, unblock),
        ("reply", 3, reply_mode),
        ("no-evict", 3, no_evict),
        ("no-touch", 3, no_touch),
        ("getredir", 2, getredir),
    ];
    let Some((name, arity, run)) = table.iter().find(|(name, ..)| is(subcommand, name)) else {
        return Err(Fault::subcommand("CLIENT", subcommand));
    };
    let wanted = arity.unsigned_abs() as usize;
    let fits = if *arity < 0 { args.len() >= wanted } else { args.len() == wanted };
    if !fits {
        return Err(Fault::arity(&format!("client|{name}")));
    }
    run(cx, args, reply)
}

fn id(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    reply.integer(cx.session.client.id as i64);
    Ok(())
}

fn getname(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    let shown = lock(&cx.session.client.shown);
    reply.bulk_or_null((!shown.name.is_empty()).then_some(shown.name.as_slice()));
    Ok(())
}

fn setname(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    lock(&cx.session.client.shown).name = client_name(args.at(2)?)?;
    reply.ok();
    Ok(())
}

fn setinfo(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let (field, value) = (args.at(2)?, args.at(3)?);
    let is_name = is(field, "lib-name");
    if !is_name && !is(field, "lib-ver") {
        return Err(Fault::new(format!("ERR Unrecognized option '{}'", shown(field))));
    }
    if !is_plain(value) {
        let field = String::from_utf8_lossy(field).to_ascii_lowercase();
        return Err(Fault::new(format!("ERR {field} cannot contain spaces, newlines or special characters.")));
    }
    let mut shown = lock(&cx.session.client.shown);
    if is_name {
        shown.lib_name = value.to_vec();
    } else {
        shown.lib_ver = value.to_vec();
    }
    reply.ok();
    Ok(())
}

/// One client as a line of words.
fn line(client: &Client, now_ns: u64) -> String {
    let shown = lock(&client.shown).clone();
    let seconds = |ns: u64| now_ns.saturating_sub(ns) / 1_000_000_000;
    let mut flags = String::new();
    for (letter, on) in [
        ('O', shown.is_monitor),
        ('P', shown.channels + shown.patterns > 0),
        ('x', shown.queued.is_some()),
        ('b', shown.is_waiting),
        ('e', shown.no_evict),
        ('T', shown.no_touch),
    ] {
        if on {
            flags.push(letter);
        }
    }
    if flags.is_empty() {
        flags.push('N');
    }
    format!(
        "id={} addr={} laddr={} fd=-1 name={} age={} idle={} flags={flags} db=0 sub={} psub={} multi={} omem={} cmd={} user=default lib-name={} lib-ver={} resp={}\n",
        client.id,
        client.address,
        client.local,
        String::from_utf8_lossy(&shown.name),
        seconds(client.since_ns),
        seconds(client.seen_ns.load(Ordering::Relaxed)),
        shown.channels,
        shown.patterns,
        shown.queued.map_or(-1, |queued| queued as i64),
        client.waiting_bytes(),
        if shown.command.is_empty() { "NULL" } else { shown.command },
        String::from_utf8_lossy(&shown.lib_name),
        String::from_utf8_lossy(&shown.lib_ver),
        if shown.is_resp3 { 3 } else { 2 },
    )
}

/// The sort of client that TYPE names: everybody is normal or listens.
fn is_of_kind(client: &Client, kind: &[u8]) -> Result<bool, Fault> {
    let listens = {
        let shown = lock(&client.shown);
        shown.channels + shown.patterns > 0
    };
    match kind {
        _ if is(kind, "normal") => Ok(!listens),
        _ if is(kind, "pubsub") => Ok(listens),
        _ if ["master", "replica", "slave"].iter().any(|word| is(kind, word)) => Ok(false),
        _ => Err(Fault::new(format!("ERR Unknown client type '{}'", shown(kind)))),
    }
}

fn list(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    cx.session.show("client", clock::now_ns());
    let all: Vec<Arc<Client>> = cx.board.clients.values().cloned().collect();
    let mut wanted = Vec::new();
    match (args.get(2), args.get(3)) {
        (None, _) => wanted = all,
        (Some(word), Some(kind)) if is(word, "type") && args.len() == 4 => {
            for client in all {
                if is_of_kind(&client, kind)? {
                    wanted.push(client);
                }
            }
        }
        (Some(word), Some(_)) if is(word, "id") => {
            for id in args.rest(3) {
                let id = need_integer(id).map_err(|_| Fault::fixed("ERR Invalid client ID"))?;
                wanted.extend(all.iter().filter(|client| client.id as i64 == id).cloned());
            }
        }
        _ => return Err(Fault::SYNTAX),
    }
    let now_ns = clock::now_ns();
    let text: String = wanted.iter().map(|client| line(client, now_ns)).collect();
    reply.text(&text);
    Ok(())
}

fn info(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    cx.session.show("client", clock::now_ns());
    reply.text(&line(&cx.session.client, clock::now_ns()));
    Ok(())
}

fn kill(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let me = cx.session.client.id;
    let is_old = args.len() == 3;
    let mut skip_me = !is_old;
    let mut victims: Vec<Arc<Client>> = cx.board.clients.values().cloned().collect();
    if is_old {
        let address = args.at(2)?;
        victims.retain(|client| client.address.to_string().as_bytes() == address);
        if victims.is_empty() {
            return Err(Fault::fixed("ERR No such client"));
        }
    } else {
        if !args.len().is_multiple_of(2) {
            return Err(Fault::SYNTAX);
        }
        for (word, value) in args.pairs(2)? {
            match word {
                _ if is(word, "id") => {
                    let id = need_integer(value).ok().filter(|id| *id > 0).ok_or(Fault::fixed("ERR client-id should be greater than 0"))?;
                    victims.retain(|client| client.id as i64 == id);
                }
                _ if is(word, "addr") => victims.retain(|client| client.address.to_string().as_bytes() == value),
                _ if is(word, "laddr") => victims.retain(|client| client.local.to_string().as_bytes() == value),
                _ if is(word, "user") => {
                    if value != b"default" {
                        return Err(Fault::new(format!("ERR No such user '{}'", shown(value))));
                    }
                }
                _ if is(word, "type") => {
                    let mut kept = Vec::new();
                    for client in victims {
                        if is_of_kind(&client, value)? {
                            kept.push(client);
                        }
                    }
                    victims = kept;
                }
                _ if is(word, "skipme") && is(value, "yes") => skip_me = true,
                _ if is(word, "skipme") && is(value, "no") => skip_me = false,
                _ => return Err(Fault::SYNTAX),
            }
        }
    }
    let mut killed = 0;
    for client in victims {
        if client.id == me {
            if !skip_me {
                // Its own answer still goes out.
                cx.session.closing = true;
                killed += 1;
            }
            continue;
        }
        client.kill();
        killed += 1;
    }
    if is_old {
        reply.ok()
    } else {
        reply.count(killed)
    }
    Ok(())
}

fn unblock(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let id = need_integer(args.at(2)?)?;
    let with_error = match args.get(3) {
        None => false,
        Some(word) if args.len() == 4 && is(word, "timeout") => false,
        Some(word) if args.len() == 4 && is(word, "error") => true,
        Some(_) => return Err(Fault::fixed("ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR")),
    };
    let client = cx.board.clients.values().find(|client| client.id as i64 == id).cloned();
    let unblocked = client.is_some_and(|client| {
        let is_resp3 = lock(&client.shown).is_resp3;
        let Some(wants_array) = cx.board.waiters.leave(client.id) else { return false };
        let mut answer = Reply::new(if is_resp3 { Protocol::Resp3 } else { Protocol::Resp2 });
        if with_error {
            answer.error(&Fault::fixed("UNBLOCKED client unblocked via CLIENT UNBLOCK"));
        } else if wants_array {
            answer.null_array();
        } else {
            answer.null();
        }
        client.send(answer.bytes(), 0, true);
        true
    });
    reply.flag(unblocked);
    Ok(())
}

fn reply_mode(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    match args.at(2)? {
        word if is(word, "on") => {
            cx.session.muted = Muted::No;
            reply.ok();
        }
        word if is(word, "off") => cx.session.muted = Muted::Off,
        word if is(word, "skip") => {
            if cx.session.muted == Muted::No {
                cx.session.muted = Muted::SkipNext;
            }
        }
        _ => return Err(Fault::SYNTAX),
    }
    Ok(())
}

/// What it reads from now on does not count as used, for what goes when memory is short.
fn no_touch(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let on = on_or_off(args.at(2)?)?;
    cx.session.no_touch = on;
    lock(&cx.session.client.shown).no_touch = on;
    reply.ok();
    Ok(())
}

fn on_or_off(word: &[u8]) -> Result<bool, Fault> {
    match word {
        _ if is(word, "on") => Ok(true),
        _ if is(word, "off") => Ok(false),
        _ => Err(Fault::SYNTAX),
    }
}

/// No client is ever cut off for the memory of all, so nobody needs to be spared; the wish is shown in CLIENT LIST.
fn no_evict(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    lock(&cx.session.client.shown).no_evict = on_or_off(args.at(2)?)?;
    reply.ok();
    Ok(())
}

/// Nothing is tracked for anybody, so nothing is redirected.
fn getredir(_cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    reply.integer(-1);
    Ok(())
}
