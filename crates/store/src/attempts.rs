//! Attempts of an exercise: notes, the worksheet's answers, hints and solutions that were opened, each with its time. The first thing that is
//! kept begins an attempt; a finished one no longer changes. What counts as an attempt at a phase is for the app to say.

use std::collections::BTreeMap;

use crate::designs::check_name;
use crate::ledger::Write;
use crate::{Store, StoreError};

/// An attempt without what is in it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AttemptRow {
    /// Number of the row.
    pub id: i64,
    /// From 1 in the exercise.
    pub number: i64,
    /// Milliseconds since 1970.
    pub started_ms: i64,
    /// Milliseconds since 1970; absent while it goes on.
    pub finished_ms: Option<i64>,
}

/// An attempt with all that is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Everything else.
    pub row: AttemptRow,
    /// By part (`phase`, `dive` or `twist`) and name.
    pub notes: BTreeMap<(String, String), Note>,
    /// By quantity of the worksheet.
    pub answers: BTreeMap<String, Answer>,
    /// By phase and number; ms since 1970.
    pub hints: BTreeMap<(String, u32), i64>,
    /// By part and name.
    pub solutions: BTreeMap<(String, String), Opened>,
}

/// A note.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Note {
    /// As it was written.
    pub text: String,
    /// Milliseconds since 1970.
    pub saved_ms: i64,
}

/// An answer of the worksheet.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Answer {
    /// As it was typed.
    pub text: String,
    /// When it was compared with the worked answer, ms since 1970: it no longer changes then.
    pub handed_ms: Option<i64>,
}

/// A solution that was opened.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Opened {
    /// What was handed in; `None` when it was opened without an attempt.
    pub handed: Option<String>,
    /// Milliseconds since 1970.
    pub opened_ms: i64,
}

/// Where a note or a solution belongs.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Exercise id.
    pub exercise: &'a str,
    /// `phase`, `dive` or `twist`.
    pub part: &'a str,
    /// Which one.
    pub name: &'a str,
}

/// Longest note, bytes.
pub const MAX_NOTE: usize = 256 * 1024;
/// Longest answer, bytes.
const MAX_ANSWER: usize = 500;
/// Most answers that are kept at a time.
const MAX_ANSWERS: usize = 200;

impl Store {
    /// Attempts of an exercise, newest first.
    pub async fn attempts(&self, exercise: &str) -> Result<Vec<AttemptRow>, StoreError> {
        let sql = "SELECT id, number, started_ms, finished_ms FROM attempts WHERE exercise = ? ORDER BY number DESC";
        Ok(sqlx::query_as(sql).bind(exercise).fetch_all(&self.readers).await?)
    }

    /// The newest attempt of an exercise, going on or finished.
    pub async fn newest_attempt(&self, exercise: &str) -> Result<Option<Attempt>, StoreError> {
        // One transaction, so that a save in between is seen whole or not at all.
        let mut read = self.readers.begin().await?;
        let sql = "SELECT id, number, started_ms, finished_ms FROM attempts WHERE exercise = ? ORDER BY number DESC LIMIT 1";
        let row: Option<AttemptRow> = sqlx::query_as(sql).bind(exercise).fetch_optional(&mut *read).await?;
        let Some(row) = row else { return Ok(None) };
        let sql = "SELECT part, name, text, saved_ms FROM attempt_notes WHERE attempt_id = ?";
        let notes: Vec<(String, String, String, i64)> = sqlx::query_as(sql).bind(row.id).fetch_all(&mut *read).await?;
        let sql = "SELECT quantity, text, handed_ms FROM attempt_answers WHERE attempt_id = ?";
        let answers: Vec<(String, String, Option<i64>)> = sqlx::query_as(sql).bind(row.id).fetch_all(&mut *read).await?;
        let sql = "SELECT phase, number, opened_ms FROM attempt_hints WHERE attempt_id = ?";
        let hints: Vec<(String, u32, i64)> = sqlx::query_as(sql).bind(row.id).fetch_all(&mut *read).await?;
        let sql = "SELECT part, name, handed, opened_ms FROM attempt_solutions WHERE attempt_id = ?";
        let solutions: Vec<(String, String, Option<String>, i64)> = sqlx::query_as(sql).bind(row.id).fetch_all(&mut *read).await?;
        Ok(Some(Attempt {
            row,
            notes: notes.into_iter().map(|(part, name, text, saved_ms)| ((part, name), Note { text, saved_ms })).collect(),
            answers: answers.into_iter().map(|(quantity, text, handed_ms)| (quantity, Answer { text, handed_ms })).collect(),
            hints: hints.into_iter().map(|(phase, number, opened_ms)| ((phase, number), opened_ms)).collect(),
            solutions: solutions.into_iter().map(|(part, name, handed, opened_ms)| ((part, name), Opened { handed, opened_ms })).collect(),
        }))
    }

