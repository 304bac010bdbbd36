//! What an operation of the embedded `kv` engine costs beside Redis: CPU time of the server process (user and system) for each command,
//! and commands a second, as `redis-benchmark` drives both. The rounds alternate between the two servers, so that a change of the
//! machine's pace meets both, and the ratio of each round is taken by itself. Needs the packages redis-server and redis-tools.
//!
//!     cargo run --release -p loadline-node --example kv_bench [commands a round] [rounds]
//!
//! Prints a line for each command and pipeline depth: microseconds of CPU for a command of ours and of Redis, their ratio as the median of
//! the rounds with its least and most, and the ratio of the rates. Redis runs without persistence, and so does the engine; both ask for a
//! password. CPU times are from /proc, so this runs on Linux only.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};

use loadline_model::envelope::{Distribution, Envelope};
use loadline_model::plan::NodeSpec;
use loadline_model::wire::{FromNode, NodeConfig, ToNode};

type Failed = Box<dyn std::error::Error + Send + Sync>;

const TOKEN: &str = "bench";
/// Connections of redis-benchmark, its default.
const CONNECTIONS: &str = "50";
/// Random keys and members are drawn from so many.
const RANDOM: &str = "100000";
/// What a command may cost in CPU, as a multiple of Redis.
const CPU_AT_MOST: f64 = 1.2;
/// What is measured: a name, and the command as redis-benchmark takes it.
const COMMANDS: [(&str, &[&str]); 6] = [
    ("SET", &["SET", "key:__rand_int__", "xxx"]),
    ("GET", &["GET", "key:__rand_int__"]),
    ("INCR", &["INCR", "counter:__rand_int__"]),
    ("ZADD", &["ZADD", "sorted", "__rand_int__", "member:__rand_int__"]),
    ("LPUSH", &["LPUSH", "list:__rand_int__", "xxx"]),
    ("HSET", &["HSET", "hash:__rand_int__", "field", "xxx"]),
];

fn main() -> Result<(), Failed> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|word| word == "node") {
        std::process::exit(loadline_node::process::run());
    }
    let number = |n: usize, default| arguments.get(n).map_or(Ok(default), |text| text.parse::<usize>());
    measure(number(0, 200_000)?, number(1, 5)?)
}

/// A server under measurement; it ends with this value.
struct Server {
    process: Child,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    /// The embedded engine, in a process as in a run, with an envelope that costs nothing.
    fn ours() -> Result<Self, Failed> {
        let mut process = Command::new(std::env::current_exe()?).arg("node").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
        let mut input = process.stdin.take().ok_or("no pipe")?;
        let mut envelope = Envelope::single("none", 1, 0.0, Distribution::Fixed);
        envelope.service.clear();
        let spec = NodeSpec {
            id: "kv-1".to_owned(),
            component: "kv".to_owned(),
            role: "kv".to_owned(),
            instance: 0,
            instances: 1,
            envelope,
            settings: [].into(),
            ports: [].into(),
        };
        let config = NodeConfig {
            spec,
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: std::env::temp_dir(),
            population: None,
            port: None,
            sample_every_ms: 1000,
        };
        for message in [ToNode::Start(Box::new(config)), ToNode::Wire { peers: [].into() }] {
            writeln!(input, "{}", serde_json::to_string(&message)?)?;
        }
        let mut lines = BufReader::new(process.stdout.take().ok_or("no pipe")?).lines();
        let mut server = Self { process, port: 0 };
        loop {
            match serde_json::from_str(&lines.next().ok_or("the node ended")??)? {
                FromNode::Listening { port } => server.port = port,
                FromNode::Ready => break,
                FromNode::Failed { message } => return Err(message.into()),
                _ => {}
            }
        }
        // Its samples are read and forgotten; its standard input stays open for as long as it is to run.
        std::thread::spawn(move || {
            let _input = input;
            lines.for_each(drop);
        });
        Ok(server)
    }

