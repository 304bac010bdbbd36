//! The generator against servers that behave well and badly: every arrival is accounted for, whatever comes back.

mod support;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use loadline_load::{LoadError, run};
use loadline_model::arrivals::{Process, Shape, phases, schedule_ns};
use loadline_model::load::{LoadOperation, LoadResult, LoadSpec, LoadTick, LoadVariables};
use support::Server;

fn operation(path: &str) -> LoadOperation {
    LoadOperation { name: path.into(), weight: 1.0, method: "GET".into(), path: path.into(), body: None, deadline_ms: 60_000.0 }
}

fn spec(address: &str, paths: &[&str], rate_per_s: f64, duration_s: f64) -> LoadSpec {
    LoadSpec {
        seed: 42,
        addresses: vec![address.into()],
        token: None,
        operations: paths.iter().map(|path| operation(path)).collect(),
        variables: LoadVariables { users: 100, popularity_exponent: 0.8, tweets: 1000 },
        process: Process::Poisson,
        phases: phases(Shape::Baseline, rate_per_s, duration_s),
        duration_s,
        warmup_s: 0.0,
        max_connections: 4096,
        timeout_ms: 60_000.0,
        tick_ms: 50,
        dilation: 1.0,
        record_samples: false,
    }
}

/// Runs to the end, and checks every sum that must hold in any run.
#[track_caller]
fn check(spec: &LoadSpec) -> LoadResult {
    let mut ticks: Vec<LoadTick> = Vec::new();
    let result = run(spec.clone(), |tick| ticks.push(tick), &AtomicBool::new(false)).unwrap();
    let due = schedule_ns(spec.seed, spec.process, &spec.phases).len() as u64;
    assert_eq!(result.counts.scheduled, due, "every arrival of the schedule came due");
    conserved(&result, &ticks, spec.max_connections);
    result
}

#[track_caller]
fn conserved(result: &LoadResult, ticks: &[LoadTick], max_connections: u32) {
    let all = &result.counts;
    assert_eq!(all.scheduled, all.sent + all.dropped);
    assert_eq!(all.sent, all.ok + all.late + all.failed);
    assert_eq!(result.failures.iter().map(|f| f.count).sum::<u64>(), all.failed, "{:?}", result.failures);
    assert_eq!(result.steps.iter().map(|s| s.failed).sum::<u64>(), all.failed);
    assert_eq!(result.steps.iter().map(|s| s.dropped).sum::<u64>(), all.dropped);
    let over = |count: fn(&loadline_model::load::LoadCounts) -> u64| result.operations.values().map(|o| count(&o.counts)).sum::<u64>();
    assert_eq!(over(|c| c.scheduled), all.scheduled);
    assert_eq!(over(|c| c.ok + c.late), all.ok + all.late);
    for operation in result.operations.values() {
        assert_eq!(operation.histogram.count(), operation.count);
    }
    let ended: u64 = ticks.iter().flat_map(|tick| tick.operations.values()).map(|o| o.count).sum();
    assert_eq!(ended, all.ok + all.late + all.failed, "the ticks tell of every end once");
    assert_eq!(ticks.last().unwrap().counts, *all);
    for tick in ticks {
        assert_eq!(tick.counts.scheduled, tick.counts.sent + tick.counts.dropped);
        assert_eq!(tick.counts.sent, tick.counts.ok + tick.counts.late + tick.counts.failed + tick.in_flight);
        assert!(tick.in_flight <= u64::from(max_connections));
    }
    assert!(ticks.windows(2).all(|pair| pair[0].t_s < pair[1].t_s && pair[0].counts.scheduled <= pair[1].counts.scheduled));
}

fn reasons(result: &LoadResult) -> BTreeMap<String, u64> {
    result.failures.iter().map(|f| (format!("{};{}", f.component, f.reason), f.count)).collect()
}

