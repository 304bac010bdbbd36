//! Commands about the server as a whole.

use std::fmt::Write;

use super::{Class, Command, Context, count, is};
use crate::engine::kv::fault::{Done, Fault};
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::engine::kv::{VERSION, glob};

pub(super) const COMMANDS: &[Command] = &[
    Command::new("command", -1, Class::Free, command),
    Command::new("info", -1, Class::Free, info),
    Command::new("config", -2, Class::Free, config),
    Command::new("dbsize", 1, Class::Free, dbsize),
    Command::new("flushall", -1, Class::Free, flushall),
];

/// Clients ask at their start, to complete what a person types; they do well with an empty answer.
fn command(_cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    match args.get(1) {
        None => reply.array(0),
        Some(subcommand) if is(subcommand, "docs") => reply.map(0),
        Some(subcommand) if is(subcommand, "count") => reply.count(count()),
        Some(subcommand) => return Err(Fault::subcommand("COMMAND", subcommand)),
    }
    Ok(())
}

fn info(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let all = args.len() == 1 || args.rest(1).any(|section| ["all", "default", "everything"].iter().any(|word| is(section, word)));
    let wanted = |section: &str| all || args.rest(1).any(|asked| is(asked, section));
    let server = cx.server;
    let used = cx.keys.bytes();
    let found = server.found();
    let sections: [(&str, Vec<(&str, String)>); 5] = [
        (
            "Server",
            vec![
                ("redis_version", VERSION.to_owned()),
                ("redis_mode", "standalone".to_owned()),
                ("loadline_node", server.node().config().spec.id.clone()),
                ("process_id", std::process::id().to_string()),
                ("tcp_port", server.port().to_string()),
                ("uptime_in_seconds", server.uptime_s().to_string()),
            ],
        ),
        ("Clients", vec![("connected_clients", server.clients().to_string()), ("maxclients", server.clients_max().to_string())]),
        (
            "Memory",
            vec![
                ("used_memory", used.to_string()),
                ("used_memory_human", format!("{:.2}M", used as f64 / f64::from(1 << 20))),
                ("maxmemory", server.memory_max_bytes().to_string()),
                ("maxmemory_policy", "noeviction".to_owned()),
            ],
        ),
        (
            "Stats",
            vec![
                ("total_commands_processed", server.commands().to_string()),
                ("expired_keys", cx.keys.expired().to_string()),
                ("keyspace_hits", (found.hits + cx.found.hits).to_string()),
                ("keyspace_misses", (found.misses + cx.found.misses).to_string()),
            ],
        ),
        (
            "Keyspace",
            if cx.keys.len() == 0 {
                Vec::new()
            } else {
                vec![("db0", format!("keys={},expires={},avg_ttl=0", cx.keys.len(), cx.keys.with_deadline()))]
            },
        ),
    ];
    let mut text = String::new();
    for (section, fields) in sections.iter().filter(|(section, _)| wanted(section)) {
        let gap = if text.is_empty() { "" } else { "\r\n" };
        let _ = write!(text, "{gap}# {section}\r\n");
        for (field, value) in fields {
            let _ = write!(text, "{field}:{value}\r\n");
        }
    }
    reply.text(&text);
    Ok(())
}

fn config(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let subcommand = args.at(1)?;
    if !is(subcommand, "get") {
        return Err(Fault::subcommand("CONFIG", subcommand));
    }
    if args.len() < 3 {
        return Err(Fault::arity("config|get"));
    }
    let settings = [
        ("appendonly", "no".to_owned()),
        ("databases", "1".to_owned()),
        ("maxclients", cx.server.clients_max().to_string()),
        ("maxmemory", cx.server.memory_max_bytes().to_string()),
        ("maxmemory-policy", "noeviction".to_owned()),
        ("save", String::new()),
        ("timeout", "0".to_owned()),
    ];
    let asked = |name: &str| args.rest(2).any(|pattern| glob::matches(&pattern.to_ascii_lowercase(), name.as_bytes()));
    let answer: Vec<_> = settings.iter().filter(|(name, _)| asked(name)).collect();
    reply.map(answer.len());
    for (name, value) in answer {
        reply.bulk(name.as_bytes());
        reply.bulk(value.as_bytes());
    }
    Ok(())
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
    reply.ok();
    Ok(())
}
