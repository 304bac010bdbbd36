//! The whole graph: what the client cannot reach, circles of synchronous calls, operations nobody answers; and, with `losses`, what stops
//! when a part goes.

use std::collections::BTreeSet;

use loadline_model::catalog::Flow;
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::scenario::Scenario;
use petgraph::algo::dominators::{Dominators, simple_fast};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};

use super::{Drawing, and_list, losses};

/// What leads where along links, calls, queues and copies alike.
pub(super) struct Reach {
    graph: DiGraph<(), ()>,
}

impl Reach {
    pub(super) fn new(drawing: &Drawing<'_>) -> Self {
        Self { graph: graph(drawing, |_| true) }
    }

    /// By position: whether it leads to `to` over links; `to` itself does. One search backwards, however many ask.
    pub(super) fn leading_to(&self, to: usize) -> Vec<bool> {
        let backwards = Reversed(&self.graph);
        let mut dfs = Dfs::new(backwards, NodeIndex::new(to));
        let mut leading = vec![false; self.graph.node_count()];
        while let Some(node) = dfs.next(backwards) {
            leading[node.index()] = true;
        }
        leading
    }

    fn from(&self, start: usize) -> BTreeSet<usize> {
        let mut dfs = Dfs::new(&self.graph, NodeIndex::new(start));
        let mut reached = BTreeSet::new();
        while let Some(node) = dfs.next(&self.graph) {
            reached.insert(node.index());
        }
        reached
    }
}

/// Components as nodes (same numbers), links of the wanted flows as edges in drawing direction.
fn graph(drawing: &Drawing<'_>, wanted: impl Fn(Flow) -> bool) -> DiGraph<(), ()> {
    let mut graph = DiGraph::new();
    for _ in &drawing.sketch.components {
        graph.add_node(());
    }
    for wire in drawing.wires.iter().filter(|wire| wanted(wire.port.flow)) {
        graph.update_edge(NodeIndex::new(wire.from), NodeIndex::new(wire.to), ());
    }
    graph
}

pub(super) fn check(drawing: &Drawing<'_>, scenario: Option<&Scenario>, found: &mut Vec<Diagnostic>) {
    let calls = graph(drawing, |flow| flow == Flow::Call);
    let circles = circles(drawing, &calls, found);
    let Some(client) = drawing.with_role("client").next() else { return };
    unreachable(drawing, client, found);
    let operations = operations(drawing, scenario);
    let dominators = simple_fast(&calls, NodeIndex::new(client));
    unanswered(drawing, &operations, &dominators, scenario.is_some(), found);
    losses::check(drawing, client, &operations, &dominators, circles, found);
}

/// True when calls run in a circle anywhere.
fn circles(drawing: &Drawing<'_>, calls: &DiGraph<(), ()>, found: &mut Vec<Diagnostic>) -> bool {
    let mut any = false;
    for members in tarjan_scc(calls) {
        let mut members: Vec<usize> = members.iter().map(|node| node.index()).collect();
        members.sort_unstable();
        let Some(&first) = members.first() else { continue };
        if members.len() == 1 && !calls.contains_edge(NodeIndex::new(first), NodeIndex::new(first)) {
            continue;
        }
        any = true;
        let reason = if members.len() == 1 {
            "calls itself. A request would never be answered.".to_owned()
        } else {
            let names: Vec<&str> = members.iter().map(|at| drawing.part(*at).name.as_str()).collect();
            format!("{} call each other in a circle. A request would never be answered.", and_list(&names))
        };
        let remedy = "Take one link out, or let an event over a log take the place of a call.";
        found.push(drawing.finding(Severity::Error, "call_cycle", first, reason, remedy));
    }
    any
}

fn unreachable(drawing: &Drawing<'_>, client: usize, found: &mut Vec<Diagnostic>) {
    let reached = Reach::new(drawing).from(client);
    for at in 0..drawing.sketch.components.len() {
        let runs = drawing.role(at).is_some_and(|role| role.runs && role.id != "client");
        if runs && drawing.is_first(at) && !reached.contains(&at) {
            let reason = "nothing leads from the client to it. It would get no load.".to_owned();
            let remedy = "Link it to what should call or feed it, or delete it.";
            found.push(drawing.finding(Severity::Warning, "unreachable", at, reason, remedy));
        }
    }
}

/// An operation that clients ask for.
pub(super) struct Asked<'a> {
    pub(super) label: String,
    pub(super) role: &'a str,
    pub(super) operation: &'a str,
}

/// Those of the scenario; without one, all operations of the drawn roles that answer HTTP.
fn operations<'a>(drawing: &Drawing<'a>, scenario: Option<&'a Scenario>) -> Vec<Asked<'a>> {
    if let Some(scenario) = scenario {
        let asked = |op: &'a loadline_model::scenario::ScenarioOperation| Asked {
            label: op.label.clone(),
            role: &op.role,
            operation: &op.operation,
        };
        return scenario.operations.iter().map(asked).collect();
    }
    let mut seen = BTreeSet::new();
    let mut operations = Vec::new();
    for at in 0..drawing.sketch.components.len() {
        if let Some(role) = drawing.role(at).filter(|role| !role.routes.is_empty() && seen.insert(role.id)) {
            operations.extend(role.operations.iter().map(|op| Asked { label: op.label.to_owned(), role: role.id, operation: op.name }));
        }
    }
    operations
}

fn unanswered(
    drawing: &Drawing<'_>,
    operations: &[Asked<'_>],
    dominators: &Dominators<NodeIndex>,
    asked_by_scenario: bool,
    found: &mut Vec<Diagnostic>,
) {
    let mut said = BTreeSet::new();
    for asked in operations {
        let answering: Vec<usize> = drawing.with_role(asked.role).collect();
        if answering.iter().any(|at| dominators.dominators(NodeIndex::new(*at)).is_some()) || !said.insert(asked.role) {
            continue;
        }
        let labels: Vec<&str> = operations.iter().filter(|other| other.role == asked.role).map(|other| other.label.as_str()).collect();
        let role_name = loadline_model::catalog::role(asked.role).map_or(asked.role, |role| role.name);
        let (at, remedy) = match answering.first() {
            // Without a scenario, "unreachable" has said it already.
            Some(_) if !asked_by_scenario => continue,
            Some(at) => (Some(drawing.part(*at).id.as_str()), format!("Link {role_name} to what the client calls.")),
            None => (None, format!("Add {role_name} and link it to what the client calls.")),
        };
        let reason = format!("{}: no part that the client can reach answers.", labels.join(", "));
        found.push(Diagnostic::new(Severity::Error, "operation_unanswered", at, reason, remedy));
    }
}
