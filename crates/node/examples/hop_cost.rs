//! What a hop costs: CPU time (user and system) for each request of a plain service with no service time, of one that keeps a request for its
//! service time, and of a load balancer before one, beside a bare axum and hyper server and, where it is installed, nginx that answers and nginx
//! that passes on, in the same run. Every server is a process of its own.
//!
//!     cargo run -p loadline-node --example hop_cost [requests a round] [rounds]
//!
//! The rounds alternate between the servers, so that a change of the machine's pace meets all of them.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use http_body_util::{BodyExt, Empty};
use hyper::Request;
use hyper_util::rt::TokioIo;
use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::plan::NodeSpec;
use loadline_model::wire::{FromNode, NodeConfig, Peer, ToNode};

type Failed = Box<dyn std::error::Error + Send + Sync>;

const TOKEN: &str = "hop";
/// Requests under way at the same time.
const CONNECTIONS: usize = 16;
/// Service time of the service that has one, ms: short enough that rounds stay short, and every request is waited for.
const SERVICE_MS: f64 = 1.0;
/// What a hop may cost, as a multiple of the bare one.
const AT_MOST: f64 = 2.0;

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.first().map(String::as_str) {
        Some("node") => std::process::exit(loadline_node::process::run()),
        Some("bare") => runtime()?.block_on(bare()),
        _ => {
            let number = |n: usize, default| arguments.get(n).map_or(Ok(default), |text| text.parse::<usize>());
            measure(number(0, 20_000)?, number(1, 5)?)
        }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// The bare hop: axum's router on hyper's connection, and nothing else.
async fn bare() -> Result<(), Failed> {
    let routes = axum::Router::new().route("/work", axum::routing::get(async || axum::Json(serde_json::json!({ "served_by": "bare" }))));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let mut out = std::io::stdout();
    writeln!(out, "{}", serde_json::to_string(&FromNode::Listening { port: listener.local_addr()?.port() })?)?;
    out.flush()?;
    axum::serve(axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))), routes).await?;
    Ok(())
}

/// A server under measurement.
struct Server {
    name: &'static str,
    process: Child,
    port: u16,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    /// Open for as long as the server is to run.
    input: ChildStdin,
    cpu_us: Vec<f64>,
}

/// One nginx process without a log: it answers by itself, or passes requests on to `upstream`. Its port is free when it is asked for and might be taken a moment later: then nginx
/// ends, and says so.
fn nginx(folder: &std::path::Path, upstream: Option<u16>) -> Result<Server, Failed> {
    let port = std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    std::fs::create_dir_all(folder)?;
    let file = folder.join("nginx.conf");
    let (name, backend, location) = match upstream {
        None => ("nginx", String::new(), "default_type application/json; return 200 '{\"served_by\":\"bare\"}';"),
        Some(port) => (
            "nginx, passes on",
            format!("upstream behind {{ server 127.0.0.1:{port}; keepalive 64; }}"),
            "proxy_pass http://behind; proxy_http_version 1.1; proxy_set_header Connection \"\"; proxy_set_header Host $proxy_host;",
        ),
    };
    // What it passes on must name the server behind it as its host.
    let location = upstream.map_or(location.to_owned(), |port| location.replace("$proxy_host", &format!("127.0.0.1:{port}")));
    let conf = format!(
        "daemon off; master_process off; pid nginx.pid; error_log stderr error; events {{ worker_connections 1024; }}
         http {{ access_log off; keepalive_requests 100000000; client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3;
           uwsgi_temp_path t4; scgi_temp_path t5;
           {backend} server {{ listen 127.0.0.1:{port}; location / {{ {location} }} }} }}"
    );
    std::fs::write(&file, conf)?;
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).arg("-c").arg(&file).args(["-e", "stderr"]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else { return Err("no pipes".into()) };
    let mut server = Server { name, process, port, lines: BufReader::new(output).lines(), input, cpu_us: Vec::new() };
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        if let Some(status) = server.process.try_wait()? {
            return Err(format!("it ended: {status}").into());
        }
        std::thread::park_timeout(std::time::Duration::from_millis(5));
    }
    Ok(server)
}

impl Server {
    fn start(name: &'static str, role: &str, start: Option<(NodeConfig, Vec<Peer>)>) -> Result<Self, Failed> {
        let mut process = Command::new(std::env::current_exe()?).arg(role).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let (Some(input), Some(output)) = (process.stdin.take(), process.stdout.take()) else { return Err("no pipes".into()) };
        let mut server = Self { name, process, port: 0, lines: BufReader::new(output).lines(), input, cpu_us: Vec::new() };
        let peers = match start {
            Some((config, peers)) => {
                server.say(&ToNode::Start(Box::new(config)))?;
                Some(peers)
            }
            None => None,
        };
        server.port = server.hear(|said| if let FromNode::Listening { port } = said { Some(*port) } else { None })?;
        if let Some(peers) = peers {
            let port = if peers.iter().any(|peer| peer.role == "work") { "targets" } else { "next" };
            server.say(&ToNode::Wire { peers: [(port.to_owned(), peers)].into() })?;
            server.hear(|said| matches!(said, FromNode::Ready).then_some(()))?;
        }
        Ok(server)
    }

    fn say(&mut self, message: &ToNode) -> Result<(), Failed> {
        Ok(writeln!(self.input, "{}", serde_json::to_string(message)?)?)
    }

