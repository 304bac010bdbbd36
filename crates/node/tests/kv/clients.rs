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

/// What the services send in one go, and what a person tries next: a transaction that watches, a channel, a list that is waited for.
#[tokio::test]
async fn the_redis_crate_watches_listens_and_waits() {
    use futures_util::StreamExt;
    let server = Server::start(config()).await;
    let client = redis::Client::open(server.url()).expect("a url");
    let mut one = client.get_multiplexed_async_connection().await.expect("a connection");
    let mut other = client.get_multiplexed_async_connection().await.expect("a connection");
    let (old, new): (i64, i64) = redis::pipe().atomic().incr("n", 5).incr("n", 1).query_async(&mut one).await.expect("a transaction");
    assert_eq!((old, new), (5, 6));
    let _: () = redis::cmd("WATCH").arg("n").query_async(&mut one).await.expect("watched");
    let _: () = other.set("n", 9).await.expect("set");
    let undone: Option<(i64,)> = redis::pipe().atomic().incr("n", 1).query_async(&mut one).await.expect("an answer");
    assert_eq!(undone, None, "another has changed it");
    let mut listener = client.get_async_pubsub().await.expect("a connection");
    listener.subscribe("news").await.expect("subscribed");
    listener.psubscribe("ne*").await.expect("subscribed");
    assert_eq!(one.publish::<_, _, i64>("news", "hello").await.expect("published"), 2);
    let mut messages = listener.on_message();
    for _ in 0..2 {
        let message = messages.next().await.expect("a message");
        assert_eq!((message.get_channel_name(), message.get_payload::<String>().expect("text")), ("news", "hello".to_owned()));
    }
    let waits = tokio::spawn(async move { one.blpop::<_, (String, String)>("queue", 0.0).await });
    while !redis::cmd("INFO").arg("clients").query_async::<String>(&mut other).await.expect("text").contains("blocked_clients:1") {}
    assert_eq!(other.rpush::<_, _, i64>("queue", "job").await.expect("pushed"), 1);
    assert_eq!(waits.await.expect("no panic").expect("an element"), ("queue".to_owned(), "job".to_owned()));
}

/// The benchmark that everybody knows finds every command that it tries, at both depths of pipeline.
#[tokio::test]
async fn redis_benchmark_runs_to_its_end() {
    let server = Server::start(config()).await;
    for pipeline in ["1", "16"] {
        let output = tokio::process::Command::new("redis-benchmark")
            .args([
                "-h",
                "127.0.0.1",
                "-p",
                &server.address.port().to_string(),
                "-a",
                TOKEN,
                "--csv",
                "-n",
                "2000",
                "-r",
                "100",
                "-P",
                pipeline,
            ])
            .args(["-t", "ping,set,get,incr,lpush,rpush,lpop,rpop,sadd,hset,spop,zadd,zpopmin,lrange_100,mset"])
            .kill_on_drop(true)
            .output()
            .await
            .expect("redis-benchmark could not be started: install the package redis-tools");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && !text.contains("rror"), "{text}{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(text.lines().filter(|line| line.starts_with('"')).count(), 18, "a line for each test and one above: {text}");
    }
}

/// MONITOR shows what others do.
#[tokio::test]
async fn a_monitor_sees_what_others_do() {
    let server = Server::start(config()).await;
    let mut monitor = Wire::open(server.address).await;
    assert_eq!(monitor.ask(&["MONITOR"]).await, "OK");
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["SET", "k", "a \"b\"\n"]).await, "OK");
    let line = monitor.reply().await.expect("a line");
    assert!(line.contains("[0 127.0.0.1:") && line.ends_with(r#""SET" "k" "a \"b\"\n""#), "{line}");
    // Its end is noticed by others, and so is one that is asked for.
    let list = wire.ask(&["CLIENT", "LIST"]).await;
    assert!(list.contains("flags=O") && list.contains("cmd=client"), "{list}");
    let id = list.trim_matches('"').split_whitespace().next().and_then(|word| word.strip_prefix("id=")).expect("an id").to_owned();
    assert_eq!(wire.ask(&["CLIENT", "KILL", "ID", &id]).await, "(integer) 1");
    while monitor.reply().await.is_some() {}
}

#[tokio::test]
async fn what_a_client_reads_untouched_counts_for_nothing() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["CONFIG", "SET", "maxmemory-policy", "allkeys-lfu"]).await, "OK");
    assert_eq!(wire.ask(&["SET", "k", "v"]).await, "OK");
    assert_eq!(wire.ask(&["CLIENT", "NO-TOUCH", "ON"]).await, "OK");
    assert!(wire.ask(&["CLIENT", "INFO"]).await.contains("flags=T"));
    let before = wire.ask(&["OBJECT", "FREQ", "k"]).await;
    assert_eq!(wire.ask(&["GET", "k"]).await, "\"v\"");
    assert_eq!(wire.ask(&["OBJECT", "FREQ", "k"]).await, before);
    assert_eq!(wire.ask(&["TOUCH", "k"]).await, "(integer) 1");
    assert_ne!(wire.ask(&["OBJECT", "FREQ", "k"]).await, before, "but for a TOUCH");
    assert_eq!(wire.ask(&["RESET"]).await, "RESET");
}

/// There is no RDB file, so it says when it began.
#[tokio::test]
async fn the_last_save_is_the_start() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    let now_s = std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    let last_s: u64 = wire.ask(&["LASTSAVE"]).await.trim_start_matches("(integer) ").parse().expect("a number");
    assert!(last_s <= now_s && now_s - last_s < 3600, "{last_s} at {now_s}");
}
