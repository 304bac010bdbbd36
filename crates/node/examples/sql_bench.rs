//! CPU time an operation of the sql engine beside PostgreSQL's, both as processes of their own with fsync equal, in rounds that take turns:
//! a row by key, an insert, a range of 20 rows, each prepared, on one connection.
//!
//!     cargo build --release --workspace --bins && cargo run --release --example sql_bench -- [rounds] [fsync]
//!
//! A ratio under 1 is less CPU than PostgreSQL. The spread is the smallest and the largest ratio of a round.

#![expect(clippy::print_stdout, reason = "the figures are what it is for")]

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Instant;

use loadline_model::envelope::{Distribution, Envelope, ServiceTime};
use loadline_model::plan::NodeSpec;
use loadline_model::wire::{FromNode, NodeConfig, ToNode};
use tokio_postgres::{Client, NoTls, Statement};

#[path = "../tests/sql/postgres.rs"]
mod postgres;

/// What a select by key may cost in CPU, as a multiple of PostgreSQL.
const SELECT_AT_MOST: f64 = 1.3;
const TOKEN: &str = "bench";
const ROWS: i64 = 20_000;
/// Operations of a side in a round.
const EACH: i64 = 4000;

struct Node {
    child: Child,
    _orders: ChildStdin,
    port: u16,
}

impl Drop for Node {
    fn drop(&mut self) {
        // It ends with its orders anyway.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn node(folder: &std::path::Path, fsync: bool) -> Node {
    let time = ServiceTime { mean_ms: 0.0, distribution: Distribution::Fixed };
    let service = ["point", "range", "write"].map(|operation| (operation.to_owned(), time));
    let envelope = Envelope { workers: 16, queue_limit: 1000, held_while_calling: false, service: BTreeMap::from(service) };
    let spec = NodeSpec {
        id: "sql-1".to_owned(),
        component: "sql".to_owned(),
        role: "sql_primary".to_owned(),
        instance: 0,
        instances: 1,
        envelope,
        settings: BTreeMap::from([("fsync".to_owned(), fsync.into())]),
        ports: BTreeMap::new(),
    };
    let config = NodeConfig {
        spec,
        dilation: 1.0,
        token: TOKEN.to_owned(),
        seed: 1,
        data_dir: folder.to_owned(),
        population: None,
        port: None,
        sample_every_ms: 60_000,
    };
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    let mut child = Command::new(program.join("loadline"))
        .arg("node")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the loadline binary beside this example");
    let mut orders = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    writeln!(orders, "{}", serde_json::to_string(&ToNode::Start(Box::new(config))).unwrap()).unwrap();
    let mut hear = || serde_json::from_str::<FromNode>(&lines.next().unwrap().unwrap()).unwrap();
    let FromNode::Listening { port } = hear() else { panic!("the node does not listen") };
    writeln!(orders, "{}", serde_json::to_string(&ToNode::Wire { peers: BTreeMap::new() }).unwrap()).unwrap();
    assert!(matches!(hear(), FromNode::Ready), "the node is not ready");
    std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
    Node { child, _orders: orders, port }
}

/// CPU time of a process in nanoseconds, all its threads together.
fn cpu_ns(pid: u32) -> u64 {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    let of = |task: std::fs::DirEntry| std::fs::read_to_string(task.path().join("schedstat")).ok()?.split(' ').next()?.parse::<u64>().ok();
    tasks.filter_map(of).sum()
}

struct Side {
    client: Client,
    pid: u32,
    select: Statement,
    insert: Statement,
    range: Statement,
    next: i64,
}

impl Side {
    async fn new(url: &str, pid: Option<u32>) -> Self {
        let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
        tokio::spawn(connection);
        client.batch_execute("CREATE TABLE bench (id BIGINT PRIMARY KEY, author BIGINT NOT NULL, body TEXT NOT NULL)").await.unwrap();
        let fill = format!(
            "INSERT INTO bench SELECT n, n % 1000, 'a tweet of some forty letters or so ' || n FROM generate_series(1, {ROWS}) AS n"
        );
        client.batch_execute(&fill).await.unwrap();
        client.batch_execute("CREATE INDEX bench_by_author ON bench (author, id)").await.unwrap();
        client.batch_execute("ANALYZE bench").await.unwrap();
        let own: i32 = client.query_one("SELECT pg_backend_pid()", &[]).await.unwrap().get(0);
        let select = client.prepare("SELECT id, author, body FROM bench WHERE id = $1").await.unwrap();
        let insert = client.prepare("INSERT INTO bench (id, author, body) VALUES ($1, $2, $3)").await.unwrap();
        let range = client.prepare("SELECT id, author, body FROM bench WHERE author = $1 ORDER BY id LIMIT 20").await.unwrap();
        Self { client, pid: pid.unwrap_or(own as u32), select, insert, range, next: ROWS + 1 }
    }

