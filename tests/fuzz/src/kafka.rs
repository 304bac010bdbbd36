//! Kafka frames: a login, then requests with a proper header. Form `b` puts the input's bytes under it as they are (for each request one
//! byte each for API, version and length, then the body); any other form draws every field from the input (see [`crate::requests`]) and may
//! damage a byte or two afterwards. Versions are those that the broker says it serves.

use arbitrary::Unstructured;
use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::{
    ApiKey, ApiVersionsRequest, ApiVersionsResponse, RequestHeader, RequestKind, ResponseHeader, SaslAuthenticateRequest,
    SaslHandshakeRequest,
};
use kafka_protocol::protocol::{Decodable, HeaderVersion, StrBytes};

use crate::socket::Connection;
use crate::{Mode, TOKEN, requests};

/// Requests of one input.
const MAX_REQUESTS: usize = 8;

/// The APIs that a broker serves, each with its last version.
pub struct Served(Vec<(ApiKey, i16)>);

impl Served {
    /// Asks the broker at `port`.
    pub fn by(port: u16) -> Self {
        let ask = frame(&RequestKind::ApiVersions(ApiVersionsRequest::default()), ApiKey::ApiVersions, 0).expect("a request");
        let mut connection = Connection::to(port);
        connection.send(&ask);
        connection.read_until(std::time::Duration::from_secs(60), |answer| frames(answer) == 1);
        let answer = connection.end();
        let mut body = Bytes::from(answer).split_off(4);
        ResponseHeader::decode(&mut body, ApiVersionsResponse::header_version(0)).expect("a header");
        let list = ApiVersionsResponse::decode(&mut body, 0).expect("a list of APIs").api_keys;
        let known = list.iter().filter_map(|api| Some((ApiKey::try_from(api.api_key).ok()?, api.max_version)));
        Self(known.collect())
    }

    fn choose(&self, api: u8, version: u8) -> (ApiKey, i16) {
        let (api, last) = self.0.get(usize::from(api) % self.0.len().max(1)).copied().unwrap_or((ApiKey::ApiVersions, 0));
        // Most often the last ones: that is where the fields are.
        (api, (last - i16::from(version) % (last + 1)).max(0))
    }
}

/// The two requests of a login.
pub fn login() -> Vec<u8> {
    let mechanism = SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN"));
    let proof = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(format!("\0loadline\0{TOKEN}")));
    let handshake = frame(&RequestKind::SaslHandshake(mechanism), ApiKey::SaslHandshake, 1);
    [handshake, frame(&RequestKind::SaslAuthenticate(proof), ApiKey::SaslAuthenticate, 1)].map(|frame| frame.expect("a request")).concat()
}

/// What is sent after the login, or before one.
pub fn requests(served: &Served, mode: Mode, input: &[u8]) -> Vec<u8> {
    match mode {
        Mode::RawBeforeLogin | Mode::Raw => input.to_vec(),
        Mode::Framed(b'b') => bodies(served, input),
        Mode::Framed(_) => fields(served, input),
    }
}

/// Whole frames at the beginning of `bytes`.
pub fn frames(mut bytes: &[u8]) -> usize {
    let mut whole = 0;
    while let Some(length) = bytes.first_chunk::<4>() {
        let end = usize::try_from(i32::from_be_bytes(*length)).ok().and_then(|length| length.checked_add(4));
        let Some(rest) = end.and_then(|end| bytes.get(end..)) else { break };
        bytes = rest;
        whole += 1;
    }
    whole
}

fn bodies(served: &Served, mut input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..MAX_REQUESTS {
        let [api, version, length, rest @ ..] = input else { break };
        let (api, version) = served.choose(*api, *version);
        let (body, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        bytes.extend(under_header(api, version, body));
        input = rest;
    }
    bytes
}

fn fields(served: &Served, input: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut input = Unstructured::new(input);
    for _ in 0..MAX_REQUESTS {
        if input.is_empty() {
            break;
        }
        // An input that ends in the middle of a request goes on with zeros, so nothing here fails.
        let Ok((api, version, damaged)) = input.arbitrary::<(u8, u8, u8)>() else { break };
        let (api, version) = served.choose(api, version);
        let Ok(request) = requests::draw(api, &mut input) else { break };
        // A field that this version does not have cannot be written: nothing is sent then.
        let Some(mut frame) = frame(&request, api, version) else { continue };
        for _ in 0..damaged.saturating_sub(200) / 20 {
            if let Ok((at, value)) = input.arbitrary::<(u16, u8)>()
                && let Some(place) = frame.get_mut(4..).filter(|frame| !frame.is_empty()).and_then(|frame| {
                    let at = usize::from(at) % frame.len();
                    frame.get_mut(at)
                })
            {
                *place = value;
            }
        }
        bytes.extend(frame);
    }
    bytes
}

fn frame(request: &RequestKind, api: ApiKey, version: i16) -> Option<Vec<u8>> {
    let mut body = BytesMut::new();
    request.encode(&mut body, version).ok()?;
    Some(under_header(api, version, &body))
}

fn under_header(api: ApiKey, version: i16, body: &[u8]) -> Vec<u8> {
    use kafka_protocol::protocol::Encodable;
    let header = RequestHeader::default()
        .with_request_api_key(api as i16)
        .with_request_api_version(version)
        .with_correlation_id(7)
        .with_client_id(Some(StrBytes::from_static_str("fuzzer")));
    let mut bytes = BytesMut::new();
    bytes.put_i32(0);
    header.encode(&mut bytes, api.request_header_version(version)).expect("a header");
    bytes.extend(body);
    let length = i32::try_from(bytes.len() - 4).expect("an input is small");
    bytes.iter_mut().zip(length.to_be_bytes()).for_each(|(place, byte)| *place = byte);
    bytes.to_vec()
}
