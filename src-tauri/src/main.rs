//! The desktop face: a window over the command list. It has no logic of its own, only a start, one door (`rpc`) and an orderly end.

mod desktop;
mod ending;
mod language;
mod places;
mod rpc;

use std::process::ExitCode;

use tauri::{AppHandle, Builder, Manager, RunEvent, Wry};

use crate::desktop::Desktop;

fn main() -> ExitCode {
    if let Err(reason) = language::make_sure() {
        complain(&format!("no language is set and none can be chosen ({reason}); set LANG to en_US.UTF-8 if the window stays empty"));
    }
    let desktop = Desktop::new(places::here());
    let built = plugins(Builder::default())
        .manage(desktop)
        .invoke_handler(tauri::generate_handler![rpc::rpc])
        .setup(|app| {
            ending::on_signals(app.handle())?;
            let handle = app.handle().clone();
            // Ready, or known to be broken, before the window asks.
            tauri::async_runtime::spawn(async move {
                let _ = handle.state::<Desktop>().open().await;
            });
            Ok(())
        })
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(reason) => {
            complain(&format!("the window cannot open: {reason}"));
            return ExitCode::FAILURE;
        }
    };
    app.run(|handle, event| {
        if let RunEvent::Exit = event {
            ending::close(handle);
        }
    });
    ExitCode::SUCCESS
}

/// A second start shows the first window. A data folder chosen by hand is an app of its own, so that several can run side by side.
fn plugins(builder: Builder<Wry>) -> Builder<Wry> {
    let builder = if places::data_dir_is_chosen() {
        builder
    } else {
        builder.plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| show(app)))
    };
    builder.plugin(tauri_plugin_window_state::Builder::new().build())
}

fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
    for step in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(reason) = step {
            complain(&format!("the window could not be brought to the front: {reason}"));
        }
    }
}

/// What the learner cannot be told in the window goes to standard error.
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn complain(message: &str) {
    eprintln!("loadline-desktop: {message}");
}
