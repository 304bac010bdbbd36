//! The closed forms against the built-in exercises: what their designs are known for must come out of the model. Runs are not made here.

use std::path::Path;

use loadline_analysis::{Modelled, diagnose, model};
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
            single.push(("single_point_of_failure", "log"));
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

#[test]
fn the_knee_is_where_the_textbook_says() {
    let case = Case::new("knee", "one");
    let mean_ms = |factor| case.model(factor).operations["work"].mean_ms;
    assert!((mean_ms(1.0).unwrap() - 20.0).abs() < 1e-9);
    assert!((mean_ms(1.6).unwrap() - 50.0).abs() < 1e-9);
    assert_eq!(mean_ms(2.0), None);
}
