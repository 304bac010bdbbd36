//! Reads tauri.conf.json, the capabilities and the icons into the binary. It does not build the window: `npm run build` in `ui/` does.

fn main() {
    tauri_build::build();
}
