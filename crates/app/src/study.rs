//! Phases, hints, the worksheet, solutions and cards: commands over the packs. This gives out what is open, and what is shut only once
//! `practice` has recorded that it is opened.

use loadline_content::markdown::Document;
use loadline_content::study::{self as content, Evidence};
use loadline_content::worksheet::Grade;

use crate::App;
use crate::contract::{
    AnsweredAsk, AskedNumber, ById, Cards, DiveCheck, ExpectedItem, GivenNumber, Hint, HintRequest, ReviewCard, RpcError, RubricAnchor,
    RubricEvidence, RubricPoint, RunWish, Solution, SolutionRequest, Study, StudyAsk, StudyDive, StudyPart, StudyPhase, StudyRun,
    StudyTwist, WorkedAnswer, Worksheet, WorksheetAnswers, WorksheetGrade, WorksheetGrades,
};
use crate::designs::now_ms;

impl App {
    /// Everything of an exercise's study that is open from the start.
    pub async fn study(&self, request: ById) -> Result<Study, RpcError> {
        let exercise = self.library().exercise(&request.id)?;
        let study = &exercise.study;
        let points = |phase: &str| study.rubric.iter().filter(|point| point.phase == phase).map(|point| point.points).sum();
        let phase = |phase: &content::Phase| StudyPhase {
            id: phase.id.clone(),
            title: phase.title.clone(),
            minutes: phase.minutes,
            prompt_html: html(&phase.prompt),
            asks: phase.asks.iter().map(|ask| StudyAsk { subsystem: ask.subsystem.clone(), prompt: ask.prompt.clone() }).collect(),
            hints: phase.hints.len() as u32,
            points: points(&phase.id),
        };
        let dive = |dive: &content::Dive| StudyDive {
            id: dive.id.clone(),
            title: dive.title.clone(),
            question: dive.question.clone(),
            prompt_html: html(&dive.prompt),
            runs: dive.runs.iter().map(|run| study_run(&exercise.id, run)).collect(),
        };
        let twist =
            |twist: &content::Twist| StudyTwist { id: twist.id.clone(), title: twist.title.clone(), prompt_html: html(&twist.prompt) };
        Ok(Study {
            phases: study.phases.iter().map(phase).collect(),
            worksheet: study.worksheet.as_ref().map(worksheet),
            dives: study.dives.iter().map(dive).collect(),
            twists: study.twists.iter().map(twist).collect(),
            cards: study.cards.len() as u32,
            points: study.rubric.iter().map(|point| point.points).sum(),
        })
    }

    /// One hint of a phase; its opening is recorded.
    pub async fn hint(&self, request: HintRequest) -> Result<Hint, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let phase = phase_of(&exercise.study, &request.phase)?;
        let of = phase.hints.len() as u32;
        let index = request.number.checked_sub(1).map(|index| index as usize);
        let found = index.and_then(|index| phase.hints.get(index));
        let number = request.number.to_string();
        let found = found.ok_or_else(|| RpcError::not_found("hint", &number, format!("{} has {of}, counted from 1.", phase.title)))?;
        self.store().record_hint(&exercise.id, &phase.id, request.number, now_ms()).await?;
        Ok(Hint { number: request.number, of, html: html(found) })
    }

    /// What is shut, against an attempt or anyway; its opening is recorded.
    pub async fn solution(&self, request: SolutionRequest) -> Result<Solution, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let study = &exercise.study;
        let solution = match request.part {
            StudyPart::Phase => phase_solution(study, phase_of(study, &request.id)?),
            StudyPart::Dive => {
                let found = study.dives.iter().find(|dive| dive.id == request.id);
                let dive = found.ok_or_else(|| RpcError::not_found("dive", &request.id, "Open the exercise again."))?;
                Solution { html: html(&dive.solution), checks: dive.checks.iter().map(check).collect(), ..Solution::default() }
            }
            StudyPart::Twist => {
                let found = study.twists.iter().find(|twist| twist.id == request.id);
                let twist = found.ok_or_else(|| RpcError::not_found("twist", &request.id, "Open the exercise again."))?;
                Solution { html: html(&twist.answer), ..Solution::default() }
            }
        };
        // Nothing goes out before its opening is on disk.
        self.open_solution(exercise, &request).await?;
        Ok(solution)
    }

    /// Hands in answers to the worksheet and grades all that were handed in; where an answer was read, its worked one opens, and the answer
    /// no longer changes.
    pub async fn worksheet_grade(&self, request: WorksheetAnswers) -> Result<WorksheetGrades, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let found = exercise.study.worksheet.as_ref();
        let sheet = found.ok_or_else(|| RpcError::not_found("worksheet", &request.exercise, "This exercise has none."))?;
        let (answers, open) = self.answers_handed_in(&request).await?;
        let mut graded = sheet.grade(&answers);
        let read: Vec<String> = graded.iter().filter(|grade| grade.said.is_some()).map(|grade| grade.id.clone()).collect();
        if read.iter().any(|quantity| request.answers.contains_key(quantity)) {
            self.store().hand_in_answers(&exercise.id, &read, now_ms()).await?;
        }
        if open {
            let blank = |id: &str| Grade { id: id.to_owned(), said: None, problem: None, ratio: None, near: None };
            let missing = sheet.quantities.iter().filter(|quantity| !graded.iter().any(|grade| grade.id == quantity.id));
            let missing: Vec<Grade> = missing.map(|quantity| blank(&quantity.id)).collect();
            graded.extend(missing);
        }
        let worked = |id: &str| {
            sheet.quantity(id).map(|quantity| WorkedAnswer {
                value: quantity.value,
                shown: sheet.shown(&quantity.id).unwrap_or_default(),
                arithmetic: quantity.worked.clone(),
                so: quantity.so.clone(),
            })
        };
        let grades: Vec<WorksheetGrade> = graded
            .into_iter()
            .map(|grade| WorksheetGrade {
                worked: if open || grade.said.is_some() { worked(&grade.id) } else { None },
                id: grade.id,
                said: grade.said,
                problem: grade.problem,
                ratio: grade.ratio,
                near: grade.near,
            })
            .collect();
        let near = grades.iter().filter(|grade| grade.near == Some(true)).count() as u32;
        Ok(WorksheetGrades { near, asked: sheet.quantities.len() as u32, grades })
    }

    /// Every review card of an exercise.
    pub async fn cards(&self, request: ById) -> Result<Cards, RpcError> {
        let card = |card: &content::Card| ReviewCard {
            id: card.id.clone(),
            question_html: html(&card.question),
            answer_html: html(&card.answer),
            source_html: html(&card.source),
            tag: card.tag.clone(),
        };
        Ok(Cards { cards: self.library().exercise(&request.id)?.study.cards.iter().map(card).collect() })
    }
}

