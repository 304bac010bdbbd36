//! The one door between the window and the app: a command by name, JSON in and out, events of a run in batches. A command that breaks is
//! answered with an error, and a failed one is noted in the diary by its name and code.

use std::sync::Arc;

use loadline_app::contract::{RpcError, RunEvent};
use loadline_app::{EventSink, answered};
use serde_json::Value;
use tauri::ipc::Channel;
use tauri::{AppHandle, State};

use crate::desktop::Desktop;
use crate::shell::Shell;

/// Calls the command `name` of the app or of the shell; `events` is where a run reports.
#[tauri::command]
pub(crate) async fn rpc(
    name: String,
    request: Value,
    events: Channel<Vec<RunEvent>>,
    handle: AppHandle,
    desktop: State<'_, Desktop>,
) -> Result<Value, RpcError> {
    let (asked, shell) = (name.clone(), Shell { handle, desktop: desktop.inner().clone() });
    let command = async move {
        match shell.call(&asked, request).await {
            Ok(answer) => answer,
            Err(request) => shell.desktop.open().await?.call(&asked, request, sink(events)).await,
        }
    };
    let answer = answered(&name, command).await;
    if let Err(error) = &answer {
        desktop.diary().note(&format!("{name} failed: {}", error.code));
    }
    answer
}

/// A page that was left no longer listens, and a run does not end for that: what cannot be delivered is dropped.
fn sink(events: Channel<Vec<RunEvent>>) -> EventSink {
    Arc::new(move |batch| drop(events.send(batch)))
}
