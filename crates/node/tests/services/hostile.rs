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
