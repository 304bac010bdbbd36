//! Units: a product of words, such as `timelines/user/day` or `GB`. Times and amounts of data convert into each other; any other word is a
//! thing that is counted, and only equals itself. Not a library of physics: what an estimate on a whiteboard needs.

use std::collections::BTreeMap;

/// A unit longer than this is refused, bytes.
pub const MAX_BYTES: usize = 60;
/// More words than this in one unit are refused.
const MAX_WORDS: usize = 8;

/// What is counted, with its exponent: `{"timeline": 1, "s": -1}`. Empty: a plain number.
pub type Dimensions = BTreeMap<String, i32>;

/// A unit: so many of the base unit of its dimensions (seconds, bytes, single things).
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Base units in one of it.
    pub factor: f64,
    /// What it measures.
    pub dimensions: Dimensions,
}

impl Unit {
    /// Reads `GB`, `tweets/s`, `bytes/tweet`, `1/s`, `%`, `×`; the empty text is a plain number.
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_BYTES {
            return Err(format!("a unit of {} bytes, at most {MAX_BYTES}", text.len()));
        }
        let mut unit = Self { factor: 1.0, dimensions: Dimensions::new() };
        let mut words = 0;
        for (at, part) in text.split('/').enumerate() {
            let sign = if at == 0 { 1 } else { -1 };
            if at > 0 && part.trim().is_empty() {
                return Err("a `/` with nothing after it".to_owned());
            }
            for word in part.split(['*', '·']).map(str::trim).filter(|word| !word.is_empty()) {
                words += 1;
                if words > MAX_WORDS {
                    return Err(format!("more than {MAX_WORDS} words"));
                }
                let (factor, base) = word_of(word)?;
                unit.factor *= f64::powi(factor, sign);
                if let Some(base) = base {
                    multiply(&mut unit.dimensions, &base, sign);
                }
            }
        }
        Ok(unit)
    }

    /// The part of the dimensions that is time or data: what must agree when a learner leaves the counted things out.
    pub fn physical(&self) -> Dimensions {
        self.dimensions.iter().filter(|(base, _)| is_physical(base)).map(|(base, n)| (base.clone(), *n)).collect()
    }
}

/// True for time and data, false for things that are counted.
pub fn is_physical(base: &str) -> bool {
    matches!(base, "s" | "byte")
}

/// `a` times `b` to the power `sign`.
pub fn product(a: &Dimensions, b: &Dimensions, sign: i32) -> Dimensions {
    let mut all = a.clone();
    for (base, n) in b {
        multiply(&mut all, base, n * sign);
    }
    all
}

fn multiply(dimensions: &mut Dimensions, base: &str, exponent: i32) {
    let now = dimensions.entry(base.to_owned()).or_default();
    *now = now.saturating_add(exponent);
    if *now == 0 {
        dimensions.remove(base);
    }
}

/// `timeline/s` for people, `a plain number` when there is nothing.
pub fn describe(dimensions: &Dimensions) -> String {
    if dimensions.is_empty() {
        return "a plain number".to_owned();
    }
    let power = |n: i32, base: &str| if n == 1 { base.to_owned() } else { format!("{base}^{n}") };
    let above: Vec<String> = dimensions.iter().filter(|(_, n)| **n > 0).map(|(base, n)| power(*n, base)).collect();
    let below: Vec<String> = dimensions.iter().filter(|(_, n)| **n < 0).map(|(base, n)| format!("/{}", power(-n, base))).collect();
    let above = if above.is_empty() { "1".to_owned() } else { above.join("*") };
    format!("{above}{}", below.concat())
}

fn word_of(word: &str) -> Result<(f64, Option<String>), String> {
    let time = |factor: f64| Ok((factor, Some("s".to_owned())));
    let data = |factor: f64| Ok((factor, Some("byte".to_owned())));
    match word {
        "1" | "×" => Ok((1.0, None)),
        "%" => Ok((0.01, None)),
        "µs" => time(1e-6),
        "ms" => time(1e-3),
        "s" => time(1.0),
        "min" => time(60.0),
        "h" => time(3600.0),
        "day" | "days" => time(86_400.0),
        "year" | "years" => time(365.0 * 86_400.0),
        "bit" | "bits" => data(0.125),
        "byte" | "bytes" | "B" => data(1.0),
        "KB" => data(1e3),
        "MB" => data(1e6),
        "GB" => data(1e9),
        "TB" => data(1e12),
        "PB" => data(1e15),
        counted if counted.bytes().all(|b| b.is_ascii_lowercase() || b == b'-') => Ok((1.0, Some(singular(counted)))),
        other => Err(format!("`{}` is no unit", other.chars().take(30).collect::<String>())),
    }
}

/// `entries` is `entry`, `tweets` is `tweet`: one thing, however it is written.
fn singular(word: &str) -> String {
    match word.strip_suffix("ies") {
        Some(stem) if !stem.is_empty() => format!("{stem}y"),
        _ if word.ends_with("ss") => word.to_owned(),
        _ => word.strip_suffix('s').filter(|stem| !stem.is_empty()).unwrap_or(word).to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, factor: f64, dimensions: &str) {
        let unit = Unit::parse(text).unwrap();
        assert!((unit.factor / factor - 1.0).abs() < 1e-12, "{text}: {}", unit.factor);
        assert_eq!(describe(&unit.dimensions), dimensions, "{text}");
    }

    #[test]
    fn units_are_products_of_words() {
        check("", 1.0, "a plain number");
        check("×", 1.0, "a plain number");
        check("%", 0.01, "a plain number");
        check("tweets/s", 1.0, "tweet/s");
        check("tweets/day", 1.0 / 86_400.0, "tweet/s");
        check("timelines/user/day", 1.0 / 86_400.0, "timeline/s/user");
        check("GB", 1e9, "byte");
        check("Gb".to_lowercase().as_str(), 1.0, "gb");
        check("bits/s", 0.125, "byte/s");
        check("entries/user", 1.0, "entry/user");
        check("/s", 1.0, "1/s");
        check("users*days/user", 86_400.0, "s");
    }

    #[test]
    fn what_is_no_unit_is_refused() {
        for (text, why) in [("Gigs", "is no unit"), ("tweets//s", "nothing after it"), ("tweets/", "nothing after it"), ("5", "is no unit")]
        {
            assert!(Unit::parse(text).unwrap_err().contains(why), "{text}");
        }
        assert!(Unit::parse(&"a*".repeat(29)).unwrap_err().contains("more than 8 words"));
        assert!(Unit::parse(&"a".repeat(61)).unwrap_err().contains("61 bytes"));
    }
}
