//! Brokers for the tests: each in a thread of its own with the runtime that a node has, wired to each other.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::plan::NodeSpec;
use loadline_model::wire::{NodeConfig, Peer};
use loadline_node::engine::log;
use loadline_node::runtime::Node;
use tokio::sync::oneshot;

/// The run's token in all tests.
pub(crate) const TOKEN: &str = "a-token-of-this-run";

/// Running brokers; they end when this is dropped.
pub(crate) struct Brokers {
    /// Their ports, by number.
    pub(crate) ports: Vec<u16>,
    /// The nodes, for their counters.
    pub(crate) nodes: Vec<Arc<Node>>,
    /// Where each keeps its data.
    pub(crate) folder: tempfile::TempDir,
    stops: Vec<oneshot::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
}

/// One broker that costs nothing.
pub(crate) fn one() -> Brokers {
    start(1, Envelope::single("none", 1, 1.0, Distribution::Fixed))
}

/// `count` brokers with this envelope each.
pub(crate) fn start(count: u32, envelope: Envelope) -> Brokers {
    let folder = tempfile::tempdir().unwrap();
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let ports: Vec<u16> = listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect();
    let members: Vec<Peer> = ports.iter().zip(0..).map(|(port, instance)| peer(*port, instance)).collect();
    let mut brokers = Brokers { ports, nodes: Vec::new(), folder, stops: Vec::new(), threads: Vec::new() };
    for (listener, instance) in listeners.into_iter().zip(0..) {
        let config = NodeConfig {
            spec: NodeSpec {
                id: format!("log-{}", instance + 1),
                component: "log".to_owned(),
                role: "log".to_owned(),
                instance,
                instances: count,
                envelope: envelope.clone(),
                settings: BTreeMap::new(),
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: brokers.folder.path().join(format!("log-{}", instance + 1)),
            population: None,
            sample_every_ms: 200,
            port: None,
        };
        // A broker that is alone is wired to nobody.
        let peers = if count == 1 { BTreeMap::new() } else { BTreeMap::from([("members".to_owned(), members.clone())]) };
        let (stop, stopped) = oneshot::channel::<()>();
        let (made, node) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                // A node belongs to the runtime that it is made in.
                let node = Arc::new(Node::new(config).unwrap());
                made.send(node.clone()).unwrap();
                listener.set_nonblocking(true).unwrap();
                let listener = tokio::net::TcpListener::from_std(listener).unwrap();
                let serving = log::prepare(node, listener, peers).await.unwrap();
                tokio::select! {
                    ended = serving => ended.unwrap(),
                    _ = stopped => {}
                }
            });
        });
        brokers.nodes.push(node.recv().unwrap());
        brokers.stops.push(stop);
        brokers.threads.push(thread);
    }
    brokers
}

fn peer(port: u16, instance: u32) -> Peer {
    Peer {
        node: format!("log-{}", instance + 1),
        component: "log".to_owned(),
        role: "log".to_owned(),
        instance,
        url: format!("kafka://loadline:{TOKEN}@127.0.0.1:{port}"),
        is_real: false,
    }
}

impl Brokers {
    /// `host:port,host:port` as clients want it.
    pub(crate) fn list(&self) -> String {
        self.ports.iter().map(|port| format!("127.0.0.1:{port}")).collect::<Vec<_>>().join(",")
    }

    /// The sum of a counter over all brokers.
    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.nodes.iter().map(|node| node.sample(false).counters.get(name).copied().unwrap_or(0)).sum()
    }

    /// Waits until the first broker's gauge has this value.
    pub(crate) async fn gauge_becomes(&self, name: &str, value: f64) {
        while self.nodes[0].sample(false).gauges.get(name) != Some(&value) {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    }
}

impl Drop for Brokers {
    fn drop(&mut self) {
        self.stops.clear();
        for thread in self.threads.drain(..) {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok(), "a broker failed");
        }
    }
}
