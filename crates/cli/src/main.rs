//! The terminal face: the binary `loadline`.

fn main() {
    let arg = std::env::args().nth(1);
    if arg.as_deref() == Some("node") {
        std::process::exit(loadline_node::process::run());
    }
}
