//! The API gateway: token, routes, timeout; and the trace that goes from node to node.

use std::sync::{Arc, Mutex};

use axum::http::Method;
use loadline_model::wire::Peer;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::rig::{Running, get, part, send, until};

/// A timeout that only a hang outlasts.
const PATIENT_MS: f64 = 600_000.0;

#[tokio::test]
async fn without_the_token_nobody_gets_in() {
    let work = part("work").start();
    let gateway = part("api_gateway").link("routes", &work.peers()).start();
    for given in ["", "Bearer", "Bearer nonsense", "Basic tok"] {
        let reply = send(&gateway, Method::GET, "/work", Value::Null, &[("authorization", given)]).await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (401, Some("api_gateway;unauthorised")), "{given}");
    }
    get(&gateway, "/work").await.expect(200);
    let reply = send(&gateway, Method::GET, "/work", Value::Null, &[("origin", "http://example.org")]).await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (403, Some("api_gateway;foreign_origin")));
    assert_eq!(work.sample().admitted["work"], 1, "what is turned away costs the services nothing");
}

#[tokio::test]
async fn paths_lead_to_the_role_that_has_them_and_others_nowhere() {
    let work = part("work").start();
    let gateway = part("api_gateway").link("routes", &work.peers()).start();
    for path in ["/workshop", "/users/1", "/"] {
        let reply = get(&gateway, path).await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (404, Some("api_gateway;not_found")), "{path}");
    }
    let reply = get(&gateway, "/work/more").await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (404, Some("work;not_found")), "below the prefix is the service's affair");
}

#[tokio::test]
async fn a_service_that_takes_too_long_is_given_up() {
    let slow = part("work").named("slow", 0).set("work_ms", 60_000.0).set("distribution", "fixed").timed().start();
    let gateway = part("api_gateway").set("timeout_ms", 50.0).link("routes", &slow.peers()).start();
    let reply = get(&gateway, "/work").await;
    assert_eq!((reply.status.as_u16(), reply.fault()), (504, Some("slow;timeout")));
    assert_eq!(gateway.sample().failed["timeout"], 1);
}

#[tokio::test]
async fn every_instance_has_its_turn() {
    let (a, b) = (part("work").start(), part("work").named("work", 1).start());
    let gateway = part("api_gateway").link("routes", &[a.peer.clone(), b.peer.clone()]).start();
    for _ in 0..10 {
        get(&gateway, "/work").await.expect(200);
    }
    assert_eq!((a.sample().admitted["work"], b.sample().admitted["work"]), (5, 5));
}

#[tokio::test]
async fn an_instance_that_is_gone_is_left_out_until_it_answers_again() {
    let (mut a, b) = (part("work").start(), part("work").named("work", 1).start());
    let gateway = part("api_gateway").set("timeout_ms", PATIENT_MS).link("routes", &[a.peer.clone(), b.peer.clone()]).start();
    let asked = |a: &Running| (a.sample().admitted["work"], b.sample().admitted["work"]);
    for _ in 0..4 {
        get(&gateway, "/work").await.expect(200);
    }
    a.kill();
    let mut failed = 0;
    for _ in 0..2 {
        let reply = get(&gateway, "/work").await;
        if !reply.status.is_success() {
            assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("work;unreachable")));
            failed += 1;
        }
    }
    assert_eq!(failed, 1, "only the request that finds out");
    let (_, before) = asked(&a);
    for _ in 0..10 {
        get(&gateway, "/work").await.expect(200);
    }
    assert_eq!(asked(&a), (2, before + 10));
    let a = part("work").at_port(a.port).start();
    until("work-1 is asked again", async || {
        get(&gateway, "/work").await.expect(200);
        asked(&a).0 > 0
    })
    .await;
    let before = asked(&a);
    for _ in 0..10 {
        get(&gateway, "/work").await.expect(200);
    }
    assert_eq!(asked(&a), (before.0 + 5, before.1 + 5));
}

/// A node whose every answer is longer than anybody reads.
async fn giant() -> Peer {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await?);
                }
                let body = vec![b' '; 5 << 20];
                stream.write_all(format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len()).as_bytes()).await?;
                // Its reader stops on the way.
                stream.write_all(&body).await
            });
        }
    });
    Peer { node: "work-1".into(), component: "work".into(), role: "work".into(), instance: 0, url, is_real: false }
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_named_and_its_sender_keeps_its_turns() {
    let small = part("work").named("work", 1).start();
    let gateway = part("api_gateway").set("timeout_ms", PATIENT_MS).link("routes", &[giant().await, small.peer.clone()]).start();
    for _ in 0..3 {
        let reply = get(&gateway, "/work").await;
        assert_eq!((reply.status.as_u16(), reply.fault()), (502, Some("work;answer_too_large")));
        get(&gateway, "/work").await.expect(200);
    }
}

/// A last node that answers one request and keeps what it was sent.
async fn spy() -> (Peer, Arc<Mutex<String>>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Arc::new(Mutex::new(String::new()));
    let kept = seen.clone();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n\r\n") {
            bytes.push(stream.read_u8().await.unwrap());
        }
        *kept.lock().unwrap() = String::from_utf8(bytes).unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}").await.unwrap();
    });
    (Peer { node: "spy-1".into(), component: "spy".into(), role: "work".into(), instance: 0, url, is_real: false }, seen)
}

#[tokio::test]
async fn the_trace_goes_from_the_balancer_through_the_gateway_to_the_service() {
    let (spy, seen) = spy().await;
    let gateway = part("api_gateway").link("routes", &[spy]).start();
    let balancer = part("load_balancer").link("targets", &gateway.peers()).start();
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    send(&balancer, Method::GET, "/work?n=1", Value::Null, &[("traceparent", trace)]).await.expect(200);
    let seen = seen.lock().unwrap().to_lowercase();
    assert!(seen.starts_with("get /work?n=1 http/1.1\r\n"), "{seen}");
    let header = |name: &str| seen.lines().find_map(|line| line.strip_prefix(&format!("{name}: "))).map(str::to_owned);
    let carried = header("traceparent").unwrap();
    assert_eq!((&carried[..36], &carried[52..]), (&trace[..36], &trace[52..]), "the same trace");
    assert_ne!(carried[36..52], trace[36..52], "seen from the gateway's own span");
    assert_eq!(header("authorization").as_deref(), Some("bearer tok"));
    assert!(header("x-loadline-due").unwrap().parse::<u64>().unwrap() > 0);
}
