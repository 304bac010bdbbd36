//! A crowd of hostile connections at one of two equal nodes: an honest client of the one is served as an honest client of the other, new
//! ones come in, and the node's memory stays bounded. The machine slows both, so that the one is measured beside the other.

use std::io::{ErrorKind, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use loadline_model::envelope::Distribution;
use loadline_tests::loadline;
use loadline_tests::node::{Node, TOKEN};

use crate::client::Client;

/// Connections that are opened, and held open for as long as the node lets them be.
const CROWD: usize = 5000;
/// Threads that send without ever ending a frame.
const FLOODS: usize = 4;
/// What such a thread sends at most: its end when nothing else ends it, bytes.
const FLOOD_BYTES: usize = 4 << 30;
/// What the honest clients ask for.
const ASKED: u32 = 150;
/// What each request costs by the envelope, ms.
const SERVICE_MS: f64 = 10.0;
/// How much longer the median answer of the besieged node may take than that of its equal. Nothing but the crowd's own use of the machine
/// should come between them.
const RATIO_MAX: f64 = 1.5;
/// How much memory 5,000 connections may cost beside long messages, MiB: 30 KiB each.
const GROWN_MAX_MIB: f64 = 150.0;

/// What is sent to a port of `role`.
struct Siege {
    role: &'static str,
    /// What the connections of the crowd send, in turn; each that is followed by nothing waits for ever.
    openings: Vec<Vec<u8>>,
    /// How a frame begins that never ends, and what follows again and again.
    endless: (Vec<u8>, Vec<u8>),
    /// Memory that the port has for long messages of all connections together, MiB (`MEMORY_KIB` of sql, `LARGE_FRAMES_KIB` of log).
    long_mib: f64,
}

fn message(kind: &[u8], body: &[u8]) -> Vec<u8> {
    [kind, &(body.len() as u32 + 4).to_be_bytes(), body].concat()
}

fn sieges() -> [Siege; 4] {
    let startup = message(b"", b"\0\x03\0\0user\0x\0database\0y\0\0");
    let sasl = b"\0\0\0\x1b\0\x11\0\x01\0\0\0\x01\0\x03raw\0\x05PLAIN".to_vec();
    let head = b"POST /work HTTP/1.1\r\nHost: 127.0.0.1\r\n".to_vec();
    [
        Siege {
            role: "kv",
            openings: vec![
                vec![],
                b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$16000\r\nabc".to_vec(),
                b"*1\r\n$4\r\nPI".to_vec(),
                format!("*2\r\n$4\r\nAUTH\r\n${}\r\n{TOKEN}\r\n", TOKEN.len()).into_bytes(),
                b"\xff\xfe\x00garbage without an end".to_vec(),
                b"*99999999999999999999\r\n".to_vec(),
            ],
            endless: (format!("AUTH {TOKEN}\r\n*1000000\r\n").into_bytes(), b"$5\r\nhello\r\n".repeat(4000)),
            long_mib: 0.0,
        },
        Siege {
            role: "sql_primary",
            openings: vec![
                vec![],
                startup.clone(),
                startup[..7].to_vec(),
                [startup.clone(), vec![b'p', 127, 255, 255, 255]].concat(),
                vec![255; 64],
                b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".to_vec(),
            ],
            endless: (
                [startup, message(b"p", format!("{TOKEN}\0").as_bytes()), vec![b'Q', 1, 200, 0, 0]].concat(),
                b"SELECT 1; ".repeat(4000),
            ),
            long_mib: 256.0,
        },
        Siege {
            role: "log",
            openings: vec![
                vec![],
                vec![0, 0],
                vec![0, 0, 255, 255, 0, 18],
                vec![127, 255, 255, 255, 0, 0],
                sasl[..20].to_vec(),
                b"\xff\xfe\x00garbage without an end".to_vec(),
            ],
            endless: (vec![0, 0, 255, 255], vec![0; 40_000]),
            long_mib: 256.0,
        },
        Siege {
            role: "work",
            openings: vec![
                vec![],
                b"G".to_vec(),
                [&head[..], b"Content-Length: 99999999\r\n\r\n{"].concat(),
                head.clone(),
                b"\xff\xfe\x00garbage".to_vec(),
                b"POST /work HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFF\r\n".to_vec(),
            ],
            endless: (head, b"X-More: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n".repeat(900)),
            long_mib: 0.0,
        },
    ]
}

/// Sends without an end, from the beginning again when it is cut, until told to stop; counts how often it was cut.
fn flood(port: u16, (opening, rest): &(Vec<u8>, Vec<u8>), stop: &AtomicBool, cut: &AtomicUsize) {
    let mut sent = 0;
    while sent < FLOOD_BYTES && !stop.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { continue };
        stream.set_write_timeout(Some(Duration::from_millis(50))).expect("a limit");
        let mut next: &[u8] = opening;
        while sent < FLOOD_BYTES && !stop.load(Ordering::Relaxed) {
            match stream.write(next) {
                Ok(count) => {
                    sent += count;
                    next = if count < next.len() { &next[count..] } else { rest };
                }
                // The node does not read: it is left alone for a while, and asked again.
                Err(reason) if matches!(reason.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(_) => {
                    cut.fetch_add(1, Ordering::Relaxed);
                    break;
                }
            }
        }
    }
}

/// Sends each connection of the crowd a byte in turn, a byte at a time, until told to stop.
fn drip(crowd: &mut [TcpStream], stop: &AtomicBool) {
    for stream in crowd.iter().cycle().take(100 * CROWD) {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let mut stream = stream;
        // It may have been cut long ago.
        let _ = stream.write(b"0");
        std::thread::sleep(Duration::from_micros(200));
    }
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// Two nodes of `role` with the same envelope: fixed times, so that an answer of a node without others takes as long as it says.
fn equals(role: &'static str) -> [Node; 2] {
    [(); 2].map(|()| {
        Node::start_by(Command::new(loadline()), role, &[], |envelope| {
            for time in envelope.service.values_mut() {
                (time.mean_ms, time.distribution) = (SERVICE_MS, Distribution::Fixed);
            }
        })
    })
}

#[test]
fn five_thousand_hostile_connections_leave_the_node_within_its_envelope() {
    // The crowd's own ends are files of this process.
    loadline_node::runtime::files::allow(3 * CROWD as u64);
    for siege in sieges() {
        let role = siege.role;
        let [besieged, equal] = equals(role);
        let mut honest = [&besieged, &equal].map(|node| (Client::connect(role, node), node.port));
        for (client, port) in &mut honest {
            client.write(0, *port).unwrap_or_else(|reason| panic!("{role}: {reason}"));
        }
        let before = besieged.peak_rss_bytes();
        let mut crowd: Vec<TcpStream> = Vec::with_capacity(CROWD);
        for opening in siege.openings.iter().cycle().take(CROWD) {
            let mut stream = TcpStream::connect(("127.0.0.1", besieged.port))
                .unwrap_or_else(|reason| panic!("{role}: connection {}: {reason}; this test needs {CROWD} open files", crowd.len()));
            stream.set_nonblocking(true).expect("a socket");
            // Those that are one too many are shown out at once.
            let _ = stream.write(opening);
            crowd.push(stream);
        }
        let (stop, cut) = (AtomicBool::new(false), AtomicUsize::new(0));
        let times = std::thread::scope(|scope| {
            for _ in 0..FLOODS {
                scope.spawn(|| flood(besieged.port, &siege.endless, &stop, &cut));
            }
            scope.spawn(|| drip(&mut crowd, &stop));
            let mut times = [Vec::new(), Vec::new()];
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for n in 1..=ASKED {
                    for ((client, port), (node, times)) in honest.iter_mut().zip([&besieged, &equal].into_iter().zip(&mut times)) {
                        // Who comes now is let in too.
                        if n % 25 == 0 {
                            *client = Client::connect(role, node);
                            client.write(n, *port).unwrap_or_else(|reason| panic!("{role}: a new client: {reason}"));
                        }
                        let began = Instant::now();
                        client.write(n, *port).unwrap_or_else(|reason| panic!("{role}, request {n}: {reason}"));
                        times.push(began.elapsed());
                    }
                }
            }));
            stop.store(true, Ordering::Relaxed);
            outcome.map(|()| times)
        });
        let times = times.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let [under_siege, at_peace] = times.map(median);
        let grown_mib = besieged.peak_rss_bytes().saturating_sub(before) as f64 / f64::from(1 << 20);
        let sample = besieged.sample();
        println!(
            "{role}: {CROWD} connections, {} cut of {FLOODS} without an end; {ASKED} honest requests of {SERVICE_MS} ms, none lost, median \
             {under_siege:.2} ms (its equal in peace {at_peace:.2} ms); {grown_mib:.0} MiB more at the most; told: {:?}",
            cut.load(Ordering::Relaxed),
            sample.failed,
        );
        assert!(
            under_siege <= RATIO_MAX * at_peace,
            "{role}: {under_siege:.2} ms under siege, its equal {at_peace:.2} ms: not within its envelope"
        );
        assert!(grown_mib < GROWN_MAX_MIB + siege.long_mib, "{role}: {grown_mib:.0} MiB for {CROWD} connections");
    }
}
