//! A node whose envelope is M/M/c must measure as M/M/c: real processes, held against the exact recursion on the same arrivals and services.

#![expect(clippy::print_stdout, reason = "measured figures, for whoever runs this with --nocapture")]

use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;

use loadline_cluster::{Cluster, ClusterConfig, new_token};
use loadline_model::arrivals::{self, Process, Shape};
use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::load::{LoadOperation, LoadSpec, LoadVariables};
use loadline_model::plan::{NodeSpec, Plan, Scale};
use loadline_model::station::Station;

const SEED: u64 = 20;

struct Case {
    workers: u32,
    distribution: Distribution,
    rho: f64,
    hops: usize,
    service_ms: f64,
    seconds: f64,
}

fn plan(case: &Case) -> Plan {
    let node = |hop: usize| NodeSpec {
        id: format!("work{hop}-1"),
        component: format!("work{hop}"),
        role: "work".into(),
        instance: 0,
        instances: 1,
        envelope: Envelope::single("work", case.workers, case.service_ms, case.distribution),
        settings: BTreeMap::new(),
        ports: if hop + 1 < case.hops { BTreeMap::from([("next".into(), vec![format!("work{}-1", hop + 1)])]) } else { BTreeMap::new() },
    };
    let nodes: Vec<NodeSpec> = (0..case.hops).map(node).collect();
    Plan {
        scale: Scale { slice: 1.0, dilation: 1.0 },
        entry: vec![nodes[0].id.clone()],
        nodes,
        not_run: Vec::new(),
        engines: BTreeMap::new(),
    }
}

/// What one run gave.
struct Outcome {
    /// Measured response times, ms, in order of arrival.
    measured: Vec<f64>,
    /// The exact ones on the same arrivals and services.
    exact: Vec<f64>,
    /// Share of the mean response that the machine's own delays make: hops x (generator's median lateness + mean overrun).
    chain_error: f64,
}

fn run(case: &Case) -> Outcome {
    let plan = plan(case);
    let rate = case.rho * f64::from(case.workers) * 1000.0 / case.service_ms;
    let phases = arrivals::phases(Shape::Baseline, rate, case.seconds);
    let token = new_token().unwrap();
    let run_dir = std::env::temp_dir().join(format!("loadline-envelope-{}", &token[..8]));
    let config = ClusterConfig { program: loadline_tests::loadline(), token: token.clone(), seed: SEED, run_dir, sample_every_ms: 250 };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let mut cluster = runtime.block_on(Cluster::start(&plan, config, &mut |_| {})).unwrap();
    let port = cluster.addresses().next().unwrap().1;
    let spec = LoadSpec {
        seed: SEED,
        addresses: vec![format!("127.0.0.1:{port}")],
        token: Some(token),
        operations: vec![LoadOperation {
            name: "work".into(),
            weight: 1.0,
            method: "GET".into(),
            path: "/work".into(),
            body: None,
            deadline_ms: 60_000.0,
        }],
        variables: LoadVariables { users: 1, popularity_exponent: 1.0, tweets: 1 },
        process: Process::Poisson,
        phases: phases.clone(),
        duration_s: case.seconds,
        warmup_s: 0.0,
        max_connections: 2000,
        timeout_ms: 60_000.0,
        tick_ms: 1000,
        dilation: 1.0,
        record_samples: true,
    };
    cluster.measure();
    let result = loadline_load::run(spec, &mut |_| {}, &AtomicBool::new(false)).unwrap();
    let finals = runtime.block_on(cluster.stop());
    let (overrun_ns, answered) = finals.values().fold((0, 0), |sum, sample| (sum.0 + sample.overrun_ns, sum.1 + sample.answered));
    let late_ms = result.lateness.us_p50 / 1000.0 + overrun_ns as f64 / 1e6 / answered.max(1) as f64;
    assert_eq!(result.counts.scheduled, result.counts.ok, "every request is answered: {:?}", result.failures);
    let mut samples = result.samples.unwrap();
    samples.sort_unstable();
    let measured: Vec<f64> = samples.iter().map(|(_, latency_ns)| *latency_ns as f64 / 1e6).collect();
    // The exact recursion: the same arrivals, the same services, one station a hop; the chain passes finish times on.
    let arrivals_ns = arrivals::schedule_ns(SEED, Process::Poisson, &phases);
    let mut times: Vec<(u64, u64)> = arrivals_ns.iter().map(|at| (*at, *at)).collect();
    for node in &plan.nodes {
        let mut station = Station::new(case.workers, u32::MAX);
        let mut services = loadline_node::runtime::service_stream(SEED, &node.id, "work");
        times.sort_by_key(|(_, at)| *at);
        for (_, at) in &mut times {
            let service_ns = (case.distribution.sample(&mut services) * case.service_ms * 1e6) as u64;
            *at = station.admit(*at, service_ns).unwrap().finish_ns;
        }
    }
    times.sort_unstable();
    let exact = times.iter().map(|(arrival, finish)| (finish - arrival) as f64 / 1e6).collect();
    let chain_error = case.hops as f64 * late_ms / mean(&measured);
    Outcome { measured, exact, chain_error }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn p99(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[(sorted.len() as f64 * 0.99).ceil() as usize - 1]
}

/// The share of a chain that the machine's own delays may make before a run counts as host-limited (as in a run's verdict).
const MAX_CHAIN_ERROR: f64 = 0.015;

/// A run on a machine that keeps its promises is within `limit` of the exact answer. One that the machine spoiled says so itself, by the
/// same rule as a run's verdict, and is not judged; a sound run that is off is a defect of the node.
#[track_caller]
fn check(name: &str, case: &Case, limit: f64) {
    for _ in 0..3 {
        let Outcome { measured, exact, chain_error } = run(case);
        let (mean_error, p99_error) = (mean(&measured) / mean(&exact) - 1.0, p99(&measured) / p99(&exact) - 1.0);
        println!(
            "{name}: {} requests, mean {:.3} ms (exact {:.3}, {:+.2}%), p99 {:.3} ms (exact {:.3}, {:+.2}%), own delays {:.2}%",
            measured.len(),
            mean(&measured),
            mean(&exact),
            mean_error * 100.0,
            p99(&measured),
            p99(&exact),
            p99_error * 100.0,
            chain_error * 100.0
        );
        let worst = mean_error.abs().max(p99_error.abs());
        if worst <= limit {
            return;
        }
        assert!(chain_error > MAX_CHAIN_ERROR, "{name}: a sound run is off by more than {:.0}%", limit * 100.0);
    }
    println!("{name}: not judged, this machine was too busy in each of 3 runs");
}

#[test]
fn nodes_measure_as_their_envelopes() {
    for (name, workers, distribution) in
        [("M/M/1", 1, Distribution::Exponential), ("M/M/4", 4, Distribution::Exponential), ("M/D/1", 1, Distribution::Fixed)]
    {
        for rho in [0.5, 0.8] {
            let case = Case { workers, distribution, rho, hops: 1, service_ms: 10.0, seconds: 8.0 };
            check(&format!("{name} at {:.0}%", rho * 100.0), &case, 0.02);
        }
    }
    let chain = Case { workers: 4, distribution: Distribution::Exponential, rho: 0.5, hops: 4, service_ms: 10.0, seconds: 8.0 };
    check("chain of 4", &chain, 0.03);
}
