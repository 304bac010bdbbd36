//! A report of made-up counts, whose figures can be worked out by hand: what is measured in wall time must come out in life time, by the
//! component that it belongs to, and the verdict must follow.

use std::collections::BTreeMap;

use loadline_model::arrivals::Process;
use loadline_model::load::{LoadCounts, LoadFailure, LoadResult, LoadStep, LoadTick, OperationResult, OperationTick};
use loadline_model::plan::Host;
use loadline_model::report::{Report, Verdict};
use loadline_model::scenario::Target;
use loadline_model::sketch::Sketch;
use loadline_model::wire::{Histogram, Sample};

use super::*;
use crate::contract::{Predictions, RunWish};
use crate::library::Library;
use crate::run::prepare::prepare;

/// Ten times slower than life: every wall time is ten times the one in the report.
const DILATION: f64 = 10.0;
/// Wall seconds of the run; the first two are the warm-up.
const WALL_S: f64 = 10.0;

/// What one run is made of: a client and one plain service of two instances with one worker each, or a cache behind it.
struct Made {
    spec: RunSpec,
    prepared: Prepared,
    result: LoadResult,
    history: History,
    finals: BTreeMap<String, Sample>,
    undone: Vec<String>,
}

impl Made {
    fn new() -> Self {
        let json = r#"{"format":1,"title":"t","components":[
            {"id":"client","role":"client","name":"Client","at":[0,0]},
            {"id":"service","role":"work","name":"Service","instances":2,"at":[0,0]}],
            "links":[{"from":"client","to":"service","port":"entry"}]}"#;
        let mut scenario = Library::open().exercise("knee").unwrap().scenarios["reference"].clone();
        scenario.run.warmup_s = 2.0;
        let wish = RunWish {
            scenario: "reference".into(),
            shape: None,
            rate_per_s: None,
            duration_s: Some(WALL_S),
            seed: None,
            prefer: Default::default(),
        };
        let spec = RunSpec::new("knee", "mine", Sketch::from_json(json).unwrap(), scenario, &wish, Predictions::default()).unwrap();
        let mut prepared = prepare(&spec, Host { cores: 2.0 }).unwrap();
        prepared.plan.scale.dilation = DILATION;
        prepared.plan.scale.slice = 1.0;
        let counts = LoadCounts { scheduled: 1000, sent: 1000, ok: 1000, ..LoadCounts::default() };
        // Of 1,000 answers 900 took 20 ms of wall time, 99 took 100 and one took 1,000.
        let histogram = Histogram { pairs: vec![(20_000.0, 900), (100_000.0, 99), (1_000_000.0, 1)] };
        let operations = BTreeMap::from([("work".to_owned(), OperationResult { count: 1000, histogram, counts })]);
        let result = LoadResult { counts, operations, elapsed_s: WALL_S, ..LoadResult::default() };
        Self { spec, prepared, result, history: History::default(), finals: BTreeMap::new(), undone: Vec::new() }
    }

    /// One tick of the generator at `t_s`, with what each of the two instances had counted by then.
    fn tick(&mut self, t_s: f64, answered: u64, samples: [Sample; 2]) {
        for (instance, sample) in (1..).zip(samples) {
            self.history.heard(format!("service-{instance}"), Sample { elapsed_ns: (t_s * 1e9) as u64, ..sample });
        }
        let counts = LoadCounts { scheduled: answered, sent: answered, ok: answered, ..LoadCounts::default() };
        let since = OperationTick { count: answered, latency_ms_p50: Some(20.0), ..OperationTick::default() };
        let operations = BTreeMap::from([("work".to_owned(), since)]);
        self.history.tick(LoadTick { t_s, counts, operations, ..LoadTick::default() });
    }

    fn report(self) -> Report {
        build(&Facts {
            spec: &self.spec,
            prepared: &self.prepared,
            result: self.result,
            history: self.history,
            finals: self.finals,
            notes: Vec::new(),
            undone: self.undone,
            healthy_s: 0.0,
            seeding_s: 0.0,
            host_cpu: 0.0,
        })
    }
}

fn counts(name: &str, n: u64) -> BTreeMap<String, u64> {
    BTreeMap::from([(name.to_owned(), n)])
}

#[track_caller]
fn near(found: Option<f64>, expected: f64) {
    assert!(found.is_some_and(|found| (found - expected).abs() < 1e-9 * expected.abs().max(1.0)), "{found:?} is not {expected}");
}

