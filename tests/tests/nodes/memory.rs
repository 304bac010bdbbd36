//! What `kv` says that its data takes (`used_memory`, by which `maxmemory` is kept), held to what the system gave the process for it.

use std::process::Command;

use loadline_tests::loadline;
use loadline_tests::node::Node;

/// Between them lies what an allocator rounds up and keeps: the account may be off by this factor either way.
const FACTOR: f64 = 1.35;
/// Bytes that each kind of data is to take at least: enough for the process's own to be small beside it.
const ENOUGH: f64 = 40e6;

/// `used_memory` of INFO, bytes.
fn used(connection: &mut redis::Connection) -> f64 {
    let info: String = redis::cmd("INFO").arg("memory").query(connection).expect("INFO");
    let line = info.lines().find_map(|line| line.strip_prefix("used_memory:")).expect("used_memory");
    line.trim().parse().expect("a number")
}

/// One kind of data: its name, and the command that writes the `n`th piece of it.
type Kind = (&'static str, fn(u32) -> redis::Cmd);

fn kinds() -> [Kind; 7] {
    fn command(words: &[String]) -> redis::Cmd {
        let mut command = redis::cmd(&words[0]);
        for word in &words[1..] {
            command.arg(word);
        }
        command
    }
    [
        ("small strings", |n| command(&["SET".into(), format!("key:{n}"), format!("value {n}")])),
        ("large strings", |n| command(&["SET".into(), format!("key:{n}"), "x".repeat(2000)])),
        ("strings that end", |n| command(&["SET".into(), format!("key:{n}"), format!("value {n}"), "EX".into(), "1000".into()])),
        ("hashes", |n| command(&["HSET".into(), format!("user:{}", n / 20), format!("field {}", n % 20), format!("value {n}")])),
        ("lists", |n| command(&["RPUSH".into(), format!("list:{}", n / 100), format!("value {n}")])),
        ("sets", |n| command(&["SADD".into(), format!("set:{}", n / 100), format!("member {n}")])),
        ("sorted sets", |n| command(&["ZADD".into(), format!("timeline:{}", n / 800), n.to_string(), format!("tweet:{n}")])),
    ]
}

#[test]
fn what_kv_says_that_its_data_takes_is_what_the_process_grew_by() {
    let mut wrong = Vec::new();
    for (name, piece) in kinds() {
        let node = Node::start_by(Command::new(loadline()), "kv", &[], |envelope| envelope.service.clear());
        let mut connection = redis::Client::open(node.url()).expect("an address").get_connection().expect("a connection");
        let (used_before, rss_before) = (used(&mut connection), node.rss_bytes() as f64);
        let mut written = 0;
        while used(&mut connection) - used_before < ENOUGH {
            let mut pipeline = redis::pipe();
            for _ in 0..5000 {
                pipeline.add_command(piece(written)).ignore();
                written += 1;
            }
            pipeline.exec(&mut connection).expect("it is written");
        }
        let (said, grown) = (used(&mut connection) - used_before, node.rss_bytes() as f64 - rss_before);
        let ratio = said / grown;
        println!("{name}: {written} pieces, kv says {:.1} MB, the process grew by {:.1} MB: {ratio:.2}", said / 1e6, grown / 1e6);
        if !(1.0 / FACTOR..=FACTOR).contains(&ratio) {
            wrong.push(format!("{name}: {ratio:.2}"));
        }
    }
    assert!(wrong.is_empty(), "said over grown is to lie within a factor of {FACTOR}: {wrong:?}");
}
