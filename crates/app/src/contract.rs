//! The contract with the window: requests, responses and streamed events, each written once here and as TypeScript in `ui/src/rpc/`.
//! Types of the core (sketch, catalog, scenario, report) cross as they are.

use std::collections::BTreeMap;

use loadline_model::arrivals::Shape;
use loadline_model::catalog::Role;
use loadline_model::diagnostic::Diagnostic;
use loadline_model::report::{LoadReport, Report, RunNote, Verdict};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

mod attempt;
mod study;

pub use attempt::*;
pub use study::*;

/// An error as it crosses to the window; the window switches on `code`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RpcError {
    /// Stable word: `not_found`, `invalid_sketch`, `run_active` ...
    pub code: String,
    /// What happened.
    pub message: String,
    /// What to do.
    pub hint: String,
}

/// Nothing to say.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Empty {}

/// Names one thing.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct ById {
    /// Its id.
    pub id: String,
}

// -- library ----------------------------------------------------------------------------------------------------------------------

/// What can be practised.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Library {
    /// Exercises and labs, in the packs' order.
    pub exercises: Vec<ExerciseCard>,
    /// Packs that are installed.
    pub packs: Vec<PackCard>,
}

/// One line of the library.
#[derive(Debug, Clone, Serialize, TS)]
pub struct ExerciseCard {
    /// `twitter`.
    pub id: String,
    /// `exercise` or `lab`.
    pub kind: String,
    /// `Twitter`.
    pub title: String,
    /// `Post, follow, open a timeline`.
    pub subtitle: String,
    /// The question that it answers.
    pub question: String,
    /// About how long it takes.
    pub minutes: u32,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Designs that the learner has.
    pub designs: u32,
    /// Runs that the learner has made.
    pub runs: u32,
    /// What the last run said.
    pub last_verdict: Option<Verdict>,
    /// Predictions of the last run within a factor of 2, and how many there were.
    pub last_predictions: Option<(u32, u32)>,
    /// The learner's newest design, for the thumbnail; absent before an attempt.
    pub thumbnail: Option<Sketch>,
}

/// A pack.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PackCard {
    /// `core`.
    pub id: String,
    /// Name for people.
    pub title: String,
    /// Version of its content.
    pub version: String,
    /// Exercises in it.
    pub exercises: u32,
    /// Labs in it.
    pub labs: u32,
}

/// An exercise, opened.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Exercise {
    /// Its card.
    pub card: ExerciseCard,
    /// Sanitised HTML of the brief; `<figure data-diagram="HASH">` stands for a diagram.
    pub brief_html: String,
    /// Situations.
    pub scenarios: Vec<Scenario>,
    /// Scenario that is chosen at first.
    pub default_scenario: String,
    /// Designs that come with the exercise.
    pub bundled: Vec<BundledDesign>,
    /// The learner's designs, newest first.
    pub designs: Vec<DesignCard>,
    /// The learner's runs, newest first.
    pub runs: Vec<RunCard>,
}

/// A design of the pack.
#[derive(Debug, Clone, Serialize, TS)]
pub struct BundledDesign {
    /// `good`.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// A sentence.
    pub summary: String,
    /// Components in it.
    pub components: u32,
}

/// A design of the learner.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DesignCard {
    /// Id in the store.
    pub id: String,
    /// Name on the tab.
    pub title: String,
    /// Bundled design that it began as.
    pub based_on: Option<String>,
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub updated_ms: i64,
}

/// A run of the learner.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RunCard {
    /// Id in the store.
    pub id: String,
    /// Number within the exercise, from 1.
    pub number: u32,
    /// Design that ran.
    pub design_id: String,
    /// Its title then.
    pub design_title: String,
    /// Scenario name.
    pub scenario: String,
    /// What it said.
    pub verdict: Verdict,
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub started_ms: i64,
}

/// Every role of the palette.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Palette {
    /// In palette order.
    pub roles: Vec<Role>,
}

/// Asks for a diagram of a brief.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DiagramRequest {
    /// Exercise id.
    pub exercise: String,
    /// The figure's `data-diagram`.
    pub hash: String,
}

/// A rendered diagram; show it only as an image from a blob URL.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Diagram {
    /// SVG text.
    pub svg: String,
}

// -- designs ----------------------------------------------------------------------------------------------------------------------

/// Asks for a new design.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DesignCreate {
    /// Exercise id.
    pub exercise: String,
    /// Bundled design to copy; absent: an empty drawing (with a client).
    pub from: Option<String>,
    /// Design of the learner to copy.
    pub copy_of: Option<String>,
    /// Title; absent: one is made up.
    pub title: Option<String>,
}

/// A design, opened.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Design {
    /// Its card.
    pub card: DesignCard,
    /// Exercise id.
    pub exercise: String,
    /// The drawing.
    pub sketch: Sketch,
}

/// Saves a drawing (autosave does, after each change).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DesignSave {
    /// Design id.
    pub id: String,
    /// The drawing.
    pub sketch: Sketch,
}

/// When it was saved.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Saved {
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub saved_ms: i64,
}

/// Gives a design another title.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DesignRename {
    /// Design id.
    pub id: String,
    /// New title.
    pub title: String,
}

/// How a run is meant to go.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RunWish {
    /// Scenario name.
    pub scenario: String,
    /// Shape; absent: the scenario's.
    pub shape: Option<Shape>,
    /// Requests a second of life, all operations together; absent: the scenario's.
    pub rate_per_s: Option<f64>,
    /// Seconds of wall time under load; absent: the scenario's.
    pub duration_s: Option<f64>,
    /// Seed; absent: the scenario's.
    #[ts(type = "number | null")]
    pub seed: Option<u64>,
}

