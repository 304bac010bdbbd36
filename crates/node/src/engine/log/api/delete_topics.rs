//! DeleteTopics: a topic goes, with its records and the offsets that groups committed for it.

use std::sync::Arc;

use kafka_protocol::messages::delete_topics_response::DeletableTopicResult;
use kafka_protocol::messages::{DeleteTopicsRequest, DeleteTopicsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::state::Change;

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: DeleteTopicsRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    let version = call.version;
    call.later(async move {
        let mut results = Vec::with_capacity(request.topic_names.len());
        for name in request.topic_names {
            let gone = broker.change(Change::Delete { name: name.as_str().to_owned() }, false).await;
            let result = DeletableTopicResult::default().with_name(Some(name));
            results.push(match gone {
                Ok(()) => result,
                Err((error, why)) if version >= 5 => {
                    result.with_error_code(error.code()).with_error_message(Some(StrBytes::from_string(why)))
                }
                Err((error, _)) => result.with_error_code(error.code()),
            });
        }
        DeleteTopicsResponse::default().with_responses(results)
    })
}
