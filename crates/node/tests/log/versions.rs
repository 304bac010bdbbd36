//! Every advertised version of every API has an answer that its own decoder reads to the end: setting a field that a version lacks
//! would end the connection instead.

use std::time::Duration;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::alter_configs_request::{AlterConfigsResource, AlterableConfig};
use kafka_protocol::messages::create_partitions_request::CreatePartitionsTopic;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::describe_configs_request::DescribeConfigsResource;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_delete_request::{OffsetDeleteRequestPartition, OffsetDeleteRequestTopic};
use kafka_protocol::messages::offset_for_leader_epoch_request::{OffsetForLeaderPartition, OffsetForLeaderTopic};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    AlterConfigsRequest, ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteGroupsRequest, DeleteRecordsRequest,
    DeleteTopicsRequest, DescribeClusterRequest, DescribeConfigsRequest, DescribeGroupsRequest, EndTxnRequest, FetchRequest,
    FindCoordinatorRequest, GroupId, HeartbeatRequest, IncrementalAlterConfigsRequest, InitProducerIdRequest, JoinGroupRequest,
    LeaveGroupRequest, ListGroupsRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest, OffsetDeleteRequest,
    OffsetFetchRequest, OffsetForLeaderEpochRequest, SaslAuthenticateRequest, SaslHandshakeRequest, SyncGroupRequest, TopicName,
    TransactionalId, incremental_alter_configs_request,
};
use kafka_protocol::protocol::StrBytes;
use rdkafka::producer::{BaseProducer, Producer};
use rdkafka::types::RDKafkaErrorCode;

use crate::brokers::{self, TOKEN};
use crate::clients;
use crate::raw::{Raw, batch, produce};

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn topic() -> TopicName {
    TopicName(text("t"))
}

fn group() -> GroupId {
    GroupId(text("g"))
}

#[tokio::test]
async fn login_in_every_version() {
    let brokers = brokers::one();
    for (versions, authenticate) in (0..=3).zip([0, 1, 2, 2]) {
        let mut raw = Raw::connect(brokers.ports[0]).await;
        assert_eq!(raw.call(&ApiVersionsRequest::default(), versions).await.unwrap().api_keys.len(), 27);
        let handshake = SaslHandshakeRequest::default().with_mechanism(text("PLAIN"));
        assert_eq!(raw.call(&handshake, 1).await.unwrap().error_code, 0);
        let proof = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(format!("\0anybody\0{TOKEN}")));
        assert_eq!(raw.call(&proof, authenticate).await.unwrap().error_code, 0);
        raw.topic("t").await;
    }
}

