//! What an engine says of the disk, held to what it asks of the system: `strace` counts the flushes between one acknowledged write and the
//! next. A `kill -9` does not show it: what was written and not flushed outlives the process, and only the machine's end would lose it.

use std::path::Path;
use std::process::Command;

use loadline_model::sketch::SettingValue;
use loadline_tests::loadline;
use loadline_tests::node::Node;

use crate::client::Client;

/// Writes of one client, one after the other.
const WRITES: u32 = 20;

/// Flushes that ended so far, by the lines of strace.
fn flushes(trace: &Path) -> usize {
    let lines = std::fs::read_to_string(trace).expect("strace writes");
    // One that another thread interrupted is told in two lines, of which the second says that it ended.
    lines.lines().filter(|line| line.ends_with("= 0") && (line.contains("sync(") || line.contains("sync resumed>"))).count()
}

/// Starts a node of `role` with this setting under strace, and gives for each write of a client how many flushes ended meanwhile.
fn flushes_of_each_write(role: &'static str, name: &str, value: SettingValue) -> Vec<usize> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let trace = folder.path().join("trace");
    let mut strace = Command::new("strace");
    strace.args(["-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "signal=none", "-o"]).arg(&trace).arg(loadline());
    let node = Node::start_by(strace, role, &[(name, value)], |envelope| envelope.service.clear());
    let mut client = Client::connect(role, &node);
    // The first makes what is not there yet: a table, a topic, a segment.
    client.write(0, node.port).unwrap_or_else(|reason| panic!("{role}: {reason}"));
    let mut before = flushes(&trace);
    (1..=WRITES)
        .map(|n| {
            client.write(n, node.port).unwrap_or_else(|reason| panic!("{role}: {reason}"));
            let now = flushes(&trace);
            let during = now - before;
            before = now;
            during
        })
        .collect()
}

#[test]
fn what_is_acknowledged_as_flushed_was_flushed_before() {
    let always: [(&str, &str, SettingValue); 3] =
        [("kv", "appendonly", "always".into()), ("sql_primary", "fsync", true.into()), ("log", "fsync", "each_batch".into())];
    for (role, name, value) in always {
        let during = flushes_of_each_write(role, name, value.clone());
        println!("{role}, {name} {value:?}: flushes for each of {WRITES} writes: {during:?}");
        assert!(
            during.iter().all(|count| *count >= 1),
            "{role}, {name} {value:?}: a write was acknowledged before it was flushed: {during:?}"
        );
    }
}

#[test]
fn what_is_left_to_the_system_is_not_flushed() {
    let never: [(&str, &str, SettingValue); 3] =
        [("kv", "appendonly", "no".into()), ("sql_primary", "fsync", false.into()), ("log", "fsync", "never".into())];
    for (role, name, value) in never {
        let during = flushes_of_each_write(role, name, value.clone());
        assert_eq!(during.iter().sum::<usize>(), 0, "{role}, {name} {value:?}");
    }
}
