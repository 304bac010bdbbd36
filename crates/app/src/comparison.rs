//! Two runs of one exercise, figure by figure. Pure: two reports in, a comparison out. What the two were given comes first; no winner is named,
//! because two runs are one pair, and a pair has no interval.

use std::collections::BTreeSet;

use loadline_model::report::{Latency, Report, Tag, Verdict};
use loadline_model::sketch::Sketch;

use crate::contract::{CompareGroup, CompareRow, CompareSays, ComparedRun, Comparison, InputDifference, RpcError};
use crate::difference::difference;

mod groups;

/// Latencies and other times come from histograms with three significant digits: values nearer than this share are not told apart.
pub const PRECISION: f64 = 0.001;

/// Times under load that differ by less than this share were asked for as the same.
const SAME_TIME: f64 = 0.03;

/// One side.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// Id of the run; empty for a report from a file.
    pub id: &'a str,
    /// `Run 14`, or the name of the file.
    pub title: &'a str,
    /// What came out.
    pub report: &'a Report,
    /// The drawing that ran, if it is known.
    pub sketch: Option<&'a Sketch>,
}

/// Compares two runs; an error when they are not of the same exercise.
pub fn compare(a: Side<'_>, b: Side<'_>) -> Result<Comparison, RpcError> {
    if a.report.exercise != b.report.exercise {
        return Err(RpcError::new(
            "not_comparable",
            format!("{} is of the exercise {}, {} of {}", a.title, a.report.exercise, b.title, b.report.exercise),
            "Choose two runs of the same exercise.",
        ));
    }
    let inputs = inputs(a.report, b.report);
    let changes = a.sketch.zip(b.sketch).map(|(a, b)| difference(a, b));
    let unsound: Vec<(&str, &str)> = [a, b].into_iter().filter_map(|side| Some((side.title, unsound(side.report)?))).collect();
    let like_for_like = inputs.is_empty() && unsound.is_empty();
    let cautions = cautions(a.report, &inputs, &unsound, like_for_like);
    let exercise = a.report.exercise.clone();
    Ok(Comparison {
        exercise,
        a: side(a),
        b: side(b),
        like_for_like,
        inputs,
        changes,
        cautions,
        groups: groups::groups(a.report, b.report),
    })
}

fn side(side: Side<'_>) -> ComparedRun {
    let report = side.report;
    let count = |met: Option<bool>| report.targets.iter().filter(|target| target.met == met).count() as u32;
    ComparedRun {
        id: side.id.to_owned(),
        title: side.title.to_owned(),
        name: report.learner.as_ref().map(|learner| learner.name.clone()).unwrap_or_default(),
        design: report.design.clone(),
        scenario: report.scenario.clone(),
        seed: report.seed,
        verdict: report.verdict,
        targets: (count(Some(true)), count(Some(false)), report.targets.len() as u32),
        sketch: side.sketch.cloned(),
    }
}

/// Why a run's figures are not those of its design over the whole time.
fn unsound(report: &Report) -> Option<&'static str> {
    match report.verdict {
        Verdict::HostLimited => Some("was limited by the laptop: its figures say nothing of the design"),
        Verdict::Inconclusive => Some("was inconclusive"),
        _ if report.interrupted => Some("was stopped before its time"),
        _ if !report.load.adds_up() => Some("has counts that do not add up"),
        Verdict::Pass | Verdict::Fail => None,
    }
}