    /// A real Redis without persistence.
    fn redis() -> Result<Self, Failed> {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let process = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--requirepass", TOKEN, "--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .map_err(|error| format!("redis-server could not be started: {error}: install the package redis-server"))?;
        let mut server = Self { process, port };
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            if let Some(status) = server.process.try_wait()? {
                return Err(format!("redis-server ended: {status}").into());
            }
            std::thread::yield_now();
        }
        Ok(server)
    }

    /// CPU time of all its threads so far, ns.
    fn cpu_ns(&self) -> Result<u64, Failed> {
        let mut sum = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            let text = std::fs::read_to_string(task?.path().join("schedstat"))?;
            sum += text.split(' ').next().ok_or("an empty schedstat")?.parse::<u64>()?;
        }
        Ok(sum)
    }

    /// Runs redis-benchmark; CPU us of this server for a command, and commands a second.
    fn round(&self, command: &[&str], commands: usize, pipeline: usize) -> Result<(f64, f64), Failed> {
        let before_ns = self.cpu_ns()?;
        let output = Command::new("redis-benchmark")
            .args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-a", TOKEN, "--csv", "-c", CONNECTIONS, "-r", RANDOM])
            .args(["-n", &commands.to_string(), "-P", &pipeline.to_string()])
            .args(command)
            .output()
            .map_err(|error| format!("redis-benchmark could not be started: {error}: install the package redis-tools"))?;
        let cpu_us = (self.cpu_ns()? - before_ns) as f64 / 1e3 / commands as f64;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let rate = text.lines().last().and_then(|line| line.rsplit("\",\"").nth(6)?.trim_matches('"').parse().ok());
        Ok((cpu_us, rate.ok_or_else(|| format!("redis-benchmark said {text}{}", String::from_utf8_lossy(&output.stderr)))?))
    }
}

/// The middle one, the least and the most.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let at = |n: usize| values.get(n).copied().unwrap_or(f64::NAN);
    (at(values.len() / 2), at(0), at(values.len().saturating_sub(1)))
}

fn measure(commands: usize, rounds: usize) -> Result<(), Failed> {
    let (ours, redis) = (Server::ours()?, Server::redis()?);
    let mut out = std::io::stdout();
    writeln!(out, "{commands} commands a round, {rounds} rounds, {CONNECTIONS} connections; us of server CPU for a command")?;
    writeln!(out, "{:<6} {:>3} {:>8} {:>8}   {:<20} rate ratio   CPU at most {CPU_AT_MOST}", "", "P", "ours", "redis", "CPU ratio")?;
    for (name, command) in COMMANDS {
        for pipeline in [1, 16] {
            // Deep pipelines are quick: more commands make a round as long.
            let commands = commands * if pipeline == 1 { 1 } else { 5 };
            let mut figures = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            for round in 0..=rounds {
                let (mine, theirs) = if round % 2 == 0 {
                    let mine = ours.round(command, commands, pipeline)?;
                    (mine, redis.round(command, commands, pipeline)?)
                } else {
                    let theirs = redis.round(command, commands, pipeline)?;
                    (ours.round(command, commands, pipeline)?, theirs)
                };
                // The first round fills both servers.
                if round > 0 {
                    figures.0.push(mine.0);
                    figures.1.push(theirs.0);
                    figures.2.push(mine.0 / theirs.0);
                    figures.3.push(mine.1 / theirs.1);
                }
            }
            let (ratio, least, most) = spread(figures.2);
            writeln!(
                out,
                "{name:<6} {pipeline:>3} {:>8.2} {:>8.2}   {ratio:.2} ({least:.2}..{most:.2})    {:.2}         {}",
                spread(figures.0).0,
                spread(figures.1).0,
                spread(figures.3).0,
                if ratio <= CPU_AT_MOST { "met" } else { "missed" }
            )?;
        }
    }
    Ok(())
}