#[tokio::test]
async fn topics_and_records_in_every_version() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    for version in 2..=5 {
        let create = |name: &str| {
            let topic = CreatableTopic::default().with_name(TopicName(text(name))).with_num_partitions(2).with_replication_factor(1);
            CreateTopicsRequest::default().with_topics(vec![topic])
        };
        let made = raw.call(&create(&format!("t{version}")), version).await.unwrap();
        assert_eq!(made.topics[0].error_code, 0, "{:?}", made.topics[0].error_message);
        let refused = raw.call(&create("no name"), version).await.unwrap();
        assert_eq!(refused.topics[0].error_code, ResponseError::InvalidTopicException.code());
    }
    raw.topic("t").await;
    for version in 4..=9 {
        let all = raw.call(&MetadataRequest::default().with_topics(None), version).await.unwrap();
        assert_eq!((all.topics.len(), all.brokers.len(), all.controller_id.0), (5, 1, 0));
    }
    for version in 3..=8 {
        let answer = raw.call(&produce("t", 1, vec![batch(), Bytes::new()]), version).await.unwrap();
        let parts = &answer.responses[0].partition_responses;
        assert_eq!((parts[0].base_offset, parts[0].error_code), (i64::from(version) - 3, 0));
        assert_eq!(parts[1].error_code, ResponseError::CorruptMessage.code());
    }
    for version in 4..=11 {
        let parts = [(0, 2), (0, 99), (77, 0)].map(|(index, offset)| {
            FetchPartition::default().with_partition(index).with_fetch_offset(offset).with_partition_max_bytes(1 << 20)
        });
        let asked = FetchTopic::default().with_topic(topic()).with_partitions(parts.to_vec());
        let request = FetchRequest::default().with_max_bytes(1 << 20).with_topics(vec![asked]);
        let answer = raw.call(&request, version).await.unwrap();
        let parts = &answer.responses[0].partitions;
        assert_eq!(parts[0].records.as_ref().map(Bytes::len), Some(4 * batch().len()), "offsets 2 to 5");
        let errors = [ResponseError::OffsetOutOfRange.code(), ResponseError::UnknownTopicOrPartition.code()];
        assert_eq!([parts[1].error_code, parts[2].error_code], errors);
        assert_eq!(parts[1].high_watermark, 6, "where the log ends is said beside the error");
    }
    for version in 2..=5 {
        let parts = [-1, -2, 0, i64::MAX].map(|at| ListOffsetsPartition::default().with_partition_index(0).with_timestamp(at));
        let asked = ListOffsetsTopic::default().with_name(topic()).with_partitions(parts.to_vec());
        let answer = raw.call(&ListOffsetsRequest::default().with_topics(vec![asked]), version).await.unwrap();
        let offsets: Vec<i64> = answer.topics[0].partitions.iter().map(|part| part.offset).collect();
        assert_eq!(offsets, [6, 0, 0, -1]);
    }
    let own = raw.call(&InitProducerIdRequest::default().with_transactional_id(None), 4).await.unwrap();
    assert_eq!(own.error_code, 0);
    let again = InitProducerIdRequest::default().with_transactional_id(None).with_producer_id(own.producer_id).with_producer_epoch(3);
    let again = raw.call(&again, 4).await.unwrap();
    assert_eq!((again.producer_id, again.producer_epoch), (own.producer_id, 4), "who lost count gets its next epoch");
    let transactional = InitProducerIdRequest::default().with_transactional_id(Some(TransactionalId(text("x"))));
    assert_ne!(raw.call(&transactional, 4).await.unwrap().error_code, 0);
}

