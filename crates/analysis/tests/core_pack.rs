//! The closed forms against the built-in exercises: what their designs are known for must come out of the model. Runs are not made here.

use std::path::Path;

use loadline_analysis::{Modelled, diagnose, model};
use loadline_model::demand::visits;
use loadline_model::diagnostic::Severity;
use loadline_model::plan::{Plan, Scale, compile};
use loadline_model::population::Population;
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/core").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

struct Case {
    sketch: Sketch,
    scenario: Scenario,
    plan: Plan,
    population: Population,
}

impl Case {
    fn new(exercise: &str, design: &str) -> Self {
        let sketch = Sketch::from_json(&read(&format!("{exercise}/designs/{design}.json"))).unwrap();
        let scenario: Scenario = toml::from_str(&read(&format!("{exercise}/scenarios/reference.toml"))).unwrap();
        let plan = compile(&sketch, Scale { slice: 1.0, dilation: 1.0 }).unwrap();
        let population = Population::generate(&scenario.population, scenario.run.seed);
        Self { sketch, scenario, plan, population }
    }

    fn model(&self, factor: f64) -> Modelled {
        model(&self.plan, &self.scenario, factor, &|threshold| self.population.fanout(threshold))
    }

    #[track_caller]
    fn check_under(&self, limit: f64) {
        for (id, component) in self.model(1.0).components {
            assert!(component.utilisation < limit, "{id} at {}", component.utilisation);
        }
    }
}

#[test]
fn no_design_has_an_error() {
    for design in ["naive", "good", "better"] {
        let case = Case::new("twitter", design);
        let found = diagnose(&case.sketch, Some(&case.scenario));
        let errors: Vec<_> = found.iter().filter(|d| d.severity == Severity::Error).collect();
        assert_eq!(errors, Vec::<&_>::new(), "{design}");
        let parts: Vec<_> = found.iter().map(|d| (d.code.as_str(), d.component.as_deref().unwrap_or(""))).collect();
        let mut single = vec![("single_point_of_failure", "lb"), ("single_point_of_failure", "sql")];
        if design != "naive" {
            single.extend([("single_point_of_failure", "log"), ("no_copy", "kv")]);
        }
        assert_eq!(parts, single, "{design}: {found:#?}");
    }
}

#[test]
fn pull_asks_too_much_of_two_replicas() {
    let modelled = Case::new("twitter", "naive").model(1.0);
    assert!(modelled.components["replicas"].utilisation > 1.0);
    assert_eq!(modelled.first_to_saturate.unwrap().component, "replicas");
    assert_eq!(modelled.operations["timeline_read"].mean_ms, None);
}

#[test]
fn push_and_hybrid_hold() {
    for design in ["good", "better"] {
        let case = Case::new("twitter", design);
        case.check_under(0.8);
        assert!(case.plan.nodes.len() >= 30, "{design}: {} processes", case.plan.nodes.len());
        let mean_ms = case.model(1.0).operations["timeline_read"].mean_ms.unwrap();
        assert!(mean_ms < 20.0, "{design}: {mean_ms} ms");
    }
}

#[test]
fn hybrid_writes_clearly_less() {
    let better = Case::new("twitter", "better");
    let threshold = better.plan.component("feed").unwrap().number("celebrity_threshold", 0.0);
    let (all, some) = (better.population.fanout(None), better.population.fanout(Some(threshold)));
    assert!((0.005..0.02).contains(&some.celebrity_share), "{some:?}");
    assert!(some.writes_per_tweet < 0.9 * all.writes_per_tweet, "{some:?} of {all:?}");
    let largest = better.population.follower_counts.iter().copied().max().unwrap();
    assert!(f64::from(largest) > 3.0 * threshold, "the largest fan-out falls: {largest} to {threshold}");
}

/// Visits of `operation` at `component` for one request of `role`.`asked`.
#[track_caller]
fn check_visits(case: &Case, asked: (&str, &str), at: (&str, &str), expected: f64) {
    let visits = visits(&case.plan, asked.0, asked.1, &|threshold| case.population.fanout(threshold)).unwrap();
    let times: f64 = visits.iter().filter(|visit| (visit.component.as_str(), visit.operation.as_str()) == at).map(|v| v.times).sum();
    assert!((times - expected).abs() < 1e-9, "{asked:?} at {at:?}: {times}, not {expected}");
}

