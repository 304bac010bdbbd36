//! The library, an opened exercise, and what can be said while drawing: commands over the packs.

use loadline_content::manifest::{ExerciseKind, Order};
use loadline_model::catalog;
use loadline_model::report::{Report, Verdict};
use loadline_store::{RunRow, StoreError};

use crate::App;
use crate::contract::{
    BundledDesign, ById, Check, CheckRequest, DesignOrder, Diagram, DiagramRequest, Empty, Exercise, ExerciseCard, Library, PackCard,
    Palette, RecentRun, RpcError, RunCard,
};
use crate::{check, designs, library, packs, practice};

impl App {
    /// What can be practised.
    pub async fn library_command(&self, _request: Empty) -> Result<Library, RpcError> {
        let (mut exercises, mut recent) = (Vec::new(), Vec::new());
        for exercise in self.library().exercises() {
            exercises.push(self.card(exercise).await?);
            let runs = self.run_cards(&exercise.id).await?.into_iter().take(RECENT_RUNS);
            recent.extend(runs.map(|run| RecentRun { exercise: exercise.title.clone(), run }));
        }
        recent.sort_by_key(|recent| std::cmp::Reverse(recent.run.started_ms));
        recent.truncate(RECENT_RUNS);
        let count = |pack: &loadline_content::Pack, kind| pack.exercises.iter().filter(|e| e.kind == kind).count() as u32;
        let pack = |pack: &loadline_content::Pack| PackCard {
            id: pack.manifest.id.clone(),
            title: pack.manifest.title.clone(),
            version: pack.manifest.version.clone(),
            exercises: count(pack, ExerciseKind::Exercise),
            labs: count(pack, ExerciseKind::Lab),
        };
        Ok(Library { exercises, packs: self.library().packs().iter().map(pack).collect(), recent })
    }

    /// Every role of the palette.
    pub async fn palette(&self, _request: Empty) -> Result<Palette, RpcError> {
        Ok(Palette { roles: catalog::roles().to_vec() })
    }

    /// An exercise, opened.
    pub async fn exercise(&self, request: ById) -> Result<Exercise, RpcError> {
        let exercise = self.library().exercise(&request.id)?;
        let attempts = self.attempts(exercise).await?;
        let bundled = |design: &loadline_content::Design| BundledDesign {
            name: design.name.clone(),
            title: design.title.clone(),
            summary: design.summary.clone(),
            order: match design.order {
                Order::Naive => DesignOrder::Naive,
                Order::Good => DesignOrder::Good,
                Order::Better => DesignOrder::Better,
            },
            shut: attempts.is_shut(design),
            opened_ms: attempts.opened_ms(design),
            components: design.sketch.components.len() as u32,
        };
        let mut designs: Vec<_> = self.store().designs(&exercise.id).await?.iter().map(designs::card).collect();
        designs.sort_by_key(|card| std::cmp::Reverse(card.updated_ms));
        Ok(Exercise {
            card: self.card(exercise).await?,
            brief_html: exercise.brief.html.clone(),
            scenarios: exercise.scenarios.values().cloned().collect(),
            default_scenario: exercise.scenario.clone(),
            bundled: exercise.designs.iter().map(bundled).collect(),
            designs,
            runs: self.run_cards(&exercise.id).await?,
        })
    }

    /// A diagram of a brief, rendered where it can be stopped.
    pub async fn diagram(&self, request: DiagramRequest) -> Result<Diagram, RpcError> {
        let source = self.library().packs().iter().find_map(|pack| pack.diagram_source(&request.hash));
        let source = source.ok_or_else(|| RpcError::not_found("diagram", &request.hash, "Open the exercise again."))?.to_owned();
        let (app, renderer) = (self.clone(), packs::renderer(&self.places().node_program));
        let svg = tokio::task::spawn_blocking(move || app.diagrams().svg(&source, &|text| renderer.render(text))).await;
        let svg = svg.map_err(|error| {
            RpcError::new("diagram", format!("the diagram was not drawn: {error}"), "The text beside it says the same.")
        })?;
        let svg = svg.map_err(|error| RpcError::new("diagram", error.to_string(), "The text beside it says the same."))?;
        Ok(Diagram { svg })
    }

