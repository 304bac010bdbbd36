//! Command lines and the replies they get: every `transcripts/*.txt` is a table of them.
//!
//! `> COMMAND` is sent as an inline command, the line after it is the whole reply as `wire` shows it; `#` is a remark. The replies are
//! Redis's own: with `LOADLINE_KV_PEER=127.0.0.1:PORT`, and that server's password set to the tests' token and its databases to 1, the
//! same tables are held against a real one. Redis 7.0 agrees but for what stands under a remark that names 7.2.

use super::server::{Server, config};
use super::wire::Wire;

#[track_caller]
fn agree(file: &str, line: usize, command: &str, expected: &str, reply: &str, wrong: &mut Vec<String>) {
    if expected != reply.trim_end() {
        wrong.push(format!("{file}:{line}: {command}\n    expected {expected}\n    got      {reply}"));
    }
}

#[tokio::test]
async fn every_command_answers_as_its_transcript_says() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/kv/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(&folder).expect("the transcripts").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let peer = std::env::var("LOADLINE_KV_PEER").ok();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for path in files {
        let server = Server::start(config()).await;
        let address = peer.as_ref().map_or(server.address, |peer| peer.parse().expect("LOADLINE_KV_PEER is address:port"));
        let mut wire = Wire::open(address).await;
        assert_eq!(wire.ask(&["FLUSHALL"]).await, "OK");
        let file = path.file_name().expect("a name").to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a transcript");
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        while let Some((at, line)) = lines.next() {
            let command = line.strip_prefix("> ").unwrap_or_else(|| panic!("{file}:{}: a command was expected: {line}", at + 1));
            let (_, expected) = lines.next().unwrap_or_else(|| panic!("{file}:{}: no reply follows", at + 1));
            wire.send(format!("{command}\r\n").as_bytes()).await;
            let reply = wire.reply().await.unwrap_or_else(|| "(closed)".to_owned());
            agree(&file, at + 1, command, expected.trim_end(), &reply, &mut wrong);
            checked += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {checked} replies differ:\n{}", wrong.len(), wrong.join("\n"));
    assert!(checked > 300, "only {checked} lines were found");
}
