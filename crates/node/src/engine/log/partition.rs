//! One partition that this broker holds: who leads it, what of its log is visible to whom, and who waits for more. Bytes are in
//! `storage`, the rules of who leads in `state`.
//!
//! Three offsets matter. The end of the log; the *finished* end, up to which appends have had their service time and, if asked for, their
//! flush: replicas copy up to there; and the *high watermark*, up to which every replica in sync has everything: consumers read up to
//! there, and acks=all waits for it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use kafka_protocol::ResponseError;
use tokio::sync::{Notify, watch};

use super::batch::Header;
use super::producers::Verdict;
use super::segment::Run;
use super::settings::TopicSettings;
use super::state::PartitionState;
use super::storage::{Closed, Found, Log};
use crate::runtime::{clock, lock};

/// A partition's log and its part in the cluster.
#[derive(Debug)]
pub(super) struct Partition {
    inner: Mutex<Inner>,
    progress: watch::Sender<Progress>,
    flushed: watch::Sender<Flushed>,
}

#[derive(Debug)]
struct Inner {
    log: Log,
    settings: Arc<TopicSettings>,
    role: Role,
    high_watermark: i64,
    finished: i64,
    /// Batches written and not finished yet: where each ends, and whether its append is finished.
    unfinished: VecDeque<(i64, bool)>,
    flushing: bool,
    /// A write or a flush failed: nothing more is taken before a restart.
    broken: bool,
    /// Consumers, woken by the high watermark.
    readers: Vec<Weak<Notify>>,
    /// Replicas, woken by the finished end.
    copiers: Vec<Weak<Notify>>,
}

#[derive(Debug)]
enum Role {
    /// Nobody leads.
    Idle,
    Leader(Leading),
    Follower {
        leader: i32,
        epoch: i32,
        /// The log holds nothing that the leader's does not.
        aligned: bool,
    },
}

#[derive(Debug)]
struct Leading {
    me: i32,
    epoch: i32,
    /// Where the log ended when this epoch began.
    begun_at: i64,
    replicas: Vec<i32>,
    isr: Vec<i32>,
    copies: BTreeMap<i32, Copy>,
}

/// How far a replica is.
#[derive(Debug, Clone, Copy)]
struct Copy {
    end_offset: i64,
    /// When it last had everything.
    caught_up_ns: u64,
    /// Finished end and time of its last fetch.
    asked: (i64, u64),
}

/// What waiting producers look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Progress {
    /// -1 when this broker does not lead.
    epoch: i32,
    finished: i64,
    high_watermark: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Flushed {
    end: i64,
    broken: bool,
}

/// A batch that was taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Appended {
    /// Offset of its first record.
    pub(super) base_offset: i64,
    /// Offset after its last record.
    pub(super) end_offset: i64,
    /// Epoch in which it was taken.
    pub(super) epoch: i32,
    /// False when it was stored before and came again.
    pub(super) is_new: bool,
}

/// What an offset can be asked for; see `ListOffsets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The oldest record.
    Earliest,
    /// The offset that the next visible record will have.
    Latest,
    /// The first record at or after this time, ms since 1970.
    Since(i64),
}

/// A fetch from this partition.
#[derive(Debug, Clone)]
pub(super) struct Slice {
    /// Whole batches, if there are any.
    pub(super) run: Option<Run>,
    /// First offset.
    pub(super) start: i64,
    /// High watermark.
    pub(super) high_watermark: i64,
}

/// Where a replica goes on copying.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct CopyFrom {
    /// Epoch of the leader.
    pub(super) epoch: i32,
    /// Next offset to fetch.
    pub(super) offset: i64,
    /// First the leader must say where this epoch ended for it.
    pub(super) align: Option<i32>,
}

const NOT_LEADER: ResponseError = ResponseError::NotLeaderOrFollower;
const STORAGE: ResponseError = ResponseError::KafkaStorageError;

