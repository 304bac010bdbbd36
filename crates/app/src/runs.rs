//! Runs from the window: one at a time, streamed, stopped, stored.

use std::sync::Arc;

use loadline_model::report::Report;
use loadline_model::sketch::Sketch;
use loadline_store::versions::Reason as VersionReason;
use loadline_store::{NewRun, StoreError};
use tokio::sync::{Mutex, mpsc, watch};

use crate::contract::{ById, Empty, PredictionKey, RpcError, RunEvent, RunFault, RunRecord, RunStart, RunStarted};
use crate::dispatch::EventSink;
use crate::run::{FaultOrder, Hooks, RunSpec, conduct, prepare};
use crate::{App, designs, dispatch, kept, library};

/// The run that goes on now, if any.
#[derive(Default)]
pub(crate) struct ActiveRun(Mutex<Option<Active>>);

struct Active {
    id: String,
    stop: watch::Sender<bool>,
    faults: mpsc::UnboundedSender<FaultOrder>,
    gone: watch::Receiver<bool>,
}

impl App {
    /// Starts the saved drawing of a design; events go to `events` until `Finished` or `Failed`.
    pub async fn run_start(&self, request: RunStart, events: EventSink) -> Result<RunStarted, RpcError> {
        let mut active = self.active().0.lock().await;
        if active.as_ref().is_some_and(|run| !*run.gone.borrow()) {
            return Err(RpcError::new(
                "run_active",
                "a run is going on",
                "Stop it first: one at a time, or they would measure each other.",
            ));
        }
        let design = self.design_open(ById { id: request.design.clone() }).await?;
        let exercise = self.library().exercise(&design.exercise)?;
        let scenario = library::scenario(exercise, Some(&request.wish.scenario))?.clone();
        let key = PredictionKey { design: request.design.clone(), scenario: scenario.name.clone() };
        let predictions = self.prediction_open(key).await?;
        let spec = RunSpec::new(&exercise.id, &design.card.title, design.sketch, scenario, &request.wish, predictions)?;
        let laptop = self.laptop().await?;
        let preparing = tokio::task::spawn_blocking(move || prepare(&spec, laptop).map(|prepared| (spec, prepared)));
        let (spec, prepared) = preparing.await.map_err(|error| RpcError::new("internal", error.to_string(), "Report it."))??;
        let number = u32::try_from(self.store().next_run_number(&exercise.id).await?).unwrap_or(0);
        let started_ms = designs::now_ms();
        let id = format!("active-{started_ms}");
        let (stop, stopped) = watch::channel(false);
        let (gone, is_gone) = watch::channel(false);
        let done = gone.clone();
        let (order, faults) = mpsc::unbounded_channel();
        let plan = prepared.preview.clone();
        let design_id = designs::number_of(&request.design)?;
        self.store().keep_version(design_id, VersionReason::Run, started_ms).await?;
        *active = Some(Active { id: id.clone(), stop, faults: order, gone: is_gone });
        let app = self.clone();
        let sink: EventSink = events.clone();
        let running = tokio::spawn(async move {
            let mut on_event = |event| sink(vec![event]);
            let places = app.places();
            let hooks = Hooks {
                program: places.node_program.clone(),
                scratch_dir: places.data_dir.join("runs"),
                stop: stopped,
                faults,
                on_event: &mut on_event,
            };
            let last = match conduct(&spec, &prepared, hooks).await {
                Ok(report) => match app.keep(design_id, started_ms, &spec.sketch, &report).await {
                    Ok(id) => RunEvent::Finished { id, report: Box::new(report) },
                    Err(error) => RunEvent::Failed { error },
                },
                Err(error) => RunEvent::Failed { error },
            };
            // Only now: the end of the app waits until the run is kept. And before the window hears of it, so that it can start the next at once.
            let _ = done.send(true);
            sink(vec![last]);
        });
        // A bug in a run must not leave the window waiting for it: what was started ends with the run, and the window is told.
        tokio::spawn(async move {
            if let Err(broken) = running.await {
                let _ = gone.send(true);
                events(vec![RunEvent::Failed { error: dispatch::broke("the run", &broken) }]);
            }
        });
        Ok(RunStarted { id, number, plan })
    }