fn html(document: &Document) -> String {
    document.html.clone()
}

fn phase_of<'a>(study: &'a content::Study, id: &str) -> Result<&'a content::Phase, RpcError> {
    let known = || study.phases.iter().map(|phase| phase.id.as_str()).collect::<Vec<_>>().join(", ");
    let found = study.phases.iter().find(|phase| phase.id == id);
    found.ok_or_else(|| RpcError::not_found("phase", id, if study.phases.is_empty() { "A lab has none.".to_owned() } else { known() }))
}

fn study_run(exercise: &str, run: &content::DiveRun) -> StudyRun {
    let wish = RunWish {
        scenario: run.scenario.clone(),
        shape: run.shape,
        rate_per_s: run.rate_per_s,
        duration_s: run.duration_s,
        seed: run.seed,
        prefer: Default::default(),
    };
    StudyRun { id: run.id.clone(), design: run.design.clone(), set: run.set.clone(), wish, command: run.command(exercise) }
}

fn worksheet(sheet: &loadline_content::worksheet::Worksheet) -> Worksheet {
    let given = sheet.inputs.iter().map(|input| GivenNumber {
        id: input.id.clone(),
        label: input.label.clone(),
        value: input.value,
        unit: input.unit.clone(),
        shown: sheet.shown(&input.id).unwrap_or_default(),
        source: input.source.clone(),
    });
    let asked = sheet.quantities.iter().map(|quantity| AskedNumber {
        id: quantity.id.clone(),
        label: quantity.label.clone(),
        prompt: quantity.prompt.clone(),
        unit: quantity.unit.clone(),
    });
    Worksheet { tolerance: sheet.tolerance, given: given.collect(), asked: asked.collect() }
}

fn phase_solution(study: &content::Study, phase: &content::Phase) -> Solution {
    let ask = |ask: &content::SubsystemAsk| AnsweredAsk {
        subsystem: ask.subsystem.clone(),
        prompt: ask.prompt.clone(),
        answer_html: html(&ask.expected),
    };
    let expected = |expected: &content::Expected| ExpectedItem {
        what: expected.what.clone(),
        above: expected.line == content::Line::Above,
        why_html: html(&expected.why),
    };
    Solution {
        html: html(&phase.solution),
        asks: phase.asks.iter().map(ask).collect(),
        expected: phase.expected.iter().map(expected).collect(),
        red_flags: phase.red_flags.iter().map(html).collect(),
        checks: Vec::new(),
        rubric: study.rubric.iter().filter(|point| point.phase == phase.id).map(point).collect(),
    }
}

fn check(check: &content::Check) -> DiveCheck {
    let reading = |reading: &content::Reading| format!("{}:{}", reading.run, reading.name);
    DiveCheck {
        id: check.id.clone(),
        says_html: html(&check.says),
        left: reading(&check.left),
        right: check.right.as_ref().map(reading),
        from: check.from,
        to: check.to,
    }
}

fn point(point: &content::Point) -> RubricPoint {
    RubricPoint {
        id: point.id.clone(),
        points: point.points,
        what: point.what.clone(),
        evidence: match &point.evidence {
            Evidence::Note => RubricEvidence::Note,
            Evidence::Component { role, instances, setting } => {
                RubricEvidence::Component { role: role.clone(), instances: *instances, setting: setting.clone() }
            }
            Evidence::Figure { scenario, figure, at_most } => {
                RubricEvidence::Figure { scenario: scenario.clone(), figure: figure.clone(), at_most: *at_most }
            }
        },
        anchors: point.anchors.iter().map(|(level, text)| RubricAnchor { level: level.clone(), html: html(text) }).collect(),
    }
}

#[cfg(test)]
mod tests;
