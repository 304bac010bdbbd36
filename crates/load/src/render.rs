//! Writes one request as bytes. The memory is reused from request to request; nothing is sent here.

use std::io::Write;

use loadline_model::load::LoadSpec;
use loadline_model::requests::Request;

/// What is the same in every request.
pub(crate) struct Renderer {
    /// The request line's first word, by operation.
    methods: Vec<String>,
    /// `Host:` lines, by address.
    hosts: Vec<String>,
    /// The authorisation line, or nothing; with it goes the due time, since the server is ours.
    authorization: Option<String>,
    bytes: Vec<u8>,
}

impl Renderer {
    pub(crate) fn new(spec: &LoadSpec) -> Self {
        Self {
            methods: spec.operations.iter().map(|operation| operation.method.clone()).collect(),
            hosts: spec.addresses.iter().map(|address| format!(" HTTP/1.1\r\nHost: {address}\r\n")).collect(),
            authorization: spec.token.as_ref().map(|token| format!("Authorization: Bearer {token}\r\nx-loadline-due: ")),
            bytes: Vec::with_capacity(1024),
        }
    }

    /// The method of an operation.
    pub(crate) fn method(&self, operation: usize) -> &str {
        &self.methods[operation]
    }

    /// The bytes of `request` to the address number `address`; it is due at `due_ns` of CLOCK_MONOTONIC.
    pub(crate) fn render(&mut self, request: &Request, address: usize, due_ns: u64) -> &[u8] {
        let bytes = &mut self.bytes;
        let method = &self.methods[request.operation];
        bytes.clear();
        bytes.extend_from_slice(method.as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(request.path.as_bytes());
        bytes.extend_from_slice(self.hosts[address].as_bytes());
        if let Some(authorization) = &self.authorization {
            bytes.extend_from_slice(authorization.as_bytes());
            decimal(due_ns, bytes);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"traceparent: 00-");
        hexadecimal((request.trace_id >> 64) as u64, bytes);
        hexadecimal(request.trace_id as u64, bytes);
        bytes.push(b'-');
        hexadecimal(request.span_id, bytes);
        bytes.extend_from_slice(b"-00\r\n");
        match &request.body {
            Some(body) => {
                bytes.extend_from_slice(b"Content-Type: application/json\r\nContent-Length: ");
                decimal(body.len() as u64, bytes);
                bytes.extend_from_slice(b"\r\n\r\n");
                bytes.extend_from_slice(body.as_bytes());
            }
            None if matches!(method.as_str(), "POST" | "PUT" | "PATCH") => bytes.extend_from_slice(b"Content-Length: 0\r\n\r\n"),
            None => bytes.extend_from_slice(b"\r\n"),
        }
        bytes
    }

    /// What [`Renderer::render`] wrote last.
    pub(crate) fn last(&self) -> &[u8] {
        &self.bytes
    }
}

fn decimal(value: u64, bytes: &mut Vec<u8>) {
    write!(bytes, "{value}").expect("a write to memory cannot fail");
}

fn hexadecimal(value: u64, bytes: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789abcdef";
    bytes.extend((0..16).rev().map(|digit| HEX[(value >> (4 * digit)) as usize & 15]));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_byte_by_byte() {
        let spec: LoadSpec = serde_json::from_str(
            r#"{"seed":1,"addresses":["127.0.0.1:80","localhost:81"],"token":"secret","variables":{"users":1,"popularity_exponent":1,"tweets":1},
                "operations":[{"name":"post","weight":1,"method":"POST","path":"/x","deadline_ms":1}],"process":"poisson","phases":[],"duration_s":1}"#,
        )
        .unwrap();
        let mut renderer = Renderer::new(&spec);
        let mut request =
            Request { path: "/x?a=1".into(), body: Some("{}".into()), trace_id: 1 << 64 | 10, span_id: 255, ..Request::default() };
        let expected = "POST /x?a=1 HTTP/1.1\r\nHost: localhost:81\r\nAuthorization: Bearer secret\r\nx-loadline-due: 77\r\n\
            traceparent: 00-0000000000000001000000000000000a-00000000000000ff-00\r\n\
            Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(std::str::from_utf8(renderer.render(&request, 1, 77)).unwrap(), expected);
        request.body = None;
        assert!(renderer.render(&request, 0, 77).ends_with(b"-00\r\nContent-Length: 0\r\n\r\n"));
        let mut plain = Renderer::new(&LoadSpec { token: None, ..spec });
        let bytes = String::from_utf8(plain.render(&request, 0, 77).to_vec()).unwrap();
        assert!(!bytes.contains("Authorization") && !bytes.contains("x-loadline-due"), "{bytes}");
    }
}
