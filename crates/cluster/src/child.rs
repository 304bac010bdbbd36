//! One process and its two pipes: JSON lines in and out. Its standard error goes to a file in the run's folder.

use std::process::Stdio;

use loadline_model::wire::{FromNode, ToNode};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::process::{ChildStdout, Command};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::spawn::spawn;
use crate::{ClusterConfig, ClusterError};

pub(crate) struct Child {
    process: tokio::process::Child,
    lines: Option<mpsc::UnboundedSender<Vec<u8>>>,
    stdout: Option<ChildStdout>,
}

impl Child {
    pub(crate) fn spawn(config: &ClusterConfig, node: &str) -> Result<Self, ClusterError> {
        let log = config.run_dir.join(format!("{node}.log"));
        let log = std::fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(&log)
            .map_err(|reason| ClusterError::Folder { folder: log, reason })?;
        let mut command = Command::new(&config.program);
        command.arg("node").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(log).kill_on_drop(true);
        let mut process = spawn(command).map_err(|reason| ClusterError::Spawn { program: config.program.clone(), reason })?;
        let (lines, mut to_write) = mpsc::unbounded_channel::<Vec<u8>>();
        if let Some(mut stdin) = process.stdin.take() {
            tokio::spawn(async move {
                while let Some(line) = to_write.recv().await {
                    // A node that is gone is noticed at its other pipe.
                    if stdin.write_all(&line).await.is_err() || stdin.flush().await.is_err() {
                        break;
                    }
                }
            });
        }
        let stdout = process.stdout.take();
        Ok(Self { process, lines: Some(lines), stdout })
    }

    /// Forwards what the child says, tagged with `index`; the end of its output is [`FromNode::Failed`].
    pub(crate) fn listen(&mut self, index: usize, events: mpsc::UnboundedSender<(usize, FromNode)>) {
        let Some(stdout) = self.stdout.take() else { return };
        tokio::spawn(async move {
            let mut lines = BufReader::new(stdout).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let message = match serde_json::from_str(&line) {
                    Ok(message) => message,
                    Err(_) => FromNode::Event { message: line },
                };
                if events.send((index, message)).is_err() {
                    return;
                }
            }
            let _ = events.send((index, FromNode::Failed { message: "the process ended".to_owned() }));
        });
    }

    pub(crate) fn tell(&mut self, message: &ToNode) {
        if let (Some(lines), Ok(mut line)) = (&self.lines, serde_json::to_vec(message)) {
            line.push(b'\n');
            // A child that is gone is noticed at its output.
            let _ = lines.send(line);
        }
    }

    pub(crate) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    /// Kills it with its pipes still open, so that it has no chance to end by itself, and waits until the operating system has taken it away.
    pub(crate) async fn kill_and_wait(&mut self) -> std::io::Result<std::process::ExitStatus> {
        self.process.start_kill()?;
        let status = self.process.wait().await;
        self.lines = None;
        status
    }

    /// Closes its input: it ends by itself, if it can.
    pub(crate) fn close(&mut self) {
        self.lines = None;
    }

    /// Waits until it has ended; one that is still there at `deadline` is killed.
    pub(crate) async fn ended_by(&mut self, deadline: Instant) {
        if tokio::time::timeout_at(deadline, self.process.wait()).await.is_err() {
            self.kill();
            let _ = self.process.wait().await;
        }
    }

    pub(crate) fn kill(&mut self) {
        self.lines = None;
        // It may have ended already: that is what is wanted.
        let _ = self.process.start_kill();
    }
}
