//! Reads one HTTP/1.1 answer as its bytes come: head, then a body by length, in chunks, or up to the close. Keeps nothing of the body.
//! The bytes come from outside: whatever they are, the outcome is an answer, a wish for more, or [`Garbage`].

use std::mem::MaybeUninit;

/// Longest head accepted, bytes.
const HEAD_MAX: usize = 64 * 1024;
/// Most header lines accepted.
const HEADERS_MAX: usize = 64;
/// Longest line of framing within a chunked body, and longest trailer section, bytes.
const LINE_MAX: u32 = 8 * 1024;
/// Longest component or reason taken from an answer, bytes.
const FAULT_MAX: usize = 64;
/// On an answer that is not a success: `component;reason`.
const FAULT: &str = "x-loadline-fault";

/// The bytes are not an HTTP/1.1 answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Garbage;

/// What the bytes so far came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Progress {
    /// The answer goes on.
    More,
    /// The answer is complete; `extra` when bytes followed that belong to no answer.
    Complete { extra: bool },
}

/// What it means that the peer closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtClose {
    /// The close ends the body: the answer is complete.
    Complete,
    /// No byte of the answer had come.
    Nothing,
    /// The answer breaks off.
    Truncated,
}

/// One answer being read.
#[derive(Debug, Default)]
pub(crate) struct Answer {
    stage: Stage,
    /// A head that is not complete yet.
    head: Vec<u8>,
    /// The request was HEAD: the answer has no body, whatever its length says.
    bodiless: bool,
    status: u16,
    keep: bool,
    fault: Option<(String, String)>,
}

#[derive(Debug, Default, Clone, Copy)]
enum Stage {
    #[default]
    Head,
    /// Bytes of body left.
    Length(u64),
    Chunk(Chunk),
    UntilClose,
    Complete,
}

#[derive(Debug, Clone, Copy)]
enum Chunk {
    /// The size line: value so far, digits read.
    Size { size: u64, digits: u32 },
    /// After the size, up to the end of its line: bytes read.
    Extension { size: u64, length: u32 },
    /// Bytes of data left.
    Data(u64),
    /// The line end after the data.
    AfterData,
    /// Trailer lines: bytes in this line, bytes in all.
    Trailer { line: u32, length: u32 },
}

impl Answer {
    /// Ready for the answer to a request with `method`.
    pub(crate) fn begin(&mut self, method: &str) {
        self.stage = Stage::Head;
        self.head.clear();
        self.bodiless = method == "HEAD";
        self.fault = None;
    }

    /// The status; meaningful once complete.
    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    /// True when the connection may carry another request.
    pub(crate) fn keep(&self) -> bool {
        self.keep
    }

    /// The component and the reason that the answer itself gives.
    pub(crate) fn fault(&self) -> Option<(&str, &str)> {
        self.fault.as_ref().map(|(component, reason)| (component.as_str(), reason.as_str()))
    }

