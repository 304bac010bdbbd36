//! How often each operation of a scenario visits each component, by the catalog's knowledge of who calls whom. Closed forms, the choice of
//! scale and the report's "modelled" figures all come from here.

use std::collections::BTreeMap;

use crate::catalog::{self, Flow};
use crate::plan::{NodeSpec, Plan};
use crate::population::Fanout;
use crate::scenario::Scenario;
use crate::sketch::SettingValue;

/// What a role's `calls` function may look at.
pub struct Asking<'a> {
    /// The role's own operation.
    pub operation: &'a str,
    /// Settings, defaults filled in.
    pub settings: &'a BTreeMap<String, SettingValue>,
    /// Names of the ports that a link fills, with the number of instances behind each.
    pub filled: &'a BTreeMap<&'a str, u32>,
    /// By port, the number of originals behind it: what copies something (a replica) stands for the instances that it copies.
    pub originals: &'a BTreeMap<&'a str, u32>,
    /// What the follow graph asks of fan-out, at this component's threshold.
    pub fanout: Fanout,
    /// Writes for a tweet when nobody is left out.
    pub fanout_all: f64,
}

/// A call that a component makes for one request.
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// Through this port.
    pub port: &'static str,
    /// For this operation; `None`: the request itself, passed on.
    pub operation: Option<&'static str>,
    /// So many times, on average.
    pub times: f64,
}

impl Ask {
    /// `times` calls of `operation` through `port`.
    pub fn call(port: &'static str, operation: &'static str, times: f64) -> Self {
        Self { port, operation: Some(operation), times }
    }
}

impl Asking<'_> {
    /// True when a link fills the port.
    pub fn is_filled(&self, port: &str) -> bool {
        self.filled.contains_key(port)
    }

    /// Instances behind a port; 0 when it is empty.
    pub fn instances(&self, port: &str) -> f64 {
        self.filled.get(port).copied().map_or(0.0, f64::from)
    }

    /// Shards of the database behind a port; 1 when it is empty.
    pub fn shards(&self, port: &str) -> f64 {
        self.originals.get(port).copied().map_or(1.0, |shards| f64::from(shards.max(1)))
    }

    /// The first of `ports` that is filled, or the last one.
    pub fn first_filled(&self, ports: &[&'static str]) -> &'static str {
        let last = ports.last().copied().unwrap_or_default();
        ports.iter().copied().find(|port| self.is_filled(port)).unwrap_or(last)
    }

    /// The request itself goes on through `port`.
    pub fn pass_on(&self, port: &'static str) -> Vec<Ask> {
        vec![Ask { port, operation: None, times: 1.0 }]
    }

    /// A word setting, empty when absent.
    pub fn word(&self, name: &str) -> &str {
        self.settings.get(name).and_then(SettingValue::as_word).unwrap_or_default()
    }

    /// Sorted sets that one tweet is written to: every follower's timeline; or, where celebrities are merged on read, their tweets only
    /// to the author's own set.
    pub fn fanout_writes(&self, celebrities_merged: bool) -> f64 {
        if celebrities_merged { self.fanout.writes_per_tweet + self.fanout.celebrity_share } else { self.fanout_all }
    }

    /// How many instances behind `port` hold at least one of `keys` keys, on average, when keys are spread evenly: m(1 - (1 - 1/m)^k), the
    /// occupied cells of k balls in m cells.
    pub fn instances_touched(&self, port: &str, keys: f64) -> f64 {
        let instances = self.instances(port);
        if instances < 1.0 { 0.0 } else { instances * (1.0 - (1.0 - 1.0 / instances).powf(keys)) }
    }
}

/// One component on the way of an operation.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// Component id.
    pub component: String,
    /// Operation of the envelope there.
    pub operation: String,
    /// Visits for one request, on average.
    pub times: f64,
    /// True: the client waits for it.
    pub waits: bool,
}

/// Nothing that the entry leads to answers the operation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no component answers {role}.{operation}")]
pub struct NoAnswer {
    /// Role that is missing.
    pub role: String,
    /// Its operation.
    pub operation: String,
}

/// What a follow graph asks of fan-out at a threshold of followers (`None`: nobody is left out).
pub type FanoutAt<'a> = &'a dyn Fn(Option<f64>) -> Fanout;

/// The visits of one request of `operation` at `role`, in the order of the calls.
pub fn visits(plan: &Plan, role: &str, operation: &str, fanout: FanoutAt<'_>) -> Result<Vec<Visit>, NoAnswer> {
    let walk = Walk { plan, fanout, role, operation };
    let entry = plan.entry.first().and_then(|id| plan.nodes.iter().find(|node| &node.id == id));
    let mut found = Vec::new();
    match entry {
        Some(entry) if walk.leads_there(entry, 0) => walk.visit(entry, None, 1.0, true, 0, &mut found),
        _ => return Err(NoAnswer { role: role.to_owned(), operation: operation.to_owned() }),
    }
    Ok(found)
}

/// Calls deeper than this are a cycle; the diagnostics name it, and the walk ends.
const MAX_DEPTH: u32 = 32;

struct Walk<'a> {
    plan: &'a Plan,
    fanout: FanoutAt<'a>,
    role: &'a str,
    operation: &'a str,
}

