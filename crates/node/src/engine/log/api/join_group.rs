//! JoinGroup: a consumer enters a group, or comes back in a rebalance. The answer waits until the rebalance is complete.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::join_group_response::JoinGroupResponseMember;
use kafka_protocol::messages::{JoinGroupRequest, JoinGroupResponse};
use kafka_protocol::protocol::StrBytes;
use tokio::sync::oneshot;

use super::super::connection::{Answer, Broken, Call};
use super::super::group::{Join, Joined};
use super::super::{Broker, limits};
use super::random;

pub(super) fn begin(broker: &Broker, call: Call, request: &JoinGroupRequest) -> Result<Answer, Broken> {
    let (answer, answered) = oneshot::channel();
    if let Err(error) = join(broker, &call, request, answer) {
        return call.now(&failed(request, error));
    }
    call.later(async move {
        // The coordinator forgets a member that it removes while it waits.
        let gone = Joined { error: Some(ResponseError::UnknownMemberId), generation: -1, ..Joined::default() };
        response(answered.await.unwrap_or(gone))
    })
}

fn join(broker: &Broker, call: &Call, request: &JoinGroupRequest, answer: oneshot::Sender<Joined>) -> Result<(), ResponseError> {
    if !broker.coordinates() {
        return Err(ResponseError::NotCoordinator);
    }
    if !limits::SESSION_MS.contains(&request.session_timeout_ms) {
        return Err(ResponseError::InvalidSessionTimeout);
    }
    let size: usize = request.protocols.iter().map(|protocol| protocol.name.len() + protocol.metadata.len()).sum();
    let instance = request.group_instance_id.as_ref().map_or(0, |id| id.len());
    if size > limits::MEMBER_BYTES || request.protocol_type.len() > limits::ID_BYTES || instance > limits::ID_BYTES {
        return Err(ResponseError::InvalidRequest);
    }
    let ns = |ms: i32| u64::from(ms.unsigned_abs()) * 1_000_000;
    let rebalance_ms = if request.rebalance_timeout_ms > 0 { request.rebalance_timeout_ms } else { request.session_timeout_ms };
    let join = Join {
        member_id: request.member_id.as_str().to_owned(),
        fresh_id: format!("{}-{:016x}{:016x}", call.client_id, random(), random()),
        instance_id: request.group_instance_id.as_ref().map(|id| id.as_str().to_owned()),
        client: (call.client_id.clone(), call.client_address.to_string()),
        session_ns: ns(request.session_timeout_ms),
        rebalance_ns: ns(rebalance_ms),
        protocol_type: request.protocol_type.as_str().to_owned(),
        // Copied: the request's bytes are a part of the connection's buffer.
        protocols: request.protocols.iter().map(|p| (p.name.as_str().to_owned(), Bytes::copy_from_slice(&p.metadata))).collect(),
    };
    broker.coordinator.with(&request.group_id, true, |group, now_ns| group.join(now_ns, join, answer))
}

fn failed(request: &JoinGroupRequest, error: ResponseError) -> JoinGroupResponse {
    let member_id = request.member_id.as_str().to_owned();
    response(Joined { error: Some(error), generation: -1, member_id, ..Joined::default() })
}

fn response(joined: Joined) -> JoinGroupResponse {
    let members = joined
        .members
        .into_iter()
        .map(|(id, metadata)| JoinGroupResponseMember::default().with_member_id(StrBytes::from_string(id)).with_metadata(metadata));
    JoinGroupResponse::default()
        .with_error_code(joined.error.map_or(0, |error| error.code()))
        .with_generation_id(joined.generation)
        .with_protocol_name(Some(StrBytes::from_string(joined.protocol)))
        .with_leader(StrBytes::from_string(joined.leader))
        .with_member_id(StrBytes::from_string(joined.member_id))
        .with_members(members.collect())
}
