//! The app behind the window, opened by the first who asks. When it cannot open, every call answers with the reason and the next one tries
//! again: the window never just goes away, and a disk that is back is enough. It also exchanges the app when the data moves.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use loadline_app::contract::{DataMove, DataMoved, FolderChosenBy, RpcError};
use loadline_app::diary::Diary;
use loadline_app::place::{self, Copied, Here, Home};
use loadline_app::{App, Places, data};
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::places;

/// The app, when it could be opened, and the diary of this process.
#[derive(Clone)]
pub(crate) struct Desktop {
    app: Arc<RwLock<Option<App>>>,
    /// When it last could not be opened, and why.
    failed: Arc<Mutex<Option<(Instant, RpcError)>>>,
    diary: Arc<Diary>,
}

/// The app for the time of a call: it is not exchanged meanwhile.
pub(crate) type Open = OwnedRwLockReadGuard<Option<App>, App>;

impl Desktop {
    /// Nothing is opened yet.
    pub(crate) fn new(diary: Arc<Diary>) -> Self {
        Self { app: Arc::default(), failed: Arc::default(), diary }
    }

    pub(crate) fn diary(&self) -> &Diary {
        &self.diary
    }

    /// The app; the first who asks opens it, the others wait for it, and share its error: to try takes a while where another program has the data.
    pub(crate) async fn open(&self) -> Result<Open, RpcError> {
        match OwnedRwLockReadGuard::try_map(Arc::clone(&self.app).read_owned().await, Option::as_ref) {
            Ok(open) => return Ok(open),
            Err(shut) => drop(shut),
        }
        let asked = Instant::now();
        let mut app = Arc::clone(&self.app).write_owned().await;
        if app.is_none() {
            if let Some((_, error)) = self.failed().clone().filter(|(at, _)| *at > asked) {
                return Err(error);
            }
            let opened = App::open(places::here()?).await;
            *self.failed() = opened.as_ref().err().map(|error| (Instant::now(), error.clone()));
            *app = Some(opened?);
        }
        let lost = |_| RpcError::new("broken", "the app was shut while it opened", "Try again.");
        OwnedRwLockReadGuard::try_map(app.downgrade(), Option::as_ref).map_err(lost)
    }

    fn failed(&self) -> std::sync::MutexGuard<'_, Option<(Instant, RpcError)>> {
        self.failed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins anew, when nothing of the data can be read and the learner says so: what is there is kept aside. It is tried once more first:
    /// where a disk is back or a file was put in its place, the data is simply open.
    pub(crate) async fn start_empty(&self) -> Result<(), RpcError> {
        let mut app = self.app.write().await;
        if app.is_some() {
            return Err(RpcError::new("data_open", "the data is open and whole", "There is no need to start empty."));
        }
        let places = places::here()?;
        let opened = match App::open(places.clone()).await {
            Err(error) if error.code == data::LOST => {
                data::start_empty(&places.data_dir).await?;
                App::open(places).await?
            }
            opened => opened?,
        };
        *app = Some(opened);
        Ok(())
    }

    /// Ends what runs, if anything was ever opened.
    pub(crate) async fn close(&self) {
        if let Some(app) = self.app.read().await.as_ref() {
            app.close().await;
        }
    }

    /// Moves to another data folder: shut, copied and compared, opened there, and only then pointed to. After a failure the next call opens
    /// the folder of before, which nothing has changed.
    pub(crate) async fn move_data(&self, request: DataMove) -> Result<DataMoved, RpcError> {
        let home = Home::of_this_user()?;
        // Held from here on: of two moves the second begins where the first has ended.
        let mut app = self.app.write().await;
        let before = home.here()?;
        if before.chosen_by == FolderChosenBy::Environment {
            return Err(RpcError::new(
                "data_folder_fixed",
                "LOADLINE_DATA_DIR says where the data is",
                "Start Loadline without it to choose the folder here.",
            ));
        }
        let (from, wished, take) = (before.folder.clone(), PathBuf::from(&request.folder), request.take);
        let to = blocking(move || place::prepare(&from, &wished, take)).await?;
        if let Some(open) = app.as_ref() {
            open.shut().await?;
        }
        // Nobody has the data open from here on.
        *app = None;
        let (opened, files) = taken(&home, &before.folder, &to, take).await?;
        *app = Some(opened);
        let now = Here { folder: to, chosen_by: FolderChosenBy::Learner }.shown();
        Ok(DataMoved { now, before: before.folder.display().to_string(), files })
    }
}

/// The app on the data in `to`, and how many files were copied there. What was copied for nothing is removed.
async fn taken(home: &Home, from: &Path, to: &Path, take: bool) -> Result<(App, u32), RpcError> {
    let (source, target) = (from.to_owned(), to.to_owned());
    let copied = if take { None } else { Some(blocking(move || place::copy(&source, &target)).await?) };
    let files = copied.as_ref().map_or(0, Copied::count);
    match opened(home, to).await {
        Ok(app) => Ok((app, files)),
        Err(error) => {
            if let Some(copied) = copied {
                let remove = move || {
                    copied.discard();
                    Ok(())
                };
                // Why the copy was for nothing says more than why it could not be removed.
                let _ = blocking(remove).await;
            }
            Err(error)
        }
    }
}

/// The app on the data in `to`, which the pointer names from then on.
async fn opened(home: &Home, to: &Path) -> Result<App, RpcError> {
    let app = App::open(Places { data_dir: to.to_owned(), node_program: places::node_program()? }).await?;
    if let Err(error) = home.point_to(to) {
        app.shut().await?;
        return Err(error);
    }
    Ok(app)
}

/// Work on the disk, off the threads that answer the window.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, RpcError> + Send + 'static) -> Result<T, RpcError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|reason| Err(RpcError::new("broken", format!("work on the disk was ended: {reason}"), "Try again.")))
}
