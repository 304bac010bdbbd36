//! Starting a cluster: every process at once, then their ports, then who calls whom, then all ready. A failure ends what was started.

use std::collections::BTreeMap;
use std::time::Instant;

use loadline_model::plan::{NodeSpec, Plan};
use loadline_model::population::PopulationSpec;
use loadline_model::wire::{FromNode, NodeConfig, Peer, ToNode};
use tokio::sync::mpsc;

use crate::child::Child;
use crate::{Cluster, ClusterConfig, ClusterError, ClusterEvent, READY_WITHIN, Running, State};

impl Cluster {
    /// Starts every node of `plan`; `progress` hears how many are ready.
    pub async fn start(plan: &Plan, config: ClusterConfig, progress: &mut (dyn FnMut(ClusterEvent) + Send)) -> Result<Self, ClusterError> {
        std::fs::create_dir_all(&config.run_dir).map_err(|reason| ClusterError::Folder { folder: config.run_dir.clone(), reason })?;
        let began = Instant::now();
        let (events, inbox) = mpsc::unbounded_channel();
        let slots = plan.processes().count();
        let engines = plan.real_engines().map(|(spec, address)| (spec.clone(), address.to_owned())).collect();
        let mut cluster = Self { config, nodes: Vec::new(), engines, slots, dilation: plan.scale.dilation, healthy_s: 0.0, events, inbox };
        for (index, spec) in plan.processes().enumerate() {
            let mut child = Child::spawn(&cluster.config, &spec.id)?;
            child.listen(index, cluster.events.clone());
            child.tell(&ToNode::Start(Box::new(node_config(&cluster.config, spec, plan.scale.dilation, None)?)));
            cluster.nodes.push(Running { spec: spec.clone(), port: 0, child, slot: index, state: State::Alive });
        }
        cluster.await_all(|message| if let FromNode::Listening { port } = message { Some(*port) } else { None }, &mut |_| {}).await?;
        for index in 0..cluster.nodes.len() {
            let peers = cluster.peers_of(&cluster.nodes[index].spec.clone());
            cluster.nodes[index].child.tell(&ToNode::Wire { peers });
        }
        let is_ready = |message: &FromNode| if matches!(message, FromNode::Ready) { Some(0) } else { None };
        cluster.await_all(is_ready, progress).await?;
        cluster.healthy_s = began.elapsed().as_secs_f64();
        Ok(cluster)
    }

    /// Waits until every node has said what `wanted` recognises; a port that it carries is kept.
    async fn await_all(
        &mut self,
        wanted: impl Fn(&FromNode) -> Option<u16>,
        progress: &mut (dyn FnMut(ClusterEvent) + Send),
    ) -> Result<(), ClusterError> {
        let of = self.nodes.len() as u32;
        let mut done = vec![false; self.nodes.len()];
        let deadline = tokio::time::Instant::now() + READY_WITHIN;
        while let Some(first_missing) = done.iter().position(|d| !d) {
            let Ok(received) = tokio::time::timeout_at(deadline, self.inbox.recv()).await else {
                return Err(ClusterError::Slow { node: self.nodes[first_missing].spec.id.clone() });
            };
            let Some((index, message)) = received else { continue };
            let node = self.nodes[index].spec.id.clone();
            if let Some(port) = wanted(&message) {
                if port != 0 {
                    self.nodes[index].port = port;
                }
                done[index] = true;
                progress(ClusterEvent::Ready { done: done.iter().filter(|d| **d).count() as u32, of });
                continue;
            }
            match message {
                FromNode::Failed { message } => return Err(ClusterError::Node { reason: self.last_words(&node, message), node }),
                FromNode::Event { message } => progress(ClusterEvent::Said { node, message }),
                _ => {}
            }
        }
        Ok(())
    }

    /// What a node that gave up wrote to standard error, if anything, beside its own reason.
    fn last_words(&self, node: &str, reason: String) -> String {
        let log = std::fs::read_to_string(self.config.run_dir.join(format!("{node}.log"))).unwrap_or_default();
        match log.trim() {
            "" => reason,
            text => format!("{reason} ({})", text.lines().next_back().unwrap_or_default()),
        }
    }
}

/// The configuration of one node; makes its folder.
pub(crate) fn node_config(
    config: &ClusterConfig,
    spec: &NodeSpec,
    dilation: f64,
    population: Option<PopulationSpec>,
) -> Result<NodeConfig, ClusterError> {
    let data_dir = config.run_dir.join(&spec.id);
    std::fs::create_dir_all(&data_dir).map_err(|reason| ClusterError::Folder { folder: data_dir.clone(), reason })?;
    Ok(NodeConfig {
        spec: spec.clone(),
        dilation,
        token: config.token.clone(),
        seed: config.seed,
        data_dir,
        population,
        sample_every_ms: config.sample_every_ms,
        port: None,
    })
}

/// Whom a node can call.
pub(crate) struct Known<'a> {
    pub(crate) spec: &'a NodeSpec,
    pub(crate) url: String,
    pub(crate) is_real: bool,
}

/// The addresses behind a node's ports; `known` are all nodes by id.
pub(crate) fn peers_of(spec: &NodeSpec, known: &BTreeMap<&str, Known<'_>>) -> BTreeMap<String, Vec<Peer>> {
    let peer = |id: &String| {
        let Known { spec: target, url, is_real } = known.get(id.as_str())?;
        Some(Peer {
            node: target.id.clone(),
            component: target.component.clone(),
            role: target.role.clone(),
            instance: target.instance,
            url: url.clone(),
            is_real: *is_real,
        })
    };
    spec.ports.iter().map(|(name, ids)| (name.clone(), ids.iter().filter_map(peer).collect())).collect()
}

/// The address of a real server, as services need it: in PostgreSQL all that is theirs lives in a schema of its own.
pub(crate) fn engine_url(address: &str) -> String {
    match address.split_once("://") {
        Some(("postgres" | "postgresql", rest)) => {
            format!("{address}{}options=-csearch_path%3Dloadline", if rest.contains('?') { '&' } else { '?' })
        }
        _ => address.to_owned(),
    }
}

/// The address of a node in the form that its protocol's clients take.
pub fn url(role: &str, port: u16, token: &str) -> String {
    match role {
        "kv" => format!("redis://:{token}@127.0.0.1:{port}"),
        "sql_primary" | "sql_replica" => format!("postgres://loadline:{token}@127.0.0.1:{port}/loadline"),
        "log" => format!("kafka://loadline:{token}@127.0.0.1:{port}"),
        _ => format!("http://127.0.0.1:{port}"),
    }
}
