//! HTTP/1.1 requests from lines: `METHOD PATH`, header lines, an empty line, the body; a line `---` ends a request and begins the next on the
//! same connection. Host, token and length are added; the last request asks that the connection be closed.

use crate::{Mode, TOKEN};

/// The bytes of one connection to the node at `port`. In raw input `$HOST` stands for its address, which is another one in each run.
pub fn connection(mode: Mode, input: &[u8], port: u16) -> Vec<u8> {
    let host = format!("127.0.0.1:{port}");
    if !matches!(mode, Mode::Framed(_)) {
        return replace(input, b"$HOST", host.as_bytes());
    }
    let mut requests = split(input, b"\n---\n");
    let last = requests.pop().unwrap_or_default();
    let mut bytes: Vec<u8> = requests.into_iter().flat_map(|text| request(text, &host, "keep-alive")).collect();
    bytes.extend(request(last, &host, "close"));
    bytes
}

fn request(text: &[u8], host: &str, connection: &str) -> Vec<u8> {
    let place = text.windows(2).position(|pair| pair == b"\n\n");
    let (head, body) = text.split_at(place.unwrap_or(text.len()));
    let body = body.get(2..).unwrap_or_default();
    let mut lines = head.split(|byte| *byte == b'\n');
    let mut bytes = lines.next().unwrap_or_default().to_vec();
    bytes.extend(format!(" HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {TOKEN}\r\nConnection: {connection}\r\n").bytes());
    for line in lines {
        bytes.extend(line);
        bytes.extend(b"\r\n");
    }
    bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
    bytes.extend(body);
    bytes
}

fn split<'a>(mut text: &'a [u8], at: &[u8]) -> Vec<&'a [u8]> {
    let mut parts = Vec::new();
    while let Some(place) = text.windows(at.len()).position(|window| window == at) {
        let (part, rest) = text.split_at(place);
        parts.push(part);
        text = rest.get(at.len()..).unwrap_or_default();
    }
    parts.push(text);
    parts
}

fn replace(text: &[u8], what: &[u8], by: &[u8]) -> Vec<u8> {
    split(text, what).join(by)
}
