//! ApiVersions: what is served. Allowed before the login.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::api_versions_response::ApiVersion;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse};

use super::super::connection::{Answer, Broken, Call};
use super::SERVED;

pub(super) fn begin(call: &Call, _request: &ApiVersionsRequest) -> Result<Answer, Broken> {
    call.now(&list())
}

/// The client is newer: it is told so in version 0, with the list, and asks again.
pub(super) fn too_new(call: &Call) -> Result<Answer, Broken> {
    let answer = list().with_error_code(ResponseError::UnsupportedVersion.code());
    let bytes = call.encode_as(&answer, 0);
    Ok(Box::pin(std::future::ready(bytes)))
}

fn list() -> ApiVersionsResponse {
    let keys =
        SERVED.iter().map(|(api, _, last)| ApiVersion::default().with_api_key(*api as i16).with_min_version(0).with_max_version(*last));
    ApiVersionsResponse::default().with_api_keys(keys.collect())
}
