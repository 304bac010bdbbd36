//! A flowchart whose roles are known as a drawing: ids, names, instances, ports, groups and comments, arranged. What does not fit is said and
//! kept. It guesses no role.

use std::collections::{BTreeMap, BTreeSet};

use loadline_model::catalog::{self, Port, Role};
use loadline_model::sketch::{Comment, Component, Group, Link, MAX_INSTANCES, Sketch};

use super::guess::is_component;
use super::read::{Edge, Flowchart, Node, Note};
use super::write::{COMMENT, NOTE};
use crate::sketch::canvas::Homes;
use crate::sketch::layout::arrange;

/// The longest title and id that are made, characters.
const MAX_ID: usize = 48;

/// What became of a flowchart.
#[derive(Debug, Clone, PartialEq)]
pub struct Brought {
    /// The drawing.
    pub sketch: Sketch,
    /// What was left out, turned or does not fit, with the lines.
    pub notes: Vec<Note>,
}

/// Makes a drawing of a flowchart. `roles` says the role of each component by the node's id; the ids without a known one come back.
pub fn bring(chart: &Flowchart, roles: &BTreeMap<String, String>) -> Result<Brought, Vec<String>> {
    let role_of = |node: &Node| roles.get(&node.id).and_then(|role| catalog::role(role));
    let missing: Vec<String> =
        chart.nodes.iter().filter(|node| is_component(node) && role_of(node).is_none()).map(|node| node.id.clone()).collect();
    if !missing.is_empty() {
        return Err(missing);
    }
    let mut work =
        Work { notes: chart.notes.clone(), taken: BTreeSet::new(), places: BTreeMap::new(), sketch: Sketch::empty(&chart.title) };
    let mut homes = Homes::default();
    for (n, group) in chart.groups.iter().enumerate() {
        let id = format!("group-{}", n + 1);
        let group_of = Group { id, name: one_line(&group.title), note: String::new(), at: (0.0, 0.0), size: (168.0, 108.0) };
        work.sketch.groups.push(group_of);
        homes.groups.push(group.inside);
    }
    for (n, node) in chart.nodes.iter().enumerate() {
        if let Some(role) = role_of(node).filter(|_| is_component(node)) {
            work.component(n, node, role);
            homes.components.push(node.group);
        } else if node.classes.iter().any(|class| class == NOTE) && node.group.is_some() {
            if let Some(group) = node.group.and_then(|g| work.sketch.groups.get_mut(g)) {
                group.note.clone_from(&node.text);
            }
        } else if node.classes.iter().any(|class| class == COMMENT || class == NOTE) {
            let id = format!("comment-{}", work.sketch.comments.len() + 1);
            // Room for the words, at about 26 letters a line.
            let lines = node.text.lines().map(|line| 1 + line.chars().count() / 26).sum::<usize>().clamp(3, 40);
            let size = (192.0, (lines * 16 + 12) as f64);
            work.sketch.comments.push(Comment { id, text: node.text.clone(), at: (0.0, 0.0), size });
            homes.comments.push(node.group);
        }
    }
    for edge in &chart.edges {
        work.link(chart, edge);
    }
    let Work { mut sketch, notes, .. } = work;
    let layout = arrange(&sketch, &homes);
    layout.apply(&mut sketch);
    Ok(Brought { sketch, notes })
}

fn one_line(text: &str) -> String {
    text.replace('\n', " ")
}

struct Work {
    sketch: Sketch,
    notes: Vec<Note>,
    taken: BTreeSet<String>,
    /// Component by node.
    places: BTreeMap<usize, usize>,
}

impl Work {
    fn note(&mut self, line: usize, text: String) {
        self.notes.push(Note { line, text });
    }

    /// Lower-case letters, digits and dashes, as the node is called, and not taken.
    fn id(&mut self, node: &str, role: &str) -> String {
        let parts = node.to_lowercase();
        let parts = parts.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
        let mut stem: String = parts.collect::<Vec<_>>().join("-").chars().take(MAX_ID).collect();
        if stem.is_empty() {
            stem = role.replace('_', "-");
        }
        let mut id = stem.clone();
        let mut n = 2;
        while !self.taken.insert(id.clone()) {
            id = format!("{stem}-{n}");
            n += 1;
        }
        id
    }