    /// Begins another attempt of an exercise; refused while one goes on.
    pub async fn begin_attempt(&self, exercise: &str, now_ms: i64) -> Result<AttemptRow, StoreError> {
        check_name("exercise", exercise)?;
        let mut write = self.write().await?;
        if let Some(row) = newest(&mut write, exercise).await?.filter(|row| row.finished_ms.is_none()) {
            return Err(StoreError::AttemptGoesOn(row.number));
        }
        let row = begin(&mut write, exercise, now_ms).await?;
        write.commit().await?;
        Ok(row)
    }

    /// Finishes the attempt that goes on: it no longer changes.
    pub async fn finish_attempt(&self, exercise: &str, now_ms: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let row = newest(&mut write, exercise).await?.ok_or(StoreError::NoAttempt)?;
        if let Some(finished) = row.finished_ms {
            return Err(StoreError::AttemptFinished { number: row.number, finished_ms: finished });
        }
        let query = sqlx::query("UPDATE attempts SET finished_ms = ? WHERE id = ?").bind(now_ms).bind(row.id);
        query.execute(&mut *write).await?;
        write.commit().await
    }

    /// Keeps a note in place of the one before.
    pub async fn save_note(&self, place: Place<'_>, text: &str, now_ms: i64) -> Result<(), StoreError> {
        check_place(place)?;
        if text.len() > MAX_NOTE {
            let reason = format!("{} bytes, and at most {MAX_NOTE} are kept", text.len());
            return Err(StoreError::Invalid { what: "note", reason });
        }
        let mut write = self.write().await?;
        let attempt = going_on(&mut write, place.exercise, now_ms).await?;
        let sql = "INSERT INTO attempt_notes (attempt_id, part, name, text, saved_ms) VALUES (?, ?, ?, ?, ?)
                   ON CONFLICT DO UPDATE SET text = excluded.text, saved_ms = excluded.saved_ms";
        sqlx::query(sql).bind(attempt).bind(place.part).bind(place.name).bind(text).bind(now_ms).execute(&mut *write).await?;
        write.commit().await
    }

    /// Keeps answers of the worksheet in place of those before, except where one was handed in: that one stays.
    pub async fn save_answers(&self, exercise: &str, answers: &BTreeMap<String, String>, now_ms: i64) -> Result<(), StoreError> {
        check_name("exercise", exercise)?;
        let invalid = |reason: String| StoreError::Invalid { what: "answers", reason };
        if answers.len() > MAX_ANSWERS {
            return Err(invalid(format!("{} answers, and at most {MAX_ANSWERS} are kept", answers.len())));
        }
        if let Some((quantity, text)) = answers.iter().find(|(quantity, text)| text.len() > MAX_ANSWER || quantity.len() > MAX_ANSWER) {
            let quantity: String = quantity.chars().take(40).collect();
            return Err(invalid(format!("{quantity} has {} bytes, and at most {MAX_ANSWER} are kept", text.len())));
        }
        let mut write = self.write().await?;
        let attempt = going_on(&mut write, exercise, now_ms).await?;
        for (quantity, text) in answers {
            let sql = "INSERT INTO attempt_answers (attempt_id, quantity, text, saved_ms) VALUES (?, ?, ?, ?)
                       ON CONFLICT DO UPDATE SET text = excluded.text, saved_ms = excluded.saved_ms WHERE handed_ms IS NULL";
            sqlx::query(sql).bind(attempt).bind(quantity).bind(text).bind(now_ms).execute(&mut *write).await?;
        }
        write.commit().await
    }

