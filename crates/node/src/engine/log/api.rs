//! The APIs that are served, in which versions, one a file. A new one is a line in [`SERVED`], an outline in `shape`, a line in [`begin`]
//! and a file that is written by copying its neighbour's shape.
//!
//! The versions are those that librdkafka and `kcat` need: the fewer there are, the fewer fields there are that a version lacks, and
//! setting such a field makes an answer impossible to encode.

use std::sync::Arc;

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::{
    ApiVersionsRequest, CreateTopicsRequest, FetchRequest, FindCoordinatorRequest, HeartbeatRequest, InitProducerIdRequest,
    JoinGroupRequest, LeaveGroupRequest, ListOffsetsRequest, MetadataRequest, OffsetCommitRequest, OffsetFetchRequest, ProduceRequest,
    SaslAuthenticateRequest, SaslHandshakeRequest, SyncGroupRequest,
};
use kafka_protocol::protocol::Decodable;

use super::Broker;
use super::connection::{Answer, Broken, Call, Login};

mod api_versions;
mod create_topics;
mod fetch;
mod find_coordinator;
mod heartbeat;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_offsets;
mod metadata;
mod offset_commit;
mod offset_fetch;
mod produce;
mod sasl;
mod sync_group;

/// API, first and last version that is decoded and answered. Clients are told version 0 as the first: librdkafka up to 2.0 (the one
/// of Debian's `kcat`) takes an API for missing when its version 0 is, SASL included, and later ones drop snappy and lz4. All use the
/// last version that both sides have.
const SERVED: [(ApiKey, i16, i16); 16] = [
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
];

/// True when a request of this API and version can be answered.
pub(super) fn serves(api: ApiKey, version: i16) -> bool {
    SERVED.iter().any(|(key, first, last)| *key == api && (*first..=*last).contains(&version))
}

/// A client asks in which versions it may speak by trying: an ApiVersions that is too new has an answer, nothing else has.
pub(super) fn not_served(call: &Call) -> Result<Answer, Broken> {
    if call.api == ApiKey::ApiVersions { api_versions::too_new(call) } else { Err(Broken::BadRequest) }
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
        ApiKey::InitProducerId => init_producer_id::begin(broker, &call, &decode::<InitProducerIdRequest>(body, version)?),
        ApiKey::FindCoordinator => find_coordinator::begin(broker, &call, &decode::<FindCoordinatorRequest>(body, version)?),
        ApiKey::JoinGroup => join_group::begin(broker, call, &decode::<JoinGroupRequest>(body, version)?),
        ApiKey::SyncGroup => sync_group::begin(broker, call, &decode::<SyncGroupRequest>(body, version)?),
        ApiKey::Heartbeat => heartbeat::begin(broker, &call, &decode::<HeartbeatRequest>(body, version)?),
        ApiKey::LeaveGroup => leave_group::begin(broker, &call, &decode::<LeaveGroupRequest>(body, version)?),
        ApiKey::OffsetCommit => offset_commit::begin(broker, &call, &decode::<OffsetCommitRequest>(body, version)?),
        ApiKey::OffsetFetch => offset_fetch::begin(broker, &call, &decode::<OffsetFetchRequest>(body, version)?),
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
