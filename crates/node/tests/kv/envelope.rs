//! What the engine owes the run: admission by the envelope, answers in order and never early, life times under dilation, its counters,
//! its limits.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use loadline_model::envelope::{Distribution, ServiceTime};
use loadline_model::wire::NodeConfig;

use super::server::{Server, TOKEN, config, config_with};
use super::wire::Wire;

/// Longer than any of these tests may take; nothing is ever waited for so long when all is well.
const FOR_EVER_MS: f64 = 600_000.0;

fn enveloped(workers: u32, queue_limit: u32, read_ms: f64, write_ms: f64) -> NodeConfig {
    let mut config = config();
    let fixed = |mean_ms| ServiceTime { mean_ms, distribution: Distribution::Fixed };
    config.spec.envelope.workers = workers;
    config.spec.envelope.queue_limit = queue_limit;
    config.spec.envelope.service = BTreeMap::from([("read".to_owned(), fixed(read_ms)), ("write".to_owned(), fixed(write_ms))]);
    config
}

/// Waits until the node has admitted `n` reads.
async fn admitted(server: &Server, n: u64) {
    while server.node.sample(false).admitted["read"] < n {
        tokio::task::yield_now().await;
    }
}

fn integer(reply: &str) -> i64 {
    reply.strip_prefix("(integer) ").and_then(|n| n.parse().ok()).unwrap_or_else(|| panic!("an integer, not {reply}"))
}

#[tokio::test]
async fn a_full_queue_refuses_and_the_answers_keep_their_order_and_time() {
    let server = Server::start(enveloped(1, 2, 25.0, 1.0)).await;
    let mut wire = Wire::open(server.address).await;
    let start = Instant::now();
    wire.send(&b"GET k\r\n".repeat(5)).await;
    for expected in ["(nil)", "(nil)", "(nil)", "(error) BUSY queue full", "(error) BUSY queue full"] {
        assert_eq!(wire.reply().await.as_deref(), Some(expected));
    }
    assert!(start.elapsed() >= Duration::from_millis(75), "three services of 25 ms take {:?}", start.elapsed());
    let sample = server.node.sample(false);
    assert_eq!((sample.admitted["read"], sample.refused, sample.answered), (3, 2, 3));
}

#[tokio::test]
async fn a_shared_connection_queues_at_the_envelope_and_not_at_the_socket() {
    let server = Server::start(enveloped(2, 100, FOR_EVER_MS, FOR_EVER_MS)).await;
    let mut wire = Wire::open(server.address).await;
    wire.send(b"GET k\r\n").await;
    admitted(&server, 1).await;
    // The first is still held when the second comes, and the second is admitted all the same.
    wire.send(b"GET k\r\n").await;
    admitted(&server, 2).await;
    assert_eq!(server.node.sample(false).answered, 0);
}

#[tokio::test]
async fn commands_about_the_connection_cost_nothing_and_calm_is_free() {
    let server = Server::start(enveloped(1, 100, FOR_EVER_MS, FOR_EVER_MS)).await;
    let mut wire = Wire::open(server.address).await;
    for free in [&["PING"][..], &["HELLO", "3"], &["DBSIZE"], &["INFO"], &["CONFIG", "GET", "*"], &["COMMAND", "DOCS"], &["FLUSHALL"]] {
        assert!(!wire.ask(free).await.starts_with("(error)"), "{free:?}");
    }
    server.node.set_calm(true);
    assert_eq!(wire.ask(&["SET", "k", "v"]).await, "OK");
    assert_eq!(wire.ask(&["GET", "k"]).await, "\"v\"");
    let sample = server.node.sample(false);
    assert_eq!((sample.admitted["read"], sample.admitted["write"]), (1, 1));
}

