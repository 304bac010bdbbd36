//! The append-only file: nothing that was acknowledged is lost by a kill, a torn tail is cut and said so, a damaged file is refused, and
//! a rewritten one holds the same.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use loadline_model::seed::Stream;
use loadline_node::roles::{self, Peers};
use loadline_node::runtime::Node as Runtime;
use tokio::net::TcpListener;

use super::process::Node;
use super::server::{Server, TOKEN, config};
use super::wire::{Wire, command};

/// Connections that write at the same time.
const WRITERS: usize = 4;

/// One writer: appends its numbers to a list and notes the last, together; `acked` follows what was acknowledged. Ends with the server.
fn write(address: SocketAddr, writer: usize, from: u64, acked: &AtomicU64) {
    let Ok(mut stream) = TcpStream::connect(address) else { return };
    let _ = stream.set_nodelay(true);
    let _ = stream.write_all(&command(&[b"AUTH", TOKEN.as_bytes()]));
    let expect = |stream: &mut TcpStream, expected: &[u8]| {
        let mut got = vec![0; expected.len()];
        stream.read_exact(&mut got).is_ok_and(|()| got == expected)
    };
    if !expect(&mut stream, b"+OK\r\n") {
        return;
    }
    for n in from + 1.. {
        let (list, last, text) = (format!("list:{writer}"), format!("last:{writer}"), n.to_string());
        let padding = vec![b'x'; (n % 700) as usize];
        let bytes = [
            command(&[b"MULTI"]),
            command(&[b"RPUSH", list.as_bytes(), text.as_bytes()]),
            command(&[b"SET", last.as_bytes(), text.as_bytes()]),
            command(&[b"SET", format!("padding:{writer}").as_bytes(), &padding]),
            command(&[b"EXEC"]),
        ]
        .concat();
        let answer = format!("+OK\r\n+QUEUED\r\n+QUEUED\r\n+QUEUED\r\n*3\r\n:{n}\r\n+OK\r\n+OK\r\n");
        if stream.write_all(&bytes).is_err() || !expect(&mut stream, answer.as_bytes()) {
            return;
        }
        acked.store(n, Ordering::Release);
    }
}

/// The number in a reply `"12"`, or 0.
fn number(reply: &str) -> u64 {
    reply.trim_matches('"').trim_start_matches("(integer) ").parse().unwrap_or(0)
}

