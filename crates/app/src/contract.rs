//! The contract with the window: requests, responses and streamed events, each written once here and as TypeScript in `ui/src/rpc/`.
//! Types of the core (sketch, catalog, scenario, report) cross as they are. What a run tells at every tick is in [`live`].

use std::collections::BTreeMap;

use loadline_model::arrivals::Shape;
use loadline_model::catalog::Role;
use loadline_model::diagnostic::Diagnostic;
use loadline_model::plan::ScaleWish;
use loadline_model::report::{Learner, Report, RunNote, Verdict};
use loadline_model::scenario::{FaultKind, Scenario};
use loadline_model::sketch::Sketch;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

mod attempt;
mod data;
mod interchange;
mod live;
mod runs;
mod shell;
mod study;
mod versions;

pub use attempt::*;
pub use data::*;
pub use interchange::*;
pub use live::*;
pub use runs::*;
pub use shell::*;
pub use study::*;
pub use versions::*;

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
    /// The learner's newest runs over all of them, newest first.
    pub recent: Vec<RecentRun>,
}

/// One of the newest runs.
#[derive(Debug, Clone, Serialize, TS)]
pub struct RecentRun {
    /// Title of its exercise.
    pub exercise: String,
    /// The run.
    pub run: RunCard,
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
    /// Attempts that the learner has begun.
    pub attempts: u32,
    /// How far the newest attempt is with each phase, in their order; empty for a lab.
    pub phases: Vec<PhaseStep>,
    /// Designs that the learner has.
    pub designs: u32,
    /// Runs that the learner has made.
    pub runs: u32,
    /// What the last run said.
    pub last_verdict: Option<Verdict>,
    /// Targets that the last run had.
    pub last_targets: u32,
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
    /// How good it is known to be.
    pub order: DesignOrder,
    /// Components in it.
    pub components: u32,
    /// True: it opens only when the learner insists, see [`SolutionOpen`].
    pub shut: bool,
    /// When it was opened before an attempt, milliseconds since 1970; absent where it was not.
    #[ts(type = "number | null")]
    pub opened_ms: Option<i64>,
}

/// How good a design of the pack is known to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum DesignOrder {
    /// What most people draw first.
    Naive,
    /// It holds.
    Good,
    /// It holds, and costs less or fails better.
    Better,
}

/// Opens a shut design before an attempt. It is recorded, once.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct SolutionOpen {
    /// Exercise id.
    pub exercise: String,
    /// Bundled design.
    pub design: String,
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
    /// The learner's name for it, mostly empty.
    pub name: String,
    /// The learner's note, mostly empty.
    pub note: String,
    /// True: the learner has written why it came out so.
    pub explained: bool,
    /// Design that ran; empty when it is gone.
    pub design_id: String,
    /// Its title then.
    pub design_title: String,
    /// Scenario name.
    pub scenario: String,
    /// What it said.
    pub verdict: Verdict,
    /// Targets that its scenario sets.
    pub targets: u32,
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
    /// Expected by the next save.
    #[ts(type = "number")]
    pub revision: i64,
    /// The window's undo history, where it was kept for this very drawing.
    pub history: Option<String>,
}

/// Saves a drawing (autosave does, after each change).
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DesignSave {
    /// Design id.
    pub id: String,
    /// The drawing.
    pub sketch: Sketch,
    /// The revision that it was made from: the one of the opening or of the save before.
    #[ts(type = "number")]
    pub revision: i64,
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
    /// All instances, or as near to life speed as a slice allows.
    #[serde(default)]
    pub prefer: ScaleWish,
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
    /// Which scale was wished for.
    pub prefer: ScaleWish,
    /// What each wish would come to.
    pub choices: Vec<ScaleChoice>,
}

/// What a wish for a scale comes to on this machine.
#[derive(Debug, Clone, PartialEq, Serialize, TS)]
pub struct ScaleChoice {
    /// The wish.
    pub prefer: ScaleWish,
    /// Processes, without the generator.
    pub processes: u32,
    /// Times slower than life.
    pub dilation: f64,
    /// 1/slice of traffic and instances.
    pub slice: f64,
    /// Why it changes nothing; absent where it does, or need not.
    pub why: Option<String>,
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
    /// Frame by group id.
    pub groups: BTreeMap<String, Place>,
    /// Place by comment id.
    pub comments: BTreeMap<String, Place>,
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

/// Breaks something of a run by hand.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct RunFault {
    /// Id of the run, as it was started.
    pub id: String,
    /// Instance id, `kv-2`.
    pub node: String,
    /// Kill, or start a killed one again.
    pub kind: FaultKind,
}

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
    /// What the learner made of it.
    pub learner: Learner,
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
    /// A server of the learner's own, which a run neither starts nor kills.
    pub is_real: bool,
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
