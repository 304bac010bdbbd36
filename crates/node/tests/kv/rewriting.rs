//! The append-only file rewritten while commands go on, in the cases where a picture of the keys and the records after it could disagree.

use std::path::Path;

use super::server::{Server, config};
use super::wire::{Wire, command};

async fn started(folder: &Path) -> (Server, Wire) {
    let mut config = config();
    config.data_dir = folder.to_owned();
    config.spec.settings.insert("appendonly".to_owned(), "always".into());
    let server = Server::start(config).await;
    let wire = Wire::open(server.address).await;
    (server, wire)
}

/// Sends commands in one piece, so that they are run before the rewriting goes on; their replies.
async fn at_once(wire: &mut Wire, lines: &[&str]) -> Vec<String> {
    let bytes: Vec<u8> = lines.iter().flat_map(|line| command(&line.split(' ').map(str::as_bytes).collect::<Vec<_>>())).collect();
    wire.send(&bytes).await;
    let mut replies = Vec::new();
    for _ in lines {
        replies.push(wire.reply().await.expect("a reply"));
    }
    replies
}

async fn rewritten(wire: &mut Wire) {
    while !wire.ask(&["INFO", "persistence"]).await.contains("aof_rewrites:1") {}
}

#[tokio::test]
async fn one_asked_for_in_a_transaction_begins_after_it() {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let (_server, mut wire) = started(folder.path()).await;
        let replies = at_once(&mut wire, &["MULTI", "RPUSH l x", "BGREWRITEAOF", "RPUSH l y", "EXEC", "RPUSH l z"]).await;
        assert_eq!(replies[4], "[(integer) 1, Background append only file rewriting scheduled, (integer) 2]");
        rewritten(&mut wire).await;
        assert_eq!(wire.ask(&["RPUSH", "l", "end"]).await, "(integer) 4");
    }
    let (_server, mut wire) = started(folder.path()).await;
    assert_eq!(wire.ask(&["LRANGE", "l", "0", "-1"]).await, "[\"x\", \"y\", \"z\", \"end\"]");
}

#[tokio::test]
async fn keys_may_all_go_meanwhile() {
    for lines in [
        &["BGREWRITEAOF", "LSET l 0 x", "FLUSHALL", "SET after 1"][..],
        &["BGREWRITEAOF", "COPY l m", "RENAME m n", "FLUSHALL", "SET after 1"][..],
        &["BGREWRITEAOF", "MULTI", "LSET l 0 x", "FLUSHALL", "SET after 1", "EXEC"][..],
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        {
            let (_server, mut wire) = started(folder.path()).await;
            assert_eq!(wire.ask(&["RPUSH", "l", "a", "b"]).await, "(integer) 2");
            let replies = at_once(&mut wire, lines).await;
            assert!(replies.iter().all(|reply| !reply.contains("error")), "{replies:?}");
            rewritten(&mut wire).await;
        }
        let (_server, mut wire) = started(folder.path()).await;
        let found = (wire.ask(&["DBSIZE"]).await, wire.ask(&["GET", "after"]).await);
        assert_eq!(found, ("(integer) 1".to_owned(), "\"1\"".to_owned()), "{lines:?}");
    }
}

#[tokio::test]
async fn a_setting_that_is_refused_leaves_the_others_as_they_were() {
    let folder = tempfile::tempdir().expect("a folder");
    let (_server, mut wire) = started(folder.path()).await;
    let refused = wire.ask(&["CONFIG", "SET", "appendfsync", "no", "auto-aof-rewrite-min-size", "5", "maxmemory", "bogus"]).await;
    assert!(refused.contains("argument 'maxmemory'"), "{refused}");
    assert_eq!(wire.ask(&["CONFIG", "GET", "appendfsync"]).await, "[\"appendfsync\", \"always\"]");
    assert_eq!(wire.ask(&["CONFIG", "GET", "auto-aof*size"]).await, "[\"auto-aof-rewrite-min-size\", \"67108864\"]");
    assert_eq!(wire.ask(&["CONFIG", "SET", "appendfsync", "no", "maxmemory", "1gb"]).await, "OK");
    assert_eq!(wire.ask(&["CONFIG", "GET", "appendfsync"]).await, "[\"appendfsync\", \"no\"]");
}
