//! Embeds the migrations again when one is added. It looks at nothing else.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
