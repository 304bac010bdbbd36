//! Metadata: the brokers, the topics, and who leads what. It makes topics that do not exist when the client lets it.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::partition::LEADER_EPOCH;
use super::super::topics::{NoTopic, Topic};

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: MetadataRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    call.later(async move {
        let mut topics = Vec::new();
        match request.topics {
            None => topics.extend(broker.topics.all().iter().map(|topic| describe(&broker, topic))),
            Some(names) => {
                for name in names.into_iter().filter_map(|topic| topic.name) {
                    topics.push(find(&broker, name, request.allow_auto_topic_creation).await);
                }
            }
        }
        let brokers = broker.members.iter().map(|member| {
            MetadataResponseBroker::default()
                .with_node_id(BrokerId(member.id))
                .with_host(StrBytes::from_string(member.host.clone()))
                .with_port(i32::from(member.port))
        });
        MetadataResponse::default()
            .with_brokers(brokers.collect())
            .with_cluster_id(Some(StrBytes::from_static_str("loadline")))
            .with_controller_id(BrokerId(0))
            .with_topics(topics)
    })
}

async fn find(broker: &Broker, name: TopicName, make: bool) -> MetadataResponseTopic {
    let mut known = broker.topics.get(&name);
    let mut error = ResponseError::UnknownTopicOrPartition;
    if known.is_none() && make {
        match broker.create_topic(&name, broker.default_partitions, true).await {
            Ok(()) | Err(NoTopic::Exists) => known = broker.topics.get(&name),
            Err(NoTopic::BadName) => error = ResponseError::InvalidTopicException,
            Err(NoTopic::BadPartitions | NoTopic::Full) => error = ResponseError::PolicyViolation,
        }
    }
    match known {
        Some(topic) => describe(broker, &topic),
        None => MetadataResponseTopic::default().with_name(Some(name)).with_error_code(error.code()),
    }
}

fn describe(broker: &Broker, topic: &Topic) -> MetadataResponseTopic {
    let partitions = (0..topic.partitions.len()).map(|number| {
        let leader = BrokerId(broker.topics.leader_of(number));
        MetadataResponsePartition::default()
            .with_partition_index(i32::try_from(number).unwrap_or(i32::MAX))
            .with_leader_id(leader)
            .with_leader_epoch(LEADER_EPOCH)
            .with_replica_nodes(vec![leader])
            .with_isr_nodes(vec![leader])
    });
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(StrBytes::from_string(topic.name.clone()))))
        .with_partitions(partitions.collect())
}
