//! The conformance suite: every `transcripts/*.txt` is a table of commands with the replies that Redis gives. Each is run against the
//! embedded engine and against a `redis-server` that the test starts, step by step on both, and both must answer as the table says.
//!
//! | line | what it is |
//! |---|---|
//! | `> COMMAND` | an inline command on connection 1; the next line is the reply as `wire` shows it |
//! | `2> COMMAND` | the same on connection 2 |
//! | `>~ COMMAND` | a reply whose members may come in any order: shown sorted |
//! | `2! COMMAND` | sent without waiting for its reply, which is a blocking one |
//! | `2- COMMAND` | sent, and nothing comes of it |
//! | `2<` | the next message on connection 2 |
//! | `redis: REPLY` | after a reply: a known difference, which docs/ENGINES.md explains |
//! | `# ...` | a remark |
//!
//! `LOADLINE_KV_RECORD=1` writes the tables anew from the two servers' answers.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;

use super::peer::Peer;
use super::server::{Server, config};
use super::wire::Wire;

/// One of the two servers with its connections.
struct Side {
    address: SocketAddr,
    control: Wire,
    wires: BTreeMap<String, Wire>,
    /// Connections that wait for something.
    waiting: usize,
}

impl Side {
    async fn new(address: SocketAddr) -> Self {
        Self { address, control: Wire::open(address).await, wires: BTreeMap::new(), waiting: 0 }
    }

    async fn wire(&mut self, name: &str) -> &mut Wire {
        if !self.wires.contains_key(name) {
            self.wires.insert(name.to_owned(), Wire::open(self.address).await);
        }
        self.wires.get_mut(name).expect("just made")
    }

    async fn ask(&mut self, name: &str, command: &str) -> String {
        let wire = self.wire(name).await;
        wire.send(format!("{command}\r\n").as_bytes()).await;
        self.hear(name).await
    }

    async fn hear(&mut self, name: &str) -> String {
        self.wire(name).await.reply().await.unwrap_or_else(|| "(closed)".to_owned())
    }

    /// Sends a blocking command, and goes on once the server has it waiting.
    async fn wait(&mut self, name: &str, command: &str) {
        self.waiting += 1;
        let line = format!("blocked_clients:{}\\r", self.waiting);
        self.wire(name).await.send(format!("{command}\r\n").as_bytes()).await;
        while !self.control.ask(&["INFO", "clients"]).await.contains(&line) {}
    }
}

/// Members in the order of their text, for a reply that has none of its own.
fn sorted(reply: &str) -> String {
    let Some((head, rest)) = reply.split_once('[') else { return reply.to_owned() };
    let inner = rest.strip_suffix(']').unwrap_or(rest);
    // `["0", ["a", "b"]]` is SCAN's: its members are sorted.
    if let Some((cursor, members)) = inner.split_once(", [") {
        return format!("{head}[{cursor}, {}]", sorted(&format!("[{members}")));
    }
    let mut members: Vec<&str> = inner.split(", ").collect();
    members.sort_unstable();
    format!("{head}[{}]", members.join(", "))
}

/// Runs one table and gives it as the two servers answer it, with the number of its commands.
async fn play(table: &str, address: SocketAddr, peer: SocketAddr) -> (String, usize) {
    let (mut ours, mut theirs) = (Side::new(address).await, Side::new(peer).await);
    let (mut out, mut commands) = (String::new(), 0);
    for line in table.lines() {
        if line.is_empty() || line.starts_with('#') {
            out.push_str(line);
            out.push('\n');
            continue;
        }
        let Some(mark) = line.find(['>', '<', '!', '-']).filter(|mark| line[..*mark].bytes().all(|byte| byte.is_ascii_digit())) else {
            continue; // an answer
        };
        let name = if mark == 0 { "1" } else { &line[..mark] };
        let (kind, rest) = line[mark..].split_at(1);
        let (any_order, command) = rest.strip_prefix('~').map_or((false, rest), |rest| (true, rest));
        let command = command.trim_start();
        out.push_str(line);
        out.push('\n');
        let (mine, real) = match kind {
            ">" => (ours.ask(name, command).await, theirs.ask(name, command).await),
            "<" => {
                (ours.waiting, theirs.waiting) = (ours.waiting.saturating_sub(1), theirs.waiting.saturating_sub(1));
                (ours.hear(name).await, theirs.hear(name).await)
            }
            "-" => {
                for side in [&mut ours, &mut theirs] {
                    side.wire(name).await.send(format!("{command}\r\n").as_bytes()).await;
                }
                commands += 1;
                continue;
            }
            _ => {
                ours.wait(name, command).await;
                theirs.wait(name, command).await;
                commands += 1;
                continue;
            }
        };
        commands += 1;
        let (mine, real) = if any_order { (sorted(&mine), sorted(&real)) } else { (mine, real) };
        out.push_str(&format!("{}\n", mine.trim_end()));
        if mine.trim_end() != real.trim_end() {
            out.push_str(&format!("redis: {}\n", real.trim_end()));
        }
    }
    (out, commands)
}

#[tokio::test]
async fn every_command_answers_as_its_transcript_says() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kv/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("the transcripts").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let records = std::env::var_os("LOADLINE_KV_RECORD").is_some();
    let (mut wrong, mut cases, mut differences) = (Vec::new(), 0, 0);
    for path in files {
        let server = Server::start(config()).await;
        let peer = Peer::start(&[]);
        let table = std::fs::read_to_string(&path).expect("a transcript");
        let (played, commands) = play(&table, server.address, peer.address).await;
        cases += commands;
        differences += played.lines().filter(|line| line.starts_with("redis: ")).count();
        if records {
            std::fs::write(&path, &played).expect("a transcript is written");
            continue;
        }
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        let mut command = "";
        for (at, (expected, got)) in table.lines().zip(played.lines()).enumerate() {
            if expected.contains("> ") {
                command = expected;
            }
            if expected.trim_end() != got.trim_end() {
                wrong.push(format!("{file}:{}: {command}\n    expected {expected}\n    got      {got}", at + 1));
                break; // what follows is shifted
            }
        }
        if table.lines().count() != played.lines().count() {
            wrong.push(format!("{file}: {} lines expected, {} played", table.lines().count(), played.lines().count()));
        }
    }
    #[expect(clippy::print_stdout, reason = "the count of cases is a figure that people ask for")]
    {
        println!("kv conformance: {cases} commands against the embedded engine and a real Redis, {differences} known differences");
    }
    assert!(wrong.is_empty(), "tables that are not answered as they say:\n{}", wrong.join("\n"));
    assert!(cases > 700, "only {cases} commands were found");
}
