//! How a design came to be, as it crosses: its versions, its undo history, and what a save came to.

use loadline_model::sketch::Sketch;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Design;

/// What a save came to.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DesignSaved {
    /// Milliseconds since 1970.
    #[ts(type = "number")]
    pub saved_ms: i64,
    /// Expected by the next save.
    #[ts(type = "number")]
    pub revision: i64,
    /// The design had been saved in another window since it was opened here: what was to be saved is this new design, and the other is as it was.
    pub copy: Option<Box<Design>>,
}

/// Keeps the undo history of a design.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct DesignHistorySave {
    /// Design id.
    pub id: String,
    /// The revision that it belongs to.
    #[ts(type = "number")]
    pub revision: i64,
    /// The window's own JSON.
    pub history: String,
}

/// Versions of a design.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DesignVersions {
    /// Newest first.
    pub versions: Vec<DesignVersion>,
}

/// A version in the list.
#[derive(Debug, Clone, Serialize, TS)]
pub struct DesignVersion {
    /// From 1 in the design.
    #[ts(type = "number")]
    pub number: i64,
    /// When it was kept, milliseconds since 1970.
    #[ts(type = "number")]
    pub saved_ms: i64,
    /// `checkpoint`, `run`, `restore` or `named`.
    pub reason: String,
    /// Given by the learner: the version is never thinned out.
    pub name: Option<String>,
    /// What changed since the version before it, in words; for the first one, what it has.
    pub changed: Vec<String>,
    /// Why its drawing cannot be read; absent when it can.
    pub unreadable: Option<String>,
}

/// Names a version.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct VersionKey {
    /// Design id.
    pub design: String,
    /// Its number.
    #[ts(type = "number")]
    pub number: i64,
}

/// A version's drawing.
#[derive(Debug, Clone, Serialize, TS)]
pub struct VersionOpened {
    /// The drawing as it was.
    pub sketch: Sketch,
}

/// Names a version, or the drawing as it is now.
#[derive(Debug, Clone, Serialize, Deserialize, TS)]
pub struct VersionName {
    /// Design id.
    pub design: String,
    /// Its number; absent: the drawing as it is saved now is kept under the name.
    #[ts(type = "number | null")]
    pub number: Option<i64>,
    /// The name; absent: it has none any more.
    pub name: Option<String>,
}
