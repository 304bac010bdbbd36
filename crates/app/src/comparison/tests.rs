//! Two reports with known figures, and what must be said of them.

use std::collections::BTreeMap;

use loadline_model::report::{
    ComponentReport, FORMAT, Failure, Figure, Latency, LoadReport, OperationReport, Report, ScaleReport, Series, Tag, TargetResult, Verdict,
};
use loadline_model::sketch::Sketch;

use super::{Side, compare};
use crate::contract::{CompareSays, Comparison};

fn report() -> Report {
    let latency = Latency { mean: 10.0, p50: 8.0, p95: 20.0, p99: 40.0, max: 90.0 };
    Report {
        format: FORMAT,
        exercise: "twitter".into(),
        design: "good".into(),
        scenario: "peak".into(),
        shape: "baseline".into(),
        seed: 7,
        verdict: Verdict::Pass,
        reasons: Vec::new(),
        interrupted: false,
        load: LoadReport { scheduled: 100, sent: 100, ok: 100, ..LoadReport::default() },
        operations: BTreeMap::from([(
            "read".into(),
            OperationReport { label: "Timeline read".into(), count: 90, latency_ms: Some(latency), curve: Vec::new() },
        )]),
        components: BTreeMap::from([(
            "feed".into(),
            ComponentReport { name: "Feed service".into(), instances: 7, utilisation: 0.5, ..ComponentReport::default() },
        )]),
        figures: vec![
            Figure { name: "read.rate_per_s".into(), value: Some(500.0), unit: "/s".into(), tag: Tag::Assumed, source: "x".into() },
            Figure { name: "writes_per_tweet".into(), value: Some(187.0), unit: "".into(), tag: Tag::Measured, source: "x".into() },
        ],
        predictions: Vec::new(),
        because: String::new(),
        targets: vec![TargetResult {
            figure: "read.p99_ms".into(),
            label: "Timeline p99".into(),
            at_most: 200.0,
            unit: "ms".into(),
            measured: Some(40.0),
            met: Some(true),
        }],
        saturated: Vec::new(),
        steps: Vec::new(),
        series: Series::default(),
        events: Vec::new(),
        scale: ScaleReport { slice: 1.0, dilation: 12.0, wall_s: 20.004, ..ScaleReport::default() },
        learner: None,
        sketch: None,
    }
}

fn compared(a: &Report, b: &Report) -> Comparison {
    let side = |title, report| Side { id: "", title, report, sketch: None };
    compare(side("A", a), side("B", b)).unwrap()
}

/// `(a, b, difference, ratio, says)` of a figure.
type Told = (Option<f64>, Option<f64>, Option<f64>, Option<f64>, CompareSays);

#[track_caller]
fn check(comparison: &Comparison, name: &str, expected: Told) {
    let row = comparison.groups.iter().flat_map(|group| &group.rows).find(|row| row.name == name);
    let row = row.unwrap_or_else(|| panic!("no {name}"));
    assert_eq!((row.a, row.b, row.difference, row.ratio, row.says), expected, "{name}");
}

#[test]
fn a_run_beside_itself_is_like_for_like_and_the_same() {
    let comparison = compared(&report(), &report());
    assert!(comparison.like_for_like && comparison.inputs.is_empty());
    assert!(comparison.groups.iter().flat_map(|group| &group.rows).all(|row| row.says != CompareSays::Differs));
    assert_eq!(comparison.cautions.len(), 2);
    assert!(comparison.cautions[0].starts_with("Like for like"), "{:?}", comparison.cautions);
    assert!(comparison.cautions[1].contains("no winner is named"));
    assert_eq!(comparison.changes, None, "without drawings nothing is said of them");
}