#[tokio::test]
async fn what_is_wrong_with_a_command_is_said_before_it_queues() {
    let server = Server::start(enveloped(1, 100, FOR_EVER_MS, FOR_EVER_MS)).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["GET"]).await, "(error) ERR wrong number of arguments for 'get' command");
    assert!(wire.ask(&["EVALSHA", "abc", "0"]).await.starts_with("(error) ERR unknown command 'EVALSHA', with args"));
}

#[tokio::test]
async fn times_to_live_are_life_times() {
    let mut config = config();
    config.dilation = 10.0;
    let server = Server::start(config).await;
    let mut wire = Wire::open(server.address).await;
    let start = Instant::now();
    assert_eq!(wire.ask(&["SET", "short", "v", "PX", "40"]).await, "OK");
    assert_eq!(wire.ask(&["SET", "long", "v", "EX", "10000"]).await, "OK");
    assert_eq!(wire.ask(&["TTL", "long"]).await, "(integer) 10000");
    let in_a_day = loadline_node::runtime::clock::unix_ms() / 1000 + 86_400;
    assert_eq!(wire.ask(&["EXPIREAT", "long", &in_a_day.to_string()]).await, "(integer) 1");
    let left = integer(&wire.ask(&["TTL", "long"]).await);
    assert!((86_000..=86_400).contains(&left), "{left} s of life left");
    while wire.ask(&["GET", "short"]).await != "(nil)" {
        let left_ms = integer(&wire.ask(&["PTTL", "short"]).await);
        assert!(left_ms == -2 || (0..=40).contains(&left_ms), "{left_ms} ms of life left");
    }
    assert!(start.elapsed() >= Duration::from_millis(400), "40 ms of life at dilation 10, gone after {:?}", start.elapsed());
}

/// Keys that nobody asks for again go too.
#[tokio::test]
async fn what_is_over_gives_its_memory_back_unasked() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["SET", "k", &"v".repeat(1000), "PX", "20"]).await, "OK");
    while server.gauge("keys") != 0.0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.gauge("memory_bytes"), 0.0);
}

#[tokio::test]
async fn hits_misses_keys_and_memory_are_counted() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    let found = |server: &Server| (server.counter("hits"), server.counter("misses"));
    for (words, expected) in [
        (&["GET", "k"][..], (0, 1)),
        (&["SET", "k", "v"], (0, 1)),
        (&["GET", "k"], (1, 1)),
        (&["MGET", "k", "none", "k"], (3, 2)),
        (&["HSET", "h", "f", "v"], (3, 2)),
        (&["HGET", "h", "f"], (4, 2)),
        (&["HGET", "h", "none"], (4, 3)),
        (&["ZREVRANGE", "z", "0", "19"], (4, 4)),
        (&["ZADD", "z", "1", "m"], (4, 4)),
        (&["ZREVRANGE", "z", "0", "19"], (5, 4)),
        (&["ZRANGE", "z", "5", "9"], (6, 4)),
        (&["EXISTS", "k"], (6, 4)),
    ] {
        wire.ask(words).await;
        assert_eq!(found(&server), expected, "after {words:?}");
    }
    assert_eq!(server.gauge("keys"), 3.0);
    let before = server.gauge("memory_bytes");
    wire.ask(&["SET", "big", &"v".repeat(100_000)]).await;
    let grown = server.gauge("memory_bytes") - before;
    assert!((100_000.0..101_000.0).contains(&grown), "{grown} bytes for a value of 100,000");
    let info = wire.ask(&["INFO", "stats"]).await;
    assert!(info.contains("keyspace_hits:6") && info.contains("keyspace_misses:4"), "{info}");
    // Measuring begins: the counters start anew, and the gauges come back by themselves.
    server.node.measure();
    assert_eq!(found(&server), (0, 0));
    while server.gauge("keys").is_nan() {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.gauge("keys"), 4.0);
}

