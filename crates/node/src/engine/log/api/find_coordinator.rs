//! FindCoordinator: instance 0 coordinates all groups.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{BrokerId, FindCoordinatorRequest, FindCoordinatorResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};

pub(super) fn begin(broker: &Broker, call: &Call, request: &FindCoordinatorRequest) -> Result<Answer, Broken> {
    let answer = FindCoordinatorResponse::default();
    match broker.members.first() {
        Some(first) if request.key_type == 0 => call.now(
            &answer.with_node_id(BrokerId(first.id)).with_host(StrBytes::from_string(first.host.clone())).with_port(i32::from(first.port)),
        ),
        _ => {
            // Transactions have coordinators too, but are not offered: an error that passes would have a producer ask until it gives up.
            let error = match request.key_type {
                0 => ResponseError::CoordinatorNotAvailable,
                1 => ResponseError::TransactionalIdAuthorizationFailed,
                _ => ResponseError::InvalidRequest,
            };
            call.now(&answer.with_error_code(error.code()).with_node_id(BrokerId(-1)).with_port(-1))
        }
    }
}
