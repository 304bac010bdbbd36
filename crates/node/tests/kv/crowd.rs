//! Many clients, and bad ones among them: those who stall are cut off, others are answered, and memory stays bounded.

use std::io::{Read, Write};
use std::net::TcpStream;

use super::process::Node;
use super::server::{Server, TOKEN, config, config_with};
use super::wire::{Wire, command};

/// Connections that are open at the same time.
const CROWD: usize = 5000;

/// Lets this process, and those it starts, have as many files open as the crowd needs; false where the system does not allow it.
fn may_open_many() -> bool {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let needed = CROWD as u64 + 1000;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= needed) {
        return true;
    }
    limit.maximum.is_none_or(|maximum| maximum >= needed)
        && setrlimit(Resource::Nofile, Rlimit { current: Some(needed), maximum: limit.maximum }).is_ok()
}

/// Resident memory of a process, MiB.
fn rss_mb(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
}

/// 5,000 connections that are silent, half way in a frame, or talk nonsense; an honest client is answered among them.
#[tokio::test]
async fn five_thousand_connections_leave_room_for_others() {
    assert!(may_open_many(), "this test needs {CROWD} open files: raise `ulimit -n`");
    let folder = tempfile::tempdir().expect("a folder");
    let node = Node::start(folder.path(), "off");
    let auth = command(&[b"AUTH", TOKEN.as_bytes()]);
    let mut crowd = Vec::new();
    for n in 0..CROWD {
        let mut stream = TcpStream::connect(node.address).expect("accepted");
        let bytes: &[u8] = match n % 5 {
            0 => b"",
            1 => b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16000\r\nabc",
            2 => b"*1\r\n$4\r\nPI",
            3 => &auth,
            _ => b"\xff\xfe\x00garbage without an end",
        };
        stream.write_all(bytes).expect("sent");
        crowd.push(stream);
    }
    // A connection that was accepted and said its word is one of those that are counted.
    let mut wire = Wire::open(node.address).await;
    while !wire.ask(&["INFO", "clients"]).await.contains(&format!("connected_clients:{}\\r", CROWD + 1)) {}
    for n in 0..200 {
        assert_eq!(wire.ask(&["SET", "k", &n.to_string()]).await, "OK");
        assert_eq!(wire.ask(&["GET", "k"]).await, format!("\"{n}\""));
    }
    let mb = rss_mb(node.pid());
    assert!(mb < 150.0, "{mb:.0} MiB for {CROWD} connections");
    for (n, stream) in crowd.iter_mut().enumerate().filter(|(n, _)| n % 5 == 3) {
        let mut answer = [0; 5];
        stream.read_exact(&mut answer).unwrap_or_else(|error| panic!("connection {n}: {error}"));
        assert_eq!(&answer, b"+OK\r\n");
    }
    drop(crowd);
    while !wire.ask(&["INFO", "clients"]).await.contains("connected_clients:1\\r") {}
    node.kill();
}

/// A frame that never ends and answers that nobody takes hold a connection up; one that only rests is left alone.
#[tokio::test]
async fn who_stalls_is_cut_off_and_who_rests_is_not() {
    let server = Server::start(config_with("stalled_client_s", 0.3)).await;
    let mut resting = Wire::open(server.address).await;
    let mut waiting = Wire::open(server.address).await;
    waiting.send(b"BLPOP queue 0\r\n").await;
    let mut listening = Wire::open(server.address).await;
    assert!(listening.ask(&["SUBSCRIBE", "ch"]).await.contains("subscribe"));
    let mut half = Wire::open(server.address).await;
    half.send(b"*2\r\n$3\r\nGET\r\n$10\r\nabc").await;
    assert_eq!(half.reply().await, None, "a frame that does not end");
    let mut greedy = Wire::open(server.address).await;
    assert_eq!(greedy.ask(&["SET", "big", &"v".repeat(1 << 20)]).await, "OK");
    greedy.send(&b"GET big\r\n".repeat(60)).await;
    while server.node.sample(false).failed.get("stalled_client").copied().unwrap_or(0) < 2 {
        tokio::task::yield_now().await;
    }
    assert_eq!(resting.ask(&["PING"]).await, "PONG");
    assert_eq!(resting.ask(&["RPUSH", "queue", "x"]).await, "(integer) 1");
    assert_eq!(waiting.reply().await.as_deref(), Some("[\"queue\", \"x\"]"));
    assert_eq!(resting.ask(&["PUBLISH", "ch", "m"]).await, "(integer) 1");
    assert!(listening.reply().await.expect("a message").contains("\"m\""));
}

#[tokio::test]
async fn who_does_not_say_who_it_is_is_cut_off() {
    let server = Server::start(config_with("stranger_s", 0.2)).await;
    let mut known = Wire::open(server.address).await;
    let mut silent = Wire::stranger(server.address).await;
    assert_eq!(silent.reply().await, None);
    assert_eq!(known.ask(&["PING"]).await, "PONG");
    assert_eq!(server.node.sample(false).failed["silent_client"], 1);
}

/// A subscriber that takes nothing is cut off at 32 MiB; the publisher and other subscribers go on.
#[tokio::test]
async fn a_subscriber_that_takes_nothing_is_cut_off() {
    let server = Server::start(config()).await;
    let mut deaf = Wire::open(server.address).await;
    assert!(deaf.ask(&["SUBSCRIBE", "ch"]).await.contains("subscribe"));
    let mut publisher = Wire::open(server.address).await;
    let message = "m".repeat(1 << 20);
    let mut sent = 0;
    while publisher.ask(&["PUBLISH", "ch", &message]).await == "(integer) 1" {
        sent += 1;
        assert!(sent < 200, "{sent} MiB wait for one subscriber");
    }
    assert!(sent >= 32, "cut off after {sent} MiB");
    let mut attentive = Wire::open(server.address).await;
    assert!(attentive.ask(&["SUBSCRIBE", "ch"]).await.contains("subscribe"));
    assert_eq!(publisher.ask(&["PUBLISH", "ch", "hello"]).await, "(integer) 1");
    assert_eq!(attentive.reply().await.as_deref(), Some("[\"message\", \"ch\", \"hello\"]"));
}

/// Each byte by itself, for a command of every kind, among other clients.
#[tokio::test]
async fn a_byte_at_a_time_from_many_at_once() {
    let server = Server::start(config()).await;
    let mut wires = Vec::new();
    for _ in 0..20 {
        wires.push(Wire::open(server.address).await);
    }
    let bytes = [command(&[b"SET", b"k", b"v"]), command(&[b"LPUSH", b"l", b"a"]), command(&[b"GET", b"k"])].concat();
    for byte in bytes {
        for wire in &mut wires {
            assert!(wire.send(&[byte]).await);
        }
    }
    for wire in &mut wires {
        assert_eq!(wire.reply().await.as_deref(), Some("OK"));
        assert!(wire.reply().await.is_some_and(|reply| reply.starts_with("(integer)")));
        assert_eq!(wire.reply().await.as_deref(), Some("\"v\""));
    }
}