#[test]
fn differences_and_ratios_are_those_of_the_figures() {
    let mut other = report();
    other.operations.get_mut("read").unwrap().latency_ms = Some(Latency { mean: 15.0, p50: 8.006, p95: 20.0, p99: 80.0, max: 90.0 });
    other.components.get_mut("feed").unwrap().utilisation = 0.75;
    other.targets[0].measured = None;
    other.load = LoadReport {
        scheduled: 100,
        sent: 100,
        ok: 90,
        failed: 10,
        failures: vec![Failure { component: "feed".into(), reason: "queue_full".into(), count: 10 }],
        ..LoadReport::default()
    };
    let comparison = compared(&report(), &other);
    use CompareSays::{Differs, Same, Unknown};
    check(&comparison, "read.mean_ms", (Some(10.0), Some(15.0), Some(5.0), Some(1.5), Differs));
    check(&comparison, "read.p95_ms", (Some(20.0), Some(20.0), Some(0.0), Some(1.0), Same));
    check(&comparison, "feed.utilisation", (Some(50.0), Some(75.0), Some(25.0), Some(1.5), Differs));
    check(&comparison, "read.p99_ms", (Some(40.0), None, None, None, Unknown));
    check(&comparison, "load.failed", (Some(0.0), Some(10.0), Some(10.0), None, Differs));
    check(&comparison, "load.failed.feed.queue_full", (Some(0.0), Some(10.0), Some(10.0), None, Differs));
    check(&comparison, "writes_per_tweet", (Some(187.0), Some(187.0), Some(0.0), Some(1.0), Same));
    // 8.006 and 8 are nearer than a histogram of three digits can tell.
    let p50 = comparison.groups.iter().flat_map(|g| &g.rows).find(|row| row.name == "read.p50_ms").unwrap();
    assert_eq!(p50.says, Same);
    assert!((p50.difference.unwrap() - 0.006).abs() < 1e-9);
}

#[test]
fn what_was_given_is_said_first_and_is_not_like_for_like() {
    let mut other = report();
    other.seed = 8;
    other.figures[0].value = Some(750.0);
    other.scale.wall_s = 10.0;
    let comparison = compared(&report(), &other);
    let told: Vec<(&str, &str, &str)> = comparison.inputs.iter().map(|i| (i.what.as_str(), i.a.as_str(), i.b.as_str())).collect();
    assert_eq!(told, [("Seed", "7", "8"), ("Timeline read, asked for", "500/s", "750/s"), ("Time under load", "20.0 s", "10.0 s")]);
    assert!(!comparison.like_for_like);
    assert!(comparison.cautions[0].starts_with("Not like for like: seed, timeline read, asked for and time under load are not the same"));
    // A wall clock that differs by milliseconds is no input.
    let mut later = report();
    later.scale.wall_s = 20.031;
    assert!(compared(&report(), &later).like_for_like);
}

#[test]
fn a_run_that_the_laptop_limited_is_no_comparison_of_designs() {
    let limited = Report { verdict: Verdict::HostLimited, ..report() };
    let comparison = compared(&report(), &limited);
    assert!(!comparison.like_for_like);
    assert_eq!(comparison.cautions[0], "B was limited by the laptop: its figures say nothing of the design.");
    assert_eq!(comparison.cautions.len(), 2);
    let stopped = compared(&Report { interrupted: true, ..report() }, &report());
    assert_eq!(stopped.cautions[0], "A was stopped before its time.");
}

#[test]
fn drawings_are_compared_where_both_are_known() {
    let (one, mut two) = (Sketch::empty("A"), Sketch::empty("B"));
    two.components.push(serde_json::from_str(r#"{"id":"kv","role":"kv","name":"KV cache","instances":3,"at":[0,0]}"#).unwrap());
    let (a, b) = (report(), report());
    let side = |title, report, sketch| Side { id: "", title, report, sketch };
    let comparison = compare(side("A", &a, Some(&one)), side("B", &b, Some(&two))).unwrap();
    assert_eq!(comparison.changes.unwrap()[0].text, "Added KV cache, 3 instances");
    assert!(comparison.like_for_like, "the drawing is what is compared");
    assert_eq!(compare(side("A", &a, Some(&one)), side("B", &b, None)).unwrap().changes, None);
}

#[test]
fn two_exercises_are_not_compared() {
    let (a, b) = (report(), Report { exercise: "knee".into(), ..report() });
    let side = |title, report| Side { id: "", title, report, sketch: None };
    let error = compare(side("A", &a), side("B", &b)).unwrap_err();
    assert_eq!(error.code, "not_comparable");
    assert_eq!(error.message, "A is of the exercise twitter, B of knee");
}
