//! Produce: record batches, checked and stored as they come. Each is one `append` of the envelope; the answer is due when the last of
//! the request is finished, and with acks=all when every replica in sync has it. With acks=0 there is none.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};

use super::super::Broker;
use super::super::batch::{self, BadBatch};
use super::super::connection::{Answer, Broken, Call};
use super::super::partition::{Appended, Partition};
use super::super::settings::Flush;
use super::super::topics::Topic;
use crate::runtime::{Ticket, clock};

/// A batch that is stored and not finished before its ticket is due.
struct Pending {
    partition: Arc<Partition>,
    appended: Appended,
    ticket: Ticket,
}

/// Where in the answer a batch is told of, and what has to be reached before it is.
struct Waiting {
    topic: usize,
    part: usize,
    partition: Arc<Partition>,
    appended: Appended,
}

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: ProduceRequest) -> Result<Answer, Broken> {
    let refused = match (request.acks, &request.transactional_id) {
        (_, Some(_)) => Some(ResponseError::InvalidTxnState),
        (-1..=1, None) => None,
        _ => Some(ResponseError::InvalidRequiredAcks),
    };
    let all = request.acks == -1;
    let (mut pending, mut waiting) = (Vec::new(), Vec::new());
    let mut topics = Vec::with_capacity(request.topic_data.len());
    for data in request.topic_data {
        let topic = broker.topics.get(&data.name);
        let mut parts = Vec::with_capacity(data.partition_data.len());
        for part in data.partition_data {
            let appended = match refused {
                Some(error) => Err(error),
                None => append(broker, call.arrival_ns, topic.as_deref(), part.index, part.records.unwrap_or_default(), all),
            };
            let answer = PartitionProduceResponse::default().with_index(part.index).with_log_append_time_ms(-1);
            parts.push(match appended {
                Ok(stored) => {
                    let (partition, appended) = (stored.partition.clone(), stored.appended);
                    let (start, _) = partition.bounds();
                    waiting.push(Waiting { topic: topics.len(), part: parts.len(), partition, appended });
                    pending.push(stored);
                    answer.with_base_offset(appended.base_offset).with_log_start_offset(start)
                }
                Err(error) => answer.with_error_code(error.code()).with_base_offset(-1).with_log_start_offset(-1),
            });
        }
        topics.push(TopicProduceResponse::default().with_partition_responses(parts).with_name(data.name));
    }
    let mut answer = ProduceResponse::default().with_responses(topics);
    let finishing = finish(broker, pending);
    let wait = Duration::from_millis(u64::try_from(request.timeout_ms).unwrap_or(0));
    if finishing.is_none() && waiting.iter().all(|waiting| waiting.partition.is_acknowledged(&waiting.appended)) {
        let encoded = if request.acks == 0 { Ok(None) } else { call.encode(&answer) };
        return Ok(Box::pin(std::future::ready(encoded)));
    }
    Ok(Box::pin(async move {
        if let Some(finishing) = finishing {
            finishing.await.map_err(|_| Broken::BadAnswer)?;
        }
        if request.acks == 0 {
            return Ok(None);
        }
        let deadline = tokio::time::Instant::now() + wait;
        for Waiting { topic, part, partition, appended } in waiting {
            let left = deadline.saturating_duration_since(tokio::time::Instant::now());
            let Err(error) = partition.acknowledged(&appended, all, left).await else { continue };
            if let Some(part) = answer.responses.get_mut(topic).and_then(|topic| topic.partition_responses.get_mut(part)) {
                part.error_code = error.code();
                part.base_offset = -1;
            }
        }
        call.encode(&answer)
    }))
}

fn append(broker: &Broker, arrival_ns: u64, topic: Option<&Topic>, index: i32, bytes: Bytes, all: bool) -> Result<Pending, ResponseError> {
    // Another broker may know the topic already while this one is being told: clients retry after this error, and give up after the other.
    let unknown = if broker.members.len() > 1 { ResponseError::NotLeaderOrFollower } else { ResponseError::UnknownTopicOrPartition };
    let topic = topic.ok_or(unknown)?;
    let slot = usize::try_from(index).ok().and_then(|index| topic.partitions.get(index)).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let partition = slot.clone().ok_or(ResponseError::NotLeaderOrFollower)?;
    let header = batch::check(&bytes).map_err(|bad| match bad {
        BadBatch::Corrupt => ResponseError::CorruptMessage,
        BadBatch::OldFormat => ResponseError::UnsupportedForMessageFormat,
        BadBatch::TooLarge => ResponseError::MessageTooLarge,
        BadBatch::Invalid => ResponseError::InvalidRecord,
    })?;
    partition.may_append(all)?;
    let ticket = broker.node.admit_now("append", arrival_ns).map_err(|_| ResponseError::RequestTimedOut)?;
    let appended = partition.append(header, &bytes).inspect_err(|error| {
        if *error == ResponseError::KafkaStorageError {
            broker.node.failed("storage");
        }
    })?;
    if appended.is_new {
        broker.node.count("records_in", header.records.unsigned_abs());
        broker.node.count("bytes_in", bytes.len() as u64);
    } else {
        broker.node.count("duplicates_dropped", header.records.unsigned_abs());
    }
    Ok(Pending { partition, appended, ticket })
}

/// Finishes each batch at its time, those that are due already at once; the rest in a task of its own, since what is stored becomes
/// visible also when the client is gone, or waits for earlier answers.
fn finish(broker: &Arc<Broker>, mut pending: Vec<Pending>) -> Option<tokio::task::JoinHandle<()>> {
    let flush = broker.settings.flush == Flush::EachBatch;
    let now_ns = clock::now_ns();
    if !flush {
        for stored in &pending {
            if stored.ticket.due_ns <= now_ns {
                stored.partition.finish(stored.appended.end_offset);
            }
        }
        if pending.iter().all(|stored| stored.ticket.is_due(now_ns)) {
            return None;
        }
    }
    pending.sort_by_key(|stored| stored.ticket.due_ns);
    let broker = broker.clone();
    Some(tokio::spawn(async move {
        for stored in pending {
            if flush && stored.partition.flush(stored.appended.end_offset).await.is_err() {
                // It stays unfinished, so nobody is told that it is safe.
                broker.node.failed("storage");
                continue;
            }
            broker.node.finish(&stored.ticket).await;
            stored.partition.finish(stored.appended.end_offset);
            broker.node.release(stored.ticket);
        }
    }))
}
