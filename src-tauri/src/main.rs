//! The desktop face: a window over the command list. It has no logic of its own, only a start, one door (`rpc`) and an orderly end.

mod desktop;
mod ending;
mod fence;
mod handed;
mod language;
mod places;
mod rpc;
mod shell;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use loadline_app::diary::Diary;
use loadline_app::place;
use tauri::{AppHandle, Builder, Manager, RunEvent, Wry};

use crate::desktop::Desktop;
use crate::handed::Handed;

fn main() -> ExitCode {
    if let Err(reason) = language::make_sure() {
        complain(&format!("no language is set and none can be chosen ({reason}); set LANG to en_US.UTF-8 if the window stays empty"));
    }
    let diary = Diary::open(place::log_file().as_deref());
    diary.note_panics();
    let this = shell::about();
    diary.note(&format!("start of {} ({}) on {}, {}", this.version, this.build, this.system, this.webview));
    let handed = Handed::default();
    // Without a folder to start from, a file is only found by its whole path.
    handed.add(std::env::args_os().skip(1), &std::env::current_dir().unwrap_or_default());
    let built = plugins(Builder::default())
        .manage(Desktop::new(diary))
        .manage(handed)
        .invoke_handler(tauri::generate_handler![rpc::rpc])
        .setup(|app| {
            ending::on_signals(app.handle())?;
            let handle = app.handle().clone();
            // Ready, or known to be broken, before the window asks.
            tauri::async_runtime::spawn(async move {
                let desktop = handle.state::<Desktop>();
                if let Err(error) = desktop.open().await {
                    desktop.diary().note(&format!("the data does not open: {}", error.code));
                }
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
        builder.plugin(tauri_plugin_single_instance::init(|app, arguments, folder| {
            app.state::<Handed>().add(arguments.into_iter().skip(1).map(OsString::from), &PathBuf::from(folder));
            show(app);
        }))
    };
    builder.plugin(tauri_plugin_window_state::Builder::new().build()).plugin(tauri_plugin_dialog::init()).plugin(fence::plugin())
}

fn show(app: &AppHandle) {
    let Some(window) = app.get_webview_window("main") else { return };
    for step in [window.unminimize(), window.show(), window.set_focus()] {
        if let Err(reason) = step {
            complain(&format!("the window could not be brought to the front: {reason}"));
        }
    }
    // The page asks what was handed over; it may have been nothing.
    if let Err(reason) = window.eval("window.dispatchEvent(new Event('loadline:handed-over'))") {
        complain(&format!("the window could not be told of a file: {reason}"));
    }
}

/// What the learner cannot be told in the window goes to standard error.
#[expect(clippy::print_stderr, reason = "there is no window to say it in")]
fn complain(message: &str) {
    eprintln!("loadline-desktop: {message}");
}
