//! A server of the engine in the test's own runtime, on a port that the system gives, in a folder of its own.

use std::collections::BTreeMap;
use std::sync::Arc;

use loadline_model::envelope::{Distribution, Envelope, ServiceTime};
use loadline_model::plan::NodeSpec;
use loadline_model::sketch::SettingValue;
use loadline_model::wire::{NodeConfig, Peer};
use loadline_node::engine::sql;
use loadline_node::runtime::Node;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls};

pub(crate) const TOKEN: &str = "token-of-this-run";

/// A server that ends with this value; its folder stays until then.
pub(crate) struct Server {
    pub node: Arc<Node>,
    pub port: u16,
    pub folder: Arc<TempDir>,
    serving: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// An envelope with room for everything: services of no time.
pub(crate) fn free() -> Envelope {
    envelope(8, 0.0, 100_000)
}

/// Every operation takes `mean_ms`, always.
pub(crate) fn envelope(workers: u32, mean_ms: f64, queue_limit: u32) -> Envelope {
    let time = ServiceTime { mean_ms, distribution: Distribution::Fixed };
    let service = ["point", "range", "write"].map(|operation| (operation.to_owned(), time));
    Envelope { workers, queue_limit, held_while_calling: false, service: BTreeMap::from(service) }
}

pub(crate) struct Start {
    pub role: &'static str,
    pub envelope: Envelope,
    pub settings: BTreeMap<String, SettingValue>,
    pub primary: Option<Peer>,
    pub folder: Arc<TempDir>,
}

impl Default for Start {
    fn default() -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder"));
        Self { role: "sql_primary", envelope: free(), settings: BTreeMap::new(), primary: None, folder }
    }
}

impl Start {
    pub(crate) async fn server(self) -> Server {
        let config = NodeConfig {
            spec: NodeSpec {
                id: format!("{}-1", self.role),
                component: self.role.to_owned(),
                role: self.role.to_owned(),
                instance: 0,
                instances: 1,
                envelope: self.envelope,
                settings: self.settings,
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: self.folder.path().to_owned(),
            population: None,
            sample_every_ms: 200,
            port: None,
        };
        let node = Arc::new(Node::new(config).expect("a node"));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let peers = self.primary.map(|peer| ("primary".to_owned(), vec![peer])).into_iter().collect();
        let serving = sql::prepare(node.clone(), listener, peers).await.expect("the engine starts");
        let serving = tokio::spawn(async move {
            if let Err(error) = serving.await {
                panic!("the server ended: {error}");
            }
        });
        Server { node, port, folder: self.folder, serving }
    }
}

impl Server {
    pub(crate) async fn primary() -> Self {
        Start::default().server().await
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://loadline:{TOKEN}@127.0.0.1:{}/loadline", self.port)
    }

    pub(crate) fn peer(&self) -> Peer {
        Peer { node: "sql-1".into(), component: "sql".into(), role: "sql_primary".into(), instance: 0, url: self.url(), is_real: false }
    }

    pub(crate) async fn client(&self) -> Client {
        let (client, connection) = tokio_postgres::connect(&self.url(), NoTls).await.expect("connects");
        tokio::spawn(async move {
            // It ends with the client or with the server; the client's calls say so.
            let _ = connection.await;
        });
        client
    }
}

/// The SQLSTATE of what must be a refusal.
#[track_caller]
pub(crate) fn code<T: std::fmt::Debug>(result: Result<T, tokio_postgres::Error>) -> String {
    let error = result.expect_err("a refusal");
    error.code().unwrap_or_else(|| panic!("not a refusal of the server: {error}")).code().to_owned()
}
