//! Produce: record batches, checked and stored as they come. Each is one `append` of the envelope; the answer is due when the last of
//! the request is finished. With acks=0 there is none.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::produce_response::{PartitionProduceResponse, TopicProduceResponse};
use kafka_protocol::messages::{ProduceRequest, ProduceResponse};

use super::super::Broker;
use super::super::batch::{self, BadBatch};
use super::super::connection::{Answer, Broken, Call};
use super::super::partition::Partition;
use super::super::topics::Topic;
use crate::runtime::{Ticket, clock};

/// A batch that is stored and not visible before its ticket is due.
struct Pending {
    partition: Arc<Partition>,
    base_offset: i64,
    records: i64,
    ticket: Ticket,
}

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: ProduceRequest) -> Result<Answer, Broken> {
    let refused = match (request.acks, &request.transactional_id) {
        (_, Some(_)) => Some(ResponseError::InvalidTxnState),
        (-1..=1, None) => None,
        _ => Some(ResponseError::InvalidRequiredAcks),
    };
    let mut pending = Vec::new();
    let mut topics = Vec::with_capacity(request.topic_data.len());
    for data in request.topic_data {
        let topic = broker.topics.get(&data.name);
        let answers = data.partition_data.into_iter().map(|part| {
            let appended = match refused {
                Some(error) => Err(error),
                None => append(broker, call.arrival_ns, topic.as_deref(), part.index, part.records.unwrap_or_default()),
            };
            let answer = PartitionProduceResponse::default().with_index(part.index).with_log_append_time_ms(-1);
            match appended {
                Ok(stored) => {
                    let base_offset = stored.base_offset;
                    pending.push(stored);
                    answer.with_base_offset(base_offset).with_log_start_offset(0)
                }
                Err(error) => answer.with_error_code(error.code()).with_base_offset(-1).with_log_start_offset(-1),
            }
        });
        topics.push(TopicProduceResponse::default().with_partition_responses(answers.collect()).with_name(data.name));
    }
    let answer = ProduceResponse::default().with_responses(topics);
    let encoded = if request.acks == 0 { Ok(None) } else { call.encode(&answer) };
    // A task of its own: what is stored becomes visible also when the client is gone, or waits for earlier answers.
    let finishing = tokio::spawn(finish(broker.clone(), pending));
    Ok(Box::pin(async move {
        finishing.await.map_err(|_| Broken::BadAnswer)?;
        encoded
    }))
}

fn append(broker: &Broker, arrival_ns: u64, topic: Option<&Topic>, index: i32, bytes: Bytes) -> Result<Pending, ResponseError> {
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
    let ticket = broker.node.admit_now("append", arrival_ns).map_err(|_| ResponseError::RequestTimedOut)?;
    let size = bytes.len() as u64;
    let base_offset = partition.append(header, bytes).map_err(|_| {
        broker.node.failed("storage");
        ResponseError::KafkaStorageError
    })?;
    broker.node.count("records_in", header.records.unsigned_abs());
    broker.node.count("bytes_in", size);
    let pending = Pending { partition, base_offset, records: header.records, ticket };
    if pending.ticket.due_ns <= clock::now_ns() {
        pending.partition.finish(pending.base_offset, pending.records);
    }
    Ok(pending)
}

/// Makes the batches visible, each at its time.
async fn finish(broker: Arc<Broker>, mut pending: Vec<Pending>) {
    pending.sort_by_key(|stored| stored.ticket.due_ns);
    for stored in pending {
        broker.node.finish(&stored.ticket).await;
        stored.partition.finish(stored.base_offset, stored.records);
        broker.node.release(stored.ticket);
    }
}
