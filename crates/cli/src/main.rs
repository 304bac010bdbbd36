//! The terminal face: the binary `loadline`.

fn main() {
    let code = match std::env::args().nth(1).as_deref() {
        Some("node") => loadline_node::process::run(),
        Some("generate") => loadline_load::run_stdio(),
        _ => 2,
    };
    std::process::exit(code);
}
