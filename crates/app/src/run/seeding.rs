//! The population of a run: written by the seeder while every envelope is off, and copied by every replica before there is load.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use loadline_cluster::{Cluster, ClusterEvent};
use loadline_model::plan::Plan;

use super::prepare::{Prepared, RunSpec};
use crate::contract::RpcError;

/// Replicas have this long to copy the population.
const COPIED_WITHIN: Duration = Duration::from_secs(30);

/// Writes the population into a cluster with every envelope off; `said` hears how it goes. Gives the wall seconds that it took.
pub async fn seed_cluster(
    spec: &RunSpec,
    prepared: &Prepared,
    cluster: &mut Cluster,
    said: &mut (dyn FnMut(String) + Send),
) -> Result<f64, RpcError> {
    let Some(seeder) = prepared.plan.seeder() else { return Ok(0.0) };
    let began = Instant::now();
    cluster.calm(true);
    cluster.run_once(seeder, spec.scenario.population.clone(), said).await?;
    replicas_copied(&prepared.plan, cluster).await?;
    cluster.calm(false);
    Ok(began.elapsed().as_secs_f64())
}

fn gone(node: &str, reason: &str) -> RpcError {
    RpcError::new("cluster", format!("{node} is gone: {reason}"), "Run it again; if it happens again, report it.")
}

/// Waits until every replica holds what its primary holds: a load that comes earlier would fail for rows that are on their way.
async fn replicas_copied(plan: &Plan, cluster: &mut Cluster) -> Result<(), RpcError> {
    let mut behind: BTreeMap<&str, &str> = plan
        .nodes
        .iter()
        .filter(|node| node.role == "sql_replica" && !plan.engines.contains_key(&node.id))
        .filter_map(|node| Some((node.id.as_str(), node.ports.get("primary")?.first()?.as_str())))
        .collect();
    if behind.is_empty() {
        return Ok(());
    }
    // Samples that were under way while the population was written say nothing about its end.
    while let Ok(event) = tokio::time::timeout(Duration::ZERO, cluster.next_event()).await {
        if let ClusterEvent::Died { node, reason } = event {
            return Err(gone(&node, &reason));
        }
    }
    let deadline = tokio::time::Instant::now() + COPIED_WITHIN;
    let mut primaries: BTreeMap<String, (u32, f64)> = BTreeMap::new();
    while let Some(replica) = behind.keys().next().copied() {
        let late = || {
            RpcError::new(
                "replication",
                format!("{replica} did not copy the population within {} s", COPIED_WITHIN.as_secs()),
                "Close other programs, or draw fewer replicas.",
            )
        };
        let event = tokio::time::timeout_at(deadline, cluster.next_event()).await.map_err(|_| late())?;
        let (node, sample) = match event {
            ClusterEvent::Sample { node, sample } => (node, sample),
            ClusterEvent::Died { node, reason } => return Err(gone(&node, &reason)),
            ClusterEvent::Ready { .. } | ClusterEvent::Said { .. } | ClusterEvent::Back { .. } => continue,
        };
        let Some(position) = sample.gauges.get("position").copied() else { continue };
        let primary_of = behind.get(node.as_str()).copied();
        match primary_of {
            // The first sample may have been taken before the last row was written; the second was not.
            Some(primary) => {
                let copied = primaries.get(primary).is_some_and(|(samples, all)| *samples >= 2 && position >= *all);
                if copied {
                    behind.remove(node.as_str());
                }
            }
            None => {
                let known = primaries.entry(node).or_insert((0, position));
                *known = (known.0 + 1, position);
            }
        }
    }
    Ok(())
}
