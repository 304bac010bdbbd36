//! Bytes that no honest client sends: the engine refuses them in words, closes, stays up, and keeps its memory.

use loadline_model::seed::Stream;

use super::server::{Server, TOKEN, config};
use super::wire::{Wire, command};

#[tokio::test]
async fn each_wrong_frame_is_refused_in_words() {
    let server = Server::start(config()).await;
    let endless_inline = vec![b'x'; 70 << 10];
    let endless_length = [b"*".to_vec(), vec![b'1'; 100]].concat();
    let table: [(&[u8], &str); 14] = [
        (b"*1048577\r\n", "invalid multibulk length"),
        (b"*99999999999999999999\r\n", "invalid multibulk length"),
        (b"*x\r\n", "invalid multibulk length"),
        (&endless_length, "too big mbulk count string"),
        (b"*1\r\n:5\r\n", "expected '$', got ':'"),
        (b"*1\r\n\xff", "expected '$', got '\\u{ff}'"),
        (b"*1\r\n$67108865\r\n", "invalid bulk length"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$x\r\n", "invalid bulk length"),
        (b"*1\r\n$18446744073709551615\r\n", "invalid bulk length"),
        (b"*1\r\n$4\r\nPINGPONG", "bulk string does not end with its length"),
        (b"GET \"open\r\n", "unbalanced quotes in request"),
        (b"GET \"a\"b\r\n", "unbalanced quotes in request"),
        (&endless_inline, "too big inline request"),
    ];
    for (bytes, what) in table {
        let mut wire = Wire::open(server.address).await;
        wire.send(b"PING\r\n").await;
        wire.send(bytes).await;
        assert_eq!(wire.reply().await.as_deref(), Some("PONG"), "what came before is answered");
        assert_eq!(wire.reply().await, Some(format!("(error) ERR Protocol error: {what}")));
        assert_eq!(wire.reply().await, None, "closed after {what}");
    }
    assert_eq!(server.node.sample(false).failed["protocol_error"], table.len() as u64);
}

#[tokio::test]
async fn empty_commands_get_no_answer() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    wire.send(b"\r\n\n   \r\n*0\r\n*-1\r\nPING\r\n").await;
    assert_eq!(wire.reply().await.as_deref(), Some("PONG"));
}

#[tokio::test]
async fn a_stranger_gets_small_frames_only_and_no_second_word() {
    let server = Server::start(config()).await;
    for (bytes, what) in
        [(&b"*11\r\n"[..], "unauthenticated multibulk length"), (b"*2\r\n$4\r\nAUTH\r\n$16385\r\n", "unauthenticated bulk length")]
    {
        let mut wire = Wire::stranger(server.address).await;
        wire.send(bytes).await;
        assert_eq!(wire.reply().await, Some(format!("(error) ERR Protocol error: {what}")));
        assert_eq!(wire.reply().await, None);
    }
    // A web page that posts to the port: the first line is refused, and the connection ends before its body is looked at.
    let mut page = Wire::stranger(server.address).await;
    page.send(format!("POST / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nAUTH {TOKEN}\r\nSET k v\r\n").as_bytes()).await;
    assert_eq!(page.reply().await.as_deref(), Some("(error) NOAUTH Authentication required."));
    assert_eq!(page.reply().await, None);
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["DBSIZE"]).await, "(integer) 0");
    // With the password the same sizes are welcome.
    let long = "v".repeat(1 << 20);
    assert_eq!(wire.ask(&["SET", "k", &long]).await, "OK");
    assert_eq!(wire.ask(&["STRLEN", "k"]).await, "(integer) 1048576");
}

#[tokio::test]
async fn a_byte_at_a_time_gives_the_same_answers() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    let mut bytes = command(&[b"SET", b"k", b"two\r\nlines"]);
    bytes.extend_from_slice(b"GET k\r\n");
    bytes.extend_from_slice(&command(&[b"MGET", b"k", b"", b"k"]));
    bytes.extend_from_slice(b"SET \"a b\" 'c d'\r\nGET \"a b\"\n");
    for byte in bytes {
        assert!(wire.send(&[byte]).await);
    }
    for expected in ["OK", r#""two\r\nlines""#, r#"["two\r\nlines", (nil), "two\r\nlines"]"#, "OK", "\"c d\""] {
        assert_eq!(wire.reply().await.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn garbage_breaks_nothing() {
    let server = Server::start(config()).await;
    let mut stream = Stream::new(13, "garbage", 0);
    let pieces: [&[u8]; 10] =
        [b"*", b"$", b"\r\n", b"3", b"-1", b"GET", b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n", b"\"", b"\xff\x00", b"99999999999"];
    for round in 0..300 {
        let mut wire = if round % 2 == 0 { Wire::stranger(server.address).await } else { Wire::open(server.address).await };
        let mut bytes = Vec::new();
        for _ in 0..stream.below(60) {
            if stream.below(4) == 0 {
                bytes.push(stream.bits() as u8);
            } else {
                bytes.extend_from_slice(pieces[stream.below(pieces.len() as u64) as usize]);
            }
        }
        wire.send(&bytes).await;
        wire.end().await;
        // Whatever it says, it says it in RESP, and then it ends.
        while wire.reply().await.is_some() {}
    }
    assert!(server.is_serving());
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["PING"]).await, "PONG");
}

/// A client that asks for 512 MiB and reads slowly: the server runs ahead of it by a few MiB only, and by the kernel's own buffers.
#[tokio::test]
async fn a_client_that_does_not_read_is_not_read_from() {
    const ASKED: u64 = 2000;
    const AHEAD_MAX: u64 = 100;
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["SET", "big", &"v".repeat(256 << 10)]).await, "OK");
    wire.send(&b"STRLEN big\r\nGET big\r\n".repeat(ASKED as usize)).await;
    for read in 1..=ASKED {
        assert_eq!(wire.reply().await.as_deref(), Some("(integer) 262144"));
        assert_eq!(wire.reply().await.expect("a value").len(), (256 << 10) + 2);
        let ahead = server.counter("hits") - read;
        assert!(ahead <= AHEAD_MAX, "{ahead} values of 256 KiB were made before they could be sent");
    }
}

#[tokio::test]
async fn a_reply_without_measure_is_refused() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["SET", "big", &"v".repeat(20 << 20)]).await, "OK");
    let refused = "(error) ERR reply is over 128 MiB: ask for less at a time";
    assert_eq!(wire.ask(&["MGET", "big", "big", "big", "big", "big", "big", "big"]).await, refused);
    assert_eq!(wire.ask(&["STRLEN", "big"]).await, "(integer) 20971520");
    assert_eq!(server.node.sample(false).failed["reply_too_big"], 1);
}