#[test]
fn all_is_well() {
    let server = Server::start();
    let mut spec = spec(&server.address, &["/ok", "/chunked"], 1000.0, 1.0);
    spec.warmup_s = 0.2;
    spec.record_samples = true;
    let result = check(&spec);
    assert_eq!(result.counts.ok, result.counts.scheduled, "{:?}", result.failures);
    let samples = result.samples.as_ref().unwrap();
    assert_eq!(samples.len() as u64, result.counts.ok);
    let warm = samples.iter().filter(|(due_ns, _)| *due_ns >= 200_000_000).count() as u64;
    assert_eq!(result.operations.values().map(|o| o.count).sum::<u64>(), warm, "the warm-up is in no latency");
    // The histogram says what the samples say, within the width of its buckets.
    let mut exact_us: Vec<f64> = samples.iter().filter(|(due_ns, _)| *due_ns >= 200_000_000).map(|(_, ns)| *ns as f64 / 1e3).collect();
    exact_us.sort_by(f64::total_cmp);
    let mut all = result.operations["/ok"].histogram.clone();
    all.merge(&result.operations["/chunked"].histogram);
    let p95 = exact_us[(exact_us.len() as f64 * 0.95).ceil() as usize - 1];
    assert!((all.quantile(0.95).unwrap() / p95 - 1.0).abs() < 0.002, "{:?} {p95}", all.quantile(0.95));
    assert!((result.steps[0].latency_us_p95.unwrap() / p95 - 1.0).abs() < 0.002);
    assert!(result.connections_opened > 0 && result.cpu_s > 0.0 && result.elapsed_s >= 1.0 && !result.stopped);
}

#[test]
fn an_answer_after_its_deadline_is_late() {
    let server = Server::start();
    let mut spec = spec(&server.address, &["/ok", "/other"], 400.0, 0.5);
    spec.operations[0].deadline_ms = 0.0;
    let result = check(&spec);
    assert_eq!(result.operations["/ok"].counts.late, result.operations["/ok"].counts.scheduled);
    assert_eq!(result.operations["/other"].counts.ok, result.operations["/other"].counts.scheduled);
    assert_eq!(result.operations["/ok"].count, result.operations["/ok"].counts.late, "late answers have a latency");
}

#[test]
fn overload_drops_what_finds_no_connection() {
    let server = Server::start();
    let mut spec = spec(&server.address, &["/silent"], 500.0, 0.5);
    spec.max_connections = 7;
    spec.timeout_ms = 400.0;
    let result = check(&spec);
    assert!(result.counts.dropped > 0 && result.counts.ok == 0);
    assert_eq!(reasons(&result), BTreeMap::from([("client;timeout".into(), result.counts.sent)]));
    assert!(result.counts.sent >= 7 && result.connections_opened == result.counts.sent, "{:?}", result.counts);
}

#[test]
fn a_refused_port_fails_every_arrival() {
    let (listener, address) = support::listen();
    drop(listener);
    let result = check(&spec(&address.to_string(), &["/ok"], 500.0, 0.4));
    assert_eq!(reasons(&result), BTreeMap::from([("client;connect_refused".into(), result.counts.scheduled)]));
}

#[test]
fn bad_answers_are_failures_with_a_reason() {
    let server = Server::start();
    let paths = ["/garbage", "/truncated", "/nothing", "/busy", "/unavailable", "/twice", "/until-close"];
    let result = check(&spec(&server.address, &paths, 700.0, 1.0));
    let of = |path: &str| result.operations[path].counts;
    assert_eq!(of("/twice").ok, of("/twice").scheduled, "the first answer was sound");
    assert_eq!(of("/until-close").ok, of("/until-close").scheduled);
    let failed = |path: &str| of(path).failed;
    let expected = [
        ("client;bad_answer", failed("/garbage")),
        ("client;truncated", failed("/truncated")),
        ("client;closed", failed("/nothing")),
        ("feed;queue_full", failed("/busy")),
        ("client;status_503", failed("/unavailable")),
    ];
    assert!(expected.iter().all(|(_, count)| *count > 50), "{expected:?}");
    assert_eq!(reasons(&result), expected.into_iter().map(|(reason, count)| (reason.to_owned(), count)).collect());
}

