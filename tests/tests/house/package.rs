//! The package says of sketch files what the program does: one ending, one type, opened by the entry of the desktop. It builds no package.

use std::fs;

use serde_json::{Value, json};

use super::root;

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|reason| panic!("{path}: {reason}"))
}

#[test]
fn sketch_files_have_one_ending_and_one_type() {
    let config: Value = serde_json::from_str(&read("src-tauri/tauri.conf.json")).expect("JSON");
    let bundle = &config["bundle"];
    assert_eq!((&bundle["active"], &bundle["targets"]), (&json!(true), &json!(["deb"])));
    let association = &bundle["fileAssociations"][0];
    let (ending, kind) = (association["ext"][0].as_str().expect("an ending"), association["mimeType"].as_str().expect("a type"));
    assert!(read("crates/app/src/sketches.rs").contains(&format!("ENDING: &str = {ending:?}")), "{ending}");
    let mime = read("src-tauri/linux/loadline.xml");
    assert!(mime.contains(&format!("type=\"{kind}\"")) && mime.contains(&format!("pattern=\"*.{ending}\"")), "{mime}");
    let entry = read("src-tauri/linux/loadline.desktop");
    assert!(entry.contains("Exec={{exec}} %F") && entry.contains("MimeType={{mime_type}}"), "{entry}");
    let files = bundle["linux"]["deb"]["files"].as_object().expect("files of the package");
    for (there, here) in files {
        let here = here.as_str().expect("a path");
        assert!(root().join("src-tauri").join(here).is_file(), "{there} comes from {here}, which is not there");
    }
    // Both programs go in: the window's by itself, the other by the script.
    assert!(read("scripts/package").contains("/usr/bin/loadline\""));
}
