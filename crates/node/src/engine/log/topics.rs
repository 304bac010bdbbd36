//! The topics that this broker knows, and which of their partitions it leads: partition p belongs to instance p modulo the number of
//! brokers. Names are checked here, since they become folders.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use super::limits;
use super::partition::Partition;
use crate::runtime::lock;

/// A topic; partitions that other brokers lead are `None`.
#[derive(Debug)]
pub(super) struct Topic {
    /// Its name.
    pub(super) name: String,
    /// By partition number.
    pub(super) partitions: Vec<Option<Arc<Partition>>>,
}

/// All topics of this broker.
#[derive(Debug)]
pub(super) struct Topics {
    folder: PathBuf,
    /// This broker, and how many there are.
    mine: (usize, usize),
    known: Mutex<BTreeMap<String, Arc<Topic>>>,
}

/// Why a topic is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoTopic {
    /// The name is empty, too long, or has other characters than those of Kafka.
    #[error("a topic name has 1 to 249 letters, digits, dots, underscores and hyphens, and is not . or ..")]
    BadName,
    /// Fewer than one partition, or too many.
    #[error("a topic has 1 to 256 partitions")]
    BadPartitions,
    /// It exists.
    #[error("the topic exists already")]
    Exists,
    /// The broker holds as many topics or partitions as it can.
    #[error("this broker holds as many topics and partitions as it can")]
    Full,
}

impl Topics {
    /// No topics yet, for broker `mine` of `brokers`; their files will be in `folder`.
    pub(super) fn new(folder: PathBuf, mine: usize, brokers: usize) -> Self {
        Self { folder, mine: (mine, brokers.max(1)), known: Mutex::default() }
    }

    /// The topic of that name.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        lock(&self.known).get(name).cloned()
    }

    /// All topics, by name.
    pub(super) fn all(&self) -> Vec<Arc<Topic>> {
        lock(&self.known).values().cloned().collect()
    }

    /// The number of the broker that leads `partition`.
    pub(super) fn leader_of(&self, partition: usize) -> i32 {
        i32::try_from(partition % self.mine.1).unwrap_or_default()
    }

    /// Makes a topic, or only finds out whether it could be made when `only_check`.
    pub(super) fn create(&self, name: &str, partitions: i32, only_check: bool) -> Result<(), NoTopic> {
        if !is_name(name) {
            return Err(NoTopic::BadName);
        }
        let count = match usize::try_from(partitions) {
            Ok(count) if (1..=limits::PARTITIONS_PER_TOPIC).contains(&partitions) => count,
            _ => return Err(NoTopic::BadPartitions),
        };
        let mut known = lock(&self.known);
        if known.contains_key(name) {
            return Err(NoTopic::Exists);
        }
        let (mine, brokers) = self.mine;
        let led = known.values().flat_map(|topic| &topic.partitions).flatten().count();
        if known.len() >= limits::TOPICS || led + count.div_ceil(brokers) > limits::PARTITIONS {
            return Err(NoTopic::Full);
        }
        if !only_check {
            let partitions = (0..count)
                .map(|number| (number % brokers == mine).then(|| Arc::new(Partition::new(self.folder.join(format!("{name}-{number}"))))))
                .collect();
            known.insert(name.to_owned(), Arc::new(Topic { name: name.to_owned(), partitions }));
        }
        Ok(())
    }
}

fn is_name(name: &str) -> bool {
    let fits = (1..=limits::TOPIC_NAME_BYTES).contains(&name.len()) && name != "." && name != "..";
    fits && name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_broker_leads_its_share() {
        let topics: Vec<Topics> = (0..3).map(|mine| Topics::new(PathBuf::from("unused"), mine, 3)).collect();
        for (mine, topics) in topics.iter().enumerate() {
            topics.create("t", 7, false).unwrap();
            let led: Vec<usize> = topics.get("t").unwrap().partitions.iter().enumerate().filter(|p| p.1.is_some()).map(|p| p.0).collect();
            let expected: Vec<usize> = (0..7).filter(|p| p % 3 == mine).collect();
            assert_eq!(led, expected);
            assert!(led.iter().all(|p| topics.leader_of(*p) == mine as i32));
        }
    }

    #[test]
    fn names_and_counts_are_limited() {
        let topics = Topics::new(PathBuf::from("unused"), 0, 1);
        let long = "x".repeat(250);
        for name in ["", ".", "..", "a/b", "../a", "a b", "\u{e4}", long.as_str()] {
            assert_eq!(topics.create(name, 1, false), Err(NoTopic::BadName), "{name}");
        }
        for count in [i32::MIN, -1, 0, 257] {
            assert_eq!(topics.create("t", count, false), Err(NoTopic::BadPartitions));
        }
        assert_eq!(topics.create("t", 1, true), Ok(()));
        assert!(topics.get("t").is_none());
        assert_eq!(topics.create("t", 1, false), Ok(()));
        assert_eq!(topics.create("t", 1, false), Err(NoTopic::Exists));
        let made = (0..).take_while(|n| topics.create(&format!("t{n}"), 256, false).is_ok()).count();
        assert_eq!(made, 3, "1024 partitions less the one of t hold three times 256");
    }
}
