//! A drawing as a Mermaid flowchart: roles as classes and shapes, ports as labels of edges, groups as subgraphs, comments as nodes of a class of
//! their own. Places and settings have no place in Mermaid and are left out.

use std::collections::BTreeMap;
use std::fmt::Write;

use loadline_model::catalog::{self, Flow, Kind};
use loadline_model::sketch::Sketch;

use crate::sketch::canvas::{Homes, by_id, owner_of};

/// Class of a comment; as no role is called so, it comes back as one.
pub(super) const COMMENT: &str = "comment";
/// Class of a group's note.
pub(super) const NOTE: &str = "groupnote";

/// Words that mean something in a flowchart, alone or between dashes.
pub(super) const RESERVED: [&str; 18] = [
    "end",
    "graph",
    "flowchart",
    "subgraph",
    "style",
    "click",
    "class",
    "classdef",
    "linkstyle",
    "default",
    "direction",
    "call",
    "href",
    "interpolate",
    "acctitle",
    "accdescr",
    "comment",
    "note",
];

/// Opening and closing signs of a shape, by kind: a cylinder keeps data, a parallelogram passes it on, a stadium is whoever asks.
fn shape(kind: Option<Kind>) -> (&'static str, &'static str) {
    match kind {
        Some(Kind::Client) => ("([", "])"),
        Some(Kind::LoadBalancer | Kind::ApiGateway | Kind::WebsocketGateway) => ("{{", "}}"),
        Some(Kind::Worker) => ("[[", "]]"),
        Some(Kind::Sql | Kind::ObjectStore) => ("[(", ")]"),
        Some(Kind::Kv | Kind::EdgeCache | Kind::Search) => ("(", ")"),
        Some(Kind::Log) => ("[/", "/]"),
        Some(Kind::Service) | None => ("[", "]"),
    }
}

/// A quoted text: what means something in Mermaid, or could in the page that shows it, as entities.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    let list = text.split_once(['.', ')']).is_some_and(|(before, _)| !before.is_empty() && before.bytes().all(|b| b.is_ascii_digit()));
    for (n, c) in text.char_indices() {
        match c {
            '"' => out.push_str("#quot;"),
            '&' => out.push_str("#amp;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            '#' | '`' | '|' | ';' | '\\' => _ = write!(out, "#{};", u32::from(c)),
            // What would begin a list.
            '.' | ')' if list => _ = write!(out, "#{};", u32::from(c)),
            '-' | '*' | '+' if n == 0 => _ = write!(out, "#{};", u32::from(c)),
            '\n' => out.push_str("<br/>"),
            // Mermaid trims; and a name is what it is.
            ' ' if n == 0 || n + 1 == text.len() => out.push_str("#32;"),
            c if c.is_control() => _ = write!(out, "#{};", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Names of components in the flowchart: their ids where Mermaid takes them.
fn names(sketch: &Sketch) -> Vec<String> {
    let plain = |id: &str| {
        let parts = id.split('-');
        let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        id.len() <= 64
            && id.starts_with(|c: char| c.is_ascii_lowercase())
            && parts.clone().all(is_word)
            && !parts.clone().any(|p| RESERVED.contains(&p))
    };
    let mut taken: std::collections::BTreeSet<String> = sketch.components.iter().map(|c| c.id.clone()).collect();
    let mut used = std::collections::BTreeSet::new();
    let mut fresh = 0;
    let name = |component: &loadline_model::sketch::Component| {
        if plain(&component.id) && used.insert(component.id.clone()) {
            return component.id.clone();
        }
        loop {
            fresh += 1;
            let name = format!("part{fresh}");
            if taken.insert(name.clone()) {
                return name;
            }
        }
    };
    sketch.components.iter().map(name).collect()
}

/// The flowchart of a drawing.
pub fn write(sketch: &Sketch) -> String {
    let names = names(sketch);
    let index = by_id(sketch);
    let mut out = String::new();
    if !sketch.title.is_empty() {
        // YAML's quotes are JSON's.
        let title = serde_json::Value::from(sketch.title.as_str());
        let _ = writeln!(out, "---\ntitle: {title}\n---");
    }
    out.push_str("flowchart TD\n");
    Members(Homes::of(sketch)).write(sketch, &names, None, 1, &mut out);
    // Links mean the first component with an id.
    let mut first: BTreeMap<&str, &str> = BTreeMap::new();
    for (component, name) in sketch.components.iter().zip(&names) {
        first.entry(&component.id).or_insert(name);
    }
    for link in &sketch.links {
        let (Some(from), Some(to)) = (first.get(link.from.as_str()), first.get(link.to.as_str())) else {
            let _ = writeln!(out, "  %% a link from or to nothing: {}", quoted(&format!("{} to {}, {}", link.from, link.to, link.port)));
            continue;
        };
        let arrow = match owner_of(link, &index).map_or(Flow::Call, |owned| owned.port.flow) {
            Flow::Call => "-->",
            Flow::Queue => "-.->",
            Flow::Copy => "==>",
        };
        if link.port.is_empty() {
            let _ = writeln!(out, "  {from} {arrow} {to}");
        } else {
            let _ = writeln!(out, "  {from} {arrow}|{}| {to}", quoted(&link.port));
        }
    }
    out
}

/// Writes what lies in a group (or in none), and what lies in the groups therein.
struct Members(Homes);

impl Members {
    fn write(&self, sketch: &Sketch, names: &[String], group: Option<usize>, depth: usize, out: &mut String) {
        let indent = "  ".repeat(depth.min(16));
        for (n, component) in sketch.components.iter().enumerate().filter(|(n, _)| self.0.components[*n] == group) {
            let role = catalog::role(&component.role);
            let (open, close) = shape(role.map(|role| role.kind));
            let text =
                if component.instances == 1 { component.name.clone() } else { format!("{}\n×{}", component.name, component.instances) };
            let class = if role.is_some() { format!(":::{}", component.role) } else { String::new() };
            let _ = writeln!(out, "{indent}{}{open}{}{close}{class}", names[n], quoted(&text));
        }
        for (n, comment) in sketch.comments.iter().enumerate().filter(|(n, _)| self.0.comments[*n] == group) {
            let _ = writeln!(out, "{indent}said{}>{}]:::{COMMENT}", n + 1, quoted(&comment.text));
        }
        for (n, inner) in sketch.groups.iter().enumerate().filter(|(n, _)| self.0.groups[*n] == group) {
            let _ = writeln!(out, "{indent}subgraph group{} [{}]", n + 1, quoted(&inner.name));
            if !inner.note.is_empty() {
                let _ = writeln!(out, "{indent}  noted{}>{}]:::{NOTE}", n + 1, quoted(&inner.note));
            }
            self.write(sketch, names, Some(n), depth + 1, out);
            let _ = writeln!(out, "{indent}end");
        }
    }
}
