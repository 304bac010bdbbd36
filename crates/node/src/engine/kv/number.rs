//! Numbers as Redis reads and writes them: strict integers, and doubles in their shortest form.

use super::fault::Fault;

/// A decimal integer without sign `+`, blanks or leading zeros.
pub(super) fn integer(text: &[u8]) -> Option<i64> {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let canonical = match digits {
        [b'0'] => text.len() == 1,
        [b'1'..=b'9', rest @ ..] => rest.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if !canonical {
        return None;
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// [`integer`], or the usual refusal.
pub(super) fn need_integer(text: &[u8]) -> Result<i64, Fault> {
    integer(text).ok_or(Fault::NOT_INTEGER)
}

/// A double, infinities included, NaN not.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!value.is_nan()).then_some(value)
}

/// [`double`], or the usual refusal.
pub(super) fn need_double(text: &[u8]) -> Result<f64, Fault> {
    double(text).ok_or(Fault::NOT_FLOAT)
}

/// Shortest text that reads back as `value`: `3`, `3.25`, `1e+20`, `inf`.
pub(super) fn shortest(value: f64) -> String {
    if value.is_infinite() {
        return if value > 0.0 { "inf" } else { "-inf" }.to_owned();
    }
    if value == 0.0 && value.is_sign_negative() {
        return "-0".to_owned();
    }
    // Whole numbers that surely fit 64 bits are written out; Rust's own shortest digits serve for the rest.
    if value.fract() == 0.0 && value.abs() < 4.6e18 {
        return format!("{}", value as i64);
    }
    let text = format!("{value:e}");
    let Some((mantissa, exponent)) = text.split_once('e') else { return text };
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as i32;
    let exponent: i32 = exponent.parse().unwrap_or(0);
    // Redis writes a number out in full when few zeros are needed for it.
    let last_digit = exponent - (digits - 1);
    let in_full = if last_digit >= 0 { exponent < digits + 7 } else { last_digit > -7 || exponent.abs() < 4 };
    if in_full { format!("{value}") } else { format!("{mantissa}e{exponent:+}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_are_strict() {
        for (text, expected) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-0", None),
            ("01", None),
            ("+1", None),
            (" 1", None),
            ("1.0", None),
            ("", None),
            ("-", None),
        ] {
            assert_eq!(integer(text.as_bytes()), expected, "{text:?}");
        }
    }

    #[test]
    fn doubles_are_written_short() {
        for (value, text) in [
            (3.0, "3"),
            (-3.25, "-3.25"),
            (0.1, "0.1"),
            (1e20, "1e+20"),
            (1.234_567_890_123e18, "1234567890123000064"),
            (0.000_123_456_789, "1.23456789e-4"),
            (1e25, "1e+25"),
            (1.5e-9, "1.5e-9"),
            (1_763_759_570_123.0, "1763759570123"),
            (f64::INFINITY, "inf"),
            (f64::NEG_INFINITY, "-inf"),
            (-0.0, "-0"),
        ] {
            assert_eq!(shortest(value), text);
            assert_eq!(double(text.as_bytes()), Some(value), "{text} reads back");
        }
        assert_eq!(double(b"nan"), None);
    }
}
