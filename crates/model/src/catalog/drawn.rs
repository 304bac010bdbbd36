//! What can be drawn but does not run yet, and says so.

use super::{Flow, Kind, Port, Role, port};

fn drawn(id: &'static str, kind: Kind, name: &'static str, summary: &'static str, ports: Vec<Port>) -> Role {
    Role {
        id,
        kind,
        name,
        summary,
        runs: false,
        max_instances: 64,
        ports,
        settings: vec![],
        operations: vec![],
        routes: vec![],
        calls: |asking| asking.pass_on("origin"),
    }
}

pub(super) fn roles() -> Vec<Role> {
    let services: &[&str] = &["load_balancer", "api_gateway", "user", "tweet", "feed", "work", "object_store"];
    vec![
        drawn(
            "edge_cache",
            Kind::EdgeCache,
            "Edge cache",
            "A CDN close to the users. Drawn only: it does not run yet, requests pass it by.",
            vec![port("origin", services, false, Flow::Call, "Asked after a miss.")],
        ),
        drawn(
            "object_store",
            Kind::ObjectStore,
            "Object store",
            "Blobs by key: pictures, video, backups. Drawn only: it does not run yet.",
            vec![],
        ),
        drawn(
            "search",
            Kind::Search,
            "Search",
            "Full-text search. Drawn only: it does not run yet.",
            vec![Port { incoming: true, ..port("feed", &["log", "tweet"], false, Flow::Queue, "What is indexed.") }],
        ),
        drawn(
            "websocket_gateway",
            Kind::WebsocketGateway,
            "WebSocket gateway",
            "Holds a connection for each user who is online, and pushes. Drawn only: it does not run yet.",
            vec![Port { incoming: true, ..port("events", &["log"], false, Flow::Queue, "What is pushed.") }],
        ),
    ]
}
