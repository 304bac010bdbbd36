//! A learner's attempts at an exercise: commands over the store, and what counts as an attempt. The texts that are opened are in `study`.

use std::collections::BTreeMap;

use loadline_content::Exercise;
use loadline_store::{NewDesign, Place};

use crate::App;
use crate::contract::{
    Attempt, AttemptAnswer, AttemptCard, AttemptNote, ById, Design, DiveOpen, NoteSave, OpenedHint, OpenedSolution, PhaseState, PhaseStep,
    Practice, RpcError, Saved, SolutionRequest, StudyPart, WorksheetAnswers,
};
use crate::designs::now_ms;
use crate::library;

/// The phase that the worksheet belongs to.
pub(crate) const ESTIMATION: &str = "estimation";

impl App {
    /// The learner's attempts of an exercise.
    pub async fn practice(&self, request: ById) -> Result<Practice, RpcError> {
        let exercise = self.library().exercise(&request.id)?;
        let attempt = self.store().newest_attempt(&exercise.id).await?.map(attempt).transpose()?;
        let number = attempt.as_ref().map_or(0, |attempt| attempt.card.number);
        let all = self.store().attempts(&exercise.id).await?;
        Ok(Practice { attempt, earlier: all.iter().map(card).filter(|card| card.number < number).collect() })
    }

    /// Begins another attempt, empty; refused while one goes on.
    pub async fn attempt_begin(&self, request: ById) -> Result<Practice, RpcError> {
        let exercise = self.library().exercise(&request.id)?;
        self.store().begin_attempt(&exercise.id, now_ms()).await?;
        self.practice(request).await
    }

    /// Finishes the attempt that goes on: it no longer changes.
    pub async fn attempt_finish(&self, request: ById) -> Result<Practice, RpcError> {
        let exercise = self.library().exercise(&request.id)?;
        self.store().finish_attempt(&exercise.id, now_ms()).await?;
        self.practice(request).await
    }

