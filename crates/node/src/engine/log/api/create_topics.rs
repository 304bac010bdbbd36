//! CreateTopics: a topic with as many partitions as the client says. There is one replica of each; settings of a topic are not offered.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::members::MEMBER_CLIENT;
use super::super::topics::NoTopic;

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: CreateTopicsRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    let tell_others = call.client_id != MEMBER_CLIENT;
    let version = call.version;
    call.later(async move {
        let mut results = Vec::with_capacity(request.topics.len());
        for topic in request.topics {
            let partitions = if topic.num_partitions == -1 { broker.default_partitions } else { topic.num_partitions };
            let made = make(&broker, &topic, partitions, request.validate_only, tell_others).await;
            let mut result = CreatableTopicResult::default().with_name(topic.name);
            match made {
                Ok(()) if version >= 5 => result = result.with_num_partitions(partitions).with_replication_factor(1),
                Ok(()) => {}
                Err((error, why)) => {
                    result = result.with_error_code(error.code()).with_error_message(Some(StrBytes::from_string(why)));
                }
            }
            results.push(result);
        }
        CreateTopicsResponse::default().with_topics(results)
    })
}

async fn make(
    broker: &Broker,
    topic: &CreatableTopic,
    partitions: i32,
    only_check: bool,
    tell_others: bool,
) -> Result<(), (ResponseError, String)> {
    if !topic.assignments.is_empty() {
        let why = "partitions are assigned by number here: leave the assignment out".to_owned();
        return Err((ResponseError::InvalidReplicaAssignment, why));
    }
    if !matches!(topic.replication_factor, -1..=1) {
        return Err((ResponseError::InvalidReplicationFactor, "this log keeps one replica: ask for a replication factor of 1".to_owned()));
    }
    let made = if only_check {
        broker.topics.create(&topic.name, partitions, true)
    } else {
        broker.create_topic(&topic.name, partitions, tell_others).await
    };
    made.map_err(|no| {
        let error = match no {
            NoTopic::BadName => ResponseError::InvalidTopicException,
            NoTopic::BadPartitions => ResponseError::InvalidPartitions,
            NoTopic::Exists => ResponseError::TopicAlreadyExists,
            NoTopic::Full => ResponseError::PolicyViolation,
        };
        (error, no.to_string())
    })
}
