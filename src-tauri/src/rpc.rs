//! The one door between the window and the app: a command by name, JSON in and out, events of a run in batches.

use std::sync::Arc;

use loadline_app::EventSink;
use loadline_app::contract::{RpcError, RunEvent};
use serde_json::Value;
use tauri::State;
use tauri::ipc::Channel;

use crate::desktop::Desktop;

/// Calls the command `name` of the app; `events` is where a run reports.
#[tauri::command]
pub(crate) async fn rpc(
    name: String,
    request: Value,
    events: Channel<Vec<RunEvent>>,
    desktop: State<'_, Desktop>,
) -> Result<Value, RpcError> {
    // The one command that has no app to answer it.
    if name == "data_start_empty" {
        desktop.start_empty().await?;
        return Ok(Value::Object(serde_json::Map::new()));
    }
    let app = desktop.open().await?;
    app.call(&name, request, sink(events)).await
}

/// A page that was left no longer listens, and a run does not end for that: what cannot be delivered is dropped.
fn sink(events: Channel<Vec<RunEvent>>) -> EventSink {
    Arc::new(move |batch| drop(events.send(batch)))
}
