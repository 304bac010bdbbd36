//! The brokers of one log: who they are, and how they talk. Replicas fetch and ask for offsets in the same protocol as everybody else; what
//! Kafka's controllers say to brokers is one request of our own ([`WORD_KEY`]) that carries a [`Word`] as JSON, in the same frames and
//! after the same login.

use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::{
    BrokerId, ListOffsetsRequest, RequestHeader, ResponseHeader, SaslAuthenticateRequest, SaslHandshakeRequest, TopicName,
};
use kafka_protocol::protocol::{Decodable, Encodable, HeaderVersion, Request, StrBytes};
use loadline_model::wire::Peer;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::limits;
use super::state::{Change, ClusterState};
use crate::roles::NodeError;

/// Number of the request that carries a [`Word`]; far from those of Kafka.
pub(super) const WORD_KEY: i16 = 32_100;

/// What a broker says to the one that may change the state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Word {
    /// I am here and go by this version (-1: none yet); tell me when there is a later one.
    Follow {
        /// Who speaks.
        id: i32,
        /// What it goes by.
        version: i64,
    },
    /// A client of mine wants this.
    Change {
        /// What it wants.
        change: Change,
        /// It only wants to know whether it could.
        only_check: bool,
    },
    /// My replicas fell behind or caught up.
    Isr(Vec<Change>),
}

/// The answer to a [`Word`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Said {
    /// A later state.
    State(Box<ClusterState>),
    /// Nothing new.
    Nothing,
    /// It is done, and this version has it.
    Done(u64),
    /// It is not done: the protocol's error code, and why.
    Refused(i16, String),
}

/// Client id of a broker that talks to another.
const MEMBER_CLIENT: &str = "loadline-member";
/// Longest time for one exchange between two brokers; a broker that is stopped must not hold the others.
const EXCHANGE: Duration = Duration::from_secs(10);

/// One broker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Number of the instance, which is also the broker id.
    pub(super) id: i32,
    /// Name or address as clients should use it.
    pub(super) host: String,
    /// TCP port.
    pub(super) port: u16,
}

/// The brokers in the order of their numbers; a log that was wired to nobody is alone, at `own_port`.
pub(super) fn from_peers(peers: &[Peer], own_port: u16) -> Result<Vec<Member>, NodeError> {
    if peers.is_empty() {
        return Ok(vec![Member { id: 0, host: "127.0.0.1".to_owned(), port: own_port }]);
    }
    peers
        .iter()
        .enumerate()
        .map(|(number, peer)| {
            let address = peer.url.strip_prefix("kafka://").and_then(|rest| rest.rsplit('@').next());
            let (host, port) = address.and_then(|address| address.trim_end_matches('/').rsplit_once(':')).unzip();
            match (host, port.and_then(|port| port.parse().ok()), i32::try_from(number)) {
                (Some(host), Some(port), Ok(id)) => Ok(Member { id, host: host.to_owned(), port }),
                _ => Err(NodeError::Other(format!("{} is no address of a log: write kafka://user:password@host:port", peer.node))),
            }
        })
        .collect()
}

/// An authenticated connection to another broker.
#[derive(Debug)]
pub(super) struct MemberClient {
    stream: TcpStream,
    correlation: i32,
}

impl MemberClient {
    /// Connects and authenticates with the run's token.
    pub(super) async fn connect(member: &Member, token: &str) -> Result<Self, String> {
        let connecting = tokio::time::timeout(EXCHANGE, TcpStream::connect((member.host.as_str(), member.port)));
        let stream = connecting.await.map_err(|_| "no connection in time".to_owned())?.map_err(|error| error.to_string())?;
        stream.set_nodelay(true).map_err(|error| error.to_string())?;
        let mut client = Self { stream, correlation: 0 };
        let hello = SaslHandshakeRequest::default().with_mechanism(StrBytes::from_static_str("PLAIN"));
        client.call(&hello, 1).await?;
        let proof = SaslAuthenticateRequest::default().with_auth_bytes(Bytes::from(format!("\0{MEMBER_CLIENT}\0{token}")));
        let answer = client.call(&proof, 1).await?;
        if answer.error_code == 0 { Ok(client) } else { Err("the token was refused: do both belong to one run?".to_owned()) }
    }

    /// Says a word and hears the answer.
    pub(super) async fn say(&mut self, word: &Word) -> Result<Said, String> {
        let body = serde_json::to_vec(word).map_err(|error| error.to_string())?;
        let header = RequestHeader::default().with_request_api_key(WORD_KEY);
        let mut answer = self.frames(header, 1, &body).await?;
        ResponseHeader::decode(&mut answer, 0).map_err(|error| error.to_string())?;
        serde_json::from_slice(&answer).map_err(|error| error.to_string())
    }

