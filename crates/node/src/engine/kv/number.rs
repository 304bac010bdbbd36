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
    // So many digits cannot be too many for an i64.
    if digits.len() <= 18 {
        let n = digits.iter().fold(0, |n: i64, digit| n * 10 + i64::from(digit - b'0'));
        return Some(if digits.len() < text.len() { -n } else { n });
    }
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// [`integer`], or the usual refusal.
pub(super) fn need_integer(text: &[u8]) -> Result<i64, Fault> {
    integer(text).ok_or(Fault::NOT_INTEGER)
}

/// How many of something, or Redis's refusal of all else.
pub(super) fn need_count(text: &[u8]) -> Result<usize, Fault> {
    integer(text).and_then(|n| usize::try_from(n).ok()).ok_or(Fault::NOT_POSITIVE)
}

/// The digits of an integer, without a place in the heap.
pub(super) struct Digits {
    bytes: [u8; 20],
    start: usize,
}

impl Digits {
    pub(super) fn of(n: i64) -> Self {
        let mut digits = Self { bytes: [0; 20], start: 20 };
        let mut left = n.unsigned_abs();
        loop {
            digits.put(b'0' + (left % 10) as u8);
            left /= 10;
            if left == 0 {
                break;
            }
        }
        if n < 0 {
            digits.put(b'-');
        }
        digits
    }
    fn put(&mut self, byte: u8) {
        // An i64 has at most 19 digits and a sign.
        self.start -= 1;
        self.bytes[self.start] = byte;
    }
    pub(super) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }
}

/// Digits after the point in the sums of [`add_decimals`].
const DECIMALS: u32 = 17;

/// The sum of two decimal numbers as text, exact to 17 digits after the point, as Redis's long doubles show it.
pub(super) fn add_decimals(a: &[u8], b: &[u8]) -> Result<String, Fault> {
    let (a_double, b_double) = (need_double(a)?, need_double(b)?);
    if let Some(sum) = decimal(a).zip(decimal(b)).and_then(|(a, b)| a.checked_add(b)) {
        let one = 10_u128.pow(DECIMALS);
        let (whole, part) = (sum.unsigned_abs() / one, sum.unsigned_abs() % one);
        let text = format!("{}{whole}.{part:017}", if sum < 0 { "-" } else { "" });
        return Ok(text.trim_end_matches('0').trim_end_matches('.').to_owned());
    }
    let sum = a_double + b_double;
    if !sum.is_finite() {
        return Err(Fault::NAN_OR_INFINITY);
    }
    // Written out in full, with no exponent.
    Ok(format!("{sum}"))
}

/// A number as so many 10^-17, if that holds it.
fn decimal(text: &[u8]) -> Option<i128> {
    let text = std::str::from_utf8(text).ok()?;
    let (mantissa, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (is_negative, digits) = match mantissa.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{part}");
    if all.is_empty() || !all.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let n: i128 = all.parse().ok()?;
    if n == 0 {
        // Whatever its exponent, which may fit nowhere.
        return Some(0);
    }
    let exponent: i32 = exponent.parse().ok()?;
    let shift = i64::from(DECIMALS) + i64::from(exponent) - i64::try_from(part.len()).ok()?;
    let power = 10_i128.checked_pow(u32::try_from(shift.unsigned_abs()).ok()?)?;
    let n = if shift >= 0 { n.checked_mul(power)? } else { n / power };
    Some(if is_negative { -n } else { n })
}

/// A double, infinities included, NaN not; digits too large for one are an infinity, and too small ones zero.
pub(super) fn nearest_double(text: &[u8]) -> Option<f64> {
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    (!value.is_nan()).then_some(value)
}

/// The same, but digits that no double can hold are none.
pub(super) fn double(text: &[u8]) -> Option<f64> {
    let value = nearest_double(text)?;
    let mantissa = text.split(|byte| byte.eq_ignore_ascii_case(&b'e')).next().unwrap_or_default();
    let fits = match value {
        0.0 => !mantissa.iter().any(|byte| matches!(byte, b'1'..=b'9')),
        value => value.is_finite() || !mantissa.iter().any(u8::is_ascii_digit),
    };
    fits.then_some(value)
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
    fn decimals_add_up() {
        for (a, b, sum) in [
            ("0.1", "0.2", "0.3"),
            ("10.5", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("-1.5", "1", "-0.5"),
            ("3", "-3", "0"),
            ("1e30", "1", "1000000000000000000000000000000"),
            ("1.5", "0e2147483647", "1.5"),
            ("0e-2147483648", "0.0e99999999999", "0"),
            ("-1e-300", "2", "2"),
        ] {
            assert_eq!(add_decimals(a.as_bytes(), b.as_bytes()).as_deref(), Ok(sum), "{a} + {b}");
        }
        assert_eq!(add_decimals(b"x", b"1"), Err(Fault::NOT_FLOAT));
        assert_eq!(add_decimals(b"inf", b"1"), Err(Fault::NAN_OR_INFINITY));
        assert_eq!(add_decimals(b"1.7e308", b"1.7e308"), Err(Fault::NAN_OR_INFINITY));
        for out_of_range in ["1e2147483647", "-1e2147483647", "1e-2147483648", "1e99999999999", "1e-99999999999"] {
            assert_eq!(add_decimals(b"0", out_of_range.as_bytes()), Err(Fault::NOT_FLOAT), "{out_of_range}");
            assert_eq!(double(out_of_range.as_bytes()), None, "{out_of_range}");
        }
        for n in [0, 7, -7, i64::MAX, i64::MIN] {
            assert_eq!(Digits::of(n).as_bytes(), n.to_string().as_bytes());
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
