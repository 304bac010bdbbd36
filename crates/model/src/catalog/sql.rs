//! The SQL database, over the PostgreSQL protocol: primaries (one instance a shard) and their streaming replicas.

use super::{EMBEDDED, Flow, Kind, Operation, Port, Role, Setting, engine_at, envelope, number, port};

fn times() -> Vec<Setting> {
    let mut settings = envelope(
        (16, "Assumed: sixteen connections at work, as many as a small database server has cores and disk queue for."),
        512,
        &[
            ("point_ms", "Row by key", 1.0, "Assumed: an index lookup with its share of the buffer cache's misses."),
            ("range_ms", "Range or join", 6.4, "Assumed: a join over some dozens of followed authors, merged and sorted."),
            ("write_ms", "Write", 4.0, "Assumed: a transaction with its write-ahead log flushed to an SSD."),
        ],
    );
    settings.push(engine_at("postgres", EMBEDDED));
    settings
}

fn operations() -> Vec<Operation> {
    vec![
        Operation { name: "point", label: "Row by key" },
        Operation { name: "range", label: "Range or join" },
        Operation { name: "write", label: "Write" },
    ]
}

pub(super) fn primary() -> Role {
    Role {
        id: "sql_primary",
        kind: Kind::Sql,
        name: "SQL primary",
        summary: "Takes the writes, over the PostgreSQL protocol. Each instance is a shard: rows are spread by user.",
        runs: true,
        max_instances: 16,
        ports: vec![],
        settings: times(),
        operations: operations(),
        routes: vec![],
        calls: |_| vec![],
    }
}

pub(super) fn replica() -> Role {
    let mut settings = times();
    settings.push(number(
        "Replication",
        "apply_delay_ms",
        "Applied after",
        "ms",
        (0.0, 600_000.0),
        false,
        20.0,
        "Assumed: the floor of the lag: a round trip and the replay of the log.",
    ));
    Role {
        id: "sql_replica",
        kind: Kind::Sql,
        name: "SQL replicas",
        summary: "Copies of a primary that answer reads, a little late. With several shards, replica i copies shard i modulo their number.",
        runs: true,
        max_instances: 16,
        ports: vec![Port { incoming: true, ..port("primary", &["sql_primary"], true, Flow::Copy, "The primary that it copies.") }],
        settings,
        operations: operations(),
        routes: vec![],
        calls: |_| vec![],
    }
}