impl Partition {
    /// Opens what is in `folder`.
    pub(super) fn open(folder: &Path, settings: Arc<TopicSettings>) -> io::Result<(Self, Found)> {
        let (log, found) = Log::open(folder)?;
        let end = log.end_offset();
        let inner = Inner {
            high_watermark: log.start_offset(),
            finished: end,
            log,
            settings,
            role: Role::Idle,
            unfinished: VecDeque::new(),
            flushing: false,
            broken: false,
            readers: Vec::new(),
            copiers: Vec::new(),
        };
        let progress = watch::Sender::new(Progress { epoch: -1, finished: end, high_watermark: inner.high_watermark });
        Ok((Self { inner: Mutex::new(inner), progress, flushed: watch::Sender::new(Flushed { end, broken: false }) }, found))
    }

    /// Other settings hold from now on.
    pub(super) fn set(&self, settings: Arc<TopicSettings>) {
        lock(&self.inner).settings = settings;
    }

    /// Takes its part as the brokers agreed on it; `me` is this broker.
    pub(super) fn take_part(&self, me: i32, agreed: &PartitionState) {
        let mut inner = lock(&self.inner);
        match &mut inner.role {
            Role::Leader(leading) if agreed.leader == me && leading.epoch == agreed.epoch => leading.isr.clone_from(&agreed.isr),
            Role::Follower { leader, epoch, .. } if *leader == agreed.leader && *epoch == agreed.epoch && agreed.leader != me => {}
            _ if agreed.leader == me => {
                inner.unfinished.clear();
                inner.finished = inner.log.end_offset();
                let never = Copy { end_offset: -1, caught_up_ns: clock::now_ns(), asked: (i64::MAX, 0) };
                inner.role = Role::Leader(Leading {
                    me,
                    epoch: agreed.epoch,
                    begun_at: inner.finished,
                    replicas: agreed.replicas.clone(),
                    isr: agreed.isr.clone(),
                    copies: agreed.replicas.iter().filter(|id| **id != me).map(|id| (*id, never)).collect(),
                });
            }
            _ => {
                inner.unfinished.clear();
                inner.role = match agreed.leader {
                    -1 => Role::Idle,
                    leader => Role::Follower { leader, epoch: agreed.epoch, aligned: false },
                };
            }
        }
        inner.advance();
        // Who waits here for records learns that another leads.
        inner.wake_all();
        self.tell(&inner);
    }

    fn tell(&self, inner: &Inner) {
        let now = Progress { epoch: inner.epoch(), finished: inner.finished, high_watermark: inner.high_watermark };
        self.progress.send_if_modified(|progress| std::mem::replace(progress, now) != now);
    }

    /// An error unless this broker leads, in the epoch that the client knows (-1 when it knows none).
    pub(super) fn check_epoch(&self, known: i32) -> Result<i32, ResponseError> {
        match lock(&self.inner).epoch() {
            -1 => Err(NOT_LEADER),
            epoch if known == -1 || known == epoch => Ok(epoch),
            epoch if known < epoch => Err(ResponseError::FencedLeaderEpoch),
            _ => Err(ResponseError::UnknownLeaderEpoch),
        }
    }

    /// An error unless a produce that wants all replicas can be taken, or for any produce unless this broker leads.
    pub(super) fn may_append(&self, all: bool) -> Result<(), ResponseError> {
        let inner = lock(&self.inner);
        let Role::Leader(leading) = &inner.role else { return Err(NOT_LEADER) };
        if all && leading.isr.len() < inner.settings.min_insync { Err(ResponseError::NotEnoughReplicas) } else { Ok(()) }
    }