#[tokio::test]
async fn administration_in_every_version() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.create("t", 2).await;
    raw.call(&produce("t", 1, vec![batch(), batch()]), 8).await.unwrap();
    for version in 0..=1 {
        let grow = |count| CreatePartitionsTopic::default().with_name(topic()).with_count(count).with_assignments(None);
        let request = CreatePartitionsRequest::default().with_topics(vec![grow(3 + i32::from(version))]);
        assert_eq!(raw.call(&request, version).await.unwrap().results[0].error_code, 0);
        let fewer = CreatePartitionsRequest::default().with_topics(vec![grow(1)]);
        assert_eq!(raw.call(&fewer, version).await.unwrap().results[0].error_code, ResponseError::InvalidPartitions.code());
    }
    for version in 0..=1 {
        let config = AlterableConfig::default().with_name(text("retention.ms")).with_value(Some(text("1000")));
        let resource = AlterConfigsResource::default().with_resource_type(2).with_resource_name(text("t")).with_configs(vec![config]);
        let request = AlterConfigsRequest::default().with_resources(vec![resource]);
        assert_eq!(raw.call(&request, version).await.unwrap().responses[0].error_code, 0);
        let wrong = AlterableConfig::default().with_name(text("colour")).with_value(Some(text("blue")));
        let codes = [("t", ResponseError::InvalidConfig), ("u", ResponseError::UnknownTopicOrPartition)];
        for (name, expected) in codes {
            let resource = AlterConfigsResource::default().with_resource_type(2).with_resource_name(text(name));
            let request = AlterConfigsRequest::default().with_resources(vec![resource.with_configs(vec![wrong.clone()])]);
            assert_eq!(raw.call(&request, version).await.unwrap().responses[0].error_code, expected.code());
        }
        let step = |name: &str, operation, value: Option<&str>| {
            let step = incremental_alter_configs_request::AlterableConfig::default().with_name(text(name));
            step.with_config_operation(operation).with_value(value.map(text))
        };
        let steps = vec![step("cleanup.policy", 0, Some("compact")), step("retention.ms", 1, None)];
        let resource = incremental_alter_configs_request::AlterConfigsResource::default().with_resource_type(2);
        let request = IncrementalAlterConfigsRequest::default();
        let request = request.with_resources(vec![resource.with_resource_name(text("t")).with_configs(steps)]);
        assert_eq!(raw.call(&request, version).await.unwrap().responses[0].error_code, 0);
    }
    for version in 1..=3 {
        let asked = |kind, name: &str, keys: Option<Vec<StrBytes>>| {
            let resource = DescribeConfigsResource::default().with_resource_type(kind).with_resource_name(text(name));
            resource.with_configuration_keys(keys)
        };
        let resources =
            vec![asked(2, "t", Some(vec![text("cleanup.policy")])), asked(4, "0", None), asked(2, "u", None), asked(9, "", None)];
        let answer = raw.call(&DescribeConfigsRequest::default().with_resources(resources), version).await.unwrap();
        let [of_topic, of_broker, unknown, other] = answer.results.as_slice() else { panic!("four results") };
        assert_eq!(
            (of_topic.configs.len(), of_topic.configs[0].value.as_deref(), of_topic.configs[0].config_source),
            (1, Some("compact"), 1)
        );
        assert!(of_broker.configs.iter().all(|config| config.read_only) && !of_broker.configs.is_empty());
        assert_eq!(unknown.error_code, ResponseError::UnknownTopicOrPartition.code());
        assert_eq!(other.error_code, ResponseError::InvalidRequest.code());
    }
    let plain = AlterConfigsResource::default().with_resource_type(2).with_resource_name(text("t"));
    raw.call(&AlterConfigsRequest::default().with_resources(vec![plain]), 1).await.unwrap();
    for version in 0..=1 {
        let parts = [(0, i64::from(version)), (1, -1), (0, 99)];
        let parts = parts.map(|(index, offset)| DeleteRecordsPartition::default().with_partition_index(index).with_offset(offset));
        let asked = DeleteRecordsTopic::default().with_name(topic()).with_partitions(parts.to_vec());
        let answer = raw.call(&DeleteRecordsRequest::default().with_topics(vec![asked]), version).await.unwrap();
        let parts: Vec<(i64, i16)> = answer.topics[0].partitions.iter().map(|part| (part.low_watermark, part.error_code)).collect();
        assert_eq!(parts, [(i64::from(version), 0), (1, 0), (-1, ResponseError::OffsetOutOfRange.code())]);
    }
    for version in 2..=3 {
        let part = |epoch| OffsetForLeaderPartition::default().with_partition(0).with_current_leader_epoch(0).with_leader_epoch(epoch);
        let asked = OffsetForLeaderTopic::default().with_topic(topic()).with_partitions(vec![part(0), part(7)]);
        let answer = raw.call(&OffsetForLeaderEpochRequest::default().with_topics(vec![asked]), version).await.unwrap();
        let ends: Vec<(i32, i64)> = answer.topics[0].partitions.iter().map(|part| (part.leader_epoch, part.end_offset)).collect();
        assert_eq!(ends, [(0, 1), (0, 1)], "the largest epoch that is not after the one asked for");
    }
    let produced = raw.call(&produce("t", 1, vec![batch()]), 8).await.unwrap();
    let part = &produced.responses[0].partition_responses[0];
    assert_eq!((part.error_code, part.log_start_offset), (0, 1), "who produces learns where the log begins");
    for version in 1..=3 {
        let request = DeleteTopicsRequest::default().with_topic_names(vec![topic()]);
        let gone = raw.call(&request, version).await.unwrap().responses[0].error_code;
        assert_eq!(gone, if version == 1 { 0 } else { ResponseError::UnknownTopicOrPartition.code() });
    }
}

