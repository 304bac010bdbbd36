//! Instants as PostgreSQL's text and binary forms. Stored as fixed-width UTC text, so that text order is time order. No time zones but UTC
//! and fixed offsets on input; years 1 to 9999.

use loadline_model::calendar::{civil, days_of};

use super::error::SqlError;
use super::types::PgType;
use super::types::input::invalid;

/// Microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
pub(super) const PG_EPOCH_US: i64 = 946_684_800_000_000;
/// Microseconds of a day.
pub(super) const DAY_US: i64 = 86_400_000_000;
/// Microseconds since 1970 of the first and after the last instant that is kept.
const FIRST_US: i64 = -62_135_596_800_000_000;
const END_US: i64 = 253_402_300_800_000_000;

/// `2026-11-21 20:15:00.123456+00` of microseconds since 1970, always this wide for years 0 to 9999.
pub(super) fn text(unix_us: i64) -> String {
    let (days, us) = (unix_us.div_euclid(86_400_000_000), unix_us.rem_euclid(86_400_000_000));
    let (year, month, day) = civil(days);
    let (seconds, micros) = (us / 1_000_000, us % 1_000_000);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{micros:06}+00", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Days of a month.
fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// What a text says before it is checked.
struct Written {
    day: (i64, i64, i64),
    /// Hour, minute, second, microseconds.
    clock: (i64, i64, i64, i64),
    offset_s: i64,
}

fn written(text: &str) -> Option<Written> {
    let text = text.trim();
    let (date, rest) = match text.find([' ', 'T']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-').map(|part| (part.len() <= 6).then(|| part.parse::<u32>().ok()).flatten().map(i64::from));
    let day = (parts.next()??, parts.next()??, parts.next()??);
    let (clock, offset_s) = split_offset(rest)?;
    if clock.is_empty() {
        return Some(Written { day, clock: (0, 0, 0, 0), offset_s });
    }
    let mut parts = clock.splitn(3, ':');
    let hour = parts.next()?.parse::<u32>().ok()?;
    let minute = parts.next()?.parse::<u32>().ok()?;
    let (second, micros) = parts.next().map_or(Some((0, 0)), fraction)?;
    Some(Written { day, clock: (hour.into(), minute.into(), second, micros), offset_s })
}

impl Written {
    fn us(&self) -> Option<i64> {
        let ((year, month, day), (hour, minute, second, micros)) = (self.day, self.clock);
        let known = (1..=9999).contains(&year) && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day);
        let clock = (0..=24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second);
        // Only what is in range can be multiplied.
        (known && clock).then(|| {
            let us = days_of(year, month, day) * DAY_US + (hour * 3600 + minute * 60 + second) * 1_000_000 + micros;
            us - self.offset_s * 1_000_000
        })
    }
}

/// Microseconds since 1970 of `YYYY-MM-DD[ T]HH:MM[:SS[.ffffff]][Z|±HH[:MM]]` or a date alone; `None` when it is none of these.
pub(super) fn parse(text: &str) -> Option<i64> {
    written(text)?.us()
}

/// Whether an instant is between the years 1 and 9999.
pub(super) fn representable(unix_us: i64) -> bool {
    (FIRST_US..END_US).contains(&unix_us)
}

pub(super) fn out_of_range(ty: PgType) -> SqlError {
    let word = if ty == PgType::Date { "date" } else { "timestamp" };
    SqlError::new("22008", format!("{word} out of range"))
}

/// Microseconds since 1970 of a text as `ty` reads it: a date has no hours, a timestamp no time zone.
pub(super) fn read(ty: PgType, text: &str) -> Result<i64, SqlError> {
    if text.trim().eq_ignore_ascii_case("epoch") {
        return Ok(0);
    }
    let mut written = written(text).ok_or_else(|| invalid(ty, text))?;
    if ty != PgType::Timestamptz {
        written.offset_s = 0;
    }
    if ty == PgType::Date {
        written.clock = (0, 0, 0, 0);
    }
    written.us().filter(|us| representable(*us)).ok_or_else(|| {
        let shown: String = text.chars().take(60).collect();
        SqlError::new("22008", format!("date/time field value out of range: \"{shown}\""))
    })
}

/// An instant as a column of type `ty` keeps it.
pub(super) fn stored(ty: PgType, unix_us: i64) -> String {
    let mut text = text(unix_us);
    match ty {
        PgType::Date => text.truncate(10),
        PgType::Timestamp => text.truncate(26),
        _ => {}
    }
    text
}

/// The stored form as PostgreSQL shows it: without zeros at the end of the fraction.
pub(super) fn shown(stored: &str) -> String {
    match (stored.get(..19), stored.get(19..26), stored.get(26..)) {
        (Some(head), Some(fraction), Some(zone)) if fraction.starts_with('.') => {
            let kept = fraction.trim_end_matches('0').trim_end_matches('.');
            format!("{head}{kept}{zone}")
        }
        _ => stored.to_owned(),
    }
}

/// The same day of the month `months` later, or that month's last.
pub(super) fn plus_months(unix_us: i64, months: i32) -> Option<i64> {
    if months == 0 {
        return Some(unix_us);
    }
    let (days, rest) = (unix_us.div_euclid(DAY_US), unix_us.rem_euclid(DAY_US));
    let (year, month, day) = civil(days);
    let count = year * 12 + month - 1 + i64::from(months);
    let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
    if !(1..=9999).contains(&year) {
        return None;
    }
    Some(days_of(year, month, day.min(days_in(year, month))) * DAY_US + rest)
}

/// The instant cut to a `unit`; `None` for a unit that is not known.
pub(super) fn trunc(unit: &str, unix_us: i64) -> Option<i64> {
    let cut = |us: i64| Some(unix_us - unix_us.rem_euclid(us));
    let days = unix_us.div_euclid(DAY_US);
    let (year, month, _) = civil(days);
    let day = |year, month| Some(days_of(year, month, 1) * DAY_US);
    match unit {
        "microseconds" | "microsecond" => Some(unix_us),
        "milliseconds" | "millisecond" => cut(1000),
        "second" | "seconds" => cut(1_000_000),
        "minute" | "minutes" => cut(60_000_000),
        "hour" | "hours" => cut(3_600_000_000),
        "day" | "days" => cut(DAY_US),
        // 1970-01-01 was a Thursday.
        "week" | "weeks" => Some((days - (days + 3).rem_euclid(7)) * DAY_US),
        "month" | "months" => day(year, month),
        "quarter" => day(year, (month - 1) / 3 * 3 + 1),
        "year" | "years" => day(year, 1),
        "decade" => day(year - year.rem_euclid(10), 1),
        _ => None,
    }
}

/// A field of an instant, in microseconds of its unit; `None` for a field that is not known.
pub(super) fn field(unit: &str, unix_us: i64) -> Option<i64> {
    const ONE: i64 = 1_000_000;
    let (days, us) = (unix_us.div_euclid(DAY_US), unix_us.rem_euclid(DAY_US));
    let (year, month, day) = civil(days);
    let weekday = (days + 4).rem_euclid(7);
    Some(match unit {
        "epoch" => unix_us,
        "second" | "seconds" => us % 60_000_000,
        "millisecond" | "milliseconds" => us % 60_000_000 * 1000,
        "microsecond" | "microseconds" => us % 60_000_000 * ONE,
        "minute" | "minutes" => us / 60_000_000 % 60 * ONE,
        "hour" | "hours" => us / 3_600_000_000 * ONE,
        "day" | "days" => day * ONE,
        "month" | "months" => month * ONE,
        "quarter" => ((month - 1) / 3 + 1) * ONE,
        "year" | "years" => year * ONE,
        "dow" => weekday * ONE,
        "isodow" => {
            if weekday == 0 {
                7 * ONE
            } else {
                weekday * ONE
            }
        }
        "doy" => (days - days_of(year, 1, 1) + 1) * ONE,
        _ => return None,
    })
}

fn split_offset(rest: &str) -> Option<(&str, i64)> {
    if let Some(clock) = rest.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = rest.rfind(['+', '-']) else { return Some((rest, 0)) };
    let sign = if rest.as_bytes().get(at) == Some(&b'-') { -1 } else { 1 };
    let offset = rest.get(at + 1..)?;
    let (hours, minutes) = match offset.split_once(':') {
        Some((hours, minutes)) => (hours.parse::<i64>().ok()?, minutes.parse::<i64>().ok()?),
        None => (offset.parse::<i64>().ok()?, 0),
    };
    (hours.abs() <= 15 && minutes.abs() < 60).then_some((rest.get(..at)?.trim_end(), sign * (hours * 3600 + minutes * 60)))
}

fn fraction(seconds: &str) -> Option<(i64, i64)> {
    let (whole, part) = seconds.split_once('.').unwrap_or((seconds, ""));
    if part.len() > 9 || !part.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let digits = format!("{part:0<6}");
    Some((whole.parse::<u32>().ok()?.into(), digits.get(..6)?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_parse_agree() {
        for (written, canonical) in [
            ("1970-01-01", "1970-01-01 00:00:00.000000+00"),
            ("2000-02-29T12:30:05.5Z", "2000-02-29 12:30:05.500000+00"),
            ("2026-11-21 20:15:00+02", "2026-11-21 18:15:00.000000+00"),
            ("2026-11-21 20:15:00.123456-01:30", "2026-11-21 21:45:00.123456+00"),
            ("1969-12-31 23:59:59.999999", "1969-12-31 23:59:59.999999+00"),
        ] {
            let us = parse(written).unwrap_or_else(|| panic!("{written}"));
            assert_eq!(text(us), canonical);
            assert_eq!(parse(canonical), Some(us));
        }
        assert_eq!(parse("2000-01-01"), Some(PG_EPOCH_US));
        for bad in ["", "yesterday", "2026-13-01", "2026-11-21 25:00", "2026-11-21 1:2:3.x", "2026-11-21 10:00+99", "é-é-é", "2026-11-21 é"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
