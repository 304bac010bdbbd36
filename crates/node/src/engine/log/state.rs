//! What all brokers of one log agree on: topics, their settings, and who leads and holds which partition. Data and rules only; the one
//! broker that may change it is in `controller`, and how the others hear of it in `members`.
//!
//! The rules for leaders: partition p of n brokers has its replicas at p, p+1 ... modulo n, the first is its leader. When a leader goes,
//! the first replica of the in-sync set that is there leads, in the next epoch. When none is there the partition has no leader until one
//! of the in-sync set is back: nothing that was acknowledged by all of them is given up. Leadership does not move back by itself.

use std::collections::{BTreeMap, BTreeSet};

use kafka_protocol::ResponseError;
use serde::{Deserialize, Serialize};

use super::limits;
use super::settings::TopicSettings;

/// Everything that is agreed on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ClusterState {
    /// Rises with every change.
    pub(super) version: u64,
    /// Id of the next topic: one that is deleted and made again is another.
    pub(super) next_topic: u64,
    /// By name.
    pub(super) topics: BTreeMap<String, TopicState>,
    /// Brokers that were not heard of for a while.
    pub(super) away: BTreeSet<i32>,
}

/// One topic.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct TopicState {
    /// Unlike that of any other, also of the same name.
    pub(super) id: u64,
    /// What its maker set.
    pub(super) settings: BTreeMap<String, String>,
    /// By number.
    pub(super) partitions: Vec<PartitionState>,
}

/// Who has a partition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct PartitionState {
    /// Brokers that hold it, the preferred leader first.
    pub(super) replicas: Vec<i32>,
    /// The broker that leads, -1 when there is none.
    pub(super) leader: i32,
    /// Rises with every leader.
    pub(super) epoch: i32,
    /// Replicas that have everything that was acknowledged.
    pub(super) isr: Vec<i32>,
}

/// Something to be changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Change {
    /// A new topic; -1 takes the broker's default.
    Create {
        /// Its name.
        name: String,
        /// How many partitions.
        partitions: i32,
        /// How many replicas of each.
        replication: i16,
        /// Its settings.
        settings: BTreeMap<String, String>,
    },
    /// A topic goes, with its records.
    Delete {
        /// Its name.
        name: String,
    },
    /// A topic has more partitions.
    Grow {
        /// Its name.
        name: String,
        /// How many in all.
        count: i32,
    },
    /// Other settings of a topic, all of them.
    Configure {
        /// Its name.
        name: String,
        /// What is set from now on.
        settings: BTreeMap<String, String>,
    },
    /// A leader found that a replica fell behind or caught up.
    Isr {
        /// Topic name.
        topic: String,
        /// Partition number.
        partition: usize,
        /// Epoch of the leader that says so.
        epoch: i32,
        /// Who is in sync now.
        isr: Vec<i32>,
    },
}

/// Why a change is not made, in the protocol's word and in words.
pub(super) type Refusal = (ResponseError, String);

/// What rules need to know beside the state.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    /// How many brokers there are, at home or away.
    pub(super) brokers: usize,
    /// Partitions of a topic that does not say.
    pub(super) partitions: i32,
    /// Replicas of a partition that does not say.
    pub(super) replication: usize,
    /// Settings of a topic that does not say.
    pub(super) topic: TopicSettings,
}

impl ClusterState {
    /// Makes a change, or says why not. An error leaves the state as it was only if the caller drops it.
    pub(super) fn change(&mut self, change: Change, rules: &Rules) -> Result<(), Refusal> {
        match change {
            Change::Create { name, partitions, replication, settings } => self.create(name, partitions, replication, settings, rules)?,
            Change::Delete { name } => {
                self.topics.remove(&name).ok_or_else(|| unknown(&name))?;
            }
            Change::Grow { name, count } => self.grow(&name, count, rules)?,
            Change::Configure { name, settings } => {
                let topic = self.topics.get_mut(&name).ok_or_else(|| unknown(&name))?;
                rules.topic.with(&settings).map_err(|why| (ResponseError::InvalidConfig, why))?;
                topic.settings = settings;
            }
            Change::Isr { topic, partition, epoch, isr } => self.isr(&topic, partition, epoch, isr)?,
        }
        self.version += 1;
        Ok(())
    }

    fn create(
        &mut self,
        name: String,
        partitions: i32,
        replication: i16,
        settings: BTreeMap<String, String>,
        rules: &Rules,
    ) -> Result<(), Refusal> {
        if !is_name(&name) {
            let why = "a topic name has 1 to 249 letters, digits, dots, underscores and hyphens, and is not . or ..";
            return Err((ResponseError::InvalidTopicException, why.to_owned()));
        }
        if self.topics.contains_key(&name) {
            return Err((ResponseError::TopicAlreadyExists, format!("the topic {name} exists already")));
        }
        let count = if partitions == -1 { rules.partitions } else { partitions };
        let replication = if replication == -1 { rules.replication } else { usize::try_from(replication).unwrap_or(0) };
        if !(1..=rules.brokers).contains(&replication) {
            let why = format!("there are {} brokers: ask for a replication factor from 1 to that", rules.brokers);
            return Err((ResponseError::InvalidReplicationFactor, why));
        }
        rules.topic.with(&settings).map_err(|why| (ResponseError::InvalidConfig, why))?;
        let count = partition_count(count)?;
        if self.topics.len() >= limits::TOPICS || self.replicas() + count * replication > limits::PARTITIONS * rules.brokers {
            return Err((ResponseError::PolicyViolation, "these brokers hold as many topics and partitions as they can".to_owned()));
        }
        let partitions = (0..count).map(|number| self.fresh(number, replication, rules.brokers)).collect();
        self.next_topic += 1;
        self.topics.insert(name, TopicState { id: self.next_topic, settings, partitions });
        Ok(())
    }

