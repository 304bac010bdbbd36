//! What the load generator is told and what it reports: one JSON object a line. Not the generator, and not a run's whole report.
//!
//! `Start` and `Go` in; `Tick`s out; `Done` last. `Stop` in ends the sending early. The end of standard input ends the process.
//! Two sums hold exactly, in every tick and in the result: scheduled = sent + dropped, and sent = ok + late + failed (+ in flight).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::arrivals::{Phase, Process};
use crate::wire::Histogram;

/// To the generator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToGenerator {
    /// First line: the whole load.
    Start(Box<LoadSpec>),
    /// Second line: begin.
    Go {
        /// When the run begins, nanoseconds of CLOCK_MONOTONIC; now when absent or past.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        at_ns: Option<u64>,
    },
    /// Send no more, wait briefly for answers, report.
    Stop,
}

/// From the generator.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromGenerator {
    /// How it goes, every [`LoadSpec::tick_ms`].
    Tick(LoadTick),
    /// The run is over.
    Done(Box<LoadResult>),
    /// The run could not be done.
    Failed {
        /// Why, and the remedy.
        message: String,
    },
}

/// One run of load. Times and rates are in WALL time: the caller has divided by dilation and slice already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LoadSpec {
    /// Decides the arrivals and the requests.
    pub seed: u64,
    /// `host:port` of this machine's loopback; request by request, each in turn.
    pub addresses: Vec<String>,
    /// The secret of the run; absent for a server that is not ours (then no due time is sent either).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// What is asked, by weight.
    pub operations: Vec<LoadOperation>,
    /// What the templates draw from.
    pub variables: LoadVariables,
    /// How arrivals fall round the rate.
    pub process: Process,
    /// The rate over time, in order of time.
    pub phases: Vec<Phase>,
    /// No arrival is due after this many seconds.
    pub duration_s: f64,
    /// Arrivals due before this many seconds count, but not in any latency.
    #[serde(default)]
    pub warmup_s: f64,
    /// Connections open at the same time; an arrival that finds none is dropped.
    #[serde(default = "default_max_connections")]
    pub max_connections: u32,
    /// An answer not complete this many ms after its arrival was due has failed.
    #[serde(default = "default_timeout_ms")]
    pub timeout_ms: f64,
    /// Milliseconds between two [`LoadTick`]s.
    #[serde(default = "default_tick_ms")]
    pub tick_ms: u64,
    /// Wall seconds for a second of life; nothing here is scaled by it, the report divides by it.
    #[serde(default = "default_dilation")]
    pub dilation: f64,
    /// Keep every answered arrival's due time and latency ([`LoadResult::samples`]).
    #[serde(default)]
    pub record_samples: bool,
}

fn default_max_connections() -> u32 {
    4096
}
fn default_timeout_ms() -> f64 {
    10_000.0
}
fn default_tick_ms() -> u64 {
    250
}
fn default_dilation() -> f64 {
    1.0
}

/// One kind of request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadOperation {
    /// Name in the report.
    pub name: String,
    /// Share of the arrivals: its weight over the sum of all weights.
    pub weight: f64,
    /// HTTP method.
    pub method: String,
    /// Path and query, a template: `{user}`, `{popular_user}`, `{tweet}`, `{n}`, `{text}`.
    pub path: String,
    /// JSON body, a template like the path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// An answer later than this many ms (wall) after its arrival was due counts as late.
    pub deadline_ms: f64,
}

/// What the templates of [`LoadOperation`] draw from.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct LoadVariables {
    /// `{user}` is 1 to this, uniformly; `{popular_user}` too, by popularity.
    pub users: u32,
    /// Exponent of the power law of popularity (see [`crate::population::PopulationSpec`]).
    pub popularity_exponent: f64,
    /// `{tweet}` is 1 to this, uniformly.
    pub tweets: u64,
}

/// Where the arrivals went. scheduled = sent + dropped; sent = ok + late + failed once nothing is in flight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LoadCounts {
    /// Arrivals that came due.
    #[ts(type = "number")]
    pub scheduled: u64,
    /// Arrivals given to a connection (also one that could then not be opened).
    #[ts(type = "number")]
    pub sent: u64,
    /// Arrivals that found every connection busy and no more allowed.
    #[ts(type = "number")]
    pub dropped: u64,
    /// Answers with a status below 400, in time.
    #[ts(type = "number")]
    pub ok: u64,
    /// Answers with a status below 400, after their deadline.
    #[ts(type = "number")]
    pub late: u64,
    /// Everything else that was sent.
    #[ts(type = "number")]
    pub failed: u64,
}

impl LoadCounts {
    /// Sent and neither answered nor failed yet.
    pub fn in_flight(&self) -> u64 {
        self.sent - self.ok - self.late - self.failed
    }
}

/// How the run goes: counts since it began, and what ended since the last tick.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LoadTick {
    /// Wall seconds since the run began.
    pub t_s: f64,
    /// Since the run began.
    pub counts: LoadCounts,
    /// Sent and not ended yet.
    #[ts(type = "number")]
    pub in_flight: u64,
    /// Median lateness of the generator over the run so far, microseconds.
    #[serde(default)]
    pub late_us_p50: f64,
    /// By operation: what ended since the last tick.
    pub operations: BTreeMap<String, OperationTick>,
}

