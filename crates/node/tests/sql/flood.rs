//! Slow clients, huge messages and statements without an end: the node answers the others, and its memory stays bounded. (Five thousand
//! connections at a time, and clients that stall: `tests/tests/nodes/`.)

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::hostile::{message, password, startup};
use crate::queries::text;
use crate::server::{Server, code};

/// Memory of this process, in KiB.
fn memory_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the status");
    let line = status.lines().find(|line| line.starts_with("VmRSS")).expect("VmRSS");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

#[tokio::test]
async fn byte_by_byte_is_slow_and_right() {
    let server = Server::primary().await;
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).await.expect("connects");
    socket.set_nodelay(true).expect("no delay");
    let bytes = [startup(), password(), message(b'Q', b"SELECT 'byte' || 's'\0"), message(b'X', b"")].concat();
    for byte in bytes {
        socket.write_all(&[byte]).await.expect("the server listens");
        tokio::task::yield_now().await;
    }
    let mut answer = Vec::new();
    tokio::io::AsyncReadExt::read_to_end(&mut socket, &mut answer).await.expect("an answer");
    assert!(answer.windows(5).any(|window| window == b"bytes"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn huge_messages_share_a_bounded_memory() {
    let server = Server::primary().await;
    let before = memory_kib();
    let mut clients = Vec::new();
    // Each announces 30 MB and sends a little of it: together they would be 1.5 GB.
    for _ in 0..50 {
        let mut socket = TcpStream::connect(("127.0.0.1", server.port)).await.expect("connects");
        let mut bytes = [startup(), password()].concat();
        bytes.push(b'Q');
        bytes.extend(30_000_000_u32.to_be_bytes());
        bytes.extend(std::iter::repeat_n(b'x', 100_000));
        // Those past the limit are cut.
        let _ = socket.write_all(&bytes).await;
        clients.push(socket);
    }
    assert_eq!(text(&server.client().await, "SELECT 1").await.unwrap(), ["1"]);
    let grown = memory_kib().saturating_sub(before);
    assert!(grown < 400 << 10, "{grown} KiB");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn statements_without_an_end_leave_room_for_others_and_end_when_told() {
    let server = Server::primary().await;
    let endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n";
    let mut running = Vec::new();
    for _ in 0..12 {
        let client = server.client().await;
        let cancel = client.cancel_token();
        running.push((cancel, tokio::spawn(async move { client.simple_query(endless).await.map(|_| ()) })));
    }
    // Ranges and writes need a thread too: more statements run for ever than may run at the same time.
    let client = server.client().await;
    client.batch_execute("CREATE TABLE t (id INT PRIMARY KEY); INSERT INTO t VALUES (1), (2)").await.unwrap();
    assert_eq!(text(&client, "SELECT id FROM t ORDER BY id").await.unwrap(), ["1", "2"]);
    // One that was told how long it may take.
    client.batch_execute("SET statement_timeout = '50ms'").await.unwrap();
    let error = client.simple_query(endless).await.expect_err("a refusal");
    assert_eq!(error.as_db_error().unwrap().message(), "canceling statement due to statement timeout");
    for (cancel, ending) in running {
        while !ending.is_finished() {
            cancel.cancel_query(tokio_postgres::NoTls).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert_eq!(code(ending.await.unwrap()), "57014");
    }
}
