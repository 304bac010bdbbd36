//! What is wrong with a drawing: the component, the reason, and a remedy, in words that a learner understands.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// It cannot run like this.
    Error,
    /// It runs, and an interviewer would ask.
    Warning,
    /// Good to know.
    Note,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Stable word for tests and quick fixes: `port_empty`, `single_point_of_failure` ...
    pub code: String,
    /// Component id, when it is about one.
    pub component: Option<String>,
    /// What is wrong.
    pub reason: String,
    /// What to do.
    pub remedy: String,
}

impl Diagnostic {
    /// A finding about `component`.
    pub fn new(severity: Severity, code: &str, component: Option<&str>, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity, code: code.to_owned(), component: component.map(str::to_owned), reason: reason.into(), remedy: remedy.into() }
    }
}
