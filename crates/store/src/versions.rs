//! How a design came to be: versions of its drawing, kept while it is edited, before a run and before a restore; thinned by age, never the
//! named ones. Beside them the window's undo history, as it was at a revision.

use std::collections::BTreeSet;

use loadline_model::sketch::Sketch;

use crate::designs::found;
use crate::ledger::Write;
use crate::{Store, StoreError};

/// One checkpoint in so much editing, ms.
const CHECKPOINT_MS: i64 = 5 * 60_000;
/// The newest versions are always kept.
const ALWAYS: usize = 20;
/// At most so many go at a time, so that a wrong clock cannot have them all deleted.
const GONE_AT_ONCE: usize = 2;
/// Longest name of a version, characters.
const MAX_NAME: usize = 120;
/// Longest undo history, bytes.
pub const MAX_HISTORY: usize = 4 * 1024 * 1024;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// Why a version was kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// While it was edited.
    Checkpoint,
    /// Before a run.
    Run,
    /// Before another version was restored.
    Restore,
    /// The learner named the drawing as it was.
    Named,
}

impl Reason {
    /// `checkpoint`, `run`, `restore` or `named`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Checkpoint => "checkpoint",
            Self::Run => "run",
            Self::Restore => "restore",
            Self::Named => "named",
        }
    }
}

/// A version without its sketch.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct VersionRow {
    /// From 1 in the design.
    pub number: i64,
    /// When it was kept, ms since 1970.
    pub saved_ms: i64,
    /// The word of a [`Reason`].
    pub reason: String,
    /// Given by the learner.
    pub name: Option<String>,
}

/// A version with its sketch.
#[derive(Debug, Clone, PartialEq)]
pub struct Version {
    /// Everything else.
    pub row: VersionRow,
    /// The drawing as it was.
    pub sketch: Sketch,
}

