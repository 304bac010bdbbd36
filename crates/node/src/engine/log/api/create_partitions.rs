//! CreatePartitions: a topic has more partitions from now on.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_partitions_response::CreatePartitionsTopicResult;
use kafka_protocol::messages::{CreatePartitionsRequest, CreatePartitionsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::state::{Change, Refusal};

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: CreatePartitionsRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    call.later(async move {
        let mut results = Vec::with_capacity(request.topics.len());
        for topic in request.topics {
            let grown = grow(&broker, &topic, request.validate_only).await;
            let result = CreatePartitionsTopicResult::default().with_name(topic.name);
            results.push(match grown {
                Ok(()) => result.with_error_message(None),
                Err((error, why)) => result.with_error_code(error.code()).with_error_message(Some(StrBytes::from_string(why))),
            });
        }
        CreatePartitionsResponse::default().with_results(results)
    })
}

async fn grow(broker: &Broker, topic: &CreatePartitionsTopic, only_check: bool) -> Result<(), Refusal> {
    if topic.assignments.as_ref().is_some_and(|assignments| !assignments.is_empty()) {
        let why = "partitions are assigned by number here: leave the assignment out".to_owned();
        return Err((ResponseError::InvalidReplicaAssignment, why));
    }
    broker.change(Change::Grow { name: topic.name.as_str().to_owned(), count: topic.count }, only_check).await
}
