//! Sketches and scenarios in a line each, for the tests of this crate only.

use loadline_model::arrivals::{Process, Shape};
use loadline_model::plan::{Plan, Scale, compile};
use loadline_model::population::{Fanout, PopulationSpec};
use loadline_model::scenario::{RunDefaults, Scenario, ScenarioOperation};
use loadline_model::sketch::{Component, Link, Sketch};

/// `(id, role, instances)` and `(from, to, port)`; the name of a part is its id with a capital.
pub(crate) fn sketch(parts: &[(&str, &str, u32)], links: &[(&str, &str, &str)]) -> Sketch {
    let name = |id: &str| id.get(..1).unwrap_or_default().to_uppercase() + id.get(1..).unwrap_or_default();
    let mut sketch = Sketch::empty("test");
    sketch.components = parts
        .iter()
        .map(|(id, role, instances)| Component {
            id: (*id).into(),
            role: (*role).into(),
            name: name(id),
            instances: *instances,
            settings: Default::default(),
            at: (0.0, 0.0),
        })
        .collect();
    sketch.links = links.iter().map(|(from, to, port)| Link { from: (*from).into(), to: (*to).into(), port: (*port).into() }).collect();
    sketch
}

/// The same, compiled at life size and speed.
pub(crate) fn plan(parts: &[(&str, &str, u32)], links: &[(&str, &str, &str)]) -> Plan {
    compile(&sketch(parts, links), Scale { slice: 1.0, dilation: 1.0 }).expect("a sketch that compiles")
}

/// `(name, role, operation, per second)`.
pub(crate) fn scenario(operations: &[(&str, &str, &str, f64)]) -> Scenario {
    Scenario {
        name: "test".into(),
        title: "Test".into(),
        summary: String::new(),
        population: PopulationSpec {
            users: 1000,
            modelled_users: 100,
            follows_mean: 5.0,
            popularity_exponent: 0.7,
            tweets_each: 1,
            seed: 0,
            source: "test".into(),
        },
        operations: operations
            .iter()
            .map(|(name, role, operation, per_s)| ScenarioOperation {
                name: (*name).into(),
                label: name.replace('_', " "),
                role: (*role).into(),
                operation: (*operation).into(),
                method: "GET".into(),
                path: "/".into(),
                body: None,
                per_s: *per_s,
                deadline_ms: 1000.0,
                source: "test".into(),
            })
            .collect(),
        conditions: vec![],
        faults: vec![],
        targets: vec![],
        predict: vec![],
        run: RunDefaults { shape: Shape::Baseline, arrivals: Process::Poisson, duration_s: 10.0, warmup_s: 1.0, seed: 7 },
    }
}

/// A follow graph without celebrities: 75 writes for a tweet.
pub(crate) fn no_fanout(_threshold: Option<f64>) -> Fanout {
    Fanout { writes_per_tweet: 75.0, celebrity_share: 0.0, celebrities_followed: 0.0 }
}
