//! What cannot be used: exit status 2, the reason and a remedy on standard error, nothing started, nothing left behind, never a panic.

use std::process::Command;

use crate::program::{Finished, Program, loadline, names_in, repository};

/// Standard error must have `reason` and, after it, `remedy`.
#[track_caller]
fn is_refused(finished: &Finished, what: &str, reason: &str, remedy: &str) {
    let Finished { code, out, err } = finished;
    assert_eq!(*code, Some(2), "{what}: {err}{out}");
    assert!(err.contains(reason), "{what}: `{reason}` is missing in:\n{err}");
    let after = err.split_once(reason).map_or("", |(_, after)| after);
    assert!(after.contains(remedy), "{what}: after the reason, `{remedy}` is missing in:\n{err}");
    assert!(!err.contains("panicked") && !err.contains("RUST_BACKTRACE"), "{what}: {err}");
    assert!(!err.contains("Starting"), "{what}: something was started:\n{err}");
    assert_eq!(out, "", "{what}: nothing goes to standard output");
}

#[track_caller]
fn check(command: &str, reason: &str, remedy: &str) {
    let arguments: Vec<&str> = command.split_terminator(' ').collect();
    let (finished, _folder) = loadline(&arguments, &[]);
    is_refused(&finished, command, reason, remedy);
}

#[test]
fn names_that_nobody_has() {
    check("run nothing", "no exercise named nothing", "Choose one of twitter, knee");
    check("up nothing", "no exercise named nothing", "Choose one of twitter, knee");
    check("run twitter --design nothing", "no design named nothing", "naive, good, better");
    check("up twitter --design nothing", "no design named nothing", "path of a sketch file");
    check("run twitter --scenario nothing", "no scenario named nothing", "reference");
    check("run twitter --predict nothing=3", "no figure is named nothing", "timeline_read.p99_ms");
    check("run twitter --predict feed.p99_ms=3", "no figure is named feed.p99_ms", "feed.utilisation");
    check("run twitter --predict timeline_read.p99_ms", "'timeline_read.p99_ms'", "write NAME=VALUE");
    check("run twitter --predict timeline_read.p99_ms=NaN", "timeline_read.p99_ms=NaN", "finite");
    check("run knee --shape square", "'square'", "baseline, ramp, spike, soak, stress");
    check("check-design x.json --exercise nothing", "x.json: No such file", "Give the path");
    check("lint nothing", "nothing is not a folder", "pack.toml");
    check("", "Usage: loadline", "list");
    check("fly", "unrecognized subcommand 'fly'", "--help");
}

#[test]
fn numbers_that_cannot_be() {
    for rate in ["0", "-1", "NaN", "1e30", "inf"] {
        check(&format!("run knee --rate {rate} --duration 2s"), "cannot be sent", "Choose a rate above 0");
        check(&format!("load http://127.0.0.1:9/ --rate {rate} --duration 1s"), "cannot be sent", "Choose a rate above 0");
    }
    for duration in ["nonsense", "0s", "-1s", "5parsecs", "NaN", "1e400"] {
        check(&format!("run knee --duration {duration}"), &format!("'{duration}'"), "");
        check(&format!("load http://127.0.0.1:9/ --rate 5 --duration {duration}"), &format!("'{duration}'"), "");
    }
    check("run knee --duration nonsense", "no unit of time", "write 20s, 500ms or 2m");
    check("run knee --duration 500ms", "a duration of 0.5 s cannot be run", "Choose from 1 s");
    check("run knee --duration 48h", "cannot be run", "3600 s");
    check("run knee --rate 90000000 --duration 1h", "times slower than life", "Choose a lower rate");
    check("up knee --seed 1 --rate 5", "unexpected argument '--rate'", "Usage: loadline up");
    check("run knee --seed -1", "'-1'", "");
    check("load http://127.0.0.1:9/ --rate 5 --duration 1s --connections 0", "0 is not in 1..", "--help");
}

#[test]
fn addresses_that_may_not_or_cannot_be_loaded() {
    let cases = [
        ("http://example.org/", "`example.org:80` is not this machine", "Only this machine can be loaded"),
        ("http://10.0.0.1:80/", "another machine's address", "Only this machine can be loaded"),
        ("http://0.0.0.0:80/", "another machine's address", "Only this machine can be loaded"),
        ("http://localhost.example.org:80/", "is not this machine", "Only this machine can be loaded"),
        ("http://user@127.0.0.1:80/", "is not this machine", "write http://127.0.0.1:PORT/path"),
        ("http://127.0.0.1:99999/", "`127.0.0.1:99999`", "write http://127.0.0.1:PORT/path"),
        ("http://127.0.0.1:0/", "port 0 is nobody's", "write http://127.0.0.1:PORT/path"),
        ("https://127.0.0.1/", "not an http address", "Write http://127.0.0.1:PORT/path"),
        ("nonsense", "not an http address", "Write http://127.0.0.1:PORT/path"),
        ("http://", "names no host", "Write http://127.0.0.1:PORT/path"),
        ("http://127.0.0.1:9/ä", "must be written as %XX", "Write http://127.0.0.1:PORT/path"),
        ("http://127.0.0.1:9/{user}", "must be written as %XX", "Write http://127.0.0.1:PORT/path"),
    ];
    for (url, reason, remedy) in cases {
        check(&format!("load {url} --rate 5 --duration 1s"), reason, remedy);
    }
}

