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

/// When the sending side is closed.
pub enum Close<'a> {
    /// Once everything is sent: for servers that still answer what they have read.
    AtOnce,
    /// Once `is_whole` says that the answers are all there, or nothing came for `quiet`: for servers that give up what waits when their
    /// client goes.
    After {
        /// Looks at all that came so far.
        is_whole: &'a dyn Fn(&[u8]) -> bool,
        /// How long to wait for the next bytes.
        quiet: Duration,
    },
}

/// Sends `bytes` to the node at `port` and gives the beginning of what it answered. Panics when the node does not take the connection or
/// does not end it.
pub fn talk(port: u16, bytes: &[u8], close: &Close<'_>) -> Vec<u8> {
    let begun = Instant::now();
    let mut socket = TcpStream::connect(("127.0.0.1", port)).expect("the node takes connections");
    socket.set_nodelay(true).expect("a TCP option");
    socket.set_write_timeout(Some(DEADLINE)).expect("a timeout above zero");
    // The node may have closed before all was sent; what it said is read all the same.
    let _ = socket.write_all(bytes);
    let mut answer = Answer { kept: Vec::new(), bytes: 0 };
    if let Close::After { is_whole, quiet } = close {
        socket.set_read_timeout(Some(*quiet)).expect("a timeout above zero");
        while !is_whole(&answer.kept) && begun.elapsed() < DEADLINE && answer.read(&mut socket) == Got::Bytes {}
    }
    // Closed by the node already: there is nothing left to close.
    let _ = socket.shutdown(Shutdown::Write);
    loop {
        let left = DEADLINE.saturating_sub(begun.elapsed());
        assert!(!left.is_zero(), "{} bytes were answered, and the connection is still open", answer.bytes);
        socket.set_read_timeout(Some(left)).expect("a timeout above zero");
        if answer.read(&mut socket) == Got::End {
            return answer.kept;
        }
        assert!(answer.bytes < FLOOD_BYTES, "an input of {} bytes was answered with more than {FLOOD_BYTES}", bytes.len());
    }
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
