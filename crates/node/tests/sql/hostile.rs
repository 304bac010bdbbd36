//! Bytes that no honest client sends: the connection ends with an error, the node goes on.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::queries::text;
use crate::server::{Server, TOKEN};

pub(crate) fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = vec![kind];
    bytes.extend((body.len() as u32 + 4).to_be_bytes());
    bytes.extend(body);
    bytes
}

pub(crate) fn startup() -> Vec<u8> {
    let body = b"\0\x03\0\0user\0x\0database\0y\0\0";
    let mut bytes = (body.len() as u32 + 4).to_be_bytes().to_vec();
    bytes.extend(body);
    bytes
}

pub(crate) fn password() -> Vec<u8> {
    message(b'p', format!("{TOKEN}\0").as_bytes())
}

/// Sends everything, closes, and gives what came back until the server closed too.
async fn talk(server: &Server, bytes: &[u8]) -> Vec<u8> {
    let mut socket = TcpStream::connect(("127.0.0.1", server.port)).await.expect("connects");
    // The server may have given up before all was sent.
    let _ = socket.write_all(bytes).await;
    let _ = socket.shutdown().await;
    let mut answer = Vec::new();
    let read = tokio::time::timeout(Duration::from_secs(60), socket.read_to_end(&mut answer)).await;
    assert!(read.is_ok(), "the server neither answers nor closes");
    answer
}

fn shows(answer: &[u8], words: &str) -> bool {
    answer.windows(words.len()).any(|window| window == words.as_bytes())
}

#[tokio::test]
async fn before_the_token_nothing_works() {
    let server = Server::primary().await;
    let ssl = [0, 0, 0, 8, 4, 210, 22, 47];
    assert_eq!(talk(&server, &ssl).await, b"N");
    for (bytes, words) in [
        ([startup(), message(b'p', b"wrong\0")].concat(), "C28P01"),
        ([startup(), message(b'Q', b"SELECT 1\0")].concat(), "C08P01"),
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), "C08P01"),
        (vec![0, 0, 0, 3], "C08P01"),
        (vec![255; 64], "C08P01"),
        ([0, 0, 0, 8, 0, 2, 0, 0].to_vec(), "C0A000"),
        ([startup(), vec![b'p', 127, 255, 255, 255]].concat(), "C08P01"),
    ] {
        let answer = talk(&server, &bytes).await;
        assert!(shows(&answer, words), "{words}: {:?}", String::from_utf8_lossy(&answer));
        assert!(!shows(&answer, "SELECT 1"));
    }
    assert_eq!(server.node.sample(false).failed["unauthorised"], 1);
}

#[tokio::test]
async fn broken_messages_end_their_connection_only() {
    let server = Server::primary().await;
    let steady = server.client().await;
    let greeting = [startup(), password()].concat();
    let parse = message(b'P', b"s\0SELECT $1::int, 2\0\0\0");
    let sync = message(b'S', b"");
    let bind = |tail: &[u8]| message(b'B', &[b"\0s\0", tail].concat());
    for (bytes, words) in [
        // A Bind with too few, and too many, result formats; with a parameter longer than the message; with counts that lie.
        ([parse.clone(), bind(&[0, 0, 0, 1, 0, 0, 0, 1, b'5', 0, 3, 0, 1, 0, 1, 0, 1]), sync.clone()].concat(), "C08P01"),
        ([parse.clone(), bind(&[0, 0, 0, 1, 127, 255, 255, 255, b'5', 0, 0]), sync.clone()].concat(), "C08P01"),
        ([parse.clone(), bind(&[255, 255, 0, 1]), sync.clone()].concat(), "C08P01"),
        ([parse.clone(), bind(&[0, 0, 0, 2, 255, 255, 255, 255, 255, 255, 255, 255, 0, 0]), sync.clone()].concat(), "C08P01"),
        ([parse.clone(), bind(&[0, 1, 0, 1, 0, 1, 0, 0, 0, 2, 1, 1, 0, 0]), sync.clone()].concat(), "C22P03"),
        (message(b'B', b""), "C08P01"),
        (message(b'P', b"no end"), "C"),
        (message(b'D', b""), "C"),
        (message(b'E', b"nothing\0\0\0\0\0"), "C34000"),
        (message(b'Z', b"?"), "C08P01"),
        (vec![b'Q', 0, 0, 0, 2], "C08P01"),
        (vec![b'Q', 127, 0, 0, 0], "C08P01"),
        (message(b'Q', &[b'S', 0xff, 0xfe, 0]), "C42601"),
        (message(b'Q', format!("SELECT {}1\0", "(".repeat(20_000)).as_bytes()), "C54001"),
        (message(b'Q', format!("SELECT 1{}\0", "+1".repeat(200_000)).as_bytes()), "C54001"),
        (message(b'Q', format!("SELECT {}1\0", "- ".repeat(50_000)).as_bytes()), "C54001"),
        (message(b'Q', format!("SELECT 1 WHERE {}1=1\0", "NOT ".repeat(50_000)).as_bytes()), "C54001"),
        (message(b'Q', format!("SELECT '{}'\0", "x".repeat(2_000_000)).as_bytes()), "C54001"),
        (message(b'Q', b"SELECT $1\0"), "C42P02"),
        (message(b'P', b"\0SELECT $99999999999999999999\0\0\0"), "C42P02"),
        (message(b'P', b"\0SELECT $0\0\0\0"), "C42P02"),
    ] {
        let answer = talk(&server, &[greeting.clone(), bytes.clone()].concat()).await;
        assert!(
            shows(&answer, words),
            "{words}: {:?} -> {:?}",
            String::from_utf8_lossy(&bytes[..bytes.len().min(60)]),
            String::from_utf8_lossy(&answer)
        );
    }
    // Noise after the greeting, the same on every run.
    let mut noise = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..200 {
        let bytes: Vec<u8> = (0..64)
            .map(|at| {
                noise ^= noise << 13;
                noise ^= noise >> 7;
                noise ^= noise << 17;
                match at {
                    0 => b"QPBDESCHdcfXp"[(noise % 13) as usize],
                    1..=3 => 0,
                    4 => (noise % 64) as u8,
                    _ => noise as u8,
                }
            })
            .collect();
        talk(&server, &[greeting.clone(), bytes].concat()).await;
    }
    assert_eq!(text(&steady, "SELECT 1").await.unwrap(), ["1"], "the other connection goes on");
    assert_eq!(text(&server.client().await, "SELECT 1").await.unwrap(), ["1"], "new ones are taken");
}
