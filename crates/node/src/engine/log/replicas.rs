//! Copying partitions that others lead: one connection to each other broker, over which all partitions that it leads and this one holds
//! are fetched, as a consumer would. A fetch says by its offset what is here already; that moves the leader's high watermark.
//!
//! Each chunk of batches of a partition is one `append` of this broker's envelope.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kafka_protocol::messages::{BrokerId, FetchRequest, OffsetForLeaderEpochRequest, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::members::{Member, MemberClient};
use super::partition::{CopyFrom, Partition};
use super::settings::Flush;
use super::{Broker, limits};
use crate::runtime::clock;

/// After something failed.
const PAUSE: Duration = Duration::from_millis(50);

/// A partition that is copied.
struct Copied {
    topic: String,
    number: i32,
    partition: Arc<Partition>,
    from: CopyFrom,
}

/// Copies from every other broker, for ever.
pub(super) async fn copy(broker: &Arc<Broker>) {
    let others = broker.members.iter().filter(|member| member.id != broker.id);
    futures_util::future::join_all(others.map(|member| copy_from(broker, member))).await;
    std::future::pending().await
}

async fn copy_from(broker: &Arc<Broker>, leader: &Member) {
    let mut changes = broker.topics.changes();
    let mut client = None;
    loop {
        changes.borrow_and_update();
        let copied = copied(broker, leader.id);
        if copied.is_empty() {
            client = None;
            if changes.changed().await.is_err() {
                return;
            }
            continue;
        }
        tokio::select! {
            // Another state may give more to copy: the next round asks for it.
            changed = changes.changed() => {
                client = None;
                if changed.is_err() {
                    return;
                }
            }
            done = round(broker, leader, &mut client, copied) => {
                if done.is_err() {
                    client = None;
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }
}

fn copied(broker: &Broker, leader: i32) -> Vec<Copied> {
    let mut all = Vec::new();
    for topic in broker.topics.all() {
        for (partition, number) in topic.partitions.iter().zip(0..) {
            let Some(partition) = partition else { continue };
            if let Some(from) = partition.copy_from(leader) {
                all.push(Copied { topic: topic.name.clone(), number, partition: partition.clone(), from });
            }
        }
    }
    all
}

async fn round(broker: &Arc<Broker>, leader: &Member, client: &mut Option<MemberClient>, copied: Vec<Copied>) -> Result<(), String> {
    let client = match client {
        Some(client) => client,
        None => client.insert(MemberClient::connect(leader, &broker.node.config().token).await?),
    };
    if copied.iter().any(|copied| copied.from.align.is_some()) {
        return align(client, broker.id, &copied).await;
    }
    let topics = copied.iter().map(|copied| {
        let part = FetchPartition::default()
            .with_partition(copied.number)
            .with_current_leader_epoch(copied.from.epoch)
            .with_fetch_offset(copied.from.offset)
            .with_partition_max_bytes(i32::try_from(limits::FETCH_BYTES).unwrap_or(i32::MAX));
        FetchTopic::default().with_topic(name(&copied.topic)).with_partitions(vec![part])
    });
    let request = FetchRequest::default()
        .with_replica_id(BrokerId(broker.id))
        .with_max_wait_ms(i32::try_from(limits::COPY_WAIT.as_millis()).unwrap_or(i32::MAX))
        .with_min_bytes(1)
        .with_max_bytes(i32::try_from(limits::FETCH_BYTES).unwrap_or(i32::MAX))
        .with_topics(topics.collect());
    let answer = client.call(&request, 11).await?;
    let parts = answer.responses.iter().flat_map(|topic| &topic.partitions);
    let mut failed = Ok(());
    for (copied, part) in copied.iter().zip(parts) {
        if let Err(why) = take(broker, copied, part).await {
            failed = Err(why);
        }
    }
    failed
}

/// What came for one partition.
async fn take(broker: &Arc<Broker>, copied: &Copied, part: &PartitionData) -> Result<(), String> {
    let storage = |error: std::io::Error| {
        broker.node.failed("storage");
        error.to_string()
    };
    match ResponseError::try_from_code(part.error_code) {
        None => {}
        Some(ResponseError::OffsetOutOfRange) => {
            copied.partition.realign(copied.from.epoch, part.log_start_offset).map_err(storage)?;
            return Err("the leader has no such offset".to_owned());
        }
        Some(error) => return Err(error.to_string()),
    }
    let bytes = part.records.as_ref().unwrap_or(&EMPTY);
    let leaders = (part.high_watermark, part.log_start_offset);
    if bytes.is_empty() {
        copied.partition.copy(copied.from.epoch, bytes, leaders).map_err(storage)?;
        return Ok(());
    }
    let ticket = broker.node.admit_now("append", clock::now_ns()).map_err(|refusal| refusal.to_string())?;
    let records = copied.partition.copy(copied.from.epoch, bytes, leaders).map_err(storage)?;
    if broker.settings.flush == Flush::EachBatch {
        copied.partition.flush(copied.partition.end_offset()).await.map_err(storage)?;
    }
    broker.node.finish(&ticket).await;
    broker.node.release(ticket);
    broker.node.count("records_copied", records.unsigned_abs());
    Ok(())
}

static EMPTY: Bytes = Bytes::new();

/// Asks the leader where the epochs of this broker's ends ended for it, and cuts what is after.
async fn align(client: &mut MemberClient, me: i32, copied: &[Copied]) -> Result<(), String> {
    let asked: Vec<(&Copied, i32)> = copied.iter().filter_map(|copied| Some((copied, copied.from.align?))).collect();
    let topics = asked.iter().map(|(copied, last)| {
        let part = OffsetForLeaderPartition::default()
            .with_partition(copied.number)
            .with_current_leader_epoch(copied.from.epoch)
            .with_leader_epoch(*last);
        OffsetForLeaderTopic::default().with_topic(name(&copied.topic)).with_partitions(vec![part])
    });
    let request = OffsetForLeaderEpochRequest::default().with_replica_id(BrokerId(me)).with_topics(topics.collect());
    let answer = client.call(&request, 3).await?;
    let parts = answer.topics.iter().flat_map(|topic| &topic.partitions);
    let mut failed = Ok(());
    for ((copied, _), part) in asked.iter().zip(parts) {
        match ResponseError::try_from_code(part.error_code) {
            None => copied.partition.align(copied.from.epoch, (part.leader_epoch, part.end_offset)).map_err(|error| error.to_string())?,
            Some(error) => failed = Err(error.to_string()),
        }
    }
    failed
}

fn name(topic: &str) -> TopicName {
    TopicName(StrBytes::from_string(topic.to_owned()))
}
