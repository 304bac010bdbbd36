//! Runs that end before there is load, over nodes that only speak as nodes do: what is told, and that real servers are swept.

use std::os::unix::fs::PermissionsExt as _;

use loadline_model::plan::Host;
use loadline_model::wire::FromNode;
use tempfile::TempDir;

use super::*;
use crate::contract::{Predictions, RunWish};
use crate::library::Library;
use crate::run::prepare::prepare;

/// A folder with a program in place of `loadline node`: `seeder` and `replica` are what those two do once they are told to begin.
fn program(seeder: &str, replica: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let last = serde_json::to_string(&FromNode::Final(Box::default())).unwrap();
    let script = format!(
        r#"#!/bin/sh
here=$(dirname "$0")
done='{last}'
read -r start
case "$start" in
    *'"id":"seeder"'*) {seeder} exit ;;
    *'"id":"sweeper"'*) : > "$here/swept"; echo "$done"; exit ;;
esac
echo '{{"type":"listening","port":1}}'
read -r wire
echo '{{"type":"ready"}}'
case "$start" in *'"role":"sql_replica"'*) read -r calm; {replica} ;; esac
while read -r line; do
    case "$line" in *'"stop"'*) exit ;; esac
done
"#
    );
    let path = folder.path().join("node");
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    folder
}

/// Runs the exercise's good design with a real cache; the error.
async fn failed(folder: &Path) -> RpcError {
    let library = Library::open();
    let exercise = library.exercise("twitter").unwrap();
    let mut sketch = exercise.design("good").unwrap().sketch.clone();
    engines::place(&mut sketch, "kv", "redis://127.0.0.1:6379").unwrap();
    let scenario = exercise.scenarios["reference"].clone();
    let wish = RunWish {
        scenario: scenario.name.clone(),
        shape: None,
        rate_per_s: None,
        duration_s: None,
        seed: None,
        prefer: Default::default(),
    };
    let spec = RunSpec::new("twitter", "good", sketch, scenario, &wish, Predictions::default()).unwrap();
    let prepared = prepare(&spec, Host { cores: 2.0 }).unwrap();
    let (_stop, stop) = signal::channel(false);
    let (_order, faults) = mpsc::unbounded_channel();
    let mut on_event = |_| {};
    let hooks = Hooks { program: folder.join("node"), scratch_dir: folder.join("runs"), stop, faults, on_event: &mut on_event };
    conduct(&spec, &prepared, hooks).await.unwrap_err()
}

#[tokio::test]
async fn a_seeding_that_fails_leaves_nothing_in_real_servers() {
    let folder = program(r#"echo '{"type":"failed","message":"half of it was written"}';"#, ":");
    let error = failed(folder.path()).await;
    assert!(error.code == "cluster" && error.message.contains("half of it was written"), "{error}");
    assert!(folder.path().join("swept").exists(), "what was written is taken away");
}

#[tokio::test]
async fn a_replica_that_dies_while_the_population_is_written_is_told_as_such() {
    let folder = program(
        r#"until [ -e "$here/gone" ]; do sleep 0.02; done; echo "$done";"#,
        r#"echo '{"type":"failed","message":"its disk is gone"}'; : > "$here/gone"; exit"#,
    );
    let error = failed(folder.path()).await;
    assert!(error.code == "cluster" && error.message.ends_with("is gone: its disk is gone"), "{error}");
    assert!(folder.path().join("swept").exists());
}
