//! A client that sends what it is told to, and reads what comes: for what no proper client does.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages::create_topics_request::CreatableTopic;
use kafka_protocol::messages::metadata_request::MetadataRequestTopic;
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::{
    CreateTopicsRequest, DeleteTopicsRequest, MetadataRequest, ProduceRequest, RequestHeader, ResponseHeader, SaslAuthenticateRequest,
    SaslHandshakeRequest, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::brokers::TOKEN;

/// A connection.
pub(crate) struct Raw {
    pub(crate) stream: TcpStream,
}

/// The frame of a request.
pub(crate) fn frame<R: Request>(request: &R, version: i16, correlation_id: i32) -> Bytes {
    let header = RequestHeader::default()
        .with_request_api_key(R::KEY)
        .with_request_api_version(version)
        .with_correlation_id(correlation_id)
        .with_client_id(Some(StrBytes::from_static_str("raw")));
    let mut body = BytesMut::new();
    header.encode(&mut body, R::header_version(version)).unwrap();
    request.encode(&mut body, version).unwrap();
    let mut frame = BytesMut::new();
    frame.put_i32(body.len() as i32);
    frame.extend(body);
    frame.freeze()
}

impl Raw {
    /// Connects, and no more.
    pub(crate) async fn connect(port: u16) -> Self {
        Self { stream: TcpStream::connect(("127.0.0.1", port)).await.unwrap() }
    }

    /// Connects and authenticates.
    pub(crate) async fn login(port: u16) -> Self {
        let mut raw = Self::connect(port).await;
        raw.call(&SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN")), 1).await.unwrap();
        let proof = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(format!("\0loadline\0{TOKEN}")));
        assert_eq!(raw.call(&proof, 1).await.unwrap().error_code, 0);
        raw
    }

    /// The same with a broker that may be gone at any moment.
    pub(crate) async fn login_or_gone(port: u16) -> Option<Self> {
        let mut raw = Self { stream: TcpStream::connect(("127.0.0.1", port)).await.ok()? };
        raw.call(&SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN")), 1).await?;
        let proof = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(format!("\0loadline\0{TOKEN}")));
        raw.call(&proof, 1).await.map(|_| raw)
    }

    /// Makes a topic with the default partitions.
    pub(crate) async fn topic(&mut self, name: &'static str) {
        let topic = MetadataRequestTopic::default().with_name(Some(TopicName(StrBytes::from_static_str(name))));
        let request = MetadataRequest::default().with_topics(Some(vec![topic])).with_allow_auto_topic_creation(true);
        assert_eq!(self.call(&request, 9).await.unwrap().topics[0].error_code, 0);
    }

    /// Makes a topic with so many partitions.
    pub(crate) async fn create(&mut self, name: &'static str, partitions: i32) {
        let topic = CreatableTopic::default()
            .with_name(TopicName(StrBytes::from_static_str(name)))
            .with_num_partitions(partitions)
            .with_replication_factor(1);
        let answer = self.call(&CreateTopicsRequest::default().with_topics(vec![topic]), 5).await.unwrap();
        assert_eq!((answer.topics[0].error_code, answer.topics[0].num_partitions), (0, partitions));
    }

    /// Removes a topic.
    pub(crate) async fn delete(&mut self, name: &'static str) {
        let request = DeleteTopicsRequest::default().with_topic_names(vec![TopicName(StrBytes::from_static_str(name))]);
        assert_eq!(self.call(&request, 3).await.unwrap().responses[0].error_code, 0);
    }

    /// Sends bytes as they are.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        // The broker may have closed already: what it says is read, not this.
        let _ = self.stream.write_all(bytes).await;
    }

    /// The next answer, or `None` when the broker closes the connection.
    pub(crate) async fn answer<R: Decodable + HeaderVersion>(&mut self, version: i16) -> Option<(i32, R)> {
        let size = self.stream.read_i32().await.ok()?;
        let mut body = vec![0; size as usize];
        self.stream.read_exact(&mut body).await.ok()?;
        let mut body = Bytes::from(body);
        let header = ResponseHeader::decode(&mut body, R::header_version(version)).unwrap();
        let answer = R::decode(&mut body, version).unwrap();
        assert!(body.is_empty(), "nothing is left of an answer");
        Some((header.correlation_id, answer))
    }

    /// Asks and waits.
    pub(crate) async fn call<R: Request>(&mut self, request: &R, version: i16) -> Option<R::Response> {
        self.send(&frame(request, version, 7)).await;
        let (correlation_id, answer) = self.answer(version).await?;
        assert_eq!(correlation_id, 7);
        Some(answer)
    }

    /// True when the broker closes the connection without another byte.
    pub(crate) async fn closes(mut self) -> bool {
        let mut rest = Vec::new();
        // A reset is a close too: the broker had unread bytes.
        let _ = self.stream.read_to_end(&mut rest).await;
        rest.is_empty()
    }
}

/// A request that appends `batches` to partition 0 and on of `topic`.
pub(crate) fn produce(topic: &'static str, acks: i16, batches: Vec<Bytes>) -> ProduceRequest {
    let parts =
        batches.into_iter().zip(0..).map(|(batch, index)| PartitionProduceData::default().with_index(index).with_records(Some(batch)));
    let data = TopicProduceData::default().with_name(TopicName(StrBytes::from_static_str(topic))).with_partition_data(parts.collect());
    ProduceRequest::default().with_acks(acks).with_timeout_ms(1000).with_topic_data(vec![data])
}

/// A batch of one record whose body is not a record: brokers do not look.
pub(crate) fn batch() -> Bytes {
    numbered(-1, -1, -1)
}

/// The same from an idempotent producer.
pub(crate) fn numbered(producer_id: i64, producer_epoch: i16, sequence: i32) -> Bytes {
    carrying(b"whatever", (producer_id, producer_epoch, sequence))
}

/// A batch of one record with `body` in its place, from an idempotent producer unless its id is -1.
pub(crate) fn carrying(body: &[u8], producer: (i64, i16, i32)) -> Bytes {
    let mut checked = Vec::new();
    checked.extend(0i16.to_be_bytes());
    checked.extend(0i32.to_be_bytes());
    // Of this moment: an older record would fall to retention.
    let now_ms = std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as i64;
    checked.extend(now_ms.to_be_bytes());
    checked.extend(now_ms.to_be_bytes());
    checked.extend(producer.0.to_be_bytes());
    checked.extend(producer.1.to_be_bytes());
    checked.extend(producer.2.to_be_bytes());
    checked.extend(1i32.to_be_bytes());
    checked.extend(body);
    let mut bytes = Vec::new();
    bytes.extend([0; 8]);
    bytes.extend((9 + checked.len() as i32).to_be_bytes());
    bytes.extend((-1i32).to_be_bytes());
    bytes.push(2);
    bytes.extend(crc32c::crc32c(&checked).to_be_bytes());
    bytes.extend(checked);
    bytes.into()
}