    /// What can be said while drawing.
    pub async fn check(&self, request: CheckRequest) -> Result<Check, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let scenario = library::scenario(exercise, Some(&request.wish.scenario))?.clone();
        let id = exercise.id.clone();
        let laptop = self.laptop().await?;
        let checking = tokio::task::spawn_blocking(move || check::check_on(&id, &request.sketch, &scenario, &request.wish, laptop));
        checking.await.map_err(|error| RpcError::new("internal", error.to_string(), "Undo the last change, and report it."))?
    }

    async fn card(&self, exercise: &loadline_content::Exercise) -> Result<ExerciseCard, RpcError> {
        let designs = self.store().designs(&exercise.id).await?;
        let runs = self.run_cards(&exercise.id).await?;
        let newest = designs.iter().max_by_key(|row| row.updated_ms);
        let thumbnail = match newest {
            Some(row) => legible(self.store().design(row.id).await)?.map(|design| design.sketch),
            None => None,
        };
        let newest_run = runs.first();
        let last = match newest_run {
            Some(run) => legible(self.store().run(designs::number_of(&run.id)?).await)?.map(|run| run.report),
            None => None,
        };
        let attempt = legible(self.store().newest_attempt(&exercise.id).await)?.flatten();
        Ok(ExerciseCard {
            id: exercise.id.clone(),
            kind: if exercise.kind == ExerciseKind::Lab { "lab".into() } else { "exercise".into() },
            title: exercise.title.clone(),
            subtitle: exercise.subtitle.clone(),
            question: exercise.question.clone(),
            minutes: exercise.minutes,
            tags: exercise.tags.clone(),
            attempts: attempt.as_ref().map_or(0, |attempt| u32::try_from(attempt.row.number).unwrap_or(0)),
            phases: practice::steps(exercise, attempt.as_ref()),
            designs: designs.len() as u32,
            runs: runs.len() as u32,
            last_verdict: newest_run.map(|run| run.verdict),
            last_targets: last.as_ref().map_or_else(|| newest_run.map_or(0, |run| run.targets), |report| report.targets.len() as u32),
            last_predictions: last.as_ref().and_then(within_two),
            thumbnail,
        })
    }

    /// The learner's runs of an exercise, newest first, numbered from 1.
    pub(crate) async fn run_cards(&self, exercise: &str) -> Result<Vec<RunCard>, RpcError> {
        let rows = self.store().runs(Some(exercise), MAX_RUNS).await?;
        let known = self.library().exercise(exercise).ok();
        let targets =
            |scenario: &str| known.and_then(|known| known.scenarios.get(scenario)).map_or(0, |scenario| scenario.targets.len() as u32);
        let card = |row: &RunRow| RunCard {
            id: row.id.to_string(),
            number: u32::try_from(row.number).unwrap_or(0),
            name: row.name.clone(),
            note: row.note.clone(),
            explained: !row.why.trim().is_empty(),
            design_id: row.design_id.map(|id| id.to_string()).unwrap_or_default(),
            design_title: row.design.clone(),
            scenario: row.scenario.clone(),
            verdict: verdict(&row.verdict),
            targets: targets(&row.scenario),
            started_ms: row.started_ms,
        };
        Ok(rows.iter().map(card).collect())
    }
}

/// Runs of an exercise that are listed.
const MAX_RUNS: u32 = 1000;
/// Runs that the library lists over all exercises.
const RECENT_RUNS: usize = 6;

/// What can be read of a row. One that cannot does not shut the page on which it can be deleted; it says why when it is opened.
fn legible<T>(row: Result<T, StoreError>) -> Result<Option<T>, RpcError> {
    match row {
        Ok(row) => Ok(Some(row)),
        Err(StoreError::Unreadable { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Predictions within a factor of 2 of what was measured, and how many could be compared.
fn within_two(report: &Report) -> Option<(u32, u32)> {
    let ratios: Vec<f64> = report.predictions.iter().filter_map(|p| p.ratio).collect();
    let near = ratios.iter().filter(|r| (0.5..=2.0).contains(*r)).count();
    (!ratios.is_empty()).then_some((near as u32, ratios.len() as u32))
}

/// The verdict behind a word of the store; a word that this version does not know says nothing.
fn verdict(word: &str) -> Verdict {
    serde_json::from_value(serde_json::Value::String(word.to_owned())).unwrap_or(Verdict::Inconclusive)
}

#[cfg(test)]
mod tests;
