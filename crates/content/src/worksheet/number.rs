//! Numbers as people write them on a whiteboard: three digits and a letter out (`16.8K`), and what a learner types in (`16.8K`, `17,000/s`).

use super::unit::Unit;

/// Longer answers are not read, bytes.
const MAX_ANSWER_BYTES: usize = 80;

/// Three digits, with K, M, B or T for the thousands: `16.8K`, `0.0231`, `100M`.
pub fn show(value: f64) -> String {
    if !value.is_finite() {
        return "unknown".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned();
    }
    // Round first, so that 999.9 is 1K and not 1000.
    let digits = |value: f64| 2 - value.abs().log10().floor() as i32;
    let round = |value: f64| {
        let scale = 10f64.powi(digits(value));
        if scale.is_finite() && scale > 0.0 { (value * scale).round() / scale } else { value }
    };
    let rounded = round(value);
    let steps = [(1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K")];
    let (value, letter) = match steps.iter().find(|(step, _)| rounded.abs() >= *step) {
        Some((step, letter)) => (rounded / step, *letter),
        None => (rounded, ""),
    };
    let text = format!("{value:.*}", digits(value).clamp(0, 12) as usize);
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{letter}")
}

/// A value with its unit: `16.8K timelines/s`, `100 GB`, `1%`, `3 ×`.
pub fn show_with(value: f64, unit: &str) -> String {
    let number = show(value);
    match unit {
        "" | "1" => number,
        "%" => format!("{number}%"),
        unit if unit.starts_with('/') => format!("{number}{unit}"),
        unit => format!("{number} {unit}"),
    }
}

/// What a learner typed, in `unit`: `35`, `1.2M`, `17,000 /s`, `1M tweets/day`. A unit of another size is converted.
pub fn read(text: &str, unit: &Unit, written: &str) -> Result<f64, String> {
    let text = text.trim();
    let remedy = || {
        let unit = if written.is_empty() { "no unit".to_owned() } else { written.to_owned() };
        format!("write a number ({unit}), such as 1200 or 1.2K")
    };
    if text.len() > MAX_ANSWER_BYTES {
        return Err(format!("more than {MAX_ANSWER_BYTES} characters: {}", remedy()));
    }
    let exponent = |at: usize| text.as_bytes().get(at + 1).is_some_and(|b| b.is_ascii_digit() || *b == b'-' || *b == b'+');
    let end = text
        .char_indices()
        .find(|(at, c)| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '_' | '-' | '+') || (*c == 'e' && *at > 0 && exponent(*at))))
        .map_or(text.len(), |(at, _)| at);
    let (digits, rest) = text.split_at(end);
    let number: f64 = digits.replace([',', '_'], "").parse().map_err(|_| remedy())?;
    let rest = rest.trim_start();
    let mut letters = rest.chars();
    let multiplier = match (letters.next(), letters.next()) {
        (Some(letter), next) if next.is_none_or(|next| !next.is_alphabetic()) => match letter {
            'k' | 'K' => Some(1e3),
            'M' => Some(1e6),
            'B' | 'G' => Some(1e9),
            'T' => Some(1e12),
            _ => None,
        },
        _ => None,
    };
    let rest = if multiplier.is_some() { letters_after(rest) } else { rest };
    let number = number * multiplier.unwrap_or(1.0);
    if !number.is_finite() {
        return Err(remedy());
    }
    if rest.is_empty() {
        return Ok(number);
    }
    let given = Unit::parse(rest).map_err(|why| format!("{why}: {}", remedy()))?;
    if given.physical() != unit.physical() {
        return Err(format!("`{rest}` is not {written}: {}", remedy()));
    }
    Ok(number * given.factor / unit.factor)
}

/// What follows the first letter.
fn letters_after(text: &str) -> &str {
    let mut rest = text.chars();
    rest.next();
    rest.as_str().trim_start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_digits_and_a_letter() {
        for (value, text) in [
            (0.0, "0"),
            (35.0, "35"),
            (34.722, "34.7"),
            (16_800.0, "16.8K"),
            (999.6, "1K"),
            (999_999.0, "1M"),
            (100e6, "100M"),
            (2.5e9, "2.5B"),
            (1.234e15, "1230T"),
            (0.023_148, "0.0231"),
            (1.0, "1"),
            (-1500.0, "-1.5K"),
            (f64::NAN, "unknown"),
            (1e-300, "0"),
        ] {
            assert_eq!(show(value), text, "{value}");
        }
        assert_eq!(show_with(1.0, "%"), "1%");
        assert_eq!(show_with(35.0, "/s"), "35/s");
        assert_eq!(show_with(35.0, "tweets/s"), "35 tweets/s");
        assert_eq!(show_with(7.0, ""), "7");
    }

    #[test]
    fn what_is_typed_is_read() {
        let unit = Unit::parse("tweets/s").unwrap();
        let data = Unit::parse("GB").unwrap();
        for (text, value) in [
            ("35", 35.0),
            (" 1.2K ", 1200.0),
            ("17,000 /s", 17_000.0),
            ("17_000", 17_000.0),
            ("2e3", 2000.0),
            ("1M tweets/day", 1e6 / 86_400.0),
            ("3M/min", 50_000.0),
        ] {
            let read = read(text, &unit, "tweets/s").unwrap_or_else(|why| panic!("{text}: {why}"));
            assert!((read - value).abs() < 1e-9 * value, "{text}: {read}");
        }
        assert_eq!(read("2 TB", &data, "GB"), Ok(2000.0));
        assert_eq!(read("2 T", &data, "GB"), Ok(2e12), "a letter alone counts, it does not measure");
        for text in ["", "many", "1 GB", "1.2.3", "NaN", "inf", "1e999", "5 parsecs/Hour", &"1".repeat(200)] {
            assert!(read(text, &unit, "tweets/s").unwrap_err().contains("write a number (tweets/s)"), "{text}");
        }
    }
}
