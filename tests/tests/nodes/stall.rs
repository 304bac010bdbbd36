//! Clients that stop in the middle: the node ends their connections by itself, after the time that its engine's page names, and meanwhile
//! serves the others. All wait at the same time, so that the test takes as long as the longest of these times, a minute. (For `kv`, whose
//! times its own tests can set, `crates/node/tests/kv/crowd.rs`.)

use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use loadline_tests::node::{Node, TOKEN};

use crate::client::Client;

/// How long the node may take at most: much longer than any of its times.
const PATIENCE: Duration = Duration::from_secs(240);

/// A client that sends this, and then no more.
struct Stalled {
    role: &'static str,
    what: &'static str,
    sends: Vec<u8>,
    /// False: nor does it read what it asked for.
    reads: bool,
    /// What the node says before it ends the connection, if anything.
    told: &'static [u8],
}

fn postgres(kind: &[u8], body: &[u8]) -> Vec<u8> {
    [kind, &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

fn kafka(api: i16, version: i16, body: &[u8]) -> Vec<u8> {
    let header = [&api.to_be_bytes()[..], &version.to_be_bytes(), &7_i32.to_be_bytes(), b"\0\x07stalled"].concat();
    [&((header.len() + body.len()) as i32).to_be_bytes()[..], &header, body].concat()
}

fn all() -> Vec<Stalled> {
    let startup = postgres(b"", b"\0\x03\0\0user\0x\0database\0y\0\0");
    let in_sql = [startup.clone(), postgres(b"p", format!("{TOKEN}\0").as_bytes())].concat();
    let many = postgres(
        b"Q",
        b"WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 2000000) SELECT x, 'wide enough' FROM n\0",
    );
    let proof = format!("\0loadline\0{TOKEN}");
    let in_log = [kafka(17, 1, b"\0\x05PLAIN"), kafka(36, 0, &[&(proof.len() as i32).to_be_bytes(), proof.as_bytes()].concat())].concat();
    // What a broker supports, in a few hundred bytes, asked for again and again.
    let versions = kafka(18, 0, b"").repeat(100_000);
    let stalled = |role, what, sends: &[&[u8]]| Stalled { role, what, sends: sends.concat(), reads: true, told: b"" };
    vec![
        stalled("sql_primary", "says nothing", &[]),
        stalled("sql_primary", "stops in its first packet", &[&startup[..9]]),
        stalled("sql_primary", "does not give its password", &[&startup]),
        Stalled { told: b"was not whole within 60 s", ..stalled("sql_primary", "stops in a statement", &[&in_sql, b"Q\0\0\x04\0SELECT"]) },
        Stalled { reads: false, ..stalled("sql_primary", "takes no rows", &[&in_sql, &many]) },
        stalled("log", "says nothing", &[]),
        stalled("log", "stops in a length", &[b"\0\0"]),
        stalled("log", "stops in its login", &[&in_log[..30]]),
        stalled("log", "stops in a request", &[&in_log, &kafka(18, 0, b"")[..12]]),
        Stalled { reads: false, ..stalled("log", "takes no answers", &[&in_log, &versions]) },
        stalled("work", "says nothing", &[]),
        stalled("work", "stops in its head", &[b"GET /work HTTP/1.1\r\nHost: 127.0.0.1\r\n"]),
    ]
}

/// Sends what it has to send for as long as somebody takes it, and waits until the node ends the connection; gives how long that took, and
/// what the node said.
fn stall(port: u16, stalled: &Stalled) -> (Duration, Vec<u8>) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).expect("the node accepts");
    stream.set_write_timeout(Some(Duration::from_millis(200))).expect("a limit");
    stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
    let began = Instant::now();
    let mut left = &stalled.sends[..];
    let mut said = Vec::new();
    loop {
        if left.is_empty() && stalled.reads {
            let ended = stream.read_to_end(&mut said);
            assert!(
                !matches!(&ended, Err(reason) if matches!(reason.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)),
                "{}: who {} is still connected after {PATIENCE:?}",
                stalled.role,
                stalled.what
            );
            return (began.elapsed(), said);
        }
        assert!(began.elapsed() < PATIENCE, "{}: who {} is still connected after {PATIENCE:?}", stalled.role, stalled.what);
        // Who does not read learns of the end by writing on: here a byte of which no message is made.
        match stream.write(if left.is_empty() { b"\0" } else { left }) {
            Ok(count) => left = left.get(count..).unwrap_or_default(),
            Err(reason) if matches!(reason.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(_) => return (began.elapsed(), said),
        }
        if left.is_empty() && !stalled.reads {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

#[test]
fn who_stalls_is_cut_off_by_every_port() {
    let nodes = ["sql_primary", "log", "work"].map(|role| (role, Node::start(role, &[])));
    let ports: BTreeMap<&str, u16> = nodes.iter().map(|(role, node)| (*role, node.port)).collect();
    let mut honest: Vec<(&str, Client)> = nodes.iter().map(|(role, node)| (*role, Client::connect(role, node))).collect();
    let all = all();
    std::thread::scope(|scope| {
        let waiting: Vec<_> = all.iter().map(|stalled| (stalled, scope.spawn(|| stall(ports[stalled.role], stalled)))).collect();
        let mut written = 0;
        while waiting.iter().any(|(_, thread)| !thread.is_finished()) {
            written += 1;
            for (role, client) in &mut honest {
                client.write(written, ports[role]).unwrap_or_else(|reason| panic!("{role}: {reason}"));
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        for (stalled, thread) in waiting {
            let (took, said) = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            println!("{}: who {} is cut off after {:.1} s", stalled.role, stalled.what, took.as_secs_f64());
            assert!(
                said.windows(stalled.told.len().max(1)).any(|window| window == stalled.told) || stalled.told.is_empty(),
                "{}: who {} is told {:?}",
                stalled.role,
                stalled.what,
                String::from_utf8_lossy(&said)
            );
        }
    });
}