    fn component(&mut self, n: usize, node: &Node, role: &'static Role) {
        let id = self.id(&node.id, role.id);
        let mut lines: Vec<&str> = node.text.split('\n').collect();
        let said = lines.last().and_then(|last| last.trim().strip_prefix('×')?.trim().parse::<u32>().ok()).filter(|_| lines.len() > 1);
        if said.is_some() {
            lines.pop();
        }
        let most = role.max_instances.min(MAX_INSTANCES);
        let instances = said.unwrap_or(1).clamp(1, most);
        if said.is_some_and(|said| said != instances) {
            self.note(node.line, format!("{} has {instances} instances, the most that it may have.", lines.join(" ")));
        }
        self.places.insert(n, self.sketch.components.len());
        self.sketch.components.push(Component {
            id,
            role: role.id.to_owned(),
            name: lines.join(" "),
            instances,
            settings: BTreeMap::new(),
            at: (0.0, 0.0),
        });
    }

    fn link(&mut self, chart: &Flowchart, edge: &Edge) {
        let at = |node: usize| self.places.get(&node).copied();
        let (Some(from), Some(to)) = (at(edge.from), at(edge.to)) else {
            self.note(edge.line, "a link with a comment was left out: comments are not linked.".to_owned());
            return;
        };
        if from == to {
            let name = chart.nodes.get(edge.from).map_or("", |node| node.text.as_str());
            self.note(edge.line, format!("a link from {} to itself was left out.", one_line(name)));
            return;
        }
        let (a, b) = (&self.sketch.components[from], &self.sketch.components[to]);
        let (forward, back) = (ports(a, b), ports(b, a));
        let label = one_line(edge.label.trim());
        let (link, said) = if let Some(port) = self.choose(from, to, &forward, &label) {
            (self.joined(from, to, port), None)
        } else if let Some(port) = self.choose(to, from, &back, &label) {
            let said = format!("the link from {} to {} was turned: {} calls, or is fed, the other way.", a.name, b.name, b.name);
            (self.joined(to, from, port), Some(said))
        } else {
            let port = if label.is_empty() { "calls".to_owned() } else { label.chars().take(80).collect() };
            let said = format!("{} has no port for {}: the link is kept, and the check says what fits.", a.name, b.name);
            (Link { from: a.id.clone(), to: b.id.clone(), port }, Some(said))
        };
        if self.sketch.links.contains(&link) {
            self.note(edge.line, format!("a second link from {} to {} was left out.", link.from, link.to));
            return;
        }
        if let Some(said) = said {
            self.note(edge.line, said);
        }
        self.sketch.links.push(link);
    }

    fn joined(&self, from: usize, to: usize, port: &Port) -> Link {
        let id = |n: usize| self.sketch.components[n].id.clone();
        Link { from: id(from), to: id(to), port: port.name.to_owned() }
    }

    /// The port that the label names; else one that is still empty, needed ones first; else any.
    fn choose(&self, from: usize, to: usize, ports: &[&'static Port], label: &str) -> Option<&'static Port> {
        if let Some(named) = ports.iter().find(|port| port.name == label) {
            return Some(named);
        }
        let (tail, head) = (&self.sketch.components[from].id, &self.sketch.components[to].id);
        let filled = |port: &Port| {
            self.sketch.links.iter().any(|link| {
                let owner = if port.incoming { &link.to == head } else { &link.from == tail };
                owner && link.port == port.name
            })
        };
        ports.iter().min_by_key(|port| (filled(port) && !port.many, !port.required)).copied()
    }
}

/// Ports that a link from one to the other could fill.
fn ports(from: &Component, to: &Component) -> Vec<&'static Port> {
    let of = |component: &Component, incoming: bool, other: &str| -> Vec<&'static Port> {
        let ports = catalog::role(&component.role).map(|role| role.ports.as_slice()).unwrap_or_default();
        ports.iter().filter(|port| port.incoming == incoming && port.accepts.contains(&other)).collect()
    };
    [of(from, false, &to.role), of(to, true, &from.role)].concat()
}