    fn hear<T>(&mut self, wanted: impl Fn(&FromNode) -> Option<T>) -> Result<T, Failed> {
        for line in self.lines.by_ref() {
            if let Some(found) = wanted(&serde_json::from_str(&line?)?) {
                return Ok(found);
            }
        }
        Err(format!("{} ended", self.name).into())
    }

    /// CPU time of the process so far, in microseconds: `utime` and `stime` of /proc would be 10 ms coarse, the scheduler's own is exact.
    fn used_us(&self) -> Result<f64, Failed> {
        let text = std::fs::read_to_string(format!("/proc/{}/schedstat", self.process.id()))?;
        let ns: f64 = text.split(' ').next().unwrap_or_default().parse()?;
        Ok(ns / 1000.0)
    }

    fn peer(&self, role: &str) -> Peer {
        let url = format!("http://127.0.0.1:{}", self.port);
        Peer { node: format!("{role}-1"), component: role.to_owned(), role: role.to_owned(), instance: 0, url, is_real: false }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone is as good.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn config(role: &str, operation: &str, service_ms: f64) -> NodeConfig {
    let mut envelope = Envelope::single(operation, 64, service_ms, Distribution::Fixed);
    envelope.queue_limit = 1_000_000;
    let spec = NodeSpec {
        id: format!("{role}-1"),
        component: role.to_owned(),
        role: role.to_owned(),
        instance: 0,
        instances: 1,
        envelope,
        settings: Default::default(),
        ports: Default::default(),
    };
    let data_dir = std::env::temp_dir();
    NodeConfig { spec, dilation: 1.0, token: TOKEN.to_owned(), seed: 1, data_dir, population: None, sample_every_ms: 1000, port: None }
}

fn measure(requests: usize, rounds: usize) -> Result<(), Failed> {
    let bare = Server::start("bare axum + hyper", "bare", None)?;
    let work = Server::start("service `work`", "node", Some((config("work", "work", 0.0), Vec::new())))?;
    let slow = Server::start("the same, 1 ms", "node", Some((config("work", "work", SERVICE_MS), Vec::new())))?;
    let behind = Server::start("behind", "node", Some((config("work", "work", 0.0), Vec::new())))?;
    let balancer = Server::start("load balancer", "node", Some((config("load_balancer", "forward", 0.0), vec![behind.peer("work")])))?;
    let mut servers = vec![bare, work, slow, balancer];
    let folder = std::env::temp_dir().join(format!("loadline-hop-{}", std::process::id()));
    for (name, upstream) in [("answers", None), ("passes-on", Some(behind.port))] {
        match nginx(&folder.join(name), upstream) {
            Ok(server) => servers.push(server),
            Err(reason) => writeln!(std::io::stdout(), "without nginx: {reason}")?,
        }
    }
    let runtime = runtime()?;
    for round in 0..=rounds {
        for server in &mut servers {
            let before = server.used_us()?;
            runtime.block_on(drive(server.port, requests))?;
            let spent = (server.used_us()? - before) / requests as f64;
            // The first round warms up.
            if round > 0 {
                server.cpu_us.push(spent);
            }
        }
    }
    let spread = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        [values.len() / 2, 0, values.len().saturating_sub(1)].map(|at| values.get(at).copied().unwrap_or(f64::NAN))
    };
    let mut out = std::io::stdout();
    let bare_us = servers[0].cpu_us.clone();
    for server in &servers {
        // Of the same round each: what slows the machine down slows both.
        let [ratio, least, most] = spread(server.cpu_us.iter().zip(&bare_us).map(|(us, bare_us)| us / bare_us).collect());
        let [us, ..] = spread(server.cpu_us.clone());
        let judged = match server.name {
            "service `work`" | "the same, 1 ms" => format!("; at most {AT_MOST}: {}", if ratio <= AT_MOST { "met" } else { "missed" }),
            _ => String::new(),
        };
        writeln!(out, "{:<20} {us:7.1} us of CPU a request, {ratio:.2} x bare (from {least:.2} to {most:.2}){judged}", server.name)?;
    }
    drop(servers);
    // It is there only when nginx is.
    let _ = std::fs::remove_dir_all(&folder);
    writeln!(out, "median of {rounds} rounds of {requests} requests over {CONNECTIONS} connections")?;
    Ok(())
}

async fn drive(port: u16, requests: usize) -> Result<(), Failed> {
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CONNECTIONS {
        clients.spawn(async move {
            let stream = tokio::net::TcpStream::connect(("127.0.0.1", port)).await?;
            stream.set_nodelay(true)?;
            let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
            tokio::spawn(connection);
            for _ in 0..requests / CONNECTIONS {
                let request = Request::get("/work")
                    .header("host", format!("127.0.0.1:{port}"))
                    .header("authorization", format!("Bearer {TOKEN}"))
                    .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00")
                    .body(Empty::<bytes::Bytes>::new())?;
                sender.ready().await?;
                let answer = sender.send_request(request).await?;
                if !answer.status().is_success() {
                    return Err(format!("answered {}", answer.status()).into());
                }
                answer.into_body().collect().await?;
            }
            Ok::<(), Failed>(())
        });
    }
    while let Some(ended) = clients.join_next().await {
        ended??;
    }
    Ok(())
}
