//! Embeds the built-in pack again when a file of it changes. It looks at nothing else.

fn main() {
    println!("cargo:rerun-if-changed=../../content/core");
}
