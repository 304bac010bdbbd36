//! One number of a report by name: its figures, and what stands in its table of components. Packs point at runs with these names, so the list
//! is one with what a report can have. Nothing is computed here that a report does not say.

use crate::report::Report;
use crate::scenario::Scenario;
use crate::sketch::Sketch;

/// Latencies of an operation, ms of life: `timeline_read.p99_ms`.
pub const OF_OPERATION: [&str; 5] = ["mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"];
/// Figures of a component: `feed.utilisation`.
pub const OF_COMPONENT: [&str; 3] = ["utilisation", "hit_ratio", "replication_lag_p99_ms"];
/// Figures of the whole run.
pub const OF_RUN: [&str; 5] =
    ["failed_share", "fanout_writes_per_tweet", "tweet_to_timeline_p50_ms", "tweet_to_timeline_p95_ms", "tweet_to_timeline_p99_ms"];
/// What else a component's line says: `kv.served_per_s`; `busiest` and `idlest` are the utilisation of one instance, %.
pub const OF_LINE: [&str; 9] =
    ["served_per_s", "asked_per_s", "refused", "queue_p99", "wait_ms_p50", "wait_ms_p99", "rss_mb", "busiest", "idlest"];

/// True when a report of `scenario` on a design with these components can have the figure `name`: what a target or a prediction may name.
pub fn is_figure<'a>(name: &str, scenario: &Scenario, mut designs: impl Iterator<Item = &'a Sketch>) -> bool {
    match name.split_once('.') {
        None => OF_RUN.contains(&name),
        Some((owner, what)) if scenario.operation(owner).is_some() && OF_OPERATION.contains(&what) => true,
        Some((owner, what)) => OF_COMPONENT.contains(&what) && designs.any(|sketch| stands(owner, scenario, sketch)),
    }
}

/// True where a component has this id, or stands in for it by its role.
fn stands(id: &str, scenario: &Scenario, sketch: &Sketch) -> bool {
    let role = scenario.role_of(id);
    sketch.component(id).is_some() || sketch.components.iter().any(|component| Some(component.role.as_str()) == role)
}

/// True when [`reading`] can find `name` in a report of `scenario` on `sketch`.
pub fn is_reading(name: &str, scenario: &Scenario, sketch: &Sketch) -> bool {
    let of_line = |what: &str| OF_LINE.contains(&what) || what.strip_prefix("counters.").is_some_and(|counter| !counter.is_empty());
    let line = name.split_once('.').is_some_and(|(owner, what)| sketch.component(owner).is_some() && of_line(what));
    line || is_figure(name, scenario, std::iter::once(sketch))
}

/// The unit of a reading, empty when it is a plain number.
pub fn unit(name: &str) -> &'static str {
    let what = name.split_once('.').map_or(name, |(_, what)| what);
    match what {
        "utilisation" | "hit_ratio" | "busiest" | "idlest" | "failed_share" => "%",
        "served_per_s" | "asked_per_s" => "/s",
        "rss_mb" => "MB",
        "fanout_writes_per_tweet" => "per tweet",
        ms if ms.ends_with("_ms") || ms.contains("_ms_") => "ms",
        _ => "",
    }
}

/// The number called `name`; `None` when the report does not have it, or has it as unknown.
pub fn reading(report: &Report, name: &str) -> Option<f64> {
    if let Some(figure) = report.figures.iter().find(|figure| figure.name == name) {
        return figure.value;
    }
    let (owner, what) = name.split_once('.')?;
    let line = report.components.get(owner)?;
    let each = || line.each.iter().map(|instance| instance.utilisation * 100.0);
    match what {
        "served_per_s" => Some(line.served_per_s),
        "asked_per_s" => Some(line.asked_per_s),
        "refused" => Some(line.refused as f64),
        "queue_p99" => Some(line.queue_p99),
        "wait_ms_p50" => line.wait_ms_p50,
        "wait_ms_p99" => line.wait_ms_p99,
        "rss_mb" => Some(line.rss_mb),
        "busiest" => each().reduce(f64::max),
        "idlest" => each().reduce(f64::min),
        // A counter that nothing has counted yet is not in the report: it is 0.
        counter => counter.strip_prefix("counters.").map(|name| line.counters.get(name).copied().unwrap_or(0) as f64),
    }
}
