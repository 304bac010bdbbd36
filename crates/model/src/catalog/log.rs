//! The partitioned log, over the Kafka protocol.

use super::{EMBEDDED, Kind, Operation, Role, engine_at, envelope, number};

pub(super) fn role() -> Role {
    let mut settings = vec![number(
        "Topic",
        "partitions",
        "Partitions",
        "",
        (1.0, 256.0),
        true,
        14.0,
        "Assumed: a few for each consumer, so that the work spreads evenly.",
    )];
    settings.extend(envelope(
        (8, "Assumed: eight request handler threads, as Kafka has by default."),
        10_000,
        &[
            ("append_ms", "Append a batch", 0.5, "Assumed: one sequential write into the page cache, no flush."),
            ("fetch_ms", "Fetch", 0.3, "Assumed: one sequential read out of the page cache."),
        ],
    ));
    settings.push(engine_at("kafka", EMBEDDED));
    Role {
        id: "log",
        kind: Kind::Log,
        name: "Log",
        summary: "Topics in partitions, over the protocol of Kafka. Consumers of a group share the partitions.",
        runs: true,
        max_instances: 8,
        ports: vec![],
        settings,
        operations: vec![Operation { name: "append", label: "Append" }, Operation { name: "fetch", label: "Fetch" }],
        routes: vec![],
        calls: |_| vec![],
    }
}