    /// Records that answers were compared with the worked ones; the first time stays.
    pub async fn hand_in_answers(&self, exercise: &str, quantities: &[String], now_ms: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let attempt = going_on(&mut write, exercise, now_ms).await?;
        for quantity in quantities {
            let sql = "UPDATE attempt_answers SET handed_ms = ? WHERE attempt_id = ? AND quantity = ? AND handed_ms IS NULL";
            sqlx::query(sql).bind(now_ms).bind(attempt).bind(quantity).execute(&mut *write).await?;
        }
        write.commit().await
    }

    /// Records that a hint was opened; the first time stays. One that was not preceded by the one before it is refused.
    pub async fn record_hint(&self, exercise: &str, phase: &str, number: u32, now_ms: i64) -> Result<(), StoreError> {
        check_place(Place { exercise, part: "phase", name: phase })?;
        let mut write = self.write().await?;
        let attempt = newest(&mut write, exercise).await?;
        let opened: u32 = match &attempt {
            Some(row) => {
                let sql = "SELECT count(*) FROM attempt_hints WHERE attempt_id = ? AND phase = ?";
                sqlx::query_scalar(sql).bind(row.id).bind(phase).fetch_one(&mut *write).await?
            }
            None => 0,
        };
        if (1..=opened).contains(&number) {
            return Ok(());
        }
        if number != opened + 1 {
            return Err(StoreError::HintOutOfTurn { opened });
        }
        let attempt = going_on(&mut write, exercise, now_ms).await?;
        let sql = "INSERT INTO attempt_hints (attempt_id, phase, number, opened_ms) VALUES (?, ?, ?, ?)";
        sqlx::query(sql).bind(attempt).bind(phase).bind(number).bind(now_ms).execute(&mut *write).await?;
        write.commit().await
    }

    /// Records that a solution was opened, with what was handed in for it; the first time stays.
    pub async fn record_solution(&self, place: Place<'_>, handed: Option<&str>, now_ms: i64) -> Result<(), StoreError> {
        check_place(place)?;
        let mut write = self.write().await?;
        let attempt = going_on(&mut write, place.exercise, now_ms).await?;
        let sql = "INSERT INTO attempt_solutions (attempt_id, part, name, handed, opened_ms) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(attempt).bind(place.part).bind(place.name).bind(handed).bind(now_ms).execute(&mut *write).await?;
        write.commit().await
    }
}

async fn newest(write: &mut Write, exercise: &str) -> Result<Option<AttemptRow>, StoreError> {
    let sql = "SELECT id, number, started_ms, finished_ms FROM attempts WHERE exercise = ? ORDER BY number DESC LIMIT 1";
    Ok(sqlx::query_as(sql).bind(exercise).fetch_optional(&mut **write).await?)
}

async fn begin(write: &mut Write, exercise: &str, now_ms: i64) -> Result<AttemptRow, StoreError> {
    let sql = "INSERT INTO attempts (exercise, number, started_ms)
               SELECT ?, coalesce(max(number), 0) + 1, ? FROM attempts WHERE exercise = ?
               RETURNING id, number, started_ms, finished_ms";
    Ok(sqlx::query_as(sql).bind(exercise).bind(now_ms).bind(exercise).fetch_one(&mut **write).await?)
}

/// The attempt that goes on, begun if there is none yet; a finished one is not continued.
async fn going_on(write: &mut Write, exercise: &str, now_ms: i64) -> Result<i64, StoreError> {
    match newest(write, exercise).await? {
        Some(AttemptRow { number, finished_ms: Some(finished_ms), .. }) => Err(StoreError::AttemptFinished { number, finished_ms }),
        Some(row) => Ok(row.id),
        None => Ok(begin(write, exercise, now_ms).await?.id),
    }
}

fn check_place(place: Place<'_>) -> Result<(), StoreError> {
    check_name("exercise", place.exercise)?;
    check_name("part", place.part)?;
    check_name("name", place.name)
}

#[cfg(test)]
mod tests;
