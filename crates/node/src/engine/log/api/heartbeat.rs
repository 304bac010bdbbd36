//! Heartbeat: a member is alive, and learns whether it must join again.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{HeartbeatRequest, HeartbeatResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::code;

pub(super) fn begin(broker: &Broker, call: &Call, request: &HeartbeatRequest) -> Result<Answer, Broken> {
    let beat = if broker.coordinates() {
        let instance = request.group_instance_id.as_ref().map(|id| id.as_str());
        let beat = broker
            .coordinator
            .with(&request.group_id, false, |group, now_ns| group.heartbeat(now_ns, &request.member_id, instance, request.generation_id));
        beat.flatten()
    } else {
        Err(ResponseError::NotCoordinator)
    };
    call.now(&HeartbeatResponse::default().with_error_code(code(&beat)))
}
