//! Writes replies, in RESP2 or RESP3 as the connection asked. Knows nothing of commands; reading is `parse`.

use super::fault::Fault;
use super::number;

/// Bytes of replies that one batch may have; a command whose reply would pass it is refused instead.
const REPLY_MAX_BYTES: usize = 128 << 20;

/// Which version of the protocol a connection speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Protocol {
    /// What every client speaks.
    Resp2,
    /// After `HELLO 3`: nulls, maps, sets and doubles of their own.
    Resp3,
}

/// The replies of one batch, in order.
#[derive(Debug)]
pub(super) struct Reply {
    out: Vec<u8>,
    protocol: Protocol,
    too_big: bool,
}

impl Reply {
    pub(super) fn new(protocol: Protocol) -> Self {
        Self { out: Vec::new(), protocol, too_big: false }
    }

    pub(super) fn set_protocol(&mut self, protocol: Protocol) {
        self.protocol = protocol;
    }
    pub(super) fn protocol(&self) -> Protocol {
        self.protocol
    }
    pub(super) fn len(&self) -> usize {
        self.out.len()
    }
    /// True when something was left out because it was too big: the last reply is broken and must be cut off.
    pub(super) fn is_too_big(&self) -> bool {
        self.too_big
    }
    /// Goes on after `out`.
    pub(super) fn give(&mut self, out: Vec<u8>) {
        self.out = out;
    }
    /// Takes what was written.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.out)
    }
    /// Forgets what was written after `mark`, for a command that failed half way.
    pub(super) fn cut(&mut self, mark: usize) {
        self.out.truncate(mark);
        self.too_big = false;
    }

    fn put(&mut self, bytes: &[u8]) {
        if self.too_big || self.out.len() + bytes.len() > REPLY_MAX_BYTES {
            self.too_big = true;
        } else {
            self.out.extend_from_slice(bytes);
        }
    }
    fn head(&mut self, kind: u8, n: i64) {
        // From its end: the line end, at most 19 digits, a sign, the kind.
        let mut line = *b"......................\r\n";
        let mut at = line.len() - 2;
        let mut left = n.unsigned_abs();
        loop {
            at -= 1;
            line[at] = b'0' + (left % 10) as u8;
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if n < 0 {
            at -= 1;
            line[at] = b'-';
        }
        at -= 1;
        line[at] = kind;
        self.put(&line[at..]);
    }

    pub(super) fn ok(&mut self) {
        self.put(b"+OK\r\n");
    }
    /// A status word; never text from outside.
    pub(super) fn simple(&mut self, word: &'static str) {
        self.put(b"+");
        self.put(word.as_bytes());
        self.put(b"\r\n");
    }
    pub(super) fn integer(&mut self, n: i64) {
        self.head(b':', n);
    }
    pub(super) fn count(&mut self, n: usize) {
        self.integer(n as i64);
    }
    pub(super) fn flag(&mut self, yes: bool) {
        self.integer(i64::from(yes));
    }
    pub(super) fn bulk(&mut self, bytes: &[u8]) {
        self.head(b'$', bytes.len() as i64);
        self.put(bytes);
        self.put(b"\r\n");
    }
    pub(super) fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }
    pub(super) fn null(&mut self) {
        self.put(match self.protocol {
            Protocol::Resp2 => b"$-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }
    /// The head of an out-of-band message of `n` parts: in RESP2 a plain array.
    pub(super) fn push(&mut self, n: usize) {
        self.head(if self.protocol == Protocol::Resp3 { b'>' } else { b'*' }, n as i64);
    }
    /// What was written elsewhere.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.put(bytes);
    }
    /// What was written so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.out
    }
    /// A score, or null.
    pub(super) fn double_or_null(&mut self, value: Option<f64>) {
        match value {
            Some(value) => self.double(value),
            None => self.null(),
        }
    }
    /// Null where an array was due.
    pub(super) fn null_array(&mut self) {
        self.put(match self.protocol {
            Protocol::Resp2 => b"*-1\r\n",
            Protocol::Resp3 => b"_\r\n",
        });
    }
    pub(super) fn array(&mut self, n: usize) {
        self.head(b'*', n as i64);
    }
    /// The head of a set of `n` members.
    pub(super) fn set(&mut self, n: usize) {
        self.head(if self.protocol == Protocol::Resp3 { b'~' } else { b'*' }, n as i64);
    }
    /// The head of a map of `n` pairs: in RESP2 a flat array.
    pub(super) fn map(&mut self, n: usize) {
        match self.protocol {
            Protocol::Resp2 => self.array(2 * n),
            Protocol::Resp3 => self.head(b'%', n as i64),
        }
    }
    pub(super) fn double(&mut self, value: f64) {
        let text = number::shortest(value);
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => {
                self.put(b",");
                self.put(text.as_bytes());
                self.put(b"\r\n");
            }
        }
    }
    /// Text for people: in RESP3 marked as such.
    pub(super) fn text(&mut self, text: &str) {
        match self.protocol {
            Protocol::Resp2 => self.bulk(text.as_bytes()),
            Protocol::Resp3 => {
                self.head(b'=', text.len() as i64 + 4);
                self.put(b"txt:");
                self.put(text.as_bytes());
                self.put(b"\r\n");
            }
        }
    }
    /// An error; a line end inside, which can only come from the client's own words, becomes a blank.
    pub(super) fn error(&mut self, fault: &Fault) {
        let line: Vec<u8> = fault.0.bytes().map(|byte| if matches!(byte, b'\r' | b'\n') { b' ' } else { byte }).collect();
        self.put(b"-");
        self.put(&line);
        self.put(b"\r\n");
    }
}
