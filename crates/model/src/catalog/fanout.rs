//! The fan-out worker: consumes tweet events and writes each tweet into the timelines of the author's followers.

use super::{Flow, Kind, Operation, Port, Range, Role, Setting, envelope, port, timeout};
use crate::demand::Ask;
use crate::report::Tag;

pub(super) fn role() -> Role {
    let mut settings = vec![
        Setting {
            name: "celebrities",
            label: "Celebrities' tweets",
            unit: "",
            group: "Timeline",
            range: Range::Choice { words: vec![("written", "Written to all"), ("merged_on_read", "Merged on read")] },
            default: "written".into(),
            tag: Tag::Assumed,
            source: "A choice of the design: merged on read belongs with a feed service that is hybrid.",
        },
        super::feed::celebrity_threshold(),
        super::feed::kept_per_user(),
        super::number(
            "Timeline",
            "trim_every",
            "Trims with one tweet in",
            "tweets",
            (1.0, 10_000.0),
            true,
            64.0,
            "Assumed: trimming at each write doubles the commands; by one in 64 a timeline overshoots by some dozens of entries, for 2% more.",
        ),
    ];
    settings.extend(envelope(
        (8, "Assumed: eight events under way at the same time."),
        100_000,
        &[(
            "fanout_ms",
            "Fan out one tweet",
            2.0,
            "Assumed: decode, look up the followers, send the writes; the writes themselves are the cache's work.",
        )],
    ));
    settings.push(timeout(5000.0));
    Role {
        id: "fanout",
        kind: Kind::Worker,
        name: "Fan-out worker",
        summary: "Consumes tweet events from the log and writes each tweet into its author's followers' timelines.",
        runs: true,
        max_instances: 32,
        ports: vec![
            Port { incoming: true, ..port("events", &["log"], true, Flow::Queue, "The log that tells it of tweets.") },
            port("follows", &["sql_replica", "sql_primary"], true, Flow::Call, "Where it looks up the author's followers."),
            port("timeline", &["kv"], true, Flow::Call, "The timelines that it writes into."),
        ],
        settings,
        operations: vec![Operation { name: "fanout", label: "Fan-out" }],
        routes: vec![],
        calls: |asking| {
            let merged = asking.word("celebrities") == "merged_on_read";
            let writes = asking.fanout_writes(merged) * (1.0 + 1.0 / asking.number("trim_every").max(1.0)) + 1.0;
            // With a celebrity's tweet: whether it is marked as one, and who follows it or no longer does since the last.
            let celebrity = asking.celebrity_share(merged);
            // One pipeline a shard, side by side; the writes in it one after the other.
            let in_turn = writes / asking.instances("timeline").max(1.0);
            vec![
                Ask::call("follows", "range", 1.0 + 2.0 * celebrity),
                Ask::call("timeline", "read", celebrity),
                Ask::call("timeline", "write", writes).in_rounds(in_turn),
            ]
        },
    }
}