#[tokio::test]
async fn full_memory_refuses_what_takes_more() {
    let server = Server::start(config_with("max_memory_mb", 1.0)).await;
    let mut wire = Wire::open(server.address).await;
    let value = "v".repeat(100_000);
    let mut stored = 0;
    let refused = loop {
        let reply = wire.ask(&["SET", &format!("k{stored}"), &value]).await;
        if reply != "OK" {
            break reply;
        }
        stored += 1;
    };
    assert_eq!(refused, "(error) OOM command not allowed when used memory > 'maxmemory'.");
    assert_eq!(stored, 11, "the one that passes 1 MiB is the last");
    assert!(wire.ask(&["ZADD", "z", "1", "m"]).await.starts_with("(error) OOM"));
    assert_eq!(wire.ask(&["EXPIRE", "k0", "100"]).await, "(integer) 1");
    assert_eq!(wire.ask(&["STRLEN", "k0"]).await, "(integer) 100000");
    assert_eq!(wire.ask(&["DEL", "k0"]).await, "(integer) 1");
    assert_eq!(wire.ask(&["SET", "small", "v"]).await, "OK");
    assert_eq!(server.node.sample(false).failed["out_of_memory"], 2);
    assert_eq!(wire.ask(&["CONFIG", "GET", "maxmemory"]).await, "[\"maxmemory\", \"1048576\"]");
}

#[tokio::test]
async fn nothing_is_done_before_the_password() {
    let server = Server::start(config()).await;
    let mut wire = Wire::stranger(server.address).await;
    for words in [&["PING"][..], &["GET", "k"], &["SET", "k", "v"], &["INFO"], &["CLIENT", "ID"], &["COMMAND"], &["NONSENSE", "x"]] {
        assert_eq!(wire.ask(words).await, "(error) NOAUTH Authentication required.", "{words:?}");
    }
    assert!(wire.ask(&["HELLO", "3"]).await.starts_with("(error) NOAUTH HELLO must be called with the client already authenticated"));
    let wrong_pass = "(error) WRONGPASS invalid username-password pair or user is disabled.";
    for words in [&["AUTH", "wrong"][..], &["AUTH", "default", "wrong"], &["AUTH", "nobody", TOKEN], &["HELLO", "3", "AUTH", "default", ""]]
    {
        assert_eq!(wire.ask(words).await, wrong_pass, "{words:?}");
    }
    assert_eq!(server.node.sample(false).failed["unauthorised"], 4);
    assert!(wire.ask(&["HELLO", "3", "AUTH", "default", TOKEN, "SETNAME", "app"]).await.starts_with("{\"server\": \"redis\""));
    assert_eq!(wire.ask(&["CLIENT", "GETNAME"]).await, "\"app\"");
    let mut other = Wire::stranger(server.address).await;
    assert_eq!(other.ask(&["AUTH", "loadline", TOKEN]).await, "OK");
    assert_eq!(other.ask(&["DBSIZE"]).await, "(integer) 0");
    let mut leaving = Wire::stranger(server.address).await;
    assert_eq!(leaving.ask(&["QUIT"]).await, "OK");
    assert_eq!(leaving.reply().await, None);
}

