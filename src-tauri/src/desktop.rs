//! The app behind the window, opened once. When it cannot open, every call answers with the reason: the window never just goes away.

use loadline_app::contract::RpcError;
use loadline_app::{App, Places};
use tokio::sync::OnceCell;

/// The app, or why there is none.
pub(crate) struct Desktop {
    places: Result<Places, RpcError>,
    app: OnceCell<Result<App, RpcError>>,
}

impl Desktop {
    /// Nothing is opened yet.
    pub(crate) fn new(places: Places) -> Self {
        Self { places: Ok(places), app: OnceCell::new() }
    }

    /// Where things are is unknown, so nothing can be opened.
    pub(crate) fn broken(reason: RpcError) -> Self {
        Self { places: Err(reason), app: OnceCell::new() }
    }

    /// The app, opened by the first who asks; the others wait for it.
    pub(crate) async fn open(&self) -> &Result<App, RpcError> {
        self.app
            .get_or_init(|| async {
                let places = self.places.clone()?;
                App::open(places).await
            })
            .await
    }

    /// Ends what runs, if anything was ever opened.
    pub(crate) async fn close(&self) {
        if let Some(Ok(app)) = self.app.get() {
            app.close().await;
        }
    }
}