    /// Judges a batch and, if it is new, writes it behind all others. No consumer sees it before [`Partition::finish`].
    pub(super) fn append(&self, header: Header, bytes: &[u8]) -> Result<Appended, ResponseError> {
        let mut inner = lock(&self.inner);
        let Role::Leader(leading) = &inner.role else { return Err(NOT_LEADER) };
        let epoch = leading.epoch;
        match inner.log.producers().judge(&header) {
            Verdict::New => {}
            Verdict::Duplicate { base_offset, end_offset } => {
                return Ok(Appended { base_offset, end_offset, epoch, is_new: false });
            }
            Verdict::Old => return Err(ResponseError::DuplicateSequenceNumber),
            Verdict::Gap => return Err(ResponseError::OutOfOrderSequenceNumber),
            Verdict::Fenced => return Err(ResponseError::InvalidProducerEpoch),
        }
        if header.size > inner.settings.max_batch_bytes {
            return Err(ResponseError::MessageTooLarge);
        }
        if inner.settings.compact && has_records_without_key(&header, bytes) {
            return Err(ResponseError::InvalidRecord);
        }
        if inner.broken {
            return Err(STORAGE);
        }
        let segment_bytes = inner.settings.segment_bytes;
        let stored = inner.log.append(header, bytes, epoch, segment_bytes).map_err(|_| STORAGE)?;
        let end_offset = stored.end_offset();
        inner.unfinished.push_back((end_offset, false));
        Ok(Appended { base_offset: stored.base_offset, end_offset, epoch, is_new: true })
    }

    /// The append of the batch that ends at `end_offset` is finished: it counts as soon as all before it are, and who waits is woken.
    pub(super) fn finish(&self, end_offset: i64) {
        let mut inner = lock(&self.inner);
        if let Some(batch) = inner.unfinished.iter_mut().find(|(end, _)| *end == end_offset) {
            batch.1 = true;
        }
        let before = inner.finished;
        while let Some((end, true)) = inner.unfinished.front().copied() {
            inner.unfinished.pop_front();
            inner.finished = end;
        }
        if inner.finished > before {
            wake(&mut inner.copiers);
        }
        inner.advance();
        self.tell(&inner);
    }

    /// Waits until everything before `end_offset` is on the disk. Whoever comes while a flush is under way shares the next one.
    pub(super) async fn flush(self: &Arc<Self>, end_offset: i64) -> io::Result<()> {
        let mut flushed = self.flushed.subscribe();
        loop {
            let done = *flushed.borrow_and_update();
            if done.broken {
                return Err(io::Error::other("an earlier flush failed"));
            }
            if done.end >= end_offset {
                return Ok(());
            }
            self.begin_flush(done.end)?;
            flushed.changed().await.map_err(io::Error::other)?;
        }
    }

    fn begin_flush(self: &Arc<Self>, from: i64) -> io::Result<()> {
        let mut inner = lock(&self.inner);
        if inner.flushing {
            return Ok(());
        }
        let (files, end) = (inner.log.files_since(from)?, inner.log.end_offset());
        let folders = inner.log.folders_to_flush(from);
        inner.flushing = true;
        drop(inner);
        let partition = self.clone();
        tokio::task::spawn_blocking(move || {
            let synced = files.iter().try_for_each(|file| file.sync_data());
            let synced = synced.and_then(|()| folders.iter().try_for_each(|folder| super::file::flush_folder(folder)));
            let mut inner = lock(&partition.inner);
            inner.flushing = false;
            inner.broken |= synced.is_err();
            // The log may have been cut meanwhile.
            let end = end.min(inner.log.end_offset());
            partition.flushed.send_replace(Flushed { end, broken: inner.broken });
        });
        Ok(())
    }

    /// Waits until the batch that ends at `end_offset` is finished here and, when `all`, at every replica in sync.
    pub(super) async fn acknowledged(&self, appended: &Appended, all: bool, wait: Duration) -> Result<(), ResponseError> {
        let mut progress = self.progress.subscribe();
        let reached = progress
            .wait_for(|now| now.epoch != appended.epoch || (if all { now.high_watermark } else { now.finished }) >= appended.end_offset);
        match tokio::time::timeout(wait, reached).await {
            Err(_) => Err(ResponseError::RequestTimedOut),
            Ok(Err(_)) => Err(NOT_LEADER),
            Ok(Ok(now)) if now.epoch != appended.epoch => Err(NOT_LEADER),
            Ok(Ok(_)) if all => match self.may_append(true) {
                Err(ResponseError::NotEnoughReplicas) => Err(ResponseError::NotEnoughReplicasAfterAppend),
                other => other,
            },
            Ok(Ok(_)) => Ok(()),
        }
    }

