//! Use cases: what a learner can do, whatever the face. The terminal and the window both call these and add nothing of their own.
//!
//! | module | what it holds |
//! |---|---|
//! | [`contract`] | what crosses to the window; `commands` lists the commands, `dispatch` is their one door |
//! | [`library`] | packs, exercises, scenarios, bundled designs |
//! | `attempts` | solutions stay shut until the learner has run a drawing of their own |
//! | [`check`] | what can be said while drawing |
//! | `study` | phases, hints, solutions, the worksheet, cards |
//! | `practice` | the learner's attempts at them: notes, answers, what was opened |
//! | `versions` | how a design came to be |
//! | [`data`] | all of the learner's data: one file out and in, backups, what is said of damage |
//! | [`difference`] | two drawings: what changed, in words |
//! | [`comparison`] | two runs, figure by figure |
//! | `kept` | kept runs: named, explained, compared, copied, exported |
//! | [`files`] | files that are written whole or not at all |
//! | [`packs`] | packs from outside: findings, diagrams |
//! | [`interchange`] | drawings in other tools' formats, and back |
//! | [`run`] | one run from drawing to report |
//! | [`settings`] | words by key, checked |
//! | [`sketches`] | sketch files from outside |
//! | [`place`] | the data folder, and how it moves |
//! | [`diary`], [`report_text`] | the last lines of what happened, and the report of an error |
//! | [`typescript`] | the contract as TypeScript |

mod attempts;
pub mod check;
mod commands;
pub mod comparison;
pub mod contract;
pub mod data;
mod designs;
pub mod diary;
pub mod difference;
pub mod dispatch;
mod error;
mod exercises;
pub mod files;
pub mod interchange;
mod kept;
pub mod library;
pub mod packs;
pub mod place;
mod practice;
pub mod report_text;
pub mod run;
mod runs;
pub mod settings;
pub mod sketches;
mod study;
pub mod typescript;
mod versions;

use std::path::PathBuf;
use std::sync::Arc;

use loadline_content::Diagrams;
use loadline_store::Store;

pub use dispatch::{EventSink, answered};
use library::Library;
pub use loadline_export::report as report_files;
use runs::SharedRun;
use tokio::sync::OnceCell;

/// Where things are on this machine.
#[derive(Debug, Clone)]
pub struct Places {
    /// The learner's data (`LOADLINE_DATA_DIR`, or the platform's data folder).
    pub data_dir: PathBuf,
    /// The `loadline` binary that runs nodes and the generator.
    pub node_program: PathBuf,
}

/// The application: one for each process, with the learner's data open.
#[derive(Clone)]
pub struct App {
    inside: Arc<Inside>,
}

struct Inside {
    places: Places,
    library: Library,
    store: Store,
    diagrams: Diagrams,
    active: SharedRun,
    backed_up: OnceCell<Result<(), contract::RpcError>>,
}

impl App {
    /// Opens the learner's data.
    pub async fn open(places: Places) -> Result<Self, contract::RpcError> {
        let store = Store::open(&places.data_dir, designs::now_ms()).await?;
        let inside = Inside {
            places,
            library: Library::open(),
            store,
            diagrams: Diagrams::default(),
            active: SharedRun::default(),
            backed_up: OnceCell::new(),
        };
        let app = Self { inside: Arc::new(inside) };
        let backing = app.clone();
        // Nobody waits for it but the end and the notice.
        tokio::spawn(async move { backing.daily_backup().await.is_ok() });
        Ok(app)
    }

    /// The day's backup, made once by the first who asks; the others wait for it.
    pub(crate) async fn daily_backup(&self) -> &Result<(), contract::RpcError> {
        let make = || async { Ok(self.store().back_up_daily(designs::now_ms()).await.map(|_| ())?) };
        self.inside.backed_up.get_or_init(make).await
    }

    /// Shuts the data as well: nothing can be asked any more, and the folder is nobody's. Refused while a run goes on.
    pub async fn shut(&self) -> Result<(), contract::RpcError> {
        self.none_runs().await?;
        // A backup that is being made is part of what is shut; whether it succeeded is for the notice to say.
        let _ = self.daily_backup().await;
        self.store().clone().close().await;
        Ok(())
    }

    /// What can be practised, for a face that reads files from outside.
    pub fn exercises(&self) -> &Library {
        &self.inside.library
    }

    pub(crate) fn places(&self) -> &Places {
        &self.inside.places
    }
    pub(crate) fn library(&self) -> &Library {
        &self.inside.library
    }
    pub(crate) fn store(&self) -> &Store {
        &self.inside.store
    }
    pub(crate) fn diagrams(&self) -> &Diagrams {
        &self.inside.diagrams
    }
    pub(crate) fn active(&self) -> &SharedRun {
        &self.inside.active
    }
}

/// The folder of the learner's data: `LOADLINE_DATA_DIR`, the one that the learner chose, or the platform's.
pub fn data_dir() -> Result<PathBuf, contract::RpcError> {
    Ok(place::Home::of_this_user()?.here()?.folder)
}
