//! Counts, latencies and reasons of one run. Every arrival ends in exactly one of dropped, ok, late and failed.

use std::collections::BTreeMap;

use hdrhistogram::Histogram as Hdr;
use loadline_model::load::{
    Lateness, LoadCounts, LoadFailure, LoadResult, LoadSpec, LoadStep, LoadTick, OperationResult, OperationTick, SAMPLES_MAX,
};
use loadline_model::requests::Request;
use loadline_model::wire::Histogram;

/// Longest latency told apart, ns: an hour.
const LATENCY_NS_MAX: u64 = 3_600_000_000_000;
/// Most pairs of component and reason kept apart: they come from outside.
const FAILURES_MAX: usize = 256;

/// What of an arrival the tally must know.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    pub(crate) number: u64,
    /// Since the run began.
    pub(crate) due_ns: u64,
    pub(crate) operation: usize,
    pub(crate) phase: usize,
}

impl Arrival {
    pub(crate) fn of(request: &Request) -> Self {
        Self { number: request.number, due_ns: request.due_ns, operation: request.operation, phase: request.phase }
    }
}

pub(crate) struct Tally {
    warmup_ns: u64,
    counts: LoadCounts,
    operations: Vec<Operation>,
    steps: Vec<Step>,
    lateness_ns: Hdr<u64>,
    failures: Vec<LoadFailure>,
    samples: Option<Vec<(u64, u64)>>,
}

struct Operation {
    name: String,
    deadline_ns: u64,
    counts: LoadCounts,
    latency_ns: Hdr<u64>,
    tick: LoadCounts,
    tick_latency_ns: Hdr<u64>,
}

struct Step {
    from_s: f64,
    to_s: f64,
    rate_per_s: f64,
    latency_ns: Hdr<u64>,
    failed: u64,
    dropped: u64,
}

fn histogram(digits: u8) -> Hdr<u64> {
    Hdr::new_with_bounds(1, LATENCY_NS_MAX, digits).expect("the bounds are constants that the histogram accepts")
}

impl Tally {
    pub(crate) fn new(spec: &LoadSpec) -> Self {
        Self {
            warmup_ns: (spec.warmup_s * 1e9) as u64,
            counts: LoadCounts::default(),
            operations: spec
                .operations
                .iter()
                .map(|operation| Operation {
                    name: operation.name.clone(),
                    deadline_ns: (operation.deadline_ms * 1e6) as u64,
                    counts: LoadCounts::default(),
                    latency_ns: histogram(3),
                    tick: LoadCounts::default(),
                    // Cleared at every tick, so it is kept small.
                    tick_latency_ns: histogram(2),
                })
                .collect(),
            steps: spec
                .phases
                .iter()
                .map(|phase| Step {
                    from_s: phase.start_s,
                    to_s: phase.end_s,
                    rate_per_s: phase.mean_per_s(),
                    latency_ns: histogram(3),
                    failed: 0,
                    dropped: 0,
                })
                .collect(),
            lateness_ns: histogram(3),
            failures: Vec::new(),
            samples: spec.record_samples.then(Vec::new),
        }
    }

    pub(crate) fn counts(&self) -> LoadCounts {
        self.counts
    }

    /// Applies one change to the counts of the run, of the operation, and of the operation since the last tick.
    fn count(&mut self, arrival: Arrival, change: impl Fn(&mut LoadCounts)) {
        let operation = &mut self.operations[arrival.operation];
        change(&mut self.counts);
        change(&mut operation.counts);
        change(&mut operation.tick);
    }

    /// The arrival found no connection.
    pub(crate) fn dropped(&mut self, arrival: Arrival) {
        self.steps[arrival.phase].dropped += 1;
        self.count(arrival, |counts| {
            counts.scheduled += 1;
            counts.dropped += 1;
        });
    }

    /// The arrival was given to a connection, this long after it was due.
    pub(crate) fn sent(&mut self, arrival: Arrival, lateness_ns: u64) {
        self.lateness_ns.saturating_record(lateness_ns);
        self.count(arrival, |counts| {
            counts.scheduled += 1;
            counts.sent += 1;
        });
    }

    /// An answer that is a success is complete, this long after its arrival was due.
    pub(crate) fn answered(&mut self, arrival: Arrival, latency_ns: u64) {
        let operation = &mut self.operations[arrival.operation];
        let in_time = latency_ns <= operation.deadline_ns;
        operation.tick_latency_ns.saturating_record(latency_ns);
        if arrival.due_ns >= self.warmup_ns {
            operation.latency_ns.saturating_record(latency_ns);
            self.steps[arrival.phase].latency_ns.saturating_record(latency_ns);
        }
        if let Some(samples) = &mut self.samples
            && samples.len() < SAMPLES_MAX
        {
            samples.push((arrival.due_ns, latency_ns));
        }
        self.count(arrival, |counts| if in_time { counts.ok += 1 } else { counts.late += 1 });
    }

