//! ListGroups: the groups of this coordinator.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::list_groups_response::ListedGroup;
use kafka_protocol::messages::{GroupId, ListGroupsRequest, ListGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};

pub(super) fn begin(broker: &Broker, call: &Call, request: &ListGroupsRequest) -> Result<Answer, Broken> {
    // Brokers that coordinate nothing have no groups, which is no error.
    let groups = if broker.coordinates() { broker.coordinator.describe_all() } else { Vec::new() };
    let wanted = |state: &str| request.states_filter.is_empty() || request.states_filter.iter().any(|wanted| wanted.as_str() == state);
    let listed = groups.into_iter().filter(|(_, group)| wanted(group.state)).map(|(id, group)| {
        let listed = ListedGroup::default()
            .with_group_id(GroupId(StrBytes::from_string(id)))
            .with_protocol_type(StrBytes::from_string(group.protocol_type));
        if call.version >= 4 { listed.with_group_state(StrBytes::from_static_str(group.state)) } else { listed }
    });
    let answer = ListGroupsResponse::default().with_groups(listed.collect());
    call.now(&if broker.coordinates() || call.version >= 1 { answer } else { answer.with_error_code(ResponseError::NotCoordinator.code()) })
}
