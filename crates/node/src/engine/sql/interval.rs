//! PostgreSQL's `interval`: months, days and microseconds apart, since a month is no number of days. The verbose and the `HH:MM:SS` forms
//! are read; ISO 8601 is not.

use std::fmt;

use bytes::{BufMut, BytesMut};

use super::time;

const SECOND_US: i64 = 1_000_000;

/// A span of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Interval {
    months: i32,
    days: i32,
    us: i64,
}

impl Interval {
    /// `1 day 2 hours`, `-3 months`, `01:30:00.5`; `None` when it is none of these.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut span = Self::default();
        let lower = text.trim().to_ascii_lowercase();
        let (body, sign) = lower.strip_suffix(" ago").map_or((lower.as_str(), 1), |body| (body, -1));
        let mut words = body.split_ascii_whitespace();
        let mut any = false;
        while let Some(word) = words.next() {
            any = true;
            if word.contains(':') {
                span.us = span.us.checked_add(clock(word)?)?;
                continue;
            }
            let letters = word.find(|c: char| c.is_ascii_alphabetic());
            let (number, unit) = match letters {
                Some(at) => (word.get(..at)?, word.get(at..)?),
                None => (word, words.next().unwrap_or("seconds")),
            };
            span = span.plus(number.parse().ok()?, unit.trim_end_matches(','))?;
        }
        let signed = |n: i32| n.checked_mul(sign);
        any.then_some(Self { months: signed(span.months)?, days: signed(span.days)?, us: span.us.checked_mul(sign.into())? })
    }

    fn plus(self, number: f64, unit: &str) -> Option<Self> {
        let Self { mut months, mut days, mut us } = self;
        let whole = |factor: f64| -> Option<i32> {
            let product = number * factor;
            (product.abs() < 2e9).then_some(product.trunc() as i32)
        };
        let micros = |factor: f64| -> Option<i64> {
            let product = (number * factor).round();
            (product.abs() < 9e18).then_some(product as i64)
        };
        match unit {
            "y" | "yr" | "yrs" | "year" | "years" => months = months.checked_add(whole(12.0)?)?,
            "mon" | "mons" | "month" | "months" => {
                months = months.checked_add(whole(1.0)?)?;
                days = days.checked_add((number.fract() * 30.0) as i32)?;
            }
            "w" | "week" | "weeks" => days = days.checked_add(whole(7.0)?)?,
            "d" | "day" | "days" => {
                days = days.checked_add(whole(1.0)?)?;
                us = us.checked_add((number.fract() * time::DAY_US as f64) as i64)?;
            }
            "h" | "hr" | "hrs" | "hour" | "hours" => us = us.checked_add(micros(3.6e9)?)?,
            "m" | "min" | "mins" | "minute" | "minutes" => us = us.checked_add(micros(6e7)?)?,
            "s" | "sec" | "secs" | "second" | "seconds" => us = us.checked_add(micros(1e6)?)?,
            "ms" | "msec" | "millisecond" | "milliseconds" => us = us.checked_add(micros(1e3)?)?,
            "us" | "usec" | "microsecond" | "microseconds" => us = us.checked_add(micros(1.0)?)?,
            _ => return None,
        }
        Some(Self { months, days, us })
    }

    /// The time between two instants, in days and less.
    pub(super) fn between(from_us: i64, to_us: i64) -> Self {
        let us = to_us - from_us;
        Self { months: 0, days: i32::try_from(us / time::DAY_US).unwrap_or(i32::MAX), us: us % time::DAY_US }
    }

    pub(super) fn negate(self) -> Self {
        Self { months: -self.months, days: -self.days, us: -self.us }
    }

    /// The instant this much after `unix_us`: months first, then days, then the rest.
    pub(super) fn after(self, unix_us: i64) -> Option<i64> {
        let shifted = time::plus_months(unix_us, self.months)?;
        let us = shifted.checked_add(i64::from(self.days).checked_mul(time::DAY_US)?)?.checked_add(self.us)?;
        time::representable(us).then_some(us)
    }

    /// Reads the binary form.
    pub(super) fn from_wire(bytes: &[u8]) -> Option<Self> {
        let (us, rest) = bytes.split_first_chunk::<8>()?;
        let (days, rest) = rest.split_first_chunk::<4>()?;
        let months = <[u8; 4]>::try_from(rest).ok()?;
        Some(Self { months: i32::from_be_bytes(months), days: i32::from_be_bytes(*days), us: i64::from_be_bytes(*us) })
    }

    /// Appends the binary form.
    pub(super) fn put(self, out: &mut BytesMut) {
        out.put_i64(self.us);
        out.put_i32(self.days);
        out.put_i32(self.months);
    }
}

fn clock(word: &str) -> Option<i64> {
    let (sign, word) = word.strip_prefix('-').map_or((1, word.trim_start_matches('+')), |rest| (-1, rest));
    let mut parts = word.splitn(3, ':');
    let (hours, minutes): (i64, i64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let seconds: f64 = parts.next().map_or(Some(0.0), |part| part.parse().ok())?;
    let us = hours.checked_mul(3600)?.checked_add(minutes.checked_mul(60)?)?.checked_mul(SECOND_US)?;
    us.checked_add((seconds * 1e6).round() as i64)?.checked_mul(sign)
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts: Vec<String> = Vec::new();
        let named = |n: i32, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
        let (years, months) = (self.months / 12, self.months % 12);
        [(years, "year"), (months, "mon"), (self.days, "day")]
            .into_iter()
            .filter(|(n, _)| *n != 0)
            .for_each(|(n, one)| parts.push(named(n, one)));
        if self.us != 0 || parts.is_empty() {
            let us = self.us.unsigned_abs();
            let (seconds, micros) = (us / 1_000_000, us % 1_000_000);
            let fraction = if micros > 0 { format!(".{micros:06}").trim_end_matches('0').to_owned() } else { String::new() };
            let sign = if self.us < 0 { "-" } else { "" };
            parts.push(format!("{sign}{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60));
        }
        f.write_str(&parts.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_read_written_and_added() {
        for (text, shown) in [
            ("1 hour", "01:00:00"),
            ("90 minutes", "01:30:00"),
            ("1 day 2 hours", "1 day 02:00:00"),
            ("1 year 2 mons", "1 year 2 mons"),
            ("3 weeks", "21 days"),
            ("-5s", "-00:00:05"),
            ("2 hours ago", "-02:00:00"),
            ("01:02:03.5", "01:02:03.5"),
            ("0 days", "00:00:00"),
        ] {
            let span = Interval::parse(text).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(span.to_string(), shown, "{text}");
            assert_eq!(Interval::parse(shown), Some(span), "{shown}");
        }
        for bad in ["", "soon", "1 parsec", "9999999999999 years", "1:2:3:4"] {
            assert_eq!(Interval::parse(bad), None, "{bad}");
        }
        let at = time::parse("2026-01-31").unwrap();
        let moved = Interval::parse("1 month").and_then(|span| span.after(at)).map(time::text);
        assert_eq!(moved.as_deref(), Some("2026-02-28 00:00:00.000000+00"));
    }
}
