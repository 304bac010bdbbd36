//! A node in a thread of its own, with the runtime that a node's process has. Built from the wire's own JSON, so that a field which
//! `NodeConfig` gains with a default needs no change here.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;

use loadline_model::catalog;
use loadline_model::sketch::SettingValue;
use loadline_model::wire::{NodeConfig, Peer};
use loadline_node::roles::{self, Peers};
use loadline_node::runtime::Node;
use serde_json::json;
use tokio::sync::oneshot;

use crate::TOKEN;

/// A node at work; it ends, and its folder goes, when this is dropped.
pub struct Running {
    /// How others call it.
    pub peer: Peer,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    folder: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// Starts a node of `role` without its envelope, and waits until it is ready. A failure is a bug of the target.
pub fn start(role: &'static str, settings: &[(&str, SettingValue)], peers: Peers) -> Running {
    static STARTED: AtomicU32 = AtomicU32::new(0);
    let number = STARTED.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("loadline-fuzz-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("the temporary folder can be written to");
    let known = catalog::role(role).expect("the role is in the catalog");
    let settings = known.resolve(&settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
    let config = json!({
        "spec": {
            "id": format!("{role}-1"), "component": role, "role": role, "instance": 0, "instances": 1,
            "envelope": known.envelope(&settings), "settings": settings, "ports": {},
        },
        "dilation": 1.0, "token": TOKEN, "seed": 7, "data_dir": &folder, "sample_every_ms": 1000,
    });
    let config: NodeConfig = serde_json::from_value(config).expect("a node's configuration");
    let (say_ready, ready) = mpsc::channel();
    let (stop, stopped) = oneshot::channel::<()>();
    let body = move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async move {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            let port = listener.local_addr().expect("an address").port();
            let node = Arc::new(Node::new(config).expect("a node"));
            node.set_calm(true);
            let prepare = roles::prepare(role).expect("the role runs");
            let serving = prepare(node, listener, peers).await.unwrap_or_else(|reason| panic!("{role} is not ready: {reason}"));
            say_ready.send(port).expect("whoever started it waits");
            tokio::select! {
                ended = serving => panic!("{role} ended by itself: {ended:?}"),
                _ = stopped => {}
            }
        });
        runtime.shutdown_background();
    };
    let thread = std::thread::Builder::new().name(role.to_owned()).spawn(body).expect("a thread");
    let port = ready.recv().expect("the node is ready");
    let url = match role {
        "kv" => format!("redis://:{TOKEN}@127.0.0.1:{port}"),
        "log" => format!("kafka://loadline:{TOKEN}@127.0.0.1:{port}"),
        "sql_primary" => format!("postgres://loadline:{TOKEN}@127.0.0.1:{port}/loadline"),
        _ => format!("http://127.0.0.1:{port}"),
    };
    let peer = json!({ "node": format!("{role}-1"), "component": role, "role": role, "instance": 0, "url": url });
    let peer = serde_json::from_value(peer).expect("a peer");
    Running { peer, port, folder, stop: Some(stop), thread: Some(thread) }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            // A panic of it would have ended the process.
            let _ = thread.join();
        }
        // What is left goes with the temporary folder.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// What inputs are sent to. What earlier inputs left there is forgotten after `inputs`, so that memory and files stay bounded and a
/// finding seldom needs more than its own input.
pub struct Renewed<T> {
    current: Option<T>,
    left: u32,
    inputs: u32,
    make: fn() -> T,
}

impl<T> Renewed<T> {
    /// Made by `make`, at the first input and after every `inputs`.
    pub const fn new(inputs: u32, make: fn() -> T) -> Self {
        Self { current: None, left: 0, inputs, make }
    }

    /// The one to send the next input to.
    pub fn next(&mut self) -> &T {
        if self.left == 0 {
            self.current = None;
            self.left = self.inputs;
        }
        self.left -= 1;
        self.current.get_or_insert_with(self.make)
    }
}
