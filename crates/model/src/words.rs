//! Counts as people read them.

/// A whole number with its thousands apart: `11,576`.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with what is counted: `1 error`, `2 processes`, `11,576 requests`.
pub fn counted(n: usize, one: &str) -> String {
    let ending = match n {
        1 => "",
        _ if one.ends_with('s') => "es",
        _ => "s",
    };
    format!("{} {one}{ending}", grouped(n as u64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_apart_and_words_agree() {
        let shown = [0, 12, 999, 1000, 944_435, 1_000_000].map(grouped);
        assert_eq!(shown, ["0", "12", "999", "1,000", "944,435", "1,000,000"]);
        assert_eq!(grouped(u64::MAX), "18,446,744,073,709,551,615");
        let shown = [counted(0, "error"), counted(1, "process"), counted(2, "process"), counted(1_500, "request")];
        assert_eq!(shown, ["0 errors", "1 process", "2 processes", "1,500 requests"]);
    }
}