#[test]
fn latencies_are_in_life_time() {
    let report = Made::new().report();
    let work = &report.operations["work"];
    let latency = work.latency_ms.unwrap();
    assert_eq!(work.count, 1000);
    near(Some(latency.p50), 2.0);
    near(Some(latency.p95), 10.0);
    near(Some(latency.p99), 10.0);
    near(Some(latency.max), 100.0);
    near(Some(latency.mean), (900.0 * 2.0 + 99.0 * 10.0 + 100.0) / 1000.0);
    assert_eq!(work.curve.iter().find(|(percentile, _)| *percentile == 50.0), Some(&(50.0, 2.0)));
    let highest = work.curve.last().unwrap().0;
    assert_eq!(highest, 99.9, "of 1,000 answers one is beyond this, and none beyond the next");
    let named = |name: &str| report.figures.iter().find(|figure| figure.name == name).and_then(|figure| figure.value);
    near(named("work.p99_ms"), 10.0);
    near(named("work.mean_ms"), latency.mean);
}

#[test]
fn steps_and_series_are_in_life_time() {
    let mut made = Made::new();
    let (mean, p99) = (Some(30_000.0), Some(250_000.0));
    let step =
        LoadStep { from_s: 2.0, to_s: 6.0, rate_per_s: 3.0, count: 12, latency_us_mean: mean, latency_us_p99: p99, ..LoadStep::default() };
    made.result.steps = vec![step];
    for (t_s, answered, busy_s) in [(2.0, 0, 0.0), (4.0, 60, 1.0), (6.0, 120, 3.0)] {
        let sample = Sample { busy_ns: (busy_s * 1e9) as u64, ..Sample::default() };
        made.tick(t_s, answered, [sample, Sample::default()]);
    }
    let report = made.report();
    let step = &report.steps[0];
    near(Some(step.rate_per_s), 30.0);
    near(step.mean_ms, 3.0);
    near(step.p99_ms, 25.0);
    // One of the two was busy for 3 of 4 wall seconds.
    near(step.utilisation, 0.375);
    assert_eq!(report.series.t_s, [2.0, 4.0, 6.0]);
    // 60 answers in 2 wall seconds are 300 a second of life.
    assert_eq!(report.series.ok_per_s[1..], [300.0, 300.0]);
    assert_eq!(report.series.latency_ms["work"][0], [Some(2.0); 3]);
    assert_eq!(report.series.utilisation["service"], [0.0, 0.25, 0.5]);
}

#[test]
fn a_component_is_the_sum_of_its_instances_over_the_measured_part() {
    let mut made = Made::new();
    for t_s in [0.0, 2.0, 4.0, 6.0, 8.0, 10.0_f64] {
        // The first is busy half of the time and refuses from the 6th second on; the second does nothing for the first 2 s.
        let first = Sample {
            admitted: counts("work", (10.0 * t_s) as u64),
            busy_ns: (0.5 * t_s * 1e9) as u64,
            refused: (5.0 * (t_s - 6.0).max(0.0)) as u64,
            queue: t_s as u32,
            ..Sample::default()
        };
        let after = (t_s - 2.0).max(0.0);
        let second = Sample { admitted: counts("work", (20.0 * after) as u64), busy_ns: (after * 1e9) as u64, ..Sample::default() };
        made.tick(t_s, 0, [first, second]);
    }
    let last = |cpu_s: f64, rss_mb: f64, hits: u64, misses: u64, wait_us: f64| Sample {
        cpu_ns: (cpu_s * 1e9) as u64,
        rss_bytes: (rss_mb * 1e6) as u64,
        refused: 10,
        answered: 100,
        overrun_ns: 100 * 50_000,
        counters: BTreeMap::from([("hits".to_owned(), hits), ("misses".to_owned(), misses)]),
        histograms: BTreeMap::from([("queue_wait_us".to_owned(), Histogram { pairs: vec![(wait_us, 50)] })]),
        ..Sample::default()
    };
    made.finals.insert("service-1".to_owned(), last(1.5, 20.0, 90, 10, 1_000.0));
    made.finals.insert("service-2".to_owned(), last(0.5, 30.0, 60, 40, 40_000.0));
    let report = made.report();
    let service = &report.components["service"];
    assert_eq!((service.name.as_str(), service.instances, service.role.as_str()), ("Service", 2, "work"));
    // 50% and 100% of one worker each, from the 2nd second on.
    near(Some(service.utilisation), 0.75);
    near(Some(service.each[0].utilisation), 0.5);
    near(Some(service.each[1].utilisation), 1.0);
    // 10 and 20 a wall second are 300 a second of life; and 20 were refused in 8 s.
    near(Some(service.served_per_s), 300.0);
    near(Some(service.asked_per_s), 300.0 + 20.0 / 8.0 * DILATION);
    assert_eq!(service.refused, 20);
    near(Some(service.queue_p99), 10.0);
    near(Some(service.cpu_s), 2.0);
    near(Some(service.rss_mb), 50.0);
    near(service.hit_ratio, 0.75);
    near(service.wait_ms_p50, 0.1);
    near(service.wait_ms_p99, 4.0);
    // Overrun is the laptop's, in wall time.
    near(Some(service.overrun_ms), 0.05);
}

