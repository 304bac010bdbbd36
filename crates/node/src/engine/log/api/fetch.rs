//! Fetch: visible batches from given offsets on, for consumers and for replicas. Without any it waits for an append; a fetch that returns
//! records is one `fetch` of the envelope. Fetch sessions are not offered: every request lists all its partitions (session id 0).
//!
//! Batches go from the file to the socket; so the answer is put together here, in the few versions that are served.

use std::sync::Arc;
use std::time::Duration;

use bytes::{BufMut, BytesMut};
use kafka_protocol::ResponseError;
use kafka_protocol::messages::FetchRequest;
use kafka_protocol::messages::fetch_request::FetchPartition;
use tokio::sync::Notify;

use super::super::connection::{Answer, Broken, Call};
use super::super::partition::{Partition, Slice};
use super::super::reply::Reply;
use super::super::{Broker, limits};
use crate::runtime::clock;

/// What one look at all partitions gave, topic by topic.
struct Found {
    topics: Vec<Vec<Part>>,
    bytes: usize,
    records: u64,
    /// There is more than fits, so waiting would not give more.
    full: bool,
    /// A partition has an error, which the client should know at once.
    failed: bool,
}

/// The answer for one partition.
struct Part {
    index: i32,
    error: Option<ResponseError>,
    slice: Slice,
}

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: FetchRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    Ok(Box::pin(async move {
        let found = fetch(&broker, call.arrival_ns, &request).await;
        call.framed(encode(call.version, &request, found))
    }))
}

async fn fetch(broker: &Arc<Broker>, mut arrival_ns: u64, request: &FetchRequest) -> Found {
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(limits::FETCH_WAIT);
    let deadline = tokio::time::Instant::now() + wait;
    let enough = usize::try_from(request.min_bytes).unwrap_or(0).min(limits::FETCH_BYTES);
    let replica = (request.replica_id.0 >= 0).then_some(request.replica_id.0);
    let found = loop {
        // Registered before the look, so that an append between the look and the wait is not missed.
        let waker = Arc::new(Notify::new());
        for partition in partitions(broker, request) {
            partition.wake(&waker, replica.is_some());
        }
        let found = look(broker, request, replica);
        if found.failed || found.full || found.bytes >= enough {
            break found;
        }
        if tokio::time::timeout_at(deadline, waker.notified()).await.is_err() {
            break found;
        }
        arrival_ns = clock::now_ns();
    };
    if found.records == 0 {
        return found;
    }
    let Ok(ticket) = broker.node.admit_now("fetch", arrival_ns) else {
        return refused(request);
    };
    broker.node.finish(&ticket).await;
    broker.node.release(ticket);
    if replica.is_none() {
        broker.node.count("records_out", found.records);
        broker.node.count("bytes_out", found.bytes as u64);
    }
    found
}

fn partitions(broker: &Broker, request: &FetchRequest) -> Vec<Arc<Partition>> {
    let mut all = Vec::new();
    for asked in &request.topics {
        let Some(topic) = broker.topics.get(&asked.topic) else { continue };
        let indexes = asked.partitions.iter().filter_map(|part| usize::try_from(part.partition).ok());
        all.extend(indexes.filter_map(|index| topic.partitions.get(index).cloned().flatten()));
    }
    all
}

fn look(broker: &Broker, request: &FetchRequest, replica: Option<i32>) -> Found {
    let mut left = usize::try_from(request.max_bytes).unwrap_or(0).min(limits::FETCH_BYTES);
    let mut found = Found { topics: Vec::with_capacity(request.topics.len()), bytes: 0, records: 0, full: false, failed: false };
    for asked in &request.topics {
        let topic = broker.topics.get(&asked.topic);
        let mut parts = Vec::with_capacity(asked.partitions.len());
        for part in &asked.partitions {
            let slot = topic.as_ref().map(|topic| usize::try_from(part.partition).ok().and_then(|index| topic.partitions.get(index)));
            let read = match slot {
                None | Some(None) => Err(ResponseError::UnknownTopicOrPartition),
                Some(Some(None)) => Err(ResponseError::NotLeaderOrFollower),
                Some(Some(Some(partition))) => {
                    let at_most = usize::try_from(part.partition_max_bytes).unwrap_or(0).min(left);
                    read(partition, part, at_most, found.bytes == 0, replica)
                }
            };
            parts.push(match read {
                Ok(slice) => {
                    if let Some(run) = &slice.run {
                        left = left.saturating_sub(run.size);
                        found.bytes += run.size;
                        found.full |= run.end_offset < slice.high_watermark;
                        found.records += run.records;
                    }
                    Part { index: part.partition, error: None, slice }
                }
                Err(error) => {
                    found.failed = true;
                    // Where the log begins and ends is what a client needs to know that asked outside of it.
                    let known = slot.flatten().and_then(Option::as_ref).filter(|_| error == ResponseError::OffsetOutOfRange);
                    let (start, high_watermark) = known.map_or((-1, -1), |partition| partition.bounds());
                    Part { index: part.partition, error: Some(error), slice: Slice { run: None, start, high_watermark } }
                }
            });
        }
        found.topics.push(parts);
    }
    found
}

fn read(
    partition: &Partition,
    part: &FetchPartition,
    at_most: usize,
    at_least_one: bool,
    replica: Option<i32>,
) -> Result<Slice, ResponseError> {
    partition.check_epoch(part.current_leader_epoch)?;
    partition.read(part.fetch_offset, at_most, at_least_one, replica)
}

/// The envelope's queue is full: every partition has an error that makes a client wait and try again.
fn refused(request: &FetchRequest) -> Found {
    let nothing = || Slice { run: None, start: -1, high_watermark: -1 };
    let part = |part: &FetchPartition| Part { index: part.partition, error: Some(ResponseError::BrokerNotAvailable), slice: nothing() };
    let topics = request.topics.iter().map(|asked| asked.partitions.iter().map(part).collect());
    Found { topics: topics.collect(), bytes: 0, records: 0, full: false, failed: true }
}

/// The answer without its header, in versions 4 to 11.
fn encode(version: i16, request: &FetchRequest, found: Found) -> Reply {
    let mut reply = Reply::default();
    let mut bytes = BytesMut::new();
    bytes.put_i32(0);
    if version >= 7 {
        // No error of the whole, and no session.
        bytes.put_i16(0);
        bytes.put_i32(0);
    }
    put_count(&mut bytes, found.topics.len());
    for (asked, parts) in request.topics.iter().zip(found.topics) {
        bytes.put_i16(i16::try_from(asked.topic.len()).unwrap_or(i16::MAX));
        bytes.extend_from_slice(asked.topic.as_bytes());
        put_count(&mut bytes, parts.len());
        for part in parts {
            bytes.put_i32(part.index);
            bytes.put_i16(part.error.map_or(0, |error| error.code()));
            bytes.put_i64(part.slice.high_watermark);
            // Without transactions everything below the high watermark is stable.
            bytes.put_i64(part.slice.high_watermark);
            if version >= 5 {
                bytes.put_i64(part.slice.start);
            }
            // No aborted transactions.
            bytes.put_i32(0);
            if version >= 11 {
                // Read from the leader.
                bytes.put_i32(-1);
            }
            put_count(&mut bytes, part.slice.run.as_ref().map_or(0, |run| run.size));
            if let Some(run) = part.slice.run {
                reply.bytes(bytes.split().freeze());
                reply.run(run);
            }
        }
    }
    reply.bytes(bytes.freeze());
    reply
}

fn put_count(bytes: &mut BytesMut, count: usize) {
    bytes.put_i32(i32::try_from(count).unwrap_or(i32::MAX));
}
