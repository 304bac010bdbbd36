//! Errors of the engines as they cross to a face: a stable code, what happened, what to do.

use loadline_cluster::ClusterError;
use loadline_model::plan::CompileError;

use crate::contract::RpcError;

impl RpcError {
    /// An error with its remedy.
    pub fn new(code: &str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), hint: hint.into() }
    }

    /// Something that was named does not exist.
    pub fn not_found(what: &str, name: &str, hint: impl Into<String>) -> Self {
        Self::new("not_found", format!("no {what} named {name}"), hint)
    }
}

impl std::fmt::Display for RpcError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.hint.is_empty() { write!(f, "{}", self.message) } else { write!(f, "{}\n{}", self.message, self.hint) }
    }
}

impl std::error::Error for RpcError {}

impl From<CompileError> for RpcError {
    fn from(error: CompileError) -> Self {
        Self::new("cannot_run", error.to_string(), "Mend the drawing, then run it again.")
    }
}

impl From<ClusterError> for RpcError {
    fn from(error: ClusterError) -> Self {
        let hint = match &error {
            ClusterError::Spawn { .. } => "Build or reinstall Loadline: the program that runs nodes is missing or cannot be executed.",
            ClusterError::Folder { .. } => {
                "Free some disk space, or point TMPDIR (for the window: LOADLINE_DATA_DIR) at a folder that can be written."
            }
            ClusterError::Node { .. } | ClusterError::Slow { .. } | ClusterError::Fault { .. } => {
                "Nothing was left running. Run it again; if it happens again, report it with the run's settings."
            }
        };
        Self::new("cluster", error.to_string(), hint)
    }
}

impl From<loadline_store::StoreError> for RpcError {
    fn from(error: loadline_store::StoreError) -> Self {
        Self::new(error.code(), error.to_string(), error.hint())
    }
}
