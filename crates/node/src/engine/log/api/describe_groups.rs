//! DescribeGroups: state, strategy and members of groups. A group that does not exist is `Dead`, as in Kafka.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_groups_response::{DescribedGroup, DescribedGroupMember};
use kafka_protocol::messages::{DescribeGroupsRequest, DescribeGroupsResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};
use super::super::group::MemberShown;

pub(super) fn begin(broker: &Broker, call: &Call, request: &DescribeGroupsRequest) -> Result<Answer, Broken> {
    let groups = request.groups.iter().map(|id| {
        let described = DescribedGroup::default().with_group_id(id.clone());
        if !broker.coordinates() {
            return described.with_error_code(ResponseError::NotCoordinator.code());
        }
        let Some(group) = broker.coordinator.describe(id) else {
            return described.with_group_state(StrBytes::from_static_str("Dead"));
        };
        let members = group.members.into_iter().map(|member| show(member, call.version));
        described
            .with_group_state(StrBytes::from_static_str(group.state))
            .with_protocol_type(StrBytes::from_string(group.protocol_type))
            .with_protocol_data(StrBytes::from_string(group.protocol))
            .with_members(members.collect())
    });
    call.now(&DescribeGroupsResponse::default().with_groups(groups.collect()))
}

fn show(member: MemberShown, version: i16) -> DescribedGroupMember {
    let shown = DescribedGroupMember::default()
        .with_member_id(StrBytes::from_string(member.id))
        .with_client_id(StrBytes::from_string(member.client_id))
        .with_client_host(StrBytes::from_string(member.client_host))
        .with_member_metadata(member.metadata)
        .with_member_assignment(member.assignment);
    if version >= 4 { shown.with_group_instance_id(member.instance_id.map(StrBytes::from_string)) } else { shown }
}