#[test]
fn who_looked_nothing_up_has_no_hit_ratio() {
    let report = Made::new().report();
    let service = &report.components["service"];
    assert_eq!((service.hit_ratio, service.replication_lag_ms_p99, service.wait_ms_p99), (None, None, None));
}

fn target(figure: &str, at_most: f64) -> Target {
    Target { figure: figure.to_owned(), label: format!("The {figure}"), at_most, unit: "ms".to_owned(), role: None }
}

/// The verdict on a sound run of 1,000 answers with a p99 of 10 ms of life, changed by `change`.
#[track_caller]
fn verdict(change: impl FnOnce(&mut Made), expected: Verdict, reason: &str) {
    let mut made = Made::new();
    change(&mut made);
    let report = made.report();
    assert_eq!(report.verdict, expected, "{:?}", report.reasons);
    assert!(report.reasons.iter().any(|said| said.contains(reason)), "{reason:?} is not in {:?}", report.reasons);
}

#[test]
fn verdicts() {
    use Verdict::{Fail, HostLimited, Inconclusive, Pass};
    let met = target("work.p99_ms", 10.0);
    let missed = target("work.p99_ms", 9.9);
    let unknown = target("work.p42_ms", 10.0);
    verdict(|_| {}, Pass, "sets no targets; every request is accounted for");
    verdict(|made| made.spec.scenario.targets = vec![met.clone()], Pass, "1 of 1 targets met");
    verdict(|made| made.spec.scenario.targets = vec![met.clone(), missed.clone()], Fail, "The work.p99_ms: 10 ms, at most 9.9 ms.");
    verdict(|made| made.spec.scenario.targets = vec![met.clone(), unknown.clone()], Inconclusive, "The work.p42_ms: nothing was measured.");
    verdict(|made| made.spec.scenario.targets = vec![unknown.clone(), missed.clone()], Fail, "at most 9.9 ms");
    verdict(|made| made.undone = vec!["kv-2 was not killed".to_owned()], Inconclusive, "Kv-2 was not killed.");
    verdict(|made| made.result.counts.ok -= 1, Inconclusive, "not all accounted for");
    verdict(
        |made| {
            let few = Histogram { pairs: vec![(20_000.0, 99)] };
            made.result.counts = LoadCounts { scheduled: 99, sent: 99, ok: 99, ..LoadCounts::default() };
            made.result.operations.get_mut("work").unwrap().histogram = few;
        },
        Inconclusive,
        "Too little load: 99 answers were measured, 100 are needed",
    );
    verdict(
        |made| {
            made.result = LoadResult { stopped: true, ..LoadResult::default() };
        },
        Inconclusive,
        "nothing was measured",
    );
    // Two hops of 5 ms each way are far more than 1.5% of a chain.
    verdict(|made| made.result.lateness.us_p50 = 5_000.0, HostLimited, "The laptop's own delays");
    let late = |made: &mut Made| {
        let sample = |t_s: f64| Sample { admitted: counts("work", (10.0 * t_s) as u64), ..Sample::default() };
        made.tick(2.0, 0, [sample(2.0), sample(2.0)]);
        made.tick(WALL_S, 0, [sample(WALL_S), sample(WALL_S)]);
        // Half of a service time of 10 ms of life, at one of the two.
        made.finals.insert("service-1".to_owned(), Sample { answered: 100, overrun_ns: 100 * 100_000_000, ..Sample::default() });
    };
    verdict(late, HostLimited, "The laptop answered 100.0% later than promised");
}

#[test]
fn failures_are_counted_by_place_and_reason() {
    let mut made = Made::new();
    made.result.counts = LoadCounts { scheduled: 1010, sent: 1005, dropped: 5, ok: 900, late: 100, failed: 5 };
    made.result.failures = vec![LoadFailure { component: "service".to_owned(), reason: "queue_full".to_owned(), count: 5 }];
    let report = made.report();
    assert!(report.load.adds_up());
    let failure = &report.load.failures[0];
    assert_eq!((failure.component.as_str(), failure.reason.as_str(), failure.count), ("service", "queue_full", 5));
    let share = report.figures.iter().find(|figure| figure.name == "failed_share").unwrap();
    near(share.value, 100.0 * 10.0 / 1010.0);
}

#[test]
fn arrivals_fall_as_the_scenario_says() {
    let mut made = Made::new();
    assert_eq!(made.prepared.load.process, Process::Poisson);
    made.spec.scenario.run.arrivals = Process::Constant;
    made.prepared = prepare(&made.spec, Host { cores: 2.0 }).unwrap();
    assert_eq!(made.prepared.load.process, Process::Constant);
    let report = made.report();
    let mean = report.figures.iter().find(|figure| figure.name == "work.mean_ms_modelled").unwrap();
    assert_eq!(mean.value, None, "the closed form is of Poisson arrivals");
    assert!(mean.source.contains("equal gaps"), "{}", mean.source);
}
