//! Every advertised version of every API has an answer that its own decoder reads to the end: setting a field that a version lacks
//! would end the connection instead.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ApiVersionsRequest, CreateTopicsRequest, FetchRequest, FindCoordinatorRequest, GroupId, HeartbeatRequest, InitProducerIdRequest,
    JoinGroupRequest, LeaveGroupRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest, OffsetFetchRequest,
    SaslAuthenticateRequest, SaslHandshakeRequest, SyncGroupRequest, TopicName, TransactionalId,
};
use kafka_protocol::protocol::StrBytes;

use crate::brokers::{self, TOKEN};
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
        assert_eq!(raw.call(&ApiVersionsRequest::default(), versions).await.unwrap().api_keys.len(), 16);
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
    let transactional = InitProducerIdRequest::default().with_transactional_id(Some(TransactionalId(text("x"))));
    assert_ne!(raw.call(&transactional, 4).await.unwrap().error_code, 0);
}

#[tokio::test]
async fn groups_in_every_version() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    for version in 1..=2 {
        let found = raw.call(&FindCoordinatorRequest::default().with_key(text("g")), version).await.unwrap();
        assert_eq!((found.error_code, found.port), (0, i32::from(brokers.ports[0])));
    }
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
