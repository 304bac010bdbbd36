//! ListOffsets: the first and the next offset of a partition, and the first at or after a time. Times are found to the batch, since
//! batches are never opened: a consumer may see some earlier records of the same batch.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::partition::{LEADER_EPOCH, Wanted};
use super::super::topics::Topic;

pub(super) fn begin(broker: &Broker, call: &Call, request: &ListOffsetsRequest) -> Result<Answer, Broken> {
    let topics = request.topics.iter().map(|asked| {
        let topic = broker.topics.get(&asked.name);
        let parts = asked.partitions.iter().map(|part| {
            let answer = ListOffsetsPartitionResponse::default().with_partition_index(part.partition_index);
            match find(topic.as_deref(), part.partition_index, part.timestamp) {
                Ok((offset, timestamp_ms)) => {
                    let answer = answer.with_offset(offset).with_timestamp(timestamp_ms);
                    if call.version >= 4 { answer.with_leader_epoch(LEADER_EPOCH) } else { answer }
                }
                Err(error) => answer.with_error_code(error.code()).with_offset(-1).with_timestamp(-1),
            }
        });
        ListOffsetsTopicResponse::default().with_name(asked.name.clone()).with_partitions(parts.collect())
    });
    call.now(&ListOffsetsResponse::default().with_topics(topics.collect()))
}

fn find(topic: Option<&Topic>, index: i32, timestamp: i64) -> Result<(i64, i64), ResponseError> {
    let slot = topic.and_then(|topic| topic.partitions.get(usize::try_from(index).ok()?)).ok_or(ResponseError::UnknownTopicOrPartition)?;
    let partition = slot.as_ref().ok_or(ResponseError::NotLeaderOrFollower)?;
    let wanted = match timestamp {
        -1 => Wanted::Latest,
        -2 => Wanted::Earliest,
        0.. => Wanted::Since(timestamp),
        _ => return Err(ResponseError::InvalidRequest),
    };
    partition.offset_of(wanted).map_err(|_| ResponseError::KafkaStorageError)
}