/// Kills the node `LOADLINE_KV_KILLS` times (5 unless told) while four clients write, with the file on disk before each answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_loses_nothing_that_was_acknowledged() {
    let kills: u64 = std::env::var("LOADLINE_KV_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let folder = tempfile::tempdir().expect("a folder");
    let mut stream = Stream::new(11, "kills", 0);
    let (mut recoveries_ms, mut torn, mut rewrites) = (Vec::new(), 0, 0);
    let acked: Arc<Vec<AtomicU64>> = Arc::new((0..WRITERS).map(|_| AtomicU64::new(0)).collect());
    let mut total = 0;
    for kill in 0..kills {
        let node = Node::start(folder.path(), "always");
        recoveries_ms.push(node.ready_after.as_secs_f64() * 1e3);
        torn += node.events.iter().filter(|event| event.contains("were cut")).count();
        let mut wire = Wire::open(node.address).await;
        for writer in 0..WRITERS {
            let last = number(&wire.ask(&["GET", &format!("last:{writer}")]).await);
            let len = number(&wire.ask(&["LLEN", &format!("list:{writer}")]).await);
            let known = acked[writer].load(Ordering::Acquire);
            assert!(last >= known, "kill {kill}: writer {writer} was told of {known}, and {last} is there");
            assert_eq!(last, len, "kill {kill}: a transaction came back in part");
            acked[writer].store(last, Ordering::Release);
        }
        let before: u64 = acked.iter().map(|acked| acked.load(Ordering::Acquire)).sum();
        let goal = before + 20 + stream.below(300);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (acked, address) = (acked.clone(), node.address);
                let from = acked[writer].load(Ordering::Acquire);
                std::thread::spawn(move || write(address, writer, from, &acked[writer]))
            })
            .collect();
        // In half of the rounds the file is rewritten meanwhile: to the end in some of them, and cut short by the kill in the others.
        if kill % 2 == 1 {
            assert!(wire.ask(&["BGREWRITEAOF"]).await.starts_with("Background"));
        }
        if kill % 4 == 3 {
            while !wire.ask(&["INFO", "persistence"]).await.contains("aof_rewrites:1") {}
            rewrites += 1;
        }
        while acked.iter().map(|acked| acked.load(Ordering::Acquire)).sum::<u64>() < goal {
            std::thread::yield_now();
        }
        node.kill();
        writers.into_iter().for_each(|writer| writer.join().expect("a writer"));
        total = acked.iter().map(|acked| acked.load(Ordering::Acquire)).sum::<u64>();
        if kill % 2 == 0 {
            // What a crash of the machine can leave, and a kill hardly ever does: the beginning of a frame.
            let mut file = std::fs::OpenOptions::new().append(true).open(folder.path().join("kv.aof")).expect("the file");
            file.write_all(&[200, 0, 0, 0, 1, 2, 3, 4, b'*', b'3']).expect("a torn tail");
        }
    }
    let expected = kills / 2;
    assert!(torn as u64 >= expected, "{torn} torn tails were told of, at least {expected} there were");
    recoveries_ms.sort_by(f64::total_cmp);
    let worst = recoveries_ms.last().copied().unwrap_or_default();
    let median = recoveries_ms.get(recoveries_ms.len() / 2).copied().unwrap_or_default();
    #[expect(clippy::print_stdout, reason = "figures that people ask for")]
    {
        println!(
            "kv durability: {kills} kills, {total} acknowledged transactions, 0 lost, {torn} torn tails cut, rewritten to the end in {rewrites} rounds, ready after {median:.0} ms (worst {worst:.0} ms)"
        );
    }
}

async fn started(folder: &Path, appendonly: &str) -> Server {
    let mut config = config();
    config.data_dir = folder.to_owned();
    config.spec.settings.insert("appendonly".to_owned(), appendonly.into());
    Server::start(config).await
}

/// Everything that can be asked of the keys of [`fill`], as text.
async fn dump(wire: &mut Wire) -> Vec<String> {
    let mut out = Vec::new();
    for line in [
        "DBSIZE",
        "GET text",
        "GET counter",
        "GET decimal",
        "GET bits",
        "PEXPIRETIME text",
        "TTL counter",
        "HGETALL hash",
        "SMEMBERS set",
        "SMEMBERS popped",
        "ZRANGE sorted 0 -1 WITHSCORES",
        "LRANGE list 0 -1",
        "LRANGE moved 0 -1",
        "PEXPIRETIME list",
        "GET renamed",
        "GET copied",
        "EXISTS gone",
        "EXISTS over",
        "ZRANGE union 0 -1 WITHSCORES",
        "LLEN long",
        "HLEN wide",
        "GET waited",
    ] {
        wire.send(format!("{line}\r\n").as_bytes()).await;
        out.push(format!("{line}: {}", wire.reply().await.expect("a reply")));
    }
    out
}

