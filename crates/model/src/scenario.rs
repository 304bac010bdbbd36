//! Who asks for what, how often, and what counts as good enough. Rates and times are life's.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::arrivals::Shape;
use crate::population::PopulationSpec;

/// One situation that a design is put in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Name in files and on the command line.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// A sentence or two.
    pub summary: String,
    /// The users.
    pub population: PopulationSpec,
    /// What they ask for.
    #[serde(rename = "operation")]
    pub operations: Vec<ScenarioOperation>,
    /// What counts as good enough.
    #[serde(rename = "target", default)]
    pub targets: Vec<Target>,
    /// What the learner is asked to predict.
    #[serde(rename = "predict", default)]
    pub predict: Vec<Predict>,
    /// How it is run unless the learner says otherwise.
    pub run: RunDefaults,
}

/// One kind of request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioOperation {
    /// Name in figures: `timeline_read`.
    pub name: String,
    /// Name for people: `Timeline reads`.
    pub label: String,
    /// Role that answers it.
    pub role: String,
    /// That role's operation.
    pub operation: String,
    /// HTTP method.
    pub method: String,
    /// Path with variables: `{user}` (any user), `{popular_user}`, `{tweet}`, `{n}`.
    pub path: String,
    /// JSON body with variables, also `{text}`.
    #[serde(default)]
    pub body: Option<String>,
    /// Requests a second in life at the base rate.
    pub per_s: f64,
    /// An answer later than this, in ms of life, counts as late.
    pub deadline_ms: f64,
    /// Where the rate comes from.
    pub source: String,
}

/// What a figure must reach.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// Name of the figure in the report.
    pub figure: String,
    /// Name for people.
    pub label: String,
    /// It must be this or less.
    pub at_most: f64,
    /// Unit of the figure.
    pub unit: String,
    /// Role that stands in for the figure's component where a drawing has none of that id. Absent in a pack: that of the component with
    /// this id in the pack's designs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<String>,
}

/// A figure that the learner is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Predict {
    /// Name of the figure in the report.
    pub figure: String,
    /// Name for people.
    pub label: String,
    /// Unit of the figure.
    pub unit: String,
    /// Role that stands in for the figure's component where a drawing has none of that id. Absent in a pack: that of the component with
    /// this id in the pack's designs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub role: Option<String>,
}

/// How a scenario is run by default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RunDefaults {
    /// Shape of the load.
    pub shape: Shape,
    /// Seconds of wall time under load.
    pub duration_s: f64,
    /// Seconds of wall time at the beginning that percentiles leave out.
    pub warmup_s: f64,
    /// Seed of everything drawn by lot.
    #[ts(type = "number")]
    pub seed: u64,
}

impl Scenario {
    /// Requests a second of all operations together, in life.
    pub fn total_per_s(&self) -> f64 {
        self.operations.iter().map(|op| op.per_s).sum()
    }

    /// The role that stands in for the component `subject` of a figure, as targets and predictions name it.
    pub fn role_of(&self, subject: &str) -> Option<&str> {
        let targets = self.targets.iter().map(|target| (&target.figure, &target.role));
        let mut all = targets.chain(self.predict.iter().map(|predict| (&predict.figure, &predict.role)));
        all.find(|(figure, _)| figure.split_once('.').is_some_and(|(owner, _)| owner == subject)).and_then(|(_, role)| role.as_deref())
    }

    /// The operation with this name.
    pub fn operation(&self, name: &str) -> Option<&ScenarioOperation> {
        self.operations.iter().find(|op| op.name == name)
    }
}
