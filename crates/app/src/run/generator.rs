//! The generator's process, seen from the run: told on its standard input, heard on its standard output.

use std::path::Path;
use std::process::Stdio;

use loadline_model::load::{FromGenerator, ToGenerator};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::contract::RpcError;

pub(super) struct Generator {
    process: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Generator {
    pub(super) fn spawn(program: &Path) -> Result<Self, RpcError> {
        let failed = |reason: String| {
            RpcError::new("generator", format!("the load generator could not be started: {reason}"), "Build or reinstall Loadline.")
        };
        let mut command = Command::new(program);
        command.arg("generate").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).kill_on_drop(true);
        let mut process = loadline_cluster::spawn(command).map_err(|error| failed(error.to_string()))?;
        let stdin = process.stdin.take();
        let stdout = process.stdout.take().ok_or_else(|| failed("it has no output".into()))?;
        Ok(Self { process, stdin, lines: BufReader::new(stdout).lines() })
    }

    pub(super) fn pid(&self) -> Option<u32> {
        self.process.id()
    }

    pub(super) async fn tell(&mut self, message: &ToGenerator) {
        if let (Some(stdin), Ok(mut line)) = (&mut self.stdin, serde_json::to_vec(message)) {
            line.push(b'\n');
            // A generator that is gone is noticed at its output.
            let _ = stdin.write_all(&line).await;
            let _ = stdin.flush().await;
        }
    }

    /// What it says next. Cancel safe.
    pub(super) async fn next(&mut self) -> Result<FromGenerator, RpcError> {
        let ended =
            || RpcError::new("generator", "the load generator ended before its time", "Run it again; if it happens again, report it.");
        let line = self.lines.next_line().await.map_err(|_| ended())?.ok_or_else(ended)?;
        serde_json::from_str(&line).map_err(|error| {
            RpcError::new(
                "generator",
                format!("the load generator said something odd: {error}"),
                "Reinstall Loadline: its parts are of different versions.",
            )
        })
    }

    /// Ends it and waits until it is gone.
    pub(super) async fn end(mut self) {
        self.stdin = None;
        // It may have ended already: that is what is wanted.
        let _ = self.process.start_kill();
        let _ = self.process.wait().await;
    }
}
