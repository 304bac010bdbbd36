//! What a run tells the window at every tick: figures of this moment, at most four times a second. Nothing here is kept.

use std::collections::BTreeMap;

use loadline_model::report::LoadReport;
use serde::Serialize;
use ts_rs::TS;

/// How a run goes at one moment. Rates and latencies are life's, times of the run are wall time.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct RunTick {
    /// Wall seconds under load.
    pub t_s: f64,
    /// Wall seconds that it will take.
    pub duration_s: f64,
    /// Counts so far.
    pub load: LoadReport,
    /// Requests in flight.
    #[ts(type = "number")]
    pub in_flight: u64,
    /// Asked a second, in this tick.
    pub sent_per_s: f64,
    /// Answered in time a second, in this tick.
    pub ok_per_s: f64,
    /// Failed or dropped a second, in this tick.
    pub failed_per_s: f64,
    /// By operation, in this tick.
    pub operations: BTreeMap<String, OperationTick>,
    /// By component.
    pub components: BTreeMap<String, ComponentTick>,
    /// Figures of the scenario's `predict` list that are known so far.
    pub figures: BTreeMap<String, f64>,
    /// Component ids that stand in by their role for a figure's component, by figure.
    pub stand_ins: BTreeMap<String, String>,
    /// Calls along the links that are counted.
    pub links: Vec<LinkTick>,
    /// Whether the laptop keeps up; absent before anything was answered.
    pub soundness: Option<Soundness>,
    /// Share of the laptop's CPU in this tick, 0 to 1.
    pub host_cpu: f64,
    /// Lateness of the generator, median, wall ms.
    pub generator_late_ms: f64,
}

/// A link of the drawing in one tick. A link that nobody counts, or that shares its two ends with another, is absent.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct LinkTick {
    /// Tail of the link.
    pub from: String,
    /// Its head.
    pub to: String,
    /// Its port.
    pub port: String,
    /// Requests, commands, statements or events along it, a second of life.
    pub per_s: f64,
}

/// What the laptop takes out of every service time, over the last seconds; the report judges the whole run by the same limits.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, TS)]
pub struct Soundness {
    /// True: a run that goes on so is not host-limited.
    pub keeps_up: bool,
    /// hops x (generator lateness + mean overrun) as a share of the end-to-end time, worst operation.
    pub chain_error: f64,
    /// Its limit.
    pub max_chain_error: f64,
    /// Worst component's mean overrun as a share of its service time, among components of 5 ms (wall) or more.
    pub overrun: f64,
    /// Its limit.
    pub max_overrun: f64,
}

/// One operation in one tick, ms of life.
#[derive(Debug, Clone, Default, Serialize, TS)]
#[expect(missing_docs, reason = "the names say it")]
pub struct OperationTick {
    pub p50_ms: Option<f64>,
    pub p95_ms: Option<f64>,
    pub p99_ms: Option<f64>,
    pub per_s: f64,
    pub failed_per_s: f64,
}

/// One component in one tick.
#[derive(Debug, Clone, Default, Serialize, TS)]
pub struct ComponentTick {
    /// Busy share of its workers, 0 to 1.
    pub utilisation: f64,
    /// What the closed form expects at the rate that is offered now, 0 and up; absent when unknown.
    pub utilisation_modelled: Option<f64>,
    /// Waiting requests over all instances.
    pub queue: u32,
    /// Served a second of life.
    pub per_s: f64,
    /// Refused a second of life.
    pub refused_per_s: f64,
    /// Failed for other reasons, a second of life.
    pub failed_per_s: f64,
    /// CPU cores that its processes use.
    pub cpu: f64,
    /// Resident memory of its processes, MB.
    pub rss_mb: f64,
    /// Hits ÷ (hits + misses) so far.
    pub hit_ratio: Option<f64>,
    /// Replication lag now, ms of life, worst instance.
    pub lag_ms: Option<f64>,
    /// Utilisation by instance; null for one that is gone.
    pub each: Vec<Option<f64>>,
}
