//! Scenario files (TOML): read and checked in a pack; one that is found usable is modelled, and its requests are drawn.
#![no_main]

use libfuzzer_sys::fuzz_target;
use loadline_content::Exercise;
use loadline_fuzz::{exercise, panics};
use loadline_model::arrivals::{self, Process};
use loadline_model::load::{LoadOperation, LoadSpec, LoadVariables};
use loadline_model::plan::{Host, Scale, ScaleWish, choose_scale, compile};
use loadline_model::population::Population;
use loadline_model::requests::{Request, RequestStream};
use loadline_model::scenario::Scenario;

/// Users and follows that are drawn here: more would only be slower.
const MAX_EDGES: f64 = 20_000.0;

thread_local! {
    static FOLDER: exercise::Folder = exercise::Folder::new();
}

fuzz_target!(init: panics::end_the_process(None), |input: &[u8]| {
    let (pack, _) = FOLDER.with(|folder| folder.with("knee/scenarios/reference.toml", input));
    for exercise in &pack.exercises {
        for scenario in exercise.scenarios.values() {
            try_out(exercise, scenario);
        }
    }
});

fn try_out(exercise: &Exercise, scenario: &Scenario) {
    let edges = f64::from(scenario.population.modelled_users) * scenario.population.follows_mean.max(1.0);
    if edges > MAX_EDGES {
        return;
    }
    let population = Population::generate(&scenario.population, 1);
    let fanout = |threshold| population.fanout(threshold);
    for design in &exercise.designs {
        loadline_analysis::diagnose(&design.sketch, Some(scenario));
        let Ok(plan) = compile(&design.sketch, Scale { slice: 1.0, dilation: 1.0 }) else { continue };
        loadline_analysis::model(&plan, scenario, 1.0, &fanout);
        choose_scale(&plan, scenario, 1.0, &fanout, Host { cores: 2.0 }, ScaleWish::Instances);
    }
    let operations = scenario.operations.iter().map(|op| LoadOperation {
        name: op.name.clone(),
        weight: op.per_s,
        method: op.method.clone(),
        path: op.path.clone(),
        body: op.body.clone(),
        deadline_ms: op.deadline_ms,
    });
    let phases = arrivals::phases(scenario.run.shape, scenario.total_per_s(), scenario.run.duration_s);
    let variables = LoadVariables { users: population.users(), tweets: 10, popularity_exponent: scenario.population.popularity_exponent };
    let spec = LoadSpec {
        seed: scenario.run.seed,
        addresses: Vec::new(),
        token: None,
        operations: operations.collect(),
        variables,
        process: Process::Poisson,
        phases,
        duration_s: scenario.run.duration_s,
        warmup_s: scenario.run.warmup_s,
        max_connections: 1,
        timeout_ms: 1000.0,
        tick_ms: 250,
        dilation: 1.0,
        record_samples: false,
    };
    let mut requests = RequestStream::new(&spec).expect("what the checks let through can be asked");
    let mut request = Request::default();
    for _ in 0..100 {
        if !requests.fill(&mut request) {
            break;
        }
    }
}
