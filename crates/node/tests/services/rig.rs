//! Nodes in threads, wired to each other, and a client that has the token. It knows nothing of what is tested.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use loadline_model::catalog;
use loadline_model::plan::NodeSpec;
use loadline_model::population::PopulationSpec;
use loadline_model::sketch::SettingValue;
use loadline_model::wire::{NodeConfig, Peer, Sample};
use loadline_node::roles::{self, NodeError, Peers};
use loadline_node::runtime::Node;
use serde_json::Value;

pub(crate) const TOKEN: &str = "tok";

/// How long something that must happen may take on the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// What a node is, before it runs.
pub(crate) struct Part {
    role: &'static str,
    component: String,
    instance: u32,
    settings: BTreeMap<String, SettingValue>,
    peers: Peers,
    population: Option<PopulationSpec>,
    port: u16,
    /// Life times are kept; otherwise the node answers as fast as it can.
    timed: bool,
}

pub(crate) fn part(role: &'static str) -> Part {
    Part {
        role,
        component: role.to_owned(),
        instance: 0,
        settings: BTreeMap::new(),
        peers: Peers::new(),
        population: None,
        port: 0,
        timed: false,
    }
}

impl Part {
    pub(crate) fn named(mut self, component: &str, instance: u32) -> Self {
        (self.component, self.instance) = (component.to_owned(), instance);
        self
    }
    pub(crate) fn set(mut self, name: &str, value: impl Into<SettingValue>) -> Self {
        self.settings.insert(name.to_owned(), value.into());
        self
    }
    pub(crate) fn link(mut self, port: &str, peers: &[Peer]) -> Self {
        self.peers.entry(port.to_owned()).or_default().extend_from_slice(peers);
        self
    }
    pub(crate) fn population(mut self, population: &PopulationSpec) -> Self {
        self.population = Some(population.clone());
        self
    }
    pub(crate) fn at_port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }
    pub(crate) fn timed(mut self) -> Self {
        self.timed = true;
        self
    }

    pub(crate) fn config(&self) -> NodeConfig {
        let id = format!("{}-{}", self.component, self.instance + 1);
        let (settings, envelope) = match catalog::role(self.role) {
            Some(role) => {
                let settings = role.resolve(&self.settings);
                let envelope = role.envelope(&settings);
                (settings, envelope)
            }
            // The seeder is no part of a drawing.
            None => (self.settings.clone(), catalog::role("work").unwrap().envelope(&BTreeMap::new())),
        };
        static FOLDERS: AtomicU32 = AtomicU32::new(0);
        let folder = format!("loadline-services-{}-{}", std::process::id(), FOLDERS.fetch_add(1, Ordering::Relaxed));
        NodeConfig {
            spec: NodeSpec {
                id,
                component: self.component.clone(),
                role: self.role.to_owned(),
                instance: self.instance,
                instances: self.instance + 1,
                envelope,
                settings,
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 7,
            data_dir: std::env::temp_dir().join(folder),
            population: self.population.clone(),
            sample_every_ms: 1000,
            port: None,
        }
    }

    /// Starts it, and waits until it is ready.
    pub(crate) fn start(self) -> Running {
        let config = self.config();
        std::fs::create_dir_all(&config.data_dir).unwrap();
        let folder = config.data_dir.clone();
        let (say_ready, ready) = std::sync::mpsc::channel();
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            let ended = runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind(("127.0.0.1", self.port)).await?;
                let port = listener.local_addr()?.port();
                let node = Arc::new(Node::new(config)?);
                node.set_calm(!self.timed);
                let serving = roles::prepare(self.role)?(node.clone(), listener, self.peers).await?;
                say_ready.send((node, port)).unwrap();
                tokio::select! {
                    ended = serving => ended,
                    _ = stopped => Ok(()),
                }
            });
            runtime.shutdown_background();
            ended
        });
        let Ok((node, port)) = ready.recv() else { panic!("not ready: {:?}", thread.join().unwrap()) };
        let spec = &node.config().spec;
        let url = match self.role {
            "kv" => format!("redis://:{TOKEN}@127.0.0.1:{port}"),
            "log" => format!("kafka://loadline:{TOKEN}@127.0.0.1:{port}"),
            "sql_primary" | "sql_replica" => format!("postgres://loadline:{TOKEN}@127.0.0.1:{port}/loadline"),
            _ => format!("http://127.0.0.1:{port}"),
        };
        let (role, component, instance) = (spec.role.clone(), spec.component.clone(), spec.instance);
        let peer = Peer { node: spec.id.clone(), component, role, instance, url, is_real: false };
        Running { node, peer, port, folder, stop: Some(stop), thread: Some(thread) }
    }
}

/// A node at work; killed when dropped.
pub(crate) struct Running {
    pub(crate) node: Arc<Node>,
    pub(crate) peer: Peer,
    pub(crate) port: u16,
    folder: std::path::PathBuf,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<Result<(), NodeError>>>,
}

