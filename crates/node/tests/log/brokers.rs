//! Brokers for the tests: each in a thread of its own with the runtime that a node has, wired to each other.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread::JoinHandle;

use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::plan::NodeSpec;
use loadline_model::sketch::SettingValue;
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
    envelope: Envelope,
    settings: BTreeMap<String, SettingValue>,
    running: Vec<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// One broker that costs nothing.
pub(crate) fn one() -> Brokers {
    start(1, free())
}

/// An envelope that costs nothing.
pub(crate) fn free() -> Envelope {
    Envelope::single("none", 1, 1.0, Distribution::Fixed)
}

/// `count` brokers with this envelope each.
pub(crate) fn start(count: u32, envelope: Envelope) -> Brokers {
    start_with(count, envelope, &[])
}

/// `count` brokers with this envelope and these settings each.
pub(crate) fn start_with(count: u32, envelope: Envelope, settings: &[(&str, SettingValue)]) -> Brokers {
    let listeners: Vec<TcpListener> = (0..count).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
    let settings = settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let mut brokers = Brokers {
        ports: listeners.iter().map(|listener| listener.local_addr().unwrap().port()).collect(),
        nodes: Vec::new(),
        folder: tempfile::tempdir().unwrap(),
        envelope,
        settings,
        running: Vec::new(),
    };
    for (number, listener) in listeners.into_iter().enumerate() {
        let (node, running) = brokers.run(number, listener);
        brokers.nodes.push(node);
        brokers.running.push(Some(running));
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
    fn run(&self, number: usize, listener: TcpListener) -> (Arc<Node>, Running) {
        let count = self.ports.len();
        let config = NodeConfig {
            spec: NodeSpec {
                id: format!("log-{}", number + 1),
                component: "log".to_owned(),
                role: "log".to_owned(),
                instance: number as u32,
                instances: count as u32,
                envelope: self.envelope.clone(),
                settings: self.settings.clone(),
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: self.folder.path().join(format!("log-{}", number + 1)),
            population: None,
            sample_every_ms: 200,
            port: None,
        };
        // A broker that is alone is wired to nobody.
        let members = self.ports.iter().zip(0..).map(|(port, instance)| peer(*port, instance)).collect();
        let peers = if count == 1 { BTreeMap::new() } else { BTreeMap::from([("members".to_owned(), members)]) };
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
        (node.recv().unwrap(), Running { stop, thread })
    }

    /// Ends one broker and waits until it is gone, connections and all.
    pub(crate) fn stop(&mut self, number: usize) {
        if let Some(Running { stop, thread }) = self.running[number].take() {
            drop(stop);
            thread.join().unwrap();
        }
    }

    /// Starts one again that was stopped, where it was, with its files.
    pub(crate) fn restart(&mut self, number: usize) {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        // Connections of its earlier life may linger.
        socket.set_reuse_address(true).unwrap();
        socket.bind(&std::net::SocketAddr::from(([127, 0, 0, 1], self.ports[number])).into()).unwrap();
        socket.listen(128).unwrap();
        let (node, running) = self.run(number, socket.into());
        self.nodes[number] = node;
        self.running[number] = Some(running);
    }

    /// Where a broker keeps a partition: the first topic that was made has the id 1.
    pub(crate) fn partition(&self, broker: usize, folder: &str) -> std::path::PathBuf {
        self.folder.path().join(format!("log-{}/log/{folder}", broker + 1))
    }

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
        let running: Vec<Running> = self.running.drain(..).flatten().collect();
        let threads: Vec<JoinHandle<()>> = running.into_iter().map(|running| running.thread).collect();
        for thread in threads {
            let ended = thread.join();
            assert!(std::thread::panicking() || ended.is_ok(), "a broker failed");
        }
    }
}
