//! Runs that are kept: named, noted, explained, deleted, compared, copied, written as files. It starts none.

use std::path::{Path, PathBuf};

use loadline_model::report::{Learner, Report};
use loadline_model::sketch::{Comment, MAX_COMMENTS, MAX_TEXT, Sketch};
use loadline_store::{NewDesign, Run};

use crate::comparison::{Side, compare};
use crate::contract::{
    ById, Comparison, DesignsComparison, Empty, ExplanationSave, Pair, ReportExport, ReportFile, ReportForm, RpcError, RunCopy, RunName,
    RunNoteSave, Saved,
};
use crate::designs::{now_ms, number_of};
use crate::difference::difference;
use crate::{App, files};

/// Folder of exports within the learner's data.
const EXPORTS: &str = "exports";

impl App {
    /// Gives a run a name.
    pub async fn run_name(&self, request: RunName) -> Result<Empty, RpcError> {
        self.store().name_run(number_of(&request.id)?, request.name.trim()).await?;
        Ok(Empty {})
    }

    /// Keeps a note on a run.
    pub async fn run_note(&self, request: RunNoteSave) -> Result<Saved, RpcError> {
        self.store().note_run(number_of(&request.id)?, &request.note).await?;
        Ok(Saved { saved_ms: now_ms() })
    }

    /// Keeps why a run came out so, and one change to try.
    pub async fn run_explain(&self, request: ExplanationSave) -> Result<Saved, RpcError> {
        self.store().explain_run(number_of(&request.id)?, &request.why, &request.change).await?;
        Ok(Saved { saved_ms: now_ms() })
    }

    /// Deletes a run with its report, name, note and explanation. The numbers of other runs stay.
    pub async fn run_delete(&self, request: ById) -> Result<Empty, RpcError> {
        self.store().delete_run(number_of(&request.id)?).await?;
        Ok(Empty {})
    }

    /// A design of its own from the drawing that ran, not from what the design became since; its title is the change to try.
    pub async fn run_copy(&self, request: ById) -> Result<RunCopy, RpcError> {
        let run = self.store().run(number_of(&request.id)?).await?;
        let (now_ms, change) = (now_ms(), run.row.change.trim().to_owned());
        let title = if change.is_empty() { format!("{}, a copy of run {}", run.row.design, run.row.number) } else { change.clone() };
        let title = one_line(&title);
        let designs = self.store().designs(&run.row.exercise).await?;
        let based_on = designs.iter().find(|design| Some(design.id) == run.row.design_id).map(|design| design.name.clone());
        let name = format!("d{now_ms}-{}", designs.len() + 1);
        let new = NewDesign { exercise: &run.row.exercise, name: &name, title: &title, based_on: based_on.as_deref() };
        let mut sketch = Sketch { title: title.clone(), ..run.sketch };
        if !change.is_empty() {
            write_on(&mut sketch, &format!("To try after run {}: {change}", run.row.number));
        }
        let id = self.store().create_design(new, &sketch, now_ms).await?;
        let design = self.design_open(ById { id: id.to_string() }).await?;
        Ok(RunCopy { design, change })
    }

    /// Two runs of one exercise, figure by figure.
    pub async fn runs_compare(&self, request: Pair) -> Result<Comparison, RpcError> {
        let a = self.store().run(number_of(&request.a)?).await?;
        let b = self.store().run(number_of(&request.b)?).await?;
        let titles = (format!("Run {}", a.row.number), format!("Run {}", b.row.number));
        let reports = (with_learner(&a), with_learner(&b));
        compare(
            Side { id: &request.a, title: &titles.0, report: &reports.0, sketch: Some(&a.sketch) },
            Side { id: &request.b, title: &titles.1, report: &reports.1, sketch: Some(&b.sketch) },
        )
    }

    /// Two designs of one exercise, and what differs.
    pub async fn designs_compare(&self, request: Pair) -> Result<DesignsComparison, RpcError> {
        let a = self.design_open(ById { id: request.a }).await?;
        let b = self.design_open(ById { id: request.b }).await?;
        if a.exercise != b.exercise {
            return Err(RpcError::new(
                "not_comparable",
                format!("{} is of the exercise {}, {} of {}", a.card.title, a.exercise, b.card.title, b.exercise),
                "Choose two designs of the same exercise.",
            ));
        }
        let changes = difference(&a.sketch, &b.sketch);
        Ok(DesignsComparison { a, b, changes })
    }

