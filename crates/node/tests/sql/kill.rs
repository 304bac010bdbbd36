//! `kill -9` of a real node process in the middle of writes: nothing that was acknowledged is lost, what was torn is cut, and the node is
//! back at once. `LOADLINE_KILLS` says how often (5).

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use loadline_model::plan::NodeSpec;
use loadline_model::wire::{FromNode, NodeConfig, ToNode};
use tokio_postgres::{Client, NoTls};

use crate::server::{TOKEN, envelope};

/// The `loadline` binary that the workspace built: `scripts/test` builds it before the tests.
fn program() -> PathBuf {
    let folder = std::env::var_os("LOADLINE_PROGRAMS").map_or_else(
        || {
            let mut folder = std::env::current_exe().expect("a test knows its own file");
            folder.pop();
            if folder.ends_with("deps") {
                folder.pop();
            }
            folder
        },
        PathBuf::from,
    );
    let program = folder.join("loadline");
    assert!(program.exists(), "{} is missing: build it first (cargo build -p loadline-cli), or run scripts/test", program.display());
    program
}

/// A node in a process of its own.
struct Process {
    child: Child,
    // Its end ends the node.
    _orders: ChildStdin,
    port: u16,
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may be dead already: that is the test.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Process {
    fn start(folder: &Path) -> Self {
        let config = NodeConfig {
            spec: NodeSpec {
                id: "sql-1".to_owned(),
                component: "sql".to_owned(),
                role: "sql_primary".to_owned(),
                instance: 0,
                instances: 1,
                envelope: envelope(8, 0.0, 1000),
                settings: BTreeMap::from([("fsync".to_owned(), true.into())]),
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: folder.to_owned(),
            population: None,
            port: None,
            sample_every_ms: 60_000,
        };
        let mut child = Command::new(program()).arg("node").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("a node starts");
        let mut orders = child.stdin.take().expect("its orders");
        let mut lines = BufReader::new(child.stdout.take().expect("its words")).lines();
        let mut say = |order: &ToNode| writeln!(orders, "{}", serde_json::to_string(order).expect("JSON")).expect("the node listens");
        let mut hear = || -> FromNode {
            let line = lines.next().expect("the node speaks").expect("a line");
            serde_json::from_str(&line).expect("JSON")
        };
        say(&ToNode::Start(Box::new(config)));
        let port = match hear() {
            FromNode::Listening { port } => port,
            other => panic!("{other:?} instead of a port"),
        };
        say(&ToNode::Wire { peers: BTreeMap::new() });
        match hear() {
            FromNode::Ready => {}
            other => panic!("{other:?} instead of ready"),
        }
        Self { child, _orders: orders, port }
    }

    async fn client(&self) -> Client {
        let url = format!("postgres://loadline:{TOKEN}@127.0.0.1:{}/loadline", self.port);
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("connects");
        tokio::spawn(async move {
            // It ends with the server.
            let _ = connection.await;
        });
        client
    }
}

/// Writes rows one after the other, some in transactions of three, until the server is gone; gives the last that was acknowledged.
async fn write_until_dead(client: &Client, mut next: i64, acked: &tokio::sync::watch::Sender<i64>) -> i64 {
    let insert = client.prepare("INSERT INTO kept VALUES ($1, $2)").await.expect("prepares");
    loop {
        let rows = if next % 5 == 0 { 3 } else { 1 };
        let text = format!("row {next} {}", "x".repeat((next % 700) as usize));
        if rows > 1 && client.batch_execute("BEGIN").await.is_err() {
            return next - 1;
        }
        for id in next..next + rows {
            if client.execute(&insert, &[&id, &text]).await.is_err() {
                return next - 1;
            }
        }
        if rows > 1 && client.batch_execute("COMMIT").await.is_err() {
            return next - 1;
        }
        next += rows;
        acked.send_replace(next - 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stderr, reason = "the figures are for whoever runs the test with --nocapture")]
async fn no_acknowledged_commit_is_lost_by_kill_9() {
    let kills: u32 = std::env::var("LOADLINE_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut process = Process::start(folder.path());
    process.client().await.batch_execute("CREATE TABLE kept (id BIGINT PRIMARY KEY, body TEXT NOT NULL)").await.expect("a table");
    let (mut acknowledged, mut lost, mut recoveries) = (0_i64, 0_i64, Vec::new());
    for round in 0..kills {
        let client = process.client().await;
        let (acked, mut seen) = tokio::sync::watch::channel(acknowledged);
        let writing = tokio::spawn(async move { write_until_dead(&client, acknowledged + 1, &acked).await });
        // After some commits, while the next is on its way.
        let goal = acknowledged + 3 + i64::from(round * 7 % 40);
        seen.wait_for(|last| *last >= goal).await.expect("writes go on");
        process.child.kill().expect("kill -9");
        let last = writing.await.expect("the writer ends");
        drop(process);
        let log = folder.path().join("sql.log");
        if round % 3 == 1 {
            // A torn write: some bytes of a transaction that never became one.
            let mut file = std::fs::File::options().append(true).open(&log).expect("the log");
            file.write_all(&[0, 0, 1, 0, 9, 9, 9, 9, 0, 0]).expect("a torn tail");
        }
        let began = Instant::now();
        process = Process::start(folder.path());
        let client = process.client().await;
        let row = client.query_one("SELECT count(*), max(id), loadline_position() FROM kept", &[]).await.expect("answers");
        recoveries.push(began.elapsed());
        let (count, max): (i64, Option<i64>) = (row.get(0), row.get(1));
        let max = max.unwrap_or(0);
        assert_eq!(count, max, "round {round}: rows are missing in the middle");
        lost += (last - max).max(0);
        assert_eq!(
            std::fs::metadata(&log).expect("the log").len(),
            u64::try_from(row.get::<_, i64>(2)).expect("a position"),
            "the torn end is cut"
        );
        acknowledged = max;
    }
    recoveries.sort();
    let longest = recoveries.last().copied().unwrap_or_default();
    eprintln!(
        "kill -9: {kills} times, {acknowledged} commits' rows, {lost} acknowledged lost; start to first answer: median {:.0} ms, longest {:.0} ms",
        recoveries.get(recoveries.len() / 2).copied().unwrap_or_default().as_secs_f64() * 1e3,
        longest.as_secs_f64() * 1e3
    );
    assert_eq!(lost, 0);
    assert!(kills < 100 || longest < Duration::from_secs(30), "recovery hangs");
}
