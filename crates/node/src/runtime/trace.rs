//! W3C trace context (`traceparent`, version 00): carried from call to call, so that one request can be followed through the cluster.

/// Where a request stands in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    /// The request as a whole.
    pub trace_id: u128,
    /// The caller's span, or this node's own once it calls on.
    pub span_id: u64,
    /// Recorded or not.
    pub flags: u8,
}

impl Trace {
    /// Reads a `traceparent` header; `None` when it is not a valid one (then a new trace begins).
    pub fn parse(header: &str) -> Option<Self> {
        let bytes = header.as_bytes();
        let well_formed = bytes.len() == 55 && &bytes[..3] == b"00-" && bytes[35] == b'-' && bytes[52] == b'-' && header.is_ascii();
        // Digits are looked at one by one: the parser of numbers would take a sign.
        let is_hex = |text: &str| text.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase());
        if !well_formed || ![&header[3..35], &header[36..52], &header[53..]].into_iter().all(is_hex) {
            return None;
        }
        let trace_id = u128::from_str_radix(&header[3..35], 16).ok()?;
        let span_id = u64::from_str_radix(&header[36..52], 16).ok()?;
        let flags = u8::from_str_radix(&header[53..], 16).ok()?;
        (trace_id != 0 && span_id != 0).then_some(Self { trace_id, span_id, flags })
    }

    /// A new trace with these ids (drawn by the caller).
    pub fn begin(trace_id: u128, span_id: u64) -> Self {
        Self { trace_id: trace_id.max(1), span_id: span_id.max(1), flags: 0 }
    }

    /// The same trace, seen from a new span.
    pub fn child(self, span_id: u64) -> Self {
        Self { span_id: span_id.max(1), ..self }
    }

    /// The header's value.
    pub fn header(self) -> String {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let mut text = [b'-'; 55];
        text[0] = b'0';
        text[1] = b'0';
        for (i, slot) in text[3..35].iter_mut().enumerate() {
            *slot = HEX[(self.trace_id >> (124 - 4 * i)) as usize & 15];
        }
        for (i, slot) in text[36..52].iter_mut().enumerate() {
            *slot = HEX[(self.span_id >> (60 - 4 * i)) as usize & 15];
        }
        text[53] = HEX[usize::from(self.flags >> 4)];
        text[54] = HEX[usize::from(self.flags & 15)];
        text.iter().map(|b| char::from(*b)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_standard_round_trips() {
        let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let trace = Trace::parse(header).unwrap();
        assert_eq!(trace.header(), header);
        assert_eq!(trace.child(1).header(), "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000001-01");
    }

    #[test]
    fn what_is_not_a_traceparent_is_left_out() {
        for bad in [
            "",
            "00-",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-+bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-+0f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-+1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-é",
        ] {
            assert_eq!(Trace::parse(bad), None, "{bad}");
        }
    }
}