#[tokio::test]
async fn resp3_has_its_own_nulls_maps_sets_and_doubles() {
    let server = Server::start(config()).await;
    let mut wire = Wire::open(server.address).await;
    wire.ask(&["HELLO", "3"]).await;
    for (line, expected) in [
        ("HSET h a 1 b 2", "(integer) 2"),
        ("HGETALL h", r#"{"a": "1", "b": "2"}"#),
        ("HGETALL none", "{}"),
        ("SADD s x", "(integer) 1"),
        ("SMEMBERS s", "set[\"x\"]"),
        ("ZADD z 1.5 m 2 n", "(integer) 2"),
        ("ZSCORE z m", "(double) 1.5"),
        ("ZSCORE z none", "(nil)"),
        ("ZADD z INCR 1 m", "(double) 2.5"),
        ("ZRANGE z 0 -1", r#"["n", "m"]"#),
        ("ZRANGE z 0 -1 WITHSCORES", r#"[["n", (double) 2], ["m", (double) 2.5]]"#),
        ("ZRANK z m WITHSCORE", "[(integer) 1, (double) 2.5]"),
        ("MGET none", "[(nil)]"),
        ("CONFIG GET databases", r#"{"databases": "1"}"#),
        ("COMMAND DOCS", "{}"),
        ("INFO nothing", "\"txt:\""),
    ] {
        wire.send(format!("{line}\r\n").as_bytes()).await;
        assert_eq!(wire.reply().await.as_deref(), Some(expected), "{line}");
    }
}

#[tokio::test]
async fn one_client_too_many_is_told_so() {
    let server = Server::start(config_with("max_clients", 2.0)).await;
    let mut first = Wire::open(server.address).await;
    let _second = Wire::open(server.address).await;
    let mut third = Wire::stranger(server.address).await;
    assert_eq!(third.reply().await.as_deref(), Some("(error) ERR max number of clients reached"));
    assert_eq!(third.reply().await, None);
    assert_eq!(first.ask(&["QUIT"]).await, "OK");
    assert_eq!(first.reply().await, None);
    // The place is free once the server has seen the first go.
    loop {
        let mut fourth = Wire::stranger(server.address).await;
        fourth.send(format!("AUTH {TOKEN}\r\n").as_bytes()).await;
        if fourth.reply().await.as_deref() == Some("OK") {
            break;
        }
    }
}

/// Past the limit keys go as the policy says, and the newest write is taken.
#[tokio::test]
async fn full_memory_drops_what_the_policy_says() {
    let mut config = config_with("max_memory_mb", 1.0);
    config.spec.settings.insert("eviction".to_owned(), "allkeys-lru".into());
    let server = Server::start(config).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["SET", "kept", "v"]).await, "OK");
    for n in 0..400 {
        assert_eq!(wire.ask(&["SET", &format!("k{n}"), &"v".repeat(10_000)]).await, "OK");
        assert_eq!(wire.ask(&["GET", "kept"]).await, "\"v\"", "after {n} others");
    }
    let mb = server.gauge("memory_bytes") / f64::from(1 << 20);
    assert!((0.9..1.02).contains(&mb), "{mb} MiB");
    assert!(wire.ask(&["INFO", "stats"]).await.contains("evicted_keys:"), "and INFO says so");
    assert_eq!(wire.ask(&["CONFIG", "SET", "maxmemory-policy", "volatile-lru"]).await, "OK");
    let mut refused = false;
    for n in 0..10 {
        refused |= wire.ask(&["SET", &format!("more{n}"), &"v".repeat(10_000)]).await.starts_with("(error) OOM");
    }
    assert!(refused, "no key has a time to live");
    assert_eq!(wire.ask(&["EXPIRE", "k399", "1000"]).await, "(integer) 1");
    assert_eq!(wire.ask(&["SET", "small", "v"]).await, "OK");
    assert_eq!(wire.ask(&["EXISTS", "k399"]).await, "(integer) 0");
}

#[tokio::test]
async fn a_transaction_past_the_memory_is_refused_as_a_whole() {
    let server = Server::start(config_with("max_memory_mb", 1.0)).await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["SET", "big", &"v".repeat(900_000)]).await, "OK");
    assert_eq!(wire.ask(&["MULTI"]).await, "OK");
    assert_eq!(wire.ask(&["SET", "k", "v"]).await, "QUEUED");
    let mut other = Wire::open(server.address).await;
    assert_eq!(other.ask(&["APPEND", "big", &"v".repeat(300_000)]).await, "(integer) 1200000");
    assert!(wire.ask(&["INCR", "n"]).await.starts_with("(error) OOM"));
    assert!(wire.ask(&["EXEC"]).await.starts_with("(error) EXECABORT"));
    assert_eq!(wire.ask(&["EXISTS", "k"]).await, "(integer) 0");
}
