//! Texts of a flowchart: quotes, entities and line breaks. It knows no statement.

/// Takes quotes off and decodes entities; `<br/>` is a line break.
pub(in crate::sketch::mermaid) fn unquoted(text: &str) -> String {
    let text = text.trim();
    let bare = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(text);
    let bare = bare.strip_prefix('`').and_then(|text| text.strip_suffix('`')).unwrap_or(bare);
    decoded(bare)
}

fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['#', '&', '<']) {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let found = if from.starts_with('<') { line_break(from).map(|length| ('\n', length)) } else { entity(from) };
        let (c, length) = found.unwrap_or_else(|| (from.chars().next().unwrap_or('#'), 1));
        out.push(c);
        rest = from.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
    out
}

/// `<br>`, `<br/>`, `<br />`: how many bytes it takes.
fn line_break(text: &str) -> Option<usize> {
    let end = text.find('>').filter(|end| *end <= 6)?;
    let inside = text.get(1..end)?.trim().trim_end_matches('/').trim();
    inside.eq_ignore_ascii_case("br").then_some(end + 1)
}

/// `#quot;`, `#35;`, `&#x41;`, `&amp;`: the sign, and how many bytes it takes.
fn entity(text: &str) -> Option<(char, usize)> {
    let end = text.find(';').filter(|end| *end <= 12)?;
    let name = text.get(1..end)?;
    let name = name.strip_prefix('#').unwrap_or(name);
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok().and_then(char::from_u32);
    let sign = match name {
        "quot" => '"',
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => match name.strip_prefix(['x', 'X']) {
            Some(digits) => number(digits, 16)?,
            None if name.bytes().all(|b| b.is_ascii_digit()) => number(name, 10)?,
            None => return None,
        },
    };
    Some((sign, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(unquoted(text), expected);
    }

    #[test]
    fn texts_are_decoded() {
        check("  plain ", "plain");
        check("\"a #quot;b#quot; #35; &amp; &#65; &#x42;\"", "a \"b\" # & A B");
        check("\"one<br/>two<BR>three<br />four\"", "one\ntwo\nthree\nfour");
        check("\"`**bold**`\"", "**bold**");
        check("\"a < b & c # d; #nothing; #99999999999; &#xD800;\"", "a < b & c # d; #nothing; #99999999999; &#xD800;");
        check("\"", "\"");
    }
}
