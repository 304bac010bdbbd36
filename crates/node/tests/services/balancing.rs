//! The load balancer: turns, least connections, and instances that die and come back.

use std::collections::BTreeMap;

use axum::http::Method;
use serde_json::{Value, json};

use crate::rig::{Running, get, part, post, send, until};

fn work(instance: u32) -> Running {
    part("work").named("work", instance).start()
}

async fn served_by(balancer: &Running, requests: usize) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for _ in 0..requests {
        let body = get(balancer, "/work").await.expect(200);
        *counts.entry(body["served_by"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    counts
}

#[tokio::test]
async fn round_robin_gives_every_instance_its_turn() {
    let targets = [work(0), work(1), work(2)];
    let peers: Vec<_> = targets.iter().map(|t| t.peer.clone()).collect();
    let balancer = part("load_balancer").link("targets", &peers).start();
    let counts = served_by(&balancer, 30).await;
    assert_eq!(counts, BTreeMap::from([("work-1".into(), 10), ("work-2".into(), 10), ("work-3".into(), 10)]));
    assert_eq!(balancer.sample().admitted["forward"], 30);
}

#[tokio::test]
async fn least_connections_avoids_the_instance_that_is_busy() {
    let busy = part("work").named("work", 0).set("work_ms", 60_000.0).set("distribution", "fixed").timed().start();
    let free = work(1);
    let peers = [busy.peer.clone(), free.peer.clone()];
    let balancer = part("load_balancer").set("balance", "least_connections").link("targets", &peers).start();
    // The first request goes to the busy instance and stays there.
    let waiting = async {
        let _never = get(&balancer, "/work").await;
    };
    let others = async {
        until("the first request is at work-1", async || busy.sample().admitted["work"] == 1).await;
        served_by(&balancer, 10).await
    };
    let counts = tokio::select! {
        () = waiting => panic!("the busy instance answered within a minute"),
        counts = others => counts,
    };
    assert_eq!(counts, BTreeMap::from([("work-2".to_owned(), 10)]));
}

#[tokio::test]
async fn a_killed_instance_is_left_out_and_taken_back_when_it_answers_again() {
    let (mut first, second) = (work(0), work(1));
    let peers = [first.peer.clone(), second.peer.clone()];
    let balancer = part("load_balancer").set("health_every_ms", 50.0).link("targets", &peers).start();
    assert_eq!(served_by(&balancer, 4).await.len(), 2);
    first.kill();
    until("the balancer leaves work-1 out", async || balancer.sample().gauges.get("healthy_targets") == Some(&1.0)).await;
    assert_eq!(served_by(&balancer, 10).await, BTreeMap::from([("work-2".to_owned(), 10)]));
    let again = part("work").named("work", 0).at_port(first.port).start();
    until("the balancer takes work-1 back", async || balancer.sample().gauges.get("healthy_targets") == Some(&2.0)).await;
    assert_eq!(served_by(&balancer, 10).await["work-1"], 5);
    assert_eq!((balancer.counter("targets_left_out"), balancer.counter("targets_returned")), (1, 1));
    assert_eq!(again.sample().admitted["work"], 5, "health checks cost an instance nothing");
}

async fn check_even_without_the_second(balance: &str) {
    let mut targets = [work(0), work(1), work(2)];
    let peers: Vec<_> = targets.iter().map(|t| t.peer.clone()).collect();
    // Requests find out, and no health check is late within the test.
    let balancer = part("load_balancer").set("balance", balance).set("health_every_ms", 600_000.0).set("timeout_ms", 600_000.0);
    let balancer = balancer.link("targets", &peers).start();
    let counts = served_by(&balancer, 30).await;
    assert_eq!(counts, BTreeMap::from([("work-1".into(), 10), ("work-2".into(), 10), ("work-3".into(), 10)]), "{balance}");
    targets[1].kill();
    until("the balancer leaves work-2 out", async || {
        get(&balancer, "/work").await;
        balancer.sample().gauges.get("healthy_targets") == Some(&2.0)
    })
    .await;
    assert_eq!(served_by(&balancer, 20).await, BTreeMap::from([("work-1".into(), 10), ("work-3".into(), 10)]), "{balance}");
}

#[tokio::test]
async fn the_turns_of_a_dead_instance_are_shared_by_all_others() {
    check_even_without_the_second("round_robin").await;
    check_even_without_the_second("least_connections").await;
}

#[tokio::test]
async fn the_request_that_meets_a_dead_instance_names_it_and_the_next_goes_elsewhere() {
    let mut only = work(0);
    // No health check comes to its help within the test.
    let balancer = part("load_balancer").set("health_every_ms", 600_000.0).link("targets", &only.peers()).start();
    get(&balancer, "/work").await.expect(200);
    only.kill();
    let reply = get(&balancer, "/work").await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("work;unreachable")));
    let reply = get(&balancer, "/work").await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (503, Some("load_balancer;no_healthy_target")));
}

#[tokio::test]
async fn bodies_queries_and_faults_pass_through() {
    let target = work(0);
    let balancer = part("load_balancer").link("targets", &target.peers()).start();
    let reply = send(&balancer, Method::DELETE, "/no/such?x=1", Value::Null, &[]).await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (404, Some("work;not_found")));
    let reply = post(&balancer, "/work", json!({})).await;
    assert_eq!(reply.status.as_u16(), 405);
}
