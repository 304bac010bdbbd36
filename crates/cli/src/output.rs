//! Where text goes: results to standard output, reasons and remedies to standard error, each failure with its exit status.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use loadline_app::contract::RpcError;
use loadline_app::files;

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

/// Where `--json`, `--markdown` or `--html` goes: a file, written whole or not at all; a device or pipe, written as it is; or standard output
/// (`-`).
pub(crate) enum Target<'a> {
    Nowhere,
    Stdout,
    File(&'a Path),
    Device(&'a Path),
}

impl<'a> Target<'a> {
    /// Tries the file before the command's work is done, so that a wrong path costs nobody a run. Leaves nothing behind.
    pub(crate) fn new(path: Option<&'a Path>) -> Result<Self, Failure> {
        let Some(path) = path else { return Ok(Self::Nowhere) };
        if path == Path::new("-") {
            return Ok(Self::Stdout);
        }
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => return Err(files::cannot_write(path, "it is a folder").into()),
            Ok(there) if !there.is_file() => return Ok(Self::Device(path)),
            _ => {}
        }
        files::can_write(path)?;
        Ok(Self::File(path))
    }

    /// True when standard output is this file's, so that no other text may go there.
    pub(crate) fn is_stdout(&self) -> bool {
        matches!(self, Self::Stdout)
    }

    /// True when it was asked for.
    pub(crate) fn is_wanted(&self) -> bool {
        !matches!(self, Self::Nowhere)
    }

    /// Writes the JSON, if it was asked for.
    pub(crate) fn write(&self, value: &serde_json::Value) -> Outcome {
        if self.is_wanted() { self.write_text(&format!("{value:#}\n")) } else { Ok(()) }
    }

    /// Writes the text, if it was asked for.
    pub(crate) fn write_text(&self, text: &str) -> Outcome {
        match self {
            Self::Nowhere => Ok(()),
            Self::Stdout => print(text),
            Self::Device(path) => std::fs::write(path, text).map_err(|error| files::cannot_write(path, error).into()),
            Self::File(path) => Ok(files::write_whole(path, text.as_bytes())?),
        }
    }
}

/// Refuses two texts for one standard output.
pub(crate) fn one_stdout(targets: &[&Target<'_>]) -> Outcome {
    if targets.iter().filter(|target| target.is_stdout()).count() < 2 {
        return Ok(());
    }
    Err(Failure::unusable("standard output (`-`) was asked for twice", "Give one of them a file."))
}

/// Text of a file on one line of a terminal: control characters would be commands to it.
pub(crate) fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// This binary, which is also the program of every node.
pub(crate) fn own_program() -> Result<std::path::PathBuf, Failure> {
    std::env::current_exe()
        .map_err(|error| Failure::unusable(format!("this program cannot find itself: {error}"), "Start it by its full path."))
}

/// Where each run makes a folder of its own: the system's folder for temporary files.
pub(crate) fn scratch_dir() -> std::path::PathBuf {
    std::env::temp_dir()
}

/// How a run's time goes: `at the speed of life` or `13 times slower than life`.
pub(crate) fn pace(dilation: f64) -> String {
    if dilation == 1.0 { "at the speed of life".to_owned() } else { format!("{dilation} times slower than life") }
}

/// A figure with as many digits as tell something.
pub(crate) fn number(value: Option<f64>) -> String {
    match value {
        None => "unknown".to_owned(),
        Some(v) if v.fract() == 0.0 || v.abs() >= 100.0 => format!("{v:.0}"),
        Some(v) if v.abs() >= 1.0 => format!("{v:.2}"),
        Some(v) => format!("{v:.4}"),
    }
}
