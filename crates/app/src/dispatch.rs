//! One door for the window: a command by name with JSON in and out. The names are those of the command list.

use std::sync::Arc;

use crate::App;
use crate::contract::{RpcError, RunEvent};

/// Where the events of a run go, in batches, at most four a second.
pub type EventSink = Arc<dyn Fn(Vec<RunEvent>) + Send + Sync>;

impl App {
    /// Calls the command `name`; `events` is used by `run_start` alone.
    pub async fn call(&self, name: &str, _request: serde_json::Value, _events: EventSink) -> Result<serde_json::Value, RpcError> {
        Err(RpcError {
            code: "unknown_command".into(),
            message: format!("no command {name}"),
            hint: "update the window and the app together".into(),
        })
    }
}
