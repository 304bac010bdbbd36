//! One door for the window: a command by name with JSON in and out. The names are those of the command list.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::App;
use crate::contract::*;

/// Where the events of a run go, in batches, at most four a second.
pub type EventSink = Arc<dyn Fn(Vec<RunEvent>) + Send + Sync>;

impl App {
    /// Calls the command `name`; `events` is used by `run_start` alone.
    pub async fn call(&self, name: &str, request: Value, events: EventSink) -> Result<Value, RpcError> {
        macro_rules! dispatch {
            ($($command:ident: $request:ty => $response:ty,)*) => {
                match name {
                    $(stringify!($command) => answer::<$response>(dispatch!(@call self, $command, read::<$request>(name, request)?))),*,
                    _ => Err(RpcError::new("unknown_command", format!("no command {name}"), "Update the window and the app together.")),
                }
            };
            // The two that are called otherwise: one takes the events too, the other may not have the name of the accessor `library`.
            (@call $app:ident, run_start, $request:expr) => { $app.run_start($request, events).await? };
            (@call $app:ident, library, $request:expr) => { $app.library_command($request).await? };
            (@call $app:ident, $command:ident, $request:expr) => { $app.$command($request).await? };
        }
        crate::for_each_command!(dispatch)
    }
}

fn read<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, RpcError> {
    serde_json::from_value(request)
        .map_err(|error| RpcError::new("invalid_request", format!("{name}: {error}"), "Update the window and the app together."))
}

fn answer<T: Serialize>(response: T) -> Result<Value, RpcError> {
    serde_json::to_value(response).map_err(|error| RpcError::new("internal", error.to_string(), "Report it."))
}
