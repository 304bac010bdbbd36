//! What closed forms expect of a whole plan under a scenario: each instance as an M/G/c queue (Allen-Cunneen). A worker that is held while
//! its request waits for calls is taken for its service time and their responses.
//!
//! Estimates from below: where arrivals come in bursts (fan-out), for what the burst hits; where calls of one request go side by side, for
//! the request, which waits for the slowest of them and not for one. A fan-out worker's utilisation is that of its own service time, as its
//! node counts it; that an event keeps its place until it is written is not looked at.

use std::collections::BTreeMap;

use loadline_model::arrivals::Process;
use loadline_model::demand::FanoutAt;
use loadline_model::envelope::Distribution;
use loadline_model::plan::Plan;
use loadline_model::scenario::Scenario;

use crate::queueing;

mod network;

use network::{Network, Walk};

/// One component.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelledComponent {
    /// Offered load ÷ workers; 1 and over: it is asked for more than it can do. A held worker is busy until its calls are back.
    pub utilisation: f64,
    /// Visits a second asked of all instances, in life.
    pub asked_per_s: f64,
    /// Mean wait for a worker, ms of life. `None` at utilisation 1 and over.
    pub wait_ms: Option<f64>,
    /// Mean wait, and time for which a worker is taken, ms of life. `None` at utilisation 1 and over.
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
    /// Its utilisation at this load; `None` where its workers are held for calls that have no finite answer.
    pub utilisation: Option<f64>,
    /// It is full at this many times the scenario's rates.
    pub at_factor: f64,
    /// Requests a second of the whole scenario at that point.
    pub at_per_s: f64,
}

/// What closed forms expect.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Modelled {
    /// By component id. Absent is what nothing visits, and what has held workers whose calls have no finite answer: nobody can say how long
    /// they are held.
    pub components: BTreeMap<String, ModelledComponent>,
    /// By name of the scenario's operation; operations that nothing answers are absent.
    pub operations: BTreeMap<String, ModelledOperation>,
    /// What saturates first; `None` without load.
    pub first_to_saturate: Option<FirstToSaturate>,
}

/// Models `plan` under `scenario` at `factor` times its rates. A plan whose calls run in a circle has no finite answer: everything is absent.
/// Waits hold for Poisson arrivals; of a scenario with others only what needs no wait is said: utilisation, and what is full first.
pub fn model(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>) -> Modelled {
    let Some(network) = Network::new(plan, scenario, fanout) else { return Modelled::default() };
    let solved = network.solve(factor);
    let mut operations = BTreeMap::new();
    for (at, walk) in network.walks.iter().enumerate() {
        let hops = walk.visits.iter().filter(|visit| visit.waits).map(|visit| visit.times.min(1.0)).sum();
        let modelled = ModelledOperation { mean_ms: solved.mean_ms(at), p99_ms: p99_ms(&network, walk, factor), hops };
        operations.insert(walk.asked.name.clone(), modelled);
    }
    let mut components = solved.components;
    if scenario.run.arrivals != Process::Poisson {
        operations.values_mut().for_each(|operation| (operation.mean_ms, operation.p99_ms) = (None, None));
        components.values_mut().for_each(|component| (component.wait_ms, component.response_ms) = (None, None));
    }
    let first_to_saturate = network.first_full().map(|(component, at_factor)| FirstToSaturate {
        utilisation: components.get(&component).map(|modelled| modelled.utilisation),
        component,
        at_factor,
        at_per_s: at_factor * scenario.total_per_s(),
    });
    Modelled { components, operations, first_to_saturate }
}

/// Exact for one visit to a component that serves nothing else, with exponential service times.
fn p99_ms(network: &Network<'_>, walk: &Walk<'_>, factor: f64) -> Option<f64> {
    let (node, operation, per_s) = network.alone(walk)?;
    let service = node.envelope.service.get(operation).filter(|service| service.distribution == Distribution::Exponential)?;
    queueing::mmc_response_quantile(node.envelope.workers, per_s * factor, service.mean_ms, 0.99)
}

#[cfg(test)]
mod tests {
    use loadline_model::plan::{Scale, compile};

