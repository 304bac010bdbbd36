//! One node in a process of its own, driven by hand as the cluster would drive it: for what is true of a node alone.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use loadline_model::catalog;
use loadline_model::envelope::Envelope;
use loadline_model::plan::NodeSpec;
use loadline_model::sketch::SettingValue;
use loadline_model::wire::{FromNode, NodeConfig, Sample, ToNode};

use crate::loadline;

/// The run's token of every such node.
pub const TOKEN: &str = "a-node-of-ones-own";

/// How often a node tells a sample, ms.
const SAMPLE_EVERY_MS: u64 = 100;

/// A node at work. It ends, and its folder goes, with this value.
pub struct Node {
    process: Child,
    /// Open for as long as the node is to run.
    _orders: ChildStdin,
    samples: Receiver<Sample>,
    role: &'static str,
    /// Where it listens on 127.0.0.1.
    pub port: u16,
    _folder: tempfile::TempDir,
}

impl Node {
    /// Starts a node of `role` with these settings beside the catalog's own, and waits until it is ready.
    pub fn start(role: &'static str, settings: &[(&str, SettingValue)]) -> Self {
        Self::start_by(Command::new(loadline()), role, settings, |_| {})
    }

    /// The same by another program that starts `loadline` with the arguments that follow, and with a change to the node's envelope.
    pub fn start_by(
        mut program: Command,
        role: &'static str,
        settings: &[(&str, SettingValue)],
        change: impl FnOnce(&mut Envelope),
    ) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let known = catalog::role(role).expect("the role is in the catalog");
        let settings = known.resolve(&settings.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect());
        let mut envelope = known.envelope(&settings);
        change(&mut envelope);
        let config = NodeConfig {
            spec: NodeSpec {
                id: format!("{role}-1"),
                component: role.to_owned(),
                role: role.to_owned(),
                instance: 0,
                instances: 1,
                envelope,
                settings,
                ports: BTreeMap::new(),
            },
            dilation: 1.0,
            token: TOKEN.to_owned(),
            seed: 1,
            data_dir: folder.path().to_owned(),
            population: None,
            sample_every_ms: SAMPLE_EVERY_MS,
            port: None,
        };
        let mut process = program
            .arg("node")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap_or_else(|reason| panic!("{} could not be started: {reason}", program.get_program().to_string_lossy()));
        let mut orders = process.stdin.take().expect("its standard input");
        for order in [ToNode::Start(Box::new(config)), ToNode::Wire { peers: BTreeMap::new() }] {
            writeln!(orders, "{}", serde_json::to_string(&order).expect("an order is JSON")).expect("the node listens");
        }
        let mut lines = BufReader::new(process.stdout.take().expect("its standard output")).lines();
        let mut port = 0;
        loop {
            let line = lines.next().expect("the node is ready before it ends").expect("a line");
            match serde_json::from_str(&line).expect("a node speaks JSON") {
                FromNode::Listening { port: given } => port = given,
                FromNode::Ready => break,
                FromNode::Failed { message } => panic!("{message}"),
                FromNode::Event { .. } | FromNode::Sample(_) | FromNode::Final(_) => {}
            }
        }
        // What it says is always read, or the pipe would fill and hold the node up.
        let (tell, samples) = channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if let Ok(FromNode::Sample(sample)) = serde_json::from_str(&line) {
                    // Whoever started the node may be gone.
                    let _ = tell.send(*sample);
                }
            }
        });
        Self { process, _orders: orders, samples, role, port, _folder: folder }
    }

    /// How a client calls it, its token included.
    pub fn url(&self) -> String {
        let port = self.port;
        match self.role {
            "kv" => format!("redis://:{TOKEN}@127.0.0.1:{port}"),
            "log" => format!("kafka://loadline:{TOKEN}@127.0.0.1:{port}"),
            "sql_primary" | "sql_replica" => format!("postgres://loadline:{TOKEN}@127.0.0.1:{port}/loadline"),
            _ => format!("http://127.0.0.1:{port}"),
        }
    }

    /// The first sample that it makes from now on.
    pub fn sample(&self) -> Sample {
        // One of those that wait may be of before; the next one after them is not.
        self.samples.try_iter().for_each(drop);
        let _ = self.samples.recv().expect("the node runs");
        self.samples.recv().expect("the node runs")
    }

    /// Its resident memory now, bytes.
    pub fn rss_bytes(&self) -> u64 {
        self.status_kib("VmRSS:") * 1024
    }

    /// The most memory that it has had resident so far, bytes.
    pub fn peak_rss_bytes(&self) -> u64 {
        self.status_kib("VmHWM:") * 1024
    }

    /// A line of `/proc/[pid]/status` (proc(5)) that is a number of KiB.
    fn status_kib(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).expect("its status");
        let line = status.lines().find_map(|line| line.strip_prefix(name)).expect("the line is there");
        line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number of KiB")
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It has not ended before, unless the test failed for it.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