    /// The request came to nothing.
    pub(crate) fn failed(&mut self, arrival: Arrival, component: &str, reason: &str) {
        self.steps[arrival.phase].failed += 1;
        self.count(arrival, |counts| counts.failed += 1);
        let known = self.failures.iter().position(|failure| failure.component == component && failure.reason == reason);
        let at = known.unwrap_or_else(|| {
            let (component, reason) = if self.failures.len() < FAILURES_MAX { (component, reason) } else { ("other", "other") };
            match self.failures.iter().position(|failure| failure.component == component && failure.reason == reason) {
                Some(at) => at,
                None => {
                    self.failures.push(LoadFailure { component: component.to_owned(), reason: reason.to_owned(), count: 0 });
                    self.failures.len() - 1
                }
            }
        });
        self.failures[at].count += 1;
    }

    /// How it goes at `t_s`; begins the next tick.
    pub(crate) fn tick(&mut self, t_s: f64) -> LoadTick {
        let mut operations = BTreeMap::new();
        for operation in &mut self.operations {
            let counts = std::mem::take(&mut operation.tick);
            let latency = &mut operation.tick_latency_ns;
            let quantile_ms = |quantile: f64| (!latency.is_empty()).then(|| latency.value_at_quantile(quantile) as f64 / 1e6);
            operations.insert(
                operation.name.clone(),
                OperationTick {
                    count: counts.ok + counts.late + counts.failed,
                    ok: counts.ok,
                    failed: counts.failed,
                    latency_ms_mean: (!latency.is_empty()).then(|| latency.mean() / 1e6),
                    latency_ms_p50: quantile_ms(0.50),
                    latency_ms_p95: quantile_ms(0.95),
                    latency_ms_p99: quantile_ms(0.99),
                },
            );
            latency.reset();
        }
        let late_us_p50 = if self.lateness_ns.is_empty() { 0.0 } else { self.lateness_ns.value_at_quantile(0.50) as f64 / 1e3 };
        LoadTick { t_s, counts: self.counts, in_flight: self.counts.in_flight(), late_us_p50, operations }
    }

    /// What was measured; the caller adds what only it knows.
    pub(crate) fn result(mut self) -> LoadResult {
        self.failures.sort();
        let quantile_us = |values: &Hdr<u64>, quantile: f64| (!values.is_empty()).then(|| values.value_at_quantile(quantile) as f64 / 1e3);
        LoadResult {
            counts: self.counts,
            failures: self.failures,
            operations: self
                .operations
                .into_iter()
                .map(|operation| {
                    let histogram = pairs_us(&operation.latency_ns);
                    (operation.name, OperationResult { count: operation.latency_ns.len(), histogram, counts: operation.counts })
                })
                .collect(),
            steps: self
                .steps
                .iter()
                .map(|step| LoadStep {
                    from_s: step.from_s,
                    to_s: step.to_s,
                    rate_per_s: step.rate_per_s,
                    count: step.latency_ns.len(),
                    latency_us_mean: (!step.latency_ns.is_empty()).then(|| step.latency_ns.mean() / 1e3),
                    latency_us_p50: quantile_us(&step.latency_ns, 0.50),
                    latency_us_p95: quantile_us(&step.latency_ns, 0.95),
                    latency_us_p99: quantile_us(&step.latency_ns, 0.99),
                    failed: step.failed,
                    dropped: step.dropped,
                })
                .collect(),
            lateness: Lateness {
                us_mean: self.lateness_ns.mean() / 1e3,
                us_p50: quantile_us(&self.lateness_ns, 0.50).unwrap_or(0.0),
                us_p99: quantile_us(&self.lateness_ns, 0.99).unwrap_or(0.0),
            },
            samples: self.samples,
            ..LoadResult::default()
        }
    }
}

/// The middle of each bucket that holds anything, in microseconds (buckets are 0.1% wide at most).
fn pairs_us(values: &Hdr<u64>) -> Histogram {
    let middle_us = |value: u64| values.median_equivalent(value) as f64 / 1e3;
    Histogram { pairs: values.iter_recorded().map(|bucket| (middle_us(bucket.value_iterated_to()), bucket.count_at_value())).collect() }
}
