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
    /// Nothing is opened yet; when it is unknown where things are, nothing can be.
    pub(crate) fn new(places: Result<Places, RpcError>) -> Self {
        Self { places, app: OnceCell::new() }
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
