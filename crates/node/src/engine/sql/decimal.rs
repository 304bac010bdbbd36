//! PostgreSQL's `numeric` with at most 38 digits: exact arithmetic with PostgreSQL's rules of scale, its text and its binary form. No NaN,
//! no infinity; what needs more digits is out of range.

use std::cmp::Ordering;
use std::fmt;

use bytes::{BufMut, BytesMut};

/// Digits that always fit.
const MAX_DIGITS: u32 = 38;
/// Digits of one word of the binary form.
const WORD_DIGITS: u32 = 4;
/// Significant digits that a quotient has at least.
const MIN_QUOTIENT_DIGITS: i32 = 16;
const NEGATIVE: u16 = 0x4000;

/// A number: `units` over ten to the power of `scale`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Decimal {
    units: i128,
    scale: u32,
}

fn ten(power: u32) -> Option<i128> {
    10_i128.checked_pow(power)
}

impl Decimal {
    pub(super) const ZERO: Self = Self { units: 0, scale: 0 };

    fn new(units: i128, scale: u32) -> Option<Self> {
        (scale <= MAX_DIGITS).then_some(Self { units, scale })
    }

    /// The number that `text` writes, with its scale; `None` when it is none or has too many digits.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (mantissa, exponent) = match text.find(['e', 'E']) {
            Some(at) => (text.get(..at)?, text.get(at + 1..)?.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.len() + fraction.len() == 0 || !whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit()) {
            return None;
        }
        let mut units: i128 = 0;
        for digit in whole.bytes().chain(fraction.bytes()) {
            units = units.checked_mul(10)?.checked_add(i128::from(digit - b'0'))?;
        }
        let scale = i32::try_from(fraction.len()).ok()?.checked_sub(exponent)?;
        let units = if negative { -units } else { units };
        if scale < 0 {
            return Self::new(units.checked_mul(ten(scale.unsigned_abs())?)?, 0);
        }
        Self::new(units, scale.unsigned_abs())
    }

    pub(super) fn from_float(x: f64) -> Option<Self> {
        // PostgreSQL keeps 15 digits of a double.
        x.is_finite().then(|| Self::parse(&format!("{x:.14e}"))).flatten().map(Self::without_zeros)
    }

    pub(super) fn is_zero(self) -> bool {
        self.units == 0
    }

    fn without_zeros(mut self) -> Self {
        while self.scale > 0 && self.units % 10 == 0 {
            self.units /= 10;
            self.scale -= 1;
        }
        self
    }

    /// The same number with `scale` digits after the point, rounded half away from zero.
    fn at_scale(self, scale: u32) -> Option<Self> {
        if scale >= self.scale {
            return Self::new(self.units.checked_mul(ten(scale - self.scale)?)?, scale);
        }
        let Some(unit) = ten(self.scale - scale) else { return Self::new(0, scale) };
        let (quotient, rest) = (self.units / unit, self.units % unit);
        let up = i128::from(rest.unsigned_abs() >= unit.unsigned_abs() - unit.unsigned_abs() / 2);
        Self::new(quotient + up * self.units.signum(), scale)
    }

    /// Rounded to `places` after the point, which may be negative.
    pub(super) fn round(self, places: i32) -> Option<Self> {
        match u32::try_from(places) {
            Ok(places) => self.at_scale(places.min(MAX_DIGITS)),
            Err(_) => {
                let shift = places.unsigned_abs();
                let tens = Self { units: self.units, scale: self.scale.checked_add(shift)? };
                let rounded = tens.at_scale(0)?;
                Self::new(rounded.units.checked_mul(ten(shift)?)?, 0)
            }
        }
    }

    /// Cut off after `places` digits.
    pub(super) fn trunc(self, places: i32) -> Option<Self> {
        let places = u32::try_from(places).unwrap_or(0);
        if places >= self.scale {
            return self.at_scale(places.min(MAX_DIGITS));
        }
        Self::new(self.units / ten(self.scale - places)?, places)
    }

    pub(super) fn floor(self) -> Option<Self> {
        Self::new(self.units.div_euclid(ten(self.scale)?), 0)
    }

    pub(super) fn ceil(self) -> Option<Self> {
        self.negate().floor().map(Self::negate)
    }

    pub(super) fn negate(self) -> Self {
        Self { units: -self.units, scale: self.scale }
    }

    pub(super) fn abs(self) -> Self {
        Self { units: self.units.abs(), scale: self.scale }
    }

    pub(super) fn signum(self) -> Self {
        Self { units: self.units.signum(), scale: 0 }
    }

    /// The nearest whole number, half away from zero.
    pub(super) fn to_integer(self) -> Option<i64> {
        i64::try_from(self.at_scale(0)?.units).ok()
    }

    pub(super) fn add(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Self::new(self.at_scale(scale)?.units.checked_add(other.at_scale(scale)?.units)?, scale)
    }

    pub(super) fn sub(self, other: Self) -> Option<Self> {
        self.add(other.negate())
    }

    pub(super) fn mul(self, other: Self) -> Option<Self> {
        let units = self.units.checked_mul(other.units)?;
        Self { units, scale: self.scale + other.scale }.at_scale((self.scale + other.scale).min(MAX_DIGITS))
    }

    pub(super) fn rem(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Self::new(self.at_scale(scale)?.units.checked_rem(other.at_scale(scale)?.units)?, scale)
    }

    /// Weight of the first word of four digits, and that word.
    fn first_word(self) -> (i32, i128) {
        let units = self.units.unsigned_abs();
        let Some(log) = units.checked_ilog10() else { return (0, 0) };
        let exponent = log.cast_signed() - self.scale.cast_signed();
        let weight = exponent.div_euclid(WORD_DIGITS.cast_signed());
        // The digits of that word alone, however many follow.
        let kept = (exponent - weight * WORD_DIGITS.cast_signed()).unsigned_abs() + 1;
        let digits = log + 1;
        let word = if digits >= kept { units / 10_u128.pow(digits - kept) } else { units * 10_u128.pow(kept - digits) };
        (weight, word.cast_signed())
    }

    /// The quotient with as many digits as PostgreSQL gives it; `None` by zero too.
    pub(super) fn div(self, other: Self) -> Option<Self> {
        if other.is_zero() {
            return None;
        }
        let ((weight_a, first_a), (weight_b, first_b)) = (self.first_word(), other.first_word());
        let weight = weight_a - weight_b - i32::from(first_a <= first_b);
        let wanted = (MIN_QUOTIENT_DIGITS - weight * WORD_DIGITS.cast_signed()).max(0).unsigned_abs();
        let scale = wanted.max(self.scale).max(other.scale).min(MAX_DIGITS);
        let (mut rest, divisor) = (self.units.unsigned_abs(), other.units.unsigned_abs());
        // Digit by digit: the whole numerator would not fit.
        let mut quotient = rest / divisor;
        rest %= divisor;
        let shift = (scale + other.scale).checked_sub(self.scale)?;
        for _ in 0..shift {
            rest = rest.checked_mul(10)?;
            quotient = quotient.checked_mul(10)?.checked_add(rest / divisor)?;
            rest %= divisor;
        }
        let up = u128::from(rest >= divisor - divisor / 2);
        let units = i128::try_from(quotient.checked_add(up)?).ok()?;
        Self::new(if (self.units < 0) == (other.units < 0) { units } else { -units }, scale)
    }

    /// The number as `numeric(precision, scale)` keeps it; `None` when it is too large for that.
    pub(super) fn fit(self, precision: u32, scale: u32) -> Option<Self> {
        let rounded = self.at_scale(scale)?;
        let limit = ten(precision.min(MAX_DIGITS))?;
        (rounded.units.unsigned_abs() < limit.unsigned_abs()).then_some(rounded)
    }

    /// Reads the binary form.
    pub(super) fn from_wire(bytes: &[u8]) -> Option<Self> {
        let mut words = bytes.chunks_exact(2).map(|pair| pair.try_into().map_or(0, u16::from_be_bytes));
        let (count, weight, sign, scale) = (words.next()?, words.next()?.cast_signed(), words.next()?, words.next()?);
        if sign != 0 && sign != NEGATIVE {
            return None;
        }
        let mut units: i128 = 0;
        for _ in 0..count {
            units = units.checked_mul(10_000)?.checked_add(words.next()?.into())?;
        }
        let digits_after = (i32::from(count) - 1 - i32::from(weight)) * WORD_DIGITS.cast_signed();
        let units = if sign == NEGATIVE { -units } else { units };
        let exact = match u32::try_from(digits_after) {
            Ok(after) => Self { units, scale: after },
            Err(_) => Self { units: units.checked_mul(ten(digits_after.unsigned_abs())?)?, scale: 0 },
        };
        exact.at_scale(scale.into())
    }

    /// Appends the binary form.
    pub(super) fn put(self, out: &mut BytesMut) {
        let after = self.scale.div_ceil(WORD_DIGITS);
        let mut words = Vec::new();
        let pad = after * WORD_DIGITS - self.scale;
        let mut units = self.units.unsigned_abs();
        // The last word may have to be filled up with zeros.
        if pad > 0 {
            let low = 10_u128.pow(WORD_DIGITS - pad);
            words.push((units % low * 10_u128.pow(pad)) as u16);
            units /= low;
        }
        while units > 0 || words.len() < after as usize {
            words.push((units % 10_000) as u16);
            units /= 10_000;
        }
        let mut weight = words.len() as i32 - after as i32 - 1;
        while words.last() == Some(&0) {
            words.pop();
            weight -= 1;
        }
        let low_zeros = words.iter().take_while(|word| **word == 0).count();
        out.put_u16((words.len() - low_zeros) as u16);
        out.put_i16(if words.is_empty() { 0 } else { weight as i16 });
        out.put_u16(if self.units < 0 { NEGATIVE } else { 0 });
        out.put_u16(self.scale as u16);
        words.iter().skip(low_zeros).rev().for_each(|word| out.put_u16(*word));
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>width$}", self.units.unsigned_abs(), width = self.scale as usize + 1);
        let (whole, fraction) = digits.split_at(digits.len() - self.scale as usize);
        let sign = if self.units < 0 { "-" } else { "" };
        let point = if self.scale > 0 { "." } else { "" };
        write!(f, "{sign}{whole}{point}{fraction}")
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let parts = |d: &Self| ten(d.scale).map_or((0, d.units), |unit| (d.units / unit, d.units % unit));
        let ((whole_a, part_a), (whole_b, part_b)) = (parts(self), parts(other));
        let scale = self.scale.max(other.scale);
        // A fraction of at most 38 digits always fits.
        let widened = |part: i128, own: u32| part.saturating_mul(ten(scale - own).unwrap_or(i128::MAX));
        whole_a.cmp(&whole_b).then_with(|| widened(part_a, self.scale).cmp(&widened(part_b, other.scale)))
    }
}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