/// One operation, since the last tick. Latencies are in wall ms, of answers (in time or late).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OperationTick {
    /// Requests that ended.
    #[ts(type = "number")]
    pub count: u64,
    /// Of these, answered in time.
    #[ts(type = "number")]
    pub ok: u64,
    /// Of these, failed.
    #[ts(type = "number")]
    pub failed: u64,
    /// Mean; absent when nothing was answered.
    pub latency_ms_mean: Option<f64>,
    /// Median; absent when nothing was answered.
    pub latency_ms_p50: Option<f64>,
    /// 95th percentile.
    pub latency_ms_p95: Option<f64>,
    /// 99th percentile.
    pub latency_ms_p99: Option<f64>,
}

/// What a run of load measured. Times are wall times.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LoadResult {
    /// Where every arrival went.
    pub counts: LoadCounts,
    /// Why requests failed; the counts add up to `counts.failed`.
    pub failures: Vec<LoadFailure>,
    /// By operation.
    pub operations: BTreeMap<String, OperationResult>,
    /// By phase of the spec.
    pub steps: Vec<LoadStep>,
    /// The generator's own lateness: sent − due, over all that was sent.
    pub lateness: Lateness,
    /// CPU time of the generator, user and system, seconds.
    pub cpu_s: f64,
    /// Connections opened over the run.
    pub connections_opened: u64,
    /// When the run began, nanoseconds of CLOCK_MONOTONIC.
    pub started_ns: u64,
    /// From the start to the last answer (or the end of waiting), seconds.
    pub elapsed_s: f64,
    /// True when it was stopped before its time.
    pub stopped: bool,
    /// `(due, latency)` in ns of every answered arrival in order of answer, warm-up included, when asked for; at most [`SAMPLES_MAX`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub samples: Option<Vec<(u64, u64)>>,
}

/// Most samples that a result carries.
pub const SAMPLES_MAX: usize = 1_000_000;

/// One operation over the run.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OperationResult {
    /// Answers in the histogram.
    pub count: u64,
    /// Latency in microseconds from due to the last byte, of answers (in time or late) whose arrival was due after the warm-up.
    pub histogram: Histogram,
    /// Where its arrivals went.
    pub counts: LoadCounts,
}

/// Requests that failed for the same reason.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS, JsonSchema)]
pub struct LoadFailure {
    /// The component that failed, from the answer; `client` when the generator judged.
    pub component: String,
    /// Why: `queue_full`, `status_503`, `timeout`, `connect_refused`, `reset` ...
    pub reason: String,
    /// How often.
    #[ts(type = "number")]
    pub count: u64,
}

/// One phase of the spec. Latencies in microseconds, of the answers that also count in [`OperationResult::histogram`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct LoadStep {
    /// Start, seconds.
    pub from_s: f64,
    /// End, seconds.
    pub to_s: f64,
    /// Mean rate asked for, a second.
    pub rate_per_s: f64,
    /// Answers measured.
    #[ts(type = "number")]
    pub count: u64,
    /// Mean latency.
    pub latency_us_mean: Option<f64>,
    /// Median.
    pub latency_us_p50: Option<f64>,
    /// 95th percentile.
    pub latency_us_p95: Option<f64>,
    /// 99th percentile.
    pub latency_us_p99: Option<f64>,
    /// Requests due in this phase that failed.
    #[ts(type = "number")]
    pub failed: u64,
    /// Arrivals due in this phase that were dropped.
    #[ts(type = "number")]
    pub dropped: u64,
}

/// How late the generator itself sent, microseconds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Lateness {
    /// Mean.
    pub us_mean: f64,
    /// Median.
    pub us_p50: f64,
    /// 99th percentile.
    pub us_p99: f64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_tagged_lines() {
        let go: ToGenerator = serde_json::from_str(r#"{"type":"go"}"#).unwrap();
        assert!(matches!(go, ToGenerator::Go { at_ns: None }));
        assert_eq!(serde_json::to_string(&ToGenerator::Go { at_ns: Some(5) }).unwrap(), r#"{"type":"go","at_ns":5}"#);
        let tick = serde_json::to_value(FromGenerator::Tick(LoadTick::default())).unwrap();
        assert_eq!(tick["type"], "tick");
        assert_eq!(tick["counts"]["scheduled"], 0);
    }

    #[test]
    fn a_short_spec_gets_the_defaults() {
        let spec: LoadSpec = serde_json::from_str(
            r#"{"seed":1,"addresses":["127.0.0.1:1"],"operations":[],"variables":{"users":1,"popularity_exponent":1.0,"tweets":1},
                "process":"poisson","phases":[],"duration_s":1.0}"#,
        )
        .unwrap();
        assert_eq!((spec.max_connections, spec.tick_ms, spec.dilation, spec.record_samples), (4096, 250, 1.0, false));
        assert_eq!(serde_json::from_str::<LoadSpec>(&serde_json::to_string(&spec).unwrap()).unwrap(), spec);
    }
}
