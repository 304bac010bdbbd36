//! `loadline load` against a server of this test, and against nobody: counts to the last request, and the same seed twice.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::program::loadline;

/// Answers every request with 200 and notes its first line and its trace.
struct Server {
    port: u16,
    asked: Arc<Mutex<Vec<(String, String)>>>,
}

impl Server {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let notes = asked.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let notes = notes.clone();
                std::thread::spawn(move || answer(stream, &notes));
            }
        });
        Self { port, asked }
    }

    /// What was asked, in the order of traces, since connections overtake each other.
    fn asked(&self) -> Vec<(String, String)> {
        let mut asked = std::mem::take(&mut *self.asked.lock().unwrap());
        asked.sort();
        asked
    }
}

/// Until the client closes.
fn answer(stream: TcpStream, notes: &Mutex<Vec<(String, String)>>) {
    let mut writer = stream.try_clone().unwrap();
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    while let Some(first) = lines.next() {
        let head: Vec<String> = lines.by_ref().take_while(|line| !line.is_empty()).collect();
        let trace = head.iter().find_map(|line| line.strip_prefix("traceparent: ")).unwrap_or_default().to_owned();
        notes.lock().unwrap().push((trace, first));
        if writer.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok").is_err() {
            return;
        }
    }
}

/// Loads `url` for a second; gives what `--json` says.
#[track_caller]
fn load(url: &str, more: &[&str]) -> Value {
    let arguments: Vec<&str> = ["load", url, "--duration", "1s", "--json", "load.json"].iter().chain(more).copied().collect();
    let (finished, folder) = loadline(&arguments, &["load.json"]);
    let out = finished.succeeded().out;
    assert!(out.contains("Scheduled = sent + dropped: "), "{out}");
    let json: Value = serde_json::from_str(&std::fs::read_to_string(folder.path().join("load.json")).unwrap()).unwrap();
    let count = |name: &str| json["load"][name].as_u64().unwrap();
    assert_eq!(count("scheduled"), count("sent") + count("dropped"));
    assert_eq!(count("sent"), count("ok") + count("late") + count("failed"));
    let failures: u64 = json["load"]["failures"].as_array().unwrap().iter().map(|f| f["count"].as_u64().unwrap()).sum();
    assert_eq!(failures, count("failed"));
    json
}

#[test]
fn every_request_arrives_and_the_same_seed_sends_the_same() {
    let server = Server::start();
    let url = format!("http://127.0.0.1:{}?page=2#top", server.port);
    let mut heard = Vec::new();
    for seed in ["5", "5", "6"] {
        let json = load(&url, &["--rate", "300", "--seed", seed]);
        let asked = server.asked();
        assert_eq!(json["load"]["ok"], asked.len(), "what the server heard");
        assert!(asked.iter().all(|(_, first)| first == "GET /?page=2 HTTP/1.1"), "{:?}", asked.first());
        heard.push(asked);
    }
    assert!(heard[0].len() > 200, "{}", heard[0].len());
    assert!(heard[0] == heard[1], "the same seed sends the same requests");
    assert!(heard[0] != heard[2], "another seed sends others");
}

#[test]
fn nobody_there_is_counted_exactly() {
    // A port that was given and given back: nobody listens on it.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let json = load(&format!("http://localhost:{port}/x"), &["--rate", "100"]);
    assert!(json["load"]["scheduled"].as_u64().unwrap() > 50, "{json}");
    assert_eq!(json["load"]["failed"], json["load"]["sent"]);
    assert_eq!(json["load"]["failures"][0]["reason"], "connect_refused");
    assert_eq!(json["operations"]["request"]["latency_ms"], Value::Null, "nothing was answered: unknown");
}

#[test]
fn what_finds_no_connection_is_dropped_and_counted() {
    // Accepts nobody, so that the only connection stays busy.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let silent = std::thread::spawn(move || listener.accept().map(|(stream, _)| stream));
    let json = load(&url, &["--rate", "100", "--connections", "1"]);
    drop(silent.join().unwrap());
    let count = |name: &str| json["load"][name].as_u64().unwrap();
    assert_eq!((count("sent"), count("failed")), (1, 1), "{json}");
    assert!(count("dropped") > 50, "{json}");
}
