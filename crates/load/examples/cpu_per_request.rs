//! Measures the CPU that the generator spends on a request beside what `wrk` spends, against the same server, keep-alive, user and system
//! time of the whole process. Not a test: it needs `wrk` and some idle cores, and prints what it found. All rounds alternate, and the ratio of
//! each round is taken by itself.
//!
//! At 30,000 requests a second also beside `oha`, an open-loop tool, where it is installed.
//!
//! `cargo run -p loadline-load --example cpu_per_request -- [SECONDS] [CONNECTIONS] [ROUNDS]`
#![allow(clippy::print_stdout, reason = "a measurement for a person")]

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;

use loadline_model::arrivals::{Process, Shape, phases};
use loadline_model::load::{FromGenerator, LoadOperation, LoadSpec, LoadVariables, ToGenerator};

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    let mut words = std::env::args().skip(1);
    match words.next().as_deref() {
        Some("generate") => std::process::exit(loadline_load::run_stdio()),
        Some("serve") => serve(),
        seconds => {
            let seconds: f64 = seconds.map_or(Ok(5.0), str::parse)?;
            let connections: u32 = words.next().as_deref().map_or(Ok(16), str::parse)?;
            let rounds: usize = words.next().as_deref().map_or(Ok(3), str::parse)?;
            measure(seconds, connections, rounds)
        }
    }
}

/// Serves until standard input ends.
fn serve() -> Outcome<()> {
    let (listener, address) = support::listen();
    let (poll, _waker) = support::stoppable();
    std::thread::spawn(|| {
        std::io::stdin().lock().lines().for_each(drop);
        std::process::exit(0);
    });
    println!("{address}");
    support::serve(poll, listener, &AtomicBool::new(false), |_| {});
    Ok(())
}

fn own(role: &str) -> Outcome<Child> {
    Ok(Command::new(std::env::current_exe()?).arg(role).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?)
}

fn measure(seconds: f64, connections: u32, rounds: usize) -> Outcome<()> {
    let mut server = own("serve")?;
    let mut address = String::new();
    BufReader::new(server.stdout.take().ok_or("no output")?).read_line(&mut address)?;
    let address = address.trim();

    // A closed loop of many connections finds how much the server can do: the rates are shares of that.
    let (requests, cpu_s) = wrk(address, seconds, connections)?;
    let most_per_s = requests / seconds;
    println!("wrk, {connections} connections: {most_per_s:.0}/s, {:.2} us of CPU a request", cpu_s * 1e6 / requests);
    let mut rows: Vec<Row> = SHARES.iter().map(|share| Row::new((most_per_s * share).round())).collect();
    let mut alone_us = Vec::new();
    for _ in 0..rounds {
        let (requests, cpu_s) = wrk(address, seconds, 1)?;
        let wrk_us = cpu_s * 1e6 / requests;
        alone_us.push(wrk_us);
        for row in &mut rows {
            let (result, cpu_s) = generator(address, seconds, row.per_s, connections.max(1024))?;
            let each_us = cpu_s * 1e6 / result.counts.sent.max(1) as f64;
            row.each_us.push(each_us);
            row.ratios.push(each_us / wrk_us);
            row.late_us.push(result.lateness.us_p50);
            row.lost += result.counts.failed + result.counts.dropped;
            row.sent += result.counts.sent;
        }
    }
    println!("wrk, one connection: {:.2} us of CPU a request, the median of {rounds} rounds", spread(&alone_us).0);
    let mut ratios = Vec::new();
    for row in &rows {
        let (ratio, least, most) = spread(&row.ratios);
        ratios.push(ratio);
        println!(
            "generator at {:>7.0}/s: {:5.2} us of CPU a request = {ratio:.2} x wrk with one connection (from {least:.2} to {most:.2}); late by \
             {:.0} us at the median; {} sent, {} failed or dropped",
            row.per_s,
            spread(&row.each_us).0,
            spread(&row.late_us).0,
            row.sent,
            row.lost,
        );
    }
    println!("over the four rates {:.2} x wrk, at most {WRK_AT_MOST}: {}", spread(&ratios).0, met(spread(&ratios).0 <= WRK_AT_MOST));
    open_loop(address, seconds, rounds)?;
    drop(server.stdin.take());
    server.wait()?;
    Ok(())
}

/// Rates at which the generator is measured, as shares of what the server can do.
const SHARES: [f64; 4] = [0.025, 0.1, 0.25, 0.5];
/// What the generator may cost, as a multiple of `wrk` with one connection.
const WRK_AT_MOST: f64 = 1.3;

/// One rate, over all rounds.
struct Row {
    per_s: f64,
    each_us: Vec<f64>,
    ratios: Vec<f64>,
    late_us: Vec<f64>,
    sent: u64,
    lost: u64,
}

impl Row {
    fn new(per_s: f64) -> Self {
        Self { per_s, each_us: Vec::new(), ratios: Vec::new(), late_us: Vec::new(), sent: 0, lost: 0 }
    }
}

/// Median, least and most.
fn spread(values: &[f64]) -> (f64, f64, f64) {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |index: usize| sorted.get(index).copied().unwrap_or(f64::NAN);
    (at(sorted.len() / 2), at(0), at(sorted.len().saturating_sub(1)))
}

fn met(is_met: bool) -> &'static str {
    if is_met { "met" } else { "missed" }
}