    fn replicas(&self) -> usize {
        self.topics.values().flat_map(|topic| &topic.partitions).map(|partition| partition.replicas.len()).sum()
    }

    /// A partition that nobody has written to: who is there is in sync.
    fn fresh(&self, number: usize, replication: usize, brokers: usize) -> PartitionState {
        let broker = |n: usize| i32::try_from((number + n) % brokers.max(1)).unwrap_or(0);
        let replicas: Vec<i32> = (0..replication).map(broker).collect();
        let mut isr: Vec<i32> = replicas.iter().copied().filter(|id| !self.away.contains(id)).collect();
        let leader = isr.first().copied().unwrap_or(-1);
        if isr.is_empty() {
            isr = replicas.clone();
        }
        PartitionState { replicas, leader, epoch: 0, isr }
    }

    fn grow(&mut self, name: &str, count: i32, rules: &Rules) -> Result<(), Refusal> {
        let topic = self.topics.get(name).ok_or_else(|| unknown(name))?;
        let wanted = partition_count(count)?;
        let (have, replication) = (topic.partitions.len(), topic.partitions.first().map_or(1, |first| first.replicas.len()));
        if wanted <= have {
            return Err((ResponseError::InvalidPartitions, format!("the topic {name} has {have} partitions: ask for more than that")));
        }
        if self.replicas() + (wanted - have) * replication > limits::PARTITIONS * rules.brokers {
            return Err((ResponseError::PolicyViolation, "these brokers hold as many partitions as they can".to_owned()));
        }
        let more: Vec<PartitionState> = (have..wanted).map(|number| self.fresh(number, replication, rules.brokers)).collect();
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions.extend(more);
        }
        Ok(())
    }

    fn isr(&mut self, topic: &str, partition: usize, epoch: i32, isr: Vec<i32>) -> Result<(), Refusal> {
        let known = self.topics.get_mut(topic).and_then(|topic| topic.partitions.get_mut(partition)).ok_or_else(|| unknown(topic))?;
        if known.epoch != epoch {
            return Err((ResponseError::FencedLeaderEpoch, format!("the epoch is {} by now", known.epoch)));
        }
        let fits = isr.contains(&known.leader) && isr.iter().all(|id| known.replicas.contains(id) && !self.away.contains(id));
        if !fits {
            return Err((ResponseError::InvalidRequest, "the leader and brokers that are there can be in sync, nobody else".to_owned()));
        }
        known.isr = isr;
        Ok(())
    }

    /// A broker went: others lead where it led. True when anything changed.
    pub(super) fn lose(&mut self, id: i32) -> bool {
        let mut changed = self.away.insert(id);
        changed |= self.replace(id);
        self.version += u64::from(changed);
        changed
    }

    /// A broker started again with its log: where it led it goes on, in a new epoch. True when anything changed.
    pub(super) fn restart(&mut self, id: i32) -> bool {
        let mut changed = false;
        for partition in self.topics.values_mut().flat_map(|topic| &mut topic.partitions).filter(|partition| partition.leader == id) {
            partition.epoch += 1;
            changed = true;
        }
        self.version += u64::from(changed);
        changed
    }

    /// A broker is there, for the first time or again: where only it can lead, it does, in a new epoch. True when anything changed.
    pub(super) fn meet(&mut self, id: i32) -> bool {
        let mut changed = self.away.remove(&id);
        for partition in self.topics.values_mut().flat_map(|topic| &mut topic.partitions) {
            if partition.leader == -1 && partition.isr.contains(&id) {
                (partition.leader, partition.epoch) = (id, partition.epoch + 1);
                changed = true;
            }
        }
        self.version += u64::from(changed);
        changed
    }

    fn replace(&mut self, id: i32) -> bool {
        let mut changed = false;
        for partition in self.topics.values_mut().flat_map(|topic| &mut topic.partitions) {
            let others: Vec<i32> = partition.isr.iter().copied().filter(|other| *other != id).collect();
            if partition.isr.contains(&id) && !others.is_empty() {
                partition.isr = others;
                changed = true;
            }
            if partition.leader == id {
                let in_sync = |other: &&i32| partition.isr.contains(other) && !self.away.contains(other) && **other != id;
                partition.leader = partition.replicas.iter().find(in_sync).copied().unwrap_or(-1);
                partition.epoch += 1;
                changed = true;
            }
        }
        changed
    }
}

fn partition_count(count: i32) -> Result<usize, Refusal> {
    let fits = (1..=limits::PARTITIONS_PER_TOPIC).contains(&count);
    let why = || (ResponseError::InvalidPartitions, format!("a topic has 1 to {} partitions", limits::PARTITIONS_PER_TOPIC));
    usize::try_from(count).ok().filter(|_| fits).ok_or_else(why)
}

fn unknown(name: &str) -> Refusal {
    (ResponseError::UnknownTopicOrPartition, format!("there is no topic {name}"))
}

/// True for the names that Kafka takes; they become folders.
pub(super) fn is_name(name: &str) -> bool {
    let fits = (1..=limits::TOPIC_NAME_BYTES).contains(&name.len()) && name != "." && name != "..";
    fits && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
#[path = "state/tests.rs"]
mod tests;