    /// True when that holds already.
    pub(super) fn is_acknowledged(&self, appended: &Appended) -> bool {
        let now = *self.progress.borrow();
        now.epoch == appended.epoch && now.high_watermark >= appended.end_offset
    }

    /// Wakes `waiter` once, at the next batch that a replica or a consumer may read, or when another broker leads.
    pub(super) fn wake(&self, waiter: &Arc<Notify>, replica: bool) {
        let mut inner = lock(&self.inner);
        let waiting = if replica { &mut inner.copiers } else { &mut inner.readers };
        if waiting.len() >= 64 {
            waiting.retain(|other| other.strong_count() > 0);
        }
        waiting.push(Arc::downgrade(waiter));
    }

    /// First offset and high watermark.
    pub(super) fn bounds(&self) -> (i64, i64) {
        let inner = lock(&self.inner);
        (inner.log.start_offset(), inner.high_watermark)
    }

    /// True while this broker leads.
    pub(super) fn leads(&self) -> bool {
        lock(&self.inner).epoch() != -1
    }

    /// Batches from the one that holds `offset`, for a consumer or for replica `replica`, which thereby says that it has everything
    /// before.
    pub(super) fn read(&self, offset: i64, max_bytes: usize, at_least_one: bool, replica: Option<i32>) -> Result<Slice, ResponseError> {
        let mut inner = lock(&self.inner);
        if let Some(id) = replica {
            inner.copied(id, offset)?;
            self.tell(&inner);
        }
        if inner.epoch() == -1 {
            return Err(NOT_LEADER);
        }
        let (start, end) = (inner.log.start_offset(), if replica.is_some() { inner.finished } else { inner.high_watermark });
        if offset < start || offset > inner.log.end_offset() {
            return Err(ResponseError::OffsetOutOfRange);
        }
        let run = if offset < end { inner.log.run(offset, end, max_bytes, at_least_one).map_err(|_| STORAGE)? } else { None };
        Ok(Slice { run, start, high_watermark: inner.high_watermark })
    }

    /// Offset and timestamp of what is wanted; both are -1 when there is no such record.
    pub(super) fn offset_of(&self, wanted: Wanted) -> Result<(i64, i64), ResponseError> {
        let inner = lock(&self.inner);
        match wanted {
            Wanted::Earliest => Ok((inner.log.start_offset(), -1)),
            // A leader that does not know yet what was acknowledged before it.
            Wanted::Latest if inner.high_watermark < inner.begun_at() => Err(ResponseError::LeaderNotAvailable),
            Wanted::Latest => Ok((inner.high_watermark, -1)),
            Wanted::Since(timestamp_ms) => {
                let found = inner.log.first_since(timestamp_ms).map_err(|_| STORAGE)?;
                Ok(found.filter(|(offset, _)| *offset < inner.high_watermark).unwrap_or((-1, -1)))
            }
        }
    }

    /// Where the largest epoch that is not after `epoch` ends, for a client or replica that has to cut its own log.
    pub(super) fn end_of_epoch(&self, epoch: i32) -> (i32, i64) {
        let inner = lock(&self.inner);
        if epoch == inner.epoch() { (epoch, inner.log.end_offset()) } else { inner.log.end_of_epoch(epoch).unwrap_or((-1, -1)) }
    }

    /// Records before `offset` (-1: all that are visible) go; gives the first that is left.
    pub(super) fn delete_before(&self, offset: i64) -> Result<i64, ResponseError> {
        let mut inner = lock(&self.inner);
        let offset = if offset == -1 { inner.high_watermark } else { offset };
        if !(0..=inner.high_watermark).contains(&offset) {
            return Err(ResponseError::OffsetOutOfRange);
        }
        inner.log.begin_at(offset).map_err(|_| STORAGE)?;
        Ok(inner.log.start_offset())
    }

