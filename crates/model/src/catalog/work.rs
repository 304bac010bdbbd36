//! The plain service: one operation with a chosen envelope. Labs are made of it.

use super::{Flow, Kind, Operation, Role, envelope, port, timeout, worker_held};
use crate::demand::Ask;

pub(super) fn role() -> Role {
    let mut settings = envelope(
        (1, "Assumed: one worker, so that the queue is easy to reason about."),
        10_000,
        &[("work_ms", "Service time", 10.0, "Assumed: a round figure; set your own.")],
    );
    settings.push(worker_held());
    settings.push(timeout(60_000.0));
    Role {
        id: "work",
        kind: Kind::Service,
        name: "Plain service",
        summary: "Does one thing, with the envelope that you choose. It may call the next in a chain.",
        runs: true,
        max_instances: 32,
        ports: vec![port("next", &["work", "load_balancer"], false, Flow::Call, "Called after its own work; empty: it answers by itself.")],
        settings,
        operations: vec![Operation { name: "work", label: "Work" }],
        routes: vec!["/work"],
        calls: |asking| if asking.is_filled("next") { vec![Ask::call("next", "work", 1.0)] } else { vec![] },
    }
}
