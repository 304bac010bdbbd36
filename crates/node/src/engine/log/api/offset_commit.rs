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
    let parts = || request.topics.iter().flat_map(|topic| topic.partitions.iter().map(|part| (topic.name.as_str(), part)));
    // What is not there is told each by itself, whatever becomes of the others.
    let known: Vec<bool> = parts().map(|(topic, part)| is_known(broker, topic, part.partition_index)).collect();
    let offsets: Vec<Committed> = parts()
        .zip(&known)
        .filter(|(_, known)| **known)
        .map(|((topic, part), _)| Committed {
            group: request.group_id.as_str().to_owned(),
            topic: topic.to_owned(),
            partition: part.partition_index,
            offset: part.committed_offset,
            text: part.committed_metadata.as_ref().map(|text| text.as_str().to_owned()).unwrap_or_default(),
        })
        .collect();
    let stored = if !broker.coordinates() {
        Err(ResponseError::NotCoordinator)
    } else if offsets.is_empty() && !known.is_empty() {
        Ok(Vec::new())
    } else {
        let instance = request.group_instance_id.as_ref().map(|id| id.as_str());
        let member = (request.member_id.as_str(), instance, request.generation_id_or_member_epoch);
        broker.coordinator.commit(&request.group_id, member, offsets)
    };
    let (mut each, mut known) = (stored.iter().flatten(), known.into_iter());
    let topics = request.topics.iter().map(|topic| {
        let parts = topic.partitions.iter().map(|part| {
            // In the order in which they were given; a failure of the whole is the failure of each.
            let error = match known.next() {
                Some(false) if broker.coordinates() => ResponseError::UnknownTopicOrPartition.code(),
                _ => each.next().map_or_else(|| code(&stored), code),
            };
            OffsetCommitResponsePartition::default().with_partition_index(part.partition_index).with_error_code(error)
        });
        OffsetCommitResponseTopic::default().with_name(topic.name.clone()).with_partitions(parts.collect())
    });
    let mut answer = OffsetCommitResponse::default().with_topics(topics.collect());
    let broker = broker.clone();
    call.later(async move {
        if let Err(error) = broker.kept_offsets().await {
            refuse(&mut answer, error);
        }
        answer
    })
}

fn is_known(broker: &Broker, topic: &str, partition: i32) -> bool {
    broker.topics.get(topic).is_some_and(|topic| usize::try_from(partition).is_ok_and(|partition| partition < topic.agreed.len()))
}

/// Tells of what was stored that it is not safe.
fn refuse(answer: &mut OffsetCommitResponse, error: ResponseError) {
    let parts = answer.topics.iter_mut().flat_map(|topic| &mut topic.partitions);
    parts.filter(|part| part.error_code == 0).for_each(|part| part.error_code = error.code());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flush_that_failed_is_told_for_each_partition_that_was_stored() {
        let part = |error| OffsetCommitResponsePartition::default().with_error_code(error);
        let topic = |parts| OffsetCommitResponseTopic::default().with_partitions(parts);
        let mut answer = OffsetCommitResponse::default().with_topics(vec![topic(vec![part(0), part(12)]), topic(vec![part(0)])]);
        refuse(&mut answer, ResponseError::KafkaStorageError);
        let codes: Vec<i16> = answer.topics.iter().flat_map(|topic| topic.partitions.iter().map(|part| part.error_code)).collect();
        let storage = ResponseError::KafkaStorageError.code();
        assert_eq!(codes, [storage, 12, storage]);
    }
}
