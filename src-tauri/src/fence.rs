//! The window stays in the app: no link, form or refresh leads it anywhere else. What the page may load is the content security policy's to say.

use tauri::plugin::{Builder, TauriPlugin};
use tauri::{Url, Wry};

/// Refuses every navigation out of the app.
pub(crate) fn plugin() -> TauriPlugin<Wry> {
    Builder::new("fence").on_navigation(|_, url| is_ours(url)).build()
}

/// The app's own pages: a scheme of their own, or where a system has none, a name that no network has.
fn is_ours(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost"),
        "http" | "https" => url.host_str() == Some("tauri.localhost"),
        _ => url.as_str() == "about:blank",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_app_are_ours() {
        for ours in ["tauri://localhost", "tauri://localhost/index.html#/library", "http://tauri.localhost/", "about:blank"] {
            assert!(is_ours(&Url::parse(ours).unwrap()), "{ours}");
        }
        let others = ["https://example.org", "http://127.0.0.1:80/", "http://tauri.localhost.example.org/", "tauri://elsewhere/"];
        for other in
            others.into_iter().chain(["data:text/html,<b>", "javascript:alert(1)", "file:///etc/passwd", "blob:tauri://localhost/x"])
        {
            assert!(!is_ours(&Url::parse(other).unwrap()), "{other}");
        }
    }
}
