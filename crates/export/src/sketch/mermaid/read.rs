//! Reads a Mermaid flowchart: nodes with their shapes, edges with labels, chains, `&`, subgraphs. What only decorates (style, click, classDef) is
//! skipped and listed, never run. It decides no role and places nothing.

use std::collections::BTreeMap;

use loadline_model::sketch::{MAX_COMPONENTS, MAX_GROUPS, MAX_LINKS, MAX_TEXT};

mod edge;
mod statement;
mod text;

use statement::Statement;
use text::unquoted;

/// A flowchart larger than this is refused, bytes.
pub const MAX_BYTES: usize = 512 * 1024;
/// Subgraphs deeper than this are refused.
const MAX_DEPTH: usize = 32;
/// Errors past this are not listed.
const MOST_ERRORS: usize = 20;
/// The longest id, characters.
const MAX_ID: usize = 200;

/// What is wrong, where, and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}. {remedy}")]
pub struct ReadError {
    /// 1-based.
    pub line: usize,
    /// 1-based, in characters.
    pub column: usize,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// Something that was left out or changed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Note {
    /// 1-based.
    pub line: usize,
    /// A sentence.
    pub text: String,
}

/// The shape of a node; only what says something of a role is told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A box, round or not, or a shape that says nothing.
    Plain,
    /// `[(..)]`.
    Cylinder,
}

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// As it is written.
    pub id: String,
    /// What stands in it; the id when nothing does.
    pub text: String,
    /// Its shape.
    pub shape: Shape,
    /// Classes, in the order in which they were given.
    pub classes: Vec<String>,
    /// Subgraph that it lies in, a place in [`Flowchart::groups`].
    pub group: Option<usize>,
    /// Line where it was met first, 1-based.
    pub line: usize,
}

/// An edge, turned so that it points from `from` to `to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// A place in [`Flowchart::nodes`].
    pub from: usize,
    /// A place in [`Flowchart::nodes`].
    pub to: usize,
    /// Its label, empty without one.
    pub label: String,
    /// 1-based.
    pub line: usize,
}

/// A subgraph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subgraph {
    /// As it is written; empty when it has only a title.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The one that it lies in.
    pub inside: Option<usize>,
    /// 1-based.
    pub line: usize,
}

/// A flowchart as it was read.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Flowchart {
    pub title: String,
    pub nodes: Vec<Node>,
    pub edges: Vec<Edge>,
    pub groups: Vec<Subgraph>,
    /// What was left out.
    pub notes: Vec<Note>,
}

/// Reads a flowchart; every error that is found, at most 20.
pub fn read(source: &str) -> Result<Flowchart, Vec<ReadError>> {
    let whole = |message: String, remedy: &str| Err(vec![ReadError { line: 1, column: 1, message, remedy: remedy.to_owned() }]);
    if source.len() > MAX_BYTES {
        return whole(
            format!("the flowchart has {} bytes, more than the {MAX_BYTES} that are read", source.len()),
            "Bring it in in parts.",
        );
    }
    let mut reader = Reader::default();
    reader.all(source.trim_start_matches('\u{FEFF}'));
    if reader.errors.is_empty() { Ok(reader.chart) } else { Err(reader.errors) }
}

#[derive(Default)]
struct Reader {
    chart: Flowchart,
    errors: Vec<ReadError>,
    index: BTreeMap<String, usize>,
    /// Subgraphs that are open.
    open: Vec<usize>,
    /// Classes that were given before their node was met.
    classes: Vec<(String, String)>,
}

/// Lines that decorate, by their first word.
const DECORATION: [&str; 6] = ["style", "classdef", "click", "linkstyle", "acctitle", "accdescr"];

impl Reader {
    fn error(&mut self, line: usize, column: usize, message: impl Into<String>, remedy: impl Into<String>) {
        if self.errors.len() < MOST_ERRORS {
            self.errors.push(ReadError { line, column, message: message.into(), remedy: remedy.into() });
        }
    }

    fn note(&mut self, line: usize, text: impl Into<String>) {
        self.chart.notes.push(Note { line, text: text.into() });
    }

