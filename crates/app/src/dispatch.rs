//! One door for the window: a command by name with JSON in and out. The names are those of the command list.

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::contract::*;
use crate::{App, designs};

/// Where the events of a run go, in batches, at most four a second.
pub type EventSink = Arc<dyn Fn(Vec<RunEvent>) + Send + Sync>;

impl App {
    /// Calls the command `name`; `events` is used by `run_start` alone.
    pub async fn call(&self, name: &str, request: Value, events: EventSink) -> Result<Value, RpcError> {
        self.back_up_if_due(designs::now_ms());
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

/// Waits for a command that runs as a task of its own. A panic in it ends here and becomes an error: a caller always has an answer.
pub async fn answered<T: Send + 'static>(
    name: &str,
    command: impl Future<Output = Result<T, RpcError>> + Send + 'static,
) -> Result<T, RpcError> {
    match tokio::spawn(command).await {
        Ok(answer) => answer,
        Err(reason) => Err(broke(name, &reason)),
    }
}

/// What to say of a task of ours that panicked. What was panicked with is not repeated: it may quote what the learner wrote.
pub(crate) fn broke(what: &str, reason: &tokio::task::JoinError) -> RpcError {
    let how = if reason.is_panic() { "broke" } else { "was ended" };
    RpcError::new(
        "broken",
        format!("{what} {how}: that is a fault of Loadline"),
        "What was saved is safe. Try again; if it happens again, copy the report and send it.",
    )
}

/// The request of the command `name`.
pub fn read<T: DeserializeOwned>(name: &str, request: Value) -> Result<T, RpcError> {
    serde_json::from_value(request)
        .map_err(|error| RpcError::new("invalid_request", format!("{name}: {error}"), "Update the window and the app together."))
}

/// The answer as it crosses.
pub fn answer<T: Serialize>(response: T) -> Result<Value, RpcError> {
    serde_json::to_value(response).map_err(|error| RpcError::new("internal", error.to_string(), "Report it."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_command_that_panics_is_answered() {
        let command = async {
            let number: Result<u8, _> = std::hint::black_box("a note").parse();
            Ok::<u8, RpcError>(number.expect("the text of a note"))
        };
        let error = answered("design_save", command).await.unwrap_err();
        assert_eq!(error.code, "broken");
        assert!(error.message.contains("design_save") && !error.message.contains("note"), "{error}");
        assert!(error.hint.contains("report"), "{error}");
        assert_eq!(answered("library", async { Ok(1) }).await, Ok(1));
    }
}
