//! DescribeConfigs: what holds for a topic, and what this broker has from the sketch.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::describe_configs_response::{DescribeConfigsResourceResult, DescribeConfigsResult};
use kafka_protocol::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::settings::Type;
use super::{BROKER, TOPIC};

/// Where a value comes from, in the protocol's numbers.
const OF_THE_TOPIC: i8 = 1;
const OF_THE_BROKER: i8 = 4;
const DEFAULT: i8 = 5;

pub(super) fn begin(broker: &Broker, call: &Call, request: &DescribeConfigsRequest) -> Result<Answer, Broken> {
    let results = request.resources.iter().map(|asked| {
        let result = DescribeConfigsResult::default()
            .with_resource_type(asked.resource_type)
            .with_resource_name(asked.resource_name.clone())
            .with_error_message(None);
        match describe(broker, call.version, asked) {
            Ok(configs) => result.with_configs(configs),
            Err((error, why)) => result.with_error_code(error.code()).with_error_message(Some(StrBytes::from_static_str(why))),
        }
    });
    call.now(&DescribeConfigsResponse::default().with_results(results.collect()))
}

fn describe(
    broker: &Broker,
    version: i16,
    asked: &DescribeConfigsResource,
) -> Result<Vec<DescribeConfigsResourceResult>, (ResponseError, &'static str)> {
    let wanted = |name: &str| asked.configuration_keys.as_ref().is_none_or(|keys| keys.iter().any(|key| key.as_str() == name));
    let entry = |name: &'static str, value: String, kind: Type, source: i8, read_only: bool| {
        let entry = DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_static_str(name))
            .with_value(Some(StrBytes::from_string(value)))
            .with_config_source(source)
            .with_read_only(read_only);
        if version >= 3 { entry.with_config_type(kind as i8) } else { entry }
    };
    match asked.resource_type {
        TOPIC => {
            let unknown = (ResponseError::UnknownTopicOrPartition, "there is no such topic");
            let topic = broker.topics.get(&asked.resource_name).ok_or(unknown)?;
            let listed = topic.settings.list().into_iter().filter(|(name, _, _)| wanted(name));
            Ok(listed
                .map(|(name, value, kind)| {
                    let source = if topic.given.contains_key(name) { OF_THE_TOPIC } else { DEFAULT };
                    entry(name, value, kind, source, false)
                })
                .collect())
        }
        BROKER if asked.resource_name.as_str() == broker.id.to_string() => {
            let settings = &broker.settings;
            let listed = [
                ("default.replication.factor", settings.replication.to_string(), Type::Int),
                ("min.insync.replicas", settings.topic.min_insync.to_string(), Type::Int),
                ("num.partitions", settings.partitions.to_string(), Type::Int),
                ("log.retention.ms", settings.topic.retention_ms.unwrap_or(-1).to_string(), Type::Long),
                ("log.segment.bytes", settings.topic.segment_bytes.to_string(), Type::Int),
            ];
            let listed = listed.into_iter().filter(|(name, _, _)| wanted(name));
            Ok(listed.map(|(name, value, kind)| entry(name, value, kind, OF_THE_BROKER, true)).collect())
        }
        BROKER => Err((ResponseError::InvalidRequest, "ask the broker that has this number")),
        _ => Err((ResponseError::InvalidRequest, "topics and brokers have settings here, nothing else")),
    }
}
