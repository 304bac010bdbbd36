//! A disk without room, which a limit on the size of files plays: what is on it stays whole, nothing is acknowledged that a promise does not
//! cover, and there is no damage to be found afterwards.

use super::process::Node;
use super::wire::{Wire, command};

const MISCONF: &str = "(error) MISCONF Errors writing to the AOF file: File too large";

/// Starts a node with some keys, whose file may then grow by less than one more of them.
async fn filled(folder: &std::path::Path, appendonly: &str) -> (Node, Wire, u64) {
    let node = Node::start_for_a_full_disk(folder, appendonly);
    let mut wire = Wire::open(node.address).await;
    for n in 0..50 {
        assert_eq!(wire.ask(&["SET", &format!("k{n}"), &"v".repeat(100)]).await, "OK");
    }
    let size = std::fs::metadata(folder.join("kv.aof")).expect("the file").len();
    node.limit_files(Some(size + 60));
    (node, wire, size)
}

fn size(folder: &std::path::Path) -> u64 {
    std::fs::metadata(folder.join("kv.aof")).expect("the file").len()
}

#[tokio::test]
async fn writes_are_refused_until_there_is_room_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let (node, mut wire, before) = filled(folder.path(), "everysec").await;
    // As with Redis the one that fails is acknowledged, for nothing was promised of it yet.
    assert_eq!(wire.ask(&["SET", "last", &"v".repeat(100)]).await, "OK");
    // Half a frame was written, and is cut; so is that of every further attempt.
    while size(folder.path()) != before {}
    assert_eq!(wire.ask(&["SET", "more", "v"]).await, MISCONF);
    assert_eq!(wire.ask(&["DEL", "k0"]).await, MISCONF);
    assert_eq!(wire.ask(&["FLUSHALL"]).await, MISCONF);
    assert_eq!(wire.ask(&["PING"]).await, MISCONF);
    assert_eq!(wire.ask(&["EXISTS", "k0", "last", "more"]).await, "(integer) 2");
    assert_eq!(wire.ask(&["MULTI"]).await, "OK");
    assert_eq!(wire.ask(&["SET", "more", "v"]).await, MISCONF);
    assert!(wire.ask(&["EXEC"]).await.starts_with("(error) EXECABORT"));
    assert!(wire.ask(&["INFO", "persistence"]).await.contains("aof_last_write_status:err"));
    // A rewriting finds no room either, and leaves everything as it is.
    assert!(wire.ask(&["BGREWRITEAOF"]).await.starts_with("Background"));
    while !wire.ask(&["INFO", "persistence"]).await.contains("aof_last_bgrewrite_status:err") {}
    assert!(!folder.path().join("kv.aof.new").exists());

    node.limit_files(None);
    while wire.ask(&["SET", "more", "v"]).await != "OK" {}
    assert!(wire.ask(&["INFO", "persistence"]).await.contains("aof_last_write_status:ok"));
    node.kill();
    let node = Node::start(folder.path(), "everysec");
    assert!(!node.events.iter().any(|event| event.contains("were cut")), "{:?}", node.events);
    let mut wire = Wire::open(node.address).await;
    assert_eq!(wire.ask(&["DBSIZE"]).await, "(integer) 52");
}

/// A rewritten file holds what could not be written to the old one, and holds it once.
#[tokio::test]
async fn a_rewriting_that_finds_room_mends_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let (node, mut wire, _) = filled(folder.path(), "no").await;
    let words: Vec<String> = (0..50).map(|n| format!("k{n}")).collect();
    let words: Vec<&str> = std::iter::once("DEL").chain(words.iter().map(String::as_str)).collect();
    assert_eq!(wire.ask(&words).await, "(integer) 50");
    assert_eq!(wire.ask(&["RPUSH", "l", "x"]).await, MISCONF);
    assert!(wire.ask(&["BGREWRITEAOF"]).await.starts_with("Background"));
    while !wire.ask(&["INFO", "persistence"]).await.contains("aof_rewrites:1") {}
    assert_eq!(wire.ask(&["RPUSH", "l", "x"]).await, "(integer) 1");
    node.kill();
    let node = Node::start(folder.path(), "no");
    let mut wire = Wire::open(node.address).await;
    assert_eq!((wire.ask(&["DBSIZE"]).await.as_str(), wire.ask(&["LRANGE", "l", "0", "-1"]).await.as_str()), ("(integer) 1", "[\"x\"]"));
}

/// Where an answer promises the disk the engine ends without one, as Redis does.
#[tokio::test]
async fn a_promise_that_cannot_be_kept_ends_the_engine() {
    let folder = tempfile::tempdir().expect("a folder");
    let (node, mut wire, before) = filled(folder.path(), "always").await;
    wire.send(&command(&[b"SET", b"last", &[b'v'; 100]])).await;
    assert_eq!(wire.reply().await, None);
    node.ends();
    assert_eq!(size(folder.path()), before, "half a frame was written, and is cut");
    let node = Node::start(folder.path(), "always");
    let mut wire = Wire::open(node.address).await;
    assert_eq!(wire.ask(&["DBSIZE"]).await, "(integer) 50");
}
