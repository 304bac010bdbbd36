//! The user service: accounts and follows.

use super::{Flow, Kind, Operation, Role, envelope, port, timeout, worker_held};
use crate::demand::Ask;

pub(super) fn role() -> Role {
    let mut settings = envelope(
        (4, "Assumed: one worker a core of a small server."),
        512,
        &[
            ("read_ms", "Read a profile", 1.5, "Assumed: decode, one query, encode."),
            ("write_ms", "Write an account or follow", 3.0, "Assumed: validation and one transaction."),
        ],
    );
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
            "write" => vec![Ask::call("accounts", "write", 2.0 - 1.0 / asking.shards("accounts"))],
            _ => vec![Ask::call(asking.first_filled(&["reads", "accounts"]), "point", 1.0)],
        },
    }
}