/// What the two were given: situation, load, scale. The drawing is told apart from this.
fn inputs(a: &Report, b: &Report) -> Vec<InputDifference> {
    let mut inputs = Vec::new();
    let mut add = |what: &str, a: String, b: String| {
        if a != b {
            inputs.push(InputDifference { what: what.to_owned(), a, b });
        }
    };
    add("Scenario", a.scenario.clone(), b.scenario.clone());
    add("Shape of the load", a.shape.clone(), b.shape.clone());
    add("Seed", a.seed.to_string(), b.seed.to_string());
    for operation in rates(a).into_iter().chain(rates(b)).map(|(name, _)| name).collect::<BTreeSet<_>>() {
        let rate = |report: &Report| {
            let found = rates(report).into_iter().find(|(name, _)| *name == operation);
            found.map_or_else(|| "none".to_owned(), |(_, rate)| format!("{rate}/s"))
        };
        let label = a.operations.get(operation).or(b.operations.get(operation)).map_or(operation, |found| &found.label);
        add(&format!("{label}, asked for"), rate(a), rate(b));
    }
    // A run ends some moments after its time: what is nearer than that is the same.
    if (a.scale.wall_s - b.scale.wall_s).abs() > SAME_TIME * a.scale.wall_s.max(b.scale.wall_s) {
        add("Time under load", format!("{:.1} s", a.scale.wall_s), format!("{:.1} s", b.scale.wall_s));
    }
    let instances = |slice: f64| if slice == 1.0 { "all".to_owned() } else { format!("1/{slice}") };
    add("Traffic and instances", instances(a.scale.slice), instances(b.scale.slice));
    add("Times slower than life", a.scale.dilation.to_string(), b.scale.dilation.to_string());
    let targets = |report: &Report| {
        let told: Vec<String> = report.targets.iter().map(|t| format!("{} at most {} {}", t.label, t.at_most, t.unit)).collect();
        if told.is_empty() { "none".to_owned() } else { told.join(", ") }
    };
    add("Targets", targets(a), targets(b));
    inputs
}

/// Rates that the scenario asked for, by operation.
fn rates(report: &Report) -> Vec<(&str, f64)> {
    let rate = |figure: &'_ loadline_model::report::Figure| figure.value.filter(|_| figure.tag == Tag::Assumed);
    report.figures.iter().filter_map(|figure| Some((figure.name.strip_suffix(".rate_per_s")?, rate(figure)?))).collect()
}

fn cautions(a: &Report, inputs: &[InputDifference], unsound: &[(&str, &str)], like_for_like: bool) -> Vec<String> {
    let mut cautions: Vec<String> = unsound.iter().map(|(title, why)| format!("{title} {why}.")).collect();
    if !inputs.is_empty() {
        let what: Vec<String> = inputs.iter().map(|input| input.what.to_lowercase()).collect();
        cautions.push(format!(
            "Not like for like: {} not the same, so a difference may come from there and not from the design.",
            listed(&what)
        ));
    } else if like_for_like {
        cautions
            .push(format!("Like for like: the same situation, and the same arrivals (seed {}), so the load is not what differs.", a.seed));
    }
    cautions.push(
        "One run each: a single pair has no interval, so a difference may be chance, and no winner is named. Run each again with other seeds \
         before you call one better."
            .to_owned(),
    );
    cautions
}

/// `a is`, `a and b are`, `a, b and c are`.
fn listed(what: &[String]) -> String {
    match what {
        [] => String::new(),
        [one] => format!("{one} is"),
        [first @ .., last] => format!("{} and {last} are", first.join(", ")),
    }
}

fn row(name: String, label: &str, unit: &str, tag: Tag, values: (Option<f64>, Option<f64>), precision: f64) -> CompareRow {
    let (a, b) = (values.0.filter(|v| v.is_finite()), values.1.filter(|v| v.is_finite()));
    let difference = a.zip(b).map(|(a, b)| b - a);
    let ratio = a.zip(b).and_then(|(a, b)| (a != 0.0).then(|| b / a)).filter(|ratio| ratio.is_finite());
    let says = match a.zip(b) {
        None => CompareSays::Unknown,
        Some((a, b)) if (b - a).abs() <= precision * a.abs().max(b.abs()) => CompareSays::Same,
        Some(_) => CompareSays::Differs,
    };
    CompareRow { name, label: label.to_owned(), unit: unit.to_owned(), tag, a, b, difference, ratio, says }
}

fn group(title: &str, remark: &str, rows: Vec<CompareRow>) -> CompareGroup {
    CompareGroup { title: title.to_owned(), remark: remark.to_owned(), rows }
}

/// The parts of a latency that are shown, with their names.
fn parts(latency: Option<Latency>) -> [(&'static str, Option<f64>); 5] {
    let of = |part: fn(Latency) -> f64| latency.map(part);
    [("mean", of(|l| l.mean)), ("p50", of(|l| l.p50)), ("p95", of(|l| l.p95)), ("p99", of(|l| l.p99)), ("max", of(|l| l.max))]
}

#[cfg(test)]
mod tests;
