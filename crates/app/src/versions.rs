//! How a design came to be: versions, what changed between them in words, and the undo history that is kept for the window.

use std::collections::BTreeMap;

use loadline_model::sketch::{Component, Sketch};
use loadline_model::words::counted;
use loadline_store::versions::VersionRow;

use crate::App;
use crate::contract::{
    ById, Design, DesignHistorySave, DesignVersion, DesignVersions, Empty, RpcError, VersionKey, VersionName, VersionOpened,
};
use crate::designs::{now_ms, number_of};

/// Most versions that are listed.
const MAX_LISTED: u32 = 200;
/// Names in a sentence before the rest is counted.
const NAMED: usize = 3;

impl App {
    /// Versions of a design, newest first, with what changed.
    pub async fn design_versions(&self, request: ById) -> Result<DesignVersions, RpcError> {
        let rows = self.store().versions(number_of(&request.id)?, MAX_LISTED).await?;
        let before = rows.iter().skip(1).map(|(_, sketch)| sketch.as_ref().ok()).chain([None]);
        Ok(DesignVersions { versions: rows.iter().zip(before).map(|((row, sketch), before)| listed(row, sketch, before)).collect() })
    }

    /// A version's drawing.
    pub async fn design_version_open(&self, request: VersionKey) -> Result<VersionOpened, RpcError> {
        Ok(VersionOpened { sketch: self.store().version(number_of(&request.design)?, request.number).await?.sketch })
    }

    /// Puts a version's drawing back; the one before is kept as a version.
    pub async fn design_version_restore(&self, request: VersionKey) -> Result<Design, RpcError> {
        self.store().restore_version(number_of(&request.design)?, request.number, now_ms()).await?;
        self.design_open(ById { id: request.design }).await
    }

    /// Names a version, or the drawing as it is now.
    pub async fn design_version_name(&self, request: VersionName) -> Result<DesignVersions, RpcError> {
        let design = number_of(&request.design)?;
        let name = request.name.as_deref().map(str::trim);
        match (request.number, name) {
            (Some(number), name) => self.store().name_version(design, number, name).await?,
            (None, Some(name)) => {
                self.store().name_current(design, name, now_ms()).await?;
            }
            (None, None) => return Err(RpcError::new("invalid_request", "neither a version nor a name was given", "Give one of them.")),
        }
        self.design_versions(ById { id: request.design }).await
    }

    /// Keeps the window's undo history for the next time that the design is opened.
    pub async fn design_history_save(&self, request: DesignHistorySave) -> Result<Empty, RpcError> {
        self.store().save_history(number_of(&request.id)?, request.revision, &request.history).await?;
        Ok(Empty {})
    }
}

fn listed(row: &VersionRow, sketch: &Result<Sketch, String>, before: Option<&Sketch>) -> DesignVersion {
    let changed = match (sketch, before) {
        (Ok(sketch), Some(before)) => changes(before, sketch),
        (Ok(sketch), None) => vec![format!("{}, {}", counted(sketch.components.len(), "component"), counted(sketch.links.len(), "link"))],
        (Err(_), _) => Vec::new(),
    };
    DesignVersion {
        number: row.number,
        saved_ms: row.saved_ms,
        reason: row.reason.clone(),
        name: row.name.clone(),
        changed,
        unreadable: sketch.as_ref().err().cloned(),
    }
}

/// What changed from one drawing to the next: `Added KV cache`, `Changed Feed service`, `2 links removed`.
fn changes(before: &Sketch, after: &Sketch) -> Vec<String> {
    let by_id = |sketch: &Sketch| -> BTreeMap<String, Component> { sketch.components.iter().map(|c| (c.id.clone(), c.clone())).collect() };
    let (old, new) = (by_id(before), by_id(after));
    let names = |parts: Vec<&Component>| -> Vec<String> { parts.iter().map(|part| part.name.clone()).collect() };
    let added = names(after.components.iter().filter(|c| !old.contains_key(&c.id)).collect());
    let removed = names(before.components.iter().filter(|c| !new.contains_key(&c.id)).collect());
    let unplaced = |c: &Component| Component { at: (0.0, 0.0), ..c.clone() };
    let differs = |c: &&Component| old.get(&c.id).is_some_and(|old| unplaced(old) != unplaced(c));
    let changed = names(after.components.iter().filter(differs).collect());
    let moved = after.components.iter().filter(|c| old.get(&c.id).is_some_and(|old| old.at != c.at)).count();
    let mut words = Vec::new();
    for (verb, names) in [("Added", added), ("Removed", removed), ("Changed", changed)] {
        if !names.is_empty() {
            words.push(format!("{verb} {}", listed_names(&names)));
        }
    }
    let linked = after.links.iter().filter(|link| !before.links.contains(link)).count();
    let unlinked = before.links.iter().filter(|link| !after.links.contains(link)).count();
    for (count, what) in [(linked, "added"), (unlinked, "removed")] {
        if count > 0 {
            words.push(format!("{} {what}", counted(count, "link")));
        }
    }
    if before.groups != after.groups || before.comments != after.comments {
        words.push("Groups or comments changed".into());
    }
    if words.is_empty() && moved > 0 {
        words.push(format!("Moved {}", counted(moved, "component")));
    }
    if words.is_empty() {
        words.push("Nothing that is drawn changed".into());
    }
    words
}

fn listed_names(names: &[String]) -> String {
    let rest = names.len().saturating_sub(NAMED);
    let shown = names.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if rest == 0 { shown } else { format!("{shown} and {rest} more") }
}

#[cfg(test)]
mod tests;
