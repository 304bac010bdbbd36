//! What the learner said beforehand, for a design in a scenario. A figure that was left blank is not kept: it is absent, never 0.

use std::collections::BTreeMap;

use crate::{Store, StoreError};

/// What was said for one design in one scenario.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PredictionSet {
    /// Figure name to the predicted value, in the figure's unit.
    pub values: BTreeMap<String, f64>,
    /// The learner's "because".
    pub because: String,
}

/// Most figures in a set.
const MAX_FIGURES: usize = 64;
/// Longest "because", bytes.
const MAX_BECAUSE: usize = 16 * 1024;

impl Store {
    /// Keeps a set in place of the one before.
    pub async fn save_predictions(&self, design_id: i64, scenario: &str, set: &PredictionSet, now_ms: i64) -> Result<(), StoreError> {
        let invalid = |reason: String| StoreError::Invalid { what: "predictions", reason };
        if set.values.len() > MAX_FIGURES || set.because.len() > MAX_BECAUSE {
            return Err(invalid(format!("at most {MAX_FIGURES} figures and {MAX_BECAUSE} bytes of reason are kept")));
        }
        if let Some((figure, value)) = set.values.iter().find(|(_, value)| !value.is_finite()) {
            return Err(invalid(format!("{figure} is {value}, which is no number")));
        }
        let mut write = self.write().await?;
        let known: Option<i64> =
            sqlx::query_scalar("SELECT id FROM designs WHERE id = ?").bind(design_id).fetch_optional(&mut *write).await?;
        known.ok_or(StoreError::NotFound { what: "design", id: design_id })?;
        let old = sqlx::query("DELETE FROM prediction_sets WHERE design_id = ? AND scenario = ?").bind(design_id).bind(scenario);
        old.execute(&mut *write).await?;
        let new = sqlx::query("INSERT INTO prediction_sets (design_id, scenario, because, saved_ms) VALUES (?, ?, ?, ?)");
        new.bind(design_id).bind(scenario).bind(&set.because).bind(now_ms).execute(&mut *write).await?;
        for (figure, value) in &set.values {
            let row = sqlx::query("INSERT INTO predictions (design_id, scenario, figure, value) VALUES (?, ?, ?, ?)");
            row.bind(design_id).bind(scenario).bind(figure).bind(value).execute(&mut *write).await?;
        }
        write.commit().await
    }

    /// What was said; `None` when nothing was saved.
    pub async fn predictions(&self, design_id: i64, scenario: &str) -> Result<Option<PredictionSet>, StoreError> {
        // One transaction, so that a save in between is seen whole or not at all.
        let mut read = self.readers.begin().await?;
        let because = "SELECT because FROM prediction_sets WHERE design_id = ? AND scenario = ?";
        let because: Option<String> = sqlx::query_scalar(because).bind(design_id).bind(scenario).fetch_optional(&mut *read).await?;
        let Some(because) = because else { return Ok(None) };
        let values = "SELECT figure, value FROM predictions WHERE design_id = ? AND scenario = ?";
        let values: Vec<(String, f64)> = sqlx::query_as(values).bind(design_id).bind(scenario).fetch_all(&mut *read).await?;
        Ok(Some(PredictionSet { values: values.into_iter().collect(), because }))
    }
}