/// Requests a second at which the open-loop tools are compared.
const OPEN_LOOP_PER_S: f64 = 30_000.0;

/// The generator and `oha` by turns at the same rate: CPU a request of each, and the generator's ratio, as median and range over the rounds.
fn open_loop(address: &str, seconds: f64, rounds: usize) -> Outcome<()> {
    if Command::new("oha").arg("--version").output().is_err() {
        println!("without oha: it is not installed (cargo install oha)");
        return Ok(());
    }
    let (mut ours_us, mut theirs_us, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let (result, cpu_s) = generator(address, seconds, OPEN_LOOP_PER_S, 1024)?;
        let ours = cpu_s * 1e6 / result.counts.ok.max(1) as f64;
        let (requests, cpu_s) = oha(address, seconds)?;
        let theirs = cpu_s * 1e6 / requests;
        ours_us.push(ours);
        theirs_us.push(theirs);
        ratios.push(ours / theirs);
    }
    let (ratio, least, most) = spread(&ratios);
    println!(
        "open loop at {OPEN_LOOP_PER_S:.0}/s: generator {:.2} us, oha {:.2} us of CPU a request = {ratio:.2} x oha (from {least:.2} to {most:.2}, \
         {rounds} rounds), at most 1: {}",
        spread(&ours_us).0,
        spread(&theirs_us).0,
        met(ratio <= 1.0),
    );
    Ok(())
}

/// Requests done and CPU seconds used, latency counted from the scheduled time as ours is.
fn oha(address: &str, seconds: f64) -> Outcome<(f64, f64)> {
    let before_s = children_cpu_s()?;
    let output = Command::new("oha")
        .args(["-z", &format!("{seconds}s"), "-q", &OPEN_LOOP_PER_S.to_string(), "-c", "64", "--latency-correction"])
        .args(["--no-tui", "--output-format", "json"])
        .args(["-H", "Authorization: Bearer 0123456789abcdef", "-H", "x-loadline-due: 1234567890123456"])
        .args(["-H", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"])
        .arg(format!("http://{address}/feed/123"))
        .output()?;
    let cpu_s = children_cpu_s()? - before_s;
    let text: serde_json::Value = serde_json::from_slice(&output.stdout)?;
    let answered = text["statusCodeDistribution"]["200"].as_f64().ok_or_else(|| format!("oha said: {text}"))?;
    Ok((answered, cpu_s))
}

/// Requests done and CPU seconds used.
fn wrk(address: &str, seconds: f64, connections: u32) -> Outcome<(f64, f64)> {
    let before_s = children_cpu_s()?;
    let output = Command::new("wrk")
        .args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s")])
        .args(["-H", "Authorization: Bearer 0123456789abcdef", "-H", "x-loadline-due: 1234567890123456"])
        .args(["-H", "traceparent: 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"])
        .arg(format!("http://{address}/feed/123"))
        .output()?;
    let text = String::from_utf8(output.stdout)?;
    let line = text.lines().find(|line| line.contains(" requests in ")).ok_or_else(|| format!("wrk said: {text}"))?;
    let requests = line.trim().split(' ').next().ok_or("no count")?.parse()?;
    Ok((requests, children_cpu_s()? - before_s))
}

fn generator(address: &str, seconds: f64, rate_per_s: f64, connections: u32) -> Outcome<(loadline_model::load::LoadResult, f64)> {
    let before_s = children_cpu_s()?;
    let operation =
        LoadOperation { name: "read".into(), weight: 1.0, method: "GET".into(), path: "/feed/{user}".into(), body: None, deadline_ms: 1e3 };
    let spec = LoadSpec {
        seed: 1,
        addresses: vec![address.to_owned()],
        token: Some("0123456789abcdef".into()),
        operations: vec![operation],
        variables: LoadVariables { users: 1000, popularity_exponent: 1.0, tweets: 1 },
        process: Process::Poisson,
        phases: phases(Shape::Baseline, rate_per_s, seconds),
        duration_s: seconds,
        warmup_s: 0.0,
        max_connections: connections,
        timeout_ms: 10_000.0,
        tick_ms: 250,
        dilation: 1.0,
        record_samples: false,
    };
    let mut child = own("generate")?;
    let mut stdin = child.stdin.take().ok_or("no input")?;
    for message in [ToGenerator::Start(Box::new(spec)), ToGenerator::Go { at_ns: None }] {
        writeln!(stdin, "{}", serde_json::to_string(&message)?)?;
    }
    let mut done = None;
    for line in BufReader::new(child.stdout.take().ok_or("no output")?).lines() {
        match serde_json::from_str(&line?)? {
            FromGenerator::Tick(_) => {}
            FromGenerator::Done(result) => done = Some(*result),
            FromGenerator::Failed { message } => return Err(message.into()),
        }
    }
    child.wait()?;
    Ok((done.ok_or("no result")?, children_cpu_s()? - before_s))
}

/// CPU seconds, user and system, of the children that have ended and been waited for (to 10 ms; the server is still running).
fn children_cpu_s() -> Outcome<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = stat.rsplit_once(") ").ok_or("no name in /proc/self/stat")?;
    let field = |n: usize| {
        fields.split(' ').nth(n - 3).ok_or("too few fields in /proc/self/stat")?.parse::<f64>().map_err(Box::<dyn std::error::Error>::from)
    };
    Ok((field(16)? + field(17)?) / 100.0)
}
