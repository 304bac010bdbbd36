//! The generator and a server as processes of their own: a server that is stopped for a second cannot hide it, and the generator's
//! process does what it is told. The children are this test binary again, running `child` alone.

#![cfg(unix)]

mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use loadline_model::arrivals::{Process, Shape, phases, schedule_ns};
use loadline_model::load::{FromGenerator, LoadOperation, LoadSpec, LoadVariables, ToGenerator};
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use support::Server;

/// What the child is to be.
const ROLE: &str = "LOADLINE_TEST_CHILD";

#[test]
#[ignore = "the body of a child process, started by the other tests"]
fn child() {
    match std::env::var(ROLE).as_deref() {
        Ok("generator") => std::process::exit(loadline_load::run_stdio()),
        Ok("server") => serve(),
        other => panic!("{ROLE} must be `generator` or `server`, not {other:?}"),
    }
}

/// Serves until standard input ends, then writes `due answered` in ns of CLOCK_MONOTONIC for each request, a line each.
fn serve() {
    let (listener, address) = support::listen();
    let (poll, waker) = support::stoppable();
    let stop = Arc::new(AtomicBool::new(false));
    // It lives as long as the poll: one that is closed before the poll has looked takes its sign back with it.
    let (own_stop, own_waker) = (stop.clone(), waker.clone());
    std::thread::spawn(move || {
        std::io::stdin().lock().lines().for_each(drop);
        own_stop.store(true, Ordering::Relaxed);
        own_waker.wake().unwrap();
    });
    say(&format!("address {address}"));
    let mut log = Vec::with_capacity(1 << 16);
    support::serve(poll, listener, &stop, |request| {
        let text = std::str::from_utf8(request).unwrap();
        let due = text.split("x-loadline-due: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
        log.push((due.parse::<u64>().unwrap(), now_ns()));
    });
    let lines: String = log.iter().map(|(due_ns, answered_ns)| format!("answered {due_ns} {answered_ns}\n")).collect();
    say(&lines);
    std::process::exit(0);
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").unwrap();
    out.flush().unwrap();
}

fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

/// A child process of this test; killed if it is still there when dropped.
struct Role {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: std::io::Lines<BufReader<ChildStdout>>,
}

impl Role {
    fn start(role: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "child", "--ignored", "--nocapture", "--test-threads=1"])
            .env(ROLE, role)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let stdin = child.stdin.take();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, stdin, lines }
    }

    fn tell(&mut self, message: &ToGenerator) {
        let line = serde_json::to_string(message).unwrap();
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next message of a generator; the test harness round it writes text of its own, also on the same line.
    fn message(&mut self) -> Option<FromGenerator> {
        let line = self.lines.by_ref().map(Result::unwrap).find(|line| line.contains('{'))?;
        Some(serde_json::from_str(&line[line.find('{').unwrap()..]).unwrap())
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // Already gone in the good case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spec(address: &str, rate_per_s: f64, duration_s: f64) -> LoadSpec {
    let operation =
        LoadOperation { name: "read".into(), weight: 1.0, method: "GET".into(), path: "/ok".into(), body: None, deadline_ms: 60_000.0 };
    LoadSpec {
        seed: 1,
        addresses: vec![address.into()],
        token: Some("token".into()),
        operations: vec![operation],
        variables: LoadVariables { users: 1, popularity_exponent: 1.0, tweets: 1 },
        process: Process::Constant,
        phases: phases(Shape::Baseline, rate_per_s, duration_s),
        duration_s,
        warmup_s: 0.0,
        max_connections: 4096,
        timeout_ms: 60_000.0,
        tick_ms: 100,
        dilation: 1.0,
        record_samples: true,
    }
}

/// 2,000 arrivals a second for 10 s, the server stopped for 1 s after 3 s: a tenth of all arrivals wait for 0 to 1 s, so p95 is 500 ms
/// and p99 is 900 ms. A generator that waits for answers would see one slow request a connection, and a p99 of a millisecond.
#[test]
fn a_stalled_server_cannot_hide() {
    const TRIES: u32 = 4;
    for attempt in 1..=TRIES {
        let (quantiles, waited_ms) = stall();
        for quantile in &quantiles {
            say(&format!("{quantile:.2?}"));
            // No slowness of the machine can make a wait shorter.
            assert!(quantile.measured_ms >= quantile.exact_ms * 0.98, "{quantiles:?}");
        }
        if quantiles.iter().all(|quantile| quantile.measured_ms <= quantile.exact_ms * 1.02) {
            return;
        }
        // A server that had to wait for a core needs longer to catch up, as its log of answers shows, and a generator that had to reads
        // them late: try again, and at the last allow for both.
        let explained = |quantile: &Quantile| quantile.measured_ms <= quantile.served_ms * 1.02 + waited_ms;
        assert!(attempt < TRIES || quantiles.iter().all(explained), "{quantiles:?}, and it waited {waited_ms:.0} ms for a core");
    }
}

/// One percentile, from three sides.
#[derive(Debug)]
struct Quantile {
    measured_ms: f64,
    /// From the schedule and the stop, if the server needed no time to catch up.
    exact_ms: f64,
    /// From when the server had written each answer: with its catching up, which the clients really waited for.
    served_ms: f64,
}

/// How long the calling thread has been ready to run and had no core, ms; 0 where the system does not say.
fn waited_for_core_ms() -> f64 {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    text.split(' ').nth(1).and_then(|ns| ns.parse::<f64>().ok()).unwrap_or(0.0) / 1e6
}

/// The 95th and the 99th percentile of a run with a stall, and how long the generator waited for a core in it.
fn stall() -> (Vec<Quantile>, f64) {
    let mut server = Role::start("server");
    let address = server.lines.by_ref().map(Result::unwrap).find_map(|line| Some(line.split_once("address ")?.1.to_owned())).unwrap();
    let pid = Pid::from_child(&server.child);
    let spec = spec(&address, 2000.0, 10.0);
    let (begun, begin) = mpsc::channel();
    let stall = std::thread::spawn(move || {
        // The first tick at or past 3 s of the run gives the sign.
        begin.recv().unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        let (_, status) = waitpid(Some(pid), WaitOptions::UNTRACED).unwrap().unwrap();
        assert!(status.stopped());
        let (stopped_ns, stopped) = (now_ns(), Instant::now());
        // The stall itself: nothing is waited for but its length.
        while let Some(left) = Duration::from_secs(1).checked_sub(stopped.elapsed()) {
            std::thread::park_timeout(left);
        }
        let resumed_ns = now_ns();
        kill_process(pid, Signal::CONT).unwrap();
        (stopped_ns, resumed_ns)
    });
    let on_tick = |tick: loadline_model::load::LoadTick| {
        if tick.t_s >= 3.0 {
            // Only the first is listened to.
            let _ = begun.send(());
        }
    };
    let waited_before_ms = waited_for_core_ms();
    let result = loadline_load::run(spec.clone(), on_tick, &AtomicBool::new(false)).unwrap();
    let waited_ms = waited_for_core_ms() - waited_before_ms;
    let (stopped_ns, resumed_ns) = stall.join().unwrap();
    drop(server.stdin.take());
    let served = server.lines.by_ref().map(Result::unwrap).filter_map(|line| {
        let (due_ns, answered_ns) = line.strip_prefix("answered ")?.split_once(' ')?;
        Some(answered_ns.parse::<u64>().unwrap().saturating_sub(due_ns.parse().unwrap()) as f64 / 1e6)
    });
    let mut served_ms: Vec<f64> = served.collect();
    let schedule = schedule_ns(spec.seed, spec.process, &spec.phases);
    let exact = schedule.into_iter().map(|due_ns| result.started_ns + due_ns).map(|due_ns| {
        let waits = (stopped_ns..resumed_ns).contains(&due_ns);
        if waits { (resumed_ns - due_ns) as f64 / 1e6 } else { 0.0 }
    });
    let mut exact_ms: Vec<f64> = exact.collect();
    assert_eq!((result.counts.scheduled, result.counts.ok), (20_000, 20_000), "{:?}", result.failures);
    assert_eq!((served_ms.len(), exact_ms.len()), (20_000, 20_000));
    exact_ms.sort_by(f64::total_cmp);
    served_ms.sort_by(f64::total_cmp);
    let at = |sorted: &[f64], quantile: f64| sorted[(sorted.len() as f64 * quantile).ceil() as usize - 1];
    let histogram = &result.operations["read"].histogram;
    let quantile =
        |q: f64| Quantile { measured_ms: histogram.quantile(q).unwrap() / 1e3, exact_ms: at(&exact_ms, q), served_ms: at(&served_ms, q) };
    (vec![quantile(0.95), quantile(0.99)], waited_ms)
}

#[test]
fn a_generator_process_runs_and_reports() {
    let server = Server::start();
    let mut generator = Role::start("generator");
    generator.tell(&ToGenerator::Start(Box::new(spec(&server.address, 500.0, 0.5))));
    let at_ns = now_ns() + 50_000_000;
    generator.tell(&ToGenerator::Go { at_ns: Some(at_ns) });
    let mut ticks = 0;
    let result = loop {
        match generator.message().expect("it ends with its result") {
            FromGenerator::Tick(_) => ticks += 1,
            FromGenerator::Done(result) => break result,
            FromGenerator::Failed { message } => panic!("{message}"),
        }
    };
    assert!(ticks > 0);
    assert!(result.started_ns >= at_ns);
    assert_eq!(result.counts.ok, 250, "{:?}", result.failures);
    assert!(generator.child.wait().unwrap().success());
}

#[test]
fn a_generator_process_stops_when_told() {
    let server = Server::start();
    let mut generator = Role::start("generator");
    generator.tell(&ToGenerator::Start(Box::new(spec(&server.address, 500.0, 600.0))));
    generator.tell(&ToGenerator::Go { at_ns: None });
    assert!(matches!(generator.message(), Some(FromGenerator::Tick(_))));
    generator.tell(&ToGenerator::Stop);
    let result = loop {
        match generator.message().expect("it ends with its result") {
            FromGenerator::Done(result) => break result,
            other => assert!(matches!(other, FromGenerator::Tick(_)), "{other:?}"),
        }
    };
    assert!(result.stopped && result.counts.scheduled < 300_000);
    assert!(generator.child.wait().unwrap().success());
}

#[test]
fn a_generator_process_ends_with_its_parent() {
    let server = Server::start();
    let mut generator = Role::start("generator");
    generator.tell(&ToGenerator::Start(Box::new(spec(&server.address, 500.0, 600.0))));
    generator.tell(&ToGenerator::Go { at_ns: None });
    assert!(matches!(generator.message(), Some(FromGenerator::Tick(_))));
    drop(generator.stdin.take());
    // Ten minutes of load are left; it does not wait for them.
    assert!(generator.child.wait().unwrap().success());
    while let Some(message) = generator.message() {
        assert!(matches!(message, FromGenerator::Tick(_)), "{message:?}");
    }
}

#[test]
fn a_generator_process_says_what_is_wrong() {
    let mut generator = Role::start("generator");
    generator.tell(&ToGenerator::Start(Box::new(spec("192.0.2.7:80", 1.0, 1.0))));
    match generator.message() {
        Some(FromGenerator::Failed { message }) => assert!(message.contains("`192.0.2.7:80` is not this machine"), "{message}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(generator.child.wait().unwrap().code(), Some(1));
}
