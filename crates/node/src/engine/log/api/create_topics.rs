//! CreateTopics: a topic with as many partitions, replicas and settings as the client says; -1 takes what the sketch says.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::create_topics_response::CreatableTopicResult;
use kafka_protocol::messages::{CreateTopicsRequest, CreateTopicsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::state::{Change, Refusal};

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: CreateTopicsRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    let version = call.version;
    call.later(async move {
        let mut results = Vec::with_capacity(request.topics.len());
        for topic in request.topics {
            let made = make(&broker, &topic, request.validate_only).await;
            let agreed = broker.topics.get(&topic.name);
            let mut result = CreatableTopicResult::default().with_name(topic.name);
            match made {
                Ok(()) if version >= 5 => {
                    // What was only checked is told as it was asked for.
                    let partitions = agreed.as_ref().map_or(topic.num_partitions, |topic| i32::try_from(topic.agreed.len()).unwrap_or(-1));
                    let replicas = agreed.as_ref().and_then(|topic| i16::try_from(topic.agreed.first()?.replicas.len()).ok());
                    result = result.with_num_partitions(partitions).with_replication_factor(replicas.unwrap_or(topic.replication_factor));
                }
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

async fn make(broker: &Broker, topic: &CreatableTopic, only_check: bool) -> Result<(), Refusal> {
    if !topic.assignments.is_empty() {
        let why = "partitions are assigned by number here: leave the assignment out".to_owned();
        return Err((ResponseError::InvalidReplicaAssignment, why));
    }
    let given =
        topic.configs.iter().filter_map(|config| Some((config.name.as_str().to_owned(), config.value.as_ref()?.as_str().to_owned())));
    let change = Change::Create {
        name: topic.name.as_str().to_owned(),
        partitions: topic.num_partitions,
        replication: topic.replication_factor,
        settings: given.collect::<BTreeMap<String, String>>(),
    };
    broker.change(change, only_check).await
}
