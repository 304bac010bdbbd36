//! SaslHandshake and SaslAuthenticate: mechanism PLAIN, any user, the run's token as password.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{SaslAuthenticateRequest, SaslAuthenticateResponse, SaslHandshakeRequest, SaslHandshakeResponse};
use kafka_protocol::protocol::StrBytes;

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call, Login};
use crate::runtime::http::same_secret;

pub(super) fn handshake(login: &mut Login, call: &Call, request: &SaslHandshakeRequest) -> Result<Answer, Broken> {
    let answer = SaslHandshakeResponse::default().with_mechanisms(vec![StrBytes::from_static_str("PLAIN")]);
    if request.mechanism.as_str() == "PLAIN" {
        *login = Login::Agreed;
        return call.now(&answer);
    }
    *login = Login::Failed;
    call.now(&answer.with_error_code(ResponseError::UnsupportedSaslMechanism.code()))
}

pub(super) fn authenticate(broker: &Broker, login: &mut Login, call: &Call, request: &SaslAuthenticateRequest) -> Result<Answer, Broken> {
    // PLAIN (RFC 4616): authorisation identity, user, password, with a zero byte between them.
    let password = request.auth_bytes.splitn(3, |byte| *byte == 0).nth(2).unwrap_or_default();
    let answer = SaslAuthenticateResponse::default();
    let refusal = if *login != Login::Agreed {
        Some((ResponseError::IllegalSaslState, "agree on the mechanism PLAIN first"))
    } else if !same_secret(password, broker.node.config().token.as_bytes()) {
        Some((ResponseError::SaslAuthenticationFailed, "wrong password: it is the token of this run"))
    } else {
        None
    };
    let Some((error, why)) = refusal else {
        *login = Login::Done;
        return call.now(&answer);
    };
    *login = Login::Failed;
    call.now(&answer.with_error_code(error.code()).with_error_message(Some(StrBytes::from_static_str(why))))
}