/// Runs, draws up and checks `file`; each must refuse it in the same words.
#[track_caller]
fn sketch(file: &str, content: Option<&[u8]>, reason: &str, remedy: &str) {
    for arguments in [&["run", "knee", "--design", file][..], &["up", "knee", "--design", file], &["check-design", file]] {
        let folder = tempfile::tempdir().unwrap();
        if let Some(content) = content {
            std::fs::write(folder.path().join(file), content).unwrap();
        }
        let before = names_in(folder.path());
        let (finished, folder) = Program::start_in(folder, arguments).finish();
        is_refused(&finished, &format!("{arguments:?}"), reason, remedy);
        assert_eq!(names_in(folder.path()), before, "{arguments:?}");
    }
}

#[test]
fn sketch_files_that_are_none() {
    let sound = std::fs::read(repository("content/core/twitter/designs/good.json")).unwrap();
    sketch("cut.json", Some(&sound[..sound.len() / 2]), "cut.json: line ", "Mend the file there");
    sketch("words.json", Some(b"once upon a time"), "words.json: line 1, column 1: expected value", "Mend the file there");
    sketch("future.json", Some(br#"{"format":9}"#), "format 9 is not known here", "newer Loadline");
    sketch("list.json", Some(b"[1,2]"), "list.json: line 1", "Mend the file there");
    sketch("deep.json", Some("[".repeat(100_000).as_bytes()), "deep.json: line 1", "Mend the file there");
    sketch("bytes.json", Some(&[0xff, 0xfe, 0, 1]), "UTF-8", "A sketch is a text file of JSON");
    sketch("large.json", Some(&vec![b' '; 3 << 20]), "too large for a sketch", "Remove components");
    sketch("missing.json", None, "missing.json: No such file", "Give the path of a sketch file");
    sketch("/", None, "Is a directory", "A sketch is a text file of JSON");
    sketch("/dev/zero", None, "too large for a sketch", "Remove components");
}

#[test]
fn a_drawing_that_cannot_run() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("empty.json"), r#"{"format":1,"title":"E","components":[],"links":[]}"#).unwrap();
    let (finished, folder) = Program::start_in(folder, &["run", "knee", "--design", "empty.json"]).finish();
    is_refused(&finished, "an empty drawing", "there is no client", "Add a Client");
    // To be told so is what check-design is for.
    let (finished, _folder) = Program::start_in(folder, &["check-design", "empty.json"]).finish();
    assert!(finished.out.contains("there is no client") && finished.out.contains("Add a Client"), "{}", finished.out);
    assert_eq!(finished.code, Some(1), "{}", finished.err);
}

#[test]
fn reports_that_cannot_be_written() {
    for file in ["missing/report.json", "/", "/proc/report.json"] {
        for command in ["run knee --duration 2s", "load http://127.0.0.1:9/ --rate 5 --duration 1s"] {
            check(&format!("{command} --json {file}"), &format!("{file} cannot be written"), "Choose a file in a folder");
        }
    }
}

#[test]
fn a_folder_for_temporary_files_that_cannot_be_written() {
    let file = repository("docs/report.schema.json");
    for unusable in [file.to_str().unwrap(), "/proc"] {
        for arguments in [&["run", "knee", "--duration", "2s"][..], &["up", "knee"]] {
            let mut command = Command::new(loadline_tests::loadline());
            command.args(arguments).env("TMPDIR", unusable);
            let (finished, _folder) = Program::of(command, tempfile::tempdir().unwrap()).finish();
            assert_eq!(finished.code, Some(2), "{}", finished.err);
            assert_eq!(finished.out, "");
            let reason = format!("the folder {unusable}/loadline-run-");
            assert!(finished.err.contains(&reason) && finished.err.contains("could not be made"), "{}", finished.err);
            assert!(finished.err.contains("Free some disk space, or point TMPDIR"), "{}", finished.err);
        }
    }
}

#[test]
fn a_report_is_no_sketch_and_a_broken_pack_has_findings() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("pack")).unwrap();
    std::fs::write(folder.path().join("pack/pack.toml"), "id = 3\n").unwrap();
    let (finished, _folder) = Program::start_in(folder, &["lint", "pack"]).finish();
    assert_eq!(finished.code, Some(1), "{}", finished.err);
    assert!(finished.out.contains("pack.toml:1"), "file and line: {}", finished.out);
    let core = repository("content/core");
    let (finished, _folder) = loadline(&["lint", core.to_str().unwrap()], &[]);
    assert!(finished.succeeded().out.ends_with("0 errors, 0 warnings\n"));
}
