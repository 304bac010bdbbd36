//! All consumer groups and their committed offsets, at the one broker that coordinates. It locks and keeps the time for [`Group`]s; the
//! rules of a group are there.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use kafka_protocol::ResponseError;
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use super::group::Group;
use super::limits;
use crate::runtime::{clock, lock};

/// A committed offset, and a line of the offsets file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Committed {
    /// Group id.
    pub(super) group: String,
    /// Topic name.
    pub(super) topic: String,
    /// Partition number.
    pub(super) partition: i32,
    /// Offset of the next record to consume.
    pub(super) offset: i64,
    /// Whatever text the client stored beside it.
    pub(super) text: String,
}

/// The groups of this broker.
#[derive(Debug)]
pub(super) struct Coordinator {
    inner: Mutex<Inner>,
    /// Something may be due earlier than was thought.
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    groups: BTreeMap<String, Entry>,
    file: File,
}

#[derive(Debug)]
struct Entry {
    group: Group,
    offsets: BTreeMap<(String, i32), Committed>,
}

impl Coordinator {
    /// No groups; committed offsets will be written to `offsets.jsonl` in `folder`.
    pub(super) fn create(folder: &Path) -> std::io::Result<Self> {
        let file = File::options().append(true).create_new(true).open(folder.join("offsets.jsonl"))?;
        Ok(Self { inner: Mutex::new(Inner { groups: BTreeMap::new(), file }), changed: Notify::new() })
    }

    /// Does something with a group, which is made when it is new and `make` says so.
    pub(super) fn with<T>(&self, id: &str, make: bool, act: impl FnOnce(&mut Group, u64) -> T) -> Result<T, ResponseError> {
        if id.is_empty() || id.len() > limits::ID_BYTES {
            return Err(ResponseError::InvalidGroupId);
        }
        let done = {
            let mut inner = lock(&self.inner);
            let entry = inner.entry(id, make)?;
            act(&mut entry.group, clock::now_ns())
        };
        self.changed.notify_one();
        Ok(done)
    }

    /// Stores offsets of one group; the answer is for each in order.
    pub(super) fn commit(
        &self,
        id: &str,
        member: (&str, i32),
        offsets: Vec<Committed>,
    ) -> Result<Vec<Result<(), ResponseError>>, ResponseError> {
        // Who commits without being a member makes the group (generation -1); a member's group exists.
        self.with(id, member.1 < 0, |group, now_ns| group.may_commit(now_ns, member.0, member.1))??;
        let mut inner = lock(&self.inner);
        let Inner { groups, file } = &mut *inner;
        let Some(entry) = groups.get_mut(id) else { return Err(ResponseError::UnknownMemberId) };
        let mut lines = Vec::new();
        let mut answers = Vec::with_capacity(offsets.len());
        for committed in &offsets {
            let known = entry.offsets.contains_key(&(committed.topic.clone(), committed.partition));
            answers.push(if committed.text.len() > limits::OFFSET_TEXT_BYTES || committed.topic.len() > limits::TOPIC_NAME_BYTES {
                Err(ResponseError::OffsetMetadataTooLarge)
            } else if !known && entry.offsets.len() >= limits::OFFSETS {
                Err(ResponseError::InvalidCommitOffsetSize)
            } else {
                serde_json::to_writer(&mut lines, committed).map_err(|_| ResponseError::UnknownServerError)?;
                lines.push(b'\n');
                Ok(())
            });
        }
        file.write_all(&lines).map_err(|_| ResponseError::KafkaStorageError)?;
        for (committed, answer) in offsets.into_iter().zip(&answers) {
            if answer.is_ok() {
                entry.offsets.insert((committed.topic.clone(), committed.partition), committed);
            }
        }
        Ok(answers)
    }

    /// The offset that a group has committed for a partition.
    pub(super) fn committed(&self, id: &str, topic: &str, partition: i32) -> Option<Committed> {
        lock(&self.inner).groups.get(id)?.offsets.get(&(topic.to_owned(), partition)).cloned()
    }

    /// All committed offsets of one group.
    pub(super) fn committed_by(&self, id: &str) -> Vec<Committed> {
        lock(&self.inner).groups.get(id).map_or_else(Vec::new, |entry| entry.offsets.values().cloned().collect())
    }

    /// Topic, partition and committed offset, for all groups.
    pub(super) fn positions(&self) -> Vec<(String, i32, i64)> {
        let inner = lock(&self.inner);
        let all = inner.groups.values().flat_map(|entry| entry.offsets.values());
        all.map(|committed| (committed.topic.clone(), committed.partition, committed.offset)).collect()
    }

    /// Lets members expire and rebalances complete when their time has come; for ever.
    pub(super) async fn keep_time(&self) {
        loop {
            let now_ns = clock::now_ns();
            let next_ns = {
                let mut inner = lock(&self.inner);
                for entry in inner.groups.values_mut() {
                    entry.group.expire(now_ns);
                }
                inner.groups.values().filter_map(|entry| entry.group.next_ns()).min()
            };
            let wait = next_ns.map_or(Duration::from_secs(3600), |next_ns| Duration::from_nanos(next_ns.saturating_sub(now_ns)));
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.changed.notified() => {}
            }
        }
    }
}

impl Inner {
    fn entry(&mut self, id: &str, make: bool) -> Result<&mut Entry, ResponseError> {
        if !self.groups.contains_key(id) {
            if !make {
                return Err(ResponseError::UnknownMemberId);
            }
            if self.groups.len() >= limits::GROUPS {
                // One that nobody is in and that keeps nothing makes room.
                let idle = self.groups.iter().find(|(_, entry)| entry.group.is_empty() && entry.offsets.is_empty());
                let idle = idle.map(|(id, _)| id.clone()).ok_or(ResponseError::GroupMaxSizeReached)?;
                self.groups.remove(&idle);
            }
            self.groups.insert(id.to_owned(), Entry { group: Group::new(), offsets: BTreeMap::new() });
        }
        self.groups.get_mut(id).ok_or(ResponseError::UnknownMemberId)
    }
}
