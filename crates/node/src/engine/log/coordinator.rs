//! All consumer groups and their committed offsets, at the one broker that coordinates. It locks and keeps the time for [`Group`]s; the
//! rules of a group are there.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use kafka_protocol::ResponseError;
use tokio::sync::Notify;

use super::group::{Group, GroupShown};
use super::limits;
use super::offsets::{Committed, Offsets, OffsetsFile, note};
use super::settings::Flush;
use crate::runtime::{clock, lock};

/// The groups of this broker.
#[derive(Debug)]
pub(super) struct Coordinator {
    inner: Mutex<Inner>,
    /// Something may be due earlier than was thought.
    changed: Notify,
}

#[derive(Debug)]
struct Inner {
    groups: BTreeMap<String, Group>,
    offsets: Offsets,
    file: OffsetsFile,
}

impl Coordinator {
    /// The groups whose committed offsets are in `folder`, without members. Gives also the bytes that were torn there and are cut.
    pub(super) fn open(folder: &Path, flush: Flush) -> std::io::Result<(Self, u64)> {
        let (file, offsets, torn) = OffsetsFile::open(folder, flush)?;
        let groups = offsets.keys().map(|(group, _, _)| (group.clone(), Group::new())).collect();
        Ok((Self { inner: Mutex::new(Inner { groups, offsets, file }), changed: Notify::new() }, torn))
    }

    /// Does something with a group, which is made when it is new and `make` says so.
    pub(super) fn with<T>(&self, id: &str, make: bool, act: impl FnOnce(&mut Group, u64) -> T) -> Result<T, ResponseError> {
        if id.is_empty() || id.len() > limits::ID_BYTES {
            return Err(ResponseError::InvalidGroupId);
        }
        let done = {
            let mut inner = lock(&self.inner);
            act(inner.group(id, make)?, clock::now_ns())
        };
        self.changed.notify_one();
        Ok(done)
    }

    /// Stores offsets of one group; the answer is for each in order. `member` is id, instance id and generation.
    pub(super) fn commit(
        &self,
        id: &str,
        member: (&str, Option<&str>, i32),
        offsets: Vec<Committed>,
    ) -> Result<Vec<Result<(), ResponseError>>, ResponseError> {
        // Who commits without being a member makes the group (generation -1); a member's group exists.
        self.with(id, member.2 < 0, |group, now_ns| group.may_commit(now_ns, member.0, member.1, member.2))??;
        let mut inner = lock(&self.inner);
        let mut count = inner.of_group(id).count();
        let mut answers = Vec::with_capacity(offsets.len());
        let mut stored = Vec::with_capacity(offsets.len());
        for committed in offsets {
            let key = (id.to_owned(), committed.topic.clone(), committed.partition);
            let known = inner.offsets.contains_key(&key);
            answers.push(if committed.text.len() > limits::OFFSET_TEXT_BYTES || committed.topic.len() > limits::TOPIC_NAME_BYTES {
                Err(ResponseError::OffsetMetadataTooLarge)
            } else if committed.offset < 0 || (!known && count >= limits::OFFSETS) {
                Err(ResponseError::InvalidCommitOffsetSize)
            } else {
                count += usize::from(!known);
                stored.push(committed);
                Ok(())
            });
        }
        inner.store(stored)?;
        Ok(answers)
    }

    /// The offset that a group has committed for a partition.
    pub(super) fn committed(&self, id: &str, topic: &str, partition: i32) -> Option<Committed> {
        lock(&self.inner).offsets.get(&(id.to_owned(), topic.to_owned(), partition)).cloned()
    }

    /// All committed offsets of one group.
    pub(super) fn committed_by(&self, id: &str) -> Vec<Committed> {
        lock(&self.inner).of_group(id).cloned().collect()
    }

    /// Every committed offset.
    pub(super) fn positions(&self) -> Vec<Committed> {
        lock(&self.inner).offsets.values().cloned().collect()
    }

    /// Waits until everything that was committed is on the disk, if that was asked for.
    pub(super) async fn flush(&self) -> std::io::Result<()> {
        let file = lock(&self.inner).file.to_flush();
        self.sync(file).await
    }

    /// The same once a second, where that was asked for.
    pub(super) async fn flush_now_and_then(&self) -> std::io::Result<()> {
        let file = lock(&self.inner).file.take_unflushed();
        self.sync(file).await
    }

    async fn sync(&self, file: Option<Arc<File>>) -> std::io::Result<()> {
        let Some(file) = file else { return Ok(()) };
        let synced = tokio::task::spawn_blocking(move || file.sync_data()).await.map_err(std::io::Error::other).flatten();
        if synced.is_err() {
            lock(&self.inner).file.distrust();
        }
        synced
    }

