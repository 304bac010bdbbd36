//! How often each operation of a scenario visits each component, and who waits for whom, by the catalog's knowledge of who calls whom.
//! Closed forms, the choice of scale and the report's "modelled" figures all come from here.

use std::collections::BTreeMap;

use crate::catalog::{self, Flow};
use crate::plan::{NodeSpec, Plan};
use crate::population::Fanout;
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
    /// Of these, so many are waited for one after another; the others go at the same time as one of them.
    pub in_turn: f64,
}

impl Ask {
    /// `times` calls of `operation` through `port`, one after another.
    pub fn call(port: &'static str, operation: &'static str, times: f64) -> Self {
        Self { port, operation: Some(operation), times, in_turn: times }
    }

    /// Side by side, so that only `rounds` of them are waited for.
    pub fn in_rounds(self, rounds: f64) -> Self {
        Self { in_turn: rounds.min(self.times), ..self }
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
        vec![Ask { port, operation: None, times: 1.0, in_turn: 1.0 }]
    }

    /// A word setting, empty when absent.
    pub fn word(&self, name: &str) -> &str {
        self.settings.get(name).and_then(SettingValue::as_word).unwrap_or_default()
    }

    /// A setting that is a number; 0 where there is none.
    pub fn number(&self, name: &str) -> f64 {
        self.settings.get(name).and_then(SettingValue::as_number).unwrap_or_default()
    }

    /// Sorted sets that one tweet is written to: every follower's timeline; or, where celebrities are merged on read, their tweets only
    /// to the author's own set.
    pub fn fanout_writes(&self, celebrities_merged: bool) -> f64 {
        if celebrities_merged { self.fanout.writes_per_tweet + self.fanout.celebrity_share } else { self.fanout_all }
    }

    /// Share of the tweets that are a celebrity's, where those are merged on read; 0 where they are written as all others.
    pub fn celebrity_share(&self, celebrities_merged: bool) -> f64 {
        if celebrities_merged { self.fanout.celebrity_share } else { 0.0 }
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
    /// Position, among the visits of this request, of the one that calls and waits for the answer; `None`: the client does, or it comes out
    /// of a queue.
    pub caller: Option<usize>,
    /// So many of its answers the caller waits for one after another, in each visit of its own; 1 without a caller.
    pub in_turn: f64,
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
        Some(entry) if walk.leads_there(entry, 0) => {
            walk.visit(entry, None, Step { times: 1.0, in_turn: 1.0, waits: true, caller: None, depth: 0 }, &mut found);
        }
        _ => return Err(NoAnswer { role: role.to_owned(), operation: operation.to_owned() }),
    }
    Ok(found)
}

/// Calls deeper than this are a cycle; the diagnostics name it, and the walk ends.
const MAX_DEPTH: u32 = 32;

/// How a visit comes about.
#[derive(Clone, Copy)]
struct Step {
    times: f64,
    in_turn: f64,
    waits: bool,
    caller: Option<usize>,
    depth: u32,
}

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
    fn visit(&self, node: &NodeSpec, operation: Option<&str>, step: Step, found: &mut Vec<Visit>) {
        let Some(role) = catalog::role(&node.role) else { return };
        let own = match operation {
            Some(operation) if role.operations.iter().any(|op| op.name == operation) => operation,
            None if node.role == self.role => self.operation,
            // What passes requests on does one thing, whatever is asked of whom it passes them to.
            _ => role.operations.first().map_or("", |op| op.name),
        };
        let Step { times, in_turn, waits, caller, depth } = step;
        let here = found.len();
        found.push(Visit { component: node.component.clone(), operation: own.to_owned(), times, waits, caller, in_turn });
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
                let step = Step { times: times * ask.times, in_turn: ask.in_turn, waits, caller: Some(here), depth: depth + 1 };
                self.visit(target, ask.operation, step, found);
            }
        }
        if node.role == "log" && own == "append" {
            for consumer in self.consumers_of(node) {
                let first = catalog::role(&consumer.role).and_then(|role| role.operations.first()).map(|op| op.name);
                self.visit(consumer, first, Step { times, in_turn: 1.0, waits: false, caller: None, depth: depth + 1 }, found);
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
