//! The queues of a plan under a scenario, solved from those that are called to those that call: who waits for an answer needs it first.
//! Knows nothing of what is shown.

use std::collections::BTreeMap;

use loadline_model::catalog;
use loadline_model::demand::{FanoutAt, Visit, visits};
use loadline_model::plan::{NodeSpec, Plan};
use loadline_model::scenario::{Scenario, ScenarioOperation};
use petgraph::algo::toposort;
use petgraph::graphmap::DiGraphMap;

use super::ModelledComponent;
use crate::queueing::{mgc_mean_wait, mgc_wait_variance};

/// Halvings of the load until the point is found at which a held worker is full, to 2^-40 of the first guess.
const HALVINGS: u32 = 40;

/// Mean in ms and variance in ms². What is added up is taken to be independent.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    pub(super) mean: f64,
    variance: f64,
}

impl Moments {
    /// Itself and `times` of `other`.
    fn and(self, times: f64, other: Self) -> Self {
        Self { mean: self.mean + times * other.mean, variance: self.variance + times * other.variance }
    }
}

/// One operation of the scenario, with what it visits.
pub(super) struct Walk<'a> {
    pub(super) asked: &'a ScenarioOperation,
    pub(super) visits: Vec<Visit>,
    /// By visit: the visits that it makes and waits for.
    calls: Vec<Vec<usize>>,
}

/// Who is asked for what, and who waits for whom.
pub(super) struct Network<'a> {
    plan: &'a Plan,
    /// Components, each before those that call it.
    order: Vec<&'a str>,
    pub(super) walks: Vec<Walk<'a>>,
    /// By component: positions of the walk and of the visit in it.
    visited: BTreeMap<String, Vec<(usize, usize)>>,
}

/// The queues at one load.
pub(super) struct Solved {
    /// Visited components of which something finite can be said.
    pub(super) components: BTreeMap<String, ModelledComponent>,
    /// By walk and visit: wait, service and calls. `None`: no finite answer.
    responses: Vec<Vec<Option<Moments>>>,
}

/// What one visit asks of a worker.
struct Taken {
    per_s: f64,
    /// `None`: the envelope does not know the operation.
    service: Option<Moments>,
    /// All that its calls are waited for; `None`: one of them has no finite answer.
    calls: Option<Moments>,
}

impl<'a> Network<'a> {
    /// `None` when calls run in a circle, or a port that takes one component has several: the walk over calls would not end soon.
    pub(super) fn new(plan: &'a Plan, scenario: &'a Scenario, fanout: FanoutAt<'_>) -> Option<Self> {
        let order = callees_first(plan)?;
        let walk = |asked: &'a ScenarioOperation| Some(Walk::new(asked, visits(plan, &asked.role, &asked.operation, fanout).ok()?));
        let walks: Vec<Walk<'a>> = scenario.operations.iter().filter_map(walk).collect();
        let mut visited: BTreeMap<String, Vec<(usize, usize)>> = BTreeMap::new();
        for (at, walk) in walks.iter().enumerate() {
            for (step, visit) in walk.visits.iter().enumerate() {
                visited.entry(visit.component.clone()).or_default().push((at, step));
            }
        }
        Some(Self { plan, order, walks, visited })
    }

    /// The queues at `factor` times the scenario's rates.
    pub(super) fn solve(&self, factor: f64) -> Solved {
        let responses = self.walks.iter().map(|walk| vec![None; walk.visits.len()]).collect();
        let mut solved = Solved { components: BTreeMap::new(), responses };
        for id in &self.order {
            let (Some(places), Some(node)) = (self.visited.get(*id), self.plan.component(id)) else { continue };
            let taken: Vec<Taken> = places.iter().map(|place| self.taken(node, *place, &solved, factor)).collect();
            let Some((component, wait)) = self.queue(node, &taken) else { continue };
            solved.components.insert((*id).to_owned(), component);
            for ((walk, visit), taken) in places.iter().zip(taken) {
                solved.responses[*walk][*visit] = wait.and_then(|wait| Some(wait.and(1.0, taken.service?).and(1.0, taken.calls?)));
            }
        }
        solved
    }

    fn taken(&self, node: &NodeSpec, (walk, visit): (usize, usize), solved: &Solved, factor: f64) -> Taken {
        let (asked, here) = (&self.walks[walk], &self.walks[walk].visits[visit]);
        let service = node.envelope.service.get(&here.operation);
        let service = service.map(|s| Moments { mean: s.mean_ms, variance: s.distribution.scv() * s.mean_ms.powi(2) });
        let add = |sum: Option<Moments>, call: &usize| Some(sum?.and(asked.visits[*call].in_turn, solved.responses[walk][*call]?));
        let calls = asked.calls[visit].iter().fold(Some(Moments::default()), add);
        Taken { per_s: asked.asked.per_s * factor * here.times, service, calls }
    }

    /// One component as M/G/c, and the wait in it, which is `None` at utilisation 1 and over. `None`: its workers are held while they call,
    /// and a call has no finite answer.
    fn queue(&self, node: &NodeSpec, taken: &[Taken]) -> Option<(ModelledComponent, Option<Moments>)> {
        let asked_per_s: f64 = taken.iter().map(|taken| taken.per_s).sum();
        let (mut first, mut second) = (0.0, 0.0);
        for taken in taken.iter().filter(|_| asked_per_s > 0.0) {
            let mut held = taken.service.unwrap_or_default();
            if node.envelope.held_while_calling {
                held = held.and(1.0, taken.calls?);
            }
            first += taken.per_s / asked_per_s * held.mean;
            second += taken.per_s / asked_per_s * (held.mean.powi(2) + held.variance);
        }
        let scv = if first > 0.0 { (second / first.powi(2) - 1.0).max(0.0) } else { 0.0 };
        let (workers, each_per_s) = (node.envelope.workers, asked_per_s / self.instances(node));
        let wait_ms = mgc_mean_wait(workers, each_per_s, first, scv);
        let wait = wait_ms.zip(mgc_wait_variance(workers, each_per_s, first, scv)).map(|(mean, variance)| Moments { mean, variance });
        let utilisation = each_per_s * first / 1000.0 / f64::from(workers.max(1));
        let response_ms = wait_ms.map(|wait_ms| wait_ms + first);
        Some((ModelledComponent { utilisation, asked_per_s, wait_ms, response_ms }, wait))
    }