#[tokio::test]
async fn groups_are_shown_in_every_version() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.create("t", 1).await;
    let part = OffsetCommitRequestPartition::default().with_partition_index(0).with_committed_offset(1);
    let commit = OffsetCommitRequest::default()
        .with_group_id(group())
        .with_generation_id_or_member_epoch(-1)
        .with_topics(vec![OffsetCommitRequestTopic::default().with_name(topic()).with_partitions(vec![part])]);
    assert_eq!(raw.call(&commit, 8).await.unwrap().topics[0].partitions[0].error_code, 0);
    for version in 0..=4 {
        let all = raw.call(&ListGroupsRequest::default(), version).await.unwrap();
        assert_eq!((all.groups.len(), all.groups[0].group_id.as_str()), (1, "g"));
        let described = raw.call(&DescribeGroupsRequest::default().with_groups(vec![group(), GroupId(text("h"))]), version).await.unwrap();
        let states: Vec<&str> = described.groups.iter().map(|group| group.group_state.as_str()).collect();
        assert_eq!(states, ["Empty", "Dead"]);
    }
    let none = ListGroupsRequest::default().with_states_filter(vec![text("Stable")]);
    assert_eq!(raw.call(&none, 4).await.unwrap().groups.len(), 0);
    let part = OffsetDeleteRequestPartition::default().with_partition_index(0);
    let asked = OffsetDeleteRequestTopic::default().with_name(topic()).with_partitions(vec![part]);
    let forget = OffsetDeleteRequest::default().with_group_id(group()).with_topics(vec![asked]);
    assert_eq!(raw.call(&forget, 0).await.unwrap().topics[0].partitions[0].error_code, 0);
    let all = raw.call(&OffsetFetchRequest::default().with_group_id(group()).with_topics(None), 7).await.unwrap();
    assert_eq!(all.topics.len(), 0);
    for version in 0..=1 {
        let gone = raw.call(&DeleteGroupsRequest::default().with_groups_names(vec![group()]), version).await.unwrap();
        let expected = if version == 0 { 0 } else { ResponseError::GroupIdNotFound.code() };
        assert_eq!(gone.results[0].error_code, expected);
    }
}

/// What is not served is answered in the protocol's own words where it has any, and the connection stays.
#[tokio::test]
async fn other_versions_are_refused_by_name() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    let unsupported = ResponseError::UnsupportedVersion.code();
    assert_eq!(raw.call(&FindCoordinatorRequest::default().with_key(text("g")), 0).await.unwrap().error_code, unsupported);
    let heartbeat = HeartbeatRequest::default().with_group_id(group());
    assert_eq!(raw.call(&heartbeat, 4).await.unwrap().error_code, unsupported);
    let end = EndTxnRequest::default().with_transactional_id(TransactionalId(text("x")));
    assert_eq!(raw.call(&end, 1).await.unwrap().error_code, unsupported);
    assert_eq!(raw.call(&DescribeClusterRequest::default(), 0).await.unwrap().error_code, unsupported);
    raw.topic("t").await;
    // A metadata request has no error for the whole.
    raw.send(&crate::raw::frame(&MetadataRequest::default(), 12, 1)).await;
    assert!(raw.closes().await);
}

/// An error that passes would have a client ask until its patience ends.
#[tokio::test]
async fn transactions_are_refused_at_once() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    for version in 1..=2 {
        let find = FindCoordinatorRequest::default().with_key(text("x")).with_key_type(1);
        let refused = raw.call(&find, version).await.unwrap().error_code;
        assert_eq!(refused, ResponseError::TransactionalIdAuthorizationFailed.code());
    }
    let producer: BaseProducer = clients::config(&brokers).set("transactional.id", "x").create().unwrap();
    // A refusal that passes would be tried again, and this end with a timeout.
    let refused = producer.init_transactions(Duration::from_secs(120)).unwrap_err();
    assert_eq!(refused.rdkafka_error_code(), Some(RDKafkaErrorCode::TransactionalIdAuthorizationFailed), "{refused}");
}

