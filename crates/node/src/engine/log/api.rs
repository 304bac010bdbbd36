//! The APIs that are served, in which versions, one a file. A new one is a line in [`SERVED`], an outline in `shape`, a line in [`begin`]
//! and a file that is written by copying its neighbour's shape.
//!
//! The versions are those that librdkafka and `kcat` need: the fewer there are, the fewer fields there are that a version lacks, and
//! setting such a field makes an answer impossible to encode.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::{
    AlterConfigsRequest, ApiVersionsRequest, CreatePartitionsRequest, CreateTopicsRequest, DeleteGroupsRequest, DeleteRecordsRequest,
    DeleteTopicsRequest, DescribeConfigsRequest, DescribeGroupsRequest, FetchRequest, FindCoordinatorRequest, HeartbeatRequest,
    IncrementalAlterConfigsRequest, InitProducerIdRequest, JoinGroupRequest, LeaveGroupRequest, ListGroupsRequest, ListOffsetsRequest,
    MetadataRequest, OffsetCommitRequest, OffsetDeleteRequest, OffsetFetchRequest, OffsetForLeaderEpochRequest, ProduceRequest,
    SaslAuthenticateRequest, SaslHandshakeRequest, SyncGroupRequest,
};
use kafka_protocol::protocol::Decodable;

use super::Broker;
use super::connection::{Answer, Broken, Call, Login};
use super::partition::Partition;
use super::topics::Topic;

mod alter_configs;
mod api_versions;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_configs;
mod describe_groups;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod sasl;
mod sync_group;
mod unsupported;

/// API, first and last version that is decoded and answered. Clients are told version 0 as the first: librdkafka up to 2.0 (the one
/// of Debian's `kcat`) takes an API for missing when its version 0 is, SASL included, and later ones drop snappy and lz4. All use the
/// last version that both sides have.
const SERVED: [(ApiKey, i16, i16); 27] = [
    (ApiKey::Produce, 3, 8),
    (ApiKey::Fetch, 4, 11),
    (ApiKey::ListOffsets, 2, 5),
    (ApiKey::Metadata, 4, 9),
    (ApiKey::OffsetCommit, 7, 8),
    (ApiKey::OffsetFetch, 7, 7),
    (ApiKey::FindCoordinator, 1, 2),
    (ApiKey::JoinGroup, 5, 5),
    (ApiKey::Heartbeat, 3, 3),
    (ApiKey::LeaveGroup, 1, 1),
    (ApiKey::SyncGroup, 3, 3),
    (ApiKey::SaslHandshake, 1, 1),
    (ApiKey::ApiVersions, 0, 3),
    (ApiKey::CreateTopics, 2, 5),
    (ApiKey::InitProducerId, 4, 4),
    (ApiKey::SaslAuthenticate, 0, 2),
    (ApiKey::DeleteTopics, 1, 3),
    (ApiKey::CreatePartitions, 0, 1),
    (ApiKey::DescribeConfigs, 1, 3),
    (ApiKey::AlterConfigs, 0, 1),
    (ApiKey::IncrementalAlterConfigs, 0, 1),
    (ApiKey::DeleteRecords, 0, 1),
    (ApiKey::DescribeGroups, 0, 4),
    (ApiKey::ListGroups, 0, 4),
    (ApiKey::DeleteGroups, 0, 1),
    (ApiKey::OffsetDelete, 0, 0),
    (ApiKey::OffsetForLeaderEpoch, 2, 3),
];

/// Resource types of the protocol.
const TOPIC: i8 = 2;
const BROKER: i8 = 4;

/// True when a request of this API and version can be answered.
pub(super) fn serves(api: ApiKey, version: i16) -> bool {
    SERVED.iter().any(|(key, first, last)| *key == api && (*first..=*last).contains(&version))
}

/// An API or a version that is not served, in the protocol's own words where it has any: an ApiVersions that is too new is answered with
/// what is served, a request whose answer has one error for the whole with UNSUPPORTED_VERSION, in its own version. For every other there
/// is no such answer, and the connection ends, as at Kafka.
pub(super) fn not_served(call: &Call) -> Result<Answer, Broken> {
    if call.api == ApiKey::ApiVersions { api_versions::too_new(call) } else { unsupported::begin(call) }
}

