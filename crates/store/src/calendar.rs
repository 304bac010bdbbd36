//! Times as people and file names write them, in UTC. Pure: the time is an argument.

const DAY_MS: i64 = 86_400_000;

/// `20261122-034500` of milliseconds since 1970.
pub(crate) fn stamp(ms: i64) -> String {
    let (year, month, day) = civil(ms.div_euclid(DAY_MS));
    let second = ms.rem_euclid(DAY_MS) / 1000;
    format!("{year:04}{month:02}{day:02}-{:02}{:02}{:02}", second / 3600, second / 60 % 60, second % 60)
}

/// Milliseconds since 1970 of a stamp; `None` when it is none.
pub(crate) fn unstamp(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('-')?;
    let number = |part: Option<&str>| part.filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok();
    if date.len() != 8 || time.len() != 6 {
        return None;
    }
    let (year, month, day) = (number(date.get(..4))?, number(date.get(4..6))?, number(date.get(6..))?);
    let (hour, minute, second) = (number(time.get(..2))?, number(time.get(2..4))?, number(time.get(4..))?);
    let days = days_of(year, month, day);
    let ms = days * DAY_MS + ((hour * 60 + minute) * 60 + second) * 1000;
    // Only what `stamp` writes: no 32nd of a month.
    (stamp(ms) == text).then_some(ms)
}

/// Days since 1970.
pub(crate) fn day(ms: i64) -> i64 {
    ms.div_euclid(DAY_MS)
}

/// Year, month and day of a day since 1970 in the Gregorian calendar, by eras of 400 years that begin in March.
fn civil(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_are_read_again() {
        for (ms, text) in [
            (0, "19700101-000000"),
            (951_782_399_000, "20000228-235959"),
            (951_782_400_000, "20000229-000000"),
            (1_795_318_799_000, "20261122-033959"),
            (-1000, "19691231-235959"),
        ] {
            assert_eq!(stamp(ms), text);
            assert_eq!(unstamp(text), Some(ms));
        }
        for wrong in ["", "2026", "20260230-000000", "20261122-033960", "2026112é-033959", "+0261122-033959", "20261122033959"] {
            assert_eq!(unstamp(wrong), None, "{wrong}");
        }
    }
}
