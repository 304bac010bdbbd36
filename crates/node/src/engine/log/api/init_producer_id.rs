//! InitProducerId: an id for an idempotent producer, which librdkafka wants before it sends; or its next epoch, after it lost count.
//! Transactions are not offered.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use super::super::connection::{Answer, Broken, Call};
use super::random;

pub(super) fn begin(call: &Call, request: &InitProducerIdRequest) -> Result<Answer, Broken> {
    let answer = InitProducerIdResponse::default();
    if request.transactional_id.is_some() {
        let error = ResponseError::TransactionalIdAuthorizationFailed.code();
        return call.now(&answer.with_error_code(error).with_producer_id(ProducerId(-1)).with_producer_epoch(-1));
    }
    // Drawn and not counted, so that ids differ also from those of other brokers and of earlier lives.
    let fresh = (random() >> 1) as i64;
    let (id, epoch) = match (request.producer_id.0, request.producer_epoch.checked_add(1)) {
        (id @ 0.., Some(next @ 1..)) => (id, next),
        _ => (fresh, 0),
    };
    call.now(&answer.with_producer_id(ProducerId(id)).with_producer_epoch(epoch))
}
