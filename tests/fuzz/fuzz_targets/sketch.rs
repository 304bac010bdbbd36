//! Sketch files: read, looked at, compiled, modelled. An input that begins with `d` is drawn from its bytes, any other is JSON.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::fuzz_target;
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
    loadline_analysis::layout(&sketch);
    let found = loadline_analysis::diagnose(&sketch, None);
    let compiled = compile(&sketch, LIFE);
    if found.iter().all(|diagnostic| diagnostic.severity != Severity::Error) {
        let plan = compiled.as_ref().expect("a drawing without an error can be compiled");
        assert!(!plan.entry.is_empty(), "requests enter somewhere");
    }
    if let Ok(plan) = compiled {
        scale_and_model(&sketch, &plan);
    }
});

fn scale_and_model(sketch: &Sketch, plan: &Plan) {
    SCENARIO.with(|scenario| {
        POPULATION.with(|population| {
            let fanout = |threshold| population.fanout(threshold);
            loadline_analysis::model(plan, scenario, 1.0, &fanout);
            plan.seeder();
            plan.sweeper();
            for wish in [ScaleWish::AllInstances, ScaleWish::LifeSpeed] {
                let scale = choose_scale(plan, scenario, 2.0, &fanout, Host { cores: 2.0 }, wish);
                // Refused where instances cannot be divided; it must only come to an end.
                let _ = compile(sketch, scale);
            }
        });
    });
}
