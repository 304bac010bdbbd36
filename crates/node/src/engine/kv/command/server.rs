//! Commands about the server as a whole; what it says of itself is in `info`.

use super::{Class, Command, Context, is, shown};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::journal::{Asked, Journal};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::{VERSION, glob};
use crate::runtime::clock;

pub(super) const COMMANDS: &[Command] = &[
    Command::new("config", -2, Class::Free, config),
    Command::new("dbsize", 1, Class::Free, dbsize),
    Command::new("flushall", -1, Class::FreeWrite, flushall),
    Command::new("flushdb", -1, Class::FreeWrite, flushall),
    Command::new("monitor", 1, Class::Free, monitor),
    Command::new("bgrewriteaof", 1, Class::Free, bgrewriteaof),
    Command::new("role", 1, Class::Free, role),
    Command::new("lastsave", 1, Class::Free, lastsave),
    Command::new("time", 1, Class::Free, time),
    Command::new("lolwut", -1, Class::Free, lolwut),
    Command::new("debug", -2, Class::Free, debug),
];

fn config(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    if is(subcommand, "get") && args.len() >= 3 {
        let asked = |name: &str| args.rest(2).any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes()));
        let mut answer = cx.board.settings.all(cx.board.journal.as_ref().map(Journal::settings));
        answer.retain(|(name, _)| asked(name));
        reply.map(answer.len());
        for (name, value) in answer {
            reply.bulk(name.as_bytes());
            reply.bulk(value.as_bytes());
        }
        return Ok(());
    }
    if is(subcommand, "set") && args.len() >= 4 {
        // All of them are tried on copies, for the command happens as a whole or not at all.
        let mut settings = cx.board.settings.clone();
        let mut file = cx.board.journal.as_ref().map(Journal::settings);
        for (name, value) in args.pairs(2).map_err(|_| Fault::arity("config|set"))? {
            let name = String::from_utf8_lossy(name).to_ascii_lowercase();
            settings.set(&name, &String::from_utf8_lossy(value), file.as_mut())?;
        }
        cx.board.settings = settings;
        if let (Some(journal), Some(file)) = (&mut cx.board.journal, file) {
            journal.set(file);
        }
        reply.ok();
        return Ok(());
    }
    if is(subcommand, "resetstat") && args.len() == 2 {
        cx.server.reset_stats();
        reply.ok();
        return Ok(());
    }
    for known in ["get", "set", "resetstat"] {
        if is(subcommand, known) {
            return Err(Fault::arity(&format!("config|{known}")));
        }
    }
    Err(Fault::subcommand("CONFIG", subcommand))
}

fn dbsize(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    reply.count(cx.keys.len());
    Ok(())
}

fn flushall(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    // ASYNC and SYNC only say who waits for the memory; here nobody does.
    match args.get(1) {
        None => {}
        Some(how) if args.len() == 2 && (is(how, "async") || is(how, "sync")) => {}
        Some(_) => return Err(Fault::SYNTAX),
    }
    cx.keys.clear();
    if let Some(journal) = &mut cx.board.journal {
        journal.emptied();
    }
    reply.ok();
    Ok(())
}

fn monitor(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    if cx.session.in_exec {
        return Err(Fault::fixed("ERR MONITOR isn't allowed for DENY BLOCKING client"));
    }
    if !cx.session.is_monitor {
        cx.session.is_monitor = true;
        cx.board.monitors.push(cx.session.client.clone());
    }
    reply.ok();
    Ok(())
}

/// Shows a command to everybody who monitors.
pub(super) fn show_to_monitors(cx: &Context<'_>, args: Args<'_>) {
    let us = clock::unix_us();
    let mut line = format!("+{}.{:06} [0 {}]", us / 1_000_000, us % 1_000_000, cx.session.client.address).into_bytes();
    for arg in args.rest(0) {
        line.extend_from_slice(format!(" \"{}\"", arg.escape_ascii().to_string().replace("\\'", "'")).as_bytes());
    }
    line.extend_from_slice(b"\r\n");
    for monitor in &cx.board.monitors {
        monitor.send(&line, 0, false);
    }
}

fn bgrewriteaof(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    let Some(journal) = &mut cx.board.journal else {
        return Err(Fault::fixed("ERR there is no append-only file: the setting appendonly of this component is off"));
    };
    match journal.ask_rewrite(cx.keys) {
        Ok(Asked::Begun) => reply.simple("Background append only file rewriting started"),
        Ok(Asked::Later) => reply.simple("Background append only file rewriting scheduled"),
        Ok(Asked::Already) => return Err(Fault::fixed("ERR Background append only file rewriting already in progress")),
        Err(error) => return Err(Fault::new(format!("ERR the new append-only file cannot be made: {error}"))),
    }
    Ok(())
}

/// There are no replicas.
fn role(_cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    reply.array(3);
    reply.bulk(b"master");
    reply.integer(0);
    reply.array(0);
    Ok(())
}

/// When it was started, as a Redis says that has saved nothing since: there is no RDB file.
fn lastsave(cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    reply.integer((cx.server.started_unix_ms / 1000) as i64);
    Ok(())
}

fn time(_cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    let us = clock::unix_us();
    reply.array(2);
    reply.bulk((us / 1_000_000).to_string().as_bytes());
    reply.bulk((us % 1_000_000).to_string().as_bytes());
    Ok(())
}

fn lolwut(_cx: &mut Context<'_>, _args: Args<'_>, reply: &mut Reply) -> Done {
    reply.text(&format!("Loadline's kv engine, after Redis ver. {VERSION}\n"));
    Ok(())
}

/// Refused as by a Redis that was not started for it.
fn debug(_cx: &mut Context<'_>, args: Args<'_>, _reply: &mut Reply) -> Done {
    if is(args.at(1)?, "help") {
        return Err(Fault::new(format!("ERR unknown subcommand '{}'.", shown(args.at(1)?))));
    }
    Err(Fault::fixed(
        "ERR DEBUG command not allowed. If the enable-debug-command option is set to \"local\", you can run it from a local connection, otherwise you need to set this option in the configuration file, and then restart the server.",
    ))
}