/// Decodes a request whose outline was checked, and begins it.
pub(super) fn begin(broker: &Arc<Broker>, login: &mut Login, call: Call, body: Bytes) -> Result<Answer, Broken> {
    let version = call.version;
    match call.api {
        ApiKey::ApiVersions => api_versions::begin(&call, &decode::<ApiVersionsRequest>(body, version)?),
        ApiKey::SaslHandshake => sasl::handshake(login, &call, &decode::<SaslHandshakeRequest>(body, version)?),
        ApiKey::SaslAuthenticate => sasl::authenticate(broker, login, &call, &decode::<SaslAuthenticateRequest>(body, version)?),
        ApiKey::Metadata => metadata::begin(broker, call, decode::<MetadataRequest>(body, version)?),
        ApiKey::CreateTopics => create_topics::begin(broker, call, decode::<CreateTopicsRequest>(body, version)?),
        ApiKey::Produce => produce::begin(broker, call, decode::<ProduceRequest>(body, version)?),
        ApiKey::Fetch => fetch::begin(broker, call, decode::<FetchRequest>(body, version)?),
        ApiKey::ListOffsets => list_offsets::begin(broker, &call, &decode::<ListOffsetsRequest>(body, version)?),
        ApiKey::InitProducerId => init_producer_id::begin(&call, &decode::<InitProducerIdRequest>(body, version)?),
        ApiKey::FindCoordinator => find_coordinator::begin(broker, &call, &decode::<FindCoordinatorRequest>(body, version)?),
        ApiKey::JoinGroup => join_group::begin(broker, call, &decode::<JoinGroupRequest>(body, version)?),
        ApiKey::SyncGroup => sync_group::begin(broker, call, &decode::<SyncGroupRequest>(body, version)?),
        ApiKey::Heartbeat => heartbeat::begin(broker, &call, &decode::<HeartbeatRequest>(body, version)?),
        ApiKey::LeaveGroup => leave_group::begin(broker, &call, &decode::<LeaveGroupRequest>(body, version)?),
        ApiKey::OffsetCommit => offset_commit::begin(broker, call, &decode::<OffsetCommitRequest>(body, version)?),
        ApiKey::OffsetFetch => offset_fetch::begin(broker, &call, &decode::<OffsetFetchRequest>(body, version)?),
        ApiKey::DeleteTopics => delete_topics::begin(broker, call, decode::<DeleteTopicsRequest>(body, version)?),
        ApiKey::CreatePartitions => create_partitions::begin(broker, call, decode::<CreatePartitionsRequest>(body, version)?),
        ApiKey::DescribeConfigs => describe_configs::begin(broker, &call, &decode::<DescribeConfigsRequest>(body, version)?),
        ApiKey::AlterConfigs => alter_configs::whole(broker, call, decode::<AlterConfigsRequest>(body, version)?),
        ApiKey::IncrementalAlterConfigs => {
            alter_configs::incremental(broker, call, decode::<IncrementalAlterConfigsRequest>(body, version)?)
        }
        ApiKey::DeleteRecords => delete_records::begin(broker, &call, &decode::<DeleteRecordsRequest>(body, version)?),
        ApiKey::DescribeGroups => describe_groups::begin(broker, &call, &decode::<DescribeGroupsRequest>(body, version)?),
        ApiKey::ListGroups => list_groups::begin(broker, &call, &decode::<ListGroupsRequest>(body, version)?),
        ApiKey::DeleteGroups => delete_groups::begin(broker, call, decode::<DeleteGroupsRequest>(body, version)?),
        ApiKey::OffsetDelete => offset_delete::begin(broker, call, decode::<OffsetDeleteRequest>(body, version)?),
        ApiKey::OffsetForLeaderEpoch => {
            offset_for_leader_epoch::begin(broker, &call, &decode::<OffsetForLeaderEpochRequest>(body, version)?)
        }
        _ => Err(Broken::BadRequest),
    }
}

fn decode<R: Decodable>(mut body: Bytes, version: i16) -> Result<R, Broken> {
    R::decode(&mut body, version).map_err(|_| Broken::BadRequest)
}

/// The code of a result, 0 when it is well.
fn code<T>(result: &Result<T, ResponseError>) -> i16 {
    result.as_ref().err().map_or(0, |error| error.code())
}

/// The partition of that number, if this broker holds it; whether it leads is the partition's to say.
fn led(topic: Option<&Topic>, index: i32) -> Result<Arc<Partition>, ResponseError> {
    let slot = topic.and_then(|topic| topic.partitions.get(usize::try_from(index).ok()?)).ok_or(ResponseError::UnknownTopicOrPartition)?;
    slot.clone().ok_or(ResponseError::NotLeaderOrFollower)
}

/// A number that differs from every other; the standard library seeds its hashers at random.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