/// Asks what is wrong with a drawing and what it takes to run it.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct CheckRequest {
    /// Exercise id.
    pub exercise: String,
    /// How it would be run.
    pub wish: RunWish,
    /// The drawing.
    pub sketch: Sketch,
}

/// What can be said while drawing. It never says how loaded anything will be: that is the learner's to predict.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Check {
    /// Findings, worst first.
    pub diagnostics: Vec<Diagnostic>,
    /// What each component can do, by id.
    pub abilities: BTreeMap<String, Ability>,
    /// What the run takes; absent when the drawing cannot run.
    pub plan: Option<PlanPreview>,
}

/// What a component can do, as worked arithmetic (modelled).
#[derive(Debug, Clone, Serialize, TS)]
pub struct Ability {
    /// Second line of the box: `4 workers, 1.25 ms`.
    pub short: String,
    /// Third line of the box: `3.2K/s each`.
    pub each: String,
    /// By operation: `4 ÷ 1.25 ms = 3,200/s each, 22.4K/s in all`.
    pub lines: Vec<AbilityLine>,
}

/// One operation's worked arithmetic.
#[derive(Debug, Clone, Serialize, TS)]
pub struct AbilityLine {
    /// Operation for people.
    pub operation: String,
    /// The arithmetic.
    pub text: String,
}

/// What a run takes.
#[derive(Debug, Clone, Serialize, TS)]
pub struct PlanPreview {
    /// Processes, without the generator.
    pub processes: u32,
    /// Times slower than life.
    pub dilation: f64,
    /// 1/slice of traffic and instances.
    pub slice: f64,
    /// Seconds of wall time under load.
    pub duration_s: f64,
    /// Requests a second of life.
    pub rate_per_s: f64,
    /// Share of the laptop's CPU that is expected, 0 to 1 (modelled).
    pub laptop_share: f64,
}

/// Asks for tidy positions.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct LayoutRequest {
    /// The drawing.
    pub sketch: Sketch,
}

/// Tidy positions.
#[derive(Debug, Clone, Serialize, TS)]
pub struct Layout {
    /// Top left corner by component id.
    pub at: BTreeMap<String, (f64, f64)>,
}

// -- predictions ------------------------------------------------------------------------------------------------------------------

/// Which predictions.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PredictionKey {
    /// Design id.
    pub design: String,
    /// Scenario name.
    pub scenario: String,
}

/// What the learner says will happen. Blanks are absent.
#[derive(Debug, Clone, Default, Serialize, Deserialize, TS)]
pub struct Predictions {
    /// By figure name, in the unit that the scenario asks for.
    pub values: BTreeMap<String, f64>,
    /// Why.
    pub because: String,
}

/// Saves predictions.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct PredictionSave {
    /// Which.
    pub key: PredictionKey,
    /// What.
    pub predictions: Predictions,
}

// -- runs -------------------------------------------------------------------------------------------------------------------------

/// Starts a run; its events come over the channel that is passed beside this request.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RunStart {
    /// Design id; the saved drawing runs.
    pub design: String,
    /// How.
    pub wish: RunWish,
}

/// A run has begun.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RunStarted {
    /// Id of the run, for `run_stop` and `run_open`.
    pub id: String,
    /// Number within the exercise.
    pub number: u32,
    /// What it takes.
    pub plan: PlanPreview,
}

/// A run of the past.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RunRecord {
    /// Its card.
    pub card: RunCard,
    /// The drawing that ran.
    pub sketch: Sketch,
    /// What came out.
    pub report: Report,
}

/// What a run tells while it goes, at most four batches a second.
#[derive(Debug, Clone, Serialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEvent {
    /// It entered a phase.
    Phase {
        /// Which.
        phase: RunPhase,
        /// Progress within it: done and of how many, where it counts something.
        progress: Option<(u32, u32)>,
    },
    /// Where to look inside.
    Addresses {
        /// Every node.
        nodes: Vec<NodeAddress>,
    },
    /// How it goes.
    Tick(Box<RunTick>),
    /// Something happened.
    Note(RunNote),
    /// It is over, and stored.
    Finished {
        /// Id in the store.
        id: String,
        /// What came out.
        report: Box<Report>,
    },
    /// It could not go on; nothing is left running.
    Failed {
        /// Why.
        error: RpcError,
    },
}

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RunPhase {
    /// Processes come up.
    Starting,
    /// Data is written.
    Seeding,
    /// Load, not yet measured.
    WarmUp,
    /// Load, measured.
    Running,
    /// Load is over; answers still come.
    Draining,
    /// Processes end.
    Stopping,
}

/// One node's address.
#[derive(Debug, Clone, Serialize, TS)]
pub struct NodeAddress {
    /// `feed-3`.
    pub id: String,
    /// Component id.
    pub component: String,
    /// `127.0.0.1:41907`.
    pub address: String,
    /// A command to copy: `redis-cli -h ...`, `psql ...`, `kcat ...`, `curl ...`.
    pub command: String,
}

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
    /// Share of the laptop's CPU in this tick, 0 to 1.
    pub host_cpu: f64,
    /// Lateness of the generator, median, wall ms.
    pub generator_late_ms: f64,
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

// -- settings ---------------------------------------------------------------------------------------------------------------------

/// One setting of the app.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct AppSetting {
    /// `theme`, `panel.left` ...
    pub key: String,
    /// Absent: not set.
    pub value: Option<String>,
}