    fn all(&mut self, source: &str) {
        let lines: Vec<&str> = source.lines().collect();
        let mut start = 0;
        while lines.get(start).is_some_and(|line| line.trim().is_empty()) {
            start += 1;
        }
        if lines.get(start).is_some_and(|line| line.trim() == "---") {
            let Some(end) = lines.iter().skip(start + 1).position(|line| line.trim() == "---") else {
                self.error(start + 1, 1, "the front matter has no end", "Close it with a line of three dashes.");
                return;
            };
            self.front_matter(lines.get(start + 1..start + 1 + end).unwrap_or_default());
            start += end + 2;
        }
        let mut headed = false;
        for (n, line) in lines.iter().enumerate().skip(start) {
            for (column, part) in statement::parts(line) {
                if self.errors.len() >= MOST_ERRORS {
                    return;
                }
                if headed {
                    self.statement(n + 1, column, part);
                } else if let Err((message, remedy)) = header(part) {
                    self.error(n + 1, column, message, remedy);
                    return;
                }
                headed = true;
            }
        }
        if !headed {
            self.error(1, 1, "there is no flowchart", "Begin with a line such as `flowchart TD`.");
        }
        if let Some(group) = self.open.last().and_then(|open| self.chart.groups.get(*open)) {
            let (line, title) = (group.line, group.title.clone());
            self.error(line, 1, format!("the subgraph {title} has no end"), "Close it with a line `end`.");
        }
        for (id, class) in std::mem::take(&mut self.classes) {
            if let Some(node) = self.index.get(&id).and_then(|n| self.chart.nodes.get_mut(*n)) {
                node.classes.push(class);
            }
        }
    }

    fn front_matter(&mut self, lines: &[&str]) {
        for line in lines {
            if let Some(title) = line.trim().strip_prefix("title:") {
                let title = title.trim();
                let plain = || title.trim_matches(['"', '\'']).to_owned();
                self.chart.title = serde_json::from_str(title).unwrap_or_else(|_| plain()).chars().take(200).collect();
            }
        }
    }

    fn statement(&mut self, line: usize, column: usize, part: &str) {
        let word = part.split_whitespace().next().unwrap_or_default();
        let lower = word.trim_end_matches(':').to_ascii_lowercase();
        let rest = part.get(word.len()..).unwrap_or_default().trim();
        match lower.as_str() {
            "subgraph" => self.subgraph(line, column, rest),
            "end" if rest.is_empty() => {
                if self.open.pop().is_none() {
                    self.error(line, column, "this `end` closes nothing", "Remove it, or open a subgraph before it.");
                }
            }
            "direction" => {}
            "class" if !rest.is_empty() => {
                let (ids, class) = rest.rsplit_once(char::is_whitespace).unwrap_or((rest, ""));
                let class = class.trim().to_owned();
                self.classes.extend(ids.split(',').take(MAX_COMPONENTS).map(|id| (id.trim().to_owned(), class.clone())));
            }
            word if DECORATION.contains(&word) => self.note(line, format!("`{word}` is decoration and was left out.")),
            _ => match Statement::parse(part) {
                Ok(statement) => self.take(line, column, statement),
                Err(wrong) => self.error(line, column + wrong.at, wrong.message, wrong.remedy),
            },
        }
    }

    fn subgraph(&mut self, line: usize, column: usize, rest: &str) {
        if self.open.len() >= MAX_DEPTH || self.chart.groups.len() >= MAX_GROUPS {
            let message = format!("more than {MAX_GROUPS} subgraphs, or more than {MAX_DEPTH} in each other");
            self.error(line, column, message, "Leave some out.");
            // Its `end` still has something to close.
            self.open.push(self.open.last().copied().unwrap_or(0));
            return;
        }
        let bracket = rest.find('[').filter(|_| rest.ends_with(']'));
        let (id, title) = match bracket {
            Some(at) => (rest.get(..at).unwrap_or_default().trim(), rest.get(at + 1..rest.len() - 1).unwrap_or_default()),
            None if rest.starts_with('"') => ("", rest),
            None => (rest, rest),
        };
        let title: String = unquoted(title).chars().take(MAX_TEXT).collect();
        let title = if title.is_empty() { format!("Group {}", self.chart.groups.len() + 1) } else { title };
        self.chart.groups.push(Subgraph { id: id.to_owned(), title, inside: self.open.last().copied(), line });
        self.open.push(self.chart.groups.len() - 1);
    }

