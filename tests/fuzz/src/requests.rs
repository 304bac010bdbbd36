//! A Kafka request of each API with its fields drawn from the input: few topics, groups and partitions, so that requests meet; numbers at
//! the edges as often as in the middle; record batches whose checksum is right. An API that is not drawn here gets its default request.

use arbitrary::{Result, Unstructured};
use bytes::Bytes;
use kafka_protocol::messages::create_topics_request::{CreatableTopic, CreatableTopicConfig};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::join_group_request::JoinGroupRequestProtocol;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
use kafka_protocol::messages::offset_fetch_request::OffsetFetchRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, BrokerId, CreateTopicsRequest, FetchRequest, FindCoordinatorRequest, GroupId, HeartbeatRequest,
    InitProducerIdRequest, JoinGroupRequest, LeaveGroupRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest,
    OffsetFetchRequest, ProduceRequest, ProducerId, RequestKind, SyncGroupRequest, TopicName, TransactionalId,
};
use kafka_protocol::protocol::StrBytes;

/// One of `api`'s requests.
pub fn draw(api: ApiKey, input: &mut Unstructured<'_>) -> Result<RequestKind> {
    Ok(match api {
        ApiKey::Produce => RequestKind::Produce(produce(input)?),
        ApiKey::Fetch => RequestKind::Fetch(fetch(input)?),
        ApiKey::ListOffsets => RequestKind::ListOffsets(list_offsets(input)?),
        ApiKey::Metadata => RequestKind::Metadata(metadata(input)?),
        ApiKey::CreateTopics => RequestKind::CreateTopics(create_topics(input)?),
        ApiKey::OffsetCommit => RequestKind::OffsetCommit(offset_commit(input)?),
        ApiKey::OffsetFetch => RequestKind::OffsetFetch(offset_fetch(input)?),
        ApiKey::FindCoordinator => {
            let request = FindCoordinatorRequest::default().with_key(word(input, &GROUPS)?);
            RequestKind::FindCoordinator(request.with_key_type(input.int_in_range(0..=2)?))
        }
        ApiKey::JoinGroup => RequestKind::JoinGroup(join_group(input)?),
        ApiKey::SyncGroup => RequestKind::SyncGroup(sync_group(input)?),
        ApiKey::Heartbeat => {
            let request = HeartbeatRequest::default().with_group_id(group(input)?).with_member_id(word(input, &MEMBERS)?);
            RequestKind::Heartbeat(request.with_generation_id(number(input)? as i32))
        }
        ApiKey::LeaveGroup => {
            let request = LeaveGroupRequest::default().with_group_id(group(input)?);
            RequestKind::LeaveGroup(request.with_member_id(word(input, &MEMBERS)?))
        }
        ApiKey::InitProducerId => {
            let mut request = InitProducerIdRequest::default().with_transaction_timeout_ms(number(input)? as i32);
            if input.ratio(1, 4)? {
                request = request.with_transactional_id(Some(TransactionalId(word(input, &GROUPS)?)));
            }
            if input.ratio(1, 2)? {
                request = request.with_producer_id(ProducerId(number(input)?)).with_producer_epoch(number(input)? as i16);
            }
            RequestKind::InitProducerId(request)
        }
        _ => RequestKind::ApiVersions(ApiVersionsRequest::default()),
    })
}

const TOPICS: [&str; 3] = ["t", "u", "tweets"];
const GROUPS: [&str; 3] = ["g", "h", "fanout"];
const MEMBERS: [&str; 3] = ["", "member", "fuzzer-1"];

/// One of `words`, or the input's own.
fn word(input: &mut Unstructured<'_>, words: &[&'static str]) -> Result<StrBytes> {
    if input.ratio(1, 8)? {
        return Ok(StrBytes::from_string(input.arbitrary::<&str>()?.to_owned()));
    }
    Ok(StrBytes::from_static_str(input.choose(words)?))
}

/// Small, or at an edge, or anything.
fn number(input: &mut Unstructured<'_>) -> Result<i64> {
    const EDGES: [i64; 8] = [-2, -1, i64::MIN, i64::MAX, i32::MAX as i64, i32::MIN as i64, i16::MAX as i64, 1 << 40];
    Ok(match input.int_in_range(0..=3)? {
        0 => *input.choose(&EDGES)?,
        1 => input.arbitrary()?,
        _ => input.int_in_range(0..=16)?,
    })
}

