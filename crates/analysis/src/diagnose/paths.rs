//! The whole graph: what the client cannot reach, circles of synchronous calls, single points of failure, operations nobody answers.

use std::collections::BTreeSet;

use loadline_model::catalog::{Flow, Kind};
use loadline_model::demand::{NoAnswer, visits};
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::plan::{Plan, Scale, compile};
use loadline_model::population::Fanout;
use loadline_model::scenario::Scenario;
use petgraph::algo::dominators::{Dominators, simple_fast};
use petgraph::algo::tarjan_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use petgraph::visit::{Dfs, Reversed};

use super::{Drawing, and_list};

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
    single_points(drawing, client, &operations, &dominators, !circles, found);
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
struct Asked<'a> {
    label: String,
    role: &'a str,
    operation: &'a str,
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

fn single_points(
    drawing: &Drawing<'_>,
    client: usize,
    operations: &[Asked<'_>],
    dominators: &Dominators<NodeIndex>,
    walks_end: bool,
    found: &mut Vec<Diagnostic>,
) {
    let several = drawing
        .wires
        .iter()
        .any(|wire| !wire.port.many && drawing.fillers(wire.holder, wire.port.name).any(|filler| filler != wire.filler));
    let plan = if walks_end && !several { compile(drawing.sketch, Scale { slice: 1.0, dilation: 1.0 }).ok() } else { None };
    let answered: Vec<(&Asked<'_>, BTreeSet<usize>)> =
        operations.iter().filter_map(|asked| Some((asked, needed(drawing, asked, dominators, plan.as_ref())?))).collect();
    for (at, component) in drawing.sketch.components.iter().enumerate() {
        let Some(role) = drawing.role(at).filter(|role| role.runs && at != client && component.instances == 1) else { continue };
        let stopped: Vec<&str> =
            answered.iter().filter(|(_, needed)| needed.contains(&at)).map(|(asked, _)| asked.label.as_str()).collect();
        let what = match stopped.len() {
            0 => continue,
            n if n == answered.len() => "All operations stop if it goes.".to_owned(),
            1 => format!("{} stops if it goes.", stopped.join("")),
            _ => format!("{} stop if it goes.", and_list(&stopped)),
        };
        let remedy = match role.kind {
            Kind::Sql if role.id == "sql_primary" => "Say how a replica takes over, and what is lost meanwhile.",
            _ => "Run two or more instances.",
        };
        found.push(drawing.finding(Severity::Warning, "single_point_of_failure", at, format!("single point of failure. {what}"), remedy));
    }
    // What only queues lead through stops nobody's request, but what is behind it falls silent.
    for log in drawing.with_role("log").filter(|at| drawing.part(*at).instances == 1) {
        let consumers: BTreeSet<&str> = drawing
            .wires
            .iter()
            .filter(|wire| wire.port.incoming && wire.port.flow == Flow::Queue && wire.filler == log)
            .map(|wire| drawing.part(wire.holder).name.as_str())
            .collect();
        if !consumers.is_empty() {
            let names: Vec<&str> = consumers.into_iter().collect();
            let verb = if names.len() == 1 { "hears" } else { "hear" };
            let reason = format!("single point of failure. {} {verb} of nothing more if it goes.", and_list(&names));
            found.push(drawing.finding(Severity::Warning, "single_point_of_failure", log, reason, "Run two or more instances."));
        }
    }
}

/// Components without which `asked` is not answered; `None` when it is not answered anyway.
fn needed(drawing: &Drawing<'_>, asked: &Asked<'_>, dominators: &Dominators<NodeIndex>, plan: Option<&Plan>) -> Option<BTreeSet<usize>> {
    let ways = drawing.with_role(asked.role).filter_map(|at| dominators.dominators(NodeIndex::new(at)));
    let ways = ways.map(|on_the_way| on_the_way.map(|node| node.index()).collect::<BTreeSet<_>>());
    let mut needed = ways.reduce(|a, b| a.intersection(&b).copied().collect())?;
    if let Some(plan) = plan {
        // A single request shows who is called; how many writes a tweet costs does not matter here.
        let one = |_: Option<f64>| Fanout { writes_per_tweet: 1.0, celebrity_share: 0.0, celebrities_followed: 1.0 };
        let walk: Result<Vec<_>, NoAnswer> = visits(plan, asked.role, asked.operation, &one);
        let walk = walk.unwrap_or_default();
        let called = walk.iter().filter(|visit| visit.waits).filter_map(|visit| drawing.index.get(visit.component.as_str()).copied());
        let called: BTreeSet<usize> = called.collect();
        needed.extend(called.iter().copied().filter(|at| holds_up(drawing, *at, &called)));
    }
    Some(needed)
}

/// True when a caller among `called` cannot do without this component: not a cache beside a database, not a log that is only told.
fn holds_up(drawing: &Drawing<'_>, at: usize, called: &BTreeSet<usize>) -> bool {
    let cache = drawing.role(at).is_some_and(|role| role.kind == Kind::Kv);
    let mut wires = drawing.wires.iter().filter(|wire| wire.filler == at && called.contains(&wire.holder));
    wires.any(|wire| wire.port.flow == Flow::Call && (wire.port.required || !cache))
}
