//! The learner's designs and predictions: commands over the store.

use loadline_model::sketch::{Component, Sketch};
use loadline_store::{DesignRow, NewDesign, PredictionSet, StoreError};

use crate::App;
use crate::contract::{
    ById, Design, DesignCard, DesignCreate, DesignRename, DesignSave, DesignSaved, Empty, PredictionKey, PredictionSave, Predictions,
    RpcError, Saved,
};
use crate::library;

/// Characters of a title that are kept in the title of a copy.
const MAX_COPIED_TITLE: usize = 90;

impl App {
    /// A new design: a copy of a bundled one, of the learner's own, or an empty drawing with a client.
    pub async fn design_create(&self, request: DesignCreate) -> Result<Design, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let number = self.store().designs(&exercise.id).await?.len() + 1;
        let (sketch, based_on, title) = match (&request.from, &request.copy_of) {
            (Some(name), _) => {
                let sketch = library::bundled(exercise, name)?.clone();
                self.check_open(exercise, name).await?;
                let title = exercise.designs.iter().find(|d| &d.name == name).map_or_else(|| sketch.title.clone(), |d| d.title.clone());
                (sketch, Some(name.clone()), title)
            }
            (None, Some(id)) => {
                let original = self.store().design(number_of(id)?).await?;
                let title: String = original.row.title.chars().take(MAX_COPIED_TITLE).collect();
                (original.sketch, Some(original.row.name), format!("{title}, a copy"))
            }
            (None, None) => (empty(), None, format!("Design {number}")),
        };
        let title = request.title.unwrap_or(title);
        let now_ms = now_ms();
        let name = format!("d{now_ms}-{number}");
        let new = NewDesign { exercise: &exercise.id, name: &name, title: &title, based_on: based_on.as_deref() };
        let sketch = Sketch { title: title.clone(), ..sketch };
        let id = self.store().create_design(new, &sketch, now_ms).await?;
        self.design_open(ById { id: id.to_string() }).await
    }

    /// A design with its drawing.
    pub async fn design_open(&self, request: ById) -> Result<Design, RpcError> {
        let id = number_of(&request.id)?;
        let design = self.store().design(id).await?;
        let revision = design.row.revision;
        let history = self.store().history(id, revision).await?;
        Ok(Design { card: card(&design.row), exercise: design.row.exercise, sketch: design.sketch, revision, history })
    }

    /// Keeps a drawing. Where the design was saved in another window meanwhile, both stay: this one becomes a design of its own.
    pub async fn design_save(&self, request: DesignSave) -> Result<DesignSaved, RpcError> {
        let (id, saved_ms) = (number_of(&request.id)?, now_ms());
        match self.store().save_design(id, &request.sketch, Some(request.revision), saved_ms).await {
            Ok(revision) => Ok(DesignSaved { saved_ms, revision, copy: None }),
            Err(StoreError::Conflict { .. }) => {
                let other = self.store().design(id).await?.row;
                let title: String = other.title.chars().take(MAX_COPIED_TITLE).collect();
                let title = format!("{title}, from the other window");
                let number = self.store().designs(&other.exercise).await?.len() + 1;
                let name = format!("d{saved_ms}-{number}");
                let new = NewDesign { exercise: &other.exercise, name: &name, title: &title, based_on: Some(&other.name) };
                let sketch = Sketch { title: title.clone(), ..request.sketch };
                let copy = self.store().create_design(new, &sketch, saved_ms).await?;
                let copy = self.design_open(ById { id: copy.to_string() }).await?;
                Ok(DesignSaved { saved_ms, revision: copy.revision, copy: Some(Box::new(copy)) })
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Gives a design another title.
    pub async fn design_rename(&self, request: DesignRename) -> Result<Empty, RpcError> {
        let id = number_of(&request.id)?;
        let name = self.store().design(id).await?.row.name;
        self.store().rename_design(id, &name, &request.title, now_ms()).await?;
        Ok(Empty {})
    }

    /// Removes a design; its runs stay.
    pub async fn design_delete(&self, request: ById) -> Result<Empty, RpcError> {
        self.store().delete_design(number_of(&request.id)?).await?;
        Ok(Empty {})
    }

    /// What was said for a design in a scenario; empty when nothing was.
    pub async fn prediction_open(&self, request: PredictionKey) -> Result<Predictions, RpcError> {
        let set = self.store().predictions(number_of(&request.design)?, &request.scenario).await?.unwrap_or_default();
        Ok(Predictions { values: set.values, because: set.because })
    }

    /// Keeps what is said, in place of what was.
    pub async fn prediction_save(&self, request: PredictionSave) -> Result<Saved, RpcError> {
        let saved_ms = now_ms();
        let set = PredictionSet { values: request.predictions.values, because: request.predictions.because };
        self.store().save_predictions(number_of(&request.key.design)?, &request.key.scenario, &set, saved_ms).await?;
        Ok(Saved { saved_ms })
    }
}

/// An empty drawing: only the client, whom every design has.
fn empty() -> Sketch {
    let client = Component {
        id: "client".into(),
        role: "client".into(),
        name: "Client".into(),
        instances: 1,
        settings: Default::default(),
        at: (24.0, 24.0),
    };
    Sketch { components: vec![client], ..Sketch::empty("") }
}

/// A design's card.
pub(crate) fn card(row: &DesignRow) -> DesignCard {
    DesignCard { id: row.id.to_string(), title: row.title.clone(), based_on: row.based_on.clone(), updated_ms: row.updated_ms }
}

/// The store's number behind an id of the contract.
pub(crate) fn number_of(id: &str) -> Result<i64, RpcError> {
    id.parse().map_err(|_| RpcError::not_found("design or run", id, "Open it from the library again."))
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_millis() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Places;

    #[tokio::test]
    async fn a_copy_of_a_design_with_a_long_title_fits() {
        let folder = tempfile::tempdir().unwrap();
        let app = App::open(Places { data_dir: folder.path().to_owned(), node_program: "none".into() }).await.unwrap();
        let wish = |copy_of, title| DesignCreate { exercise: "knee".into(), from: None, copy_of, title };
        let original = app.design_create(wish(None, Some("\u{e4}".repeat(120)))).await.unwrap();
        let copy = app.design_create(wish(Some(original.card.id), None)).await.unwrap();
        assert_eq!(copy.card.title, format!("{}, a copy", "\u{e4}".repeat(MAX_COPIED_TITLE)));
        assert_eq!(copy.sketch.title, copy.card.title);
    }
}
