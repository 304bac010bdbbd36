//! The order of things while a run goes: start, seed, load, watch, stop. Whatever happens, nothing is left running.

use std::path::{Path, PathBuf};
use std::time::Duration;

use loadline_cluster::{Cluster, ClusterConfig, ClusterEvent, new_token};
use loadline_model::load::{FromGenerator, LoadResult, ToGenerator};
use loadline_model::plan::Plan;
use loadline_model::report::{NoteLevel, Report, RunNote};
use tokio::sync::{mpsc, watch as signal};

use super::addresses::address;
use super::asleep::Clocks;
use super::engines::{self, real_address, sweep};
use super::faults::{self, FaultOrder, Schedule};
use super::folder;
use super::generator::Generator;
use super::live::Outlook;
use super::prepare::{Prepared, RunSpec, TICK_MS, this_host};
use super::report::{Facts, build};
use super::seeding::seed_cluster;
use super::soundness::CpuMeter;
use super::watch::History;
use crate::contract::{RpcError, RunEvent, RunPhase};

/// A generator that was told to stop reports after a quarter of a second. On a machine that is too busy for that it has this long: what was
/// measured is worth the wait.
const DRAIN_WITHIN: Duration = Duration::from_secs(3);
/// Wall time that tweets under way have to reach their readers once the load is over.
const ARRIVE_WITHIN: Duration = Duration::from_secs(2);
/// The code of a run that was stopped before there was load.
pub const STOPPED_BEFORE_LOAD: &str = "stopped_before_load";

/// What a run needs from its surroundings.
pub struct Hooks<'a> {
    /// The `loadline` binary.
    pub program: PathBuf,
    /// Folder in which the run makes its own folder.
    pub scratch_dir: PathBuf,
    /// Becomes true when the run is to stop.
    pub stop: signal::Receiver<bool>,
    /// Faults by hand, while there is load.
    pub faults: mpsc::UnboundedReceiver<FaultOrder>,
    /// Hears what happens.
    pub on_event: &'a mut (dyn FnMut(RunEvent) + Send),
}

/// Runs `prepared` and gives its report. Stopped early, it still reports what was measured.
pub async fn conduct(spec: &RunSpec, prepared: &Prepared, mut hooks: Hooks<'_>) -> Result<Report, RpcError> {
    let plan = &prepared.plan;
    let mut notes = Notes { list: Vec::new(), undone: Vec::new() };
    let processes = plan.processes().count();
    phase(&mut hooks, RunPhase::Starting, Some((0, processes as u32)));
    let mut cluster = start(spec, plan, &mut hooks).await?;
    notes.add(&mut hooks, -1.0, NoteLevel::Good, format!("{processes} of {processes} processes healthy"));
    for text in engines::notes(plan, &spec.sketch) {
        notes.add(&mut hooks, -1.0, NoteLevel::Info, text);
    }
    let token = cluster.token().to_owned();
    let real = plan.real_engines().map(|(node, address)| real_address(node, address));
    let nodes = cluster.addresses().map(|(node, port)| address(node, port, &token)).chain(real).collect();
    (hooks.on_event)(RunEvent::Addresses { nodes });

    let seeded = until_stopped(&mut hooks.stop.clone(), seed(spec, prepared, &mut cluster, &mut hooks)).await;
    let seeding_s = match seeded.unwrap_or_else(|| Err(stopped_before_load())) {
        Ok(seeding_s) => seeding_s,
        Err(error) => {
            cluster.stop().await;
            // However the seeding ended, some of the population may be in real servers.
            let swept = sweep(plan, &spec.scenario.population, &mut cluster).await;
            return Err(swept.err().map_or(error.clone(), |left| still_there(&error, &left)));
        }
    };
    let outcome = load(spec, prepared, &mut cluster, &mut hooks, &mut notes).await;
    phase(&mut hooks, RunPhase::Stopping, None);
    let healthy_s = cluster.healthy_s;
    let finals = cluster.stop().await;
    if let Err(error) = sweep(plan, &spec.scenario.population, &mut cluster).await {
        notes.add(&mut hooks, -1.0, NoteLevel::Bad, format!("The real servers still hold data of this run: {}", error.message));
    }
    let (result, history, meter) = outcome?;
    let finals = history.whole(finals);
    let (notes, undone) = (notes.list, notes.undone);
    let facts = Facts { spec, prepared, result, history, finals, notes, undone, healthy_s, seeding_s, host_cpu: meter.mean_share() };
    Ok(build(&facts))
}