    /// The epoch, and who should be in sync, when that is not who is: a replica that had everything within `lag_ns` and is there.
    pub(super) fn other_isr(&self, now_ns: u64, lag_ns: u64) -> Option<(i32, Vec<i32>)> {
        let inner = lock(&self.inner);
        let Role::Leader(leading) = &inner.role else { return None };
        let in_sync = |id: &i32| {
            let copy = leading.copies.get(id);
            match leading.isr.contains(id) {
                _ if *id == leading.me => true,
                true => copy.is_some_and(|copy| now_ns.saturating_sub(copy.caught_up_ns) < lag_ns),
                false => copy.is_some_and(|copy| copy.end_offset >= inner.high_watermark.max(leading.begun_at)),
            }
        };
        let should: Vec<i32> = leading.replicas.iter().copied().filter(in_sync).collect();
        let same = should.len() == leading.isr.len() && should.iter().all(|id| leading.isr.contains(id));
        (!same).then_some((leading.epoch, should))
    }

    // -- as a replica of another broker ---------------------------------------------------------------------------------------------

    /// Where to go on, when broker `leader` leads.
    pub(super) fn copy_from(&self, leader: i32) -> Option<CopyFrom> {
        let inner = lock(&self.inner);
        match inner.role {
            Role::Follower { leader: own, epoch, aligned } if own == leader && !inner.broken => {
                let last = inner.log.last_epoch();
                Some(CopyFrom { epoch, offset: inner.log.end_offset(), align: (!aligned && last >= 0).then_some(last) })
            }
            _ => None,
        }
    }

    /// The leader said where the epoch of this log's end ended for it: what is after that was never acknowledged by all, and is cut.
    pub(super) fn align(&self, epoch: i32, leaders: (i32, i64)) -> io::Result<()> {
        let mut inner = lock(&self.inner);
        let own_end = inner.log.end_of_epoch(leaders.0).map_or(inner.log.start_offset(), |(_, end)| end);
        let end = if leaders.1 < 0 { inner.log.start_offset() } else { own_end.min(leaders.1) };
        let Role::Follower { epoch: own, aligned, .. } = &mut inner.role else { return Ok(()) };
        if *own != epoch {
            return Ok(());
        }
        *aligned = true;
        self.cut(&mut inner, end)
    }

    fn cut(&self, inner: &mut Inner, end: i64) -> io::Result<()> {
        inner.log.truncate(end)?;
        let end = inner.log.end_offset();
        inner.finished = end;
        inner.high_watermark = inner.high_watermark.min(end);
        self.flushed.send_modify(|flushed| flushed.end = flushed.end.min(end));
        Ok(())
    }

    /// The leader's log has no such offset: it begins later, or ends earlier.
    pub(super) fn realign(&self, epoch: i32, leaders_start: i64) -> io::Result<()> {
        let mut inner = lock(&self.inner);
        match &mut inner.role {
            Role::Follower { epoch: own, aligned, .. } if *own == epoch => *aligned = false,
            _ => return Ok(()),
        }
        if leaders_start > inner.log.end_offset() {
            inner.log.restart_at(leaders_start)?;
            inner.finished = leaders_start;
            inner.high_watermark = leaders_start;
        }
        Ok(())
    }

    /// Batches came from the leader of `epoch`, with its high watermark and first offset. Gives the records that were new.
    pub(super) fn copy(&self, epoch: i32, bytes: &[u8], leaders: (i64, i64)) -> io::Result<i64> {
        let mut inner = lock(&self.inner);
        match &mut inner.role {
            Role::Follower { epoch: own, aligned, .. } if *own == epoch => *aligned = true,
            _ => return Ok(0),
        }
        let segment_bytes = inner.settings.segment_bytes;
        let records = inner.log.append_stored(bytes, segment_bytes)?;
        inner.finished = inner.log.end_offset();
        inner.high_watermark = leaders.0.min(inner.finished).max(inner.high_watermark);
        inner.log.begin_at(leaders.1)?;
        Ok(records)
    }

    /// Offset after the last batch.
    pub(super) fn end_offset(&self) -> i64 {
        lock(&self.inner).log.end_offset()
    }

