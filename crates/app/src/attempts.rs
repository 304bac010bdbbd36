//! Solutions stay shut until an attempt: a run of a drawing of the learner's own. Opening one without is allowed, and recorded.

use std::collections::BTreeMap;

use loadline_content::{Design, Exercise};
use loadline_model::sketch::Sketch;

use crate::App;
use crate::contract::{Empty, RpcError, SolutionOpen};
use crate::designs::now_ms;

/// Different drawings of an exercise that are looked through for one of the learner's own.
const MAX_DRAWINGS: u32 = 500;

/// What the learner may open.
pub(crate) struct Attempts {
    /// True: a drawing of the learner's own has run.
    attempted: bool,
    /// Solutions that were opened without, and when.
    opened: BTreeMap<String, i64>,
}

impl Attempts {
    pub(crate) fn is_shut(&self, design: &Design) -> bool {
        design.shut && !self.attempted && !self.opened.contains_key(&design.name)
    }

    /// When the design was opened before an attempt.
    pub(crate) fn opened_ms(&self, design: &Design) -> Option<i64> {
        self.opened.get(&design.name).copied()
    }
}

impl App {
    /// Opens a shut design before an attempt: recorded, once.
    pub async fn solution_open(&self, request: SolutionOpen) -> Result<Empty, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let design = bundled(exercise, &request.design)?;
        if self.attempts(exercise).await?.is_shut(design) {
            self.store().record_opening(&exercise.id, &design.name, now_ms()).await?;
        }
        Ok(Empty {})
    }

    pub(crate) async fn attempts(&self, exercise: &Exercise) -> Result<Attempts, RpcError> {
        let ran = self.store().drawings_run(&exercise.id, MAX_DRAWINGS).await?;
        let attempted = ran.iter().any(|sketch| is_own(sketch, exercise));
        Ok(Attempts { attempted, opened: self.store().openings(&exercise.id).await? })
    }

    /// Refuses a design that is shut; the window asks, and then opens it by [`App::solution_open`].
    pub(crate) async fn check_open(&self, exercise: &Exercise, name: &str) -> Result<(), RpcError> {
        let design = bundled(exercise, name)?;
        if !self.attempts(exercise).await?.is_shut(design) {
            return Ok(());
        }
        Err(RpcError::new(
            "design_shut",
            format!("{} is shut until you have run a design of your own", design.title),
            "Draw and run one, or open it anyway from the exercise's page.",
        ))
    }
}

fn bundled<'a>(exercise: &'a Exercise, name: &str) -> Result<&'a Design, RpcError> {
    exercise.design(name).ok_or_else(|| RpcError::not_found("design", name, "Choose one of the exercise's page."))
}

/// A drawing that none of the exercise's designs is. A copy that was changed is the learner's own; one that was renamed or moved is not.
fn is_own(sketch: &Sketch, exercise: &Exercise) -> bool {
    !exercise.designs.iter().any(|design| design.sketch.draws_the_same(sketch))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{ById, DesignCreate};
    use crate::library::Library;

    #[test]
    fn a_changed_copy_is_an_attempt_and_a_moved_one_is_not() {
        let library = Library::open();
        let twitter = library.exercise("twitter").unwrap();
        let mut sketch = twitter.design("naive").unwrap().sketch.clone();
        sketch.title = "Mine".into();
        sketch.components.iter_mut().for_each(|component| {
            component.at.0 += 24.0;
            component.name.push('!');
        });
        sketch.components.reverse();
        sketch.links.reverse();
        assert!(!is_own(&sketch, twitter), "moved, renamed and listed the other way round");
        sketch.components[0].instances += 1;
        assert!(is_own(&sketch, twitter));
    }

    #[test]
    fn a_solution_is_shut_until_an_attempt_or_an_opening() {
        let library = Library::open();
        let twitter = library.exercise("twitter").unwrap();
        let (naive, good, better) = (twitter.design("naive").unwrap(), twitter.design("good").unwrap(), twitter.design("better").unwrap());
        let mut attempts = Attempts { attempted: false, opened: BTreeMap::new() };
        assert_eq!([naive, good, better].map(|design| attempts.is_shut(design)), [false, true, true]);
        attempts.opened.insert("good".into(), 5);
        assert_eq!([good, better].map(|design| attempts.is_shut(design)), [false, true], "each by itself");
        assert_eq!([good, better].map(|design| attempts.opened_ms(design)), [Some(5), None]);
        attempts.attempted = true;
        assert!(!attempts.is_shut(better));
    }

    #[tokio::test]
    async fn opening_a_solution_without_an_attempt_is_asked_for_once_and_recorded() {
        let dir = tempfile::tempdir().unwrap();
        let app = App::open(crate::Places { data_dir: dir.path().to_owned(), node_program: "none".into() }).await.unwrap();
        let wish = |name: &str| DesignCreate { exercise: "twitter".into(), from: Some(name.into()), copy_of: None, title: None };
        app.design_create(wish("naive")).await.unwrap();
        assert_eq!(app.design_create(wish("good")).await.unwrap_err().code, "design_shut");
        let open = |design: &str| SolutionOpen { exercise: "twitter".into(), design: design.into() };
        assert_eq!(app.solution_open(open("best")).await.unwrap_err().code, "not_found");
        app.solution_open(open("good")).await.unwrap();
        app.design_create(wish("good")).await.unwrap();
        let shown = app.exercise(ById { id: "twitter".into() }).await.unwrap().bundled;
        let told: Vec<_> = shown.iter().map(|design| (design.name.as_str(), design.shut, design.opened_ms.is_some())).collect();
        assert_eq!(told, [("naive", false, false), ("good", false, true), ("better", true, false)]);
    }
}
