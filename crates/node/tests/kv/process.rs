//! A `kv` node as a process of its own, which can be killed: this test program plays `loadline node`.

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

use loadline_model::wire::{FromNode, ToNode};

use super::server::config;

/// Not a test of its own: what [`Node::start`] starts as a process.
#[test]
fn node_process() {
    if std::env::var_os("LOADLINE_TEST_NODE").is_some() {
        std::process::exit(loadline_node::process::run());
    }
}

/// The process.
pub(crate) struct Node {
    process: Child,
    /// Open for as long as the node is to run.
    _input: ChildStdin,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    /// From the start of the process until it was ready.
    pub(crate) ready_after: Duration,
    /// What it said before it was ready.
    pub(crate) events: Vec<String>,
}

impl Node {
    /// Starts one whose append-only file is in `folder`.
    pub(crate) fn start(folder: &Path, appendonly: &str) -> Self {
        Self::start_by(Command::new(std::env::current_exe().expect("this program")), folder, appendonly)
    }

    /// The same, which outlives a write past the limit of a file's size: for it that is a disk without room.
    #[cfg(target_os = "linux")]
    pub(crate) fn start_for_a_full_disk(folder: &Path, appendonly: &str) -> Self {
        let mut shell = Command::new("sh");
        shell.args(["-c", "trap '' XFSZ; exec \"$0\" \"$@\""]).arg(std::env::current_exe().expect("this program"));
        Self::start_by(shell, folder, appendonly)
    }

    /// Lets no file of the process grow past `bytes`; `None`: past nothing.
    #[cfg(target_os = "linux")]
    pub(crate) fn limit_files(&self, bytes: Option<u64>) {
        use rustix::process::{Pid, Resource, Rlimit, prlimit};
        let pid = Pid::from_raw(self.process.id() as i32).expect("a process");
        prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes, maximum: None }).expect("the limit is set");
    }

    fn start_by(mut program: Command, folder: &Path, appendonly: &str) -> Self {
        let mut config = config();
        config.data_dir = folder.to_owned();
        config.spec.settings.insert("appendonly".to_owned(), appendonly.into());
        let start = Instant::now();
        let mut process = program
            .args(["--exact", "process::node_process", "--nocapture"])
            .env("LOADLINE_TEST_NODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the node starts");
        let mut input = process.stdin.take().expect("a pipe");
        for message in [ToNode::Start(Box::new(config)), ToNode::Wire { peers: [].into() }] {
            writeln!(input, "{}", serde_json::to_string(&message).expect("a message")).expect("the node listens");
        }
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines().map_while(Result::ok);
        let (mut port, mut events) = (0, Vec::new());
        loop {
            // The test harness of the process writes lines of its own.
            let line = lines.next().expect("the node becomes ready");
            match serde_json::from_str::<FromNode>(&line) {
                Ok(FromNode::Listening { port: given }) => port = given,
                Ok(FromNode::Event { message }) => events.push(message),
                Ok(FromNode::Ready) => break,
                Ok(FromNode::Failed { message }) => panic!("the node failed: {message}"),
                _ => {}
            }
        }
        let ready_after = start.elapsed();
        // Its samples are read and forgotten, or the pipe would fill up.
        std::thread::spawn(move || lines.for_each(drop));
        Self { process, _input: input, address: SocketAddr::from(([127, 0, 0, 1], port)), ready_after, events }
    }

    /// Its process id.
    pub(crate) fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until it has ended by itself.
    #[cfg(target_os = "linux")]
    pub(crate) fn ends(mut self) {
        self.process.wait().expect("gone");
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.process.kill().expect("killed");
        self.process.wait().expect("gone");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