    /// The high watermarks of partitions that it leads, in the same order; `None` where it gave an error.
    pub(super) async fn latest(&mut self, partitions: &[(String, i32)]) -> Result<Vec<Option<i64>>, String> {
        let topics = partitions
            .iter()
            .map(|(topic, partition)| {
                let partition = ListOffsetsPartition::default().with_partition_index(*partition).with_timestamp(-1);
                ListOffsetsTopic::default().with_name(TopicName(StrBytes::from_string(topic.clone()))).with_partitions(vec![partition])
            })
            .collect();
        let request = ListOffsetsRequest::default().with_replica_id(BrokerId(-1)).with_topics(topics);
        let answer = self.call(&request, 2).await?;
        let offsets = answer.topics.iter().flat_map(|topic| &topic.partitions);
        Ok(offsets.map(|partition| (partition.error_code == 0).then_some(partition.offset)).collect())
    }

    /// Asks in the protocol's own words.
    pub(super) async fn call<R: Request>(&mut self, request: &R, version: i16) -> Result<R::Response, String> {
        let mut body = BytesMut::new();
        request.encode(&mut body, version).map_err(|error| error.to_string())?;
        let header = RequestHeader::default().with_request_api_key(R::KEY).with_request_api_version(version);
        let mut answer = self.frames(header, R::header_version(version), &body).await?;
        ResponseHeader::decode(&mut answer, R::Response::header_version(version)).map_err(|error| error.to_string())?;
        let decoded = R::Response::decode(&mut answer, version).map_err(|error| error.to_string())?;
        if answer.has_remaining() { Err("an answer that is too long".to_owned()) } else { Ok(decoded) }
    }

    /// One frame there and one back, which begins with its header.
    async fn frames(&mut self, header: RequestHeader, header_version: i16, body: &[u8]) -> Result<Bytes, String> {
        let exchange = self.exchange(header, header_version, body);
        tokio::time::timeout(EXCHANGE, exchange).await.map_err(|_| "no answer in time".to_owned())?
    }

    async fn exchange(&mut self, header: RequestHeader, header_version: i16, body: &[u8]) -> Result<Bytes, String> {
        self.correlation = self.correlation.wrapping_add(1);
        let header = header.with_correlation_id(self.correlation).with_client_id(Some(StrBytes::from_static_str(MEMBER_CLIENT)));
        let mut frame = BytesMut::new();
        frame.put_i32(0);
        header.encode(&mut frame, header_version).map_err(|error| error.to_string())?;
        frame.extend_from_slice(body);
        let size = i32::try_from(frame.len() - 4).map_err(|error| error.to_string())?;
        if let Some(place) = frame.get_mut(0..4) {
            place.copy_from_slice(&size.to_be_bytes());
        }
        self.stream.write_all(&frame).await.map_err(|error| error.to_string())?;
        let size = self.stream.read_i32().await.map_err(|error| error.to_string())?;
        let size = usize::try_from(size).ok().filter(|size| *size <= limits::FRAME_BYTES).ok_or("an answer of impossible size")?;
        let mut answer = BytesMut::zeroed(size);
        self.stream.read_exact(&mut answer).await.map_err(|error| error.to_string())?;
        let told = answer.first_chunk::<4>().map(|id| i32::from_be_bytes(*id));
        if told == Some(self.correlation) { Ok(answer.freeze()) } else { Err("an answer to another question".to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(url: &str) -> Peer {
        Peer {
            node: "log-1".to_owned(),
            component: "log".to_owned(),
            role: "log".to_owned(),
            instance: 0,
            url: url.to_owned(),
            is_real: false,
        }
    }

    #[test]
    fn addresses_come_from_the_wiring() {
        let wired = from_peers(&[peer("kafka://loadline:a@b@127.0.0.1:9"), peer("kafka://x:y@log.local:10")], 1).unwrap();
        assert_eq!(wired[0], Member { id: 0, host: "127.0.0.1".to_owned(), port: 9 });
        assert_eq!(wired[1], Member { id: 1, host: "log.local".to_owned(), port: 10 });
        assert_eq!(from_peers(&[], 7).unwrap(), [Member { id: 0, host: "127.0.0.1".to_owned(), port: 7 }]);
        assert!(from_peers(&[peer("http://127.0.0.1:9")], 1).unwrap_err().to_string().contains("kafka://"));
    }
}
