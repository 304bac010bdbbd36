//! A small HTTP/1.1 server on one thread, which behaves well or badly as the path asks. For tests and measurements, not for the world.
#![allow(dead_code, unreachable_pub, reason = "each test binary and the example use a part of it")]

use std::io::{ErrorKind, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use mio::net::{TcpListener, TcpStream};
use mio::{Events, Interest, Poll, Token, Waker};

const LISTENER: Token = Token(usize::MAX);
const WAKER: Token = Token(usize::MAX - 1);

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 13\r\n\r\n{\"ok\":\"true\"}";

/// The answer to `path`, and whether the connection is closed after it; `None`: no answer at all.
fn answer(path: &str) -> Option<(&'static [u8], bool)> {
    Some(match path.split('?').next().unwrap_or(path) {
        "/chunked" => (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3;x=y\r\nyou\r\n0\r\n\r\n", false),
        "/close" => (b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok", true),
        "/until-close" => (b"HTTP/1.1 200 OK\r\n\r\nas long as it lasts", true),
        "/hang-up" => (OK, true),
        "/truncated" => (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", true),
        "/nothing" => (b"", true),
        "/garbage" => (b"220 smtp.example.org ESMTP\r\n\r\n", false),
        "/twice" => (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\n", false),
        "/busy" => (b"HTTP/1.1 503 Busy\r\nx-loadline-fault: feed;queue_full\r\nContent-Length: 0\r\n\r\n", false),
        "/unavailable" => (b"HTTP/1.1 503 Unavailable\r\nContent-Length: 0\r\n\r\n", false),
        "/silent" => return None,
        _ => (OK, false),
    })
}

struct Peer {
    stream: TcpStream,
    pending: Vec<u8>,
}

/// A listener on a port of loopback that the system gives, with a long queue: a stopped server must not lose connections.
pub fn listen() -> (TcpListener, SocketAddr) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
    socket.listen(4096).unwrap();
    socket.set_nonblocking(true).unwrap();
    let listener = TcpListener::from_std(socket.into());
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Serves until `stop`, which is looked at when `poll`'s waker is used. `seen` gets each whole request once its answer is written.
pub fn serve(mut poll: Poll, mut listener: TcpListener, stop: &AtomicBool, mut seen: impl FnMut(&[u8])) {
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).unwrap();
    // A table of descriptors that grows under way would hold the server up for some 10 ms each time.
    #[cfg(unix)]
    drop(rustix::io::fcntl_dupfd_cloexec(&listener, 4096));
    let mut events = Events::with_capacity(1024);
    let mut peers: Vec<Option<Peer>> = Vec::new();
    let mut free = Vec::new();
    let mut scratch = vec![0; 64 * 1024];
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = poll.poll(&mut events, None) {
            assert_eq!(error.kind(), ErrorKind::Interrupted, "{error}");
            continue;
        }
        for event in &events {
            match event.token() {
                WAKER => {}
                LISTENER => {
                    while let Ok((mut stream, _)) = listener.accept() {
                        let place = free.pop().unwrap_or(peers.len());
                        poll.registry().register(&mut stream, Token(place), Interest::READABLE).unwrap();
                        let mut peer = Peer { stream, pending: Vec::new() };
                        // Its first request has mostly come with it: first come, first served.
                        let peer = attend(&mut peer, &mut scratch, &mut seen).then_some(peer);
                        if peer.is_none() {
                            free.push(place);
                        }
                        if place == peers.len() { peers.push(peer) } else { peers[place] = peer }
                    }
                }
                Token(place) => {
                    let Some(peer) = peers[place].as_mut() else { continue };
                    if !attend(peer, &mut scratch, &mut seen) {
                        peers[place] = None;
                        free.push(place);
                    }
                }
            }
        }
    }
}

/// Reads and answers what there is; false when the connection is over.
fn attend(peer: &mut Peer, scratch: &mut [u8], seen: &mut impl FnMut(&[u8])) -> bool {
    loop {
        match peer.stream.read(scratch) {
            Ok(0) => return false,
            Ok(read) => {
                peer.pending.extend_from_slice(&scratch[..read]);
                while let Some((path, length)) = whole_request(&peer.pending) {
                    let answer = answer(&path);
                    // Answers are short and the peer reads: the socket takes them whole, or the peer is gone.
                    let written = answer.is_none_or(|(bytes, _)| peer.stream.write(bytes).is_ok_and(|n| n == bytes.len()));
                    seen(&peer.pending[..length]);
                    peer.pending.drain(..length);
                    if !written || answer.is_some_and(|(_, close)| close) {
                        return false;
                    }
                }
                if read < scratch.len() {
                    return true;
                }
            }
            Err(error) => return error.kind() == ErrorKind::WouldBlock,
        }
    }
}

/// The path and the length of the request that `bytes` begin with, when it is whole.
fn whole_request(bytes: &[u8]) -> Option<(String, usize)> {
    let mut headers = [httparse::EMPTY_HEADER; 16];
    let mut request = httparse::Request::new(&mut headers);
    let httparse::Status::Complete(head) = request.parse(bytes).expect("the generator sends sound requests") else { return None };
    let body = request.headers.iter().find(|h| h.name.eq_ignore_ascii_case("content-length"));
    let body = body.map_or(0, |h| std::str::from_utf8(h.value).unwrap().parse().unwrap());
    (bytes.len() >= head + body).then(|| (request.path.unwrap().to_owned(), head + body))
}

/// A poll, and what ends a [`serve`] on it.
pub fn stoppable() -> (Poll, Arc<Waker>) {
    let poll = Poll::new().unwrap();
    let waker = Arc::new(Waker::new(poll.registry(), WAKER).unwrap());
    (poll, waker)
}

/// A server on a thread of this process; ends when dropped.
pub struct Server {
    pub address: String,
    stop: Arc<AtomicBool>,
    waker: Arc<Waker>,
    thread: Option<std::thread::JoinHandle<Vec<Vec<u8>>>>,
}

impl Server {
    pub fn start() -> Self {
        let (listener, address) = listen();
        let (poll, waker) = stoppable();
        let stop = Arc::new(AtomicBool::new(false));
        let own_stop = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut requests = Vec::new();
            serve(poll, listener, &own_stop, |request| requests.push(request.to_vec()));
            requests
        });
        Self { address: address.to_string(), stop, waker, thread: Some(thread) }
    }

    /// Ends it; gives every request that it saw, byte for byte.
    pub fn finish(mut self) -> Vec<Vec<u8>> {
        self.end()
    }

    fn end(&mut self) -> Vec<Vec<u8>> {
        self.stop.store(true, Ordering::Relaxed);
        self.waker.wake().unwrap();
        self.thread.take().map(|thread| thread.join().unwrap()).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.thread.is_some() && !std::thread::panicking() {
            self.end();
        }
    }
}
