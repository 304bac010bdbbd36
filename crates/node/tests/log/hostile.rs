//! Bytes that no proper client sends: the connection ends, the broker goes on.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;
use loadline_model::seed::Stream;

use crate::brokers;
use crate::raw::{Raw, batch, frame, produce};

#[tokio::test]
async fn nothing_is_served_before_the_login() {
    let brokers = brokers::one();
    let mut raw = Raw::connect(brokers.ports[0]).await;
    assert!(raw.call(&ApiVersionsRequest::default(), 3).await.unwrap().api_keys.len() > 10);
    raw.send(&frame(&MetadataRequest::default(), 9, 1)).await;
    assert!(raw.closes().await);

    let mut raw = Raw::connect(brokers.ports[0]).await;
    let early = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(format!("\0x\0{}", brokers::TOKEN)));
    assert_eq!(raw.call(&early, 1).await.unwrap().error_code, ResponseError::IllegalSaslState.code());
    assert!(raw.closes().await);

    let mut raw = Raw::connect(brokers.ports[0]).await;
    let other = SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("SCRAM-SHA-256"));
    assert_eq!(raw.call(&other, 1).await.unwrap().error_code, ResponseError::UnsupportedSaslMechanism.code());
    assert!(raw.closes().await);

    for proof in ["", "\0", "\0x\0", "\0x\0wrong", brokers::TOKEN] {
        let mut raw = Raw::connect(brokers.ports[0]).await;
        raw.call(&SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN")), 1).await.unwrap();
        let proof = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from_static(proof.as_bytes()));
        assert_eq!(raw.call(&proof, 1).await.unwrap().error_code, ResponseError::SaslAuthenticationFailed.code());
        assert!(raw.closes().await);
    }
}

#[tokio::test]
async fn a_client_that_is_too_new_is_told_what_is_served() {
    let brokers = brokers::one();
    let mut raw = Raw::connect(brokers.ports[0]).await;
    raw.send(&frame(&ApiVersionsRequest::default(), 4, 9)).await;
    let (correlation_id, answer): (i32, ApiVersionsResponse) = raw.answer(0).await.unwrap();
    assert_eq!((correlation_id, answer.error_code), (9, ResponseError::UnsupportedVersion.code()));
    assert!(answer.api_keys.iter().all(|api| api.min_version == 0), "librdkafka misses APIs that have no version 0");
}

#[tokio::test]
async fn frames_and_arrays_are_limited() {
    let brokers = brokers::one();
    for size in [-1, i32::MIN, i32::MAX, (64 << 10) + 1] {
        let mut raw = Raw::connect(brokers.ports[0]).await;
        raw.send(&size.to_be_bytes()).await;
        assert!(raw.closes().await, "{size} bytes before the login");
    }
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.send(&((16 << 20) + 1i32).to_be_bytes()).await;
    assert!(raw.closes().await);
    // Metadata 4 with an array of 2^31 - 1 topics: reserving them would end the process.
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.send(&[0, 0, 0, 15, 0, 3, 0, 4, 0, 0, 0, 1, 0xff, 0xff, 0x7f, 0xff, 0xff, 0xff, 0]).await;
    assert!(raw.closes().await);
}

/// Every served request, cut short and with bytes changed at random: the broker still answers afterwards.
#[tokio::test]
async fn broken_requests_end_their_connection_only() {
    let brokers = brokers::one();
    let good = [
        frame(&produce("t", 1, vec![batch()]), 8, 1),
        frame(&MetadataRequest::default(), 9, 1),
        frame(&MetadataRequest::default(), 4, 1),
        frame(&ApiVersionsRequest::default(), 3, 1),
    ];
    let mut random = Stream::new(1, "hostile", 0);
    let mut byte = || (random.exponential() * 1e6) as usize;
    for n in 0..400 {
        let mut bytes = good[n % good.len()].to_vec();
        for _ in 0..=byte() % 3 {
            let at = 4 + byte() % (bytes.len() - 4);
            bytes[at] = byte() as u8;
        }
        // Never into the APIs that wait: these answer or close at once.
        bytes[4] = 0;
        bytes[5] = good[n % good.len()][5];
        let mut raw = Raw::login(brokers.ports[0]).await;
        raw.send(&bytes).await;
        drop(raw);
    }
    for request in &good {
        for cut in 4..request.len() {
            let mut bytes = request[..cut].to_vec();
            bytes[..4].copy_from_slice(&(cut as i32 - 4).to_be_bytes());
            let mut raw = Raw::login(brokers.ports[0]).await;
            raw.send(&bytes).await;
            assert!(raw.closes().await, "cut at {cut}");
        }
    }
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.topic("t").await;
    let answer = raw.call(&produce("t", 1, vec![batch()]), 8).await.unwrap();
    assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
}

#[tokio::test]
async fn damaged_batches_are_refused() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.topic("t").await;
    let mut damaged = batch().to_vec();
    damaged[64] ^= 1;
    let twice = [batch(), batch()].concat();
    let batches = vec![damaged.into(), twice.into(), Bytes::new(), batch().slice(..30), batch()];
    let answer = raw.call(&produce("t", 1, batches), 8).await.unwrap();
    let codes: Vec<i16> = answer.responses[0].partition_responses.iter().map(|part| part.error_code).collect();
    let corrupt = ResponseError::CorruptMessage.code();
    assert_eq!(codes, [corrupt, corrupt, corrupt, corrupt, 0]);
}
