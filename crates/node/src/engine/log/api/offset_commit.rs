//! OffsetCommit: how far a group has come.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_commit_response::{OffsetCommitResponsePartition, OffsetCommitResponseTopic};
use kafka_protocol::messages::{OffsetCommitRequest, OffsetCommitResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::offsets::Committed;
use super::code;

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: &OffsetCommitRequest) -> Result<Answer, Broken> {
    let offsets: Vec<Committed> = request
        .topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|part| (topic.name.as_str(), part)))
        .map(|(topic, part)| Committed {
            group: request.group_id.as_str().to_owned(),
            topic: topic.to_owned(),
            partition: part.partition_index,
            offset: part.committed_offset,
            text: part.committed_metadata.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default(),
        })
        .collect();
    let stored = if broker.coordinates() {
        let instance = request.group_instance_id.as_ref().map(|id| id.as_str());
        let member = (request.member_id.as_str(), instance, request.generation_id_or_member_epoch);
        broker.coordinator.commit(&request.group_id, member, offsets)
    } else {
        Err(ResponseError::NotCoordinator)
    };
    let mut each = stored.iter().flatten();
    let topics = request.topics.iter().map(|topic| {
        let parts = topic.partitions.iter().map(|part| {
            // In the order in which they were given; a failure of the whole is the failure of each.
            let error = each.next().map_or_else(|| code(&stored), code);
            OffsetCommitResponsePartition::default().with_partition_index(part.partition_index).with_error_code(error)
        });
        OffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(parts.collect())
    });
    let answer = OffsetCommitResponse::default().with_topics(topics.collect());
    let broker = broker.clone();
    call.later(async move {
        broker.kept_offsets().await;
        answer
    })
}
