//! A run that prefers life speed takes a slice of the traffic on a slice of the instances. What it reports is life's, as without.

use std::path::Path;
use std::sync::LazyLock;

use crate::program::{Finished, Program, alone};
use crate::report::Json;

/// Requests a second of life: some four times what this machine may be asked for at life speed, and less than the instances can do.
static PER_S: LazyLock<f64> = LazyLock::new(|| {
    let cores = std::thread::available_parallelism().map_or(2, |cores| cores.get());
    (20_000.0 * cores as f64).min(600_000.0)
});
const DURATION_S: f64 = 3.0;

/// Sixteen instances of 51,200/s each, under an id that the lab does not know.
const SKETCH: &str = r#"{"format":1,"title":"Mine","components":[
    {"id":"client","role":"client","name":"Client","at":[0,0]},
    {"id":"mine","role":"work","name":"My service","instances":16,"settings":{"work_ms":5,"workers":256},"at":[192,0]}],
    "links":[{"from":"client","to":"mine","port":"entry"}]}"#;

fn run(prefer: &str) -> (Json, Finished) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("mine.json"), SKETCH).unwrap();
    let (rate, duration) = (PER_S.to_string(), format!("{DURATION_S}s"));
    let mut arguments = vec!["run", "knee", "--design", "mine.json", "--shape", "baseline", "--rate", &rate, "--duration", &duration];
    arguments.extend(["--seed", "5", "--prefer", prefer, "--predict", "service.utilisation=50", "--json", "report.json"]);
    let (finished, folder) = Program::start_in(folder, &arguments).finish();
    let finished = finished.succeeded();
    (Json::read(&folder.path().join(Path::new("report.json"))), finished)
}

/// Whatever the scale, the report is in life. (Reading it has checked that every request is accounted for.)
#[track_caller]
fn check_life(report: &Json) {
    let scale = report.number("/scale/dilation") * report.number("/scale/slice");
    let expected = *PER_S * DURATION_S / scale;
    let scheduled = report.count("scheduled") as f64;
    assert!((scheduled - expected).abs() <= 6.0 * expected.sqrt(), "{scheduled} arrivals here, expected {expected:.0}");
    assert_eq!(report.figure("work.rate_per_s"), Some(*PER_S));
    // What arrived is counted at the nodes; a busy machine delays it, but not by a factor that a scale would be.
    let sent_per_s = *PER_S * report.count("sent") as f64 / scheduled;
    let asked_per_s = report.number("/components/mine/asked_per_s");
    println!("{asked_per_s:.0}/s of life asked, {sent_per_s:.0}/s sent, at 1/{scale}");
    assert!(asked_per_s <= 1.5 * sent_per_s, "{asked_per_s} asked of {sent_per_s} sent");
    assert!(asked_per_s >= 0.5 * sent_per_s || report.text("/verdict") == "host_limited", "{asked_per_s} asked of {sent_per_s} sent");
    let life_s = report.number("/scale/wall_s") / report.number("/scale/dilation");
    assert!((report.number("/scale/life_s") - life_s).abs() < 1e-9);
    // The lab asks of `service`; the one of its role stands in, and is named.
    let prediction = &report.0["predictions"][0];
    assert_eq!((prediction["name"].as_str(), prediction["of"].as_str()), (Some("service.utilisation"), Some("My service")));
    assert_eq!(prediction["measured"].as_f64(), report.figure("mine.utilisation"));
}

#[test]
fn life_speed_is_a_slice_and_reports_the_same_life() {
    let _alone = alone();
    let (all, _) = run("instances");
    let (speed, text) = run("speed");
    check_life(&all);
    check_life(&speed);
    assert_eq!([all.text("/scale/prefer"), speed.text("/scale/prefer")], ["instances", "speed"]);
    let of = |name: &str| [&all, &speed].map(|report| report.number(name));
    let (slice, dilation) = (of("/scale/slice"), of("/scale/dilation"));
    println!("slice {slice:?}, dilation {dilation:?}");
    assert_eq!(slice[0], 1.0);
    assert!(slice[1] > 1.0 && dilation[1] < dilation[0], "slice {slice:?}, dilation {dilation:?}");
    assert_eq!(of("/scale/processes"), [16.0, 16.0 / slice[1]]);
    assert_eq!(of("/components/mine/instances"), of("/scale/processes"));
    let modelled = of("/components/mine/utilisation_modelled");
    assert!((modelled[0] - modelled[1]).abs() < 1e-9, "the load of each instance is that of life: {modelled:?}");
    let said = format!("1/{0} of the traffic on 1/{0} of the instances", slice[1]);
    assert!(text.out.contains(&said) && text.err.contains(&said), "`{said}` is missing in:\n{}\n{}", text.err, text.out);
    assert!(text.out.contains("of My service"), "{}", text.out);
}

#[test]
fn a_wish_that_changes_nothing_says_why() {
    let _alone = alone();
    let (finished, folder) =
        crate::program::loadline(&["run", "knee", "--prefer", "speed", "--duration", "1s", "--json", "report.json"], &["report.json"]);
    let err = finished.succeeded().err;
    assert!(err.contains("It runs at life speed with all instances."), "{err}");
    let report = Json::read(&folder.path().join("report.json"));
    assert_eq!((report.number("/scale/slice"), report.text("/scale/prefer")), (1.0, "speed"));
}
