//! One statement of nodes and arrows: `A[Client] --> B & C -->|text| D`. It is cut into its parts; nothing is made of them here.

use super::Shape;
use super::edge::{Arrow, arrow};
use super::text::unquoted;

/// Why a statement is none; `at` counts characters from its beginning.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wrong {
    pub(super) at: usize,
    pub(super) message: String,
    pub(super) remedy: String,
}

/// A node where it is met.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: String,
    /// Absent where only the id is written.
    pub(super) text: Option<String>,
    pub(super) shape: Shape,
    pub(super) classes: Vec<String>,
}

/// Sets of nodes with arrows between them: one arrow less than there are sets.
#[derive(Debug, PartialEq, Eq, Default)]
pub(super) struct Statement {
    pub(super) sets: Vec<Vec<Found>>,
    pub(super) edges: Vec<Arrow>,
}

/// A place in a statement.
pub(super) struct Cursor<'a> {
    rest: &'a str,
    /// Characters that were taken.
    pub(super) at: usize,
    whole: &'a str,
}

impl<'a> Cursor<'a> {
    fn new(text: &'a str) -> Self {
        Self { rest: text, at: 0, whole: text }
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'a str {
        self.rest
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    pub(super) fn peek_after(&self, n: usize) -> Option<char> {
        self.rest.chars().nth(n)
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.skip_bytes(c.len_utf8());
        Some(c)
    }

    pub(super) fn skip_bytes(&mut self, bytes: usize) {
        let (taken, rest) = self.rest.split_at_checked(bytes).unwrap_or((self.rest, ""));
        self.at += taken.chars().count();
        self.rest = rest;
    }

    pub(super) fn take_while(&mut self, of: impl Fn(char) -> bool) -> String {
        let end = self.rest.find(|c| !of(c)).unwrap_or(self.rest.len());
        let taken = self.rest.get(..end).unwrap_or_default().to_owned();
        self.skip_bytes(end);
        taken
    }

    pub(super) fn space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn takes(&mut self, sign: &str) -> bool {
        let found = self.rest.starts_with(sign);
        if found {
            self.skip_bytes(sign.len());
        }
        found
    }

    /// Back to where `mark` was taken.
    fn mark(&self) -> (usize, usize) {
        (self.whole.len() - self.rest.len(), self.at)
    }

    fn back(&mut self, (bytes, at): (usize, usize)) {
        (self.rest, self.at) = (self.whole.get(bytes..).unwrap_or_default(), at);
    }
}

/// A line's statements, with the column of each (1-based, in characters): comments go, `;` outside quotes and brackets parts.
pub(super) fn parts(line: &str) -> Vec<(usize, &str)> {
    if line.trim_start().starts_with("%%") {
        return Vec::new();
    }
    let mut found = Vec::new();
    let (mut quoted, mut start, mut entity) = (false, 0, false);
    let mut push = |from: usize, to: usize| {
        let part = line.get(from..to).unwrap_or_default();
        let lead = part.len() - part.trim_start().len();
        if !part.trim().is_empty() {
            found.push((line.get(..from + lead).unwrap_or_default().chars().count() + 1, part.trim()));
        }
    };
    for (at, c) in line.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '#' | '&' => entity = true,
            ';' if !quoted && !entity => {
                push(start, at);
                start = at + 1;
            }
            ';' => entity = false,
            c if !c.is_ascii_alphanumeric() => entity = false,
            _ => {}
        }
    }
    push(start, line.len());
    found
}

/// Shapes by their signs, longest first; those that say something of a role are told apart.
const SHAPES: [(&str, &[&str], Shape); 15] = [
    ("(((", &[")))"], Shape::Plain),
    ("([", &["])"], Shape::Plain),
    ("((", &["))"], Shape::Plain),
    ("[(", &[")]"], Shape::Cylinder),
    ("[[", &["]]"], Shape::Plain),
    ("[/", &["/]", "\\]"], Shape::Plain),
    ("[\\", &["\\]", "/]"], Shape::Plain),
    ("{{", &["}}"], Shape::Plain),
    ("[|", &["|]"], Shape::Plain),
    ("(-", &["-)"], Shape::Plain),
    ("@{", &["}"], Shape::Plain),
    ("[", &["]"], Shape::Plain),
    ("(", &[")"], Shape::Plain),
    ("{", &["}"], Shape::Plain),
    (">", &["]"], Shape::Plain),
];

