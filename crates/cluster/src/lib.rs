//! A plan as processes: ports, health, metrics, teardown. It knows how a node is started and spoken to, and nothing of what runs inside.
//!
//! | module | what it holds |
//! |---|---|
//! | [`launch`] | starting every node: spawn, listen, wire, ready |
//! | [`child`] | one process and its two pipes |
//! | [`fault`] | killing an instance, and starting it again |
//! | [`spawn`] | the thread that starts processes |
//! | [`token`] | the secret of a run |

mod child;
mod fault;
mod launch;
mod spawn;
mod token;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use loadline_model::plan::NodeSpec;
use loadline_model::population::PopulationSpec;
use loadline_model::wire::{FromNode, Peer, Sample, ToNode};
use tokio::sync::mpsc;

use child::Child;
pub use fault::Killed;
pub use launch::url;
use launch::{Known, engine_url};
pub use spawn::spawn;
pub use token::new_token;

/// A node has this long to say `Ready` (it connects to its peers meanwhile).
const READY_WITHIN: Duration = Duration::from_secs(20);
/// A node has this long to send its last sample before it is ended.
const FINAL_WITHIN: Duration = Duration::from_millis(900);
/// After their pipes are closed all nodes together have this long to end by themselves.
const END_WITHIN: Duration = Duration::from_millis(300);

/// How the processes of a run are made.
#[derive(Debug, Clone)]
pub struct ClusterConfig {
    /// The `loadline` binary.
    pub program: PathBuf,
    /// The secret of this run.
    pub token: String,
    /// Seed of the run.
    pub seed: u64,
    /// A folder of this run alone; it is made, and removed with the cluster.
    pub run_dir: PathBuf,
    /// Wall milliseconds between two samples.
    pub sample_every_ms: u64,
}

/// What a cluster tells while it lives.
#[derive(Debug, Clone)]
pub enum ClusterEvent {
    /// So many of so many nodes are ready.
    Ready {
        /// Ready now.
        done: u32,
        /// All of them.
        of: u32,
    },
    /// A node's counters.
    Sample {
        /// Instance id.
        node: String,
        /// The counters.
        sample: Box<Sample>,
    },
    /// A node has something to say.
    Said {
        /// Instance id.
        node: String,
        /// What.
        message: String,
    },
    /// A node that was started again serves at its old address.
    Back {
        /// Instance id.
        node: String,
        /// Its new process, which lives and accepts connections by the operating system's word.
        pid: u32,
    },
    /// A node is gone, though nobody stopped it.
    Died {
        /// Instance id.
        node: String,
        /// How the operating system says it ended, or why it gave up.
        reason: String,
    },
}

/// Why a cluster does not run. Nothing is left behind.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The binary could not be started.
    #[error("{program} could not be started: {reason}")]
    Spawn {
        /// The binary.
        program: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// The run's folder could not be made.
    #[error("the folder {folder} could not be made: {reason}")]
    Folder {
        /// The folder.
        folder: PathBuf,
        /// What the operating system said.
        reason: std::io::Error,
    },
    /// A node gave up before it was ready.
    #[error("{node} did not start: {reason}")]
    Node {
        /// Instance id.
        node: String,
        /// Its own words, or the operating system's.
        reason: String,
    },
    /// A fault that cannot be done.
    #[error("{node} {reason}")]
    Fault {
        /// Instance id.
        node: String,
        /// Why not.
        reason: String,
    },
    /// A node took too long.
    #[error("{node} was not ready within {} s: close other programs, or draw fewer instances", READY_WITHIN.as_secs())]
    Slow {
        /// Instance id.
        node: String,
    },
}

/// Processes that run. Dropping it ends them all.
pub struct Cluster {
    config: ClusterConfig,
    nodes: Vec<Running>,
    /// Instances that a real server stands in for, with its address: not started, not stopped, only called.
    engines: Vec<(NodeSpec, String)>,
    /// Processes started so far: each has a slot of its own, so that the last words of a killed one are not taken for its successor's.
    slots: usize,
    dilation: f64,
    /// Seconds from the first spawn until every node was ready.
    pub healthy_s: f64,
    /// Kept so that the sender of new children (the seeder) is the same.
    events: mpsc::UnboundedSender<(usize, FromNode)>,
    inbox: mpsc::UnboundedReceiver<(usize, FromNode)>,
}

struct Running {
    spec: NodeSpec,
    port: u16,
    child: Child,
    slot: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Alive,
    /// Started again, not ready yet.
    Returning,
    Dead,
}

impl Cluster {
    /// What happens next in the cluster. Cancel safe; call it in a loop while the run goes.
    pub async fn next_event(&mut self) -> ClusterEvent {
        loop {
            let Some((slot, message)) = self.inbox.recv().await else {
                // `self.events` is a sender, so the channel cannot close while `self` lives.
                std::future::pending::<()>().await;
                continue;
            };
            let Some(at) = self.nodes.iter().position(|running| running.slot == slot) else { continue };
            let Some(running) = self.nodes.get_mut(at) else { continue };
            let node = running.spec.id.clone();
            match (message, running.state) {
                // What a killed process wrote before its end is older than the kill.
                (_, State::Dead) => {}
                (FromNode::Sample(sample) | FromNode::Final(sample), _) => return ClusterEvent::Sample { node, sample },
                (FromNode::Event { message }, _) => return ClusterEvent::Said { node, message },
                (FromNode::Failed { message }, _) => {
                    running.state = State::Dead;
                    return ClusterEvent::Died { node, reason: message };
                }
                (FromNode::Listening { .. }, State::Returning) => self.wire_again(at),
                (FromNode::Ready, State::Returning) => return self.returned(at),
                (FromNode::Listening { .. } | FromNode::Ready, State::Alive) => {}
            }
        }
    }

