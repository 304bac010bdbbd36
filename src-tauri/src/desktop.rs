//! The app behind the window. When it cannot open, every call answers with the reason: the window never just goes away, and data that cannot
//! be read can be begun anew from it.

use loadline_app::contract::RpcError;
use loadline_app::{App, Places, data};
use tokio::sync::Mutex;

/// The app, or why there is none.
pub(crate) struct Desktop {
    places: Result<Places, RpcError>,
    app: Mutex<Option<Result<App, RpcError>>>,
}

impl Desktop {
    /// Nothing is opened yet; when it is unknown where things are, nothing can be.
    pub(crate) fn new(places: Result<Places, RpcError>) -> Self {
        Self { places, app: Mutex::new(None) }
    }

    /// The app, opened by the first who asks; the others wait for it. A folder that another Loadline has is asked for again at each call.
    pub(crate) async fn open(&self) -> Result<App, RpcError> {
        let mut app = self.app.lock().await;
        if app.as_ref().is_none_or(|app| app.as_ref().is_err_and(|error| error.code == "store_locked")) {
            *app = Some(self.opened().await);
        }
        app.clone().unwrap_or_else(|| Err(RpcError::new("internal", "the app is neither open nor not", "Report it.")))
    }

    async fn opened(&self) -> Result<App, RpcError> {
        App::open(self.places.clone()?).await
    }

    /// Begins anew, when the data could not be opened and the learner says so: what is there is kept aside.
    pub(crate) async fn start_empty(&self) -> Result<(), RpcError> {
        let mut app = self.app.lock().await;
        if let Some(Ok(_)) = *app {
            return Err(RpcError::new("data_open", "the data is open", "There is no need to start empty."));
        }
        data::start_empty(&self.places.clone()?.data_dir).await?;
        *app = Some(self.opened().await);
        Ok(())
    }

    /// Ends what runs, if anything was ever opened.
    pub(crate) async fn close(&self) {
        if let Some(Ok(app)) = self.app.lock().await.as_ref() {
            app.close().await;
        }
    }
}