fn phase(hooks: &mut Hooks<'_>, phase: RunPhase, progress: Option<(u32, u32)>) {
    (hooks.on_event)(RunEvent::Phase { phase, progress });
}

struct Notes {
    list: Vec<RunNote>,
    /// Faults of the scenario that did not happen.
    undone: Vec<String>,
}

impl Notes {
    fn add(&mut self, hooks: &mut Hooks<'_>, t_s: f64, level: NoteLevel, text: String) {
        self.mark(hooks, t_s, level, text, None);
    }

    /// The same, with a few words for the charts.
    fn mark(&mut self, hooks: &mut Hooks<'_>, t_s: f64, level: NoteLevel, text: String, mark: Option<String>) {
        let note = RunNote { t_s, level, text, mark };
        (hooks.on_event)(RunEvent::Note(note.clone()));
        self.list.push(note);
    }
}

/// Returns when the stop is asked for; never, when nobody can ask any more.
async fn asked_to_stop(stop: &mut signal::Receiver<bool>) {
    let asked = stop.wait_for(|stop| *stop).await.is_ok();
    if !asked {
        std::future::pending().await
    }
}

/// `None` when the stop came first.
pub async fn until_stopped<T>(stop: &mut signal::Receiver<bool>, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        done = work => Some(done),
        () = asked_to_stop(stop) => None,
    }
}

/// Starts the cluster of `plan` in a folder of its own.
pub async fn start_cluster(
    plan: &Plan,
    seed: u64,
    program: &Path,
    scratch_dir: &Path,
    progress: &mut (dyn FnMut(ClusterEvent) + Send),
) -> Result<Cluster, RpcError> {
    let token = new_token().map_err(|e| {
        RpcError::new("no_randomness", format!("no secret could be drawn: {e}"), "The operating system has no random numbers.")
    })?;
    let old = scratch_dir.to_owned();
    // What earlier runs left may be large. That it could not be swept away is no reason not to run.
    let _ = tokio::task::spawn_blocking(move || folder::sweep(&old)).await;
    let run_dir = folder::make(scratch_dir, &token)?;
    let config = ClusterConfig { program: program.to_owned(), token, seed, run_dir, sample_every_ms: TICK_MS };
    Ok(Cluster::start(plan, config, progress).await?)
}

async fn start(spec: &RunSpec, plan: &Plan, hooks: &mut Hooks<'_>) -> Result<Cluster, RpcError> {
    let mut stop = hooks.stop.clone();
    let (program, scratch_dir) = (hooks.program.clone(), hooks.scratch_dir.clone());
    let mut progress = |event: ClusterEvent| {
        if let ClusterEvent::Ready { done, of } = event {
            (hooks.on_event)(RunEvent::Phase { phase: RunPhase::Starting, progress: Some((done, of)) });
        }
    };
    let starting = start_cluster(plan, spec.seed, &program, &scratch_dir, &mut progress);
    match until_stopped(&mut stop, starting).await {
        Some(started) => started,
        None => Err(stopped_before_load()),
    }
}

fn stopped_before_load() -> RpcError {
    RpcError::new(STOPPED_BEFORE_LOAD, "stopped before the load began: nothing was measured", "")
}

/// A run that failed and could not be swept away either.
fn still_there(error: &RpcError, left: &RpcError) -> RpcError {
    let message = format!("{}. The real servers still hold data of this run: {}", error.message, left.message);
    RpcError::new(&left.code, message, &left.hint)
}

