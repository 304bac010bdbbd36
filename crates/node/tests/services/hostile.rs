//! Bytes that no proper HTTP client sends: they are answered, their connection ends, the node goes on.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::rig::{PATIENCE, Running, TOKEN, get, part};

/// Sends `bytes`, and gives what came until the node closed.
async fn talk(to: &Running, bytes: &str) -> String {
    let mut socket = TcpStream::connect(("127.0.0.1", to.port)).await.unwrap();
    // The node may close before all was sent.
    let _ = socket.write_all(bytes.as_bytes()).await;
    let mut answer = Vec::new();
    // A reset is an end too: the node closed with bytes unread.
    let _ = tokio::time::timeout(PATIENCE, socket.read_to_end(&mut answer)).await.expect("the node ends the connection");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_400() {
    let work = part("work").start();
    for bytes in ["nonsense\r\n\r\n", "GET /work\r\n\r\n", "PO\"ST /work HTTP/1.1\r\n\r\nmore", "\u{16}\u{3}\u{1}\u{2}\r\n\r\n"] {
        let answer = talk(&work, bytes).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{bytes:?} -> {answer:?}");
    }
    get(&work, "/work").await.expect(200);
}

#[tokio::test]
async fn what_was_asked_before_it_is_answered_first() {
    let work = part("work").start();
    let good = format!("GET /work HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n", work.port);
    let answer = talk(&work, &format!("{good}{good}PO\"ST /work HTTP/1.1\r\n\r\n")).await;
    let (ok, bad) = (answer.matches("HTTP/1.1 200 ").count(), answer.matches("HTTP/1.1 400 ").count());
    assert_eq!((ok, bad), (2, 1), "{answer:?}");
}

#[tokio::test]
async fn a_name_that_leads_here_from_elsewhere_is_refused() {
    let work = part("work").start();
    let ask = async |host: &str| {
        let head = format!("GET /work HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n");
        talk(&work, &head).await
    };
    // DNS can lead any name to 127.0.0.1, and a page of that name would then be of the same origin.
    let elsewhere = format!("example.org:{}", work.port);
    let other_port = format!("127.0.0.1:{}", u32::from(work.port) + 1);
    for host in ["example.org", &elsewhere, &other_port, "127.0.0.1", ""] {
        let answer = ask(host).await;
        assert!(answer.starts_with("HTTP/1.1 403 ") && answer.contains("foreign_host"), "{host:?} -> {answer:?}");
    }
    assert_eq!(work.sample().admitted["work"], 0, "none of them reached the service");
    for host in [format!("127.0.0.1:{}", work.port), format!("localhost:{}", work.port)] {
        let answer = ask(&host).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{host:?} -> {answer:?}");
    }
}

/// Connections that are open at the same time, and how many of them may be strangers.
const CROWD: usize = 5000;
const STRANGERS: usize = 1024;

/// Resident memory of this process, MiB.
fn memory_mb() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("its status");
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).expect("its memory");
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).expect("a number") / 1024.0
}

#[tokio::test]
async fn five_thousand_connections_that_prove_nothing_keep_nobody_out() {
    let work = part("work").start();
    loadline_node::runtime::files::allow(3 * CROWD as u64);
    let before_mb = memory_mb();
    let mut crowd = Vec::new();
    for n in 0..CROWD {
        let mut socket = TcpStream::connect(("127.0.0.1", work.port)).await.expect("this test needs 10,000 open files: raise `ulimit -n`");
        let bytes: &[u8] = match n % 4 {
            0 => b"",
            1 => b"G",
            2 => b"POST /work HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999999",
            _ => b"\xff\xfe\x00garbage",
        };
        // Those that talk nonsense are shown out at once.
        let _ = socket.write_all(bytes).await;
        crowd.push(socket);
        if n % 250 == 0 {
            get(&work, "/work").await.expect(200);
        }
    }
    get(&work, "/work").await.expect(200);
    let grown_mb = memory_mb() - before_mb;
    assert!(grown_mb < 200.0, "{grown_mb:.0} MiB for {CROWD} connections");
    let shown_out = work.sample().failed["silent_client"] as usize;
    assert!(shown_out >= CROWD * 3 / 4 - STRANGERS, "{shown_out} gave up their place");
}

#[tokio::test]
async fn a_head_without_an_end_is_refused() {
    let work = part("work").start();
    let answer = talk(&work, &format!("GET /work HTTP/1.1\r\n{}", "X-More: aaaaaaaaaaaaaaaa\r\n".repeat(1 << 16))).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 431 "), "{answer:?}");
    get(&work, "/work").await.expect(200);
}

#[tokio::test]
async fn a_body_without_an_end_is_cut_and_others_are_answered() {
    let (_database, users) = crate::users::seeded(1).await;
    let head = |length: usize| {
        let proof = format!("Host: 127.0.0.1:{}\r\nAuthorization: Bearer {TOKEN}", users.port);
        format!("POST /users HTTP/1.1\r\n{proof}\r\nContent-Length: {length}\r\n\r\n")
    };
    let half = format!("{}{{\"name\": ", head(1000));
    let (answer, other) = tokio::join!(talk(&users, &half), get(&users, "/users/7"));
    other.expect(200);
    assert!(answer.starts_with("HTTP/1.1 400 ") && answer.contains("the body took more than 10 s"), "{answer:?}");
    assert_eq!(users.sample().failed["slow_body"], 1);
    let answer = talk(&users, &format!("{}{}", head(3 << 20), "x".repeat(3 << 20))).await;
    assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 413 "), "{answer:?}");
    get(&users, "/users/7").await.expect(200);
}