/// How many answers of `at` are waited for one after another.
#[track_caller]
fn check_in_turn(case: &Case, asked: (&str, &str), at: (&str, &str), expected: f64) {
    let visits = visits(&case.plan, asked.0, asked.1, &|threshold| case.population.fanout(threshold)).unwrap();
    let visit = visits.iter().find(|visit| (visit.component.as_str(), visit.operation.as_str()) == at).unwrap();
    assert_eq!((visit.in_turn, visit.caller.map(|caller| visits[caller].component.as_str())), (expected, Some("feed")), "{visits:#?}");
}

/// What the services do, told by their code: a tweet's body and each timeline once, a celebrity's own set once, some of them trimmed; both shards
/// of a follow.
#[test]
fn visits_are_those_that_the_services_make() {
    let better = Case::new("twitter", "better");
    let threshold = better.plan.component("feed").unwrap().number("celebrity_threshold", 0.0);
    let fanout = better.population.fanout(Some(threshold));
    // One tweet in so many trims what it writes into; and the tweet service keeps the body too.
    let trims = 1.0 / better.plan.component("fanout").unwrap().number("trim_every", 0.0);
    let writes = (fanout.writes_per_tweet + fanout.celebrity_share) * (1.0 + trims) + 2.0;
    check_visits(&better, ("tweet", "write"), ("kv", "write"), writes);
    let caches = f64::from(better.plan.component("kv").unwrap().instances);
    let touched = caches * (1.0 - (1.0 - 1.0 / caches).powi(20));
    check_visits(&better, ("feed", "timeline"), ("kv", "read"), 2.0 + touched + fanout.celebrities_followed);
    // Ids and list of celebrities in one pipeline; then the celebrities' tweets, then the bodies, each from all instances at the same time.
    check_in_turn(&better, ("feed", "timeline"), ("kv", "read"), 3.0);
    check_in_turn(&Case::new("twitter", "good"), ("feed", "timeline"), ("kv", "read"), 2.0);
    let mut naive = Case::new("twitter", "naive");
    check_visits(&naive, ("feed", "timeline"), ("replicas", "range"), 1.0);
    for component in naive.sketch.components.iter_mut().filter(|component| component.id == "sql") {
        component.instances = 4;
    }
    naive.plan = compile(&naive.sketch, naive.plan.scale).unwrap();
    check_visits(&naive, ("feed", "timeline"), ("replicas", "range"), 5.0);
    check_in_turn(&naive, ("feed", "timeline"), ("replicas", "range"), 2.0);
    check_visits(&naive, ("user", "write"), ("sql", "write"), 1.75);
}

#[test]
fn the_knee_is_where_the_textbook_says() {
    let case = Case::new("knee", "one");
    let mean_ms = |factor| case.model(factor).operations["work"].mean_ms;
    assert!((mean_ms(1.0).unwrap() - 20.0).abs() < 1e-9);
    assert!((mean_ms(1.6).unwrap() - 50.0).abs() < 1e-9);
    assert_eq!(mean_ms(2.0), None);
}

/// Design C merges from 560 followers on and calls that the most followed hundredth; the catalog's default is no share of any population.
#[test]
fn the_hundredth_is_where_the_pack_says_and_not_at_the_default() {
    let better = Case::new("twitter", "better");
    let setting = loadline_model::catalog::role("feed").unwrap().setting("celebrity_threshold").unwrap();
    let share = |threshold: f64| better.population.fanout(Some(threshold)).celebrity_share;
    assert!((0.009..0.012).contains(&share(560.0)), "{}", share(560.0));
    assert!(share(setting.default.as_number().unwrap()) > 0.015, "about a fiftieth");
    assert!(!setting.source.contains("hundredth") && !setting.source.contains("ten thousand"), "{}", setting.source);
}