impl Walk<'_> {
    fn targets(&self, node: &NodeSpec, port: &str) -> Vec<&NodeSpec> {
        let mut targets: Vec<&NodeSpec> = Vec::new();
        for id in node.ports.get(port).into_iter().flatten() {
            if let Some(target) = self.plan.nodes.iter().find(|n| &n.id == id)
                && !targets.iter().any(|t| t.component == target.component)
            {
                targets.push(target);
            }
        }
        targets
    }

    fn asks(&self, node: &NodeSpec, operation: &str) -> Vec<Ask> {
        let Some(role) = catalog::role(&node.role) else { return Vec::new() };
        let filled = node.ports.iter().filter(|(_, ids)| !ids.is_empty()).map(|(name, ids)| (name.as_str(), ids.len() as u32)).collect();
        let originals = node.ports.keys().map(|name| (name.as_str(), self.originals(node, name))).collect();
        let threshold = node.settings.get("celebrity_threshold").and_then(SettingValue::as_number);
        let asking = Asking {
            operation,
            settings: &node.settings,
            filled: &filled,
            originals: &originals,
            fanout: (self.fanout)(threshold),
            fanout_all: (self.fanout)(None).writes_per_tweet,
        };
        (role.calls)(&asking)
    }

    /// Instances behind `port` that are no copies of others, those that copies there come from included.
    fn originals(&self, node: &NodeSpec, port: &str) -> u32 {
        let of = |target: &NodeSpec| {
            let copied = catalog::role(&target.role).and_then(|role| role.ports.iter().find(|port| port.flow == Flow::Copy));
            let source = copied.and_then(|port| self.targets(target, port.name).first().copied());
            source.map_or(target.instances, |source| source.instances)
        };
        self.targets(node, port).into_iter().map(of).max().unwrap_or(0)
    }

    /// True when the wanted role is here or behind what passes requests on.
    fn leads_there(&self, node: &NodeSpec, depth: u32) -> bool {
        if node.role == self.role {
            return true;
        }
        depth < MAX_DEPTH
            && self
                .asks(node, "")
                .iter()
                .filter(|ask| ask.operation.is_none())
                .any(|ask| self.targets(node, ask.port).iter().any(|target| self.leads_there(target, depth + 1)))
    }

    /// `operation`: what is asked of this node; `None`: the request itself, which it answers or passes on.
    fn visit(&self, node: &NodeSpec, operation: Option<&str>, times: f64, waits: bool, depth: u32, found: &mut Vec<Visit>) {
        let Some(role) = catalog::role(&node.role) else { return };
        let own = match operation {
            Some(operation) => operation,
            None if node.role == self.role => self.operation,
            None => role.operations.first().map_or("", |op| op.name),
        };
        found.push(Visit { component: node.component.clone(), operation: own.to_owned(), times, waits });
        if depth >= MAX_DEPTH {
            return;
        }
        for ask in self.asks(node, own) {
            let mut targets = self.targets(node, ask.port);
            if ask.operation.is_none() {
                targets.retain(|target| self.leads_there(target, depth + 1));
                targets.truncate(1);
            }
            for target in targets {
                self.visit(target, ask.operation, times * ask.times, waits, depth + 1, found);
            }
        }
        if node.role == "log" && own == "append" {
            for consumer in self.consumers_of(node) {
                let first = catalog::role(&consumer.role).and_then(|role| role.operations.first()).map(|op| op.name);
                self.visit(consumer, first, times, false, depth + 1, found);
            }
        }
    }

    /// Components that a log feeds: those with an incoming port that it fills.
    fn consumers_of(&self, log: &NodeSpec) -> Vec<&NodeSpec> {
        let feeds = |node: &&NodeSpec| {
            catalog::role(&node.role).is_some_and(|role| {
                role.ports.iter().any(|p| p.incoming && node.ports.get(p.name).is_some_and(|ids| ids.contains(&log.id)))
            })
        };
        self.plan.nodes.iter().filter(|node| node.instance == 0).filter(feeds).collect()
    }
}

/// Demand of a whole scenario on one component, in life.
#[derive(Debug, Clone, PartialEq)]
pub struct ComponentDemand {
    /// Visits a second, by operation of the envelope.
    pub per_s: BTreeMap<String, f64>,
    /// Worker seconds a second: the offered load in Erlangs, over all instances.
    pub erlangs: f64,
    /// Workers of all instances.
    pub workers: f64,
}

impl ComponentDemand {
    /// Offered load ÷ workers; over 1 it is asked for more than it can do.
    pub fn utilisation(&self) -> f64 {
        self.erlangs / self.workers
    }

    /// Visits a second of all operations.
    pub fn total_per_s(&self) -> f64 {
        self.per_s.values().sum()
    }
}

/// Demand of `scenario` at `factor` times its rates on every component that it visits. Operations that nothing answers are left out.
pub fn demand(plan: &Plan, scenario: &Scenario, factor: f64, fanout: FanoutAt<'_>) -> BTreeMap<String, ComponentDemand> {
    let mut all: BTreeMap<String, ComponentDemand> = BTreeMap::new();
    for op in &scenario.operations {
        for visit in visits(plan, &op.role, &op.operation, fanout).unwrap_or_default() {
            let Some(node) = plan.component(&visit.component) else { continue };
            let entry = all.entry(visit.component.clone()).or_insert_with(|| ComponentDemand {
                per_s: BTreeMap::new(),
                erlangs: 0.0,
                workers: f64::from(node.envelope.workers) * f64::from(node.instances) * plan.scale.slice,
            });
            let per_s = op.per_s * factor * visit.times;
            *entry.per_s.entry(visit.operation.clone()).or_default() += per_s;
            entry.erlangs += per_s * node.envelope.mean_ms(&visit.operation).unwrap_or(0.0) / 1000.0;
        }
    }
    all
}