    fn take(&mut self, line: usize, column: usize, statement: Statement) {
        let mut before: Vec<usize> = Vec::new();
        for (n, set) in statement.sets.into_iter().enumerate() {
            let mut now = Vec::new();
            for found in set {
                if let Some(node) = self.node(line, column, found) {
                    now.push(node);
                }
            }
            if let Some(edge) = n.checked_sub(1).and_then(|n| statement.edges.get(n)) {
                self.edges(line, column, &before, &now, edge);
            }
            before = now;
        }
    }

    fn node(&mut self, line: usize, column: usize, found: statement::Found) -> Option<usize> {
        let group = self.open.last().copied();
        let place = match self.index.get(&found.id) {
            Some(place) => *place,
            None => {
                if self.chart.nodes.len() >= MAX_COMPONENTS {
                    self.error(line, column, format!("more than {MAX_COMPONENTS} nodes"), "Bring the flowchart in in parts.");
                    return None;
                }
                let id: String = found.id.chars().take(MAX_ID).collect();
                self.index.insert(found.id.clone(), self.chart.nodes.len());
                self.chart.nodes.push(Node { text: id.clone(), id, shape: Shape::Plain, classes: Vec::new(), group: None, line });
                self.chart.nodes.len() - 1
            }
        };
        let node = self.chart.nodes.get_mut(place)?;
        if let Some(text) = found.text {
            if text.chars().count() > MAX_TEXT {
                self.error(line, column, format!("a text of more than {MAX_TEXT} characters"), "Shorten it.");
                return None;
            }
            node.text = if text.trim().is_empty() { node.id.clone() } else { text };
            node.shape = found.shape;
        }
        node.classes.extend(found.classes);
        // A node lies in the first subgraph that names it.
        node.group = node.group.or(group);
        Some(place)
    }

    fn edges(&mut self, line: usize, column: usize, from: &[usize], to: &[usize], edge: &edge::Arrow) {
        if edge.invisible {
            self.note(line, "an invisible link places nodes only and was left out.");
            return;
        }
        if edge.both {
            self.note(line, "a link that points both ways was taken as one from left to right.");
        }
        for a in from {
            for b in to {
                if self.chart.edges.len() >= MAX_LINKS {
                    self.error(line, column, format!("more than {MAX_LINKS} links"), "Bring the flowchart in in parts.");
                    return;
                }
                let (from, to) = if edge.backwards { (*b, *a) } else { (*a, *b) };
                self.chart.edges.push(Edge { from, to, label: edge.label.clone(), line });
            }
        }
    }
}

/// `flowchart TD`, `graph LR`.
fn header(part: &str) -> Result<(), (String, String)> {
    let mut words = part.split_whitespace();
    let first = words.next().unwrap_or_default();
    if !matches!(first, "flowchart" | "graph" | "flowchart-elk") {
        let shown: String = first.chars().take(40).collect();
        return Err((
            format!("`{shown}` begins no flowchart"),
            "Only flowcharts are read: the first line says `flowchart` or `graph`, then TD or LR.".to_owned(),
        ));
    }
    match words.next() {
        None | Some("TB" | "TD" | "BT" | "LR" | "RL" | ">" | "<" | "^" | "v") => match words.next() {
            None => Ok(()),
            Some(more) => {
                let shown: String = more.chars().take(40).collect();
                Err((format!("`{shown}` is not understood after the direction"), "Begin a new line there.".to_owned()))
            }
        },
        Some(other) => {
            let shown: String = other.chars().take(40).collect();
            Err((format!("`{shown}` is no direction"), "Write TD, TB, BT, LR or RL.".to_owned()))
        }
    }
}
