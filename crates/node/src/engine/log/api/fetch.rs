//! Fetch: visible batches from given offsets on. Without any it waits for an append; a fetch that returns records is one `fetch` of the
//! envelope. Fetch sessions are not offered: every request lists all its partitions (session id 0).

use std::sync::Arc;
use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::fetch_response::{FetchableTopicResponse, PartitionData};
use kafka_protocol::messages::{BrokerId, FetchRequest, FetchResponse};
use tokio::sync::Notify;

use super::super::connection::{Answer, Broken, Call};
use super::super::partition::{Partition, Slice};
use super::super::{Broker, limits};
use crate::runtime::clock;

/// What one look at all partitions gave.
struct Found {
    answer: FetchResponse,
    bytes: usize,
    records: u64,
    /// A partition has an error, which the client should know at once.
    failed: bool,
}

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: FetchRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    let arrival_ns = call.arrival_ns;
    call.later(fetch(broker, arrival_ns, request))
}

async fn fetch(broker: Arc<Broker>, mut arrival_ns: u64, request: FetchRequest) -> FetchResponse {
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or(0)).min(limits::FETCH_WAIT);
    let deadline = tokio::time::Instant::now() + wait;
    let enough = usize::try_from(request.min_bytes).unwrap_or(0).min(limits::FETCH_BYTES);
    let found = loop {
        // Registered before the look, so that an append between the look and the wait is not missed.
        let waker = Arc::new(Notify::new());
        for partition in partitions(&broker, &request) {
            partition.wake(&waker);
        }
        let found = look(&broker, &request);
        if found.failed || found.bytes >= enough {
            break found;
        }
        if tokio::time::timeout_at(deadline, waker.notified()).await.is_err() {
            break found;
        }
        arrival_ns = clock::now_ns();
    };
    if found.records == 0 {
        return found.answer;
    }
    let Ok(ticket) = broker.node.admit_now("fetch", arrival_ns) else {
        return refused(&request);
    };
    broker.node.finish(&ticket).await;
    broker.node.release(ticket);
    broker.node.count("records_out", found.records);
    broker.node.count("bytes_out", found.bytes as u64);
    found.answer
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

fn look(broker: &Broker, request: &FetchRequest) -> Found {
    let mut left = usize::try_from(request.max_bytes).unwrap_or(0).min(limits::FETCH_BYTES);
    let mut found = Found { answer: FetchResponse::default(), bytes: 0, records: 0, failed: false };
    for asked in &request.topics {
        let topic = broker.topics.get(&asked.topic);
        let mut answers = Vec::with_capacity(asked.partitions.len());
        for part in &asked.partitions {
            let data = PartitionData::default().with_partition_index(part.partition).with_preferred_read_replica(BrokerId(-1));
            let slot = topic.as_ref().and_then(|topic| topic.partitions.get(usize::try_from(part.partition).ok()?));
            let read = match slot {
                None => Err(ResponseError::UnknownTopicOrPartition),
                Some(None) => Err(ResponseError::NotLeaderOrFollower),
                Some(Some(partition)) => {
                    let at_most = usize::try_from(part.partition_max_bytes).unwrap_or(0).min(left);
                    let read = partition.read(part.fetch_offset, at_most, found.bytes == 0);
                    read.map(|slice| (slice, partition.bounds())).map_err(|_| ResponseError::KafkaStorageError)
                }
            };
            answers.push(match read {
                Ok((Slice::Records { bytes, records }, (start, end))) => {
                    left = left.saturating_sub(bytes.len());
                    found.bytes += bytes.len();
                    found.records += records;
                    data.with_high_watermark(end).with_last_stable_offset(end).with_log_start_offset(start).with_records(Some(bytes))
                }
                Ok((Slice::OutOfRange, (start, end))) => {
                    found.failed = true;
                    let error = ResponseError::OffsetOutOfRange.code();
                    data.with_error_code(error).with_high_watermark(end).with_last_stable_offset(end).with_log_start_offset(start)
                }
                Err(error) => {
                    found.failed = true;
                    data.with_error_code(error.code()).with_high_watermark(-1)
                }
            });
        }
        found.answer.responses.push(FetchableTopicResponse::default().with_topic(asked.topic.clone()).with_partitions(answers));
    }
    found
}

/// The envelope's queue is full: every partition has an error that makes a client wait and try again.
fn refused(request: &FetchRequest) -> FetchResponse {
    let topics = request.topics.iter().map(|asked| {
        let parts = asked.partitions.iter().map(|part| {
            PartitionData::default()
                .with_partition_index(part.partition)
                .with_error_code(ResponseError::BrokerNotAvailable.code())
                .with_high_watermark(-1)
        });
        FetchableTopicResponse::default().with_topic(asked.topic.clone()).with_partitions(parts.collect())
    });
    FetchResponse::default().with_responses(topics.collect())
}
