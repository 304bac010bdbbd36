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
use tokio::sync::Mutex;

/// Where things are on this machine.
#[derive(Debug, Clone)]
pub struct Places {
    /// The learner's data, as [`data_dir`] finds it.
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
    backup: Mutex<DailyBackup>,
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
            backup: Mutex::default(),
        };
        let app = Self { inside: Arc::new(inside) };
        // Nobody waits for it but the end and the notice.
        app.back_up_if_due(designs::now_ms());
        Ok(app)
    }

    /// The day's backup, made by the first who asks on a day; the others wait for it. After an error it is tried again.
    pub(crate) async fn daily_backup(&self, now_ms: i64) -> Result<(), contract::RpcError> {
        let mut backup = self.inside.backup.lock().await;
        if !backup.is_made(now_ms) {
            backup.tried_ms = Some(now_ms);
            backup.made_ms = None;
            self.store().back_up_daily(now_ms).await?;
            backup.made_ms = Some(now_ms);
        }
        Ok(())
    }

    /// Sees to the day's backup in passing, for a window that is open for weeks: on another day, or an hour after one that failed. Not while a
    /// run goes on, which it would disturb.
    pub(crate) fn back_up_if_due(&self, now_ms: i64) {
        // Held: one is being made.
        let due = self.inside.backup.try_lock().is_ok_and(|backup| backup.is_due(now_ms));
        if due {
            let app = self.clone();
            tokio::spawn(async move {
                // Why there is none is for the notice to say.
                app.none_runs().await.is_ok() && app.daily_backup(now_ms).await.is_ok()
            });
        }
    }

    /// Shuts the data as well: nothing can be asked any more, and the folder is nobody's. Refused while a run goes on.
    pub async fn shut(&self) -> Result<(), contract::RpcError> {
        self.none_runs().await?;
        // A backup that is being made is part of what is shut; whether it succeeded is for the notice to say.
        let _ = self.daily_backup(designs::now_ms()).await;
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

/// A backup that failed is tried again by itself after so long.
const TRY_AGAIN_MS: i64 = 3_600_000;
const DAY_MS: i64 = 86_400_000;

/// What is known of the day's backup.
#[derive(Debug, Default)]
struct DailyBackup {
    tried_ms: Option<i64>,
    made_ms: Option<i64>,
}

impl DailyBackup {
    fn is_made(&self, now_ms: i64) -> bool {
        self.made_ms.is_some_and(|made_ms| made_ms.div_euclid(DAY_MS) == now_ms.div_euclid(DAY_MS))
    }

    fn is_due(&self, now_ms: i64) -> bool {
        // A clock that was set back counts as time that passed.
        let again = |tried_ms: i64| self.made_ms.is_some() || !(0..TRY_AGAIN_MS).contains(&(now_ms - tried_ms));
        !self.is_made(now_ms) && self.tried_ms.is_none_or(again)
    }
}

/// The folder of the learner's data: `LOADLINE_DATA_DIR`, the one that the learner chose, or the platform's.
pub fn data_dir() -> Result<PathBuf, contract::RpcError> {
    Ok(place::Home::of_this_user()?.here()?.folder)
}

#[cfg(test)]
mod tests;
