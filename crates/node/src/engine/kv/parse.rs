//! Reads commands from a stream of bytes: RESP arrays of bulk strings, and inline commands for people. It keeps where it stopped, so an
//! array that comes in pieces is looked at once, and it never reserves what a length only promises.

use super::fault::Fault;

/// Bytes of one argument.
const BULK_MAX_BYTES: usize = 64 << 20;
/// Bytes of one command with all its arguments.
const FRAME_MAX_BYTES: usize = 128 << 20;
/// Arguments of one command.
const ARRAY_MAX: usize = 1 << 20;
/// Bytes of an inline command.
const INLINE_MAX_BYTES: usize = 64 << 10;
/// Bytes of a line that holds a length.
const LENGTH_LINE_MAX_BYTES: usize = 32;
/// Before the password only short commands are read.
const STRANGER_BULK_MAX_BYTES: usize = 16 << 10;
const STRANGER_ARRAY_MAX: usize = 10;

/// Where an argument lies: offset and length, bytes.
#[derive(Debug, Clone, Copy)]
struct Part {
    start: u32,
    len: u32,
}

/// The arguments of one command, its name first, borrowed from the read buffer: what is stored must be copied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Args<'a> {
    bytes: &'a [u8],
    parts: &'a [Part],
    /// The command's name in lower case, for refusals.
    pub(super) name: &'a str,
}

impl<'a> Args<'a> {
    /// How many, the name included.
    pub(super) fn len(&self) -> usize {
        self.parts.len()
    }

    /// The argument at `index`; the name is at 0. One that is not there is the client's mistake.
    pub(super) fn at(&self, index: usize) -> Result<&'a [u8], Fault> {
        self.get(index).ok_or_else(|| Fault::arity(self.name))
    }

    /// The argument at `index`, if there is one.
    pub(super) fn get(&self, index: usize) -> Option<&'a [u8]> {
        let part = self.parts.get(index)?;
        let start = part.start as usize;
        self.bytes.get(start..start + part.len as usize)
    }

    /// The arguments from `index` on.
    pub(super) fn rest(&self, index: usize) -> impl Iterator<Item = &'a [u8]> + use<'a> {
        let args = *self;
        (index..args.len()).filter_map(move |at| args.get(at))
    }

    /// The arguments from `index` on, two by two; an odd number of them is a mistake.
    pub(super) fn pairs(&self, index: usize) -> Result<impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a>, Fault> {
        if self.len() <= index || !(self.len() - index).is_multiple_of(2) {
            return Err(Fault::arity(self.name));
        }
        let args = *self;
        Ok((index..args.len()).step_by(2).filter_map(move |at| Some((args.get(at)?, args.get(at + 1)?))))
    }
}

/// The arguments of a command that is run later, or for somebody else.
#[derive(Debug)]
pub(super) struct OwnedArgs {
    bytes: Vec<u8>,
    parts: Vec<Part>,
}

impl OwnedArgs {
    pub(super) fn new(args: Args<'_>) -> Self {
        let mut owned = Self { bytes: Vec::new(), parts: Vec::with_capacity(args.len()) };
        for arg in args.rest(0) {
            owned.parts.push(Part { start: owned.bytes.len() as u32, len: arg.len() as u32 });
            owned.bytes.extend_from_slice(arg);
        }
        owned
    }
    /// None at all.
    pub(super) fn none() -> Self {
        Self { bytes: Vec::new(), parts: Vec::new() }
    }
    /// As they came, for the command `name`.
    pub(super) fn args<'a>(&'a self, name: &'a str) -> Args<'a> {
        Args { bytes: &self.bytes, parts: &self.parts, name }
    }
    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        self.bytes.len() + self.parts.len() * size_of::<Part>() + size_of::<Self>()
    }
}

#[derive(Debug, Clone, Copy)]
enum Expect {
    /// The first byte decides between an array and an inline command.
    Begin,
    /// `$length` of the next argument.
    Length,
    /// The argument itself, this many bytes and a line end.
    Body(usize),
}

/// The state of one connection's input.
#[derive(Debug)]
pub(super) struct Parser {
    expect: Expect,
    /// Bytes of the frame that are understood.
    at: usize,
    /// Bytes of the frame in which no line end was found.
    scanned: usize,
    /// Arguments still to come.
    missing: usize,
    parts: Vec<Part>,
    /// Arguments of an inline command, unquoted.
    unquoted: Vec<u8>,
    inline: bool,
    trusted: bool,
}

