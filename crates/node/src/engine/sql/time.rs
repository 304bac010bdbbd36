//! Instants as PostgreSQL's text and binary forms. Stored as fixed-width UTC text, so that text order is time order. No time zones but UTC
//! and fixed offsets on input.

/// Microseconds from 1970-01-01 to PostgreSQL's epoch, 2000-01-01.
pub(super) const PG_EPOCH_US: i64 = 946_684_800_000_000;

/// Days since 1970-01-01 of a Gregorian date.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y - era * 400;
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// The Gregorian date of a day since 1970-01-01.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z - era * 146_097;
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    (yoe + era * 400 + i64::from(month <= 2), month, doy - (153 * mp + 2) / 5 + 1)
}

/// `2026-11-21 20:15:00.123456+00` of microseconds since 1970, always this wide for years 0 to 9999.
pub(super) fn text(unix_us: i64) -> String {
    let (days, us) = (unix_us.div_euclid(86_400_000_000), unix_us.rem_euclid(86_400_000_000));
    let (year, month, day) = civil_from_days(days);
    let (seconds, micros) = (us / 1_000_000, us % 1_000_000);
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02}:{:02}.{micros:06}+00", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// Microseconds since 1970 of `YYYY-MM-DD[ T]HH:MM[:SS[.ffffff]][Z|±HH[:MM]]` or a date alone; `None` when it is none of these.
pub(super) fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    let (date, rest) = match text.find([' ', 'T']) {
        Some(at) => (text.get(..at)?, text.get(at + 1..)?.trim()),
        None => (text, ""),
    };
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let (clock, offset_s) = split_offset(rest)?;
    let mut time_us = 0;
    if !clock.is_empty() {
        let mut parts = clock.splitn(3, ':');
        let hour: i64 = parts.next()?.parse().ok()?;
        let minute: i64 = parts.next()?.parse().ok()?;
        let (second, micros) = match parts.next() {
            Some(seconds) => fraction(seconds)?,
            None => (0, 0),
        };
        if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0..=60).contains(&second) {
            return None;
        }
        time_us = (hour * 3600 + minute * 60 + second) * 1_000_000 + micros;
    }
    Some(days_from_civil(year, month, day) * 86_400_000_000 + time_us - offset_s * 1_000_000)
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
    Some((whole.parse().ok()?, digits.get(..6)?.parse().ok()?))
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
