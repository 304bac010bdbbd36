//! The API gateway: checks the bearer token, routes by path, gives up on a service that takes too long.

use super::{Flow, Kind, Operation, Port, Role, envelope, port, timeout, worker_held};

pub(super) fn role() -> Role {
    let mut settings = envelope(
        (4, "Assumed: one worker a core of a small server."),
        1024,
        &[("route_ms", "Route a request", 0.6, "Assumed: token check, routing and copying of the body.")],
    );
    settings.push(worker_held());
    settings.push(timeout(2000.0));
    Role {
        id: "api_gateway",
        kind: Kind::ApiGateway,
        name: "API gateway",
        summary: "One door for all services: checks the bearer token, routes by path, gives up after its timeout.",
        runs: true,
        max_instances: 32,
        ports: vec![Port {
            many: true,
            ..port("routes", &["user", "tweet", "feed", "work"], true, Flow::Call, "The services that it routes to, each by its own paths.")
        }],
        settings,
        operations: vec![Operation { name: "route", label: "Route" }],
        routes: vec![],
        calls: |asking| asking.pass_on("routes"),
    }
}
