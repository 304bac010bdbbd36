//! PostgreSQL messages from lines. A line is a message when it begins with one of these words and a space, and a simple query otherwise:
//!
//! | line | message |
//! |---|---|
//! | `P name,types text` | Parse; types are numbers, parted by `+` |
//! | `B portal,name,formats values` | Bind; formats are `0` and `1`, parameters first, then `/` and results; values are parted by `,`, `\N` is null |
//! | `D Sname`, `D Pname`, `C Sname`, `C Pname` | Describe, Close |
//! | `E portal,rows` | Execute |
//! | `S`, `H`, `f`, `c`, `X` and a space | Sync, Flush, CopyFail, CopyDone, Terminate |
//! | `d bytes` | CopyData |
//! | `F oid` | FunctionCall |

use crate::{Mode, TOKEN};

/// The bytes of one connection; well-framed messages end with Sync.
pub fn connection(mode: Mode, input: &[u8]) -> Vec<u8> {
    let login = [startup(), message(b'p', &[TOKEN.as_bytes(), b"\0"].concat())].concat();
    match mode {
        Mode::RawBeforeLogin => input.to_vec(),
        Mode::Raw => [&login, input].concat(),
        Mode::Framed(_) => {
            let messages = input.split(|byte| *byte == b'\n').map(line);
            std::iter::once(login).chain(messages).chain([message(b'S', b"")]).flatten().collect()
        }
    }
}

fn startup() -> Vec<u8> {
    let body = b"\0\x03\0\0user\0loadline\0database\0loadline\0\0";
    [&(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind], &(body.len() as u32 + 4).to_be_bytes()[..], body].concat()
}

fn line(line: &[u8]) -> Vec<u8> {
    let query = || message(b'Q', &[line, b"\0"].concat());
    let [kind, b' ', rest @ ..] = line else { return query() };
    match kind {
        b'P' => {
            let (head, text) = cut(rest, b' ');
            let (name, types) = cut(head, b',');
            let types: Vec<u32> = types.split(|byte| *byte == b'+').filter_map(number).collect();
            let mut body = [name, b"\0", text, b"\0", &(types.len() as u16).to_be_bytes()].concat();
            body.extend(types.iter().flat_map(|ty| ty.to_be_bytes()));
            message(b'P', &body)
        }
        b'B' => {
            let (head, values) = cut(rest, b' ');
            let (portal, head) = cut(head, b',');
            let (name, formats) = cut(head, b',');
            let (given, wanted) = cut(formats, b'/');
            let mut body = [portal, b"\0", name, b"\0"].concat();
            formats_of(given, &mut body);
            let values: Vec<&[u8]> = if values.is_empty() { Vec::new() } else { values.split(|byte| *byte == b',').collect() };
            body.extend((values.len() as u16).to_be_bytes());
            for value in values {
                if value == b"\\N" {
                    body.extend((-1i32).to_be_bytes());
                } else {
                    body.extend((value.len() as u32).to_be_bytes());
                    body.extend(value);
                }
            }
            formats_of(wanted, &mut body);
            message(b'B', &body)
        }
        b'E' => {
            let (portal, rows) = cut(rest, b',');
            message(b'E', &[portal, b"\0", &number(rows).unwrap_or(0).to_be_bytes()].concat())
        }
        b'D' | b'C' | b'f' => message(*kind, &[rest, b"\0"].concat()),
        b'S' | b'H' | b'c' | b'X' | b'd' => message(*kind, rest),
        b'F' => message(b'F', &[&number(rest).unwrap_or(0).to_be_bytes()[..], &[0; 6]].concat()),
        _ => query(),
    }
}

fn formats_of(digits: &[u8], body: &mut Vec<u8>) {
    body.extend((digits.len() as u16).to_be_bytes());
    body.extend(digits.iter().flat_map(|digit| u16::from(digit.wrapping_sub(b'0')).to_be_bytes()));
}

/// What stands before the first `at`, and what after it.
fn cut(bytes: &[u8], at: u8) -> (&[u8], &[u8]) {
    let place = bytes.iter().position(|byte| *byte == at).unwrap_or(bytes.len());
    let (before, after) = bytes.split_at(place);
    (before, after.get(1..).unwrap_or_default())
}

fn number(digits: &[u8]) -> Option<u32> {
    std::str::from_utf8(digits).ok()?.parse().ok()
}