    // -- what time does -------------------------------------------------------------------------------------------------------------

    /// Removes what is too old or too much; times in ms since 1970. `life` stretches the settings' life times to wall time.
    pub(super) fn retain(&self, now_ms: i64, life: impl Fn(i64) -> i64) -> io::Result<usize> {
        let mut inner = lock(&self.inner);
        let settings = inner.settings.clone();
        inner.log.roll_old(now_ms.saturating_sub(life(settings.segment_ms)))?;
        if !settings.delete {
            return Ok(0);
        }
        let before_ms = settings.retention_ms.map(|ms| now_ms.saturating_sub(life(ms)));
        if let Some(before_ms) = before_ms {
            inner.log.roll_old(before_ms)?;
        }
        let below = inner.high_watermark;
        inner.log.retain(before_ms, settings.retention_bytes, below)
    }

    /// What compaction works on, when the topic is to be compacted: closed segments below the high watermark.
    pub(super) fn to_compact(&self) -> Option<(Arc<TopicSettings>, Closed)> {
        let inner = lock(&self.inner);
        let closed = inner.log.closed(inner.high_watermark);
        (inner.settings.compact && !closed.is_empty()).then(|| (inner.settings.clone(), closed))
    }

    /// Puts a compacted file in the place of a closed segment.
    pub(super) fn swap(&self, base_offset: i64, rewritten: &Path) -> io::Result<()> {
        lock(&self.inner).log.swap(base_offset, rewritten)
    }

    /// Its topic is gone: so are its files.
    pub(super) fn remove(&self) -> io::Result<()> {
        let mut inner = lock(&self.inner);
        inner.role = Role::Idle;
        inner.broken = true;
        inner.wake_all();
        self.tell(&inner);
        inner.log.remove()
    }
}

impl Inner {
    /// The epoch in which this broker leads, or -1.
    fn epoch(&self) -> i32 {
        if let Role::Leader(leading) = &self.role { leading.epoch } else { -1 }
    }

    fn begun_at(&self) -> i64 {
        if let Role::Leader(leading) = &self.role { leading.begun_at } else { 0 }
    }

    /// Moves the high watermark up to what every replica in sync has.
    fn advance(&mut self) {
        let Role::Leader(leading) = &self.role else { return };
        let others = leading.isr.iter().filter(|id| **id != leading.me);
        let ends = others.map(|id| leading.copies.get(id).map_or(-1, |copy| copy.end_offset));
        let end = ends.min().unwrap_or(i64::MAX).min(self.finished);
        if end > self.high_watermark {
            self.high_watermark = end;
            wake(&mut self.readers);
        }
    }

    /// Replica `id` has everything before `offset`.
    fn copied(&mut self, id: i32, offset: i64) -> Result<(), ResponseError> {
        let (finished, now_ns) = (self.finished, clock::now_ns());
        let Role::Leader(leading) = &mut self.role else { return Err(NOT_LEADER) };
        let copy = leading.copies.get_mut(&id).ok_or(ResponseError::UnknownTopicOrPartition)?;
        copy.end_offset = offset;
        if offset >= finished {
            copy.caught_up_ns = now_ns;
        } else if offset >= copy.asked.0 {
            copy.caught_up_ns = copy.caught_up_ns.max(copy.asked.1);
        }
        copy.asked = (finished, now_ns);
        self.advance();
        Ok(())
    }

    fn wake_all(&mut self) {
        wake(&mut self.readers);
        wake(&mut self.copiers);
    }
}

fn wake(waiting: &mut Vec<Weak<Notify>>) {
    for waiter in waiting.drain(..).filter_map(|waiter| waiter.upgrade()) {
        waiter.notify_one();
    }
}

/// A compacted topic is about keys. What is compressed cannot be looked at, and passes.
fn has_records_without_key(header: &Header, bytes: &[u8]) -> bool {
    !header.is_compressed() && super::records::read(header, bytes).is_none_or(|records| records.iter().any(|record| record.key.is_none()))
}

#[cfg(test)]
#[path = "partition/tests.rs"]
mod tests;
