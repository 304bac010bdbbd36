//! The knee lab: ten steps with the model beside the measurement, the same seed twice, and a run that the machine itself spoiled.

use std::path::Path;

use loadline_model::arrivals::{Shape, expected, phases};
use rustix::process::Signal;
use serde_json::Value;

use crate::program::{Finished, Program, alone, loadline};
use crate::report::Json;
use crate::traces::process_below;

fn run(arguments: &[&str]) -> (Json, Finished) {
    let all: Vec<&str> = ["run", "knee", "--json", "report.json"].iter().chain(arguments).copied().collect();
    let (finished, folder) = loadline(&all, &["report.json"]);
    (Json::read(&folder.path().join("report.json")), finished.succeeded())
}

#[test]
fn the_model_is_drawn_beside_each_step() {
    let _alone = alone();
    let (report, text) = run(&["--duration", "10s"]);
    let steps = report.0["steps"].as_array().unwrap();
    assert_eq!(steps.len(), 10);
    let of = |step: &Value, name: &str| step[name].as_f64();
    let rates: Vec<f64> = steps.iter().map(|step| of(step, "rate_per_s").unwrap()).collect();
    assert!(rates.is_sorted_by(|a, b| a < b), "the load rises: {rates:?}");
    let mut compared = 0;
    let mut means = Vec::new();
    for step in steps {
        let (Some(measured), Some(modelled)) = (of(step, "utilisation"), of(step, "utilisation_modelled")) else { continue };
        println!("{:>4.0}/s: busy {measured:.2} measured, {modelled:.2} modelled", of(step, "rate_per_s").unwrap());
        if modelled <= 0.5 {
            assert!((measured - modelled).abs() <= 0.25, "{step}");
            compared += 1;
            // A second holds some tens of requests: enough to tell life time from wall time, and ms from s.
            // The first of them is the warm-up, of which no answer is measured.
            if let (Some(mean), Some(expected)) = (of(step, "mean_ms"), of(step, "mean_ms_modelled")) {
                println!("        mean {mean:.1} ms measured, {expected:.1} modelled");
                means.push((mean / expected).ln());
            }
        }
    }
    assert!(compared >= 4, "{compared} of the low steps were measured");
    assert!(means.len() >= 3, "{} of the low steps had answers", means.len());
    if report.text("/verdict") != "host_limited" {
        let ratio = (means.iter().sum::<f64>() / means.len() as f64).exp();
        assert!((0.5..2.0).contains(&ratio), "the means are {ratio:.2} of the model's");
    }
    assert!(of(&steps[9], "mean_ms_modelled").is_none(), "at the limit no mean is finite: unknown, not a number");
    let header = text.out.lines().find(|line| line.starts_with("Steps")).unwrap_or_else(|| panic!("no steps in:\n{}", text.out));
    assert!(header.contains('●') && header.contains('○'), "{header}");
}

#[test]
fn the_same_seed_is_the_same_run() {
    let _alone = alone();
    let scheduled = |seed: &str| {
        let (report, _) = run(&["--shape", "baseline", "--rate", "80", "--duration", "1500ms", "--seed", seed]);
        assert_eq!(report.number("/seed").to_string(), seed);
        report.count("scheduled")
    };
    let counts = [scheduled("5"), scheduled("5"), scheduled("6")];
    assert!(counts[0] > 50, "{counts:?}");
    assert_eq!(counts[0], counts[1], "the same seed");
    assert_ne!(counts[0], counts[2], "another seed");
}

#[test]
fn the_shape_is_as_asked() {
    let _alone = alone();
    for (name, shape) in [("ramp", Shape::Ramp), ("spike", Shape::Spike), ("soak", Shape::Soak), ("baseline", Shape::Baseline)] {
        let (report, _) = run(&["--shape", name, "--rate", "400", "--duration", "1s"]);
        assert_eq!(report.text("/shape"), name);
        // The rate is life's, the second is the laptop's.
        let rate_per_s = 400.0 / report.number("/scale/dilation");
        let (scheduled, expected) = (report.count("scheduled") as f64, expected(&phases(shape, rate_per_s, 1.0)));
        println!("{name}: {scheduled} requests, {expected} expected");
        // Four standard deviations of a Poisson number.
        assert!((scheduled - expected).abs() < 4.0 * expected.sqrt(), "{name}: {scheduled} requests, {expected} expected");
    }
}

/// The machine does not let the service run for a second: what it measures then is not the design.
#[test]
fn a_run_that_the_machine_spoiled_is_host_limited() {
    let _alone = alone();
    let program =
        Program::start(&["run", "knee", "--shape", "baseline", "--rate", "60", "--duration", "4s", "--strict", "--json", "report.json"]);
    program.wait_for("Measuring");
    let node = process_below(program.pid(), "node");
    crate::program::signal_to(node, Signal::STOP);
    // The generator goes on: its next line of progress comes a second of load later.
    let lines = |texts: &[String; 2]| texts[1].matches(" sent ").count();
    let before = lines(&program.wait_for("Measuring"));
    program.wait_until("another line of progress", |texts| lines(texts) > before);
    crate::program::signal_to(node, Signal::CONT);
    let (finished, folder) = program.finish();
    assert_eq!(finished.code, Some(1), "--strict: {}", finished.err);
    assert!(finished.err.contains("verdict host-limited: The laptop answered"), "{}", finished.err);
    assert!(finished.out.contains("Verdict: host-limited\n  The laptop answered"), "{}", finished.out);
    let report = Json::read(&folder.path().join(Path::new("report.json")));
    assert_eq!(report.text("/verdict"), "host_limited");
    assert!(report.text("/reasons/0").contains("later than promised"), "{}", report.0["reasons"]);
    println!("overrun {:.2} of a service time", report.number("/scale/overrun"));
}
