//! The commands that need the desktop round the app: the window's size of text, dialogs of the system, files that were handed over, the data
//! folder, which program this is, and the report of an error. What they decide is in `loadline_app`.

use std::path::PathBuf;

use loadline_app::contract::*;
use loadline_app::place::Home;
use loadline_app::run::prepare::this_host;
use loadline_app::{dispatch, for_each_shell_command, report_text, sketches};
use serde_json::Value;
use tauri::{AppHandle, Manager};
use tauri_plugin_dialog::DialogExt;

use crate::desktop::{Desktop, blocking};
use crate::handed::Handed;

/// How much larger the window can be, percent.
const TEXT_SIZES: std::ops::RangeInclusive<u32> = 100..=125;

/// What the commands need.
pub(crate) struct Shell {
    pub(crate) handle: AppHandle,
    pub(crate) desktop: Desktop,
}

impl Shell {
    /// Calls the command `name`; `Err` gives the request back when it is none of the shell's.
    pub(crate) async fn call(&self, name: &str, request: Value) -> Result<Result<Value, RpcError>, Value> {
        macro_rules! dispatch {
            ($($command:ident: $request:ty => $response:ty,)*) => {
                match name {
                    $(stringify!($command) => Ok(async {
                        dispatch::answer::<$response>(self.$command(dispatch::read::<$request>(name, request)?).await?)
                    }.await),)*
                    _ => Err(request),
                }
            };
        }
        for_each_shell_command!(dispatch)
    }

    async fn text_size(&self, request: TextSize) -> Result<Empty, RpcError> {
        let wrong = |reason: String| RpcError::new("text_size", reason, "The text keeps its size. Choose another one in the settings.");
        if !TEXT_SIZES.contains(&request.percent) {
            return Err(wrong(format!("text cannot have {}% of its size", request.percent)));
        }
        let window = self.handle.get_webview_window("main").ok_or_else(|| wrong("the window is gone".into()))?;
        window.set_zoom(f64::from(request.percent) / 100.0).map_err(|reason| wrong(reason.to_string()))?;
        Ok(Empty {})
    }

    async fn path_choose(&self, request: PathWish) -> Result<PathChosen, RpcError> {
        let mut dialog = self.handle.dialog().file().set_title(request.title);
        if let Some(window) = self.handle.get_webview_window("main") {
            dialog = dialog.set_parent(&window);
        }
        if let Some(name) = request.name {
            dialog = dialog.set_file_name(name);
        }
        if let Some(ending) = &request.ending {
            dialog = dialog.add_filter(format!("*.{ending}"), &[ending]);
        }
        let (tell, told) = tokio::sync::oneshot::channel();
        // Nobody listens any more when the window went meanwhile.
        let chosen = move |path| drop(tell.send(path));
        match request.kind {
            PathKind::Folder => dialog.pick_folder(chosen),
            PathKind::Open => dialog.pick_file(chosen),
            PathKind::Save => dialog.save_file(chosen),
        }
        // A dialog that ends without an answer chose nothing.
        let path = told.await.ok().flatten().and_then(|path| path.into_path().ok());
        Ok(PathChosen { path: path.and_then(|path| path.to_str().map(str::to_owned)) })
    }

    async fn handed_over(&self, _request: Empty) -> Result<HandedOver, RpcError> {
        let handed = self.handle.state::<Handed>();
        if handed.is_empty() {
            return Ok(HandedOver { file: None });
        }
        // Open first: a file that was taken while the data does not open would be gone.
        let open = self.desktop.open().await?;
        let Some(path) = handed.take() else { return Ok(HandedOver { file: None }) };
        let file = blocking(move || sketches::read_for_window(&path, open.exercises())).await?;
        Ok(HandedOver { file: Some(file) })
    }

    async fn data_folder(&self, _request: Empty) -> Result<DataFolder, RpcError> {
        blocking(|| Ok(Home::of_this_user()?.here()?.shown())).await
    }

    async fn data_move(&self, request: DataMove) -> Result<DataMoved, RpcError> {
        self.desktop.move_data(request).await
    }

    async fn data_start_empty(&self, _request: Empty) -> Result<Empty, RpcError> {
        self.desktop.start_empty().await?;
        Ok(Empty {})
    }

    async fn about(&self, _request: Empty) -> Result<About, RpcError> {
        Ok(about())
    }

    async fn error_report(&self, request: ErrorSeen) -> Result<ErrorReport, RpcError> {
        let home = std::env::var_os("HOME").map(PathBuf::from);
        Ok(ErrorReport { text: report_text::error_report(&about(), &request, &self.desktop.diary().lines(), home.as_deref()) })
    }
}

/// This program. `LOADLINE_BUILD` is set by who builds a package.
pub(crate) fn about() -> About {
    let engine = if cfg!(target_os = "linux") { "WebKitGTK" } else { "WebView" };
    About {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        build: option_env!("LOADLINE_BUILD").unwrap_or("built from a working tree").to_owned(),
        system: report_text::system(),
        cores: this_host().cores,
        webview: tauri::webview_version().map_or_else(|_| engine.to_owned(), |version| format!("{engine} {version}")),
    }
}
