//! Dates of the Gregorian calendar and days since 1970-01-01, by eras of 400 years that begin in March (Howard Hinnant, "chrono-compatible
//! low-level date algorithms").

/// Year, month (1 to 12) and day of the month of a day since 1970-01-01.
pub fn civil(days: i64) -> (i64, i64, i64) {
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

/// Days since 1970-01-01 of a date; of one that no month has, the day that many days on.
pub fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_two_eras_is_its_date() {
        // Counted on by hand: the length of each month, and the leap years.
        let leap = |year: i64| (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
        let mut days = days_of(1600, 1, 1);
        assert_eq!(days, -135_140);
        for year in 1600..2401 {
            for (month, length) in (1..).zip([31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]) {
                for day in 1..=length {
                    assert_eq!((civil(days), days_of(year, month, day)), ((year, month, day), days));
                    days += 1;
                }
            }
        }
        assert_eq!((civil(0), civil(20_779)), ((1970, 1, 1), (2026, 11, 22)));
    }
}
