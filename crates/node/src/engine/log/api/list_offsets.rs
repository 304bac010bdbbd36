//! ListOffsets: the first and the next offset of a partition, and the first at or after a time. In batches that are compressed times are
//! found to the batch, since those are never opened: a consumer may see some earlier records of the same batch.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_offsets_request::ListOffsetsPartition;
use kafka_protocol::messages::list_offsets_response::{ListOffsetsPartitionResponse, ListOffsetsTopicResponse};
use kafka_protocol::messages::{ListOffsetsRequest, ListOffsetsResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::partition::Wanted;
use super::super::topics::Topic;

pub(super) fn begin(broker: &Broker, call: &Call, request: &ListOffsetsRequest) -> Result<Answer, Broken> {
    let topics = request.topics.iter().map(|asked| {
        let topic = broker.topics.get(&asked.name);
        let parts = asked.partitions.iter().map(|part| {
            let answer = ListOffsetsPartitionResponse::default().with_partition_index(part.partition_index);
            match find(topic.as_deref(), part) {
                Ok((epoch, offset, timestamp_ms)) => {
                    let answer = answer.with_offset(offset).with_timestamp(timestamp_ms);
                    if call.version >= 4 { answer.with_leader_epoch(epoch) } else { answer }
                }
                Err(error) => answer.with_error_code(error.code()).with_offset(-1).with_timestamp(-1),
            }
        });
        ListOffsetsTopicResponse::default().with_name(asked.name.clone()).with_partitions(parts.collect())
    });
    call.now(&ListOffsetsResponse::default().with_topics(topics.collect()))
}

fn find(topic: Option<&Topic>, part: &ListOffsetsPartition) -> Result<(i32, i64, i64), ResponseError> {
    let partition = super::led(topic, part.partition_index)?;
    let epoch = partition.check_epoch(part.current_leader_epoch)?;
    let wanted = match part.timestamp {
        -1 => Wanted::Latest,
        -2 => Wanted::Earliest,
        0.. => Wanted::Since(part.timestamp),
        _ => return Err(ResponseError::InvalidRequest),
    };
    partition.offset_of(wanted).map(|(offset, timestamp_ms)| (epoch, offset, timestamp_ms))
}
