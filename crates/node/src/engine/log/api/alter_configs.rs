//! AlterConfigs and IncrementalAlterConfigs: other settings of a topic, all of them or some. Brokers get theirs from the sketch.

use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    AlterConfigsRequest, AlterConfigsResponse, IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse, alter_configs_response,
    incremental_alter_configs_response,
};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::state::{Change, Refusal};
use super::TOPIC;

pub(super) fn whole(broker: &Arc<Broker>, call: Call, request: AlterConfigsRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    call.later(async move {
        let mut responses = Vec::with_capacity(request.resources.len());
        for asked in request.resources {
            let given = asked.configs.iter().filter_map(|c| Some((c.name.as_str().to_owned(), c.value.as_ref()?.as_str().to_owned())));
            let settings: BTreeMap<String, String> = given.collect();
            let done = configure(&broker, asked.resource_type, &asked.resource_name, Ok(settings), request.validate_only).await;
            let (code, why) = told(done);
            responses.push(
                alter_configs_response::AlterConfigsResourceResponse::default()
                    .with_resource_type(asked.resource_type)
                    .with_resource_name(asked.resource_name)
                    .with_error_code(code)
                    .with_error_message(why),
            );
        }
        AlterConfigsResponse::default().with_responses(responses)
    })
}

pub(super) fn incremental(broker: &Arc<Broker>, call: Call, request: IncrementalAlterConfigsRequest) -> Result<Answer, Broken> {
    let broker = broker.clone();
    call.later(async move {
        let mut responses = Vec::with_capacity(request.resources.len());
        for asked in request.resources {
            let before = broker.topics.get(&asked.resource_name).map(|topic| topic.given.clone()).unwrap_or_default();
            let mut steps =
                asked.configs.iter().map(|c| (c.name.as_str(), c.config_operation, c.value.as_ref().map(|value| value.as_str())));
            let settings = steps.try_fold(before, changed);
            let done = configure(&broker, asked.resource_type, &asked.resource_name, settings, request.validate_only).await;
            let (code, why) = told(done);
            responses.push(
                incremental_alter_configs_response::AlterConfigsResourceResponse::default()
                    .with_resource_type(asked.resource_type)
                    .with_resource_name(asked.resource_name)
                    .with_error_code(code)
                    .with_error_message(why),
            );
        }
        IncrementalAlterConfigsResponse::default().with_responses(responses)
    })
}

/// Settings after one step: set (0) or back to the default (1).
fn changed(mut settings: BTreeMap<String, String>, step: (&str, i8, Option<&str>)) -> Result<BTreeMap<String, String>, Refusal> {
    match step {
        (name, 0, Some(value)) => {
            settings.insert(name.to_owned(), value.to_owned());
        }
        (name, 1, _) => {
            settings.remove(name);
        }
        (name, operation, _) => {
            let why = format!("{name}: operation {operation} is not offered: set (0) or delete (1) a setting");
            return Err((ResponseError::InvalidConfig, why));
        }
    }
    Ok(settings)
}

async fn configure(
    broker: &Broker,
    resource_type: i8,
    name: &str,
    settings: Result<BTreeMap<String, String>, Refusal>,
    only_check: bool,
) -> Result<(), Refusal> {
    if resource_type != TOPIC {
        let why = "only topics have settings that can be changed; a broker has those of the sketch".to_owned();
        return Err((ResponseError::InvalidRequest, why));
    }
    broker.change(Change::Configure { name: name.to_owned(), settings: settings? }, only_check).await
}

fn told(done: Result<(), Refusal>) -> (i16, Option<StrBytes>) {
    match done {
        Ok(()) => (0, None),
        Err((error, why)) => (error.code(), Some(StrBytes::from_string(why))),
    }
}
