//! InitProducerId: an id for an idempotent producer, which librdkafka wants before it sends. The log does not yet look for duplicates by
//! it. Transactions are not offered.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::{InitProducerIdRequest, InitProducerIdResponse, ProducerId};

use super::super::Broker;
use super::super::connection::{Answer, Broken, Call};

pub(super) fn begin(broker: &Broker, call: &Call, request: &InitProducerIdRequest) -> Result<Answer, Broken> {
    let answer = InitProducerIdResponse::default();
    if request.transactional_id.is_some() {
        let error = ResponseError::TransactionalIdAuthorizationFailed.code();
        return call.now(&answer.with_error_code(error).with_producer_id(ProducerId(-1)).with_producer_epoch(-1));
    }
    call.now(&answer.with_producer_id(ProducerId(broker.producer_id())).with_producer_epoch(0))
}
