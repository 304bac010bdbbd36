//! The load balancer: spreads requests over the instances of one component, and leaves out those that fail their health check.

use super::{Flow, Kind, Operation, Range, Role, Setting, envelope, number, port, timeout};
use crate::report::Tag;

pub(super) fn role() -> Role {
    let mut settings = vec![
        Setting {
            name: "balance",
            label: "Chooses by",
            unit: "",
            group: "Balancing",
            range: Range::Choice { words: vec![("round_robin", "Round robin"), ("least_connections", "Least connections")] },
            default: "round_robin".into(),
            tag: Tag::Assumed,
            source: "Assumed: round robin is the usual default of layer 7 balancers.",
        },
        number(
            "Balancing",
            "health_every_ms",
            "Health check every",
            "ms",
            (10.0, 600_000.0),
            false,
            500.0,
            "Assumed: often enough to leave a dead instance out within a second of life.",
        ),
    ];
    settings.extend(envelope(
        (2, "Assumed: two event loops."),
        4096,
        &[("forward_ms", "Forward a request", 0.03, "Assumed: header work of a layer 7 proxy; measure yours and set it.")],
    ));
    settings.push(timeout(5000.0));
    Role {
        id: "load_balancer",
        kind: Kind::LoadBalancer,
        name: "Load balancer",
        summary: "Spreads requests over the instances of one component. Leaves out instances that fail their health check.",
        runs: true,
        max_instances: 8,
        ports: vec![port(
            "targets",
            &["api_gateway", "user", "tweet", "feed", "work"],
            true,
            Flow::Call,
            "The component whose instances share the requests.",
        )],
        settings,
        operations: vec![Operation { name: "forward", label: "Forward" }],
        routes: vec![],
        calls: |asking| asking.pass_on("targets"),
    }
}
