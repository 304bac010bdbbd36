//! OffsetForLeaderEpoch: where a leader's epoch ended, for replicas and consumers that have to find out what of theirs still holds.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_for_leader_epoch_request::OffsetForLeaderPartition;
use kafka_protocol::messages::offset_for_leader_epoch_response::{EpochEndOffset, OffsetForLeaderTopicResult};
use kafka_protocol::messages::{OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::topics::Topic;

pub(super) fn begin(broker: &Broker, call: &Call, request: &OffsetForLeaderEpochRequest) -> Result<Answer, Broken> {
    let topics = request.topics.iter().map(|asked| {
        let topic = broker.topics.get(&asked.topic);
        let parts = asked.partitions.iter().map(|part| {
            let answer = EpochEndOffset::default().with_partition(part.partition);
            match find(topic.as_deref(), part) {
                Ok((epoch, end)) => answer.with_leader_epoch(epoch).with_end_offset(end),
                Err(error) => answer.with_error_code(error.code()).with_leader_epoch(-1).with_end_offset(-1),
            }
        });
        OffsetForLeaderTopicResult::default().with_topic(asked.topic.clone()).with_partitions(parts.collect())
    });
    call.now(&OffsetForLeaderEpochResponse::default().with_topics(topics.collect()))
}

fn find(topic: Option<&Topic>, part: &OffsetForLeaderPartition) -> Result<(i32, i64), ResponseError> {
    let partition = super::led(topic, part.partition)?;
    partition.check_epoch(part.current_leader_epoch)?;
    Ok(partition.end_of_epoch(part.leader_epoch))
}
