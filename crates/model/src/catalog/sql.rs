//! The SQL database, over the PostgreSQL protocol: primaries (one instance a shard) and their streaming replicas.

use super::{EMBEDDED, Flow, Kind, Operation, Port, Range, Role, Setting, Tag, engine_at, envelope, number, port};

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

/// What both sides of replication can set beside the envelope.
fn shared() -> Vec<Setting> {
    vec![
        number(
            "Each instance",
            "max_connections",
            "Connections",
            "",
            (1.0, 10_000.0),
            true,
            200.0,
            "Assumed: a small server; PostgreSQL's own default is 100. One more is refused with 53300.",
        ),
        Setting {
            name: "fsync",
            label: "Flush each commit",
            unit: "",
            group: "Durability",
            range: Range::Switch,
            default: false.into(),
            tag: Tag::Assumed,
            source: "Assumed: off, since the envelope's write time stands for the flush. A commit survives a kill of the process either way; \
                     switched on, it survives the machine's.",
        },
    ]
}

/// When a commit is acknowledged.
fn synchronous() -> Vec<Setting> {
    let words = vec![("off", "Asynchronous"), ("on", "All replicas"), ("quorum", "A quorum")];
    vec![
        Setting {
            name: "synchronous",
            label: "Replicas confirm",
            unit: "",
            group: "Replication",
            range: Range::Choice { words },
            default: "off".into(),
            tag: Tag::Assumed,
            source: "Assumed: asynchronous, as PostgreSQL is without synchronous_standby_names. All and a quorum wait until the commit is \
                     applied there, as its synchronous_commit = remote_apply does.",
        },
        number(
            "Replication",
            "quorum",
            "Quorum",
            "replicas",
            (1.0, 16.0),
            true,
            1.0,
            "Assumed: one, so that each commit is on two machines. Only asked when a quorum confirms.",
        ),
    ]
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
        settings: [times(), shared(), synchronous()].concat(),
        operations: operations(),
        routes: vec![],
        calls: |_| vec![],
    }
}

pub(super) fn replica() -> Role {
    let mut settings = [times(), shared()].concat();
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
