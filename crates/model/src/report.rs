//! What came out of a run: counts that add up, percentiles, components, figures with their origin, predictions beside them, and a verdict.
//! This is the form of `--json`; its schema is generated from these types.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::plan::ScaleWish;
use crate::sketch::Sketch;

/// The report format that this version writes.
pub const FORMAT: u32 = 1;

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tag {
    /// Measured in this run.
    Measured,
    /// By a formula.
    Modelled,
    /// Assumed, with a source.
    Assumed,
}

/// What a run says about the design.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every target was met.
    Pass,
    /// A target was missed.
    Fail,
    /// The laptop was the limit: the figures say nothing of the design.
    HostLimited,
    /// Nothing can be said: too little load, counts that do not add up, a target's figure that is not known, a fault that did not happen.
    Inconclusive,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Report {
    /// [`FORMAT`].
    pub format: u32,
    /// Exercise id.
    pub exercise: String,
    /// Design name.
    pub design: String,
    /// Scenario name.
    pub scenario: String,
    /// Shape of the load.
    pub shape: String,
    /// Seed of everything drawn by lot.
    #[ts(type = "number")]
    pub seed: u64,
    /// What it says.
    pub verdict: Verdict,
    /// Why, in a sentence or more.
    pub reasons: Vec<String>,
    /// True: stopped before its time; figures are of the part that ran.
    pub interrupted: bool,
    /// Exact conservation.
    pub load: LoadReport,
    /// By operation.
    pub operations: BTreeMap<String, OperationReport>,
    /// By component id.
    pub components: BTreeMap<String, ComponentReport>,
    /// Everything that has a name, a unit and an origin.
    pub figures: Vec<Figure>,
    /// What was said beforehand, beside what was measured.
    pub predictions: Vec<Prediction>,
    /// The learner's "because".
    #[serde(default)]
    pub because: String,
    /// Targets and whether they were met.
    pub targets: Vec<TargetResult>,
    /// What saturated, worst first, with worked arithmetic.
    pub saturated: Vec<Saturation>,
    /// Steps of the load with what was measured and modelled: the knee.
    pub steps: Vec<Step>,
    /// The run over time.
    pub series: Series,
    /// What happened when.
    pub events: Vec<RunNote>,
    /// How the run relates to life and to the laptop.
    pub scale: ScaleReport,
    /// What the learner made of it afterwards; absent when nothing was written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub learner: Option<Learner>,
    /// The drawing that ran; absent in a report that is kept beside its drawing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub sketch: Option<Sketch>,
}

/// What the learner made of a run: plain text, empty where nothing was written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Learner {
    /// The run's name.
    #[serde(default)]
    pub name: String,
    /// A note.
    #[serde(default)]
    pub note: String,
    /// Why it came out so.
    #[serde(default)]
    pub why: String,
    /// One change to try.
    #[serde(default)]
    pub change: String,
}

impl Learner {
    /// True when nothing was written.
    pub fn is_empty(&self) -> bool {
        [&self.name, &self.note, &self.why, &self.change].into_iter().all(String::is_empty)
    }
}

/// Scheduled = sent + dropped, and sent = ok + late + failed, exactly.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]

pub struct LoadReport {
    /// Arrivals that came due.
    #[ts(type = "number")]
    pub scheduled: u64,
    /// Sent by the generator.
    #[ts(type = "number")]
    pub sent: u64,
    /// Not sent: every connection was in use.
    #[ts(type = "number")]
    pub dropped: u64,
    /// Answered well and in time.
    #[ts(type = "number")]
    pub ok: u64,
    /// Answered well, after the deadline.
    #[ts(type = "number")]
    pub late: u64,
    /// Not answered, or answered with an error.
    #[ts(type = "number")]
    pub failed: u64,
    /// `failed` by component and reason; the counts add up to it.
    pub failures: Vec<Failure>,
}

