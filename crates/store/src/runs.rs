//! What came out: one row a run, the report as JSON. Runs are kept when their design is deleted.

use loadline_model::report::{FORMAT, Report, Verdict};
use loadline_model::sketch::Sketch;
use serde::Serialize;

use crate::designs::{check_name, found, sketch_json};
use crate::ledger::Write;
use crate::{Store, StoreError};

/// A run without its report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct RunRow {
    /// Number of the run.
    pub id: i64,
    /// Number within the exercise, from 1. It stays when other runs are deleted, and is given once.
    pub number: i64,
    /// Number of the design; absent for a design of a pack, or one that was deleted.
    pub design_id: Option<i64>,
    /// Exercise id.
    pub exercise: String,
    /// Name of the design at that time.
    pub design: String,
    /// Scenario name.
    pub scenario: String,
    /// Shape of the load.
    pub shape: String,
    /// `pass`, `fail`, `host_limited` or `inconclusive`.
    pub verdict: String,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// The learner's name for it, mostly empty.
    pub name: String,
    /// The learner's note.
    pub note: String,
    /// Why it came out so, in the learner's words.
    pub why: String,
    /// One change to try, in the learner's words.
    pub change: String,
}

/// The columns of a [`RunRow`].
const ROW: &str = "id, number, design_id, exercise, design, scenario, shape, verdict, started_ms, name, note, why, change";

/// A run with its report.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// Everything else.
    pub row: RunRow,
    /// The drawing that ran, which the design may have left behind since.
    pub sketch: Sketch,
    /// What came out.
    pub report: Report,
}

/// What a report does not say itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct NewRun<'a> {
    /// The learner's design; `None` for a design of a pack.
    pub design_id: Option<i64>,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// The learner's note, mostly empty at first.
    pub note: &'a str,
}

/// Largest report kept, bytes.
const MAX_REPORT: usize = 32 * 1024 * 1024;
/// Longest note or explanation, bytes.
const MAX_NOTE: usize = 64 * 1024;
/// Longest name of a run, characters.
const MAX_NAME: usize = 120;

impl Store {
    /// Keeps a run with the drawing that ran; its number.
    pub async fn insert_run(&self, new: NewRun<'_>, sketch: &Sketch, report: &Report) -> Result<i64, StoreError> {
        check_name("exercise", &report.exercise)?;
        check_text("note", new.note)?;
        let invalid = |reason: String| StoreError::Invalid { what: "report", reason };
        let json = serde_json::to_string(report).map_err(|e| invalid(e.to_string()))?;
        if json.len() > MAX_REPORT {
            return Err(invalid(format!("more than {MAX_REPORT} bytes")));
        }
        let sketch = sketch_json(sketch)?;
        let mut write = self.write().await?;
        let number = give_number(&mut write, &report.exercise).await?;
        let sql = "INSERT INTO runs (number, design_id, exercise, design, scenario, shape, verdict, started_ms, note, sketch, report)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(number).bind(new.design_id).bind(&report.exercise).bind(&report.design);
        let query = query.bind(&report.scenario);
        let query = query.bind(&report.shape).bind(word(report.verdict)).bind(new.started_ms).bind(new.note).bind(sketch).bind(json);
        let done = query.execute(&mut *write).await.map_err(|error| match (error.as_database_error(), new.design_id) {
            (Some(e), Some(id)) if e.is_foreign_key_violation() => StoreError::NotFound { what: "design", id },
            _ => error.into(),
        })?;
        write.commit().await?;
        Ok(done.last_insert_rowid())
    }

