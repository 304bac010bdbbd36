//! Who asks for what, how often, what breaks meanwhile, and what counts as good enough. Rates and times are life's, unless they say wall.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::arrivals::{Process, Shape};
use crate::population::PopulationSpec;
use crate::sketch::{Component, SettingValue, Sketch};

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
    /// What is different from a good day: settings that hold for every component of a role, whatever is drawn.
    #[serde(rename = "condition", default)]
    pub conditions: Vec<Condition>,
    /// What breaks, and when.
    #[serde(rename = "fault", default)]
    pub faults: Vec<ScenarioFault>,
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

/// A setting that the situation imposes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// Every component of this role has it.
    pub role: String,
    /// One of the role's settings.
    pub setting: String,
    /// In the setting's unit.
    pub value: SettingValue,
    /// Where the figure comes from.
    pub source: String,
}

/// Something that happens to one instance during the run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioFault {
    /// What happens.
    pub kind: FaultKind,
    /// Id of the component; a drawing without it is searched for a component of the role with this name.
    pub component: String,
    /// Which instance, from 1.
    pub instance: u32,
    /// WALL seconds since the load began, in a run of [`RunDefaults::duration_s`]; a longer or shorter run stretches the schedule with it.
    pub at_s: f64,
}

/// The faults that a scenario can schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// The process is killed: what it held in memory is lost, connections break.
    Kill,
    /// A killed instance is started again at the same address, empty if it keeps nothing on disk.
    Restart,
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
    /// How arrivals fall round the rate: `poisson` (independent users) where it is not said, or `constant` (equal gaps, as from a timer).
    #[serde(default)]
    pub arrivals: Process,
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

    /// The drawing under the conditions of this scenario.
    pub fn imposed_on(&self, sketch: &Sketch) -> Sketch {
        let mut imposed = sketch.clone();
        for condition in &self.conditions {
            for component in imposed.components.iter_mut().filter(|component| component.role == condition.role) {
                component.settings.insert(condition.setting.clone(), condition.value.clone());
            }
        }
        imposed
    }
}

impl ScenarioFault {
    /// The component of a drawing that is meant: by id, or else the first one of the role that is named so.
    pub fn target<'a>(&self, sketch: &'a Sketch) -> Option<&'a Component> {
        let by_role = || sketch.components.iter().find(|component| component.role == self.component);
        sketch.component(&self.component).or_else(by_role)
    }

    /// Id of the instance that is meant; `None` when the drawing has no such component, or not as many instances of it.
    pub fn node(&self, sketch: &Sketch) -> Option<String> {
        let component = self.target(sketch)?;
        (1..=component.instances).contains(&self.instance).then(|| format!("{}-{}", component.id, self.instance))
    }

    /// WALL seconds since the load began in a run of `duration_s`, where the scenario's own lasts `planned_s`.
    pub fn due_s(&self, planned_s: f64, duration_s: f64) -> f64 {
        self.at_s * duration_s / planned_s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sketch() -> Sketch {
        let component = |id: &str, role: &str, instances| Component {
            id: id.into(),
            role: role.into(),
            name: id.into(),
            instances,
            settings: Default::default(),
            at: (0.0, 0.0),
        };
        Sketch { components: vec![component("cache", "kv", 3), component("replicas", "sql_replica", 2)], ..Sketch::empty("S") }
    }

    #[test]
    fn a_fault_finds_its_instance_by_id_or_by_role() {
        let fault = |component: &str, instance| ScenarioFault { kind: FaultKind::Kill, component: component.into(), instance, at_s: 6.0 };
        assert_eq!(fault("cache", 2).node(&sketch()).as_deref(), Some("cache-2"));
        assert_eq!(fault("kv", 3).node(&sketch()).as_deref(), Some("cache-3"), "by role");
        assert_eq!(fault("kv", 4).node(&sketch()), None, "there are three");
        assert_eq!(fault("kv", 0).node(&sketch()), None, "they count from 1");
        assert_eq!(fault("log", 1).node(&sketch()), None);
        assert_eq!(fault("kv", 1).due_s(20.0, 5.0), 1.5, "a run of a quarter of the length");
    }

    #[test]
    fn conditions_hold_for_every_component_of_the_role_and_leave_the_drawing_alone() {
        let scenario: Scenario = serde_json::from_value(serde_json::json!({
            "name": "s", "title": "S", "summary": "s", "operation": [],
            "population": {"users": 2, "modelled_users": 2, "follows_mean": 1.0, "popularity_exponent": 0.0, "tweets_each": 0, "source": "t"},
            "condition": [{"role": "sql_replica", "setting": "apply_delay_ms", "value": 3000, "source": "t"}],
            "run": {"shape": "baseline", "duration_s": 20, "warmup_s": 3, "seed": 7},
        }))
        .unwrap();
        let drawn = sketch();
        let imposed = scenario.imposed_on(&drawn);
        assert_eq!(imposed.component("replicas").unwrap().settings["apply_delay_ms"], SettingValue::Number(3000.0));
        assert!(imposed.component("cache").unwrap().settings.is_empty() && drawn == sketch());
    }
}
