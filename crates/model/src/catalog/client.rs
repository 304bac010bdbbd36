//! The client: where load comes from. The generator plays it; it is not a node.

use super::{Flow, Kind, Role, port};

pub(super) fn role() -> Role {
    Role {
        id: "client",
        kind: Kind::Client,
        name: "Client",
        summary: "The users. Sends what the scenario asks for, on schedule, whether answers come or not.",
        runs: true,
        max_instances: 1,
        ports: vec![port(
            "entry",
            &["load_balancer", "api_gateway", "user", "tweet", "feed", "work", "edge_cache"],
            true,
            Flow::Call,
            "Where requests enter the system.",
        )],
        settings: vec![],
        operations: vec![],
        routes: vec![],
        calls: |asking| asking.pass_on("entry"),
    }
}
