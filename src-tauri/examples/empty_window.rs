//! A window with a line of text in it: what any Tauri program costs before it does anything. `tests/examples/window_start.rs` measures Loadline
//! beside it.

fn main() -> tauri::Result<()> {
    tauri::Builder::default().run(tauri::generate_context!("examples/empty/tauri.conf.json"))
}
