//! The ecosystem's ordinary clients: the redis crate, which the services use, and `redis-cli`, which people use.

use std::process::Stdio;

use redis::{AsyncCommands, ErrorKind, ServerErrorKind, Value};

use super::server::{Server, TOKEN, config};
use super::wire::Wire;

#[tokio::test]
async fn the_redis_crate_keeps_a_timeline() {
    let server = Server::start(config()).await;
    for protocol in ["resp2", "resp3"] {
        let client = redis::Client::open(format!("{}/?protocol={protocol}", server.url())).expect("a url");
        let mut kv = client.get_multiplexed_async_connection().await.expect("a connection");
        let _: () = redis::cmd("FLUSHALL").query_async(&mut kv).await.expect("flushed");
        for id in 0..1000_u32 {
            let (added, removed): (u32, u32) = redis::pipe()
                .zadd("timeline:1", id, id)
                .zremrangebyrank("timeline:1", 0, -801)
                .query_async(&mut kv)
                .await
                .expect("a write to the timeline");
            assert_eq!((added, removed), (1, u32::from(id >= 800)));
        }
        let newest: Vec<u32> = kv.zrevrange("timeline:1", 0, 19).await.expect("the newest");
        assert_eq!(newest, (980..1000).rev().collect::<Vec<_>>());
        let scored: Vec<(u32, f64)> = kv.zrange_withscores("timeline:1", 0, 1).await.expect("the oldest");
        assert_eq!(scored, [(200, 200.0), (201, 201.0)]);
        assert_eq!(kv.zcard::<_, u32>("timeline:1").await.expect("a count"), 800);
        assert_eq!(kv.zscore::<_, _, Option<f64>>("timeline:1", 5).await.expect("a score"), None);

        let _: () = kv.hset_multiple("user:1", &[("name", "Ada"), ("city", "London")]).await.expect("a hash");
        let user: std::collections::HashMap<String, String> = kv.hgetall("user:1").await.expect("all fields");
        assert_eq!((user.len(), user["name"].as_str()), (2, "Ada"));
        let _: () = kv.sadd("followers:1", &[1, 2, 3]).await.expect("a set");
        let followers: std::collections::BTreeSet<u32> = kv.smembers("followers:1").await.expect("all members");
        assert_eq!(followers, [1, 2, 3].into());
        let _: () = kv.set_ex("tweet:1", "hello", 60).await.expect("a string");
        let got: Vec<Option<String>> = kv.mget(&["tweet:1", "tweet:2"]).await.expect("two keys");
        assert_eq!(got, [Some("hello".to_owned()), None]);
        assert_eq!(kv.incr::<_, _, i64>("likes", 5).await.expect("a counter"), 5);
        let mut keys = Vec::new();
        let mut scan = kv.scan_match::<_, String>("*:1").await.expect("a scan");
        while let Some(key) = scan.next_item().await {
            keys.push(key.expect("a key"));
        }
        drop(scan);
        assert_eq!(keys.len(), 4, "{keys:?}");

        let wrong = kv.get::<_, Value>("timeline:1").await.expect_err("another type");
        assert_eq!((wrong.kind(), wrong.code()), (ErrorKind::Extension, Some("WRONGTYPE")));
    }
    let bad = redis::Client::open(server.url().replace(TOKEN, "wrong")).expect("a url");
    let refused = bad.get_multiplexed_async_connection().await.map(|_| ()).expect_err("a wrong password");
    assert!(matches!(refused.kind(), ErrorKind::AuthenticationFailed | ErrorKind::Server(ServerErrorKind::ResponseError)), "{refused:?}");
    assert!(server.is_serving());
}

/// Runs `redis-cli` with these arguments; `input` goes to its standard input.
async fn redis_cli(server: &Server, arguments: &[&str], input: &str) -> String {
    use tokio::io::AsyncWriteExt;
    let mut child = tokio::process::Command::new("redis-cli")
        .args(["-h", "127.0.0.1", "-p", &server.address.port().to_string(), "--no-auth-warning", "-a", TOKEN])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("redis-cli could not be started: install the package redis-tools");
    let mut stdin = child.stdin.take().expect("a pipe");
    stdin.write_all(input.as_bytes()).await.expect("redis-cli reads");
    drop(stdin);
    let output = child.wait_with_output().await.expect("redis-cli ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[tokio::test]
async fn a_person_looks_round_with_redis_cli() {
    let server = Server::start(config()).await;
    assert_eq!(redis_cli(&server, &["SET", "greeting", "hello there"], "").await, "OK\n");
    assert_eq!(redis_cli(&server, &["GET", "greeting"], "").await, "hello there\n");
    assert_eq!(redis_cli(&server, &["--no-raw", "ZADD", "z", "1", "a", "2", "b"], "").await, "(integer) 2\n");
    assert_eq!(redis_cli(&server, &["--no-raw", "ZRANGE", "z", "0", "-1"], "").await, "1) \"a\"\n2) \"b\"\n");
    assert_eq!(redis_cli(&server, &["--no-raw", "-3", "ZSCORE", "z", "b"], "").await, "(double) 2\n");
    let session = redis_cli(&server, &[], "INCR visits\nINCR visits\nTTL visits\nNONSENSE 1\nDEL visits\n").await;
    assert_eq!(session, "1\n2\n-1\nERR unknown command 'NONSENSE', with args beginning with: '1' \n\n1\n");
    let info = redis_cli(&server, &["INFO", "server"], "").await;
    assert!(info.contains("loadline_node:cache-1"), "{info}");
    let mut keys: Vec<String> = redis_cli(&server, &["--scan"], "").await.lines().map(str::to_owned).collect();
    keys.sort();
    assert_eq!(keys, ["greeting", "z"]);
    let load: String = (0..5000).map(|n| format!("SET key:{n} {n}\r\n")).collect();
    let report = redis_cli(&server, &["--pipe"], &load).await;
    assert!(report.contains("errors: 0, replies: 5000"), "{report}");
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["DBSIZE"]).await, "(integer) 5002");
}
