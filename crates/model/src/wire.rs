//! What a cluster, its nodes and the generator say to each other: one JSON object a line. The parent writes to standard input, the
//! child answers on standard output, and the end of standard input ends the child, however the parent went.
//!
//! Node: `Start` in, `Listening` out, `Wire` in, `Ready` out; then `Calm`, `Measure`, `Stop` in and `Sample`s out, `Final` last.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::plan::NodeSpec;
use crate::population::PopulationSpec;

/// To a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToNode {
    /// First line: who the node is. It binds 127.0.0.1 on a port the system gives and answers [`FromNode::Listening`].
    Start(Box<NodeConfig>),
    /// Second line: whom it calls, by port. It connects and answers [`FromNode::Ready`].
    Wire {
        /// Port name to the instances that fill it, in instance order.
        peers: BTreeMap<String, Vec<Peer>>,
    },
    /// Envelope off (`calm: true`, while data is seeded) or on.
    Calm {
        /// True: answer as fast as the machine can.
        calm: bool,
    },
    /// Forget what was counted so far: load begins now.
    Measure,
    /// Send [`FromNode::Final`] and end.
    Stop,
}

/// Who a node is: the same for a process here and a container elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeConfig {
    /// The instance, compiled from the sketch; times in life.
    pub spec: NodeSpec,
    /// Every time of the spec (services, timeouts, delays) is multiplied by this.
    pub dilation: f64,
    /// The secret of this run: HTTP bearer, RESP AUTH, PostgreSQL and SASL PLAIN password.
    pub token: String,
    /// Seed of the run; the node derives its own streams from it and its id.
    pub seed: u64,
    /// A folder of this node alone, removed with the run.
    pub data_dir: std::path::PathBuf,
    /// Who uses the system, for the one node that seeds data (`role == "seeder"`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub population: Option<PopulationSpec>,
    /// Milliseconds of wall time between two [`Sample`]s.
    pub sample_every_ms: u64,
    /// The port that the system gave this instance before, when it is started again: its callers know that address. Absent: the system gives one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub port: Option<u16>,
}

/// An instance that fills a port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Peer {
    /// Instance id, `feed-3`.
    pub node: String,
    /// Component id in the sketch.
    pub component: String,
    /// Role in the catalog.
    pub role: String,
    /// 0-based number of the instance in its component.
    pub instance: u32,
    /// `http://127.0.0.1:p`, `redis://:token@127.0.0.1:p`, `postgres://loadline:token@127.0.0.1:p/loadline`, `kafka://loadline:token@127.0.0.1:p`.
    pub url: String,
    /// A real server stands in for the engine: it is not this run's own.
    #[serde(default)]
    pub is_real: bool,
}

/// From a node.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromNode {
    /// The node listens on this port of 127.0.0.1. Every node does, if only for health checks.
    Listening {
        /// TCP port.
        port: u16,
    },
    /// Connected to everything it needs; serving.
    Ready,
    /// What it did, since [`ToNode::Measure`].
    Sample(Box<Sample>),
    /// The last sample, with histograms, in answer to [`ToNode::Stop`].
    Final(Box<Sample>),
    /// Something a person should see; the node goes on.
    Event {
        /// What happened, and the remedy.
        message: String,
    },
    /// The node cannot go on.
    Failed {
        /// Why, and the remedy.
        message: String,
    },
}

/// Counters of one node since measuring began; all cumulative, so that a lost line loses nothing. Times in wall time.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// Wall nanoseconds since measuring began.
    pub elapsed_ns: u64,
    /// Requests admitted, by operation.
    pub admitted: BTreeMap<String, u64>,
    /// Requests refused because the queue was full.
    pub refused: u64,
    /// Requests that failed for another reason, by reason (`timeout`, `unreachable`, `unauthorised` ...).
    pub failed: BTreeMap<String, u64>,
    /// Worker nanoseconds used, of `workers * elapsed_ns`.
    pub busy_ns: u64,
    /// Requests waiting now.
    pub queue: u32,
    /// Sum of (answered − promised finish) over requests, ns: how late the machine made them.
    pub overrun_ns: u64,
    /// Requests counted in `overrun_ns`.
    pub answered: u64,
    /// CPU time of the process, user and system, ns.
    pub cpu_ns: u64,
    /// Resident memory now, bytes.
    pub rss_bytes: u64,
    /// Calls made, by component id of whom it called: requests, commands, statements, events. A component that it does not count has none.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub calls: BTreeMap<String, u64>,
    /// Whatever else the role counts (`hits`, `misses`, `fanout_writes` ...).
    pub counters: BTreeMap<String, u64>,
    /// Whatever else the role knows now (`replication_lag_ms`, `consumer_lag` ...).
    pub gauges: BTreeMap<String, f64>,
    /// Histograms, only in the final sample.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub histograms: BTreeMap<String, Histogram>,
}

impl Sample {
    /// This sample of an instance that was started again, with what it had counted before it was killed. What is true only now stays as it is.
    pub fn after(mut self, before: &Self) -> Self {
        let add = |mine: &mut BTreeMap<String, u64>, theirs: &BTreeMap<String, u64>| {
            for (name, count) in theirs {
                *mine.entry(name.clone()).or_default() += count;
            }
        };
        add(&mut self.admitted, &before.admitted);
        add(&mut self.failed, &before.failed);
        add(&mut self.calls, &before.calls);
        add(&mut self.counters, &before.counters);
        self.elapsed_ns += before.elapsed_ns;
        self.refused += before.refused;
        self.busy_ns += before.busy_ns;
        self.overrun_ns += before.overrun_ns;
        self.answered += before.answered;
        self.cpu_ns += before.cpu_ns;
        for (name, histogram) in &before.histograms {
            self.histograms.entry(name.clone()).or_default().merge(histogram);
        }
        self
    }
}

/// A histogram as `(value, count)` pairs in rising order of value; the values are in the unit of the histogram's name.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// `(value, count)`, sorted.
    pub pairs: Vec<(f64, u64)>,
}

impl Histogram {
    /// How many values were recorded.
    pub fn count(&self) -> u64 {
        self.pairs.iter().map(|(_, n)| n).sum()
    }

    /// The smallest recorded value with at least `quantile` of all at or below it; `None` when empty.
    pub fn quantile(&self, quantile: f64) -> Option<f64> {
        let rank = ((quantile * self.count() as f64).ceil() as u64).max(1);
        let mut seen = 0;
        for (value, n) in &self.pairs {
            seen += n;
            if seen >= rank {
                return Some(*value);
            }
        }
        None
    }

    /// Mean of the recorded values; `None` when empty.
    pub fn mean(&self) -> Option<f64> {
        let count = self.count();
        (count > 0).then(|| self.pairs.iter().map(|(v, n)| v * *n as f64).sum::<f64>() / count as f64)
    }

    /// Both histograms together.
    pub fn merge(&mut self, other: &Histogram) {
        let mut all: Vec<(f64, u64)> = std::mem::take(&mut self.pairs);
        all.extend_from_slice(&other.pairs);
        all.sort_by(|a, b| a.0.total_cmp(&b.0));
        for (value, n) in all {
            match self.pairs.last_mut() {
                Some(last) if last.0 == value => last.1 += n,
                _ => self.pairs.push((value, n)),
            }
        }
    }
}