    /// Keeps a note; the first one begins an attempt.
    pub async fn note_save(&self, request: NoteSave) -> Result<Saved, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        known(exercise, request.part, &request.id)?;
        let saved_ms = now_ms();
        let place = Place { exercise: &exercise.id, part: word(request.part), name: &request.id };
        self.store().save_note(place, &request.text, saved_ms).await?;
        Ok(Saved { saved_ms })
    }

    /// Keeps answers of the worksheet; one that was handed in stays as it is.
    pub async fn answers_save(&self, request: WorksheetAnswers) -> Result<Saved, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let asked = |quantity: &str| exercise.study.worksheet.as_ref().is_some_and(|sheet| sheet.quantity(quantity).is_some());
        if let Some(unknown) = request.answers.keys().find(|quantity| !asked(quantity)) {
            return Err(RpcError::not_found("quantity", unknown, "Open the exercise again."));
        }
        let saved_ms = now_ms();
        self.store().save_answers(&exercise.id, &request.answers, saved_ms).await?;
        Ok(Saved { saved_ms })
    }

    /// The learner's own copy of the drawing of a dive's run, with what the run changes. The copy that exists is opened rather than made twice;
    /// a design that is shut is refused.
    pub async fn dive_open(&self, request: DiveOpen) -> Result<Design, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let dive = exercise.study.dives.iter().find(|dive| dive.id == request.dive);
        let dive = dive.ok_or_else(|| RpcError::not_found("dive", &request.dive, "Open the exercise again."))?;
        let run = dive.runs.iter().find(|run| run.id == request.run);
        let run = run.ok_or_else(|| RpcError::not_found("run", &request.run, "Open the exercise again."))?;
        self.check_open(exercise, &run.design).await?;
        let mut sketch = library::bundled(exercise, &run.design)?.changed(&run.set).map_err(|why| {
            RpcError::new("pack_invalid", format!("the run {} of {}: {why}", run.id, dive.title), "Check the pack with `loadline lint`.")
        })?;
        let title = format!("{}: {}", dive.title, run.id);
        sketch.title.clone_from(&title);
        let name = self.free_name(&exercise.id, &format!("dive-{}-{}", dive.id, run.id), &sketch).await?;
        let id = match name {
            Free::Same(id) => id,
            Free::Name(name) => {
                let new = NewDesign { exercise: &exercise.id, name: &name, title: &title, based_on: Some(&run.design) };
                self.store().create_design(new, &sketch, now_ms()).await?
            }
        };
        self.design_open(ById { id: id.to_string() }).await
    }

    /// A name for a design: the wanted one, or with a number when the learner has changed the drawing that has it.
    async fn free_name(&self, exercise: &str, wanted: &str, sketch: &loadline_model::sketch::Sketch) -> Result<Free, RpcError> {
        let wanted: String = wanted.chars().take(40).collect();
        for number in 1..=MAX_COPIES {
            let name = if number == 1 { wanted.clone() } else { format!("{wanted}-{number}") };
            match self.store().design_named(exercise, &name).await? {
                None => return Ok(Free::Name(name)),
                Some(design) if design.sketch == *sketch => return Ok(Free::Same(design.row.id)),
                Some(_) => {}
            }
        }
        let message = format!("there are {MAX_COPIES} changed copies of this run's drawing");
        Err(RpcError::new("too_many_copies", message, "Delete those that you no longer need."))
    }

    /// Records that the solution is opened, once it may be: against an attempt, or anyway. One that is open already stays open.
    pub(crate) async fn open_solution(&self, exercise: &Exercise, request: &SolutionRequest) -> Result<(), RpcError> {
        let newest = self.store().newest_attempt(&exercise.id).await?;
        let key = (word(request.part).to_owned(), request.id.clone());
        if newest.as_ref().is_some_and(|attempt| attempt.solutions.contains_key(&key)) {
            return Ok(());
        }
        let estimation = request.part == StudyPart::Phase && request.id == ESTIMATION;
        let answered = newest.is_some_and(|attempt| attempt.answers.values().any(|answer| !answer.text.trim().is_empty()));
        let handed = if !request.attempt.trim().is_empty() || (estimation && answered) {
            Some(request.attempt.as_str())
        } else if request.anyway {
            None
        } else {
            let hint = "Write down your own answer first, however short: the solution opens then.";
            return Err(RpcError::new("attempt_missing", "there is no attempt yet", hint));
        };
        let place = Place { exercise: &exercise.id, part: word(request.part), name: &request.id };
        let now_ms = now_ms();
        if handed.is_some_and(|text| !text.trim().is_empty()) {
            self.store().save_note(place, &request.attempt, now_ms).await?;
        }
        Ok(self.store().record_solution(place, handed, now_ms).await?)
    }

    /// Keeps the answers, and gives back all that count: those that were handed in before as they were then. With it, whether the solution
    /// of the estimation phase is open.
    pub(crate) async fn answers_handed_in(&self, request: &WorksheetAnswers) -> Result<(BTreeMap<String, String>, bool), RpcError> {
        let before = self.store().newest_attempt(&request.exercise).await?;
        let finished = before.as_ref().is_some_and(|attempt| attempt.row.finished_ms.is_some());
        if !request.answers.is_empty() && !finished {
            self.answers_save(request.clone()).await?;
        }
        let attempt = self.store().newest_attempt(&request.exercise).await?;
        let Some(attempt) = attempt else { return Ok((BTreeMap::new(), false)) };
        let open = attempt.solutions.contains_key(&(word(StudyPart::Phase).to_owned(), ESTIMATION.to_owned()));
        let counts = |quantity: &String, handed: bool| handed || request.answers.contains_key(quantity);
        let answers = attempt.answers.into_iter().filter(|(quantity, answer)| counts(quantity, answer.handed_ms.is_some()));
        Ok((answers.map(|(quantity, answer)| (quantity, answer.text)).collect(), open))
    }
}

