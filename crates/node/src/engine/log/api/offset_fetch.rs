//! OffsetFetch: how far a group has come, for some partitions or for all.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::offset_fetch_response::{OffsetFetchResponsePartition, OffsetFetchResponseTopic};
use kafka_protocol::messages::{OffsetFetchRequest, OffsetFetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::offsets::Committed;

pub(super) fn begin(broker: &Broker, call: &Call, request: &OffsetFetchRequest) -> Result<Answer, Broken> {
    if !broker.coordinates() {
        return call.now(&OffsetFetchResponse::default().with_error_code(ResponseError::NotCoordinator.code()));
    }
    let topics = match &request.topics {
        Some(asked) => asked
            .iter()
            .map(|topic| {
                let parts = topic
                    .partition_indexes
                    .iter()
                    .map(|index| partition(*index, broker.coordinator.committed(&request.group_id, &topic.name, *index)));
                OffsetFetchResponseTopic::default().with_name(topic.name.clone()).with_partitions(parts.collect())
            })
            .collect(),
        None => {
            let mut topics: BTreeMap<String, Vec<OffsetFetchResponsePartition>> = BTreeMap::new();
            for committed in broker.coordinator.committed_by(&request.group_id) {
                topics.entry(committed.topic.clone()).or_default().push(partition(committed.partition, Some(committed)));
            }
            let topics = topics.into_iter().map(|(name, parts)| {
                OffsetFetchResponseTopic::default().with_name(TopicName(StrBytes::from_string(name))).with_partitions(parts)
            });
            topics.collect()
        }
    };
    call.now(&OffsetFetchResponse::default().with_topics(topics))
}

fn partition(index: i32, committed: Option<Committed>) -> OffsetFetchResponsePartition {
    let (offset, text) = committed.map_or((-1, String::new()), |committed| (committed.offset, committed.text));
    OffsetFetchResponsePartition::default()
        .with_partition_index(index)
        .with_committed_offset(offset)
        .with_committed_leader_epoch(-1)
        .with_metadata(Some(StrBytes::from_string(text)))
}