    /// Keeps what was measured, whatever became of the design meanwhile. Where the store does not take it, it is a file among the exports.
    async fn keep(&self, design_id: i64, started_ms: i64, sketch: &Sketch, report: &Report) -> Result<String, RpcError> {
        let new = NewRun { design_id: Some(design_id), started_ms, note: "" };
        let kept = match self.store().insert_run(new, sketch, report).await {
            // It was deleted while it ran.
            Err(StoreError::NotFound { .. }) => self.store().insert_run(NewRun { design_id: None, ..new }, sketch, report).await,
            kept => kept,
        };
        match kept {
            Ok(id) => Ok(id.to_string()),
            Err(error) => Err(self.keep_as_file(error.into(), started_ms, sketch, report).await),
        }
    }

    /// Writes a report that the store did not take to a file; the error says where it is, or why there is none either.
    async fn keep_as_file(&self, why: RpcError, started_ms: i64, sketch: &Sketch, report: &Report) -> RpcError {
        let report = Report { sketch: Some(sketch.without_secrets()), ..report.clone() };
        match kept::write_json(&self.places().data_dir, &format!("{}-unsaved-run-{started_ms}.json", report.exercise), &report).await {
            Ok(path) => RpcError::new(
                &why.code,
                format!("{}. The run itself is over, and its report is in {}", why.message, path.display()),
                format!("{} `loadline report` shows that file.", why.hint),
            ),
            Err(also) => RpcError::new(
                &why.code,
                format!("{}. The run's report could not be written to a file either: {}", why.message, also.message),
                why.hint,
            ),
        }
    }

    /// Stops the run: no more load, what was measured is reported, nothing is left running.
    pub async fn run_stop(&self, request: ById) -> Result<Empty, RpcError> {
        match self.active().0.lock().await.as_ref() {
            Some(active) if active.id == request.id => {
                // A run that is over already has nobody listening.
                let _ = active.stop.send(true);
                Ok(Empty {})
            }
            _ => Err(RpcError::not_found("run", &request.id, "It is over already.")),
        }
    }

    /// Kills an instance of the run, or starts a killed one again; what came of it is a note of the run.
    pub async fn run_fault(&self, request: RunFault) -> Result<Empty, RpcError> {
        let over = || RpcError::not_found("run under load", &request.id, "It is over already, or its load has not begun.");
        let active = self.active().0.lock().await;
        let run = active.as_ref().filter(|run| run.id == request.id && !*run.gone.borrow()).ok_or_else(over)?;
        let order = FaultOrder { kind: request.kind, node: request.node.clone() };
        run.faults.send(order).map_err(|_| over())?;
        Ok(Empty {})
    }

    /// A run of the past.
    pub async fn run_open(&self, request: ById) -> Result<RunRecord, RpcError> {
        let run = self.store().run(designs::number_of(&request.id)?).await?;
        let cards = self.run_cards(&run.row.exercise).await?;
        let card = cards.into_iter().find(|card| card.id == request.id);
        let card = card.ok_or_else(|| RpcError::not_found("run", &request.id, "Open it from the exercise again."))?;
        let learner = kept::learner(&run);
        Ok(RunRecord { card, sketch: run.sketch, report: run.report, learner })
    }

    /// Refuses while a run goes on.
    pub(crate) async fn none_runs(&self) -> Result<(), RpcError> {
        match self.active().0.lock().await.as_ref() {
            Some(run) if !*run.gone.borrow() => {
                Err(RpcError::new("run_active", "a run is going on", "Stop it first, or wait for its report."))
            }
            _ => Ok(()),
        }
    }

    /// Stops what runs and waits until it is gone. Call it before the process ends.
    pub async fn close(&self) {
        let gone = self.active().0.lock().await.as_ref().map(|active| {
            // As in `run_stop`.
            let _ = active.stop.send(true);
            active.gone.clone()
        });
        if let Some(mut gone) = gone {
            let _ = gone.wait_for(|gone| *gone).await;
        }
        // A backup that is being made is finished: the next start would begin it again.
        let _ = self.daily_backup(designs::now_ms()).await;
        self.store().clone().close().await;
    }
}

/// Shared by every clone of the app.
pub(crate) type SharedRun = Arc<ActiveRun>;

#[cfg(test)]
mod tests;
