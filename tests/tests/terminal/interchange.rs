//! A design out as every format and back in: by the terminal, whole files only, and what is wrong with its line.

use std::path::Path;

use loadline_model::sketch::Sketch;

use crate::program::{Finished, loadline, names_in, repository};

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()))
}

#[track_caller]
fn sketch(path: &Path) -> Sketch {
    Sketch::from_json(&text(path)).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()))
}

fn said(path: &Path) -> &str {
    path.to_str().expect("a path in UTF-8")
}

#[test]
fn every_design_goes_out_and_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    for (exercise, design) in [("twitter", "naive"), ("twitter", "good"), ("twitter", "better"), ("knee", "one")] {
        let named = format!("{exercise}:{design}");
        for file in ["a.json", "a.mmd", "a.svg"] {
            let (finished, _) = loadline(&["export", &named, "-o", said(&at(file))], &[]);
            assert!(finished.succeeded().out.is_empty());
        }
        let drawn = sketch(&repository(&format!("content/core/{exercise}/designs/{design}.json")));
        assert_eq!(sketch(&at("a.json")), drawn, "{named}");
        let svg = text(&at("a.svg"));
        assert!(
            svg.starts_with("<svg ") && drawn.components.iter().all(|c| svg.contains(&format!("<title>{}</title>", c.name))),
            "{named}"
        );
        let (finished, _) = loadline(&["import", said(&at("a.mmd")), "--exercise", exercise, "-o", said(&at("back.json"))], &[]);
        let out = finished.succeeded().out;
        assert!(out.contains("is taken for client. Its class is client."), "{out}");
        let back = sketch(&at("back.json"));
        let plain = |sketch: &Sketch| {
            let mut plain = sketch.clone();
            plain.components.iter_mut().for_each(|c| c.settings.clear());
            plain
        };
        assert!(back.draws_the_same(&plain(&drawn)), "{named}: {}", text(&at("a.mmd")));
    }
    assert_eq!(names_in(folder.path()), ["a.json", "a.mmd", "a.svg", "back.json"], "whole files and nothing beside them");
}

#[test]
fn a_picture_in_pixels_has_the_size_that_was_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.png");
    let width = |scale: &str| {
        let (finished, _) = loadline(&["export", "twitter:good", "--to", "png", "--scale", scale, "--dark", "-o", said(&path)], &[]);
        if finished.err.contains("no fonts were found") {
            assert_eq!(finished.code, Some(2));
            return None;
        }
        finished.succeeded();
        let bytes = std::fs::read(&path).unwrap();
        assert!(bytes.starts_with(b"\x89PNG\r\n\x1a\n"));
        Some(u32::from_be_bytes([bytes[16], bytes[17], bytes[18], bytes[19]]))
    };
    if let (Some(once), Some(twice)) = (width("1"), width("2")) {
        assert_eq!((twice, once > 400), (2 * once, true));
    }
}

#[test]
fn standard_output_and_an_arranged_drawing() {
    let (finished, _) = loadline(&["export", "twitter:good", "--to", "mermaid", "-o", "-"], &[]);
    let Finished { out, err, .. } = finished.succeeded();
    assert!(out.contains("flowchart TD") && err.contains("Mermaid has no place for settings"), "{out}{err}");
    let (finished, _) = loadline(&["export", "twitter:good", "--to", "sketch", "--arrange", "-o", "-"], &[]);
    let arranged = Sketch::from_json(&finished.succeeded().out).unwrap();
    assert!(arranged.components.iter().any(|c| c.at != (0.0, 0.0)));
}

#[track_caller]
fn refused(arguments: &[&str], reason: &str, remedy: &str) {
    let (Finished { code, out, err }, _) = loadline(arguments, &[]);
    assert_eq!((code, out.as_str()), (Some(2), ""), "{arguments:?}: {err}");
    let after = err.split_once(reason).unwrap_or_else(|| panic!("`{reason}` is missing in:\n{err}")).1;
    assert!(after.contains(remedy), "after the reason, `{remedy}` is missing in:\n{err}");
}

#[test]
fn what_cannot_be_brought_in_or_written_is_said_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.mmd");
    let (from, to) = (said(&file).to_owned(), said(&folder.path().join("a.json")).to_owned());
    let write = |text: &str| std::fs::write(&file, text).unwrap();
    write("flowchart TD\n  A[Browser] --> B[\n");
    refused(&["import", &from, "-o", &to], "a.mmd:2:19: `[` is not closed", "Close it with `]`");
    write("pie title x\n");
    refused(&["import", &from, "-o", &to], "a.mmd:1:1: `pie` begins no flowchart", "flowchart");
    write("flowchart TD\n  A[Browser] --> B[Quux]\n");
    refused(&["import", &from, "-o", &to], "nothing says what B is", "--role B=ROLE");
    refused(&["import", &from, "--role", "B=nothing", "-o", &to], "no role is called nothing", "load_balancer");
    refused(&["import", &from, "--role", "C=kv", "-o", &to], "no node is called C", "A, B");
    refused(&["import", "nothing.mmd", "-o", &to], "nothing.mmd cannot be read", "folder that exists");
    refused(&["export", "twitter:nothing", "--to", "svg", "-o", &to], "no design named nothing", "naive, good, better");
    refused(&["export", "nothing:good", "--to", "svg", "-o", &to], "no exercise named nothing", "twitter");
    refused(&["export", "twitter:good", "-o", "x.pdf"], "does not say in which format", "--to");
    refused(&["export", "twitter:good", "-o", "nowhere/x.svg"], "nowhere/x.svg cannot be written", "folder that exists");
    assert_eq!(names_in(folder.path()), ["a.mmd"], "nothing was written");
    write("flowchart TD\n  A[\"مرحبا 👩‍👩‍👧 </text>\"]:::client --> B[Quux]\n  click A \"javascript:alert(1)\"\n");
    let (finished, _) = loadline(&["import", &from, "--role", "B=load_balancer", "-o", &to], &[]);
    let out = finished.succeeded().out;
    assert!(out.contains("You said so.") && out.contains("a.mmd:3: `click` is decoration"), "{out}");
    assert_eq!(sketch(Path::new(&to)).components[0].name, "مرحبا 👩‍👩‍👧 </text>");
}
