//! The feed service: the home timeline, assembled on read, kept on write, or both.

use super::{Flow, Kind, Operation, Range, Role, Setting, envelope, number, port, timeout, worker_held};
use crate::demand::Ask;
use crate::report::Tag;

/// Heading of the settings that decide how timelines come to be.
const TIMELINE: &str = "Timeline";

/// Setting shared with the fan-out worker: followers from which an author's tweets are merged on read.
pub(super) fn celebrity_threshold() -> Setting {
    number(
        TIMELINE,
        "celebrity_threshold",
        "Celebrity from",
        "followers",
        (1.0, 1_000_000_000.0),
        true,
        400.0,
        "Assumed: a round figure for a few thousand modelled users; what share of the authors it is depends on the population. In life it \
         follows from the time that one tweet may take, followers ÷ writes a second of the cache: some hundred thousand followers.",
    )
}

/// Setting shared with the fan-out worker: how many entries a timeline keeps.
pub(super) fn kept_per_user() -> Setting {
    number(
        TIMELINE,
        "kept_per_user",
        "Kept per user",
        "tweets",
        (20.0, 10_000.0),
        true,
        800.0,
        "Twitter kept 800 entries of each home timeline in memory (R. Krikorian, Timelines at Scale, QCon San Francisco, 2012).",
    )
}

pub(super) fn role() -> Role {
    let mut settings = vec![
        Setting {
            name: "timeline_built",
            label: "Timeline is built",
            unit: "",
            group: TIMELINE,
            range: Range::Choice { words: vec![("on_read", "On read"), ("on_write", "On write"), ("hybrid", "Hybrid")] },
            default: "on_write".into(),
            tag: Tag::Assumed,
            source: "A choice of the design: the question of this exercise. Without a timeline cache it is on read whatever is set.",
        },
        kept_per_user(),
        celebrity_threshold(),
    ];
    settings.extend(envelope(
        (4, "Assumed: one worker a core of a small server."),
        256,
        &[("timeline_ms", "Timeline read", 1.25, "Assumed: decode, merge and encode twenty tweets.")],
    ));
    settings.push(worker_held());
    settings.push(timeout(1000.0));
    Role {
        id: "feed",
        kind: Kind::Service,
        name: "Feed service",
        summary: "Answers timeline reads. With a timeline cache it reads what fan-out wrote; without one it asks the database each time.",
        runs: true,
        max_instances: 32,
        ports: vec![
            port(
                "tweets",
                &["sql_replica", "sql_primary"],
                true,
                Flow::Call,
                "Where timelines are assembled from, on read or after a miss.",
            ),
            port("timeline", &["kv"], false, Flow::Call, "Timelines as sorted sets; empty: each read is assembled from the database."),
        ],
        settings,
        operations: vec![Operation { name: "timeline", label: "Timeline read" }],
        routes: vec!["/timelines"],
        calls: |asking| {
            if !asking.is_filled("timeline") || asking.word("timeline_built") == "on_read" {
                // One join where there is one shard; else whom the reader follows, and then the newest of every shard at the same time.
                let shards = asking.shards("tweets");
                let ranges = if shards > 1.0 { 1.0 + shards } else { 1.0 };
                return vec![Ask::call("tweets", "range", ranges).in_rounds(2.0)];
            }
            // One read for the timeline's ids, then the tweets behind them: one read from each cache instance that has some of the twenty.
            // Hybrid adds the list of celebrities, which comes with the ids, and one read for each, side by side as the bodies are.
            let bodies = asking.instances_touched("timeline", 20.0);
            let (celebrities, rounds) = match asking.word("timeline_built") {
                "hybrid" => (1.0 + asking.fanout.celebrities_followed, 2.0 + asking.fanout.celebrities_followed.min(1.0)),
                _ => (0.0, 2.0),
            };
            vec![Ask::call("timeline", "read", 1.0 + bodies + celebrities).in_rounds(rounds)]
        },
    }
}