    use super::*;
    use crate::fixtures::{no_fanout, plan, scenario, sketch};

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
    fn waits_are_those_of_poisson_arrivals() {
        let plan = plan(&[("client", "client", 1), ("service", "work", 1)], &[("client", "service", "entry")]);
        let mut scenario = scenario(&[("work", "work", "work", 50.0)]);
        scenario.run.arrivals = Process::Constant;
        let even = model(&plan, &scenario, 1.6, &no_fanout);
        let (service, work) = (&even.components["service"], &even.operations["work"]);
        assert_eq!((service.wait_ms, service.response_ms, work.mean_ms, work.p99_ms), (None, None, None, None));
        assert!((service.utilisation - 0.8).abs() < 1e-12 && work.hops == 1.0);
        assert!((even.first_to_saturate.unwrap().at_factor - 2.0).abs() < 1e-9);
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

    /// client -> a -> b, the workers of a held while b answers, at `per_s` requests a second; b has two instances.
    fn held(per_s: f64) -> Modelled {
        let parts = [("client", "client", 1), ("a", "work", 1), ("b", "work", 2)];
        let mut sketch = sketch(&parts, &[("client", "a", "entry"), ("a", "b", "next")]);
        sketch.components[1].settings.insert("worker_held".into(), true.into());
        let plan = compile(&sketch, Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        model(&plan, &scenario(&[("work", "work", "work", per_s)]), 1.0, &no_fanout)
    }

    #[test]
    fn a_held_worker_is_busy_for_its_calls_too() {
        let modelled = held(25.0);
        // Each b is M/M/1 at 12.5%: 11.428 571 ms, which a's worker waits for after its own 10 ms.
        let (a, b) = (&modelled.components["a"], &modelled.components["b"]);
        assert!((b.utilisation - 0.125).abs() < 1e-12 && (b.response_ms.unwrap() - 11.428_571).abs() < 1e-6);
        assert!((a.utilisation - 25.0 * 0.021_428_571).abs() < 1e-6, "{}", a.utilisation);
        // M/G/1 with a hold of variance 10² + 11.428 571²: Pollaczek-Khinchin says the wait.
        let second = 21.428_571_f64.powi(2) + 100.0 + 11.428_571_f64.powi(2);
        let wait_ms = 0.025 * second / 2.0 / (1.0 - a.utilisation);
        assert!((a.wait_ms.unwrap() - wait_ms).abs() < 1e-4, "{a:?}, expected {wait_ms}");
        assert!((modelled.operations["work"].mean_ms.unwrap() - wait_ms - 21.428_571).abs() < 1e-4);
    }

    #[test]
    fn held_workers_are_full_before_their_service_time_says() {
        // Full where per_s (10 + 10 / (1 - per_s / 200)) = 1000: x (2 - x / 200) = 100 (1 - x / 200), so x = 250 - sqrt(42,500).
        let full_at = 250.0 - 42_500_f64.sqrt();
        let first = held(25.0).first_to_saturate.unwrap();
        assert_eq!(first.component, "a");
        assert!((first.at_per_s - full_at).abs() < 1e-3, "{first:?}, expected {full_at}");
        let over = held(60.0);
        assert!(over.components["a"].utilisation > 1.0 && over.components["a"].wait_ms.is_none());
        assert_eq!(over.operations["work"].mean_ms, None);
        // What it calls has no finite answer: nobody can say how long its workers are held.
        let unknown = held(250.0);
        assert!(!unknown.components.contains_key("a") && unknown.components["b"].utilisation > 1.0);
        assert_eq!(unknown.operations["work"].mean_ms, None);
        let first = unknown.first_to_saturate.unwrap();
        assert_eq!((first.component.as_str(), first.utilisation), ("a", None));
    }

    #[test]
    fn a_held_gateway_waits_for_each_service_as_long_as_it_takes() {
        let parts =
            [("client", "client", 1), ("gateway", "api_gateway", 1), ("user", "user", 1), ("work", "work", 1), ("sql", "sql_primary", 1)];
        let links =
            [("client", "gateway", "entry"), ("gateway", "user", "routes"), ("gateway", "work", "routes"), ("user", "sql", "accounts")];
        let mut sketch = sketch(&parts, &links);
        sketch.components[1].settings.insert("worker_held".into(), true.into());
        let plan = compile(&sketch, Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        // So little is asked that nobody waits: 0.6 + 1.5 + 1 ms for a profile, 0.6 + 10 ms for work, at 4 workers.
        let asked = scenario(&[("read", "user", "read", 0.02), ("work", "work", "work", 0.01)]);
        let modelled = model(&plan, &asked, 1.0, &no_fanout);
        let expected = (0.02 * 3.1 + 0.01 * 10.6) / 1000.0 / 4.0;
        assert!((modelled.components["gateway"].utilisation / expected - 1.0).abs() < 1e-3, "{modelled:?}");
        assert!((modelled.components["user"].utilisation - 0.02 * 1.5 / 4000.0).abs() < 1e-9, "those of the user service are not held");
        assert!((modelled.operations["read"].mean_ms.unwrap() - 3.1).abs() < 1e-2);
    }

    #[test]
    fn a_balancer_in_a_chain_forwards() {
        let parts = [("client", "client", 1), ("a", "work", 1), ("lb", "load_balancer", 1), ("b", "work", 2)];
        let plan = plan(&parts, &[("client", "a", "entry"), ("a", "lb", "next"), ("lb", "b", "targets")]);
        let modelled = model(&plan, &scenario(&[("work", "work", "work", 50.0)]), 1.0, &no_fanout);
        assert!((modelled.components["lb"].utilisation - 50.0 * 0.03 / 2000.0).abs() < 1e-12);
        assert!((modelled.operations["work"].mean_ms.unwrap() - 33.363_333).abs() < 1e-3, "{modelled:?}");
    }
}
