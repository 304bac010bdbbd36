//! The tweet service: create and read, and the event that fan-out begins with.

use super::{EACH, Flow, Kind, Operation, Role, envelope, number, port, timeout, worker_held};
use crate::demand::Ask;

pub(super) fn role() -> Role {
    let mut settings = envelope(
        (4, "Assumed: one worker a core of a small server."),
        512,
        &[
            ("read_ms", "Read a tweet", 1.0, "Assumed: decode, one lookup, encode."),
            ("write_ms", "Post a tweet", 2.0, "Assumed: validation, one transaction, one event."),
        ],
    );
    settings.push(worker_held());
    settings.push(timeout(1000.0));
    settings.push(number(
        EACH,
        "cache_ttl_s",
        "Cached for",
        "s",
        (1.0, 604_800.0),
        false,
        86_400.0,
        "Assumed: a day; tweets do not change.",
    ));
    Role {
        id: "tweet",
        kind: Kind::Service,
        name: "Tweet service",
        summary: "Creates and reads tweets. Linked to a log, it tells the fan-out workers; linked to a cache, it reads from there first.",
        runs: true,
        max_instances: 32,
        ports: vec![
            port("tweets", &["sql_primary"], true, Flow::Call, "Where tweets are written."),
            port("reads", &["sql_replica"], false, Flow::Call, "Where tweets are read; empty: the primary."),
            port("cache", &["kv"], false, Flow::Call, "Tweets by id; empty: every read goes to the database."),
            port("events", &["log"], false, Flow::Queue, "Told about each tweet, for fan-out; empty: timelines are built on read only."),
        ],
        settings,
        operations: vec![Operation { name: "read", label: "Tweet read" }, Operation { name: "write", label: "Tweet" }],
        routes: vec!["/tweets"],
        calls: |asking| {
            let mut asks = Vec::new();
            if asking.operation == "write" {
                asks.push(Ask::call("tweets", "write", 1.0));
                if asking.is_filled("cache") {
                    asks.push(Ask::call("cache", "write", 1.0));
                }
                if asking.is_filled("events") {
                    asks.push(Ask::call("events", "append", 1.0));
                }
            } else if asking.is_filled("cache") {
                // Seeded and new tweets are in the cache from the start, so the model's hit ratio is 1; the run measures the real one.
                asks.push(Ask::call("cache", "read", 1.0));
            } else {
                asks.push(Ask::call(asking.first_filled(&["reads", "tweets"]), "point", 1.0));
            }
            asks
        },
    }
}