    /// The number that the next run of an exercise gets, if none comes before it.
    pub async fn next_run_number(&self, exercise: &str) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(NEXT_NUMBER).bind(exercise).fetch_one(&self.readers).await?)
    }

    /// Runs, newest first, at most `limit`; of one exercise, or of all.
    pub async fn runs(&self, exercise: Option<&str>, limit: u32) -> Result<Vec<RunRow>, StoreError> {
        let sql = format!("SELECT {ROW} FROM runs WHERE ?1 IS NULL OR exercise = ?1 ORDER BY started_ms DESC, id DESC LIMIT ?2");
        Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(exercise).bind(limit).fetch_all(&self.readers).await?)
    }

    /// The run with this number.
    pub async fn run(&self, id: i64) -> Result<Run, StoreError> {
        let sql = format!("SELECT {ROW} FROM runs WHERE id = ?");
        let mut read = self.readers.begin().await?;
        let row: Option<RunRow> = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(id).fetch_optional(&mut *read).await?;
        let row = row.ok_or(StoreError::NotFound { what: "run", id })?;
        let (drawing, json): (String, String) =
            sqlx::query_as("SELECT sketch, report FROM runs WHERE id = ?").bind(id).fetch_one(&mut *read).await?;
        let unreadable = |reason: String| StoreError::Unreadable { what: "run", id, reason };
        let report: Report = serde_json::from_str(&json).map_err(|e| unreadable(e.to_string()))?;
        if report.format > FORMAT {
            return Err(unreadable(format!("its format is {}, this version reads {FORMAT}", report.format)));
        }
        let sketch = Sketch::from_json(&drawing).map_err(|e| unreadable(e.to_string()))?;
        Ok(Run { row, sketch, report })
    }

    /// Changes a run's note.
    pub async fn note_run(&self, id: i64, note: &str) -> Result<(), StoreError> {
        check_text("note", note)?;
        self.change_run(id, sqlx::query("UPDATE runs SET note = ? WHERE id = ?").bind(note).bind(id)).await
    }

    /// Gives a run another name; an empty one takes the name away.
    pub async fn name_run(&self, id: i64, name: &str) -> Result<(), StoreError> {
        if name.chars().count() > MAX_NAME || name.chars().any(char::is_control) {
            return Err(StoreError::Invalid { what: "name", reason: format!("must be one line of at most {MAX_NAME} characters") });
        }
        self.change_run(id, sqlx::query("UPDATE runs SET name = ? WHERE id = ?").bind(name).bind(id)).await
    }

    /// Keeps why a run came out so and one change to try, in place of what was written before.
    pub async fn explain_run(&self, id: i64, why: &str, change: &str) -> Result<(), StoreError> {
        check_text("explanation", why)?;
        check_text("change to try", change)?;
        self.change_run(id, sqlx::query("UPDATE runs SET why = ?, change = ? WHERE id = ?").bind(why).bind(change).bind(id)).await
    }

    async fn change_run<'q>(
        &self,
        id: i64,
        query: sqlx::query::Query<'q, sqlx::Sqlite, sqlx::sqlite::SqliteArguments>,
    ) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        found(query.execute(&mut *write).await?.rows_affected(), "run", id)?;
        write.commit().await
    }

    /// Deletes a run.
    pub async fn delete_run(&self, id: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        found(sqlx::query("DELETE FROM runs WHERE id = ?").bind(id).execute(&mut *write).await?.rows_affected(), "run", id)?;
        write.commit().await
    }
}

/// One more than was ever given in the exercise, as far as rows say so: a table of the two may have suffered damage.
const NEXT_NUMBER: &str = "SELECT max(coalesce((SELECT max(number) FROM runs WHERE exercise = ?1), 0),
                                      coalesce((SELECT last FROM run_numbers WHERE exercise = ?1), 0)) + 1";

/// Gives the next number of an exercise. It never comes again, whatever is deleted.
pub(crate) async fn give_number(write: &mut Write, exercise: &str) -> Result<i64, StoreError> {
    let number: i64 = sqlx::query_scalar(NEXT_NUMBER).bind(exercise).fetch_one(&mut **write).await?;
    let sql = "INSERT INTO run_numbers (exercise, last) VALUES (?, ?) ON CONFLICT DO UPDATE SET last = excluded.last";
    sqlx::query(sql).bind(exercise).bind(number).execute(&mut **write).await?;
    Ok(number)
}

fn check_text(what: &'static str, text: &str) -> Result<(), StoreError> {
    if text.len() <= MAX_NOTE { Ok(()) } else { Err(StoreError::Invalid { what, reason: format!("more than {MAX_NOTE} bytes") }) }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Fail => "fail",
        Verdict::HostLimited => "host_limited",
        Verdict::Inconclusive => "inconclusive",
    }
}
