//! The user service: accounts and follows.

use super::{EACH, Flow, Kind, Operation, Range, Role, Setting, envelope, port, timeout, worker_held};
use crate::demand::Ask;
use crate::report::Tag;

pub(super) fn role() -> Role {
    let mut settings = envelope(
        (4, "Assumed: one worker a core of a small server."),
        512,
        &[
            ("read_ms", "Read a profile", 1.5, "Assumed: decode, one query, encode."),
            ("write_ms", "Write an account or follow", 3.0, "Assumed: validation and one transaction."),
        ],
    );
    settings.push(Setting {
        name: "own_reads",
        label: "A follow is answered",
        unit: "",
        group: EACH,
        range: Range::Choice {
            words: vec![
                ("none", "At once"),
                ("any_copy", "As any copy shows it"),
                ("primary", "As the primary shows it"),
                ("caught_up", "When a copy has it"),
            ],
        },
        default: "none".into(),
        tag: Tag::Assumed,
        source: "A choice of the design: what the author of a write reads next, with replicas that lag. One way for each answer to read-your-writes.",
    });
    settings.push(worker_held());
    settings.push(timeout(1000.0));
    Role {
        id: "user",
        kind: Kind::Service,
        name: "User service",
        summary: "Accounts, and who follows whom. Reads go to a replica when one is linked.",
        runs: true,
        max_instances: 32,
        ports: vec![
            port("accounts", &["sql_primary"], true, Flow::Call, "Where accounts and follows are written."),
            port("reads", &["sql_replica"], false, Flow::Call, "Where they are read; empty: the primary."),
        ],
        settings,
        operations: vec![Operation { name: "read", label: "Profile read" }, Operation { name: "write", label: "Follow" }],
        routes: vec!["/users"],
        calls: |asking| match asking.operation {
            // A follow is written at both users' shards, which are two different ones in (n - 1) of n cases.
            "write" => {
                let copy = asking.first_filled(&["reads", "accounts"]);
                let mut asks = vec![Ask::call("accounts", "write", 2.0 - 1.0 / asking.shards("accounts"))];
                match asking.word("own_reads") {
                    "any_copy" => asks.push(Ask::call(copy, "point", 1.0)),
                    "primary" => asks.push(Ask::call("accounts", "point", 1.0)),
                    // Its position, how far a copy is, and the row; how often it must look depends on the lag, which no queue makes.
                    "caught_up" => asks.extend([Ask::call("accounts", "point", 1.0), Ask::call(copy, "point", 2.0)]),
                    _ => {}
                }
                asks
            }
            _ => vec![Ask::call(asking.first_filled(&["reads", "accounts"]), "point", 1.0)],
        },
    }
}
