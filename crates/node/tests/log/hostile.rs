//! Bytes that no proper client sends: the connection ends, the broker goes on.

use bytes::Bytes;
use kafka_protocol::ResponseError;
use kafka_protocol::messages::{ApiVersionsRequest, ApiVersionsResponse, MetadataRequest, SaslAuthenticateRequest, SaslHandshakeRequest};
use kafka_protocol::protocol::StrBytes;
use loadline_model::seed::Stream;
use loadline_model::wire::Sample;

use crate::brokers;
use crate::kills::Process;
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

/// Asks for metadata again and again until told to stop; gives the slowest answer.
async fn honest(port: u16, mut stop: tokio::sync::watch::Receiver<bool>) -> (u32, std::time::Duration) {
    let (mut count, mut slowest) = (0, std::time::Duration::ZERO);
    loop {
        let began = std::time::Instant::now();
        let mut raw = Raw::login(port).await;
        raw.topic("honest").await;
        let answer = raw.call(&produce("honest", 1, vec![batch()]), 8).await.unwrap();
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
        slowest = slowest.max(began.elapsed());
        count += 1;
        if *stop.borrow_and_update() {
            return (count, slowest);
        }
    }
}

/// A broker in a process of its own, whose memory is nobody else's.
fn alone(folder: &tempfile::TempDir) -> Process {
    tokio::task::block_in_place(|| Process::start(folder.path(), 50))
}

/// Its next samples, until `enough`.
fn until(process: &mut Process, enough: impl Fn(&Sample) -> bool) -> Sample {
    tokio::task::block_in_place(|| {
        loop {
            let sample = process.sample();
            if enough(&sample) {
                return sample;
            }
        }
    })
}

/// A byte at a time is slow and right.
#[tokio::test]
async fn a_byte_at_a_time_is_served() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.topic("t").await;
    for byte in frame(&produce("t", 1, vec![batch()]), 8, 3) {
        raw.send(&[byte]).await;
        tokio::task::yield_now().await;
    }
    let (correlation_id, answer): (i32, kafka_protocol::messages::ProduceResponse) = raw.answer(8).await.unwrap();
    assert_eq!((correlation_id, answer.responses[0].partition_responses[0].error_code), (3, 0));
}

/// Fetches of absurd sizes, a thousand at a time, whose answers nobody reads: memory stays where it was.
#[tokio::test(flavor = "multi_thread")]
async fn absurd_fetches_that_nobody_reads_hold_no_memory() {
    use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
    use kafka_protocol::messages::{BrokerId, FetchRequest, TopicName};
    let folder = tempfile::tempdir().unwrap();
    let mut process = alone(&folder);
    let port = process.port;
    let mut raw = Raw::login(port).await;
    raw.create("t", 1).await;
    let large = crate::raw::carrying(&vec![7; 1 << 20], (-1, -1, -1));
    for _ in 0..16 {
        let answer = raw.call(&produce("t", 1, vec![large.clone()]), 8).await.unwrap();
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0);
    }
    let fetch = |max_bytes: i32, min_bytes: i32, parts: usize| {
        let part = FetchPartition::default().with_partition(0).with_current_leader_epoch(-1).with_fetch_offset(0);
        let topic = FetchTopic::default().with_topic(TopicName(StrBytes::from_static_str("t")));
        FetchRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_max_wait_ms(if min_bytes > 1 { i32::MAX } else { 0 })
            .with_min_bytes(min_bytes)
            .with_max_bytes(max_bytes)
            .with_topics(vec![topic.with_partitions(vec![part.with_partition_max_bytes(max_bytes); parts])])
    };
    let sized = raw.call(&fetch(i32::MAX, 1, 100), 11).await.unwrap();
    let bytes: usize = sized.responses[0].partitions.iter().filter_map(|part| part.records.as_ref().map(Bytes::len)).sum();
    assert!(bytes <= 5 << 20, "{bytes} bytes, whatever was asked for");
    let none = raw.call(&fetch(i32::MIN, 1, 1), 11).await.unwrap();
    assert_eq!(none.responses[0].partitions[0].records.as_ref().map(Bytes::len), Some(large.len()), "one batch is always given");
    let early = raw.call(&fetch(1 << 20, i32::MAX, 8), 11).await.unwrap();
    assert_eq!(early.responses[0].partitions[0].error_code, 0, "nobody waits for more bytes than an answer may hold");
    let before = until(&mut process, |_| true).rss_bytes;
    let mut silent = Vec::new();
    for _ in 0..32 {
        let mut client = Raw::login(port).await;
        let many: Vec<u8> = (0..1000).flat_map(|n| frame(&fetch(i32::MAX, 1, 4), 11, n).to_vec()).collect();
        client.send(&many).await;
        silent.push(client);
    }
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let honest = tokio::spawn(honest(port, stopped));
    let after = until(&mut process, |sample| sample.counters.get("bytes_out").is_some_and(|bytes| *bytes >= 32 << 20));
    stop.send(true).unwrap();
    assert!(honest.await.unwrap().0 > 0);
    let grown = after.rss_bytes.saturating_sub(before);
    assert!(grown < 64 << 20, "{} MB more for {} answers that nobody reads", grown >> 20, silent.len());
}

/// What a client compressed is stored as it is: a bomb stays as small as it came.
#[tokio::test]
async fn nothing_is_decompressed() {
    let brokers = brokers::one();
    let mut raw = Raw::login(brokers.ports[0]).await;
    raw.topic("t").await;
    for codec in 1..=7u8 {
        let mut bytes = batch().to_vec();
        bytes[22] = codec;
        let checksum = crc32c::crc32c(&bytes[21..]);
        bytes[17..21].copy_from_slice(&checksum.to_be_bytes());
        let answer = raw.call(&produce("t", 1, vec![bytes.into()]), 8).await.unwrap();
        assert_eq!(answer.responses[0].partition_responses[0].error_code, 0, "codec {codec} is the clients' affair");
    }
}
