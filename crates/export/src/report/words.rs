//! Figures as people read them: `262 ms`, `6.7K/s`, `36%`, `1.7 ×`; what is not known is `unknown`. The window words them the same way.

use loadline_model::calendar::civil;
use loadline_model::report::{Tag, Verdict};
use loadline_model::words::grouped;

/// What stands where there is no honest number.
pub(super) const UNKNOWN: &str = "unknown";

/// At most three significant digits, no trailing zeros.
pub(super) fn number(value: f64) -> String {
    if !value.is_finite() {
        return UNKNOWN.to_owned();
    }
    let size = value.abs();
    let sign = if value < 0.0 { "−" } else { "" };
    if size == 0.0 {
        return "0".to_owned();
    }
    if size >= 100.0 {
        // Beyond what a count can be, digits say nothing.
        return if size < 1e15 { format!("{sign}{}", grouped(size.round() as u64)) } else { format!("{sign}{size:e}") };
    }
    let places = (2 - size.log10().floor() as i32).clamp(0, 6) as usize;
    let text = format!("{size:.places$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{sign}{text}")
}

fn short(value: f64) -> String {
    let tenth = |value: f64| (value * 10.0).round() / 10.0;
    match value.abs() {
        size if (999_950.0..1e15).contains(&size) => format!("{}M", plain(tenth(value / 1e6))),
        size if (999.5..1e15).contains(&size) => format!("{}K", plain(tenth(value / 1e3))),
        _ => number(value),
    }
}

/// One decimal place, or none.
fn plain(value: f64) -> String {
    let text = format!("{:.1}", value.abs());
    format!("{}{}", if value < 0.0 { "−" } else { "" }, text.trim_end_matches('0').trim_end_matches('.'))
}

/// A figure with the unit that the report gives it. Percent is in percent (36, not 0.36).
pub(super) fn figure(value: Option<f64>, unit: &str) -> String {
    let Some(value) = value.filter(|value| value.is_finite()) else { return UNKNOWN.to_owned() };
    match unit {
        "%" if value.abs() >= 9.95 => format!("{}%", number(value.round())),
        "%" => format!("{}%", number((value * 10.0).round() / 10.0)),
        "/s" | "per s" | "requests/s" => format!("{}/s", short(value)),
        "ms" if value.abs() >= 999.5 => format!("{} s", number(value / 1000.0)),
        "" => number(value),
        unit => format!("{} {unit}", number(value)),
    }
}

/// A share from 0 to 1 as percent.
pub(super) fn share(value: Option<f64>) -> String {
    figure(value.map(|value| value * 100.0), "%")
}

/// measured ÷ predicted: `3.3 ×`.
pub(super) fn ratio(value: Option<f64>) -> String {
    match value.filter(|value| value.is_finite()) {
        None => UNKNOWN.to_owned(),
        Some(value) if value.abs() >= 9.95 => format!("{} ×", number(value.round())),
        Some(value) if value.abs() >= 1.0 => format!("{} ×", plain(value)),
        Some(value) => format!("{} ×", number((value * 100.0).round() / 100.0)),
    }
}

/// A target: `at most 200 ms`; of nothing at all, `0`.
pub(super) fn at_most(value: f64, unit: &str) -> String {
    if value == 0.0 { "0".to_owned() } else { format!("at most {}", figure(Some(value), unit)) }
}

/// Shape and word, as on every page of the window.
pub(super) fn tag(tag: Tag) -> &'static str {
    match tag {
        Tag::Measured => "● measured",
        Tag::Modelled => "○ modelled",
        Tag::Assumed => "◌ assumed",
    }
}

/// The word for a verdict.
pub(super) fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::HostLimited => "the laptop was the limit",
        Verdict::Inconclusive => "inconclusive",
    }
}

/// `fanout_writes_per_tweet` → `fanout writes per tweet`.
pub(super) fn spaced(name: &str) -> String {
    name.replace('_', " ")
}

/// A moment in UTC, `2026-11-22 04:05 UTC`; nothing for a time that no calendar has.
pub(super) fn moment(at_ms: i64) -> Option<String> {
    let minutes = at_ms.div_euclid(60_000);
    let (days, minute) = (minutes.div_euclid(1440), minutes.rem_euclid(1440));
    let (year, month, day) = civil(days);
    (0..10_000).contains(&year).then(|| format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", minute / 60, minute % 60))
}

/// One line of plain text: control characters, and marks that turn the reading direction, become spaces.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || turns(c) { ' ' } else { c }).collect()
}

fn turns(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(value: f64, unit: &str, expected: &str) {
        assert_eq!(figure(Some(value), unit), expected);
    }

    #[test]
    fn figures_read_as_in_the_window() {
        check(262.4, "ms", "262 ms");
        check(1.25, "ms", "1.25 ms");
        check(4100.0, "ms", "4.1 s");
        check(36.2, "%", "36%");
        check(4.94, "%", "4.9%");
        check(6712.0, "/s", "6.7K/s");
        check(1_300_000.0, "/s", "1.3M/s");
        check(889.0, "/s", "889/s");
        check(187.3, "per tweet", "187 per tweet");
        check(-0.25, "", "−0.25");
        check(1e300, "", "1e300");
        assert_eq!(figure(None, "ms"), "unknown");
        assert_eq!(figure(Some(f64::NAN), "ms"), "unknown");
        assert_eq!((ratio(Some(3.28)), ratio(Some(0.777)), ratio(Some(24.2))), ("3.3 ×".into(), "0.78 ×".into(), "24 ×".into()));
        assert_eq!(at_most(0.0, "tweets"), "0");
    }

    #[test]
    fn moments_are_dates() {
        assert_eq!(moment(0).unwrap(), "1970-01-01 00:00 UTC");
        assert_eq!(moment(1_709_208_000_000).unwrap(), "2024-02-29 12:00 UTC");
        assert_eq!(moment(1_795_320_300_000).unwrap(), "2026-11-22 04:05 UTC");
        assert_eq!(moment(i64::MAX), None);
        assert_eq!(moment(i64::MIN), None);
    }
}
