//! LeaveGroup: a member goes, and the others share its partitions.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{LeaveGroupRequest, LeaveGroupResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::code;

pub(super) fn begin(broker: &Broker, call: &Call, request: &LeaveGroupRequest) -> Result<Answer, Broken> {
    let left = if broker.coordinates() {
        broker.coordinator.with(&request.group_id, false, |group, now_ns| group.leave(now_ns, &request.member_id)).flatten()
    } else {
        Err(ResponseError::NotCoordinator)
    };
    call.now(&LeaveGroupResponse::default().with_error_code(code(&left)))
}
