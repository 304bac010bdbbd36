//! DeleteRecords: records before an offset are not read any more; -1 means all that are visible. Replicas hear of it with their next fetch.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_records_request::DeleteRecordsPartition;
use kafka_protocol::messages::delete_records_response::{DeleteRecordsPartitionResult, DeleteRecordsTopicResult};
use kafka_protocol::messages::{DeleteRecordsRequest, DeleteRecordsResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::topics::Topic;

pub(super) fn begin(broker: &Broker, call: &Call, request: &DeleteRecordsRequest) -> Result<Answer, Broken> {
    let topics = request.topics.iter().map(|asked| {
        let topic = broker.topics.get(&asked.name);
        let parts = asked.partitions.iter().map(|part| {
            let answer = DeleteRecordsPartitionResult::default().with_partition_index(part.partition_index);
            match delete(topic.as_deref(), part) {
                Ok(first) => answer.with_low_watermark(first),
                Err(error) => answer.with_error_code(error.code()).with_low_watermark(-1),
            }
        });
        DeleteRecordsTopicResult::default().with_name(asked.name.clone()).with_partitions(parts.collect())
    });
    call.now(&DeleteRecordsResponse::default().with_topics(topics.collect()))
}

fn delete(topic: Option<&Topic>, part: &DeleteRecordsPartition) -> Result<i64, ResponseError> {
    let partition = super::led(topic, part.partition_index)?;
    if topic.is_some_and(|topic| !topic.settings.delete) {
        return Err(ResponseError::PolicyViolation);
    }
    partition.delete_before(part.offset)
}