fn is_id(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || (!c.is_ascii() && !c.is_whitespace() && !c.is_control())
}

impl Statement {
    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        let mut cursor = Cursor::new(text);
        let mut statement = Self::default();
        loop {
            statement.sets.push(set(&mut cursor)?);
            cursor.space();
            if cursor.peek().is_none() {
                return Ok(statement);
            }
            let mark = cursor.mark();
            match arrow(&mut cursor)? {
                Some(edge) => statement.edges.push(edge),
                None => {
                    cursor.back(mark);
                    return Err(unexpected(&cursor));
                }
            }
            cursor.space();
            if cursor.peek().is_none() {
                return Err(Wrong {
                    at: cursor.at,
                    message: "an arrow that leads to nothing".to_owned(),
                    remedy: "Write a node after it.".to_owned(),
                });
            }
        }
    }
}

fn unexpected(cursor: &Cursor<'_>) -> Wrong {
    let shown: String = cursor.rest().chars().take(24).collect();
    Wrong {
        at: cursor.at,
        message: format!("`{shown}` is not understood here"),
        remedy: "Write a node such as `A[Client]`, or an arrow such as `A --> B`; put texts with brackets in quotes.".to_owned(),
    }
}

/// `A & B & C`.
fn set(cursor: &mut Cursor<'_>) -> Result<Vec<Found>, Wrong> {
    let mut nodes = Vec::new();
    loop {
        cursor.space();
        nodes.push(node(cursor)?);
        let mark = cursor.mark();
        cursor.space();
        if cursor.takes("&") {
            continue;
        }
        cursor.back(mark);
        return Ok(nodes);
    }
}

/// `A`, `A[text]`, `A("text"):::class`, `A@{ shape: cyl, label: "text" }`.
fn node(cursor: &mut Cursor<'_>) -> Result<Found, Wrong> {
    let mut id = cursor.take_while(is_id);
    // Dashes and dots within an id: `load-balancer`, but not the beginning of an arrow.
    while let (Some('-' | '.'), Some(after)) = (cursor.peek(), cursor.peek_after(1)) {
        if id.is_empty() || !is_id(after) {
            break;
        }
        id.extend(cursor.next());
        id.push_str(&cursor.take_while(is_id));
    }
    if id.is_empty() {
        return Err(unexpected(cursor));
    }
    let mut found = Found { id, text: None, shape: Shape::Plain, classes: Vec::new() };
    if let Some((open, closes, shape)) = SHAPES.iter().find(|(open, ..)| cursor.rest().starts_with(open)) {
        let start = cursor.at;
        cursor.takes(open);
        let rest = cursor.rest();
        let from = match rest.trim_start().strip_prefix('"') {
            Some(inside) => inside.find('"').map(|at| rest.len() - inside.len() + at + 1),
            None => Some(0),
        };
        let end = from.and_then(|from| {
            let ends = closes.iter().filter_map(|close| Some((from + rest.get(from..)?.find(close)?, close.len())));
            ends.min()
        });
        let Some((end, length)) = end else {
            return Err(Wrong {
                at: start,
                message: format!("`{open}` is not closed"),
                remedy: format!("Close it with `{}` on the same line, and put the text in quotes.", closes[0]),
            });
        };
        let inside = rest.get(..end).unwrap_or_default();
        if *open == "@{" {
            (found.text, found.shape) = described(inside);
        } else {
            (found.text, found.shape) = (Some(unquoted(inside)), *shape);
        }
        cursor.skip_bytes(end + length);
    }
    while cursor.takes(":::") {
        found.classes.push(cursor.take_while(|c| is_id(c) || c == '-'));
    }
    Ok(found)
}

/// `shape: cyl, label: "Users"`.
fn described(inside: &str) -> (Option<String>, Shape) {
    let value = |key: &str| {
        let at = inside.find(key)?;
        let rest = inside.get(at + key.len()..)?.trim_start();
        match rest.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next(),
            None => rest.split(',').next(),
        }
    };
    let cylinder = value("shape:").is_some_and(|shape| matches!(shape.trim(), "cyl" | "cylinder" | "db" | "database"));
    (value("label:").map(unquoted), if cylinder { Shape::Cylinder } else { Shape::Plain })
}
