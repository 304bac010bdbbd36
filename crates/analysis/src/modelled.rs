//! What closed forms expect of a whole plan under a scenario: each instance as an M/G/c queue (Allen-Cunneen), calls one after another.
//! Not exact where arrivals come in bursts (fan-out) or calls of one request run side by side: the mean is then an estimate from above
//! for the request and from below for what the burst hits.

use std::collections::BTreeMap;

use loadline_model::demand::{ComponentDemand, FanoutAt, Visit, demand, visits};
use loadline_model::envelope::Distribution;
use loadline_model::plan::{NodeSpec, Plan};
use loadline_model::scenario::Scenario;
use petgraph::algo::is_cyclic_directed;
use petgraph::graphmap::DiGraphMap;

use crate::queueing;

/// One component.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelledComponent {
    /// Offered load ÷ workers; 1 and over: it is asked for more than it can do.
    pub utilisation: f64,
    /// Visits a second asked of all instances, in life.
    pub asked_per_s: f64,
    /// Mean wait for a worker, ms of life. `None` at utilisation 1 and over.
    pub wait_ms: Option<f64>,
    /// Mean wait and own service, ms of life. `None` at utilisation 1 and over.
    pub response_ms: Option<f64>,
}

/// One operation of the scenario.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelledOperation {
    /// Mean response time for the client, ms of life. `None` where a component on the way has no finite answer.
    pub mean_ms: Option<f64>,
    /// 99th percentile of the response time, ms of life. Only where it is exact: a single M/M/c queue on the way; quantiles do not add up.
    pub p99_ms: Option<f64>,
    /// Visits that the client waits for, each component's counted once at most.
    pub hops: f64,
}

/// What runs out first as the load grows.
#[derive(Debug, Clone, PartialEq)]
pub struct FirstToSaturate {
    /// Component id.
    pub component: String,
    /// Its utilisation at this load.
    pub utilisation: f64,
    /// It is full at this many times the scenario's rates.
    pub at_factor: f64,
    /// Requests a second of the whole scenario at that point.
    pub at_per_s: f64,
}

/// What closed forms expect.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Modelled {
    /// By component id; components that nothing visits are absent.
    pub components: BTreeMap<String, ModelledComponent>,
    /// By name of the scenario's operation; operations that nothing answers are absent.
    pub operations: BTreeMap<String, ModelledOperation>,
    /// What saturates first; `None` without load.
    pub first_to_saturate: Option<FirstToSaturate>,
}

/// Models `plan` under `scenario` at `factor` times its rates. A plan whose calls run in a circle has no finite answer: everything is absent.
pub fn model(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>) -> Modelled {
    if !has_finite_walks(plan) {
        return Modelled::default();
    }
    let demands = demand(plan, scenario, factor, fanout);
    let mut components = BTreeMap::new();
    for (id, demand) in &demands {
        if let Some(node) = plan.component(id) {
            components.insert(id.clone(), component(node, demand));
        }
    }
    let mut operations = BTreeMap::new();
    for op in &scenario.operations {
        let Ok(visits) = visits(plan, &op.role, &op.operation, fanout) else { continue };
        let (mut mean_ms, mut hops) = (Some(0.0), 0.0);
        for visit in visits.iter().filter(|visit| visit.waits) {
            hops += visit.times.min(1.0);
            let own_ms = plan.component(&visit.component).and_then(|node| node.envelope.mean_ms(&visit.operation));
            let wait_ms = components.get(&visit.component).and_then(|c| c.wait_ms);
            mean_ms = match (mean_ms, own_ms, wait_ms) {
                (Some(sum), Some(own_ms), Some(wait_ms)) => Some(sum + visit.times * (wait_ms + own_ms)),
                _ => None,
            };
        }
        operations.insert(op.name.clone(), ModelledOperation { mean_ms, p99_ms: p99_ms(plan, &demands, &visits), hops });
    }
    let first_to_saturate = first_to_saturate(plan, &components, scenario, factor);
    Modelled { components, operations, first_to_saturate }
}

/// Exact for one visit to a component that serves nothing else, with exponential service times.
fn p99_ms(plan: &Plan, demands: &BTreeMap<String, ComponentDemand>, visits: &[Visit]) -> Option<f64> {
    let mut waited = visits.iter().filter(|visit| visit.waits);
    let (Some(visit), None) = (waited.next(), waited.next()) else { return None };
    let (node, demand) = (plan.component(&visit.component)?, demands.get(&visit.component)?);
    let service = node.envelope.service.get(&visit.operation)?;
    if visit.times != 1.0 || demand.per_s.len() != 1 || service.distribution != Distribution::Exponential {
        return None;
    }
    queueing::mmc_response_quantile(node.envelope.workers, demand.total_per_s() / instances(node, demand), service.mean_ms, 0.99)
}

/// What all instances are asked is asked of workers in life; a slice has fewer instances and as much less traffic.
fn instances(node: &NodeSpec, demand: &ComponentDemand) -> f64 {
    (demand.workers / f64::from(node.envelope.workers.max(1))).max(1.0)
}

