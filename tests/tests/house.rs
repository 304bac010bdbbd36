//! The house rules that a compiler does not keep: which crate may know which, how a file begins, how long it may be, what it may not be called.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// Engines stand side by side: they know the model and nothing else of ours.
const ENGINES: [&str; 9] = ["node", "cluster", "load", "checker", "sim", "analysis", "content", "export", "store"];

#[path = "house/licences.rs"]
mod licences;
#[path = "house/package.rs"]
mod package;

const LINES_AT_MOST: usize = 600;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ is in the workspace").to_owned()
}

/// What each crate of ours needs to be built and run (its tests aside), by the names without `loadline-`.
fn needs() -> BTreeMap<String, BTreeSet<String>> {
    let metadata =
        MetadataCommand::new().current_dir(root()).no_deps().other_options(["--offline".to_owned()]).exec().expect("cargo metadata");
    let short = |name: &str| name.strip_prefix("loadline-").unwrap_or(name).to_owned();
    let needs_of = |package: &cargo_metadata::Package| {
        package.dependencies.iter().filter(|needed| needed.kind != DependencyKind::Development).map(|needed| short(&needed.name)).collect()
    };
    metadata.packages.iter().map(|package| (short(&package.name), needs_of(package))).collect()
}

#[track_caller]
fn only(who: &[&str], may_need: impl Fn(&str) -> bool, what: &str) {
    let others: Vec<String> = needs()
        .into_iter()
        .filter(|(name, _)| !who.contains(&name.as_str()))
        .flat_map(|(name, needs)| needs.into_iter().map(move |needed| (name.clone(), needed)))
        .filter(|(_, needed)| may_need(needed))
        .map(|(name, needed)| format!("{name} needs {needed}"))
        .collect();
    assert!(others.is_empty(), "only {who:?} may need {what}: {others:?}");
}

#[test]
fn arrows_point_down() {
    let needs = needs();
    let ours: BTreeSet<&String> = needs.keys().collect();
    let may = |name: &str| -> Vec<&str> {
        match name {
            "model" => vec![],
            "study" => vec!["model"],
            engine if ENGINES.contains(&engine) => vec!["model"],
            "app" => [&["model", "study"], &ENGINES[..]].concat().into_iter().filter(|engine| !["node", "load"].contains(engine)).collect(),
            "desktop" => vec!["app"],
            // The terminal's program is also every node and the generator.
            "cli" => vec!["app", "model", "node", "load"],
            // The journeys stand outside and may look at all of it, except at the window's shell, which takes long to build.
            "tests" => [&["model", "app", "study"], &ENGINES[..]].concat(),
            other => panic!("{other} is new: say here what it may know"),
        }
    };
    for (name, needed) in &needs {
        let wrong: Vec<&String> = needed.iter().filter(|needed| ours.contains(needed) && !may(name).contains(&needed.as_str())).collect();
        assert!(wrong.is_empty(), "{name} must not know {wrong:?}");
    }
}

#[test]
fn a_library_with_reach_stays_where_it_belongs() {
    only(&["desktop"], |name| name == "tauri" || name.starts_with("tauri-"), "the desktop shell");
    only(&["store"], |name| name == "sqlx", "the learner's database");
    // The journeys ask nodes as a stranger would.
    only(
        &["node", "tests"],
        |name| matches!(name, "rusqlite" | "pgwire" | "rdkafka" | "kafka-protocol" | "redis" | "tokio-postgres"),
        "a wire protocol's library",
    );
    only(&["cli", "node"], |name| matches!(name, "clap" | "indicatif"), "the terminal");
    let pure = needs().remove("model").expect("there is a model");
    let io: Vec<&str> =
        ["tokio", "mio", "rustix", "libc", "getrandom", "directories"].into_iter().filter(|name| pure.contains(*name)).collect();
    assert!(io.is_empty(), "the model does no IO, so it does not need {io:?}");
}

/// Source files of ours: nothing that was built or installed counts.
fn sources(endings: &[&str]) -> Vec<PathBuf> {
    let skip = ["target", "node_modules", "dist", "dist-fixture", "gen", "test-results"];
    let mut found = Vec::new();
    let mut folders = vec![root()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap_or_else(|reason| panic!("{}: {reason}", folder.display())) {
            let entry = entry.expect("an entry of a folder");
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().expect("the kind of an entry");
            if kind.is_dir() && !name.starts_with('.') && !skip.contains(&name.as_str()) {
                folders.push(path);
            } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
                found.push(path);
            }
        }
    }
    assert!(!found.is_empty(), "no {endings:?} under {}", root().display());
    found.sort();
    found
}

/// Files that break a rule, each with what `wrong` says about it.
#[track_caller]
fn check(endings: &[&str], rule: &str, wrong: impl Fn(&Path, &str) -> Option<String>) {
    let broken: Vec<String> = sources(endings)
        .iter()
        .filter_map(|path| {
            let text = fs::read_to_string(path).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()));
            wrong(path, &text).map(|what| format!("{}: {what}", path.strip_prefix(root()).unwrap_or(path).display()))
        })
        .collect();
    assert!(broken.is_empty(), "{rule}\n{}", broken.join("\n"));
}

#[test]
fn every_rust_file_says_what_it_is() {
    check(&[".rs"], "a file opens with `//!` and what it is and is not", |_, text| {
        (!text.starts_with("//! ")).then(|| text.lines().next().unwrap_or("(empty)").to_owned())
    });
}

#[test]
fn no_file_is_too_long() {
    check(&[".rs", ".ts", ".tsx", ".css", ".sh", "scripts/run", "scripts/test"], "split a file before it is this long", |path, text| {
        // Generated, and a test of its own keeps it fresh.
        if path.ends_with("ui/src/rpc/contract.ts") {
            return None;
        }
        let lines = text.lines().count();
        (lines > LINES_AT_MOST).then(|| format!("{lines} lines, at most {LINES_AT_MOST}"))
    });
}

#[test]
fn no_file_is_named_for_nothing() {
    check(&[".rs", ".ts", ".tsx"], "name a file for what is in it", |path, _| {
        let parts = path.components().map(|part| part.as_os_str().to_string_lossy().to_lowercase());
        let stem = |part: String| part.split('.').next().unwrap_or_default().to_owned();
        parts
            .map(stem)
            .find(|part| matches!(part.as_str(), "util" | "utils" | "helper" | "helpers" | "manager" | "managers" | "misc" | "common"))
    });
}

#[test]
fn nothing_is_left_for_later() {
    // Put together here, so that this file does not hold what it looks for.
    let marks = [["TO", "DO"], ["FIX", "ME"], ["dbg", "!("], ["todo", "!("], ["unimplemented", "!("]].map(|halves| halves.concat());
    check(&[".rs", ".ts", ".tsx", ".sh"], "finish it, or open an issue", |_, text| {
        let line = text.lines().position(|line| marks.iter().any(|mark| line.contains(mark.as_str())))?;
        Some(format!("line {}: {}", line + 1, text.lines().nth(line).unwrap_or_default().trim()))
    });
}
