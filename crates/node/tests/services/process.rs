//! A node as a process: the one-shot seeder ends by itself with its last sample and exit code 0.

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};

use loadline_model::wire::{FromNode, ToNode};

use crate::rig::{part, population, sql};

/// Not a test of its own: what the test below starts as a process.
#[test]
fn node_process() {
    if std::env::var_os("LOADLINE_TEST_NODE").is_some() {
        std::process::exit(loadline_node::process::run());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_seeder_ends_by_itself() {
    let database = sql(1).await;
    let config = part("seeder").named("seeder", 0).population(&population(20, 3.0, 2)).config();
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "process::node_process", "--nocapture"])
        .env("LOADLINE_TEST_NODE", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut to_node = child.stdin.take().unwrap();
    let mut say = |message: &ToNode| writeln!(to_node, "{}", serde_json::to_string(message).unwrap()).unwrap();
    say(&ToNode::Start(Box::new(config)));
    say(&ToNode::Wire { peers: [("accounts".to_owned(), database.peers.clone())].into() });
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    // The test harness of the process writes lines of its own.
    let said: Vec<FromNode> = lines.filter_map(|line| serde_json::from_str(&line).ok()).collect();
    assert!(child.wait().unwrap().success());
    assert!(matches!(said.last(), Some(FromNode::Final(_))), "{said:?}");
    assert!(said.iter().any(|line| matches!(line, FromNode::Ready)));
    assert!(said.iter().any(|line| matches!(line, FromNode::Event { message } if message.starts_with("Population written"))), "{said:?}");
}
