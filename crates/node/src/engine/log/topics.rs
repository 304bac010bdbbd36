//! The topics as the brokers agreed on them, and those of their partitions that this broker holds: opened when they come, removed when
//! they go. It decides nothing; see `state`.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::watch;

use super::partition::Partition;
use super::settings::TopicSettings;
use super::state::{ClusterState, PartitionState, TopicState};
use crate::runtime::lock;

/// A topic; partitions that this broker does not hold are `None`.
#[derive(Debug)]
pub(super) struct Topic {
    /// Its name.
    pub(super) name: String,
    /// Unlike that of any other topic.
    id: u64,
    /// What its maker set.
    pub(super) given: BTreeMap<String, String>,
    /// What holds for it.
    pub(super) settings: Arc<TopicSettings>,
    /// Who has which partition, by number.
    pub(super) agreed: Vec<PartitionState>,
    /// By number.
    pub(super) partitions: Vec<Option<Arc<Partition>>>,
}

/// All topics of this broker.
#[derive(Debug)]
pub(super) struct Topics {
    folder: PathBuf,
    /// This broker.
    me: i32,
    defaults: TopicSettings,
    known: Mutex<Known>,
    /// The version of the state that is applied; -1 before the first.
    version: watch::Sender<i64>,
}

#[derive(Debug, Default)]
struct Known {
    topics: BTreeMap<String, Arc<Topic>>,
    state: Arc<ClusterState>,
}

impl Topics {
    /// No topics yet, for broker `me`; their files will be in `folder`.
    pub(super) fn new(folder: PathBuf, me: i32, defaults: TopicSettings) -> Self {
        Self { folder, me, defaults, known: Mutex::default(), version: watch::Sender::new(-1) }
    }

    /// The topic of that name.
    pub(super) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        lock(&self.known).topics.get(name).cloned()
    }

    /// All topics, by name.
    pub(super) fn all(&self) -> Vec<Arc<Topic>> {
        lock(&self.known).topics.values().cloned().collect()
    }

    /// What was agreed on last.
    pub(super) fn state(&self) -> Arc<ClusterState> {
        lock(&self.known).state.clone()
    }

    /// Tells of every new state.
    pub(super) fn changes(&self) -> watch::Receiver<i64> {
        self.version.subscribe()
    }

    /// Goes by a new state; an older one changes nothing. Gives what a person should know: what was cut, what cannot be opened.
    pub(super) fn apply(&self, state: ClusterState) -> Vec<String> {
        let mut said = Vec::new();
        let mut known = lock(&self.known);
        let first = *self.version.borrow() < 0;
        if !first && state.version <= known.state.version {
            return said;
        }
        let mut topics = BTreeMap::new();
        for (name, agreed) in &state.topics {
            let before = known.topics.get(name).filter(|topic| topic.id == agreed.id);
            topics.insert(name.clone(), Arc::new(self.topic(name, agreed, before.map(Arc::as_ref), &mut said)));
        }
        for (name, gone) in &known.topics {
            if topics.get(name).is_none_or(|topic| topic.id != gone.id) {
                for partition in gone.partitions.iter().flatten() {
                    said.extend(partition.remove().err().map(|error| format!("topic {name} could not be removed: {error}")));
                }
            }
        }
        if first {
            said.extend(self.sweep(&topics).err().map(|error| format!("old partitions could not be removed: {error}")));
        }
        let version = i64::try_from(state.version).unwrap_or(i64::MAX);
        *known = Known { topics, state: Arc::new(state) };
        drop(known);
        self.version.send_replace(version);
        said
    }

    fn topic(&self, name: &str, agreed: &TopicState, before: Option<&Topic>, said: &mut Vec<String>) -> Topic {
        let settings = match before.filter(|topic| topic.given == agreed.settings) {
            Some(topic) => topic.settings.clone(),
            // What was agreed on was checked; a broker with other limits falls back to its own.
            None => Arc::new(self.defaults.with(&agreed.settings).unwrap_or_else(|_| self.defaults.clone())),
        };
        let partitions = agreed.partitions.iter().enumerate().map(|(number, part)| {
            if !part.replicas.contains(&self.me) {
                return None;
            }
            let known = before.and_then(|topic| topic.partitions.get(number).cloned().flatten());
            let partition = match known {
                Some(partition) => partition,
                None => {
                    let folder = self.folder.join(folder_name(name, number, agreed.id));
                    match Partition::open(&folder, settings.clone()) {
                        Ok((partition, found)) => {
                            if found.torn_bytes > 0 {
                                let (cut, end) = (found.torn_bytes, partition.end_offset());
                                said.push(format!(
                                    "{name}/{number}: {cut} torn bytes after offset {end} were cut; they were never acknowledged"
                                ));
                            }
                            Arc::new(partition)
                        }
                        Err(error) => {
                            said.push(format!("{name}/{number} cannot be opened and is not served: {error}"));
                            return None;
                        }
                    }
                }
            };
            partition.set(settings.clone());
            partition.take_part(self.me, part);
            Some(partition)
        });
        let partitions = partitions.collect();
        Topic {
            name: name.to_owned(),
            id: agreed.id,
            given: agreed.settings.clone(),
            settings,
            agreed: agreed.partitions.clone(),
            partitions,
        }
    }

    /// Removes folders of topics that went while this broker was away.
    fn sweep(&self, topics: &BTreeMap<String, Arc<Topic>>) -> io::Result<()> {
        let named = |topic: &Arc<Topic>| -> Vec<String> {
            (0..topic.partitions.len()).map(|number| folder_name(&topic.name, number, topic.id)).collect()
        };
        let wanted: std::collections::BTreeSet<String> = topics.values().flat_map(named).collect();
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.is_dir()
                && is_partition_folder(&path)
                && !path.file_name().is_some_and(|name| wanted.contains(&*name.to_string_lossy()))
            {
                std::fs::remove_dir_all(&path)?;
            }
        }
        Ok(())
    }
}

