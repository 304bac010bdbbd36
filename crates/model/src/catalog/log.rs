//! The partitioned log, over the Kafka protocol.

use super::{EMBEDDED, Kind, Operation, Range, Role, Setting, Tag, engine_at, envelope, number};

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
    settings.extend([
        number(
            "Topic",
            "replication",
            "Replicas of each partition",
            "",
            (1.0, 8.0),
            true,
            1.0,
            "Kafka's default.replication.factor is 1. Never more than there are instances.",
        ),
        number(
            "Topic",
            "min_insync",
            "In sync at least",
            "replicas",
            (1.0, 8.0),
            true,
            1.0,
            "Kafka's min.insync.replicas is 1: with fewer in sync a write that wants all of them is refused.",
        ),
        number(
            "Topic",
            "retention_s",
            "Kept for",
            "s",
            (0.0, 315_360_000.0),
            false,
            604_800.0,
            "Kafka's log.retention.hours is 168; 0 keeps records for ever.",
        ),
        number(
            "Topic",
            "retention_mb",
            "Kept at most",
            "MB a partition",
            (0.0, 1_000_000.0),
            false,
            0.0,
            "Kafka's log.retention.bytes is unlimited, which is 0 here.",
        ),
        number(
            "Topic",
            "segment_mb",
            "Segment",
            "MB",
            (0.001, 1024.0),
            false,
            64.0,
            "Assumed: Kafka has 1024; smaller segments let retention work in small steps.",
        ),
        Setting {
            name: "fsync",
            label: "Flushed to disk",
            unit: "",
            group: "Topic",
            range: Range::Choice {
                words: vec![
                    ("never", "when the system likes"),
                    ("every_second", "every second"),
                    ("each_batch", "before each acknowledgement"),
                ],
            },
            default: "never".into(),
            tag: Tag::Assumed,
            source: "Kafka flushes when the operating system likes (log.flush.interval.messages is unlimited) and relies on replicas.",
        },
    ]);
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