    /// CPU and wall time of one operation, in microseconds.
    async fn round(&mut self, operation: &str) -> (f64, f64) {
        let (cpu, began) = (cpu_ns(self.pid), Instant::now());
        for at in 0..EACH {
            match operation {
                "select" => assert_eq!(self.client.query(&self.select, &[&(at * 7919 % ROWS + 1)]).await.unwrap().len(), 1),
                "range" => assert_eq!(self.client.query(&self.range, &[&(at % 1000)]).await.unwrap().len(), 20),
                _ => {
                    let id = self.next;
                    self.next += 1;
                    // Authors of their own, so that ranges stay 20 rows.
                    let body = "a tweet of some forty letters or so";
                    self.client.execute(&self.insert, &[&id, &(1_000_000 + id), &body]).await.unwrap();
                }
            }
        }
        let n = EACH as f64;
        ((cpu_ns(self.pid) - cpu) as f64 / 1e3 / n, began.elapsed().as_secs_f64() * 1e6 / n)
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let rounds: usize = args.first().and_then(|n| n.parse().ok()).unwrap_or(7);
    let fsync = args.get(1).is_some_and(|word| word == "fsync");
    let folder = tempfile::tempdir().unwrap();
    let node = node(folder.path(), fsync);
    let real = postgres::Postgres::start(&[if fsync { "fsync=on" } else { "fsync=off" }, "autovacuum=off"]);
    let mut ours = Side::new(&format!("postgres://x:{TOKEN}@127.0.0.1:{}/x", node.port), Some(node.child.id())).await;
    let mut theirs = Side::new(&real.url("postgres"), None).await;
    println!("fsync {}, {EACH} operations a round, {rounds} rounds, PostgreSQL {}", if fsync { "on" } else { "off" }, real.version);
    println!("operation   CPU us: ours  theirs   ratio (spread)        wall us: ours  theirs");
    for operation in ["select", "range", "insert"] {
        let mut measured = Vec::new();
        for round in 0..=rounds {
            let (a, b) = if round % 2 == 0 {
                let a = ours.round(operation).await;
                (a, theirs.round(operation).await)
            } else {
                let b = theirs.round(operation).await;
                (ours.round(operation).await, b)
            };
            // The first warms caches.
            if round > 0 {
                measured.push((a.0 / b.0, a, b));
            }
        }
        measured.sort_by(|x, y| x.0.total_cmp(&y.0));
        let (ratio, a, b) = measured[measured.len() / 2];
        let (low, high) = (measured[0].0, measured[measured.len() - 1].0);
        let judged = match operation {
            "select" if ratio <= SELECT_AT_MOST => format!("  at most {SELECT_AT_MOST}: met"),
            "select" => format!("  at most {SELECT_AT_MOST}: missed"),
            _ => String::new(),
        };
        println!("{operation:10} {:12.1} {:7.1}   {ratio:5.2} ({low:.2} to {high:.2}) {:18.1} {:7.1}{judged}", a.0, b.0, a.1, b.1);
    }
}