    /// Takes the next bytes.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Result<Progress, Garbage> {
        let mut rest = bytes;
        loop {
            match self.stage {
                Stage::Head => {
                    let Some(used) = self.take_head(rest)? else { return Ok(Progress::More) };
                    rest = rest.get(used..).ok_or(Garbage)?;
                }
                Stage::Length(left) => {
                    let used = left.min(rest.len() as u64);
                    rest = &rest[used as usize..];
                    if used < left {
                        self.stage = Stage::Length(left - used);
                        return Ok(Progress::More);
                    }
                    self.stage = Stage::Complete;
                }
                Stage::Chunk(chunk) => {
                    if rest.is_empty() {
                        return Ok(Progress::More);
                    }
                    (self.stage, rest) = take_chunk(chunk, rest)?;
                }
                Stage::UntilClose => return Ok(Progress::More),
                Stage::Complete => return Ok(Progress::Complete { extra: !rest.is_empty() }),
            }
        }
    }

    /// The peer closed.
    pub(crate) fn close(&self) -> AtClose {
        match self.stage {
            Stage::UntilClose => AtClose::Complete,
            Stage::Head if self.head.is_empty() => AtClose::Nothing,
            _ => AtClose::Truncated,
        }
    }

    /// Reads the head; gives how many of `bytes` belonged to it, or `None` when it goes on.
    fn take_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Garbage> {
        if self.head.is_empty() {
            let used = self.parse_head(bytes)?;
            if used.is_none() {
                self.head.extend_from_slice(bytes);
            }
            return Ok(used);
        }
        let before = self.head.len();
        let mut head = std::mem::take(&mut self.head);
        head.extend_from_slice(&bytes[..bytes.len().min(HEAD_MAX)]);
        let used = self.parse_head(&head);
        if let Ok(None) = used {
            if head.len() > HEAD_MAX {
                return Err(Garbage);
            }
            self.head = head;
        }
        // The bytes held before were all of the head, or it would have been complete then.
        Ok(used?.map(|used| used.saturating_sub(before)))
    }

    fn parse_head(&mut self, bytes: &[u8]) -> Result<Option<usize>, Garbage> {
        let mut headers = [const { MaybeUninit::uninit() }; HEADERS_MAX];
        let mut response = httparse::Response::new(&mut []);
        let parsed = httparse::ParserConfig::default().parse_response_with_uninit_headers(&mut response, bytes, &mut headers);
        let used = match parsed {
            Ok(httparse::Status::Complete(used)) => used,
            Ok(httparse::Status::Partial) => return Ok(None),
            Err(_) => return Err(Garbage),
        };
        self.status = response.code.ok_or(Garbage)?;
        self.keep = response.version == Some(1);
        let mut length: Option<u64> = None;
        let mut chunked = false;
        for header in response.headers.iter() {
            let name = header.name;
            if name.eq_ignore_ascii_case("content-length") {
                let given = decimal(header.value).ok_or(Garbage)?;
                if length.is_some_and(|before| before != given) {
                    return Err(Garbage);
                }
                length = Some(given);
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                // No other coding was asked for, so no other is understood.
                if chunked || !header.value.eq_ignore_ascii_case(b"chunked") {
                    return Err(Garbage);
                }
                chunked = true;
            } else if name.eq_ignore_ascii_case("connection") {
                for word in header.value.split(|b| *b == b',').map(<[u8]>::trim_ascii) {
                    if word.eq_ignore_ascii_case(b"close") {
                        self.keep = false;
                    } else if word.eq_ignore_ascii_case(b"keep-alive") && response.version == Some(0) {
                        self.keep = true;
                    }
                }
            } else if name.eq_ignore_ascii_case(FAULT) {
                self.fault = fault(header.value);
            }
        }
        self.stage = match self.status {
            // An interim answer: the real one follows. 101 changes the protocol, which nobody asked for.
            101 => return Err(Garbage),
            100..=199 => {
                self.fault = None;
                Stage::Head
            }
            _ if self.bodiless || self.status == 204 || self.status == 304 => Stage::Complete,
            _ if chunked => Stage::Chunk(Chunk::Size { size: 0, digits: 0 }),
            _ => match length {
                Some(length) => Stage::Length(length),
                None => {
                    self.keep = false;
                    Stage::UntilClose
                }
            },
        };
        Ok(Some(used))
    }
}

/// One step through a chunked body; `bytes` is not empty.
fn take_chunk(chunk: Chunk, bytes: &[u8]) -> Result<(Stage, &[u8]), Garbage> {
    let (first, after) = bytes.split_first().ok_or(Garbage)?;
    let (next, rest) = match chunk {
        Chunk::Size { size, digits } => match (char::from(*first).to_digit(16), digits) {
            (Some(_), 15..) => return Err(Garbage),
            (Some(digit), _) => (Chunk::Size { size: size * 16 + u64::from(digit), digits: digits + 1 }, after),
            (None, 0) => return Err(Garbage),
            (None, _) => (Chunk::Extension { size, length: 0 }, bytes),
        },
        Chunk::Extension { size, length } => match first {
            b'\n' if size == 0 => (Chunk::Trailer { line: 0, length: 0 }, after),
            b'\n' => (Chunk::Data(size), after),
            b'\r' | b';' | b' ' | b'\t' if length == 0 => (Chunk::Extension { size, length: 1 }, after),
            _ if length == 0 || length > LINE_MAX => return Err(Garbage),
            _ => (Chunk::Extension { size, length: length + 1 }, after),
        },
        Chunk::Data(left) => {
            let used = left.min(bytes.len() as u64);
            let rest = &bytes[used as usize..];
            (if used == left { Chunk::AfterData } else { Chunk::Data(left - used) }, rest)
        }
        Chunk::AfterData => match first {
            b'\r' => (Chunk::AfterData, after),
            b'\n' => (Chunk::Size { size: 0, digits: 0 }, after),
            _ => return Err(Garbage),
        },
        Chunk::Trailer { line, length } => match first {
            b'\n' if line == 0 => return Ok((Stage::Complete, after)),
            b'\n' => (Chunk::Trailer { line: 0, length: length + 1 }, after),
            b'\r' => (Chunk::Trailer { line, length: length + 1 }, after),
            _ if length > LINE_MAX => return Err(Garbage),
            _ => (Chunk::Trailer { line: line + 1, length: length + 1 }, after),
        },
    };
    Ok((Stage::Chunk(next), rest))
}

/// A number of plain decimal digits.
fn decimal(value: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(value).ok()?;
    (text.bytes().all(|b| b.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `component;reason`, both short and printable; `None` when it is anything else.
fn fault(value: &[u8]) -> Option<(String, String)> {
    let (component, reason) = std::str::from_utf8(value).ok()?.split_once(';')?;
    let word = |text: &str| {
        let text = text.trim();
        let sound = !text.is_empty() && text.len() <= FAULT_MAX && text.bytes().all(|b| b.is_ascii_graphic());
        sound.then(|| text.to_owned())
    };
    Some((word(component)?, word(reason)?))
}

#[cfg(test)]
mod tests;