/// Writes the population with every envelope off. Gives the seconds that it took.
async fn seed(spec: &RunSpec, prepared: &Prepared, cluster: &mut Cluster, hooks: &mut Hooks<'_>) -> Result<f64, RpcError> {
    if prepared.plan.seeder().is_none() {
        return Ok(0.0);
    }
    phase(hooks, RunPhase::Seeding, None);
    let on_event = &mut hooks.on_event;
    let mut said = |text: String| on_event(RunEvent::Note(RunNote { t_s: -1.0, level: NoteLevel::Info, text, mark: None }));
    seed_cluster(spec, prepared, cluster, &mut said).await
}

async fn load(
    spec: &RunSpec,
    prepared: &Prepared,
    cluster: &mut Cluster,
    hooks: &mut Hooks<'_>,
    notes: &mut Notes,
) -> Result<(LoadResult, History, CpuMeter), RpcError> {
    let plan = &prepared.plan;
    let mut generator = Generator::spawn(&hooks.program)?;
    let mut load = prepared.load.clone();
    load.token = Some(cluster.token().to_owned());
    load.addresses =
        cluster.addresses().filter(|(node, _)| plan.entry.contains(&node.id)).map(|(_, port)| format!("127.0.0.1:{port}")).collect();
    let pids: Vec<u32> = cluster.pids().into_iter().map(|(_, pid)| pid).chain(generator.pid()).collect();
    let mut meter = CpuMeter::new(pids, this_host().cores);
    generator.tell(&ToGenerator::Start(Box::new(load))).await;
    cluster.measure();
    generator.tell(&ToGenerator::Go { at_ns: None }).await;
    let began = tokio::time::Instant::now();
    let mut schedule = Schedule::new(spec);
    phase(hooks, if spec.warmup_s() > 0.0 { RunPhase::WarmUp } else { RunPhase::Running }, None);

    let outlook = Outlook::new(spec, prepared);
    let mut history = History::default();
    let mut watcher = Watcher::new(spec.warmup_s());
    let mut clocks = Clocks::start();
    let mut stop = hooks.stop.clone();
    let mut deadline: Option<tokio::time::Instant> = None;
    let outcome = loop {
        tokio::select! {
            event = cluster.next_event() => match event {
                ClusterEvent::Sample { node, sample } => history.heard(node, *sample),
                ClusterEvent::Said { node, message } => notes.add(hooks, watcher.t_s, NoteLevel::Info, format!("{node}: {message}")),
                ClusterEvent::Died { node, reason } => {
                    history.died(&node);
                    let text = format!("{node} is gone: {reason}");
                    notes.mark(hooks, began.elapsed().as_secs_f64(), NoteLevel::Bad, text, Some(format!("{node} gone")));
                }
                ClusterEvent::Back { node, pid } => {
                    meter.add(pid);
                    let text = format!("{node} is back: process {pid} answers at the same address");
                    notes.mark(hooks, began.elapsed().as_secs_f64(), NoteLevel::Good, text, Some(format!("{node} back")));
                }
                ClusterEvent::Ready { .. } => {}
            },
            () = at(schedule.next_s().map(|s| began + Duration::from_secs_f64(s.max(0.0)))), if deadline.is_none() => {
                if let Some(told) = schedule.perform(cluster, &mut history).await {
                    if !told.happened {
                        notes.undone.push(told.text.clone());
                    }
                    notes.mark(hooks, began.elapsed().as_secs_f64(), told.level, told.text, told.mark);
                }
            }
            // Once nobody can order any more this is never ready.
            Some(order) = hooks.faults.recv(), if deadline.is_none() => {
                let told = faults::perform(order.kind, &order.node, "by hand", cluster, &mut history).await;
                notes.mark(hooks, began.elapsed().as_secs_f64(), told.level, told.text, told.mark);
            }
            said = generator.next() => match said {
                Ok(FromGenerator::Tick(tick)) => {
                    history.tick(tick);
                    meter.tick();
                    watcher.look(spec, plan, &history, hooks, notes);
                    if let Some(text) = clocks.look() {
                        notes.add(hooks, began.elapsed().as_secs_f64(), NoteLevel::Warning, text);
                    }
                    let mut tick = history.run_tick(plan, spec.duration_s);
                    tick.host_cpu = meter.last_share();
                    outlook.complete(&mut tick, spec, plan, &history);
                    (hooks.on_event)(RunEvent::Tick(Box::new(tick)));
                }
                Ok(FromGenerator::Done(result)) => break Ok(*result),
                Ok(FromGenerator::Failed { message }) => break Err(RpcError::new("generator", message, "")),
                Err(error) => break Err(error),
            },
            () = asked_to_stop(&mut stop), if deadline.is_none() => {
                generator.tell(&ToGenerator::Stop).await;
                deadline = Some(tokio::time::Instant::now() + DRAIN_WITHIN);
                phase(hooks, RunPhase::Draining, None);
            }
            () = at(deadline) => {
                break Err(RpcError::new("stopped", "stopped, and the generator did not report in time", "Run it again."));
            }
        }
    };
    generator.end().await;
    let result = outcome?;
    arrive(plan, cluster, &mut history, &mut |text| notes.add(hooks, result.elapsed_s, NoteLevel::Info, text)).await;
    let level = if result.stopped { NoteLevel::Warning } else { NoteLevel::Info };
    notes.add(hooks, result.elapsed_s, level, if result.stopped { "Stopped by hand".into() } else { "Load is over".into() });
    Ok((result, history, meter))
}

