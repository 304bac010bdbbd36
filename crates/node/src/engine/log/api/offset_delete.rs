//! OffsetDelete: a group forgets how far it has come in some partitions.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_delete_response::{OffsetDeleteResponsePartition, OffsetDeleteResponseTopic};
use kafka_protocol::messages::{OffsetDeleteRequest, OffsetDeleteResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::code;

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: OffsetDeleteRequest) -> Result<Answer, Broken> {
    if !broker.coordinates() {
        return call.now(&OffsetDeleteResponse::default().with_error_code(ResponseError::NotCoordinator.code()));
    }
    if broker.coordinator.describe(&request.group_id).is_none() {
        return call.now(&OffsetDeleteResponse::default().with_error_code(ResponseError::GroupIdNotFound.code()));
    }
    let topics = request.topics.iter().map(|topic| {
        let parts = topic.partitions.iter().map(|part| {
            let gone = broker.coordinator.forget(&request.group_id, &topic.name, part.partition_index);
            OffsetDeleteResponsePartition::default().with_partition_index(part.partition_index).with_error_code(code(&gone))
        });
        OffsetDeleteResponseTopic::default().with_name(topic.name.clone()).with_partitions(parts.collect())
    });
    let mut answer = OffsetDeleteResponse::default().with_topics(topics.collect());
    let broker = broker.clone();
    call.later(async move {
        if let Err(error) = broker.kept_offsets().await {
            answer.error_code = error.code();
        }
        answer
    })
}
