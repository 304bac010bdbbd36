//! One socket to one address: at rest, or with one request under way. Reads and writes, and says what came of it; counts nothing.

use std::io::{self, ErrorKind, Read, Write};
use std::net::SocketAddr;

use mio::net::TcpStream;

use crate::answer::{Answer, AtClose, Progress};
use crate::tally::Arrival;

pub(crate) struct Connection {
    pub(crate) stream: TcpStream,
    /// Number of its address in the spec.
    pub(crate) address: usize,
    /// The request under way.
    pub(crate) arrival: Option<Arrival>,
    pub(crate) answer: Answer,
    /// What is left to write of it.
    unsent: Vec<u8>,
    connected: bool,
}

/// What came of a read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// Nothing more for now.
    Wait,
    /// The answer is complete; `keep` when the connection may carry another.
    Answered { keep: bool },
    /// The connection is of no more use; with a request under way that request failed, for this reason.
    Broken(&'static str),
}

impl Connection {
    pub(crate) fn open(to: SocketAddr, address: usize) -> io::Result<Self> {
        let stream = TcpStream::connect(to)?;
        Ok(Self { stream, address, arrival: None, answer: Answer::default(), unsent: Vec::new(), connected: false })
    }

    /// Writes a request in one go as far as the socket takes it. `Err` means that not one byte was written.
    pub(crate) fn begin(&mut self, arrival: Arrival, method: &str, bytes: &[u8]) -> io::Result<()> {
        let written = loop {
            match self.stream.write(bytes) {
                Ok(written) => {
                    self.connected = true;
                    break written;
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                // Still connecting, or the socket's memory is full: the poll says when to go on.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => break 0,
                Err(error) => return Err(error),
            }
        };
        self.unsent.clear();
        self.unsent.extend_from_slice(bytes.get(written..).unwrap_or_default());
        self.arrival = Some(arrival);
        self.answer.begin(method);
        Ok(())
    }

    /// Goes on writing after an event.
    pub(crate) fn flush(&mut self) -> Step {
        if self.unsent.is_empty() {
            return Step::Wait;
        }
        if !self.connected {
            match self.stream.take_error() {
                Ok(None) => {}
                Ok(Some(error)) | Err(error) => return Step::Broken(reason(&error)),
            }
        }
        loop {
            match self.stream.write(&self.unsent) {
                Ok(written) => {
                    self.connected = true;
                    self.unsent.drain(..written.min(self.unsent.len()));
                    if self.unsent.is_empty() {
                        return Step::Wait;
                    }
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => return Step::Wait,
                Err(error) => return Step::Broken(reason(&error)),
            }
        }
    }

    /// Reads after an event, through `scratch`. `to_the_end`: the peer may have closed, so read until nothing is left.
    pub(crate) fn read(&mut self, scratch: &mut [u8], to_the_end: bool) -> Step {
        loop {
            let read = match self.stream.read(scratch) {
                Ok(read) => read,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::NotConnected) => return Step::Wait,
                Err(error) => return Step::Broken(reason(&error)),
            };
            if read == 0 {
                return match (self.arrival, self.answer.close()) {
                    (None, _) | (_, AtClose::Nothing) => Step::Broken("closed"),
                    (_, AtClose::Complete) => Step::Answered { keep: false },
                    (_, AtClose::Truncated) => Step::Broken("truncated"),
                };
            }
            if self.arrival.is_none() {
                // Bytes that nobody asked for.
                return Step::Broken("bad_answer");
            }
            match self.answer.feed(scratch.get(..read).unwrap_or_default()) {
                Ok(Progress::Complete { extra }) => {
                    return Step::Answered { keep: self.answer.keep() && !extra && self.unsent.is_empty() };
                }
                // A read that did not fill the memory has emptied the socket; what comes later is a new event.
                Ok(Progress::More) if read < scratch.len() && !to_the_end => return Step::Wait,
                Ok(Progress::More) => {}
                Err(_) => return Step::Broken("bad_answer"),
            }
        }
    }
}

/// The word for an error of a socket, as the report has it.
pub(crate) fn reason(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::ConnectionRefused => "connect_refused",
        ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted | ErrorKind::BrokenPipe => "reset",
        ErrorKind::TimedOut => "connect_timeout",
        ErrorKind::AddrNotAvailable | ErrorKind::AddrInUse => "no_local_port",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable => "unreachable",
        _ => "socket_error",
    }
}