    /// Instances in life: a slice has fewer, and as much less traffic.
    fn instances(&self, node: &NodeSpec) -> f64 {
        (f64::from(node.instances) * self.plan.scale.slice).max(1.0)
    }

    /// What is full first as the load grows, and at how many times the scenario's rates.
    pub(super) fn first_full(&self) -> Option<(String, f64)> {
        let own = |id: &&str| Some(((*id).to_owned(), self.own_utilisation(id)?));
        let (component, utilisation) = busiest(self.plan.components().iter().filter_map(own))?;
        let full_at = 1.0 / utilisation;
        let held = |id: &String| self.plan.component(id).is_some_and(|node| node.envelope.held_while_calling);
        if !self.visited.keys().any(held) {
            return Some((component, full_at));
        }
        // Calls take longer the busier their callees are, so a held worker is full earlier than its own service time says.
        let (mut low, mut high) = (0.0, full_at);
        for _ in 0..HALVINGS {
            let middle = 0.5 * (low + high);
            if self.is_full(&self.solve(middle)) { high = middle } else { low = middle }
        }
        let before = self.solve(low).components;
        let known = |id: &&str| Some(((*id).to_owned(), before.get(*id)?.utilisation));
        Some((busiest(self.plan.components().iter().filter_map(known)).map_or(component, |(component, _)| component), high))
    }

    fn is_full(&self, solved: &Solved) -> bool {
        solved.components.len() < self.visited.len() || solved.components.values().any(|component| component.utilisation >= 1.0)
    }

    /// Utilisation by service times alone at the scenario's rates.
    fn own_utilisation(&self, id: &str) -> Option<f64> {
        let (places, node) = (self.visited.get(id)?, self.plan.component(id)?);
        let busy = |(walk, visit): &(usize, usize)| {
            let (asked, visit) = (self.walks[*walk].asked, &self.walks[*walk].visits[*visit]);
            asked.per_s * visit.times * node.envelope.mean_ms(&visit.operation).unwrap_or(0.0) / 1000.0
        };
        Some(places.iter().map(busy).sum::<f64>() / f64::from(node.envelope.workers.max(1)) / self.instances(node))
    }

    /// What the only visit that the client waits for meets, where it meets nothing else: envelope, operation, and visits a second at one
    /// instance at the scenario's rates.
    pub(super) fn alone(&self, walk: &Walk<'_>) -> Option<(&NodeSpec, &str, f64)> {
        let mut waited = walk.visits.iter().filter(|visit| visit.waits);
        let (Some(visit), None) = (waited.next(), waited.next()) else { return None };
        let (places, node) = (self.visited.get(&visit.component)?, self.plan.component(&visit.component)?);
        let all = || places.iter().map(|(walk, visit)| (self.walks[*walk].asked, &self.walks[*walk].visits[*visit]));
        if visit.times != 1.0 || all().any(|(_, other)| other.operation != visit.operation) {
            return None;
        }
        let per_s: f64 = all().map(|(asked, visit)| asked.per_s * visit.times).sum();
        let operation = node.envelope.service.get_key_value(&visit.operation)?.0;
        Some((node, operation, per_s / self.instances(node)))
    }
}

impl<'a> Walk<'a> {
    fn new(asked: &'a ScenarioOperation, visits: Vec<Visit>) -> Self {
        let mut calls = vec![Vec::new(); visits.len()];
        for (at, visit) in visits.iter().enumerate() {
            if let Some(caller) = visit.caller {
                calls[caller].push(at);
            }
        }
        Self { asked, visits, calls }
    }
}

impl Solved {
    /// Mean time until the client of a walk has its answer, ms.
    pub(super) fn mean_ms(&self, walk: usize) -> Option<f64> {
        self.responses.get(walk)?.first()?.map(|response| response.mean)
    }
}

/// The one with the highest utilisation above 0, of several the first.
fn busiest(components: impl Iterator<Item = (String, f64)>) -> Option<(String, f64)> {
    let above = components.filter(|(_, utilisation)| *utilisation > 0.0);
    above.reduce(|worst, next| if next.1 > worst.1 { next } else { worst })
}

/// Components, each before those that lead to it over calls, queues or copies; `None` when they lead in a circle or a port that takes one
/// component has several.
fn callees_first(plan: &Plan) -> Option<Vec<&str>> {
    let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
    for node in plan.nodes.iter().filter(|node| node.instance == 0) {
        graph.add_node(node.component.as_str());
        for port in &catalog::role(&node.role)?.ports {
            let ids = node.ports.get(port.name).map(Vec::as_slice).unwrap_or_default();
            let mut targets: Vec<&str> =
                plan.nodes.iter().filter(|target| ids.contains(&target.id)).map(|target| target.component.as_str()).collect();
            targets.dedup();
            if targets.len() > 1 && !port.many && !port.incoming {
                return None;
            }
            for target in targets {
                let (from, to) = if port.incoming { (target, node.component.as_str()) } else { (node.component.as_str(), target) };
                graph.add_edge(from, to, ());
            }
        }
    }
    let mut order = toposort(&graph, None).ok()?;
    order.reverse();
    Some(order)
}
