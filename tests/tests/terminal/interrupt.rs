//! Ctrl-C and kill -9, at every stage: nothing of a run stays, and what was measured until Ctrl-C is reported.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::program::{Finished, Program, alone, names_in, signal_to};
use crate::report::Json;
use crate::traces::Traces;

/// Half a second on an idle machine; the bound is for a busy one.
const STOPPED_WITHIN: Duration = Duration::from_secs(15);
/// After kill -9, with nobody left to tidy up.
const GONE_WITHIN: Duration = Duration::from_secs(2);

/// How often each large cluster is ended: `LOADLINE_ENDINGS`, or once.
fn endings() -> usize {
    std::env::var("LOADLINE_ENDINGS").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// Interrupts a run of Twitter from its terminal once it says `moment`.
#[track_caller]
fn interrupted_at(moment: &str, signal: Signal) -> (Json, Finished) {
    let _alone = alone();
    let program = Program::start_with_hangup("default", &["run", "twitter", "--duration", "60s", "--json", "report.json"]);
    program.wait_for(moment);
    let traces = Traces::below(program.pid());
    let began = Instant::now();
    program.signal_from_terminal(signal);
    let (finished, folder) = program.finish();
    let took = began.elapsed();
    println!("at `{moment}`: {} processes, {} ports, ended in {:.3} s", traces.pids.len(), traces.ports.len(), took.as_secs_f64());
    assert!(took < STOPPED_WITHIN, "{took:?}");
    assert!(traces.pids.len() >= 30 && traces.ports.len() >= 30, "{} processes, {} ports", traces.pids.len(), traces.ports.len());
    traces.gone_within(GONE_WITHIN);
    assert_eq!(names_in(folder.path()), ["report.json"], "what is left behind");
    let report = Json::read(&folder.path().join("report.json"));
    assert_eq!(report.0["interrupted"], true);
    assert!(finished.out.contains("(stopped early)"), "{}", finished.out);
    (report, finished.succeeded())
}

#[test]
fn ctrl_c_under_load_reports_what_was_measured() {
    for _ in 0..endings() {
        let (report, finished) = interrupted_at("Warm-up over", Signal::INT);
        assert!(report.count("ok") > 0, "{}", report.0["load"]);
        let used: Vec<f64> = report.0["components"].as_object().unwrap().values().filter_map(|c| c["utilisation"].as_f64()).collect();
        assert!(used.len() > 5 && used.iter().any(|share| *share > 0.0), "nodes still said what they measured: {used:?}");
        assert!(report.number("/scale/wall_s") < 60.0);
        assert!(finished.out.contains("Scheduled = sent + dropped"), "{}", finished.out);
    }
}

#[test]
fn ctrl_c_before_the_load_reports_that_nothing_was_measured() {
    let (report, _) = interrupted_at("Writing the population", Signal::INT);
    assert_eq!(report.count("scheduled"), 0);
    assert_eq!(report.text("/verdict"), "inconclusive");
    assert_eq!(report.text("/reasons/0"), "Stopped before the load began: nothing was measured.");
    for figure in report.0["figures"].as_array().unwrap() {
        assert!(figure["tag"] != "measured" || figure["value"].is_null(), "measured, though nothing was: {figure}");
    }
}

#[test]
fn a_terminal_that_closes_is_a_ctrl_c() {
    let (report, _) = interrupted_at("Warm-up over", Signal::HUP);
    assert!(report.count("ok") > 0, "{}", report.0["load"]);
}

#[test]
fn a_run_outlives_its_terminal_where_it_is_to() {
    let _alone = alone();
    let program = Program::start_with_hangup("ignore", &["run", "knee", "--duration", "4s", "--json", "report.json"]);
    program.wait_for("Measuring");
    program.signal_from_terminal(Signal::HUP);
    let (finished, folder) = program.finish();
    finished.succeeded();
    assert_eq!(Json::read(&folder.path().join("report.json")).0["interrupted"], false);
}

#[test]
fn ctrl_c_ends_a_cluster_that_is_up() {
    let _alone = alone();
    for moment in ["Ctrl-C ends it", "Writing "] {
        let program = Program::start(&["up", "twitter"]);
        program.wait_for(moment);
        let traces = Traces::below(program.pid());
        program.signal_from_terminal(Signal::INT);
        let (finished, folder) = program.finish();
        finished.succeeded();
        traces.gone_within(GONE_WITHIN);
        assert_eq!(names_in(folder.path()), [""; 0], "left behind at {moment}");
    }
}

/// Kills `loadline ARGUMENTS` once it says `moment`; gives the seconds until its processes and ports are gone.
#[track_caller]
fn killed(folder: tempfile::TempDir, arguments: &[&str], moment: &str) -> (f64, usize, tempfile::TempDir) {
    let program = Program::start_in(folder, arguments);
    program.wait_for(moment);
    let traces = Traces::below(program.pid());
    program.signal(Signal::KILL);
    let gone_s = traces.gone_within(GONE_WITHIN);
    let (finished, folder) = program.finish();
    assert_eq!(finished.code, None, "it was killed");
    (gone_s, traces.pids.len(), folder)
}

#[test]
fn kill_9_of_a_small_cluster_leaves_nothing() {
    let _alone = alone();
    let mut folder = tempfile::tempdir().unwrap();
    let mut slowest_s: f64 = 0.0;
    for _ in 0..20 {
        let (gone_s, processes, same) = killed(folder, &["up", "knee"], "Ctrl-C ends it");
        assert_eq!(processes, 1);
        slowest_s = slowest_s.max(gone_s);
        folder = same;
        assert!(names_in(folder.path()).len() <= 1, "each run sweeps away the folder of the one that was killed before");
    }
    println!("gone {slowest_s:.3} s after kill -9 at the slowest of 20");
    let (finished, folder) = Program::start_in(folder, &["run", "knee", "--duration", "1s"]).finish();
    finished.succeeded();
    assert_eq!(names_in(folder.path()), [""; 0], "the next run leaves nothing, of its own or of those before");
}

#[test]
fn kill_9_of_a_large_cluster_leaves_nothing_at_any_stage() {
    let _alone = alone();
    for _ in 0..endings() {
        for moment in ["Starting", "Writing the population", "Measuring"] {
            let (gone_s, processes, _folder) = killed(tempfile::tempdir().unwrap(), &["run", "twitter", "--duration", "20s"], moment);
            println!("at `{moment}`: {processes} processes gone in {gone_s:.3} s");
        }
    }
}

/// A stopped process reads no end of file. The operating system ends it with its parent, and Ctrl-C does not wait for each in turn.
#[test]
fn nodes_that_are_stopped_end_too() {
    let _alone = alone();
    for signal in [Signal::KILL, Signal::INT] {
        let program = Program::start(&["up", "twitter"]);
        program.wait_for("Ctrl-C ends it");
        let traces = Traces::below(program.pid());
        traces.pids.iter().take(20).for_each(|pid| signal_to(*pid, Signal::STOP));
        let began = Instant::now();
        program.signal_from_terminal(signal);
        let (_finished, _folder) = program.finish();
        let ended = began.elapsed();
        let gone_s = traces.gone_within(GONE_WITHIN);
        println!("{signal:?} with 20 nodes stopped: ended in {:.3} s, all gone {gone_s:.3} s after that", ended.as_secs_f64());
        assert!(ended < STOPPED_WITHIN, "{ended:?}");
    }
}