impl Store {
    /// Versions of a design with their drawings, newest first, at most `limit`. One whose drawing cannot be read has the reason instead.
    pub async fn versions(&self, design_id: i64, limit: u32) -> Result<Vec<(VersionRow, Result<Sketch, String>)>, StoreError> {
        let mut read = self.readers.begin().await?;
        let known: Option<i64> =
            sqlx::query_scalar("SELECT id FROM designs WHERE id = ?").bind(design_id).fetch_optional(&mut *read).await?;
        known.ok_or(StoreError::NotFound { what: "design", id: design_id })?;
        let sql = "SELECT number, saved_ms, reason, name, sketch FROM design_versions WHERE design_id = ? ORDER BY number DESC LIMIT ?";
        let rows: Vec<(i64, i64, String, Option<String>, String)> =
            sqlx::query_as(sql).bind(design_id).bind(limit).fetch_all(&mut *read).await?;
        let read = |(number, saved_ms, reason, name, sketch): (i64, i64, String, Option<String>, String)| {
            (VersionRow { number, saved_ms, reason, name }, Sketch::from_json(&sketch).map_err(|error| error.to_string()))
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// A version of a design.
    pub async fn version(&self, design_id: i64, number: i64) -> Result<Version, StoreError> {
        let sql = "SELECT number, saved_ms, reason, name, sketch FROM design_versions WHERE design_id = ? AND number = ?";
        let row: Option<(i64, i64, String, Option<String>, String)> =
            sqlx::query_as(sql).bind(design_id).bind(number).fetch_optional(&self.readers).await?;
        let (number, saved_ms, reason, name, json) = row.ok_or(StoreError::NotFound { what: "version", id: number })?;
        let sketch = Sketch::from_json(&json);
        let sketch = sketch.map_err(|e| StoreError::Unreadable { what: "version", id: number, reason: e.to_string() })?;
        Ok(Version { row: VersionRow { number, saved_ms, reason, name }, sketch })
    }

    /// Keeps the drawing of a design as it is now, unless the newest version is the same.
    pub async fn keep_version(&self, design_id: i64, reason: Reason, now_ms: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        let (_, sketch) = saved(&mut write, design_id).await?;
        keep(&mut write, design_id, &sketch, reason, None, now_ms).await?;
        write.commit().await
    }

    /// Gives a version a name (it is never thinned out then), or takes it away.
    pub async fn name_version(&self, design_id: i64, number: i64, name: Option<&str>) -> Result<(), StoreError> {
        check_name(name)?;
        let mut write = self.write().await?;
        let query = sqlx::query("UPDATE design_versions SET name = ? WHERE design_id = ? AND number = ?");
        found(query.bind(name).bind(design_id).bind(number).execute(&mut *write).await?.rows_affected(), "version", number)?;
        write.commit().await
    }

    /// Keeps the drawing as it is now under a name; its number.
    pub async fn name_current(&self, design_id: i64, name: &str, now_ms: i64) -> Result<i64, StoreError> {
        check_name(Some(name))?;
        let mut write = self.write().await?;
        let (_, sketch) = saved(&mut write, design_id).await?;
        let number = keep(&mut write, design_id, &sketch, Reason::Named, Some(name), now_ms).await?;
        write.commit().await?;
        Ok(number)
    }

    /// Puts the drawing of a version back; what was there is kept as a version first. The new revision.
    pub async fn restore_version(&self, design_id: i64, number: i64, now_ms: i64) -> Result<i64, StoreError> {
        let version = self.version(design_id, number).await?;
        let mut write = self.write().await?;
        let (_, now) = saved(&mut write, design_id).await?;
        keep(&mut write, design_id, &now, Reason::Restore, None, now_ms).await?;
        // The design keeps its title: a version is a drawing.
        let title: String = sqlx::query_scalar("SELECT title FROM designs WHERE id = ?").bind(design_id).fetch_one(&mut *write).await?;
        let json = Sketch { title, ..version.sketch }.to_json();
        let sql = "UPDATE designs SET sketch = ?, updated_ms = ?, revision = revision + 1 WHERE id = ? RETURNING revision";
        let revision = sqlx::query_scalar(sql).bind(json).bind(now_ms).bind(design_id).fetch_one(&mut *write).await?;
        write.commit().await?;
        Ok(revision)
    }

    /// Keeps the window's undo history of a design at a revision. One of another revision than the saved one is of no use, and not kept.
    pub async fn save_history(&self, design_id: i64, revision: i64, history: &str) -> Result<(), StoreError> {
        if history.len() > MAX_HISTORY {
            let reason = format!("{} bytes, and at most {MAX_HISTORY} are kept", history.len());
            return Err(StoreError::Invalid { what: "history", reason });
        }
        let mut write = self.write().await?;
        let sql = "INSERT INTO undo_histories (design_id, revision, history) SELECT id, ?2, ?3 FROM designs WHERE id = ?1 AND revision = ?2
                   ON CONFLICT DO UPDATE SET revision = excluded.revision, history = excluded.history";
        sqlx::query(sql).bind(design_id).bind(revision).bind(history).execute(&mut *write).await?;
        write.commit().await
    }

    /// The undo history of a design, if it was kept at this revision.
    pub async fn history(&self, design_id: i64, revision: i64) -> Result<Option<String>, StoreError> {
        let sql = "SELECT history FROM undo_histories WHERE design_id = ? AND revision = ?";
        Ok(sqlx::query_scalar(sql).bind(design_id).bind(revision).fetch_optional(&self.readers).await?)
    }
}

/// Revision and drawing (JSON) of a design as it is saved.
pub(crate) async fn saved(write: &mut Write, design_id: i64) -> Result<(i64, String), StoreError> {
    let row: Option<(i64, String)> =
        sqlx::query_as("SELECT revision, sketch FROM designs WHERE id = ?").bind(design_id).fetch_optional(&mut **write).await?;
    row.ok_or(StoreError::NotFound { what: "design", id: design_id })
}

/// Keeps what is about to be overwritten, once in [`CHECKPOINT_MS`] of editing. A clock that was set back counts as time that passed.
pub(crate) async fn checkpoint(write: &mut Write, design_id: i64, before: &str, now_ms: i64) -> Result<(), StoreError> {
    let sql = "SELECT saved_ms FROM design_versions WHERE design_id = ? ORDER BY number DESC LIMIT 1";
    let last: Option<i64> = sqlx::query_scalar(sql).bind(design_id).fetch_optional(&mut **write).await?;
    if last.is_none_or(|last| now_ms < last || now_ms - last >= CHECKPOINT_MS) {
        keep(write, design_id, before, Reason::Checkpoint, None, now_ms).await?;
    }
    Ok(())
}

/// Keeps a drawing; the number of its version, which is the newest one when that has the same drawing.
async fn keep(write: &mut Write, design_id: i64, json: &str, reason: Reason, name: Option<&str>, now_ms: i64) -> Result<i64, StoreError> {
    let sql = "SELECT number, sketch = ? FROM design_versions WHERE design_id = ? ORDER BY number DESC LIMIT 1";
    let newest: Option<(i64, bool)> = sqlx::query_as(sql).bind(json).bind(design_id).fetch_optional(&mut **write).await?;
    let last = newest.map_or(0, |(number, _)| number);
    if newest.is_some_and(|(_, same)| same) {
        if let Some(name) = name {
            let query = sqlx::query("UPDATE design_versions SET name = ? WHERE design_id = ? AND number = ?");
            query.bind(name).bind(design_id).bind(last).execute(&mut **write).await?;
        }
        return Ok(last);
    }
    let sql = "INSERT INTO design_versions (design_id, number, saved_ms, reason, name, sketch) VALUES (?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(sql).bind(design_id).bind(last + 1).bind(now_ms).bind(reason.word()).bind(name).bind(json);
    query.execute(&mut **write).await?;
    let sql = "SELECT number, saved_ms, reason, name FROM design_versions WHERE design_id = ? ORDER BY number DESC";
    let all: Vec<VersionRow> = sqlx::query_as(sql).bind(design_id).fetch_all(&mut **write).await?;
    for number in too_many(&all, now_ms) {
        let query = sqlx::query("DELETE FROM design_versions WHERE design_id = ? AND number = ?");
        query.bind(design_id).bind(number).execute(&mut **write).await?;
    }
    Ok(last + 1)
}

/// Versions to thin out, oldest first; `all` is newest first. All of the last day, then one an hour for a week, one a day for 90 days, one a week after that.
fn too_many(all: &[VersionRow], now_ms: i64) -> Vec<i64> {
    let mut kept = BTreeSet::new();
    let mut gone = Vec::new();
    for (nth, row) in all.iter().enumerate() {
        let age = now_ms - row.saved_ms;
        let step = match age {
            age if age < DAY_MS => continue,
            age if age < 7 * DAY_MS => HOUR_MS,
            age if age < 90 * DAY_MS => DAY_MS,
            _ => 7 * DAY_MS,
        };
        // The newest of its hour, day or week stands for it.
        let stands = kept.insert((step, row.saved_ms.div_euclid(step)));
        if nth >= ALWAYS && row.name.is_none() && !stands {
            gone.push(row.number);
        }
    }
    gone.into_iter().rev().take(GONE_AT_ONCE).collect()
}

fn check_name(name: Option<&str>) -> Result<(), StoreError> {
    let fits = |name: &str| !name.trim().is_empty() && name.chars().count() <= MAX_NAME && !name.chars().any(char::is_control);
    if name.is_none_or(fits) {
        return Ok(());
    }
    Err(StoreError::Invalid { what: "name", reason: format!("must be one line of 1 to {MAX_NAME} characters") })
}

#[cfg(test)]
mod tests;
