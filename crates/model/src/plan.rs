//! A sketch made runnable: every instance, whom it calls, with which envelope, at which scale.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::envelope::Envelope;
use crate::sketch::SettingValue;

mod compile;
mod scale;
mod seeder;

pub use compile::{CompileError, Target, compile};
pub use scale::{Host, ScaleWish, Unsliced, choose_scale, cpu_share, unsliced};

/// How the run relates to life.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Scale {
    /// 1/slice of the traffic runs on 1/slice of the instances.
    pub slice: f64,
    /// The run is this many times slower than life.
    pub dilation: f64,
}

/// One instance, in life time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeSpec {
    /// `feed-3`: component id and 1-based instance number.
    pub id: String,
    /// Component id in the sketch.
    pub component: String,
    /// Role in the catalog: decides what the process runs.
    pub role: String,
    /// 0-based number within the component.
    pub instance: u32,
    /// Instances of this component in the run (after slicing; as many as there are real servers in their place).
    pub instances: u32,
    /// What it can do.
    pub envelope: Envelope,
    /// Every setting of the role, defaults filled in.
    pub settings: BTreeMap<String, SettingValue>,
    /// Port name to the ids of the instances that fill it.
    pub ports: BTreeMap<String, Vec<String>>,
}

impl NodeSpec {
    /// A numeric setting, or `default` when it is absent or not a number.
    pub fn number(&self, name: &str, default: f64) -> f64 {
        self.settings.get(name).and_then(SettingValue::as_number).unwrap_or(default)
    }

    /// A word setting, or `default`.
    pub fn word<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.settings.get(name).and_then(SettingValue::as_word).unwrap_or(default)
    }

    /// A switch, or `default`.
    pub fn switch(&self, name: &str, default: bool) -> bool {
        self.settings.get(name).and_then(SettingValue::as_switch).unwrap_or(default)
    }
}

/// What every engine takes: the cluster, the closed forms, later the simulator and the exports.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    /// How it relates to life.
    pub scale: Scale,
    /// Every instance, in a stable order (component order of the sketch, then instance).
    pub nodes: Vec<NodeSpec>,
    /// Ids of the instances that clients call.
    pub entry: Vec<String>,
    /// Components drawn but not run, with the reason.
    pub not_run: Vec<(String, String)>,
    /// Real servers that stand in for instances: instance id to address. All other instances are processes of the run.
    #[serde(default)]
    pub engines: BTreeMap<String, String>,
}

impl Plan {
    /// The instances of a component.
    pub fn instances_of<'a>(&'a self, component: &'a str) -> impl Iterator<Item = &'a NodeSpec> {
        self.nodes.iter().filter(move |node| node.component == component)
    }

    /// Component ids in order, each once.
    pub fn components(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = Vec::new();
        for node in &self.nodes {
            if !ids.contains(&node.component.as_str()) {
                ids.push(&node.component);
            }
        }
        ids
    }

    /// Those instances that are processes of the run.
    pub fn processes(&self) -> impl Iterator<Item = &NodeSpec> {
        self.nodes.iter().filter(|node| !self.engines.contains_key(&node.id))
    }

    /// Those instances that a real server stands in for, with its address.
    pub fn real_engines(&self) -> impl Iterator<Item = (&NodeSpec, &str)> {
        self.nodes.iter().filter_map(|node| Some((node, self.engines.get(&node.id)?.as_str())))
    }

    /// Ids of the components whose instances are processes of the run, in order: those that can be measured from within.
    pub fn measured_components(&self) -> Vec<&str> {
        let mut ids: Vec<&str> = self.processes().map(|node| node.component.as_str()).collect();
        ids.dedup();
        ids
    }

    /// The first instance of a component, which stands for all: they are alike.
    pub fn component(&self, id: &str) -> Option<&NodeSpec> {
        self.nodes.iter().find(|node| node.component == id)
    }
}
