//! Words in a picture: made safe for XML, measured roughly, shortened and wrapped between graphemes. It draws nothing and knows no font file.

use unicode_segmentation::UnicodeSegmentation;
use unicode_width::UnicodeWidthChar;

/// Text that XML takes: special signs escaped, what XML forbids left out. Signs that turn the direction of what follows are left out too, so
/// that one name cannot reorder another; letters of right-to-left scripts keep their own direction.
pub(super) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\t' | '\n' | '\r' => out.push(' '),
            '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FFFE}' | '\u{FFFF}' => {}
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Share of the font size that a letter takes in an ordinary sans-serif face, a little on the wide side: what is shortened must fit.
fn letter(c: char) -> f64 {
    match (c, c.width().unwrap_or(0)) {
        (_, 0) => 0.0,
        ('i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!', _) => 0.3,
        ('f' | 't' | 'r' | ' ' | '(' | ')' | '[' | ']' | '/' | '-', _) => 0.4,
        ('m' | 'w' | 'M' | 'W' | '%' | '@', _) => 0.95,
        ('A'..='Z', _) => 0.72,
        (_, 1) => 0.62,
        _ => 1.3,
    }
}

/// About how wide a text is, pixels.
pub(super) fn width(text: &str, size: f64) -> f64 {
    text.graphemes(true).map(grapheme_width).sum::<f64>() * size
}

/// A family of emoji joined together, or a letter with its marks, is as wide as its widest part.
fn grapheme_width(grapheme: &str) -> f64 {
    grapheme.chars().map(letter).fold(0.0, f64::max)
}

/// The text, or its beginning and an ellipsis, so that it takes at most `most` pixels. A grapheme stays whole.
pub(super) fn shortened(text: &str, size: f64, most: f64) -> String {
    if width(text, size) <= most {
        return text.to_owned();
    }
    let mut room = most - size * 0.8;
    let mut out = String::new();
    for grapheme in text.graphemes(true) {
        room -= grapheme_width(grapheme) * size;
        // A letter under a thousand marks is as wide as one, and as tall as a tower: nobody reads that.
        if room < 0.0 {
            break;
        }
        out.push_str(grapheme);
    }
    out.truncate(out.trim_end().len());
    out.push('…');
    out
}

/// Lines of a text, broken between words where there is one, else between graphemes; past `most` lines the last one ends with an ellipsis.
pub(super) fn wrapped(text: &str, size: f64, wide: f64, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for paragraph in text.lines() {
        let mut line = String::new();
        for word in paragraph.split_word_bounds() {
            if width(&line, size) + width(word, size) <= wide {
                line.push_str(word);
                continue;
            }
            if !line.trim().is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            if lines.len() > most {
                break;
            }
            for grapheme in word.trim_start().graphemes(true) {
                if !line.is_empty() && width(&line, size) + grapheme_width(grapheme) * size > wide {
                    lines.push(std::mem::take(&mut line));
                }
                line.push_str(grapheme);
            }
        }
        lines.push(line);
        if lines.len() > most {
            break;
        }
    }
    lines.iter_mut().for_each(|line| line.truncate(line.trim_end().len()));
    if lines.len() > most {
        lines.truncate(most);
        if let Some(last) = lines.last_mut() {
            *last = shortened(&format!("{last}…………"), size, width(last, size).max(size));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        assert_eq!(safe("</text><script>\"&'\u{0}\u{202E}x\n"), "&lt;/text&gt;&lt;script&gt;&quot;&amp;&#39;x ");
    }

    #[track_caller]
    fn check(text: &str, most: f64, expected: &str) {
        assert_eq!(shortened(text, 12.0, most), expected);
    }

    #[test]
    fn names_are_shortened_between_graphemes() {
        check("Feed service", 200.0, "Feed service");
        check("Notification fan-out dispatcher", 100.0, "Notification fa…");
        // A family is one grapheme of seven code points: it stays, or it goes.
        check("👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 48.0, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦…");
        check("e\u{301}e\u{301}e\u{301}e\u{301}", 26.0, "e\u{301}e\u{301}…");
        check("خدمة الجدول الزمني للمستخدمين", 60.0, "خدمة ال…");
    }

    #[test]
    fn comments_are_wrapped_and_cut() {
        assert_eq!(wrapped("one two three", 12.0, 60.0, 9), ["one two", "three"]);
        assert_eq!(wrapped("a\n\nb", 12.0, 60.0, 9), ["a", "", "b"]);
        assert_eq!(wrapped("aaaaaaaaaaaaaaaaaaaa", 12.0, 60.0, 9).len(), 3);
        let cut = wrapped("one two three four five", 12.0, 60.0, 2);
        assert_eq!(cut.len(), 2);
        assert!(cut[1].ends_with('…'), "{cut:?}");
    }
}
