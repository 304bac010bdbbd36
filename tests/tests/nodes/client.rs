//! A client of each kind of node, that asks for one write at a time and waits for the answer: the `redis` crate, tokio-postgres, librdkafka,
//! and HTTP by hand.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use loadline_tests::node::{Node, TOKEN};
use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};
use tokio::runtime::Runtime;
use tokio_postgres::NoTls;

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_secs(60);

/// A connection of an honest client.
pub(crate) enum Client {
    Kv(redis::Connection),
    Sql(Runtime, tokio_postgres::Client),
    Log(Runtime, FutureProducer),
    Http(BufReader<TcpStream>),
}

impl Client {
    /// Connects to a node of `role`, by its token.
    pub(crate) fn connect(role: &str, node: &Node) -> Self {
        match role {
            "kv" => {
                let client = redis::Client::open(node.url()).expect("an address");
                let connection = client.get_connection_with_timeout(PATIENCE).expect("kv lets an honest client in");
                connection.set_read_timeout(Some(PATIENCE)).expect("a limit");
                Self::Kv(connection)
            }
            "sql_primary" => {
                // Its connection has to be read while nobody asks, too: that it was closed, say.
                let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
                let client = runtime.block_on(async {
                    let (client, connection) = tokio_postgres::connect(&node.url(), NoTls).await.expect("sql lets an honest client in");
                    tokio::spawn(async move {
                        // It ends with the client or with the server; the client's calls say so.
                        let _ = connection.await;
                    });
                    client.batch_execute("CREATE TABLE IF NOT EXISTS kept (id INT PRIMARY KEY, body TEXT)").await.expect("a table");
                    client
                });
                Self::Sql(runtime, client)
            }
            "log" => {
                let mut config = ClientConfig::new();
                config
                    .set("bootstrap.servers", format!("127.0.0.1:{}", node.port))
                    .set("security.protocol", "SASL_PLAINTEXT")
                    .set("sasl.mechanisms", "PLAIN")
                    .set("sasl.username", "loadline")
                    .set("sasl.password", TOKEN)
                    .set("linger.ms", "0")
                    .set("acks", "all")
                    .set("topic.metadata.refresh.fast.interval.ms", "50")
                    .set_log_level(rdkafka::config::RDKafkaLogLevel::Error);
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                Self::Log(runtime, config.create().expect("a producer"))
            }
            _ => {
                let stream = TcpStream::connect(("127.0.0.1", node.port)).expect("the service lets an honest client in");
                stream.set_read_timeout(Some(PATIENCE)).expect("a limit");
                stream.set_nodelay(true).expect("no delay");
                Self::Http(BufReader::new(stream))
            }
        }
    }

    /// Writes something, and waits until it is acknowledged.
    pub(crate) fn write(&mut self, n: u32, port: u16) -> Result<(), String> {
        match self {
            Self::Kv(connection) => redis::cmd("SET").arg("kept").arg(n).exec(connection).map_err(|reason| reason.to_string()),
            Self::Sql(runtime, client) => {
                let insert = client.execute("INSERT INTO kept VALUES ((SELECT count(*) FROM kept), 'body')", &[]);
                let done = runtime.block_on(async { tokio::time::timeout(PATIENCE, insert).await });
                done.map_err(|_| "no answer".to_owned())?.map(|_| ()).map_err(|reason| reason.to_string())
            }
            Self::Log(runtime, producer) => {
                let record = FutureRecord::<str, str>::to("kept").partition(0).payload("body");
                let sent = runtime.block_on(producer.send(record, PATIENCE));
                sent.map(|_| ()).map_err(|(reason, _)| reason.to_string())
            }
            Self::Http(stream) => get(stream, port).map_err(|reason| reason.to_string()),
        }
    }
}

/// `GET /work` on a connection that stays open.
fn get(stream: &mut BufReader<TcpStream>, port: u16) -> std::io::Result<()> {
    let head = format!("GET /work HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {TOKEN}\r\n\r\n");
    stream.get_mut().write_all(head.as_bytes())?;
    let (mut status, mut length) = (String::new(), 0);
    stream.read_line(&mut status)?;
    loop {
        let mut line = String::new();
        stream.read_line(&mut line)?;
        if line == "\r\n" {
            break;
        }
        if line.is_empty() {
            return Err(std::io::Error::other("the connection ended in the middle of an answer"));
        }
        if let Some((name, value)) = line.split_once(':').filter(|(name, _)| name.eq_ignore_ascii_case("content-length")) {
            length = value.trim().parse().map_err(|_| std::io::Error::other(format!("{name} is no number")))?;
        }
    }
    std::io::copy(&mut stream.by_ref().take(length), &mut std::io::sink())?;
    if status.starts_with("HTTP/1.1 200 ") { Ok(()) } else { Err(std::io::Error::other(status)) }
}