/// Orders two texts as numbers; what is no number comes after, as text.
pub(super) fn compare(a: &str, b: &str) -> Ordering {
    match (Decimal::parse(a), Decimal::parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn d(text: &str) -> Decimal {
        Decimal::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn arithmetic_has_postgresqls_scale() {
        let cases: [(Option<Decimal>, &str); 16] = [
            (d("0.1").add(d("0.2")), "0.3"),
            (d("1.5").mul(d("1.50")), "2.250"),
            (d("10").div(d("4")), "2.5000000000000000"),
            (d("1").div(d("3")), "0.33333333333333333333"),
            (d("100.00").div(d("3")), "33.3333333333333333"),
            (d("22").div(d("-7")), "-3.1428571428571429"),
            (d("7.5").rem(d("2")), "1.5"),
            (d("2.567").round(2), "2.57"),
            (d("-2.5").round(0), "-3"),
            (d("1234.567").round(-2), "1200"),
            (d("1.999").trunc(2), "1.99"),
            (d("-1.01").floor(), "-2"),
            (d("1.01").ceil(), "2"),
            (d("12.345").fit(5, 2), "12.35"),
            (Some(d("1.5e-3")), "0.0015"),
            (Some(d("12e2")), "1200"),
        ];
        for (got, wanted) in cases {
            assert_eq!(got.map(|d| d.to_string()).as_deref(), Some(wanted));
        }
        assert_eq!(d("1234.5").fit(5, 2), None);
        assert_eq!(d("1").div(d("0")), None);
        assert!(d("1.0") == d("1.00") && d("-1.5") < d("-1.25") && compare("9.9", "10") == Ordering::Less);
        for bad in ["", "x", "1.2.3", "-", ".", "1e", "1e999999999", &"9".repeat(60)] {
            assert!(Decimal::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn the_binary_form_goes_there_and_back() {
        for text in ["0", "0.00", "1", "-1.5", "10000", "123456789.000100", "0.00012345", "-99999999999999999999.99", "20000.0001"] {
            let mut out = BytesMut::new();
            d(text).put(&mut out);
            assert_eq!(Decimal::from_wire(&out).map(|d| d.to_string()).as_deref(), Some(text));
        }
        for hostile in [&[][..], &[0, 1], &[255; 8], &[0, 9, 0, 0, 0, 0, 0, 0], &[0, 0, 0, 0, 0xc0, 0, 0, 0]] {
            assert!(Decimal::from_wire(hostile).is_none());
        }
    }
}
