//! A version, or an API, that is known and not served: UNSUPPORTED_VERSION in the version that was asked in, where the answer has an error
//! for the whole. Where it has not, an answer would say that all is well.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{
    AddOffsetsToTxnResponse, ApiKey, DescribeAclsResponse, DescribeClusterResponse, DescribeLogDirsResponse, EndTxnResponse,
    FindCoordinatorResponse, HeartbeatResponse, InitProducerIdResponse, JoinGroupResponse, LeaveGroupResponse, ListGroupsResponse,
    ListTransactionsResponse, SaslAuthenticateResponse, SaslHandshakeResponse, SyncGroupResponse,
};

use super::super::connection::{Answer, Broken, Call};

macro_rules! refuse {
    ($call:expr, $($api:ident => $response:ident),+ $(,)?) => {
        match $call.api {
            $(ApiKey::$api => $call.encode(&$response::default().with_error_code(ResponseError::UnsupportedVersion.code())),)+
            _ => return Err(Broken::BadRequest),
        }
    };
}

pub(super) fn begin(call: &Call) -> Result<Answer, Broken> {
    let refused = refuse!(
        call,
        AddOffsetsToTxn => AddOffsetsToTxnResponse,
        DescribeAcls => DescribeAclsResponse,
        DescribeCluster => DescribeClusterResponse,
        DescribeLogDirs => DescribeLogDirsResponse,
        EndTxn => EndTxnResponse,
        FindCoordinator => FindCoordinatorResponse,
        Heartbeat => HeartbeatResponse,
        InitProducerId => InitProducerIdResponse,
        JoinGroup => JoinGroupResponse,
        LeaveGroup => LeaveGroupResponse,
        ListGroups => ListGroupsResponse,
        ListTransactions => ListTransactionsResponse,
        SaslAuthenticate => SaslAuthenticateResponse,
        SaslHandshake => SaslHandshakeResponse,
        SyncGroup => SyncGroupResponse,
    );
    // A version that not even the answer has cannot be spoken.
    let refused = refused.map_err(|_| Broken::BadRequest)?;
    Ok(Box::pin(std::future::ready(Ok(refused))))
}