fn component(node: &NodeSpec, demand: &ComponentDemand) -> ModelledComponent {
    let asked_per_s = demand.total_per_s();
    // Moments of the mixture of operations.
    let (mut first, mut second) = (0.0, 0.0);
    for (operation, per_s) in &demand.per_s {
        if let Some(service) = node.envelope.service.get(operation)
            && asked_per_s > 0.0
        {
            let share = per_s / asked_per_s;
            first += share * service.mean_ms;
            second += share * service.mean_ms.powi(2) * (1.0 + service.distribution.scv());
        }
    }
    let scv = if first > 0.0 { (second / first.powi(2) - 1.0).max(0.0) } else { 0.0 };
    let wait_ms = queueing::mgc_mean_wait(node.envelope.workers, asked_per_s / instances(node, demand), first, scv);
    ModelledComponent { utilisation: demand.utilisation(), asked_per_s, wait_ms, response_ms: wait_ms.map(|wait_ms| wait_ms + first) }
}

fn first_to_saturate(
    plan: &Plan,
    components: &BTreeMap<String, ModelledComponent>,
    scenario: &Scenario,
    factor: f64,
) -> Option<FirstToSaturate> {
    let mut worst: Option<(&str, f64)> = None;
    for id in plan.components() {
        if let Some(found) = components.get(id)
            && found.utilisation > worst.map_or(0.0, |(_, utilisation)| utilisation)
        {
            worst = Some((id, found.utilisation));
        }
    }
    worst.map(|(id, utilisation)| {
        let at_factor = factor / utilisation;
        FirstToSaturate { component: id.to_owned(), utilisation, at_factor, at_per_s: at_factor * scenario.total_per_s() }
    })
}

/// False when calls run in a circle, or a port that takes one component has several: the walk over calls would not end soon.
fn has_finite_walks(plan: &Plan) -> bool {
    let mut graph: DiGraphMap<&str, ()> = DiGraphMap::new();
    for node in plan.nodes.iter().filter(|node| node.instance == 0) {
        let Some(role) = loadline_model::catalog::role(&node.role) else { return false };
        for port in &role.ports {
            let ids = node.ports.get(port.name).map(Vec::as_slice).unwrap_or_default();
            let mut targets: Vec<&str> =
                plan.nodes.iter().filter(|target| ids.contains(&target.id)).map(|target| target.component.as_str()).collect();
            targets.dedup();
            if targets.len() > 1 && !port.many && !port.incoming {
                return false;
            }
            for target in targets {
                let (from, to) = if port.incoming { (target, node.component.as_str()) } else { (node.component.as_str(), target) };
                graph.add_edge(from, to, ());
            }
        }
    }
    !is_cyclic_directed(&graph)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{no_fanout, plan, scenario};

    /// client -> one plain service; 50 requests a second at factor 1, 100 a second is all it can do.
    fn knee(factor: f64) -> Modelled {
        let plan = plan(&[("client", "client", 1), ("service", "work", 1)], &[("client", "service", "entry")]);
        model(&plan, &scenario(&[("work", "work", "work", 50.0)]), factor, &no_fanout)
    }

    #[test]
    fn one_queue_is_mm1() {
        let at_80 = knee(1.6);
        let service = &at_80.components["service"];
        assert!((service.utilisation - 0.8).abs() < 1e-12);
        assert!((service.wait_ms.unwrap() - 40.0).abs() < 1e-9);
        assert!((at_80.operations["work"].mean_ms.unwrap() - 50.0).abs() < 1e-9);
        assert_eq!(at_80.operations["work"].hops, 1.0);
        assert!((at_80.operations["work"].p99_ms.unwrap() - 50.0 * 100f64.ln()).abs() < 1e-6);
        let first = at_80.first_to_saturate.unwrap();
        assert_eq!(first.component, "service");
        assert!((first.at_factor - 2.0).abs() < 1e-9 && (first.at_per_s - 100.0).abs() < 1e-9);
    }

    #[test]
    fn no_number_where_there_is_none() {
        let over = knee(2.0);
        assert_eq!(over.components["service"].utilisation, 1.0);
        assert_eq!(over.components["service"].wait_ms, None);
        assert_eq!(over.operations["work"].mean_ms, None);
    }

    #[test]
    fn a_chain_adds_up_and_a_circle_has_no_answer() {
        let parts = [("client", "client", 1), ("a", "work", 1), ("b", "work", 2)];
        let chain = plan(&parts, &[("client", "a", "entry"), ("a", "b", "next")]);
        let modelled = model(&chain, &scenario(&[("work", "work", "work", 50.0)]), 1.0, &no_fanout);
        // M/M/1 at 50%: 20 ms; each of two at 25%: 13.333 ms.
        assert!((modelled.operations["work"].mean_ms.unwrap() - 33.333_333).abs() < 1e-3);
        assert_eq!((modelled.operations["work"].hops, modelled.operations["work"].p99_ms), (2.0, None));
        let circle = plan(&parts, &[("client", "a", "entry"), ("a", "b", "next"), ("b", "a", "next")]);
        assert_eq!(model(&circle, &scenario(&[("work", "work", "work", 50.0)]), 1.0, &no_fanout), Modelled::default());
    }
}