impl Running {
    pub(crate) fn peers(&self) -> [Peer; 1] {
        [self.peer.clone()]
    }

    pub(crate) fn sample(&self) -> Sample {
        self.node.sample(true)
    }

    pub(crate) fn counter(&self, name: &str) -> u64 {
        self.sample().counters.get(name).copied().unwrap_or(0)
    }

    /// Waits until a one-shot ends by itself.
    pub(crate) fn ended(mut self) -> Result<(), NodeError> {
        self.thread.take().unwrap().join().unwrap()
    }

    /// Ends it at once, with all its connections.
    pub(crate) fn kill(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap().unwrap();
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Stores of one system: kept here so that they live as long as it does.
pub(crate) struct Stores {
    pub(crate) running: Vec<Running>,
    pub(crate) peers: Vec<Peer>,
}

fn stores(running: Vec<Running>) -> Stores {
    let peers = running.iter().map(|running| running.peer.clone()).collect();
    Stores { running, peers }
}

/// A database of `shards` primaries.
pub(crate) async fn sql(shards: u32) -> Stores {
    let Ok(server) = std::env::var("LOADLINE_TEST_POSTGRES") else {
        return stores((0..shards).map(|shard| part("sql_primary").named("db", shard).start()).collect());
    };
    let mut peers = Vec::new();
    for instance in 0..shards {
        static NAMES: AtomicU32 = AtomicU32::new(0);
        let name = format!("t{}_{}", std::process::id(), NAMES.fetch_add(1, Ordering::Relaxed));
        let (client, connection) = tokio_postgres::connect(&format!("{server}/postgres"), tokio_postgres::NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute(&format!("CREATE DATABASE {name}")).await.unwrap();
        let node = format!("db-{}", instance + 1);
        peers.push(Peer {
            node,
            component: "db".into(),
            role: "sql_primary".into(),
            instance,
            url: format!("{server}/{name}"),
            is_real: false,
        });
    }
    Stores { running: Vec::new(), peers }
}

/// A cache of `instances`.
pub(crate) async fn kv(component: &str, instances: u32) -> Stores {
    let Ok(server) = std::env::var("LOADLINE_TEST_REDIS") else {
        return stores((0..instances).map(|instance| part("kv").named(component, instance).start()).collect());
    };
    let mut peers = Vec::new();
    for instance in 0..instances {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        let url = format!("{server}/{}", NUMBERS.fetch_add(1, Ordering::Relaxed));
        let mut connection = redis::Client::open(url.as_str()).unwrap().get_multiplexed_async_connection().await.unwrap();
        let () = redis::cmd("FLUSHDB").query_async(&mut connection).await.unwrap();
        let node = format!("{component}-{}", instance + 1);
        peers.push(Peer { node, component: component.to_owned(), role: "kv".into(), instance, url, is_real: false });
    }
    Stores { running: Vec::new(), peers }
}

/// A small population whose timelines are longer than one screen.
pub(crate) fn population(users: u32, follows_mean: f64, tweets_each: u32) -> PopulationSpec {
    let source = "test".to_owned();
    PopulationSpec { users: 0, modelled_users: users, follows_mean, popularity_exponent: 0.8, tweets_each, seed: 3, source }
}

/// What an HTTP node answered.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{} {:?}", self.body, self.fault());
        self.body
    }

    pub(crate) fn fault(&self) -> Option<&str> {
        self.headers.get("x-loadline-fault").and_then(|value| value.to_str().ok())
    }
}

pub(crate) async fn get(to: &Running, path: &str) -> Reply {
    send(to, Method::GET, path, Value::Null, &[]).await
}

pub(crate) async fn post(to: &Running, path: &str, body: Value) -> Reply {
    send(to, Method::POST, path, body, &[]).await
}

/// One request on a connection of its own, with the token unless `headers` say otherwise.
pub(crate) async fn send(to: &Running, method: Method, path: &str, body: Value, headers: &[(&'static str, &str)]) -> Reply {
    let stream = tokio::net::TcpStream::connect(("127.0.0.1", to.port)).await.unwrap();
    let (mut sender, connection) = hyper::client::conn::http1::handshake(hyper_util::rt::TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = method;
    *request.uri_mut() = path.parse().unwrap();
    let host = format!("127.0.0.1:{}", to.port);
    request.headers_mut().insert(header::HOST, host.parse().unwrap());
    request.headers_mut().insert(header::AUTHORIZATION, format!("Bearer {TOKEN}").parse().unwrap());
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    let response = sender.send_request(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    let text = || Value::String(String::from_utf8_lossy(&body).into_owned());
    Reply { status: parts.status, headers: parts.headers, body: serde_json::from_slice(&body).unwrap_or_else(|_| text()) }
}

/// Waits until `condition` holds; `what` names it when it never does.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let begun = Instant::now();
    while !condition().await {
        assert!(begun.elapsed() < PATIENCE, "never happened: {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
