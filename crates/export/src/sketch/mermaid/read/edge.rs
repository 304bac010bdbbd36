//! One arrow of a flowchart: `-->`, `-.->`, `==>`, `---`, `~~~`, with a text inside or after it. It knows no node.

use super::statement::{Cursor, Wrong};
use super::text::unquoted;

/// An arrow between two sets of nodes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Arrow {
    pub(super) label: String,
    /// Its head is on the left only.
    pub(super) backwards: bool,
    /// It has a head on both sides.
    pub(super) both: bool,
    /// `~~~`.
    pub(super) invisible: bool,
}

/// Signs that an arrow is made of.
fn is_line(c: char) -> bool {
    matches!(c, '-' | '=' | '.' | '~')
}

/// Reads an arrow; none when there is none here, and then the caller goes back.
pub(super) fn arrow(cursor: &mut Cursor<'_>) -> Result<Option<Arrow>, Wrong> {
    let start = cursor.at;
    let mut arrow = Arrow::default();
    let left = match (cursor.peek(), cursor.peek_after(1)) {
        // An x or o is a head only where a line follows at once.
        (Some('<' | 'x' | 'o'), Some('-' | '=')) => cursor.next().is_some(),
        _ => false,
    };
    let line = cursor.take_while(is_line);
    if line.chars().count() < 2 {
        return Ok(None);
    }
    let wrong = |at: usize| Wrong {
        at,
        message: "an arrow without an end".to_owned(),
        remedy: "Write `A --> B`, `A -->|text| B` or `A -- text --> B`.".to_owned(),
    };
    arrow.invisible = line.starts_with('~');
    let mut right = head(cursor);
    if !right && is_open(&line) {
        // `-- text -->`: the text goes to the next line of the same sort.
        let mark = line.chars().next().unwrap_or('-');
        let close = match mark {
            '=' => "==",
            '-' if line.contains('.') => ".-",
            _ => "--",
        };
        let rest = cursor.rest();
        let found = quoted_end(rest).and_then(|from| rest.get(from..)?.find(close).map(|at| from + at));
        match found {
            Some(end) => {
                arrow.label = unquoted(rest.get(..end).unwrap_or_default());
                cursor.skip_bytes(end);
                cursor.take_while(is_line);
                right = head(cursor);
            }
            // `A <-- B`.
            None if left => {}
            None => return Err(wrong(start)),
        }
    }
    (arrow.backwards, arrow.both) = (left && !right, left && right);
    cursor.space();
    if cursor.peek() == Some('|') {
        cursor.next();
        let rest = cursor.rest();
        let end = quoted_end(rest).and_then(|from| rest.get(from..)?.find('|').map(|at| from + at));
        let Some(end) = end else {
            return Err(Wrong {
                at: cursor.at,
                message: "a text of an arrow without its end".to_owned(),
                remedy: "Close it with `|`.".to_owned(),
            });
        };
        arrow.label = unquoted(rest.get(..end).unwrap_or_default());
        cursor.skip_bytes(end);
        cursor.next();
    }
    Ok(Some(arrow))
}

/// Whether a line without a head waits for a text: `--`, `==` and `-.` do, `---`, `===` and `-.-` are links by themselves.
fn is_open(line: &str) -> bool {
    matches!(line, "--" | "==") || (line.starts_with("-.") && line.ends_with('.'))
}

/// Bytes up to which a text in quotes reaches; 0 when it is not in quotes, none when the quotes do not end.
fn quoted_end(rest: &str) -> Option<usize> {
    let lead = rest.len() - rest.trim_start().len();
    match rest.trim_start().strip_prefix('"') {
        Some(inside) => inside.find('"').map(|at| lead + at + 2),
        None => Some(0),
    }
}

/// Takes the head on the right: `>`, or an `x` or `o` that no word goes on with.
fn head(cursor: &mut Cursor<'_>) -> bool {
    match (cursor.peek(), cursor.peek_after(1)) {
        (Some('>'), _) => cursor.next().is_some(),
        (Some('x' | 'o'), after) if after.is_none_or(|c| c.is_whitespace() || c == '|') => cursor.next().is_some(),
        _ => false,
    }
}
