//! The end of the app, however it comes: the window shut, or a signal. What runs is stopped first, so that nothing is left behind.

use tauri::{AppHandle, Manager};

use crate::desktop::Desktop;

/// Stops what runs. Nodes also end by themselves when this process is gone; this is the orderly way.
pub(crate) fn close(app: &AppHandle) {
    tauri::async_runtime::block_on(app.state::<Desktop>().close());
}

/// A signal that asks for the end shuts the app as its window does.
#[cfg(unix)]
pub(crate) fn on_signals(app: &AppHandle) -> std::io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};

    for kind in [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()] {
        let app = app.clone();
        // The listener belongs to the runtime that waits on it.
        let mut signals = tauri::async_runtime::block_on(async { signal(kind) })?;
        tauri::async_runtime::spawn(async move {
            if signals.recv().await.is_some() {
                app.exit(0);
            }
        });
    }
    Ok(())
}

/// A signal that asks for the end shuts the app as its window does.
#[cfg(not(unix))]
pub(crate) fn on_signals(app: &AppHandle) -> std::io::Result<()> {
    let app = app.clone();
    tauri::async_runtime::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            app.exit(0);
        }
    });
    Ok(())
}
