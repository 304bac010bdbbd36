//! The key-value cache, over RESP.

use super::{EMBEDDED, Kind, Operation, Range, Role, Setting, Tag, engine_at, envelope, number};

pub(super) fn role() -> Role {
    let mut settings = envelope(
        (1, "Redis executes commands on one thread."),
        10_000,
        &[
            (
                "read_ms",
                "Read command",
                0.02,
                "Assumed: 50K a second on one thread, half of what Redis' own benchmark page shows without pipelining.",
            ),
            ("write_ms", "Write command", 0.02, "Assumed: as a read."),
        ],
    );
    settings.push(number(
        "Memory",
        "max_memory_mb",
        "Memory limit",
        "MB",
        (0.0, 65_536.0),
        false,
        0.0,
        "Assumed: 0 is no limit. Past a limit keys go as the next setting says, or writes are refused.",
    ));
    settings.push(choice(
        "Memory",
        "eviction",
        "When memory is full",
        &[
            ("noeviction", "Refuse writes"),
            ("allkeys-lru", "Drop least recently used"),
            ("allkeys-lfu", "Drop least frequently used"),
            ("allkeys-random", "Drop any"),
            ("volatile-lru", "Drop least recently used with a TTL"),
            ("volatile-lfu", "Drop least frequently used with a TTL"),
            ("volatile-random", "Drop any with a TTL"),
            ("volatile-ttl", "Drop what ends soonest"),
        ],
        "noeviction",
        "Redis' own default for maxmemory-policy.",
    ));
    settings.push(choice(
        "Durability",
        "appendonly",
        "Append-only file",
        &[
            ("off", "Off: data goes with the process"),
            ("always", "On disk before each answer"),
            ("everysec", "On disk every second"),
            ("no", "On disk when the system likes"),
        ],
        "off",
        "Redis' own default is no append-only file; the words are those of its appendfsync.",
    ));
    settings.push(engine_at("redis", EMBEDDED));
    Role {
        id: "kv",
        kind: Kind::Kv,
        name: "KV cache",
        summary: "Strings, counters, hashes, lists, sets and sorted sets in memory, over the protocol of Redis. Keys are spread over the instances.",
        runs: true,
        max_instances: 16,
        ports: vec![],
        settings,
        operations: vec![Operation { name: "read", label: "Read" }, Operation { name: "write", label: "Write" }],
        routes: vec![],
        calls: |_| vec![],
    }
}

fn choice(
    group: &'static str,
    name: &'static str,
    label: &'static str,
    words: &[(&'static str, &'static str)],
    default: &'static str,
    source: &'static str,
) -> Setting {
    let range = Range::Choice { words: words.to_vec() };
    Setting { name, label, unit: "", group, range, default: default.into(), tag: Tag::Assumed, source }
}
