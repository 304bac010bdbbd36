//! What the learner draws: one row a design, the sketch as JSON. Names are unique in an exercise.

use loadline_model::sketch::{MAX_BYTES, Sketch};
use serde::Serialize;

use crate::{Store, StoreError, versions};

/// A design without its sketch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct DesignRow {
    /// Number of the design.
    pub id: i64,
    /// Exercise id.
    pub exercise: String,
    /// Name on the command line.
    pub name: String,
    /// Name on the tab.
    pub title: String,
    /// Name of the design that it was copied from.
    pub based_on: Option<String>,
    /// Milliseconds since 1970.
    pub created_ms: i64,
    /// Milliseconds since 1970.
    pub updated_ms: i64,
    /// One more at every save of the drawing.
    pub revision: i64,
}

/// A design with its sketch.
#[derive(Debug, Clone, PartialEq)]
pub struct Design {
    /// Everything else.
    pub row: DesignRow,
    /// The drawing.
    pub sketch: Sketch,
}

/// A design to be.
#[derive(Debug, Clone, Copy)]
pub struct NewDesign<'a> {
    /// Exercise id.
    pub exercise: &'a str,
    /// Lower-case letters, digits and dashes; unique in the exercise.
    pub name: &'a str,
    /// Name on the tab.
    pub title: &'a str,
    /// Name of the design that it is copied from.
    pub based_on: Option<&'a str>,
}

impl Store {
    /// Designs of an exercise, oldest first.
    pub async fn designs(&self, exercise: &str) -> Result<Vec<DesignRow>, StoreError> {
        let sql =
            "SELECT id, exercise, name, title, based_on, created_ms, updated_ms, revision FROM designs WHERE exercise = ? ORDER BY id";
        Ok(sqlx::query_as(sql).bind(exercise).fetch_all(&self.readers).await?)
    }

    /// Creates a design; its number.
    pub async fn create_design(&self, new: NewDesign<'_>, sketch: &Sketch, now_ms: i64) -> Result<i64, StoreError> {
        check_name("exercise", new.exercise)?;
        check_name("name", new.name)?;
        check_title(new.title)?;
        let json = sketch_json(sketch)?;
        let mut write = self.write().await?;
        let sql = "INSERT INTO designs (exercise, name, title, sketch, based_on, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?)";
        let query = sqlx::query(sql).bind(new.exercise).bind(new.name).bind(new.title).bind(json).bind(new.based_on);
        let done = query.bind(now_ms).bind(now_ms).execute(&mut *write).await.map_err(|e| taken(e, new.name))?;
        write.commit().await?;
        Ok(done.last_insert_rowid())
    }

    /// The design with this number.
    pub async fn design(&self, id: i64) -> Result<Design, StoreError> {
        let sql = "SELECT id, exercise, name, title, based_on, created_ms, updated_ms, revision FROM designs WHERE id = ?";
        let mut read = self.readers.begin().await?;
        let row: Option<DesignRow> = sqlx::query_as(sql).bind(id).fetch_optional(&mut *read).await?;
        let row = row.ok_or(StoreError::NotFound { what: "design", id })?;
        let json: String = sqlx::query_scalar("SELECT sketch FROM designs WHERE id = ?").bind(id).fetch_one(&mut *read).await?;
        let sketch = Sketch::from_json(&json);
        Ok(Design { row, sketch: sketch.map_err(|e| StoreError::Unreadable { what: "design", id, reason: e.to_string() })? })
    }

    /// The design of an exercise with this name.
    pub async fn design_named(&self, exercise: &str, name: &str) -> Result<Option<Design>, StoreError> {
        let sql = "SELECT id FROM designs WHERE exercise = ? AND name = ?";
        let id: Option<i64> = sqlx::query_scalar(sql).bind(exercise).bind(name).fetch_optional(&self.readers).await?;
        match id {
            Some(id) => self.design(id).await.map(Some),
            None => Ok(None),
        }
    }

    /// Keeps a new drawing in place of the old one; the new revision. With an expected revision, a design that was saved elsewhere since is
    /// not overwritten. What is overwritten becomes a version from time to time.
    pub async fn save_design(&self, id: i64, sketch: &Sketch, expected: Option<i64>, now_ms: i64) -> Result<i64, StoreError> {
        let json = sketch_json(sketch)?;
        let mut write = self.write().await?;
        let (revision, before) = versions::saved(&mut write, id).await?;
        if expected.is_some_and(|expected| expected != revision) {
            return Err(StoreError::Conflict { id, revision });
        }
        if before == json {
            return Ok(revision);
        }
        versions::checkpoint(&mut write, id, &before, now_ms).await?;
        let sql = "UPDATE designs SET sketch = ?, updated_ms = ?, revision = revision + 1 WHERE id = ? RETURNING revision";
        let revision = sqlx::query_scalar(sql).bind(json).bind(now_ms).bind(id).fetch_one(&mut *write).await?;
        write.commit().await?;
        Ok(revision)
    }

    /// Gives a design another name and title.
    pub async fn rename_design(&self, id: i64, name: &str, title: &str, now_ms: i64) -> Result<(), StoreError> {
        check_name("name", name)?;
        check_title(title)?;
        let mut write = self.write().await?;
        let query = sqlx::query("UPDATE designs SET name = ?, title = ?, updated_ms = ? WHERE id = ?");
        let query = query.bind(name).bind(title).bind(now_ms).bind(id);
        found(query.execute(&mut *write).await.map_err(|e| taken(e, name))?.rows_affected(), "design", id)?;
        write.commit().await
    }

    /// Deletes a design with its predictions. Its runs stay.
    pub async fn delete_design(&self, id: i64) -> Result<(), StoreError> {
        let mut write = self.write().await?;
        found(sqlx::query("DELETE FROM designs WHERE id = ?").bind(id).execute(&mut *write).await?.rows_affected(), "design", id)?;
        write.commit().await
    }
}

pub(crate) fn found(rows: u64, what: &'static str, id: i64) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::NotFound { what, id }) } else { Ok(()) }
}

pub(crate) fn taken(error: sqlx::Error, name: &str) -> StoreError {
    match error.as_database_error() {
        Some(e) if e.is_unique_violation() => StoreError::NameTaken(name.to_owned()),
        _ => error.into(),
    }
}

/// 1 to 48 lower-case letters, digits and dashes.
pub(crate) fn check_name(what: &'static str, name: &str) -> Result<(), StoreError> {
    let fits = (1..=48).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    if fits { Ok(()) } else { Err(StoreError::Invalid { what, reason: "must be 1 to 48 lower-case letters, digits and dashes".into() }) }
}

pub(crate) fn check_title(title: &str) -> Result<(), StoreError> {
    let fits = !title.trim().is_empty() && title.chars().count() <= 120 && !title.chars().any(char::is_control);
    if fits { Ok(()) } else { Err(StoreError::Invalid { what: "title", reason: "must be one line of 1 to 120 characters".into() }) }
}

/// What is kept must be read again: refused now rather than lost later.
pub(crate) fn sketch_json(sketch: &Sketch) -> Result<String, StoreError> {
    let json = sketch.to_json();
    match Sketch::from_json(&json) {
        Ok(_) if json.len() <= MAX_BYTES => Ok(json),
        Ok(_) => Err(StoreError::Invalid { what: "sketch", reason: format!("more than {MAX_BYTES} bytes") }),
        Err(error) => Err(StoreError::Invalid { what: "sketch", reason: error.to_string() }),
    }
}
