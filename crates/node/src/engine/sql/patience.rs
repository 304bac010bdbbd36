//! How long a session waits for others: until it is served, is cancelled, or a timeout that it has set is over.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use rusqlite::InterruptHandle;
use tokio::sync::Notify;

use super::activity::{Backend, Wait};
use super::error::SqlError;
use crate::runtime::lock;

/// What a cancel request of a session reaches: the statement that runs, or the wait that it is in.
#[derive(Default)]
pub(super) struct Interrupt {
    running: Mutex<Option<InterruptHandle>>,
    cancelled: Notify,
}

impl Interrupt {
    /// Ends what the session is doing now.
    pub(super) fn cancel(&self) {
        self.stop();
        // Whoever does not wait now is not meant.
        self.cancelled.notify_waiters();
    }

    /// Ends the statement that runs now.
    pub(super) fn stop(&self) {
        if let Some(handle) = lock(&self.running).as_ref() {
            handle.interrupt();
        }
    }

    /// A statement runs from here on, or none.
    pub(super) fn set(&self, running: Option<InterruptHandle>) {
        *lock(&self.running) = running;
    }
}

/// A session's patience with one wait.
pub(super) struct Patience {
    pub backend: Arc<Backend>,
    /// Wall time of `statement_timeout`.
    pub statement: Option<Duration>,
    /// Wall time of `lock_timeout`.
    pub lock: Option<Duration>,
}

impl Patience {
    /// The outcome of `waiting` for `what`, or the error that ended it.
    pub(super) async fn wait<T>(&self, what: Wait, waiting: impl Future<Output = Result<T, SqlError>>) -> Result<T, SqlError> {
        let _waiting = self.backend.waits_for(what);
        let after = |time: Option<Duration>| async move {
            match time {
                Some(time) => tokio::time::sleep(time).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            biased;
            ended = waiting => ended,
            () = self.backend.interrupt.cancelled.notified() => Err(SqlError::new("57014", "canceling statement due to user request")),
            () = after(self.lock) => Err(SqlError::new("55P03", "canceling statement due to lock timeout")),
            () = after(self.statement) => Err(SqlError::new("57014", "canceling statement due to statement timeout")),
        }
    }
}