/// Most changed copies of a run's drawing that a new one is numbered after.
const MAX_COPIES: u32 = 100;

enum Free {
    /// The learner has the very drawing.
    Same(i64),
    Name(String),
}

/// The store's word for a part.
pub(crate) fn word(part: StudyPart) -> &'static str {
    match part {
        StudyPart::Phase => "phase",
        StudyPart::Dive => "dive",
        StudyPart::Twist => "twist",
    }
}

fn part(word: &str) -> Result<StudyPart, RpcError> {
    match word {
        "phase" => Ok(StudyPart::Phase),
        "dive" => Ok(StudyPart::Dive),
        "twist" => Ok(StudyPart::Twist),
        other => {
            let message = format!("the attempt has a note of an unknown part, {other}");
            Err(RpcError::new("store_unreadable", message, "Open it with the version of Loadline that wrote it."))
        }
    }
}

/// Nothing is kept for what the exercise does not have.
fn known(exercise: &Exercise, part: StudyPart, id: &str) -> Result<(), RpcError> {
    let study = &exercise.study;
    let found = match part {
        StudyPart::Phase => study.phases.iter().any(|phase| phase.id == id),
        StudyPart::Dive => study.dives.iter().any(|dive| dive.id == id),
        StudyPart::Twist => study.twists.iter().any(|twist| twist.id == id),
    };
    if found { Ok(()) } else { Err(RpcError::not_found(word(part), id, "Open the exercise again.")) }
}

/// How far `attempt` is with each phase of the exercise, in their order.
pub(crate) fn steps(exercise: &Exercise, attempt: Option<&loadline_store::Attempt>) -> Vec<PhaseStep> {
    let state = |phase: &str| {
        let Some(attempt) = attempt else { return PhaseState::New };
        let key = (word(StudyPart::Phase).to_owned(), phase.to_owned());
        if let Some(opened) = attempt.solutions.get(&key) {
            return if opened.handed.is_some() { PhaseState::Handed } else { PhaseState::Anyway };
        }
        let noted = attempt.notes.get(&key).is_some_and(|note| !note.text.trim().is_empty());
        let hinted = attempt.hints.keys().any(|(of, _)| of == phase);
        let answered = phase == ESTIMATION && attempt.answers.values().any(|answer| !answer.text.trim().is_empty());
        if noted || hinted || answered { PhaseState::Begun } else { PhaseState::New }
    };
    exercise.study.phases.iter().map(|phase| PhaseStep { title: phase.title.clone(), state: state(&phase.id) }).collect()
}

fn card(row: &loadline_store::AttemptRow) -> AttemptCard {
    AttemptCard { number: row.number as u32, started_ms: row.started_ms, finished_ms: row.finished_ms }
}

fn attempt(kept: loadline_store::Attempt) -> Result<Attempt, RpcError> {
    let note = |((word, id), note): ((String, String), loadline_store::attempts::Note)| {
        Ok(AttemptNote { part: part(&word)?, id, text: note.text, saved_ms: note.saved_ms })
    };
    let solution = |((word, id), opened): ((String, String), loadline_store::attempts::Opened)| {
        Ok(OpenedSolution { part: part(&word)?, id, handed_in: opened.handed.is_some(), opened_ms: opened.opened_ms })
    };
    Ok(Attempt {
        card: card(&kept.row),
        notes: kept.notes.into_iter().map(note).collect::<Result<_, RpcError>>()?,
        answers: kept.answers.into_iter().map(|(id, a)| AttemptAnswer { id, text: a.text, handed_ms: a.handed_ms }).collect(),
        hints: kept.hints.into_iter().map(|((phase, number), opened_ms)| OpenedHint { phase, number, opened_ms }).collect(),
        solutions: kept.solutions.into_iter().map(solution).collect::<Result<_, RpcError>>()?,
    })
}

#[cfg(test)]
mod tests;