/// A commit for what is not there is told, and those beside it hold.
#[tokio::test]
async fn offsets_are_committed_for_what_is_there() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.create("t", 2).await;
    let asked = |name: &str, parts: &[i32]| {
        let part = |index: &i32| OffsetCommitRequestPartition::default().with_partition_index(*index).with_committed_offset(3);
        OffsetCommitRequestTopic::default().with_name(TopicName(text(name))).with_partitions(parts.iter().map(part).collect())
    };
    let commit = OffsetCommitRequest::default().with_group_id(group()).with_generation_id_or_member_epoch(-1);
    let codes = |answer: kafka_protocol::messages::OffsetCommitResponse| {
        let parts = answer.topics.iter().flat_map(|topic| topic.partitions.iter().map(|part| part.error_code));
        parts.collect::<Vec<i16>>()
    };
    let unknown = ResponseError::UnknownTopicOrPartition.code();
    let none = raw.call(&commit.clone().with_topics(vec![asked("other", &[0])]), 8).await.unwrap();
    assert_eq!(codes(none), [unknown]);
    assert_eq!(raw.call(&ListGroupsRequest::default(), 4).await.unwrap().groups.len(), 0, "that makes no group");
    let topics = vec![asked("t", &[2, 0, -1]), asked("other", &[0]), asked("t", &[1])];
    assert_eq!(codes(raw.call(&commit.with_topics(topics), 8).await.unwrap()), [unknown, 0, unknown, unknown, 0]);
    let kept = raw.call(&OffsetFetchRequest::default().with_group_id(group()).with_topics(None), 7).await.unwrap();
    assert_eq!(kept.topics.iter().map(|topic| topic.partitions.len()).sum::<usize>(), 2);
}

#[tokio::test]
async fn groups_in_every_version() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    for version in 1..=2 {
        let found = raw.call(&FindCoordinatorRequest::default().with_key(text("g")), version).await.unwrap();
        assert_eq!((found.error_code, found.port), (0, i32::from(brokers.ports[0])));
    }
    raw.create("t", 2).await;
    let protocol = JoinGroupRequestProtocol::default().with_name(text("range")).with_metadata(Bytes::from_static(b"mine"));
    let join = JoinGroupRequest::default()
        .with_group_id(group())
        .with_session_timeout_ms(30_000)
        .with_protocol_type(text("consumer"))
        .with_protocols(vec![protocol]);
    let given = raw.call(&join, 5).await.unwrap();
    assert_eq!(given.error_code, ResponseError::MemberIdRequired.code());
    let joined = raw.call(&join.with_member_id(given.member_id.clone()), 5).await.unwrap();
    assert_eq!((joined.error_code, &joined.leader, joined.members.len()), (0, &given.member_id, 1));
    let (id, generation) = (joined.member_id, joined.generation_id);
    let own = SyncGroupRequestAssignment::default().with_member_id(id.clone()).with_assignment(Bytes::from_static(b"all"));
    let sync = SyncGroupRequest::default().with_group_id(group()).with_generation_id(generation).with_member_id(id.clone());
    assert_eq!(raw.call(&sync.with_assignments(vec![own]), 3).await.unwrap().assignment, Bytes::from_static(b"all"));
    let beat = HeartbeatRequest::default().with_group_id(group()).with_generation_id(generation).with_member_id(id.clone());
    assert_eq!(raw.call(&beat, 3).await.unwrap().error_code, 0);
    for version in 7..=8 {
        let part = OffsetCommitRequestPartition::default().with_partition_index(1).with_committed_offset(i64::from(version));
        let commit = OffsetCommitRequest::default()
            .with_group_id(group())
            .with_generation_id_or_member_epoch(generation)
            .with_member_id(id.clone())
            .with_topics(vec![OffsetCommitRequestTopic::default().with_name(topic()).with_partitions(vec![part])]);
        assert_eq!(raw.call(&commit, version).await.unwrap().topics[0].partitions[0].error_code, 0);
        let stale = raw.call(&commit.with_generation_id_or_member_epoch(generation + 1), version).await.unwrap();
        assert_eq!(stale.topics[0].partitions[0].error_code, ResponseError::IllegalGeneration.code());
    }
    let all = raw.call(&OffsetFetchRequest::default().with_group_id(group()).with_topics(None), 7).await.unwrap();
    assert_eq!(all.topics[0].partitions[0].committed_offset, 8);
    let leave = LeaveGroupRequest::default().with_group_id(group()).with_member_id(id);
    assert_eq!(raw.call(&leave, 1).await.unwrap().error_code, 0);
    assert_eq!(raw.call(&leave, 1).await.unwrap().error_code, ResponseError::UnknownMemberId.code());
    let written = std::fs::read_to_string(brokers.folder.path().join("log-1/log/offsets.jsonl")).unwrap();
    assert_eq!(written.lines().count(), 2);
}