#[test]
fn a_server_that_closes_each_connection() {
    let server = Server::start();
    let result = check(&spec(&server.address, &["/close"], 500.0, 0.6));
    assert_eq!(result.counts.ok, result.counts.scheduled, "{:?}", result.failures);
    assert_eq!(result.connections_opened, result.counts.sent);
    // One that closes without a word may meet a request on its way; nothing is lost from the books all the same.
    let result = check(&spec(&server.address, &["/hang-up"], 500.0, 0.6));
    assert!(result.counts.ok > 0);
    assert!(result.failures.iter().all(|f| f.reason == "closed" || f.reason == "reset"), "{:?}", result.failures);
}

#[test]
fn a_stop_ends_the_sending() {
    let server = Server::start();
    let spec = spec(&server.address, &["/ok", "/silent"], 1000.0, 600.0);
    let stop = AtomicBool::new(false);
    let ticks = Mutex::new(Vec::new());
    let on_tick = |tick: LoadTick| {
        let mut ticks = ticks.lock().unwrap();
        ticks.push(tick);
        if ticks.len() == 6 {
            stop.store(true, Ordering::Relaxed);
        }
    };
    let result = run(spec.clone(), on_tick, &stop).unwrap();
    let ticks = ticks.into_inner().unwrap();
    conserved(&result, &ticks, spec.max_connections);
    assert!(result.stopped && result.elapsed_s < 60.0);
    // What was scheduled is the beginning of the schedule, up to the stop: after the tick that asked for it, before the drain.
    let schedule = schedule_ns(spec.seed, spec.process, &spec.phases);
    let last_due_s = schedule[result.counts.scheduled as usize - 1] as f64 / 1e9;
    assert!(last_due_s <= result.elapsed_s - 0.25 + 1e-3, "{last_due_s} {}", result.elapsed_s);
    assert!(result.counts.scheduled >= ticks[5].counts.scheduled);
    let silent = result.operations["/silent"].counts;
    assert_eq!(result.failures.iter().find(|f| f.reason == "stopped").map(|f| f.count), Some(silent.failed));
}

#[test]
fn the_same_seed_sends_the_same_bytes() {
    let bytes = |seed: u64| {
        let server = Server::start();
        let mut spec = spec(&server.address, &["/feed/{user}?n={n}&q={text}"], 800.0, 0.5);
        spec.seed = seed;
        let body = Some(r#"{"author":{popular_user},"re":{tweet},"text":"{text}"}"#.to_owned());
        spec.operations.push(LoadOperation { method: "POST".into(), body, ..operation("/tweets") });
        let result = check(&spec);
        assert_eq!(result.counts.ok, result.counts.scheduled, "{:?}", result.failures);
        let host = server.address.clone();
        // Requests on several connections may overtake each other: compare them as a set.
        let mut all: Vec<String> =
            server.finish().into_iter().map(|request| String::from_utf8(request).unwrap().replace(&host, "HOST")).collect();
        all.sort();
        all
    };
    let first = bytes(7);
    assert_eq!(first, bytes(7));
    assert_ne!(first, bytes(8));
    assert!(first.iter().all(|request| request.contains("\r\ntraceparent: 00-")));
}

#[test]
fn addresses_take_turns() {
    let servers = [Server::start(), Server::start(), Server::start()];
    let mut spec = spec("127.0.0.1:1", &["/n/{n}"], 600.0, 0.5);
    spec.addresses = servers.iter().map(|server| server.address.clone()).collect();
    let result = check(&spec);
    assert_eq!(result.counts.ok, result.counts.scheduled);
    for (turn, server) in servers.into_iter().enumerate() {
        for request in server.finish() {
            let request = String::from_utf8(request).unwrap();
            let number: usize = request.strip_prefix("GET /n/").and_then(|rest| rest.split(' ').next()).unwrap().parse().unwrap();
            assert_eq!(number % 3, turn, "{request}");
        }
    }
}

#[test]
fn another_machine_is_refused() {
    let refused = run(spec("192.0.2.1:80", &["/"], 1.0, 1.0), |_| {}, &AtomicBool::new(false)).unwrap_err();
    assert!(matches!(refused, LoadError::NotLoopback { .. }), "{refused}");
}
