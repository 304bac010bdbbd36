//! The document as Markdown. Everything that came from a report is escaped, so that it shows as it was written and does nothing.

use super::content::{Block, Cell, Document, Table};
use super::words::clean;

pub(super) fn text(document: &Document<'_>) -> String {
    let mut out = format!("# {}\n\n", escaped(&document.title));
    for (what, value) in &document.facts {
        out.push_str(&format!("- {what}: {}\n", escaped(value)));
    }
    for section in &document.sections {
        out.push_str(&format!("\n## {}\n", section.title));
        for block in &section.blocks {
            self::block(block, &mut out);
        }
    }
    out.push_str("\n---\n\n● measured in this run, ○ modelled by a formula, ◌ assumed with a source. Written by Loadline.\n");
    out
}

fn block(block: &Block<'_>, out: &mut String) {
    match block {
        Block::Heading(text) => out.push_str(&format!("\n### {}\n", escaped(text))),
        Block::Text(text) => out.push_str(&format!("\n{}\n", escaped(text))),
        Block::Quote(title, text) => {
            out.push_str(&format!("\n{title}:\n\n"));
            for line in text.lines() {
                let line = escaped(line.trim());
                // A hard break, so that lines stay lines; an empty one parts paragraphs.
                out.push_str(&if line.is_empty() { ">\n".to_owned() } else { format!("> {line}\\\n") });
            }
            // The last line breaks nothing.
            if out.ends_with("\\\n") {
                out.truncate(out.len() - 2);
                out.push('\n');
            }
        }
        Block::Table(table) => self::table(table, out),
        Block::Curves(curves) => {
            for (operation, points) in curves {
                let points: Vec<String> =
                    points.iter().map(|(percentile, ms)| format!("p{percentile} {}", super::words::figure(Some(*ms), "ms"))).collect();
                out.push_str(&format!("\nPercentile curve of {}: {}.\n", escaped(operation), points.join(", ")));
            }
        }
        // The table after it says the same.
        Block::Drawing(..) => {}
    }
}

fn table(table: &Table<'_>, out: &mut String) {
    let titles: Vec<&str> = table.head.iter().map(|(title, _)| *title).collect();
    let rules: Vec<&str> = table.head.iter().map(|(_, number)| if *number { "---:" } else { "---" }).collect();
    out.push_str(&format!("\n| {} |\n| {} |\n", titles.join(" | "), rules.join(" | ")));
    for row in &table.rows {
        let cells: Vec<String> = row.iter().map(cell).collect();
        out.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

fn cell(cell: &Cell<'_>) -> String {
    let text = escaped(cell.text());
    if matches!(cell, Cell::Strong(_)) && !text.is_empty() { format!("**{text}**") } else { text }
}

/// One line in which no character means anything to Markdown. A backslash before ASCII punctuation is that character, everywhere but in code.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    let clean = clean(text);
    let text = clean.trim();
    for (index, c) in text.char_indices() {
        let marks = matches!(c, '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '|' | '~' | '&' | '#' | '$' | '@');
        // An address would become a link by itself.
        let link = (c == ':' && text[index..].starts_with("://")) || (c == '.' && out.to_ascii_lowercase().ends_with("www"));
        // At the start of a line: lists, rules, headings by underlining, quotes.
        let starts = index == 0 && matches!(c, '-' | '+' | '=');
        // `1.` and `1)` begin a list as well.
        let ends = !text[index + c.len_utf8()..].starts_with(|next: char| !next.is_whitespace());
        let numbered = matches!(c, '.' | ')') && ends && (1..10).contains(&index) && text[..index].bytes().all(|b| b.is_ascii_digit());
        if marks || link || starts || numbered {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(escaped(text), expected);
    }

    #[test]
    fn nothing_of_a_report_is_markdown() {
        check("a|b", "a\\|b");
        check("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>");
        check("![x](javascript:y)", "!\\[x\\](javascript:y)");
        check("# no heading", "\\# no heading");
        check("- no list", "\\- no list");
        check("12. no list", "12\\. no list");
        check("see http://evil.example", "see http\\://evil.example");
        check("WWW.evil.example", "WWW\\.evil.example");
        check("two\nlines\u{202e}", "two lines");
        check("&lt;", "\\&lt;");
        check("1.25 ms", "1.25 ms");
    }
}
