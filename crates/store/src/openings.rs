//! Solutions that were opened before an attempt, and when. Whether one counts as an attempt is for the app to say.

use std::collections::BTreeMap;

use loadline_model::sketch::Sketch;

use crate::designs::check_name;
use crate::{Store, StoreError};

impl Store {
    /// Records that a design of a pack was opened; the first time stays.
    pub async fn record_opening(&self, exercise: &str, design: &str, now_ms: i64) -> Result<(), StoreError> {
        check_name("exercise", exercise)?;
        check_name("design", design)?;
        let mut write = self.write().await?;
        let sql = "INSERT INTO openings (exercise, design, opened_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING";
        sqlx::query(sql).bind(exercise).bind(design).bind(now_ms).execute(&mut *write).await?;
        write.commit().await
    }

    /// Designs of an exercise that were opened, and when, ms since 1970.
    pub async fn openings(&self, exercise: &str) -> Result<BTreeMap<String, i64>, StoreError> {
        let sql = "SELECT design, opened_ms FROM openings WHERE exercise = ?";
        let rows: Vec<(String, i64)> = sqlx::query_as(sql).bind(exercise).fetch_all(&self.readers).await?;
        Ok(rows.into_iter().collect())
    }

    /// Drawings that were run for an exercise, each once, newest first, at most `limit`. One that cannot be read any more is left out: its
    /// run says so when it is opened.
    pub async fn drawings_run(&self, exercise: &str, limit: u32) -> Result<Vec<Sketch>, StoreError> {
        let sql = "SELECT sketch FROM runs WHERE exercise = ? GROUP BY sketch ORDER BY max(started_ms) DESC LIMIT ?";
        let rows: Vec<String> = sqlx::query_scalar(sql).bind(exercise).bind(limit).fetch_all(&self.readers).await?;
        Ok(rows.iter().filter_map(|json| Sketch::from_json(json).ok()).collect())
    }
}
