//! Use cases: what a learner can do, whatever the face. The terminal and the window both call these and add nothing of their own.

mod commands;
pub mod contract;
mod dispatch;
mod error;
pub mod run;
pub mod typescript;

use std::path::PathBuf;
use std::sync::Arc;

pub use dispatch::EventSink;

/// Where things are on this machine.
#[derive(Debug, Clone)]
pub struct Places {
    /// The learner's data (`LOADLINE_DATA_DIR`, or the platform's data folder).
    pub data_dir: PathBuf,
    /// The `loadline` binary that runs nodes and the generator.
    pub node_program: PathBuf,
}

/// The application: one for each process.
#[derive(Clone)]
pub struct App {
    #[expect(dead_code, reason = "the use cases that need it follow")]
    places: Arc<Places>,
}

impl App {
    /// Opens the learner's data.
    pub async fn open(places: Places) -> Result<Self, contract::RpcError> {
        Ok(Self { places: Arc::new(places) })
    }

    /// Stops what runs and waits until it is gone. Call it before the process ends.
    pub async fn close(&self) {}
}