/// No to three of what `one` draws.
fn some<'a, T>(input: &mut Unstructured<'a>, mut one: impl FnMut(&mut Unstructured<'a>) -> Result<T>) -> Result<Vec<T>> {
    (0..input.int_in_range(0..=3)?).map(|_| one(input)).collect()
}

fn topic(input: &mut Unstructured<'_>) -> Result<TopicName> {
    word(input, &TOPICS).map(TopicName)
}

fn group(input: &mut Unstructured<'_>) -> Result<GroupId> {
    word(input, &GROUPS).map(GroupId)
}

fn partition(input: &mut Unstructured<'_>) -> Result<i32> {
    Ok(if input.ratio(3, 4)? { input.int_in_range(0..=3)? } else { number(input)? as i32 })
}

fn some_bytes(input: &mut Unstructured<'_>) -> Result<Bytes> {
    Ok(Bytes::copy_from_slice(input.arbitrary::<&[u8]>()?))
}

fn produce(input: &mut Unstructured<'_>) -> Result<ProduceRequest> {
    let topics = some(input, |input| {
        let parts = some(input, |input| {
            let records = if input.ratio(7, 8)? { batch(input)? } else { some_bytes(input)? };
            Ok(PartitionProduceData::default().with_index(partition(input)?).with_records(Some(records)))
        })?;
        Ok(TopicProduceData::default().with_name(topic(input)?).with_partition_data(parts))
    })?;
    let acks = *input.choose(&[1, -1, 0, 2])?;
    Ok(ProduceRequest::default().with_acks(acks).with_timeout_ms(number(input)? as i32).with_topic_data(topics))
}

/// A record batch of version 2: every field of its head from the input, its length and checksum most often right.
fn batch(input: &mut Unstructured<'_>) -> Result<Bytes> {
    let mut checked = Vec::new();
    let attributes: i16 = if input.ratio(1, 2)? { input.int_in_range(0..=4)? } else { input.arbitrary()? };
    checked.extend(attributes.to_be_bytes());
    checked.extend((number(input)? as i32).to_be_bytes());
    checked.extend(number(input)?.to_be_bytes());
    checked.extend(number(input)?.to_be_bytes());
    checked.extend(number(input)?.to_be_bytes());
    checked.extend((number(input)? as i16).to_be_bytes());
    checked.extend((number(input)? as i32).to_be_bytes());
    checked.extend((number(input)? as i32).to_be_bytes());
    checked.extend(input.arbitrary::<&[u8]>()?);
    let mut bytes = Vec::new();
    bytes.extend(number(input)?.to_be_bytes());
    let length = if input.ratio(7, 8)? { checked.len() as i32 + 9 } else { number(input)? as i32 };
    bytes.extend(length.to_be_bytes());
    bytes.extend((-1i32).to_be_bytes());
    bytes.push(if input.ratio(7, 8)? { 2 } else { input.arbitrary()? });
    bytes.extend(crc32c::crc32c(&checked).to_be_bytes());
    bytes.extend(checked);
    Ok(bytes.into())
}

fn fetch(input: &mut Unstructured<'_>) -> Result<FetchRequest> {
    let topics = some(input, |input| {
        let parts = some(input, |input| {
            let part = FetchPartition::default().with_partition(partition(input)?).with_fetch_offset(number(input)?);
            Ok(part.with_current_leader_epoch(number(input)? as i32).with_partition_max_bytes(number(input)? as i32))
        })?;
        Ok(FetchTopic::default().with_topic(topic(input)?).with_partitions(parts))
    })?;
    // A wait that is never over would only make the fuzzer slow.
    let wait_ms = if input.ratio(1, 16)? { number(input)? as i32 } else { input.int_in_range(0..=2)? };
    let request = FetchRequest::default().with_replica_id(BrokerId(number(input)? as i32)).with_max_wait_ms(wait_ms);
    let request = request.with_min_bytes(number(input)? as i32).with_max_bytes(number(input)? as i32);
    let request = request.with_isolation_level(input.int_in_range(0..=2)?).with_session_epoch(number(input)? as i32);
    Ok(request.with_topics(topics))
}

