//! `loadline load`: an open loop against any HTTP address of this machine.

use std::sync::atomic::{AtomicBool, Ordering};

use loadline_load::LoadError;
use loadline_model::arrivals::{self, Process, Shape};
use loadline_model::load::{LoadOperation, LoadResult, LoadSpec, LoadVariables};
use serde_json::json;

use crate::Outcome;
use crate::args::LoadArgs;
use crate::output::{Failure, Target, print, progress};
use crate::run::{async_runtime, interrupt};

/// An answer later than this is no answer.
const TIMEOUT_MS: f64 = 10_000.0;

pub(crate) fn load(args: LoadArgs) -> Outcome {
    let json = Target::new(args.json.as_deref())?;
    let (address, path) = split(&args.url)?;
    if !(args.rate.is_finite() && args.rate > 0.0 && args.rate <= 1e6) {
        return Err(Failure::unusable(
            format!("a rate of {} a second cannot be sent", args.rate),
            "Choose a rate above 0 and up to 1000000.",
        ));
    }
    let spec = LoadSpec {
        seed: args.seed,
        addresses: vec![address],
        token: None,
        operations: vec![LoadOperation {
            name: "request".into(),
            weight: 1.0,
            method: "GET".into(),
            path,
            body: None,
            deadline_ms: TIMEOUT_MS,
        }],
        variables: LoadVariables { users: 1, popularity_exponent: 1.0, tweets: 1 },
        process: if args.constant { Process::Constant } else { Process::Poisson },
        phases: arrivals::phases(Shape::Baseline, args.rate, args.duration),
        duration_s: args.duration,
        warmup_s: 0.0,
        max_connections: args.connections,
        timeout_ms: TIMEOUT_MS,
        tick_ms: 1000,
        dilation: 1.0,
        record_samples: false,
    };
    static STOP: AtomicBool = AtomicBool::new(false);
    let runtime = async_runtime()?;
    runtime.spawn(async {
        let mut stop = interrupt();
        if stop.wait_for(|stop| *stop).await.is_ok() {
            STOP.store(true, Ordering::Relaxed);
        }
    });
    let mut on_tick = |tick: loadline_model::load::LoadTick| {
        let c = tick.counts;
        progress(&format!("{:.0} s  sent {}  ok {}  failed {}  dropped {}", tick.t_s, c.sent, c.ok + c.late, c.failed, c.dropped));
    };
    let result = loadline_load::run(spec, &mut on_tick, &STOP).map_err(|error| Failure::unusable(error.to_string(), remedy(&error)))?;
    if !json.is_stdout() {
        print(&text_of(&result))?;
    }
    json.write(&json_of(&result))
}

fn remedy(error: &LoadError) -> &'static str {
    match error {
        LoadError::NotLoopback { .. } => "Only this machine can be loaded: write http://127.0.0.1:PORT/path.",
        LoadError::Spec { .. } | LoadError::Requests(_) => "Change that, and run it again.",
        LoadError::System { .. } => "Close other programs, or ask for fewer connections.",
    }
}

/// `host:port` and path of an http URL.
fn split(url: &str) -> Result<(String, String), Failure> {
    let bad = |why: &str| Failure::unusable(format!("{url}: {why}"), "Write http://127.0.0.1:PORT/path.");
    let rest = url.strip_prefix("http://").ok_or_else(|| bad("not an http address"))?;
    // What follows # is for the reader of a page, not for its server.
    let rest = rest.split_once('#').map_or(rest, |(rest, _)| rest);
    let (host, path) = rest.find(['/', '?']).map_or((rest, "/"), |at| rest.split_at(at));
    let path = if path.starts_with('?') { format!("/{path}") } else { path.to_owned() };
    if host.is_empty() {
        return Err(bad("it names no host"));
    }
    if !path.bytes().all(|b| b.is_ascii_graphic()) || path.contains(['{', '}']) {
        return Err(bad("its path has a character that must be written as %XX"));
    }
    let host = if host.contains(':') && !host.ends_with(']') { host.to_owned() } else { format!("{host}:80") };
    Ok((host, path))
}

fn latency_ms(result: &LoadResult) -> Option<[f64; 5]> {
    let histogram = &result.operations.get("request")?.histogram;
    let ms = |q: f64| histogram.quantile(q).map(|us| us / 1000.0);
    Some([histogram.mean()? / 1000.0, ms(0.5)?, ms(0.95)?, ms(0.99)?, histogram.pairs.last()?.0 / 1000.0])
}

fn json_of(result: &LoadResult) -> serde_json::Value {
    let c = result.counts;
    let failures: Vec<_> =
        result.failures.iter().map(|f| json!({"component": f.component, "reason": f.reason, "count": f.count})).collect();
    let latency =
        latency_ms(result).map(|[mean, p50, p95, p99, max]| json!({"mean": mean, "p50": p50, "p95": p95, "p99": p99, "max": max}));
    json!({
        "format": 1,
        "load": {"scheduled": c.scheduled, "sent": c.sent, "dropped": c.dropped, "ok": c.ok, "late": c.late, "failed": c.failed, "failures": failures},
        "operations": {"request": {"count": c.ok + c.late, "latency_ms": latency}},
        "generator": {"cpu_s": result.cpu_s, "late_ms_p50": result.lateness.us_p50 / 1000.0, "late_ms_p99": result.lateness.us_p99 / 1000.0, "connections": result.connections_opened},
        "wall_s": result.elapsed_s,
        "interrupted": result.stopped,
    })
}

fn text_of(result: &LoadResult) -> String {
    let c = result.counts;
    let mut text = format!(
        "Scheduled = sent + dropped: {} = {} + {}\nSent = ok + late + failed: {} = {} + {} + {}\n",
        c.scheduled, c.sent, c.dropped, c.sent, c.ok, c.late, c.failed
    );
    for f in &result.failures {
        text.push_str(&format!("  failed at {}: {} ({})\n", f.component, f.count, f.reason));
    }
    match latency_ms(result) {
        Some([mean, p50, p95, p99, max]) => text.push_str(&format!(
            "Latency from the scheduled time: mean {mean:.3} ms, p50 {p50:.3}, p95 {p95:.3}, p99 {p99:.3}, max {max:.3} ms\n"
        )),
        None => text.push_str("Latency: unknown, nothing was answered\n"),
    }
    text.push_str(&format!(
        "Generator: late {:.3} ms (p50), {:.3} ms (p99); {} connections\n",
        result.lateness.us_p50 / 1000.0,
        result.lateness.us_p99 / 1000.0,
        result.connections_opened
    ));
    text
}
