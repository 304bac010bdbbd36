//! `loadline up`: the printed commands do what they promise, with the ordinary tools of the trade, and nobody comes in without the token.

use std::process::{Command, Output};

use crate::program::{Program, alone};

/// One printed line: the node, its address, its command.
struct Line<'a> {
    node: &'a str,
    command: &'a str,
}

fn lines(out: &str) -> Vec<Line<'_>> {
    let line = |line: &'static str| -> Option<Line<'static>> {
        let (node, rest) = line.split_once(' ')?;
        let (address, command) = rest.trim_start().split_once(' ')?;
        address.starts_with("127.0.0.1:").then(|| Line { node, command: command.trim_start() })
    };
    let out: &'static str = out.to_owned().leak();
    out.lines().filter_map(line).collect()
}

/// Runs `command` in a shell, as a person would who copied it.
fn shell(command: &str) -> Output {
    let tool = command.split(' ').next().unwrap_or_default();
    let package = match tool {
        "redis-cli" => "redis-tools",
        "psql" => "postgresql-client",
        tool => tool,
    };
    let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().unwrap();
    assert!(found.status.success(), "{tool} is missing: apt-get install {package}");
    // The path of this test's own libraries is not the user's: kcat would take up another librdkafka from it.
    Command::new("sh").args(["-c", command]).env_remove("LD_LIBRARY_PATH").output().unwrap()
}

#[track_caller]
fn says(command: &str, expected: &str) {
    let output = shell(command);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(out.contains(expected), "{command}\ndid not say `{expected}`:\n{out}{err}");
}

/// The command with another token must not say what the right one says, but why not.
#[track_caller]
fn refused(command: &str, token: &str, right: &str, reason: &str) {
    let wrong = command.replace(token, "00000000000000000000000000000000");
    assert_ne!(wrong, command, "the token is in the command");
    let output = shell(&wrong);
    let all = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(!all.contains(right), "{wrong}\nwas answered:\n{all}");
    assert!(all.contains(reason), "{wrong}\nwas not refused with `{reason}`:\n{all}");
}

#[test]
fn printed_commands_work_and_a_wrong_token_does_not() {
    let _alone = alone();
    let program = Program::start(&["up", "twitter"]);
    let [out, _] = program.wait_for("Ctrl-C ends it");
    let token = out.split("The token of this run: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    assert!(token.len() >= 32, "{out}");
    let lines = lines(&out);
    assert!(lines.len() >= 30, "{out}");
    // Node, what is added to the printed command, what it says then, what a wrong token is told.
    let cases = [
        ("lb-1", " -sS -i", "200 OK", "401"),
        ("gateway-1", " -sS -i", "\"tweets\":[", "401"),
        ("feed-1", " -sS -i", "\"tweets\":[", "401"),
        ("user-1", " -sS -i", "\"id\":1", "401"),
        ("tweet-1", " -sS -i", "\"author_id\":1", "401"),
        ("fanout-1", " -sS -i", "200 OK", "401"),
        ("kv-1", " PING", "PONG", "WRONGPASS"),
        ("sql-1", " -Atc 'select count(*) from users'", "4000", "password"),
        ("replicas-2", " -Atc 'select count(*) from users'", "4000", "password"),
        ("log-1", " -m 10", "1 brokers", "uthentication"),
    ];
    for (node, more, expected, refusal) in cases {
        let line = lines.iter().find(|line| line.node == node).unwrap_or_else(|| panic!("{node} is not in:\n{out}"));
        let command = format!("{}{more}", line.command);
        says(&command, expected);
        refused(&command, token, expected, refusal);
    }
    let kv = |node: &str, more: &str| {
        let line = lines.iter().find(|line| line.node == node).unwrap();
        shell(&format!("{} {more}", line.command))
    };
    let timelines: usize = ["kv-1", "kv-2", "kv-3"]
        .iter()
        .map(|node| String::from_utf8_lossy(&kv(node, "ZRANGE timeline:1 0 -1").stdout).lines().filter(|line| !line.is_empty()).count())
        .sum();
    println!("timeline:1 has {timelines} tweets in the cache");
    let keys = String::from_utf8_lossy(&kv("kv-1", "DBSIZE").stdout).into_owned();
    assert!(keys.trim().trim_start_matches("(integer) ").parse::<u64>().is_ok_and(|keys| keys > 0), "an empty cache: {keys}");
}
