//! The list of works that ship (scripts/licences writes it) is complete: every crate that is linked into a program, every npm package that the
//! window is built from, each with its licence and a text that is there. It does not judge whether two licences go together.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use cargo_metadata::{DependencyKind, MetadataCommand, PackageId};
use serde_json::Value;

use super::root;

const ANEW: &str = "run scripts/licences";
/// Licences that all of this may ship under (SPDX); of `A OR B` one is enough.
const KNOWN: [&str; 14] = [
    "MIT",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "ISC",
    "Zlib",
    "0BSD",
    "MPL-2.0",
    "Unicode-3.0",
    "Unlicense",
    "CC0-1.0",
    "BSL-1.0",
    "MIT-0",
];

fn read(path: &str) -> Value {
    let path = root().join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|reason| panic!("{}: {reason}; {ANEW}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|reason| panic!("{}: {reason}; {ANEW}", path.display()))
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value[key].as_str().unwrap_or_else(|| panic!("no {key} in {value}"))
}

/// What the list has of `from`: name and version.
fn listed(list: &Value, from: &str) -> BTreeSet<(String, String)> {
    let works = list["works"].as_array().expect("works");
    works.iter().filter(|work| text(work, "from") == from).map(|work| (text(work, "name").into(), text(work, "version").into())).collect()
}

/// Crates from outside that one of the two programs links, on Linux.
fn linked() -> BTreeSet<(String, String)> {
    let options = ["--offline", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"].map(str::to_owned);
    let metadata = MetadataCommand::new().current_dir(root()).other_options(options.to_vec()).exec().expect("cargo metadata");
    let resolve = metadata.resolve.as_ref().expect("the graph of crates");
    let nodes: BTreeMap<&PackageId, _> = resolve.nodes.iter().map(|node| (&node.id, node)).collect();
    let programs = metadata.packages.iter().filter(|package| ["loadline-cli", "loadline-desktop"].contains(&package.name.as_str()));
    let mut open: Vec<&PackageId> = programs.map(|package| &package.id).collect();
    assert_eq!(open.len(), 2, "the two programs");
    let mut seen: BTreeSet<&PackageId> = open.iter().copied().collect();
    while let Some(id) = open.pop() {
        for needed in &nodes[id].deps {
            let ships = needed.dep_kinds.iter().any(|kind| kind.kind == DependencyKind::Normal);
            if ships && seen.insert(&needed.pkg) {
                open.push(&needed.pkg);
            }
        }
    }
    let outside = metadata.packages.iter().filter(|package| package.source.is_some() && seen.contains(&package.id));
    outside.map(|package| (package.name.to_string(), package.version.to_string())).collect()
}

/// npm packages that the window is built from.
fn bundled() -> BTreeSet<(String, String)> {
    let lock = read("ui/package-lock.json");
    let packages = lock["packages"].as_object().expect("packages");
    let is = |package: &Value, what: &str| package[what].as_bool().unwrap_or(false);
    packages
        .iter()
        .filter(|(path, package)| {
            path.starts_with("node_modules/") && !is(package, "dev") && !is(package, "optional") && !is(package, "peer")
        })
        .map(|(path, package)| (path.rsplit("node_modules/").next().unwrap_or(path).to_owned(), text(package, "version").to_owned()))
        .collect()
}

#[test]
fn the_list_of_works_is_that_of_the_locks() {
    let list = read("ui/src/settings/licences.json");
    for (from, locked) in [("rust", linked()), ("npm", bundled())] {
        let listed = listed(&list, from);
        let missing: Vec<_> = locked.difference(&listed).collect();
        let gone: Vec<_> = listed.difference(&locked).collect();
        assert!(missing.is_empty() && gone.is_empty(), "{from}: not listed {missing:?}, listed and gone {gone:?}: {ANEW}");
        assert!(!locked.is_empty(), "{from}");
    }
}

#[test]
fn every_work_has_a_licence_that_we_know_and_texts_that_are_there() {
    let list = read("ui/src/settings/licences.json");
    let texts = list["texts"].as_object().expect("texts");
    let mut without = Vec::new();
    for work in list["works"].as_array().expect("works") {
        let licence = text(work, "licence").replace('/', " OR ");
        let known = |one: &str| KNOWN.contains(&one.trim_matches(['(', ')', ' ']));
        // Of a choice one is enough; of a sum each must be known.
        let good = licence.split(" AND ").all(|part| part.split(" OR ").any(known));
        assert!(good, "{}: {licence} is new here: read it, then add it to the known ones", text(work, "name"));
        let keys = work["texts"].as_array().expect("texts");
        for key in keys {
            let text = key.as_str().and_then(|key| texts.get(key)).and_then(Value::as_str);
            assert!(text.is_some_and(|text| text.len() > 40), "{}: no text {key}: {ANEW}", work["name"]);
        }
        if keys.is_empty() {
            without.push(text(work, "name"));
        }
    }
    // A package that carries no text names its licence; there are few, and more of them would be a fault of the script.
    assert!(without.len() <= 20, "{without:?}");
    for own in ["LICENSE-MIT", "LICENSE-APACHE"] {
        assert!(root().join(own).is_file(), "{own}");
    }
}
