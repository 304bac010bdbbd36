//! One input as one connection: send, half-close, read to the end. A node that neither answers nor closes is a finding.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::{Duration, Instant};

/// How long a connection may take in all: far more than any input needs, so only a hang outlasts it.
const DEADLINE: Duration = Duration::from_secs(60);
/// Bytes of an answer that are kept; the rest is read and forgotten.
const KEPT_BYTES: usize = 1 << 20;
/// More than this for one small input is no answer but a flood.
const FLOOD_BYTES: usize = 256 << 20;

/// A connection to a node.
pub struct Connection {
    socket: TcpStream,
    begun: Instant,
    answer: Answer,
}

impl Connection {
    /// Dials. Panics when the node does not take it.
    pub fn to(port: u16) -> Self {
        let socket = TcpStream::connect(("127.0.0.1", port)).expect("the node takes connections");
        socket.set_nodelay(true).expect("a TCP option");
        socket.set_write_timeout(Some(DEADLINE)).expect("a timeout above zero");
        Self { socket, begun: Instant::now(), answer: Answer { kept: Vec::new(), bytes: 0 } }
    }

    /// Sends. A node that has closed is no failure: what it said is read all the same.
    pub fn send(&mut self, bytes: &[u8]) {
        let _ = self.socket.write_all(bytes);
    }

    /// Reads until `is_whole` says that everything asked for is there, or nothing came for `quiet`, or the node closed: for servers that
    /// give up what waits when their client goes.
    pub fn read_until(&mut self, quiet: Duration, is_whole: impl Fn(&[u8]) -> bool) -> &[u8] {
        self.socket.set_read_timeout(Some(quiet)).expect("a timeout above zero");
        while !is_whole(&self.answer.kept) && self.begun.elapsed() < DEADLINE && self.answer.read(&mut self.socket) == Got::Bytes {}
        &self.answer.kept
    }

    /// Half-closes, reads to the end, and gives the beginning of all that was answered. Panics when the node does not end it.
    pub fn end(mut self) -> Vec<u8> {
        // Closed by the node already: there is nothing left to close.
        let _ = self.socket.shutdown(Shutdown::Write);
        loop {
            let left = DEADLINE.saturating_sub(self.begun.elapsed());
            assert!(!left.is_zero(), "{} bytes were answered, and the connection is still open", self.answer.bytes);
            self.socket.set_read_timeout(Some(left)).expect("a timeout above zero");
            if self.answer.read(&mut self.socket) == Got::End {
                return self.answer.kept;
            }
            assert!(self.answer.bytes < FLOOD_BYTES, "a small input was answered with more than {FLOOD_BYTES} bytes");
        }
    }
}

/// Sends `bytes` at once and gives the answer.
pub fn talk(port: u16, bytes: &[u8]) -> Vec<u8> {
    let mut connection = Connection::to(port);
    connection.send(bytes);
    connection.end()
}

#[derive(PartialEq, Eq)]
enum Got {
    Bytes,
    Nothing,
    End,
}

struct Answer {
    kept: Vec<u8>,
    bytes: usize,
}

impl Answer {
    fn read(&mut self, socket: &mut TcpStream) -> Got {
        let mut buffer = [0; 16 << 10];
        match socket.read(&mut buffer) {
            Ok(0) => Got::End,
            Ok(len) => {
                self.bytes += len;
                let room = KEPT_BYTES - self.kept.len();
                self.kept.extend(buffer.iter().take(len.min(room)));
                Got::Bytes
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted) => Got::Nothing,
            // A reset is an end too: the node closed with bytes unread.
            Err(_) => Got::End,
        }
    }
}
