//! What will run: the sketch compiled, the population drawn, the scale chosen, the load scheduled. Nothing has started yet.

use loadline_analysis::diagnose;
use loadline_model::arrivals::{self, Shape};
use loadline_model::diagnostic::Severity;
use loadline_model::load::{LoadOperation, LoadSpec, LoadVariables};
use loadline_model::plan::{Host, Plan, Scale, ScaleWish, Unsliced, choose_scale, compile, cpu_share, unsliced};
use loadline_model::population::{Fanout, Population};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

use super::share::Laptop;
use crate::contract::{PlanPreview, Predictions, RpcError, RunWish, ScaleChoice};

/// Everything that decides a run.
#[derive(Debug, Clone)]
pub struct RunSpec {
    /// Exercise id.
    pub exercise: String,
    /// Design name or title.
    pub design: String,
    /// The drawing.
    pub sketch: Sketch,
    /// The situation.
    pub scenario: Scenario,
    /// Shape of the load.
    pub shape: Shape,
    /// Requests a second of life, all operations together.
    pub rate_per_s: f64,
    /// Seconds of wall time under load.
    pub duration_s: f64,
    /// Seed of everything drawn by lot.
    pub seed: u64,
    /// All instances, or life speed.
    pub prefer: ScaleWish,
    /// What the learner said beforehand.
    pub predictions: Predictions,
}

/// The longest run, seconds of wall time: a run ends by itself.
pub const MAX_DURATION_S: f64 = 3600.0;
/// The highest rate, requests a second of life.
pub const MAX_RATE_PER_S: f64 = 100_000_000.0;
/// More scheduled requests than this do not fit into one run.
const MAX_REQUESTS: f64 = 20_000_000.0;
/// A request is given up after so many of the longest deadline, and no sooner than [`MIN_TIMEOUT_MS`] of wall time.
const TIMEOUT_DEADLINES: f64 = 3.0;
const MIN_TIMEOUT_MS: f64 = 2000.0;
/// Wall milliseconds between two ticks of nodes and generator: at most four a second go to the canvas.
pub(crate) const TICK_MS: u64 = 250;

impl RunSpec {
    /// The scenario's own run, with what `wish` says over it. Refuses what cannot be used, with the remedy.
    pub fn new(
        exercise: &str,
        design: &str,
        sketch: Sketch,
        scenario: Scenario,
        wish: &RunWish,
        predictions: Predictions,
    ) -> Result<Self, RpcError> {
        let rate_per_s = wish.rate_per_s.unwrap_or_else(|| scenario.total_per_s());
        let duration_s = wish.duration_s.unwrap_or(scenario.run.duration_s);
        if !(rate_per_s.is_finite() && rate_per_s > 0.0 && rate_per_s <= MAX_RATE_PER_S) {
            return Err(RpcError::new(
                "invalid_rate",
                format!("a rate of {rate_per_s} a second cannot be sent"),
                format!("Choose a rate above 0 and up to {MAX_RATE_PER_S}."),
            ));
        }
        if !(duration_s.is_finite() && (1.0..=MAX_DURATION_S).contains(&duration_s)) {
            return Err(RpcError::new(
                "invalid_duration",
                format!("a duration of {duration_s} s cannot be run"),
                format!("Choose from 1 s to {MAX_DURATION_S} s."),
            ));
        }
        Ok(Self {
            exercise: exercise.to_owned(),
            design: design.to_owned(),
            sketch,
            shape: wish.shape.unwrap_or(scenario.run.shape),
            rate_per_s,
            duration_s,
            seed: wish.seed.unwrap_or(scenario.run.seed),
            prefer: wish.prefer,
            predictions,
            scenario,
        })
    }

    /// The wished rate as a factor of the scenario's.
    pub fn factor(&self) -> f64 {
        self.rate_per_s / self.scenario.total_per_s()
    }

    /// Seconds at the beginning that percentiles leave out: never more than a third of the run.
    pub fn warmup_s(&self) -> f64 {
        self.scenario.run.warmup_s.min(self.duration_s / 3.0)
    }
}

/// A run that is ready to start.
pub struct Prepared {
    /// Who runs.
    pub plan: Plan,
    /// Who uses it.
    pub population: Population,
    /// What is asked; its addresses and token are known once the cluster runs.
    pub load: LoadSpec,
    /// What it takes.
    pub preview: PlanPreview,
}

/// This machine.
pub fn this_host() -> Host {
    Host { cores: std::thread::available_parallelism().map_or(1.0, |n| n.get() as f64) }
}

/// What the follow graph asks of fan-out at a threshold.
pub fn fanout_of(population: &Population) -> impl Fn(Option<f64>) -> Fanout {
    |threshold| population.fanout(threshold)
}

/// What a run takes, without drawing the load.
pub fn preview(spec: &RunSpec, laptop: impl Into<Laptop>) -> Result<PlanPreview, RpcError> {
    prepare(spec, laptop).map(|prepared| prepared.preview)
}

