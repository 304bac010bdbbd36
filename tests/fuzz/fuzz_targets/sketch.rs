//! Sketch files: read, looked at, arranged, drawn, compiled, modelled. An input that begins with `d` is drawn from its bytes, any other is JSON.
#![no_main]

use std::collections::BTreeMap;

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
use loadline_export::sketch::svg::{Theme, draw};
use loadline_fuzz::{drawing, panics};
use loadline_model::diagnostic::Severity;
use loadline_model::plan::{Host, Plan, Scale, ScaleWish, choose_scale, compile};
use loadline_model::population::Population;
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

const TEXT: &str = include_str!("../../../content/core/twitter/scenarios/reference.toml");
const LIFE: Scale = Scale { slice: 1.0, dilation: 1.0 };

thread_local! {
    static SCENARIO: Scenario = toml::from_str(TEXT).expect("the core pack's scenario");
    static POPULATION: Population = SCENARIO.with(|scenario| Population::generate(&scenario.population, 1));
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    let sketch = match input.split_first() {
        Some((b'd', rest)) => drawing::draw(&mut Unstructured::new(rest)).ok(),
        _ => std::str::from_utf8(input).ok().and_then(|text| Sketch::from_json(text).ok()),
    };
    let Some(sketch) = sketch else { return };
    let again = Sketch::from_json(&sketch.to_json()).expect("what was written can be read");
    assert_eq!(again, sketch, "a file is read as it was written");
    loadline_export::sketch::layout::layout(&sketch);
    draw(&sketch, &BTreeMap::new(), Theme::Dark);
    let found = loadline_analysis::diagnose(&sketch, None);
    let compiled = compile(&sketch, LIFE);
    if let Ok(plan) = &compiled {
        model(plan);
    }
    if found.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
        let plan = compiled.expect("a drawing without an error can be compiled");
        assert!(!plan.entry.is_empty(), "requests enter somewhere");
        scale(&sketch, &plan);
    }
});

fn model(plan: &Plan) {
    SCENARIO.with(|scenario| {
        POPULATION.with(|population| loadline_analysis::model(plan, scenario, 1.0, &|threshold| population.fanout(threshold)));
    });
    plan.seeder();
    plan.sweeper();
}

/// What a run asks once the diagnostics have let a drawing through.
fn scale(sketch: &Sketch, plan: &Plan) {
    for wish in [ScaleWish::Instances, ScaleWish::Speed] {
        let fanout = |threshold| POPULATION.with(|population| population.fanout(threshold));
        let scale = SCENARIO.with(|scenario| choose_scale(plan, scenario, 2.0, &fanout, Host { cores: 2.0 }, wish));
        assert!(scale.dilation.is_finite() && scale.dilation >= 1.0, "a run has a speed: {scale:?}");
        compile(sketch, scale).expect("a slice that was chosen divides");
    }
}
