//! What a broker does without being asked: hearing of new states, telling who is in sync, retention, compaction and the flush once a
//! second. Every failure is counted and said, and tried again the next time.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use loadline_model::wire::FromNode;

use super::members::{MemberClient, Said, Word};
use super::settings::Flush;
use super::state::Change;
use super::storage::Closed;
use super::{Broker, compaction, limits};
use crate::process::say;
use crate::runtime::clock;

/// Wall time between two looks at who is in sync.
const ISR_EVERY: Duration = Duration::from_millis(100);
/// Wall time between two rounds of retention, compaction and flush.
const ROUND_EVERY: Duration = Duration::from_secs(1);
/// Wall time after which a partition is compacted again although it has no new segments: tombstones grow old.
const COMPACT_AGAIN: Duration = Duration::from_secs(60);

/// Goes by what the controller says, for ever; the controller itself has nothing to hear.
pub(super) async fn follow(broker: &Arc<Broker>) {
    let Some(first) = broker.members.first().filter(|first| first.id != broker.id) else { return std::future::pending().await };
    let mut client = None;
    loop {
        let version = *broker.topics.changes().borrow();
        let said = async {
            let client = match &mut client {
                Some(client) => client,
                None => client.insert(MemberClient::connect(first, &broker.node.config().token).await?),
            };
            client.say(&Word::Follow { id: broker.id, version }).await
        };
        match said.await {
            Ok(Said::State(state)) => tell(broker.topics.apply(*state)),
            Ok(_) => {}
            Err(_) => {
                // It is starting, stopped or gone. Everything goes on as it was agreed on last.
                client = None;
                tokio::time::sleep(ISR_EVERY).await;
            }
        }
    }
}

/// Tells who is in sync, and as the controller who is away; for ever.
pub(super) async fn watch(broker: &Arc<Broker>) {
    if broker.members.len() == 1 {
        return std::future::pending().await;
    }
    let lag_ns = u64::try_from(broker.node.dilated_ms(limits::REPLICA_LAG_MS).as_nanos()).unwrap_or(u64::MAX);
    let mut tick = tokio::time::interval(ISR_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        if let Some(controller) = &broker.controller {
            match controller.expire(&broker.topics) {
                Ok(said) => tell(said),
                Err((_, why)) => broken(broker, "storage", why),
            }
        }
        let changes = isr_changes(broker, lag_ns);
        if !changes.is_empty() && broker.tell_isr(changes).await.is_err() {
            broker.node.failed("controller_unreachable");
        }
    }
}

fn isr_changes(broker: &Broker, lag_ns: u64) -> Vec<Change> {
    let now_ns = clock::now_ns();
    let away = &broker.topics.state().away;
    let mut changes = Vec::new();
    for topic in broker.topics.all() {
        for (number, partition) in topic.partitions.iter().enumerate() {
            let Some((epoch, mut isr)) = partition.as_ref().and_then(|partition| partition.other_isr(now_ns, lag_ns)) else { continue };
            isr.retain(|id| !away.contains(id));
            changes.push(Change::Isr { topic: topic.name.clone(), partition: number, epoch, isr });
        }
    }
    changes
}

/// Retention, compaction and flush, for ever.
pub(super) async fn clean(broker: &Arc<Broker>) {
    let mut compacted = BTreeMap::new();
    let mut tick = tokio::time::interval(ROUND_EVERY);
    tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tick.tick().await;
        let now_ms = i64::try_from(clock::unix_us() / 1000).unwrap_or(i64::MAX);
        // Settings are in life; records carry the clients' wall time.
        let life = |ms: i64| (ms as f64 * broker.node.config().dilation) as i64;
        if let Err(error) = broker.coordinator.flush_now_and_then().await {
            broken(broker, "storage", format!("committed offsets could not be flushed, and are written anew with the next: {error}"));
        }
        for topic in broker.topics.all() {
            for (number, partition) in topic.partitions.iter().enumerate() {
                let Some(partition) = partition else { continue };
                match partition.retain(now_ms, life) {
                    Ok(0) => {}
                    Ok(gone) => broker.node.count("segments_removed", gone as u64),
                    Err(error) => broken(broker, "storage", format!("{}/{number}: retention failed: {error}", topic.name)),
                }
                if broker.settings.flush == Flush::EverySecond
                    && let Err(error) = partition.flush(partition.end_offset()).await
                {
                    broken(broker, "storage", format!("{}/{number}: the flush failed, restart the node: {error}", topic.name));
                }
                let Some((settings, closed)) = partition.to_compact() else { continue };
                let key = (topic.name.clone(), number);
                if !is_due(&mut compacted, &key, &closed) {
                    continue;
                }
                let before_ms = now_ms.saturating_sub(life(settings.delete_retention_ms));
                let working = partition.clone();
                let done = tokio::task::spawn_blocking(move || {
                    let rewritten = compaction::compact(&closed, before_ms)?;
                    rewritten.iter().try_for_each(|(base, path)| working.swap(*base, path)).map(|()| rewritten.len())
                });
                match done.await.map_err(std::io::Error::other).flatten() {
                    Ok(0) => {}
                    Ok(some) => broker.node.count("segments_compacted", some as u64),
                    Err(error) => broken(broker, "storage", format!("{}/{number}: compaction failed: {error}", topic.name)),
                }
            }
        }
    }
}

/// Which closed segments a partition had when it was compacted last, and when that was.
type Compacted = BTreeMap<(String, usize), (Closed, tokio::time::Instant)>;

fn is_due(compacted: &mut Compacted, key: &(String, usize), closed: &[(i64, PathBuf)]) -> bool {
    let now = tokio::time::Instant::now();
    let due = compacted.get(key).is_none_or(|(before, at)| before != closed || now.duration_since(*at) > COMPACT_AGAIN);
    if due {
        compacted.insert(key.clone(), (closed.to_vec(), now));
    }
    due
}

/// Tells a person.
pub(super) fn tell(said: Vec<String>) {
    for message in said {
        say(&FromNode::Event { message });
    }
}

fn broken(broker: &Broker, reason: &str, message: String) {
    broker.node.failed(reason);
    say(&FromNode::Event { message });
}