    /// A group as it is; `None` when there is none.
    pub(super) fn describe(&self, id: &str) -> Option<GroupShown> {
        lock(&self.inner).groups.get(id).map(Group::show)
    }

    /// All groups as they are, by id.
    pub(super) fn describe_all(&self) -> Vec<(String, GroupShown)> {
        lock(&self.inner).groups.iter().map(|(id, group)| (id.clone(), group.show())).collect()
    }

    /// Removes a group that nobody is in, with its offsets.
    pub(super) fn delete(&self, id: &str) -> Result<(), ResponseError> {
        let mut inner = lock(&self.inner);
        let group = inner.groups.get(id).ok_or(ResponseError::GroupIdNotFound)?;
        if !group.is_empty() {
            return Err(ResponseError::NonEmptyGroup);
        }
        let gone = inner.of_group(id).map(|committed| Committed { offset: -1, ..committed.clone() }).collect();
        inner.store(gone)?;
        inner.groups.remove(id);
        Ok(())
    }

    /// Removes one committed offset of a group that nobody is in.
    pub(super) fn forget(&self, id: &str, topic: &str, partition: i32) -> Result<(), ResponseError> {
        let mut inner = lock(&self.inner);
        if inner.groups.get(id).is_some_and(|group| !group.is_empty()) {
            return Err(ResponseError::GroupSubscribedToTopic);
        }
        let known = inner.offsets.get(&(id.to_owned(), topic.to_owned(), partition)).cloned();
        inner.store(known.into_iter().map(|committed| Committed { offset: -1, ..committed }).collect())
    }

    /// Forgets what was committed for topics that are not there any more.
    pub(super) fn forget_topics(&self, is_there: impl Fn(&str) -> bool) -> Result<(), ResponseError> {
        let mut inner = lock(&self.inner);
        let gone = inner.offsets.values().filter(|committed| !is_there(&committed.topic));
        let gone: Vec<Committed> = gone.map(|committed| Committed { offset: -1, ..committed.clone() }).collect();
        if gone.is_empty() { Ok(()) } else { inner.store(gone) }
    }

    /// Lets members expire and rebalances complete when their time has come; for ever.
    pub(super) async fn keep_time(&self) {
        loop {
            let now_ns = clock::now_ns();
            let next_ns = {
                let mut inner = lock(&self.inner);
                for group in inner.groups.values_mut() {
                    group.expire(now_ns);
                }
                inner.groups.values().filter_map(Group::next_ns).min()
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
    fn group(&mut self, id: &str, make: bool) -> Result<&mut Group, ResponseError> {
        if !self.groups.contains_key(id) {
            if !make {
                return Err(ResponseError::UnknownMemberId);
            }
            if self.groups.len() >= limits::GROUPS {
                // One that nobody is in and that keeps nothing makes room.
                let idle = self.groups.iter().find(|(id, group)| group.is_empty() && self.of_group(id).next().is_none());
                let idle = idle.map(|(id, _)| id.clone()).ok_or(ResponseError::GroupMaxSizeReached)?;
                self.groups.remove(&idle);
            }
            self.groups.insert(id.to_owned(), Group::new());
        }
        self.groups.get_mut(id).ok_or(ResponseError::UnknownMemberId)
    }

    fn of_group(&self, id: &str) -> impl Iterator<Item = &Committed> {
        let from = (id.to_owned(), String::new(), i32::MIN);
        self.offsets.range(from..).take_while(move |((group, _, _), _)| group == id).map(|(_, committed)| committed)
    }

    fn store(&mut self, changed: Vec<Committed>) -> Result<(), ResponseError> {
        self.file.append(&changed, &self.offsets).map_err(|_| ResponseError::KafkaStorageError)?;
        for committed in changed {
            note(&mut self.offsets, committed);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[tokio::test]
    async fn a_commit_that_cannot_be_flushed_is_told_and_the_next_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let (coordinator, _) = Coordinator::open(folder.path(), Flush::EachBatch).unwrap();
        let commit = |partition, offset| {
            let committed = Committed { group: "g".to_owned(), topic: "t".to_owned(), partition, offset, text: String::new() };
            coordinator.commit("g", ("", None, -1), vec![committed])
        };
        assert_eq!(commit(0, 5), Ok(vec![Ok(())]));
        assert!(coordinator.flush().await.is_ok());
        // There is nothing behind this name that could be flushed.
        let nothing = Some(Arc::new(File::open("/dev/null").unwrap()));
        assert!(coordinator.sync(nothing).await.is_err());
        assert_eq!(commit(1, 6), Ok(vec![Ok(())]));
        assert!(coordinator.flush().await.is_ok());
        let (again, _) = Coordinator::open(folder.path(), Flush::EachBatch).unwrap();
        assert_eq!(again.committed_by("g").iter().map(|committed| committed.offset).collect::<Vec<_>>(), [5, 6]);
    }
}
