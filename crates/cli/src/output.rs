//! Where text goes: results to standard output, reasons and remedies to standard error, each failure with its exit status.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use loadline_app::contract::RpcError;

use crate::Outcome;

/// Why a command did not do its job.
#[derive(Debug)]
pub(crate) enum Failure {
    /// A target or a check failed under `--strict`: 1.
    Strict(String),
    /// Wrong use, or input that cannot be used: 2.
    Unusable { message: String, remedy: String },
}

impl Failure {
    pub(crate) fn unusable(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::Unusable { message: message.into(), remedy: remedy.into() }
    }

    pub(crate) fn report(&self) -> ExitCode {
        let mut err = std::io::stderr().lock();
        // When nobody reads standard error, the exit status still says it.
        let _ = match self {
            Self::Strict(reason) => writeln!(err, "loadline: {reason}"),
            Self::Unusable { message, remedy } if remedy.is_empty() => writeln!(err, "loadline: {message}"),
            Self::Unusable { message, remedy } => writeln!(err, "loadline: {message}\n{remedy}"),
        };
        ExitCode::from(if matches!(self, Self::Strict(_)) { 1 } else { 2 })
    }
}

impl From<RpcError> for Failure {
    fn from(error: RpcError) -> Self {
        Self::unusable(error.message, error.hint)
    }
}

/// Writes to standard output. A reader that is gone (`| head`) ends the program quietly.
pub(crate) fn print(text: &str) -> Outcome {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => Err(Failure::unusable(format!("standard output cannot be written: {error}"), "")),
        Ok(()) => Ok(()),
    }
}

/// Writes a line to standard error: progress, not results.
pub(crate) fn progress(line: &str) {
    // Progress that nobody reads is no loss.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes JSON to a file, whole or not at all; `-` is standard output.
pub(crate) fn write_json(path: &Path, value: &serde_json::Value) -> Outcome {
    let text = format!("{value:#}\n");
    if path == Path::new("-") {
        return print(&text);
    }
    let failed = |error: std::io::Error| {
        Failure::unusable(
            format!("{} cannot be written: {error}", path.display()),
            "Choose a file in a folder that exists and can be written.",
        )
    };
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    std::fs::write(&beside, text).map_err(failed)?;
    std::fs::rename(&beside, path).map_err(failed)
}

/// This binary, which is also the program of every node.
pub(crate) fn own_program() -> Result<std::path::PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::unusable(format!("this program cannot find itself: {error}"), "Start it by its full path."))
}

/// A folder for what runs, in the system's folder for temporary files.
pub(crate) fn scratch_dir() -> std::path::PathBuf {
    std::env::temp_dir().join("loadline")
}