    /// Every instance with its port on 127.0.0.1.
    pub fn addresses(&self) -> impl Iterator<Item = (&NodeSpec, u16)> {
        self.nodes.iter().map(|running| (&running.spec, running.port))
    }

    /// The secret of this run.
    pub fn token(&self) -> &str {
        &self.config.token
    }

    /// Process ids, for those who look from outside.
    pub fn pids(&self) -> Vec<(String, u32)> {
        self.nodes.iter().filter_map(|running| Some((running.spec.id.clone(), running.child.pid()?))).collect()
    }

    /// Switches every envelope off (`true`) or on.
    pub fn calm(&mut self, calm: bool) {
        self.tell_all(&ToNode::Calm { calm });
    }

    /// Every node forgets what it counted: load begins.
    pub fn measure(&mut self) {
        self.tell_all(&ToNode::Measure);
    }

    fn tell_all(&mut self, message: &ToNode) {
        for running in self.nodes.iter_mut().filter(|running| running.state == State::Alive) {
            running.child.tell(message);
        }
    }

    /// Runs one node to its end beside the others: the seeder. `said` gets what it says. Envelopes should be off meanwhile.
    pub async fn run_once(
        &mut self,
        spec: NodeSpec,
        population: PopulationSpec,
        said: &mut (dyn FnMut(String) + Send),
    ) -> Result<(), ClusterError> {
        let id = spec.id.clone();
        let failed = |reason: String| ClusterError::Node { node: id.clone(), reason };
        let peers = self.peers_of(&spec);
        let mut child = Child::spawn(&self.config, &spec.id)?;
        let (events, mut inbox) = mpsc::unbounded_channel();
        child.listen(0, events);
        let config = launch::node_config(&self.config, &spec, self.dilation, Some(population))?;
        child.tell(&ToNode::Start(Box::new(config)));
        while let Some((_, message)) = inbox.recv().await {
            match message {
                FromNode::Listening { .. } => child.tell(&ToNode::Wire { peers: peers.clone() }),
                FromNode::Event { message } => said(message),
                FromNode::Final(_) => return Ok(()),
                FromNode::Failed { message } => return Err(failed(message)),
                FromNode::Ready | FromNode::Sample(_) => {}
            }
        }
        Err(failed("it ended without a word".to_owned()))
    }

    fn peers_of(&self, spec: &NodeSpec) -> BTreeMap<String, Vec<Peer>> {
        let token = &self.config.token;
        let own = |r: &'_ Running| url(&r.spec.role, r.port, token);
        let processes = self.nodes.iter().map(|r| (r.spec.id.as_str(), Known { spec: &r.spec, url: own(r), is_real: false }));
        let engines =
            self.engines.iter().map(|(spec, address)| (spec.id.as_str(), Known { spec, url: engine_url(address), is_real: true }));
        launch::peers_of(spec, &processes.chain(engines).collect())
    }

    /// Ends every node and gives the last samples, with histograms, of those that could still send them. Nothing is left running; real servers
    /// that stand in for some can still be reached with [`Cluster::run_once`].
    pub async fn stop(&mut self) -> BTreeMap<String, Sample> {
        self.tell_all(&ToNode::Stop);
        let mut finals = BTreeMap::new();
        let expected = self.nodes.iter().filter(|running| running.state == State::Alive).count();
        let collect = async {
            while finals.len() < expected {
                let Some((slot, message)) = self.inbox.recv().await else { break };
                let Some(running) = self.nodes.iter_mut().find(|running| running.slot == slot) else { continue };
                match message {
                    FromNode::Final(sample) => {
                        finals.insert(running.spec.id.clone(), *sample);
                    }
                    FromNode::Failed { .. } if running.state == State::Alive && !finals.contains_key(&running.spec.id) => {
                        running.state = State::Dead;
                        finals.insert(running.spec.id.clone(), Sample::default());
                    }
                    _ => {}
                }
            }
        };
        // Whoever is late is ended without its histograms; the counters of its samples remain.
        let _ = tokio::time::timeout(FINAL_WITHIN, collect).await;
        finals.retain(|_, sample| sample.elapsed_ns > 0);
        self.nodes.iter_mut().for_each(|running| running.child.close());
        let deadline = tokio::time::Instant::now() + END_WITHIN;
        for running in &mut self.nodes {
            running.child.ended_by(deadline).await;
        }
        finals
    }
}

impl Drop for Cluster {
    /// The children end with their pipes; the folder of the run goes with them.
    fn drop(&mut self) {
        for running in &mut self.nodes {
            running.child.kill();
        }
        let _ = std::fs::remove_dir_all(&self.config.run_dir);
    }
}
