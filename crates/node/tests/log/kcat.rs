//! `kcat` (Debian package kcat), as a learner would use it.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::brokers::{self, Brokers, TOKEN};

/// Runs kcat with `arguments` and `input`, and gives what it writes; it must succeed.
pub(crate) fn kcat(brokers: &Brokers, arguments: &[&str], input: &str) -> String {
    let password = format!("sasl.password={TOKEN}");
    let login = ["security.protocol=SASL_PLAINTEXT", "sasl.mechanisms=PLAIN", "sasl.username=loadline", &password];
    let mut child = Command::new("kcat")
        // cargo's library path would give it the librdkafka that the tests are built with, instead of its own.
        .env_remove("LD_LIBRARY_PATH")
        .args(["-b", &brokers.list()])
        .args(login.iter().flat_map(|setting| ["-X", setting]))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("kcat does not start ({error}): install it, on Debian with `apt-get install kcat`"));
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "kcat {arguments:?}: {errors}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn kcat_lists_produces_consumes_and_joins_a_group() {
    let brokers = brokers::one();
    let lines: Vec<String> = (0..100).map(|n| format!("key-{n}:value {n}")).collect();
    kcat(&brokers, &["-P", "-t", "greetings", "-K", ":", "-X", "acks=all"], &lines.join("\n"));

    let listed = kcat(&brokers, &["-L"], "");
    assert!(listed.contains(&format!("broker 0 at 127.0.0.1:{}", brokers.ports[0])), "{listed}");
    assert!(listed.contains("topic \"greetings\" with 6 partitions"), "{listed}");

    let mut consumed: Vec<String> =
        kcat(&brokers, &["-C", "-t", "greetings", "-e", "-q", "-K", ":"], "").lines().map(str::to_owned).collect();
    consumed.sort();
    let mut expected = lines.clone();
    expected.sort();
    assert_eq!(consumed, expected);

    let group = ["-G", "readers", "-c", "100", "-q", "-K", ":", "-X", "auto.offset.reset=earliest", "greetings"];
    let mut grouped: Vec<String> = kcat(&brokers, &group, "").lines().map(str::to_owned).collect();
    grouped.sort();
    assert_eq!(grouped, expected);

    // The group committed when it left: it goes on with what is new.
    kcat(&brokers, &["-P", "-t", "greetings", "-p", "3", "-X", "acks=1"], "one more");
    let group = ["-G", "readers", "-c", "1", "-q", "-X", "auto.offset.reset=earliest", "greetings"];
    assert_eq!(kcat(&brokers, &group, ""), "one more\n");

    kcat(&brokers, &["-P", "-t", "greetings", "-p", "2", "-X", "acks=0"], "unacknowledged");
    let tail = ["-C", "-t", "greetings", "-p", "2", "-o", "-1", "-c", "1", "-q"];
    assert_eq!(kcat(&brokers, &tail, ""), "unacknowledged\n");
}
