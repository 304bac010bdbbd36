//! Times as people and file names write them, in UTC. Pure: the time is an argument.

use loadline_model::calendar::{civil, days_of};

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
