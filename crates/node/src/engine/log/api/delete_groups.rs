//! DeleteGroups: a group without members goes, with its committed offsets.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::delete_groups_response::DeletableGroupResult;
use kafka_protocol::messages::{DeleteGroupsRequest, DeleteGroupsResponse};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::code;

pub(super) fn begin(broker: &Arc<Broker>, call: Call, request: DeleteGroupsRequest) -> Result<Answer, Broken> {
    let results = request.groups_names.into_iter().map(|id| {
        let gone = if broker.coordinates() { broker.coordinator.delete(&id) } else { Err(ResponseError::NotCoordinator) };
        DeletableGroupResult::default().with_group_id(id).with_error_code(code(&gone))
    });
    let mut answer = DeleteGroupsResponse::default().with_results(results.collect());
    let broker = broker.clone();
    call.later(async move {
        if let Err(error) = broker.kept_offsets().await {
            answer.results.iter_mut().filter(|result| result.error_code == 0).for_each(|result| result.error_code = error.code());
        }
        answer
    })
}