impl LoadReport {
    /// True when every request is accounted for.
    pub fn adds_up(&self) -> bool {
        self.scheduled == self.sent + self.dropped
            && self.sent == self.ok + self.late + self.failed
            && self.failed == self.failures.iter().map(|f| f.count).sum::<u64>()
    }
}

/// Requests that failed at one place for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Failure {
    /// Component id, or `client`.
    pub component: String,
    /// One word with underscores.
    pub reason: String,
    /// How many.
    #[ts(type = "number")]
    pub count: u64,
}

/// Latencies of one operation, counted from the scheduled time, in ms of life.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct OperationReport {
    /// Name for people.
    pub label: String,
    /// Answers measured (after the warm-up).
    #[ts(type = "number")]
    pub count: u64,
    /// Latency; absent when nothing was measured.
    pub latency_ms: Option<Latency>,
    /// `(percentile, ms)` for the curve, rising.
    pub curve: Vec<(f64, f64)>,
}

/// A latency in ms of life.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Latency {
    pub mean: f64,
    pub p50: f64,
    pub p95: f64,
    pub p99: f64,
    pub max: f64,
}

/// One component over the whole run; per second and ms are of life.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ComponentReport {
    /// Name on the box.
    pub name: String,
    /// Role in the catalog.
    pub role: String,
    /// Instances that ran.
    pub instances: u32,
    /// Busy share of all workers, 0 to 1.
    pub utilisation: f64,
    /// What the closed form expects, 0 and up (over 1: more than it can do); absent when unknown.
    pub utilisation_modelled: Option<f64>,
    /// Waiting requests, 99th percentile over samples and instances.
    pub queue_p99: f64,
    /// Wait for a worker, ms of life.
    pub wait_ms_p50: Option<f64>,
    /// Wait for a worker, ms of life.
    pub wait_ms_p99: Option<f64>,
    /// Served a second.
    pub served_per_s: f64,
    /// Asked a second: served and refused.
    pub asked_per_s: f64,
    /// Refused because the queue was full.
    #[ts(type = "number")]
    pub refused: u64,
    /// CPU seconds of its processes, by the operating system.
    pub cpu_s: f64,
    /// Resident memory of its processes at the end, MB.
    pub rss_mb: f64,
    /// Hits ÷ (hits + misses); absent where nothing is cached.
    pub hit_ratio: Option<f64>,
    /// 99th percentile of replication lag, ms of life; absent where nothing is copied.
    pub replication_lag_ms_p99: Option<f64>,
    /// Mean lateness of its answers against their promised finish, wall ms.
    pub overrun_ms: f64,
    /// Other counters of the role, summed over instances.
    #[ts(type = "Record<string, number>")]
    pub counters: BTreeMap<String, u64>,
    /// By instance.
    pub each: Vec<InstanceReport>,
}

/// One instance over the whole run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct InstanceReport {
    /// `feed-3`.
    pub id: String,
    /// Busy share of its workers.
    pub utilisation: f64,
    /// Served a second of life.
    pub served_per_s: f64,
    /// Refused.
    #[ts(type = "number")]
    pub refused: u64,
}

/// A number with a name, a unit and an origin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Figure {
    /// `timeline_read.p99_ms`, `feed.utilisation`, `fanout_writes_per_tweet` ...
    pub name: String,
    /// Absent when there is no honest number: shown as unknown.
    pub value: Option<f64>,
    /// `ms`, `%`, `per tweet` ...
    pub unit: String,
    /// Its origin.
    pub tag: Tag,
    /// Run, formula or source, in words.
    pub source: String,
}

/// What was said, beside what was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Prediction {
    /// Name of the figure.
    pub name: String,
    /// What the learner said.
    pub predicted: f64,
    /// What the run measured; absent when it did not.
    pub measured: Option<f64>,
    /// measured ÷ predicted.
    pub ratio: Option<f64>,
    /// Unit of both.
    pub unit: String,
    /// Component that was measured, where it stands in by its role for one that is not drawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub of: Option<String>,
}