    /// Writes a report into the folder of exports: whole, or not at all. The same run in the same form replaces the file of before.
    pub async fn report_export(&self, request: ReportExport) -> Result<ReportFile, RpcError> {
        let run = self.store().run(number_of(&request.id)?).await?;
        let report = whole(&run);
        let about = loadline_export::report::About { run: u32::try_from(run.row.number).ok(), started_ms: Some(run.row.started_ms) };
        let (text, ending) = match request.form {
            ReportForm::Markdown => (loadline_export::report::markdown(&report, about), "md"),
            ReportForm::Html => (loadline_export::report::html(&report, about), "html"),
            ReportForm::Json => (json(&report)?, "json"),
        };
        let bytes = text.len() as u64;
        let name = format!("{}-run-{}.{ending}", run.row.exercise, run.row.number);
        let path = write(&self.places().data_dir, &name, text).await?;
        Ok(ReportFile { path: path.display().to_string(), bytes })
    }
}

/// Writes a report as JSON into the folder of exports.
pub(crate) async fn write_json(data_dir: &Path, name: &str, report: &Report) -> Result<PathBuf, RpcError> {
    write(data_dir, name, json(report)?).await
}

async fn write(data_dir: &Path, name: &str, text: String) -> Result<PathBuf, RpcError> {
    let folder = data_dir.join(EXPORTS);
    let path = folder.join(name);
    let to = path.clone();
    let writing = tokio::task::spawn_blocking(move || {
        std::fs::create_dir_all(&folder).map_err(|error| files::cannot_write(&folder, error))?;
        files::write_whole(&to, text.as_bytes())
    });
    writing.await.map_err(|error| RpcError::new("internal", error.to_string(), "Report it."))??;
    Ok(path)
}

/// What the learner made of a kept run.
pub(crate) fn learner(run: &Run) -> Learner {
    Learner { name: run.row.name.clone(), note: run.row.note.clone(), why: run.row.why.clone(), change: run.row.change.clone() }
}

fn with_learner(run: &Run) -> Report {
    let learner = learner(run);
    Report { learner: (!learner.is_empty()).then_some(learner), ..run.report.clone() }
}

/// The report with everything that is kept beside it.
fn whole(run: &Run) -> Report {
    Report { sketch: Some(run.sketch.without_secrets()), ..with_learner(run) }
}

fn json(report: &Report) -> Result<String, RpcError> {
    let mut text = serde_json::to_string_pretty(report).map_err(|error| RpcError::new("internal", error.to_string(), "Report it."))?;
    text.push('\n');
    Ok(text)
}

/// The comment that says what is to be tried; a copy of a copy has one of its own.
const TO_TRY: &str = "to-try";

/// Puts words under the drawing, in place of those that an earlier copy put there. They are a comment like any other: nothing runs differently.
fn write_on(sketch: &mut Sketch, text: &str) {
    sketch.comments.retain(|comment| comment.id != TO_TRY);
    if sketch.comments.len() >= MAX_COMMENTS {
        return;
    }
    let text: String = text.chars().take(MAX_TEXT).collect();
    // In canvas pixels: a box is 72 high, and some 38 characters go on a line of 288.
    let left = sketch.components.iter().map(|component| component.at.0).fold(f64::INFINITY, f64::min);
    let lowest = sketch.components.iter().map(|component| component.at.1).fold(f64::NEG_INFINITY, f64::max);
    let at = if left.is_finite() && lowest.is_finite() { (left, lowest + 120.0) } else { (24.0, 24.0) };
    let lines: usize = text.lines().map(|line| line.chars().count() / 38 + 1).sum();
    let size = (288.0, 24.0 + 20.0 * lines.min(12) as f64);
    sketch.comments.push(Comment { id: TO_TRY.to_owned(), text, at, size });
}

/// The first line with anything in it, at most 120 characters.
fn one_line(text: &str) -> String {
    let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("A copy");
    let line: String = line.chars().filter(|c| !c.is_control()).collect();
    if line.chars().count() <= 120 { line } else { line.chars().take(119).chain(['…']).collect() }
}

#[cfg(test)]
pub(crate) mod tests;