impl Parser {
    pub(super) fn new() -> Self {
        Self {
            expect: Expect::Begin,
            at: 0,
            scanned: 0,
            missing: 0,
            parts: Vec::new(),
            unquoted: Vec::new(),
            inline: false,
            trusted: false,
        }
    }

    /// The client has shown the password: full limits from now on.
    pub(super) fn trust(&mut self) {
        self.trusted = true;
    }

    /// Goes on with `bytes`, which begin where the current frame begins and only ever grow at the end. `Some(n)`: a command is whole and
    /// takes `n` bytes; see [`Parser::args`]. An error ends the connection.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        if self.is_fresh()
            && let Some(len) = self.at_once(bytes)
        {
            return Ok(Some(len));
        }
        loop {
            match self.expect {
                Expect::Begin => {
                    let Some(first) = bytes.first() else { return Ok(None) };
                    if *first != b'*' {
                        return self.inline(bytes);
                    }
                    self.inline = false;
                    let Some(line) = self.line(bytes, LENGTH_LINE_MAX_BYTES, "too big mbulk count string")? else { return Ok(None) };
                    let count = length(&line[1..]).ok_or(protocol("invalid multibulk length"))?;
                    if count > ARRAY_MAX as i64 {
                        return Err(protocol("invalid multibulk length"));
                    }
                    if count > STRANGER_ARRAY_MAX as i64 && !self.trusted {
                        return Err(protocol("unauthenticated multibulk length"));
                    }
                    self.missing = count.max(0) as usize;
                    self.expect = Expect::Length;
                }
                Expect::Length if self.missing == 0 => return Ok(Some(self.at)),
                Expect::Length => {
                    match bytes.get(self.at) {
                        None => return Ok(None),
                        Some(b'$') => {}
                        Some(other) => {
                            return Err(Fault::new(format!(
                                "ERR Protocol error: expected '$', got '{}'",
                                char::from(*other).escape_default()
                            )));
                        }
                    }
                    let Some(line) = self.line(bytes, LENGTH_LINE_MAX_BYTES, "too big bulk count string")? else { return Ok(None) };
                    let len = length(&line[1..]).and_then(|len| usize::try_from(len).ok()).ok_or(protocol("invalid bulk length"))?;
                    if len > BULK_MAX_BYTES {
                        return Err(protocol("invalid bulk length"));
                    }
                    if self.at + len > FRAME_MAX_BYTES {
                        return Err(protocol("command with all its arguments is too big"));
                    }
                    if len > STRANGER_BULK_MAX_BYTES && !self.trusted {
                        return Err(protocol("unauthenticated bulk length"));
                    }
                    self.expect = Expect::Body(len);
                }
                Expect::Body(len) => {
                    match bytes.get(self.at + len..self.at + len + 2) {
                        None => return Ok(None),
                        Some(b"\r\n") => {}
                        Some(_) => return Err(protocol("bulk string does not end with its length")),
                    }
                    self.parts.push(Part { start: self.at as u32, len: len as u32 });
                    self.at += len + 2;
                    self.missing -= 1;
                    self.expect = Expect::Length;
                }
            }
        }
    }

    /// True when nothing of the frame was looked at yet.
    fn is_fresh(&self) -> bool {
        matches!(self.expect, Expect::Begin) && self.scanned == 0
    }

    /// The common case in one go: a short array that is whole, as anybody may send it. What is anything else is left as it was, for the
    /// steps that know every case.
    fn at_once(&mut self, bytes: &[u8]) -> Option<usize> {
        let (count, mut at) = head(bytes, 0, b'*').filter(|(count, _)| *count <= STRANGER_ARRAY_MAX)?;
        for _ in 0..count {
            let Some(end) = self.argument(bytes, at) else {
                self.parts.clear();
                return None;
            };
            at = end;
        }
        self.inline = false;
        Some(at)
    }

    /// Takes the argument that begins at `at`; gives where it ends.
    fn argument(&mut self, bytes: &[u8], at: usize) -> Option<usize> {
        let (len, start) = head(bytes, at, b'$').filter(|(len, _)| *len <= STRANGER_BULK_MAX_BYTES)?;
        let end = start + len;
        (bytes.get(end..end + 2)? == b"\r\n").then(|| {
            self.parts.push(Part { start: start as u32, len: len as u32 });
            end + 2
        })
    }

    /// The arguments of the command that [`Parser::advance`] found in `bytes`.
    pub(super) fn args<'a>(&'a self, bytes: &'a [u8]) -> Args<'a> {
        Args { bytes: if self.inline { &self.unquoted } else { bytes }, parts: &self.parts, name: "" }
    }

    /// Forgets the command that was found, to begin the next.
    pub(super) fn begin(&mut self) {
        self.expect = Expect::Begin;
        (self.at, self.scanned, self.missing) = (0, 0, 0);
        self.parts.clear();
        self.unquoted.clear();
        // One huge command must not be remembered for ever.
        if self.parts.capacity() > 4096 {
            self.parts = Vec::new();
        }
        if self.unquoted.capacity() > 4096 {
            self.unquoted = Vec::new();
        }
    }

    /// The next line without its end, once it is whole; it may have `most` bytes.
    fn line<'b>(&mut self, bytes: &'b [u8], most: usize, too_long: &'static str) -> Result<Option<&'b [u8]>, Fault> {
        let from = self.scanned.max(self.at);
        let Some(found) = bytes.get(from..).unwrap_or_default().iter().position(|byte| *byte == b'\n') else {
            self.scanned = bytes.len();
            return if bytes.len() - self.at > most { Err(protocol(too_long)) } else { Ok(None) };
        };
        let end = from + found;
        let line = bytes.get(self.at..end).unwrap_or_default();
        if line.len() > most {
            return Err(protocol(too_long));
        }
        self.at = end + 1;
        Ok(Some(line.strip_suffix(b"\r").unwrap_or(line)))
    }

    fn inline(&mut self, bytes: &[u8]) -> Result<Option<usize>, Fault> {
        let Some(line) = self.line(bytes, INLINE_MAX_BYTES, "too big inline request")? else { return Ok(None) };
        self.inline = true;
        self.unquote(line).ok_or(protocol("unbalanced quotes in request"))?;
        Ok(Some(self.at))
    }

    /// Splits a line at blanks; `"..."` with escapes and `'...'` hold blanks. `None` when a quote is not closed or text follows it.
    fn unquote(&mut self, line: &[u8]) -> Option<()> {
        let mut left = line;
        loop {
            left = left.trim_ascii_start();
            if left.is_empty() {
                return Some(());
            }
            let start = self.unquoted.len();
            loop {
                left = match left {
                    [] => break,
                    [blank, ..] if blank.is_ascii_whitespace() => break,
                    [quote @ (b'"' | b'\''), rest @ ..] => {
                        let rest = self.quoted(*quote, rest)?;
                        if rest.first().is_some_and(|next| !next.is_ascii_whitespace()) {
                            return None;
                        }
                        rest
                    }
                    [byte, rest @ ..] => {
                        self.unquoted.push(*byte);
                        rest
                    }
                };
            }
            self.parts.push(Part { start: start as u32, len: (self.unquoted.len() - start) as u32 });
        }
    }

    /// Takes text up to the closing `quote`; gives what follows it.
    fn quoted<'b>(&mut self, quote: u8, mut left: &'b [u8]) -> Option<&'b [u8]> {
        loop {
            let (byte, rest) = match left {
                [] => return None,
                [end, rest @ ..] if *end == quote => return Some(rest),
                [b'\\', b'\'', rest @ ..] if quote == b'\'' => (b'\'', rest),
                [b'\\', b'x', high, low, rest @ ..] if quote == b'"' && high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => {
                    (hex(*high) << 4 | hex(*low), rest)
                }
                [b'\\', escaped, rest @ ..] if quote == b'"' => (
                    match escaped {
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'b' => 8,
                        b'a' => 7,
                        other => *other,
                    },
                    rest,
                ),
                [byte, rest @ ..] => (*byte, rest),
            };
            self.unquoted.push(byte);
            left = rest;
        }
    }
}