/// A target and what was reached.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct TargetResult {
    /// Name of the figure.
    pub figure: String,
    /// Name for people.
    pub label: String,
    /// It had to be this or less.
    pub at_most: f64,
    /// Unit of both.
    pub unit: String,
    /// What was measured; absent when nothing was.
    pub measured: Option<f64>,
    /// Absent when nothing was measured.
    pub met: Option<bool>,
}

/// A component that was asked for as much as it can do, or more.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Saturation {
    /// Component id.
    pub component: String,
    /// `(step, arithmetic, origin)` in reading order.
    pub lines: Vec<SaturationLine>,
}

/// One line of worked arithmetic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct SaturationLine {
    /// What it is.
    pub label: String,
    /// The arithmetic with its result.
    pub text: String,
    /// Origin.
    pub tag: Tag,
}

/// One step of the load.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Step {
    /// Wall seconds from the start.
    pub from_s: f64,
    /// Wall seconds from the start.
    pub to_s: f64,
    /// Offered, per second of life.
    pub rate_per_s: f64,
    /// Answers measured.
    #[ts(type = "number")]
    pub count: u64,
    /// Failed in this step.
    #[ts(type = "number")]
    pub failed: u64,
    /// ms of life.
    pub mean_ms: Option<f64>,
    /// ms of life.
    pub p99_ms: Option<f64>,
    /// Utilisation of the busiest component, measured.
    pub utilisation: Option<f64>,
    /// Utilisation of the busiest component by the closed form.
    pub utilisation_modelled: Option<f64>,
    /// Mean response time by the closed form, ms of life; absent where it has no finite answer.
    pub mean_ms_modelled: Option<f64>,
}

/// The run over time: column vectors of the same length.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Series {
    /// Wall seconds from the start of the load.
    pub t_s: Vec<f64>,
    /// Answered in time, per second of life.
    pub ok_per_s: Vec<f64>,
    /// Failed or dropped, per second of life.
    pub failed_per_s: Vec<f64>,
    /// By operation: `[p50, p95, p99]` in ms of life at each time; null where nothing was answered.
    pub latency_ms: BTreeMap<String, [Vec<Option<f64>>; 3]>,
    /// By component: utilisation at each time.
    pub utilisation: BTreeMap<String, Vec<f64>>,
}

/// What happened when.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct RunNote {
    /// Wall seconds from the start of the load; negative before it.
    pub t_s: f64,
    /// Decides the shape beside it.
    pub level: NoteLevel,
    /// What happened.
    pub text: String,
    /// A few words for a line on the charts: something broke or came back here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub mark: Option<String>,
}

/// How much a note matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoteLevel {
    /// Good to know.
    Info,
    /// As hoped.
    Good,
    /// Look here.
    Warning,
    /// Something failed.
    Bad,
}

/// How the run relates to life and to the laptop.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ScaleReport {
    /// What was asked for: all instances, or as near to life speed as a slice allows.
    #[serde(default)]
    pub prefer: ScaleWish,
    /// 1/slice of the traffic on 1/slice of the instances.
    pub slice: f64,
    /// The run is this many times slower than life.
    pub dilation: f64,
    /// Share of the whole machine's CPU that nodes and generator used, 0 to 1.
    pub host_cpu: f64,
    /// Worst component's mean overrun as a share of its service time, among components of 5 ms (wall) or more.
    pub overrun: f64,
    /// hops x (generator lateness + mean overrun) as a share of the end-to-end time, worst operation.
    pub chain_error: f64,
    /// Median lateness of the generator, wall ms.
    pub generator_late_ms: f64,
    /// Processes of the cluster, without the generator.
    pub processes: u32,
    /// Wall seconds from the first spawn until all were healthy.
    pub healthy_s: f64,
    /// Wall seconds of seeding.
    pub seeding_s: f64,
    /// Wall seconds under load.
    pub wall_s: f64,
    /// Seconds of life that these were.
    pub life_s: f64,
}

/// The JSON schema of a report.
pub fn schema() -> serde_json::Value {
    serde_json::to_value(schemars::schema_for!(Report)).unwrap_or_default()
}
