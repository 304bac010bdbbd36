//! INFO: what the server says of itself, and nothing that it does not know.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use super::{Class, Command, Context, is};
use crate::engine::kv::VERSION;
use crate::engine::kv::fault::Done;
use crate::engine::kv::parse::Args;
use crate::engine::kv::reply::Reply;
use crate::runtime::lock;

pub(super) const COMMANDS: &[Command] = &[Command::new("info", -1, Class::Free, info)];

type Section = (&'static str, Vec<(&'static str, String)>);

fn info(cx: &mut Context<'_>, args: Args<'_>, reply: &mut Reply) -> Done {
    let all = args.len() == 1 || args.rest(1).any(|section| ["all", "default", "everything"].iter().any(|word| is(section, word)));
    let wanted = |section: &str| all || args.rest(1).any(|asked| is(asked, section));
    let sections = [server(cx), clients(cx), memory(cx), persistence(cx), stats(cx), replication(), cpu(cx), keyspace(cx)];
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

fn server(cx: &Context<'_>) -> Section {
    let server = cx.server;
    let uptime_s = server.uptime_s();
    let fields = vec![
        ("redis_version", VERSION.to_owned()),
        ("redis_mode", "standalone".to_owned()),
        ("loadline_node", server.node().config().spec.id.clone()),
        ("arch_bits", usize::BITS.to_string()),
        ("process_id", std::process::id().to_string()),
        ("tcp_port", server.port.to_string()),
        ("uptime_in_seconds", uptime_s.to_string()),
        ("uptime_in_days", (uptime_s / 86_400).to_string()),
        ("dilation", server.node().config().dilation.to_string()),
    ];
    ("Server", fields)
}

fn clients(cx: &Context<'_>) -> Section {
    let listeners = cx.board.clients.values().filter(|client| {
        let shown = lock(&client.shown);
        shown.channels + shown.patterns > 0
    });
    let fields = vec![
        ("connected_clients", cx.board.clients.len().to_string()),
        ("maxclients", cx.board.settings.clients_max.to_string()),
        ("blocked_clients", cx.board.waiters.len().to_string()),
        ("pubsub_clients", listeners.count().to_string()),
    ];
    ("Clients", fields)
}

fn human(bytes: usize) -> String {
    match bytes as f64 {
        bytes if bytes < 1024.0 => format!("{bytes}B"),
        bytes if bytes < 1_048_576.0 => format!("{:.2}K", bytes / 1024.0),
        bytes if bytes < 1_073_741_824.0 => format!("{:.2}M", bytes / 1_048_576.0),
        bytes => format!("{:.2}G", bytes / 1_073_741_824.0),
    }
}

fn memory(cx: &Context<'_>) -> Section {
    let used = cx.keys.bytes();
    let peak = cx.board.peak_bytes.max(used);
    let most = cx.board.settings.memory_max_bytes;
    let unsent: usize = cx.board.clients.values().map(|client| client.waiting_bytes()).sum();
    let fields = vec![
        ("used_memory", used.to_string()),
        ("used_memory_human", human(used)),
        ("used_memory_peak", peak.to_string()),
        ("used_memory_peak_human", human(peak)),
        ("used_memory_rss", cx.server.node().sample(false).rss_bytes.to_string()),
        ("used_memory_dataset", used.to_string()),
        ("mem_clients_normal", unsent.to_string()),
        ("maxmemory", most.to_string()),
        ("maxmemory_human", human(most)),
        ("maxmemory_policy", cx.board.settings.policy.name().to_owned()),
    ];
    ("Memory", fields)
}

fn persistence(cx: &Context<'_>) -> Section {
    let mut fields = vec![("loading", "0".to_owned()), ("aof_enabled", u8::from(cx.board.journal.is_some()).to_string())];
    if let Some(journal) = &cx.board.journal {
        let (bytes, base_bytes) = journal.sizes();
        fields.extend([
            ("aof_rewrite_in_progress", u8::from(journal.is_rewriting()).to_string()),
            ("aof_rewrite_scheduled", u8::from(journal.is_rewrite_asked()).to_string()),
            ("aof_rewrites", journal.rewrites.to_string()),
            ("aof_current_size", bytes.to_string()),
            ("aof_base_size", base_bytes.to_string()),
            ("aof_last_bgrewrite_status", status(journal.given_up().is_none())),
            ("aof_last_write_status", status(journal.broken().is_none() && journal.failed().is_none())),
        ]);
        if let Some(why) = journal.given_up() {
            fields.push(("aof_last_bgrewrite_error", why.to_owned()));
        }
    }
    ("Persistence", fields)
}

fn status(well: bool) -> String {
    if well { "ok" } else { "err" }.to_owned()
}

fn stats(cx: &Context<'_>) -> Section {
    let server = cx.server;
    let found = server.found();
    let fields = vec![
        ("total_connections_received", server.welcomed.load(Ordering::Relaxed).to_string()),
        ("rejected_connections", server.rejected.load(Ordering::Relaxed).to_string()),
        ("total_commands_processed", server.commands().to_string()),
        ("expired_keys", cx.keys.expired().to_string()),
        ("evicted_keys", cx.keys.evicted().to_string()),
        ("keyspace_hits", (found.hits + cx.found.hits).to_string()),
        ("keyspace_misses", (found.misses + cx.found.misses).to_string()),
        ("pubsub_channels", cx.board.channels.len().to_string()),
        ("pubsub_patterns", cx.board.channels.patterns().to_string()),
        ("total_changes", cx.keys.changes().to_string()),
        ("watched_keys", cx.keys.watched().to_string()),
    ];
    ("Stats", fields)
}

fn replication() -> Section {
    ("Replication", vec![("role", "master".to_owned()), ("connected_slaves", "0".to_owned())])
}

fn cpu(cx: &Context<'_>) -> Section {
    let sample = cx.server.node().sample(false);
    ("CPU", vec![("used_cpu_since_measuring", format!("{:.6}", sample.cpu_ns as f64 / 1e9))])
}

fn keyspace(cx: &Context<'_>) -> Section {
    let fields = if cx.keys.len() == 0 {
        Vec::new()
    } else {
        vec![("db0", format!("keys={},expires={},avg_ttl={}", cx.keys.len(), cx.keys.with_deadline(), cx.keys.mean_left_ms()))]
    };
    ("Keyspace", fields)
}