/// The plan at the scale that this machine and the share of it need, and what that takes.
fn scaled(spec: &RunSpec, laptop: Laptop, population: &Population) -> Result<(Plan, PlanPreview), RpcError> {
    let fanout = fanout_of(population);
    let sketch = spec.scenario.imposed_on(&spec.sketch);
    let life = compile(&sketch, Scale { slice: 1.0, dilation: 1.0 })?;
    // A shape that rises above its rate must be honest at its peak.
    let phases = arrivals::phases(spec.shape, 1.0, spec.duration_s);
    let peak = phases.iter().map(|phase| phase.from_per_s.max(phase.to_per_s)).fold(1.0, f64::max);
    let chosen = |wish| choose_scale(&life, &spec.scenario, spec.factor() * peak, &fanout, laptop.planned(), wish);
    let scale = chosen(spec.prefer);
    let plan = compile(&sketch, scale)?;
    let choice = |prefer| {
        let scale: Scale = chosen(prefer);
        let why = if prefer == ScaleWish::Speed { unsliced(&life, scale).map(|why| unsliced_words(&why, &sketch)) } else { None };
        // A slice divides every component's instances.
        let processes = life.processes().count() as u32 / scale.slice as u32;
        ScaleChoice { prefer, processes, dilation: scale.dilation, slice: scale.slice, why }
    };
    let preview = PlanPreview {
        processes: plan.processes().count() as u32,
        dilation: scale.dilation,
        slice: scale.slice,
        duration_s: spec.duration_s,
        rate_per_s: spec.rate_per_s,
        laptop_share: cpu_share(&life, &spec.scenario, spec.factor(), &fanout, laptop.host, scale),
        prefer: spec.prefer,
        choices: vec![choice(ScaleWish::Instances), choice(ScaleWish::Speed)],
    };
    Ok((plan, preview))
}

/// Why a run at life speed is wished for and not to be had.
fn unsliced_words(why: &Unsliced, sketch: &Sketch) -> String {
    let part = |id: &String| sketch.component(id).map_or(id.as_str(), |component| component.name.as_str()).to_owned();
    let runs = |id: &String| sketch.component(id).map_or(1, |component| component.instances.max(1));
    match why {
        Unsliced::AtLifeSpeed => "It runs at life speed with all instances.".to_owned(),
        Unsliced::ServiceTimes => "A slice would be no faster: service times are too short to be measured at life speed.".to_owned(),
        Unsliced::RealServer(id) => format!("No slice: a real server stands in for {}, and all of it runs.", part(id)),
        Unsliced::NoDivisor(one, _) if runs(one) == 1 => {
            format!("No slice: {} runs only once.", part(one))
        }
        Unsliced::NoDivisor(one, Some(other)) => {
            format!("No slice: no number divides {} × {} and {} × {}.", part(one), runs(one), part(other), runs(other))
        }
        Unsliced::NoDivisor(_, None) => "No slice: no number divides the instances of every component.".to_owned(),
    }
}

/// Compiles the drawing and chooses scale and load, for the share of the laptop that a run may take. A drawing that cannot run is refused with its first finding.
pub fn prepare(spec: &RunSpec, laptop: impl Into<Laptop>) -> Result<Prepared, RpcError> {
    if let Some(worst) = diagnose(&spec.sketch, Some(&spec.scenario)).into_iter().find(|d| d.severity == Severity::Error) {
        return Err(RpcError::new("cannot_run", worst.reason, worst.remedy));
    }
    let population = Population::generate(&spec.scenario.population, spec.seed);
    let (plan, preview) = scaled(spec, laptop.into(), &population)?;
    let scale = plan.scale;
    let wall_rate = spec.rate_per_s / scale.dilation / scale.slice;
    let phases = arrivals::phases(spec.shape, wall_rate, spec.duration_s);
    if arrivals::expected(&phases) > MAX_REQUESTS {
        return Err(RpcError::new("invalid_rate", "more requests than one run can hold", "Choose a lower rate or a shorter duration."));
    }
    let slowest_ms = spec.scenario.operations.iter().map(|op| op.deadline_ms).fold(0.0, f64::max);
    let timeout_ms = (slowest_ms * scale.dilation * TIMEOUT_DEADLINES).max(MIN_TIMEOUT_MS);
    if timeout_ms > MAX_DURATION_S * 1000.0 {
        return Err(RpcError::new(
            "invalid_rate",
            format!("{} a second need a run {} times slower than life: its requests could outlive it", spec.rate_per_s, scale.dilation),
            "Choose a lower rate.",
        ));
    }
    let users = population.users();
    let operations = spec.scenario.operations.iter().map(|op| LoadOperation {
        name: op.name.clone(),
        weight: op.per_s,
        method: op.method.clone(),
        path: op.path.clone(),
        body: op.body.clone(),
        deadline_ms: op.deadline_ms * scale.dilation,
    });
    let load = LoadSpec {
        seed: spec.seed,
        addresses: Vec::new(),
        token: None,
        operations: operations.collect(),
        variables: LoadVariables {
            users,
            popularity_exponent: spec.scenario.population.popularity_exponent,
            tweets: u64::from(users) * u64::from(spec.scenario.population.tweets_each.max(1)),
        },
        process: spec.scenario.run.arrivals,
        phases,
        duration_s: spec.duration_s,
        warmup_s: spec.warmup_s(),
        max_connections: 4096,
        timeout_ms,
        tick_ms: TICK_MS,
        dilation: scale.dilation,
        record_samples: false,
    };
    Ok(Prepared { plan, population, load, preview })
}