async fn fill(wire: &mut Wire) {
    for line in [
        "SET text hello PXAT 33177117420123",
        "APPEND text !",
        "SET counter 5 EX 1000",
        "INCRBY counter 7",
        "INCRBYFLOAT decimal 0.1",
        "INCRBYFLOAT decimal 0.2",
        "SETBIT bits 7 1",
        "HSET hash a 1 b 2 c 3",
        "HDEL hash b",
        "HINCRBYFLOAT hash a 0.5",
        "SADD set x y z",
        "SREM set y",
        "SADD popped a b c d e f",
        "SPOP popped 3",
        "ZADD sorted 1.5 m 2 n inf o",
        "ZINCRBY sorted 0.1 m",
        "ZREMRANGEBYRANK sorted 1 1",
        "RPUSH list a b c d",
        "LPOP list",
        "LINSERT list BEFORE c between",
        "LMOVE list moved LEFT RIGHT",
        "PEXPIREAT list 33177117420123",
        "SET old v",
        "RENAME old renamed",
        "COPY renamed copied",
        "SET gone v",
        "DEL gone",
        "SET over v PX 1",
        "ZUNIONSTORE union 1 sorted WEIGHTS 2",
        "GETEX text",
        "SET waited 1",
        "MULTI",
        "INCR waited",
        "INCR waited",
        "EXEC",
        "RPUSH waiting x",
        "BLPOP waiting 0",
    ] {
        wire.send(format!("{line}\r\n").as_bytes()).await;
        let reply = wire.reply().await.expect("a reply");
        assert!(!reply.starts_with("(error)"), "{line}: {reply}");
    }
    for n in 0..3000 {
        wire.send(format!("RPUSH long item{n}\r\nHSET wide field{n} {n}\r\n").as_bytes()).await;
    }
    for _ in 0..6000 {
        wire.reply().await.expect("a reply");
    }
    while wire.ask(&["EXISTS", "over"]).await != "(integer) 0" {}
}

#[tokio::test]
async fn everything_comes_back_by_every_policy() {
    for appendonly in ["always", "everysec", "no"] {
        let folder = tempfile::tempdir().expect("a folder");
        let before = {
            let server = started(folder.path(), appendonly).await;
            let mut wire = Wire::open(server.address).await;
            fill(&mut wire).await;
            dump(&mut wire).await
        };
        let server = started(folder.path(), appendonly).await;
        let mut wire = Wire::open(server.address).await;
        assert_eq!(dump(&mut wire).await, before, "{appendonly}");
        assert_eq!(wire.ask(&["CONFIG", "GET", "appendfsync"]).await, format!("[\"appendfsync\", \"{appendonly}\"]"));
    }
}

#[tokio::test]
async fn a_rewritten_file_holds_the_same_and_is_small() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kv.aof");
    let before = {
        let server = started(folder.path(), "everysec").await;
        let mut wire = Wire::open(server.address).await;
        fill(&mut wire).await;
        for n in 0..20_000 {
            wire.send(format!("SET churn {n}\r\n").as_bytes()).await;
        }
        for _ in 0..20_000 {
            assert_eq!(wire.reply().await.as_deref(), Some("OK"));
        }
        let size = std::fs::metadata(&path).expect("the file").len();
        assert!(wire.ask(&["BGREWRITEAOF"]).await.starts_with("Background"));
        // Changes go on while it is under way.
        let mut n = 0;
        while !wire.ask(&["INFO", "persistence"]).await.contains("aof_rewrites:1") {
            n += 1;
            if n > 200 {
                continue;
            }
            assert_eq!(wire.ask(&["SET", "churn", &n.to_string()]).await, "OK");
            wire.ask(&["RPUSH", "long", "meanwhile"]).await;
            wire.ask(&["DEL", "copied"]).await;
        }
        let rewritten = std::fs::metadata(&path).expect("the file").len();
        assert!(rewritten < size / 3, "{rewritten} bytes after {size}");
        wire.ask(&["SET", "after", "v"]).await;
        dump(&mut wire).await
    };
    let server = started(folder.path(), "everysec").await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(dump(&mut wire).await, before);
    assert_eq!(wire.ask(&["GET", "after"]).await, "\"v\"");
}