fn list_offsets(input: &mut Unstructured<'_>) -> Result<ListOffsetsRequest> {
    let topics = some(input, |input| {
        let parts = some(input, |input| {
            Ok(ListOffsetsPartition::default().with_partition_index(partition(input)?).with_timestamp(number(input)?))
        })?;
        Ok(ListOffsetsTopic::default().with_name(topic(input)?).with_partitions(parts))
    })?;
    Ok(ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(topics))
}

fn metadata(input: &mut Unstructured<'_>) -> Result<MetadataRequest> {
    let topics = some(input, |input| Ok(MetadataRequestTopic::default().with_name(Some(topic(input)?))))?;
    let topics = if input.ratio(1, 4)? { None } else { Some(topics) };
    Ok(MetadataRequest::default().with_topics(topics).with_allow_auto_topic_creation(input.arbitrary()?))
}

fn create_topics(input: &mut Unstructured<'_>) -> Result<CreateTopicsRequest> {
    const CONFIGS: [&str; 4] = ["retention.ms", "retention.bytes", "cleanup.policy", "segment.bytes"];
    let topics = some(input, |input| {
        let configs = some(input, |input| {
            let value = if input.ratio(1, 2)? { number(input)?.to_string() } else { word(input, &["compact", "delete"])?.to_string() };
            Ok(CreatableTopicConfig::default().with_name(word(input, &CONFIGS)?).with_value(Some(StrBytes::from_string(value))))
        })?;
        let made = CreatableTopic::default().with_name(topic(input)?).with_num_partitions(number(input)? as i32);
        Ok(made.with_replication_factor(number(input)? as i16).with_configs(configs))
    })?;
    Ok(CreateTopicsRequest::default().with_topics(topics).with_validate_only(input.arbitrary()?))
}

fn offset_commit(input: &mut Unstructured<'_>) -> Result<OffsetCommitRequest> {
    let topics = some(input, |input| {
        let parts = some(input, |input| {
            let part = OffsetCommitRequestPartition::default().with_partition_index(partition(input)?);
            let text = if input.ratio(1, 2)? { Some(word(input, &["note"])?) } else { None };
            Ok(part.with_committed_offset(number(input)?).with_committed_metadata(text))
        })?;
        Ok(OffsetCommitRequestTopic::default().with_name(topic(input)?).with_partitions(parts))
    })?;
    let request = OffsetCommitRequest::default().with_group_id(group(input)?).with_member_id(word(input, &MEMBERS)?);
    let generation = if input.ratio(1, 2)? { -1 } else { number(input)? as i32 };
    Ok(request.with_generation_id_or_member_epoch(generation).with_topics(topics))
}

fn offset_fetch(input: &mut Unstructured<'_>) -> Result<OffsetFetchRequest> {
    let topics = some(input, |input| {
        let parts = some(input, partition)?;
        Ok(OffsetFetchRequestTopic::default().with_name(topic(input)?).with_partition_indexes(parts))
    })?;
    let topics = if input.ratio(1, 4)? { None } else { Some(topics) };
    Ok(OffsetFetchRequest::default().with_group_id(group(input)?).with_topics(topics).with_require_stable(input.arbitrary()?))
}

fn join_group(input: &mut Unstructured<'_>) -> Result<JoinGroupRequest> {
    let protocols = some(input, |input| {
        Ok(JoinGroupRequestProtocol::default().with_name(word(input, &["range", "roundrobin"])?).with_metadata(some_bytes(input)?))
    })?;
    let request = JoinGroupRequest::default().with_group_id(group(input)?).with_member_id(word(input, &MEMBERS)?);
    let session_ms = if input.ratio(3, 4)? { 100 } else { number(input)? as i32 };
    let request = request.with_session_timeout_ms(session_ms).with_rebalance_timeout_ms(number(input)? as i32);
    Ok(request.with_protocol_type(word(input, &["consumer", "connect"])?).with_protocols(protocols))
}

fn sync_group(input: &mut Unstructured<'_>) -> Result<SyncGroupRequest> {
    let shares = some(input, |input| {
        Ok(SyncGroupRequestAssignment::default().with_member_id(word(input, &MEMBERS)?).with_assignment(some_bytes(input)?))
    })?;
    let request = SyncGroupRequest::default().with_group_id(group(input)?).with_member_id(word(input, &MEMBERS)?);
    Ok(request.with_generation_id(number(input)? as i32).with_assignments(shares))
}