/// The number in a line of `kind` that begins at `at`, and where the line ends; `None` for one that is not whole, or not plain: at most five
/// digits, no sign, no zero before others.
fn head(bytes: &[u8], at: usize, kind: u8) -> Option<(usize, usize)> {
    let [first, digits @ ..] = bytes.get(at..)? else { return None };
    if *first != kind {
        return None;
    }
    let (mut n, mut len) = (0, 0);
    while let Some(digit) = digits.get(len).filter(|byte| byte.is_ascii_digit()) {
        n = n * 10 + usize::from(digit - b'0');
        len += 1;
        if len > 5 || (n == 0 && len > 1) {
            return None;
        }
    }
    (len > 0 && digits.get(len..len + 2)? == b"\r\n").then_some((n, at + len + 3))
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'f' => digit - b'a' + 10,
        _ => digit.wrapping_sub(b'A').wrapping_add(10),
    }
}

fn length(text: &[u8]) -> Option<i64> {
    super::number::integer(text)
}

fn protocol(what: &'static str) -> Fault {
    Fault::new(format!("ERR Protocol error: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds `bytes` up to each of `ends` in turn and gives the commands found.
    fn commands(bytes: &[u8], ends: impl Iterator<Item = usize>) -> Result<Vec<Vec<Vec<u8>>>, Fault> {
        let mut parser = Parser::new();
        parser.trust();
        let (mut from, mut found) = (0, Vec::new());
        for end in ends {
            while let Some(used) = parser.advance(&bytes[from..end])? {
                found.push(parser.args(&bytes[from..end]).rest(0).map(<[u8]>::to_vec).collect());
                from += used;
                parser.begin();
            }
        }
        Ok(found)
    }

    const STREAM: &[u8] = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$4\r\n\r\n\r\n\r\nPING\n*0\r\n \r\nSET 'a b' \"c\\x41\\n\"\r\n*1\r\n$0\r\n\r\n";

    #[test]
    fn pieces_make_the_same_commands_wherever_they_are_cut() {
        let whole = commands(STREAM, [STREAM.len()].into_iter()).unwrap();
        let words = |command: &[&str]| command.iter().map(|word| word.as_bytes().to_vec()).collect::<Vec<_>>();
        assert_eq!(
            whole,
            [words(&["SET", "k", "\r\n\r\n"]), words(&["PING"]), words(&[]), words(&[]), words(&["SET", "a b", "cA\n"]), words(&[""])]
        );
        for cut in 0..STREAM.len() {
            assert_eq!(commands(STREAM, [cut, STREAM.len()].into_iter()).unwrap(), whole, "cut at {cut}");
        }
        assert_eq!(commands(STREAM, 0..=STREAM.len()).unwrap(), whole, "a byte at a time");
    }

    #[test]
    fn a_promised_length_reserves_nothing() {
        let mut parser = Parser::new();
        parser.trust();
        let promise = b"*1048576\r\n$67108864\r\nx";
        assert_eq!(parser.advance(promise), Ok(None));
        assert_eq!(parser.parts.capacity(), 0);
    }

    /// An array that comes in 200,000 pieces is looked at once: what was understood is not read again, not even if it has changed.
    #[test]
    fn what_was_understood_is_not_read_again() {
        let mut parser = Parser::new();
        parser.trust();
        let mut bytes = b"*100000\r\n".to_vec();
        for n in 0..100_000 {
            bytes.extend_from_slice(b"$1\r\n");
            assert_eq!(parser.advance(&bytes), Ok(None), "argument {n}");
            let understood = bytes.len();
            bytes[understood.saturating_sub(64)..].fill(b'?');
            bytes.extend_from_slice(b"x\r\n");
        }
        assert_eq!(parser.advance(&bytes), Ok(Some(bytes.len())));
        assert_eq!(parser.args(&bytes).len(), 100_000);
        parser.begin();
        assert!(parser.parts.capacity() <= 4096, "one huge command is not remembered");
    }

    #[test]
    fn a_frame_has_a_limit_beside_that_of_its_arguments() {
        let mut parser = Parser::new();
        parser.trust();
        let mut bytes = b"*9\r\n$67108864\r\n".to_vec();
        bytes.resize(bytes.len() + (64 << 20), b'x');
        bytes.extend_from_slice(b"\r\n$67108864\r\n");
        assert_eq!(parser.advance(&bytes), Err(protocol("command with all its arguments is too big")));
    }
}