/// The file does not grow past a multiple of the data, whatever is written.
#[tokio::test]
async fn the_file_stays_bounded() {
    let folder = tempfile::tempdir().expect("a folder");
    let server = started(folder.path(), "no").await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["CONFIG", "SET", "auto-aof-rewrite-min-size", "100kb"]).await, "OK");
    let value = "v".repeat(1000);
    while !wire.ask(&["INFO", "persistence"]).await.contains("aof_rewrites:3") {
        for _ in 0..100 {
            assert_eq!(wire.ask(&["SET", "k", &value]).await, "OK");
        }
    }
    assert_eq!(wire.ask(&["GET", "k"]).await, format!("\"{value}\""));
}

async fn refusal(folder: &Path) -> String {
    let mut config = config();
    config.data_dir = folder.to_owned();
    config.spec.settings.insert("appendonly".to_owned(), "always".into());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let prepare = roles::prepare("kv").expect("the role");
    let node = Arc::new(Runtime::new(config).expect("a node"));
    match prepare(node, listener, Peers::new()).await {
        Ok(_) => panic!("a damaged file was taken"),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn a_torn_tail_is_cut_and_a_damaged_file_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("kv.aof");
    {
        let server = started(folder.path(), "always").await;
        let mut wire = Wire::open(server.address).await;
        for n in 0..20 {
            assert_eq!(wire.ask(&["SET", &format!("k{n}"), "value"]).await, "OK");
        }
    }
    let whole = std::fs::read(&path).expect("the file");
    // Cut anywhere within the last frame, it holds the nineteen before it.
    let frame = (whole.len() - 16) / 20;
    for cut in [1, 7, 8, frame / 2, frame - 1] {
        std::fs::write(&path, &whole[..whole.len() - cut]).expect("written");
        let node = Node::start(folder.path(), "always");
        let events = node.events.join("\n");
        assert!(events.contains(&format!("its last {} bytes were cut", frame + 2 - cut)) || events.contains("were cut"), "{events}");
        let mut wire = Wire::open(node.address).await;
        assert_eq!(wire.ask(&["DBSIZE"]).await, "(integer) 19", "cut by {cut}");
        node.kill();
    }
    // Room that was never filled.
    std::fs::write(&path, [&whole[..], &[0; 5000]].concat()).expect("written");
    {
        let server = started(folder.path(), "always").await;
        let mut wire = Wire::open(server.address).await;
        assert_eq!(wire.ask(&["DBSIZE"]).await, "(integer) 20");
        assert_eq!(std::fs::metadata(&path).expect("the file").len(), whole.len() as u64, "the tail is cut");
    }
    let mut broken = whole.clone();
    broken[100] ^= 1;
    std::fs::write(&path, &broken).expect("written");
    let why = refusal(folder.path()).await;
    assert!(why.contains("is damaged at byte") && why.contains("kv.aof") && why.contains("move it away"), "{why}");
    std::fs::write(&path, b"REDIS0011 something else").expect("written");
    assert!(refusal(folder.path()).await.contains("does not begin as"));
}

/// Deadlines are times of the wall: what ended while nobody ran is gone, and the rest has what is left.
#[tokio::test]
async fn time_goes_on_while_nobody_runs() {
    let folder = tempfile::tempdir().expect("a folder");
    {
        let server = started(folder.path(), "everysec").await;
        let mut wire = Wire::open(server.address).await;
        assert_eq!(wire.ask(&["SET", "short", "v", "PX", "30"]).await, "OK");
        assert_eq!(wire.ask(&["APPEND", "short", "w"]).await, "(integer) 2");
        assert_eq!(wire.ask(&["SET", "long", "v", "EX", "1000"]).await, "OK");
    }
    let end = std::time::Instant::now() + Duration::from_millis(31);
    while std::time::Instant::now() < end {
        tokio::task::yield_now().await;
    }
    let server = started(folder.path(), "everysec").await;
    let mut wire = Wire::open(server.address).await;
    assert_eq!(wire.ask(&["EXISTS", "short"]).await, "(integer) 0");
    let left = number(&wire.ask(&["TTL", "long"]).await);
    assert!((900..=1000).contains(&left), "{left} s");
}

/// A key as text, unless it ends within ten minutes.
async fn show(wire: &mut Wire, key: &str) -> Option<String> {
    let left_ms: i64 = wire.ask(&["PTTL", key]).await.trim_start_matches("(integer) ").parse().expect("a number");
    if (0..600_000).contains(&left_ms) {
        return None;
    }
    let value = match wire.ask(&["TYPE", key]).await.as_str() {
        "string" => wire.ask(&["GET", key]).await,
        "hash" => wire.ask(&["HGETALL", key]).await,
        "list" => wire.ask(&["LRANGE", key, "0", "-1"]).await,
        "set" => wire.ask(&["SMEMBERS", key]).await,
        "zset" => wire.ask(&["ZRANGE", key, "0", "-1", "WITHSCORES"]).await,
        other => other.to_owned(),
    };
    Some(format!("{key}: {value} until {}", wire.ask(&["PEXPIRETIME", key]).await))
}

/// Every command there is, with arguments drawn at random: none breaks the engine, and what they made comes back from the file.
#[tokio::test]
async fn random_commands_come_back_the_same() {
    const ROUNDS: u64 = 250;
    let folder = tempfile::tempdir().expect("a folder");
    let mut stream = Stream::new(21, "random commands", 0);
    let keys = ["k0", "k1", "k2", "k3", "k4", "k5", "k6", "k7"];
    let words: [&[u8]; 30] = [
        b"0",
        b"1",
        b"2",
        b"-1",
        b"3.5",
        b"100000",
        b"inf",
        b"-",
        b"+",
        b"[a",
        b"(b",
        b"a",
        b"b",
        b"",
        b"\x00\xff\r\n",
        b"NX",
        b"XX",
        b"EX",
        b"GET",
        b"COUNT",
        b"WITHSCORES",
        b"LEFT",
        b"RIGHT",
        b"BYSCORE",
        b"LIMIT",
        b"MIN",
        b"33177117420123",
        b"MATCH",
        b"WEIGHTS",
        b"REPLACE",
    ];
    let mut before = Vec::new();
    {
        let server = started(folder.path(), "everysec").await;
        let mut wire = Wire::open(server.address).await;
        let list = wire.ask(&["COMMAND", "LIST"]).await;
        let names: Vec<&str> = list.trim_matches(['[', ']']).split(", ").map(|name| name.trim_matches('"')).collect();
        let names: Vec<&str> =
            names.into_iter().filter(|name| !["quit", "reset", "config", "flushall", "flushdb"].contains(name)).collect();
        assert!(names.len() > 150, "{} commands", names.len());
        for _ in 0..ROUNDS {
            let mut other = Wire::open(server.address).await;
            let mut bytes = Vec::new();
            for _ in 0..60 {
                let mut parts = vec![names[stream.below(names.len() as u64) as usize].as_bytes()];
                for at in 0..stream.below(7) {
                    let is_key = at == 0 || stream.below(4) == 0;
                    parts.push(if is_key { keys[stream.below(8) as usize].as_bytes() } else { words[stream.below(30) as usize] });
                }
                bytes.extend(command(&parts));
            }
            other.send(&bytes).await;
            other.end().await;
            while other.reply().await.is_some() {}
        }
        assert!(server.is_serving());
        for key in keys {
            before.push((key, show(&mut wire, key).await));
        }
        assert!(before.iter().filter(|(_, shown)| shown.as_ref().is_some_and(|shown| !shown.contains("none"))).count() >= 3, "{before:?}");
    }
    let server = started(folder.path(), "everysec").await;
    let mut wire = Wire::open(server.address).await;
    for (key, shown) in before.into_iter().filter(|(_, shown)| shown.is_some()) {
        assert_eq!(show(&mut wire, key).await, shown);
    }
}
