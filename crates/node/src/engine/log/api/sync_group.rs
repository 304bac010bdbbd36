//! SyncGroup: the leader of a group brings the assignments, everybody gets its own.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{SyncGroupRequest, SyncGroupResponse};
use tokio::sync::oneshot;

use super::super::connection::{Answer, Broken, Call};
use super::super::group::Synced;
use super::super::{Broker, limits};

pub(super) fn begin(broker: &Broker, call: Call, request: &SyncGroupRequest) -> Result<Answer, Broken> {
    let (answer, answered) = oneshot::channel();
    if let Err(error) = sync(broker, request, answer) {
        return call.now(&response(Err(error)));
    }
    // The coordinator forgets a member that it removes while it waits.
    call.later(async move { response(answered.await.unwrap_or(Err(ResponseError::UnknownMemberId))) })
}

fn sync(broker: &Broker, request: &SyncGroupRequest, answer: oneshot::Sender<Synced>) -> Result<(), ResponseError> {
    if !broker.coordinates() {
        return Err(ResponseError::NotCoordinator);
    }
    if request.assignments.iter().any(|given| given.assignment.len() > limits::MEMBER_BYTES) {
        return Err(ResponseError::InvalidRequest);
    }
    // Copied: the request's bytes are a part of the connection's buffer.
    let given = request.assignments.iter().map(|g| (g.member_id.as_str().to_owned(), Bytes::copy_from_slice(&g.assignment)));
    let given = given.collect();
    let instance = request.group_instance_id.as_ref().map(|id| id.as_str());
    broker.coordinator.with(&request.group_id, false, |group, now_ns| {
        group.sync(now_ns, &request.member_id, instance, request.generation_id, given, answer);
    })
}

fn response(synced: Synced) -> SyncGroupResponse {
    match synced {
        Ok(assignment) => SyncGroupResponse::default().with_assignment(assignment),
        Err(error) => SyncGroupResponse::default().with_error_code(error.code()),
    }
}
