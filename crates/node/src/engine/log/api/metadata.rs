//! Metadata: the brokers, the topics, and who leads what. It makes topics that do not exist when the client lets it.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::metadata_response::{MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic};
use kafka_protocol::messages::{BrokerId, MetadataRequest, MetadataResponse, TopicName};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::state::Change;
use super::super::topics::Topic;

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: MetadataRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    call.later(async move {
        let mut topics = Vec::new();
        match request.topics {
            None => topics.extend(broker.topics.all().iter().map(|topic| describe(topic))),
            Some(names) => {
                for name in names.into_iter().filter_map(|topic| topic.name) {
                    topics.push(find(&broker, name, request.allow_auto_topic_creation).await);
                }
            }
        }
        let away = broker.topics.state().away.clone();
        let brokers = broker.members.iter().filter(|member| !away.contains(&member.id)).map(|member| {
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
        let change = Change::Create { name: name.as_str().to_owned(), partitions: -1, replication: -1, settings: BTreeMap::new() };
        match broker.change(change, false).await {
            Ok(()) | Err((ResponseError::TopicAlreadyExists, _)) => {}
            // Nobody can make it now; a client asks again.
            Err((ResponseError::BrokerNotAvailable, _)) => error = ResponseError::LeaderNotAvailable,
            Err((refused, _)) => error = refused,
        }
        known = broker.topics.get(&name);
    }
    match known {
        Some(topic) => describe(&topic),
        None => MetadataResponseTopic::default().with_name(Some(name)).with_error_code(error.code()),
    }
}

fn describe(topic: &Topic) -> MetadataResponseTopic {
    let partitions = topic.agreed.iter().zip(0..).map(|(agreed, number)| {
        let error = if agreed.leader < 0 { ResponseError::LeaderNotAvailable.code() } else { 0 };
        let brokers = |ids: &[i32]| ids.iter().map(|id| BrokerId(*id)).collect();
        MetadataResponsePartition::default()
            .with_error_code(error)
            .with_partition_index(number)
            .with_leader_id(BrokerId(agreed.leader))
            .with_leader_epoch(agreed.epoch)
            .with_replica_nodes(brokers(&agreed.replicas))
            .with_isr_nodes(brokers(&agreed.isr))
    });
    MetadataResponseTopic::default()
        .with_name(Some(TopicName(StrBytes::from_string(topic.name.clone()))))
        .with_partitions(partitions.collect())
}
