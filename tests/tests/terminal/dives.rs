//! What the texts of the Twitter exercise say of runs, held to runs: every check of every dive, each run made once by the very command that the
//! text prints. A run that the machine spoiled is made again; one that stays spoiled, or of which this machine does too little, judges nothing,
//! and says so.

use std::collections::BTreeMap;

use loadline_content::study::{Dive, DiveRun, Reading};
use loadline_content::{Source, Study};
use loadline_model::reading::reading;
use loadline_model::report::{Report, Verdict};

use crate::program::{alone, loadline};
use crate::report::Json;

/// Seconds of life that a run must have gone on for its checks to say something; one with a fault or with lag needs to see the end of it. How much
/// life a command's duration is depends on the machine.
const LEAST_LIFE_S: f64 = 0.28;
const LEAST_LIFE_S_BY_SCENARIO: [(&str, f64); 2] = [("lose-a-cache-shard", 0.84), ("replica-lag", 0.84)];
/// A spoiled run is made again so many times.
const TRIES: u32 = 3;

fn study() -> Study {
    let (pack, findings) = loadline_content::load(&Source::Embedded);
    assert_eq!(findings, [], "the core pack is clean");
    pack.exercise("twitter").expect("the core pack has Twitter").study.clone()
}

/// One run, and whether it says something of the design.
struct Made {
    report: Report,
    sound: bool,
}

/// Runs the command that the text gives, as it stands, again while the machine spoils it.
fn run(run: &DiveRun) -> Made {
    let command = run.command("twitter");
    let least_s = LEAST_LIFE_S_BY_SCENARIO.iter().find(|(scenario, _)| *scenario == run.scenario).map_or(LEAST_LIFE_S, |(_, s)| *s);
    let arguments: Vec<&str> = command.split(' ').skip(1).chain(["--json", "report.json"]).collect();
    let mut tries = 0;
    loop {
        tries += 1;
        let (finished, folder) = loadline(&arguments, &["report.json"]);
        finished.succeeded();
        let Json(value) = Json::read(&folder.path().join("report.json"));
        let report: Report = serde_json::from_value(value).unwrap();
        println!("{command}: {:?}, {:.2} s of life, {}", report.verdict, report.scale.life_s, report.reasons.join(" "));
        let enough = report.scale.life_s >= least_s;
        let sound = enough && report.verdict != Verdict::HostLimited;
        // More tries bring no more life.
        if sound || !enough || tries == TRIES {
            return Made { report, sound };
        }
    }
}

/// Makes every run of a dive that `known` does not have yet.
fn make_runs(dive: &Dive, known: &mut BTreeMap<String, Made>) {
    for each in &dive.runs {
        known.entry(each.command("twitter")).or_insert_with(|| run(each));
    }
}

#[test]
fn the_texts_hold_to_their_runs() {
    let _alone = alone();
    let study = study();
    let mut known = BTreeMap::new();
    let (mut judged, mut wrong) = (0, Vec::new());
    for dive in &study.dives {
        make_runs(dive, &mut known);
        let of = |run: &str| {
            let run = dive.runs.iter().find(|each| each.id == run)?;
            known.get(&run.command("twitter")).filter(|made| made.sound).map(|made| &made.report)
        };
        for check in &dive.checks {
            let spoiled = [Some(&check.left), check.right.as_ref()].into_iter().flatten().any(|reading| of(&reading.run).is_none());
            if spoiled {
                println!("{} {}: not judged, the machine was the limit", dive.id, check.id);
                continue;
            }
            let value = check.value(&|wanted: &Reading| reading(of(&wanted.run)?, &wanted.name));
            println!("{} {}: {value:?}, from {} to {}", dive.id, check.id, check.from, check.to);
            judged += 1;
            if !value.is_some_and(|value| (check.from..=check.to).contains(&value)) {
                wrong.push(format!("{} {}: {value:?} is not from {} to {}", dive.id, check.id, check.from, check.to));
            }
        }
    }
    assert!(wrong.is_empty(), "the text says otherwise than the run: {wrong:#?}");
    let all: usize = study.dives.iter().map(|dive| dive.checks.len()).sum();
    println!("{judged} of {all} checks judged");
    let lost = known.iter().find(|(command, _)| command.contains("lose-a-cache-shard"));
    the_shard_was_lost_and_came_back(&lost.expect("a dive loses a cache shard").1.report);
}

/// The operating system's word on the fault is in the report, in the order in which it happened.
#[track_caller]
fn the_shard_was_lost_and_came_back(report: &Report) {
    let at = |what: &str| {
        let found = report.events.iter().position(|event| event.text.contains(what));
        found.unwrap_or_else(|| panic!("no `{what}` in {:#?}", report.events))
    };
    let killed = at("kv-2 was killed by the scenario: process ");
    assert!(report.events[killed].text.ends_with("ended by signal 9"), "{}", report.events[killed].text);
    assert!(killed < at("kv-2 is started again") && at("kv-2 is started again") < at("kv-2 is back: process "), "{:#?}", report.events);
    let unreachable = report.load.failures.iter().find(|failure| failure.component == "kv" && failure.reason == "unreachable");
    assert!(unreachable.is_some_and(|failure| failure.count > 0), "{:#?}", report.load.failures);
}

#[test]
fn a_fault_that_cannot_happen_is_said() {
    let _alone = alone();
    let arguments = ["run", "twitter", "--design", "naive", "--scenario", "lose-a-cache-shard", "--rate", "500", "--duration", "4s"];
    let (finished, _folder) = loadline(&arguments, &[]);
    let err = finished.succeeded().err;
    assert!(err.contains("kv 2 is not drawn, so it was not killed: this fault did not happen"), "{err}");
}

#[test]
fn the_hard_scenario_ends_with_an_honest_verdict() {
    let _alone = alone();
    let arguments =
        ["run", "twitter", "--design", "good", "--scenario", "hard", "--duration", "4s", "--seed", "5", "--json", "report.json"];
    let (finished, folder) = loadline(&arguments, &["report.json"]);
    finished.succeeded();
    let report = Json::read(&folder.path().join("report.json"));
    println!("hard: {}, {}", report.text("/verdict"), report.0["reasons"]);
    // A few seconds are a few hundredths of a second of life: enough to say that it fails, or that nothing can be said; never that it holds.
    assert_ne!(report.text("/verdict"), "pass", "{}", report.0["reasons"]);
    assert!(report.number("/scale/dilation") > 10.0, "300K timelines a second do not run at life speed here");
}

#[test]
fn one_thing_is_changed_by_name() {
    let refused = |change: &str, said: &str| {
        let (finished, _folder) = loadline(&["run", "twitter", "--set", change], &[]);
        assert_eq!(finished.code, Some(2), "{change}: {}", finished.err);
        assert!(finished.err.contains(said), "{change}: {}", finished.err);
    };
    refused("kv.instances=17", "from 1 to 16");
    refused("cache.instances=2", "there is no component `cache` in this drawing");
    refused("feed.speed=2", "`feed` has no setting `speed`");
    refused("feed", "write COMPONENT.SETTING=VALUE");
}
