//! A `kv` node in this process, on a port of its own, for one test.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::plan::NodeSpec;
use loadline_model::sketch::SettingValue;
use loadline_model::wire::NodeConfig;
use loadline_node::roles::{self, Peers};
use loadline_node::runtime::Node;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The run's token.
pub(crate) const TOKEN: &str = "token-of-the-run";

/// A server that ends with the test.
pub(crate) struct Server {
    /// Its counters and its envelope.
    pub(crate) node: Arc<Node>,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    serving: JoinHandle<()>,
}

/// A configuration whose envelope costs nothing.
pub(crate) fn config() -> NodeConfig {
    let mut envelope = Envelope::single("none", 1, 0.0, Distribution::Fixed);
    envelope.service.clear();
    NodeConfig {
        spec: NodeSpec {
            id: "cache-1".to_owned(),
            component: "cache".to_owned(),
            role: "kv".to_owned(),
            instance: 0,
            instances: 1,
            envelope,
            settings: BTreeMap::new(),
            ports: BTreeMap::new(),
        },
        dilation: 1.0,
        token: TOKEN.to_owned(),
        seed: 7,
        data_dir: std::env::temp_dir(),
        population: None,
        sample_every_ms: 250,
        port: None,
    }
}

/// The same with one number among its settings.
pub(crate) fn config_with(setting: &str, value: f64) -> NodeConfig {
    let mut config = config();
    config.spec.settings.insert(setting.to_owned(), SettingValue::Number(value));
    config
}

impl Server {
    /// Starts a node by its role, as a process would.
    pub(crate) async fn start(config: NodeConfig) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let prepare = roles::prepare(&config.spec.role).expect("the role is registered");
        let node = Arc::new(Node::new(config).expect("a node"));
        let serving = prepare(node.clone(), listener, Peers::new()).await.expect("the engine is ready");
        let serving = tokio::spawn(async move {
            if let Err(error) = serving.await {
                panic!("the engine ended: {error}");
            }
        });
        Self { node, address, serving }
    }

    /// Its address for the redis crate.
    pub(crate) fn url(&self) -> String {
        format!("redis://:{TOKEN}@{}", self.address)
    }

    /// One of the role's own counters.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.node.sample(false).counters.get(name).copied().unwrap_or(0)
    }

    /// One of the role's own gauges.
    pub(crate) fn gauge(&self, name: &str) -> f64 {
        self.node.sample(false).gauges.get(name).copied().unwrap_or(f64::NAN)
    }

    /// True while it has not ended by itself.
    pub(crate) fn is_serving(&self) -> bool {
        !self.serving.is_finished()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