/// What was under way when the load ended is measured too: tweets reach their readers a little later. What is late for other reasons is not
/// waited for.
async fn arrive(plan: &Plan, cluster: &mut Cluster, history: &mut History, said: &mut (dyn FnMut(String) + Send)) {
    if !plan.nodes.iter().any(|node| node.role == "fanout") {
        return;
    }
    // Every node has said something since.
    let (heard, within) = (tokio::time::Instant::now() + 2 * Duration::from_millis(TICK_MS), tokio::time::Instant::now() + ARRIVE_WITHIN);
    loop {
        tokio::select! {
            event = cluster.next_event() => match event {
                ClusterEvent::Sample { node, sample } => history.heard(node, *sample),
                ClusterEvent::Died { node, .. } => history.died(&node),
                ClusterEvent::Said { node, message } => said(format!("{node}: {message}")),
                ClusterEvent::Back { .. } | ClusterEvent::Ready { .. } => {}
            },
            () = at(Some(within)) => return,
        }
        let announced = history.counted("tweets_announced");
        if tokio::time::Instant::now() >= heard && history.counted("tweets_fanned_out") >= announced {
            return;
        }
    }
}

async fn at(deadline: Option<tokio::time::Instant>) {
    match deadline {
        Some(deadline) => tokio::time::sleep_until(deadline).await,
        None => std::future::pending().await,
    }
}

/// Notices what a person would want to be told, each once.
struct Watcher {
    warmup_s: f64,
    t_s: f64,
    running: bool,
    saturated: Vec<String>,
    refusing: Vec<String>,
}

impl Watcher {
    fn new(warmup_s: f64) -> Self {
        Self { warmup_s, t_s: 0.0, running: warmup_s <= 0.0, saturated: Vec::new(), refusing: Vec::new() }
    }

    fn look(&mut self, spec: &RunSpec, plan: &Plan, history: &History, hooks: &mut Hooks<'_>, notes: &mut Notes) {
        let tick = history.run_tick(plan, spec.duration_s);
        self.t_s = tick.t_s;
        if !self.running && tick.t_s >= self.warmup_s {
            self.running = true;
            phase(hooks, RunPhase::Running, None);
            notes.add(hooks, tick.t_s, NoteLevel::Info, "Warm-up over, measuring".into());
        }
        for (id, component) in &tick.components {
            let name = spec.sketch.component(id).map_or(id.as_str(), |c| c.name.as_str());
            if component.utilisation >= 0.99 && !self.saturated.contains(id) {
                self.saturated.push(id.clone());
                notes.add(hooks, tick.t_s, NoteLevel::Bad, format!("{name}: every worker is busy"));
            }
            if component.refused_per_s > 0.0 && !self.refusing.contains(id) {
                self.refusing.push(id.clone());
                notes.add(hooks, tick.t_s, NoteLevel::Bad, format!("{name}: queues full, it refuses"));
            }
        }
    }
}

#[cfg(all(test, unix))]
mod tests;