/// Topic, partition and the topic's id: one that is made again finds nothing of the one before.
fn folder_name(topic: &str, number: usize, id: u64) -> String {
    format!("{topic}-{number}.{id}")
}

fn is_partition_folder(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(front, id)| {
        id.parse::<u64>().is_ok() && front.rsplit_once('-').is_some_and(|(_, number)| number.parse::<usize>().is_ok())
    })
}

#[cfg(test)]
mod tests {
    use super::super::settings::tests::defaults;
    use super::super::state::{Change, Rules};
    use super::*;

    fn create(state: &mut ClusterState, name: &str, brokers: usize) {
        let change = Change::Create { name: name.to_owned(), partitions: 7, replication: 1, settings: BTreeMap::new() };
        state.change(change, &Rules { brokers, partitions: 6, replication: 1, topic: defaults() }).unwrap();
    }

    fn delete(state: &mut ClusterState, name: &str) {
        let rules = Rules { brokers: 1, partitions: 6, replication: 1, topic: defaults() };
        state.change(Change::Delete { name: name.to_owned() }, &rules).unwrap();
    }

    #[test]
    fn each_broker_holds_its_share() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = ClusterState::default();
        create(&mut state, "t", 3);
        for me in 0..3 {
            let topics = Topics::new(folder.path().to_owned(), me, defaults());
            assert_eq!(topics.apply(state.clone()), Vec::<String>::new());
            let topic = topics.get("t").unwrap();
            let held: Vec<i32> = (0..7).filter(|p| topic.partitions[*p as usize].is_some()).collect();
            assert_eq!(held, (0..7).filter(|p| p % 3 == me).collect::<Vec<i32>>());
            assert!(held.iter().all(|p| topic.agreed[*p as usize].leader == me));
        }
    }

    #[test]
    fn a_topic_that_is_made_again_is_empty() {
        let folder = tempfile::tempdir().unwrap();
        let mut state = ClusterState::default();
        create(&mut state, "t", 1);
        let topics = Topics::new(folder.path().to_owned(), 0, defaults());
        topics.apply(state.clone());
        let bytes = super::super::batch::tests::batch(1, 1, b"x");
        let write = |topics: &Topics| {
            let partition = topics.get("t").unwrap().partitions[3].clone().unwrap();
            partition.append(super::super::batch::check(&bytes).unwrap(), &bytes).unwrap().base_offset
        };
        assert_eq!((write(&topics), write(&topics)), (0, 1));
        let stale = state.clone();
        delete(&mut state, "t");
        create(&mut state, "t", 1);
        topics.apply(state.clone());
        topics.apply(stale);
        assert_eq!(write(&topics), 0, "and an older state changes nothing");

        delete(&mut state, "t");
        let other = folder.path().join("not-a-partition");
        std::fs::create_dir(&other).unwrap();
        Topics::new(folder.path().to_owned(), 0, defaults()).apply(state);
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert_eq!(left, [other], "what went while the broker was away is removed when it hears of it");
    }
}
