//! What can be practised: the packs, and what is found in them by name.

pub use loadline_content::Exercise;
use loadline_content::{Pack, Source};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

use crate::contract::RpcError;

/// Every installed pack.
pub struct Library {
    packs: Vec<Pack>,
}

impl Library {
    /// The pack that comes with the program.
    pub fn open() -> Self {
        let (core, _findings) = loadline_content::load(&Source::Embedded);
        Self { packs: vec![core] }
    }

    /// Every pack.
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// Every exercise and lab, exercises first.
    pub fn exercises(&self) -> Vec<&Exercise> {
        let mut all: Vec<&Exercise> = self.packs.iter().flat_map(|pack| &pack.exercises).collect();
        all.sort_by_key(|exercise| exercise.kind == loadline_content::manifest::ExerciseKind::Lab);
        all
    }

    /// The exercise or lab `id`.
    pub fn exercise(&self, id: &str) -> Result<&Exercise, RpcError> {
        let names = || self.exercises().iter().map(|e| e.id.as_str()).collect::<Vec<_>>().join(", ");
        let found = self.packs.iter().find_map(|pack| pack.exercise(id));
        found.ok_or_else(|| RpcError::not_found("exercise", id, format!("Choose one of {}.", names())))
    }
}

/// The scenario `name` of an exercise, or its default one.
pub fn scenario<'a>(exercise: &'a Exercise, name: Option<&str>) -> Result<&'a Scenario, RpcError> {
    let name = name.unwrap_or(&exercise.scenario);
    let known = || exercise.scenarios.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    exercise.scenarios.get(name).ok_or_else(|| RpcError::not_found("scenario", name, format!("{} has {}.", exercise.title, known())))
}

/// The bundled design `name` of an exercise.
pub fn bundled<'a>(exercise: &'a Exercise, name: &str) -> Result<&'a Sketch, RpcError> {
    let known = || exercise.designs.iter().map(|d| d.name.as_str()).collect::<Vec<_>>().join(", ");
    let found = exercise.designs.iter().find(|design| design.name == name);
    found.map(|design| &design.sketch).ok_or_else(|| {
        RpcError::not_found("design", name, format!("{} has {}; or give the path of a sketch file.", exercise.title, known()))
    })
}
