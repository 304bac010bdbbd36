//! The key-value cache, over RESP.

use super::{EMBEDDED, Kind, Operation, Role, engine_at, envelope, number};

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
        "Assumed: 0 is no limit; writes past a limit are refused.",
    ));
    settings.push(engine_at("redis", EMBEDDED));
    Role {
        id: "kv",
        kind: Kind::Kv,
        name: "KV cache",
        summary: "Strings, counters, hashes, sets and sorted sets in memory, over the protocol of Redis. Keys are spread over the instances.",
        runs: true,
        max_instances: 16,
        ports: vec![],
        settings,
        operations: vec![Operation { name: "read", label: "Read" }, Operation { name: "write", label: "Write" }],
        routes: vec![],
        calls: |_| vec![],
    }
}
