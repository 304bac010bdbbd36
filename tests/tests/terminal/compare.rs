//! Two runs compared, and a report in its other forms: `loadline compare`, `loadline report`, `loadline run --markdown --html`.

use std::path::Path;

use serde_json::Value;

use crate::program::{Finished, Program, alone, loadline};
use crate::report::Json;

const KNEE: [&str; 8] = ["run", "knee", "--shape", "baseline", "--rate", "80", "--duration", "1500ms"];

/// A folder in which one command works after the other.
struct Desk(Option<tempfile::TempDir>);

impl Desk {
    fn new() -> Self {
        Self(Some(tempfile::tempdir().unwrap()))
    }

    fn folder(&self) -> &Path {
        self.0.as_ref().unwrap().path()
    }

    fn run(&mut self, arguments: &[&str]) -> Finished {
        let (finished, folder) = Program::start_in(self.0.take().unwrap(), arguments).finish();
        self.0 = Some(folder);
        finished
    }

    #[track_caller]
    fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder().join(name)).unwrap_or_else(|reason| panic!("{name}: {reason}"))
    }
}

#[test]
fn two_runs_are_compared_and_written_down() {
    let _alone = alone();
    let mut desk = Desk::new();
    let first = ["--seed", "5", "--json", "a.json", "--markdown", "a.md", "--html", "a.html"];
    let second = ["--seed", "6", "--set", "service.instances=2", "--json", "b.json"];
    let told = desk.run(&[&KNEE[..], &first].concat()).succeeded();
    assert!(told.out.contains("Verdict"), "the text is told as well");
    desk.run(&[&KNEE[..], &second].concat()).succeeded();
    let a = Json::read(&desk.folder().join("a.json"));
    let drawn = a.0["sketch"]["components"].as_array().unwrap();
    assert!(drawn.iter().any(|component| component["id"] == "service"), "a report holds the drawing that ran");

    let (markdown, page) = (desk.read("a.md"), desk.read("a.html"));
    for text in [&markdown, &page] {
        for words in ["seed 5", "● measured", "○ modelled", "◌ assumed", "Scheduled = sent + dropped", "The drawing that ran"] {
            assert!(text.contains(words), "no `{words}` in\n{text}");
        }
    }
    assert!(markdown.starts_with("# Run: ") && page.starts_with("<!doctype html>") && !page.contains("<script"));

    // Read again from the file, it is the same text; and text for the terminal where no form is asked for.
    desk.run(&["report", "a.json", "--markdown", "again.md", "--html", "again.html"]).succeeded();
    assert_eq!((desk.read("again.md"), desk.read("again.html")), (markdown, page));
    let shown = desk.run(&["report", "a.json"]).succeeded();
    assert!(shown.out.contains("Predicted") || shown.out.contains("Operations, ms of life"), "{}", shown.out);
    let whole = desk.run(&["report", "a.json", "--markdown", "-"]).succeeded();
    assert!(whole.out.starts_with("# Run: ") && !whole.out.contains("Verdict: "), "standard output is the Markdown's alone");

    let compared = desk.run(&["compare", "a.json", "b.json", "--json", "c.json"]).succeeded();
    for words in ["A  a.json: ", "B  b.json: ", "Seed: 5 → 6", "1 → 2 instances", "Not like for like: seed", "no winner is named"] {
        assert!(compared.out.contains(words), "no `{words}` in\n{}", compared.out);
    }
    let comparison: Value = serde_json::from_str(&desk.read("c.json")).unwrap();
    assert_eq!(comparison["like_for_like"], false);
    let rows: Vec<&Value> = comparison["groups"].as_array().unwrap().iter().flat_map(|group| group["rows"].as_array().unwrap()).collect();
    let row = |name: &str| *rows.iter().find(|row| row["name"] == name).unwrap_or_else(|| panic!("no {name}"));
    let instances = row("service.instances");
    assert_eq!((instances["a"].as_f64(), instances["b"].as_f64(), instances["ratio"].as_f64()), (Some(1.0), Some(2.0), Some(2.0)));
    let scheduled = row("load.scheduled");
    assert_eq!(scheduled["a"].as_u64().or(scheduled["a"].as_f64().map(|count| count as u64)), Some(a.count("scheduled")));

    // A run beside itself: nothing differs.
    let same = desk.run(&["compare", "a.json", "a.json"]).succeeded();
    assert!(same.out.contains("design: the same drawing") && same.out.contains("scenario, load, seed and scale: the same"), "{}", same.out);
    assert!(!same.out.contains('+'), "no figure differs:\n{}", same.out);
}

#[test]
fn what_cannot_be_compared_is_said_with_its_remedy() {
    let mut desk = Desk::new();
    for (name, text) in [
        ("torn.json", "{\"format\": 1,\n  \"exercise\""),
        ("newer.json", "{\"format\": 99}"),
        ("other.json", "{\"format\": 1, \"exercise\": 3}"),
    ] {
        std::fs::write(desk.folder().join(name), text).unwrap();
    }
    for (arguments, place, remedy) in [
        (&["compare", "torn.json", "torn.json"][..], "torn.json: EOF while parsing an object at line 2 column 12", "loadline run"),
        (&["compare", "newer.json", "torn.json"], "newer.json: its format is 99, this version reads 1", "newer Loadline"),
        (&["report", "other.json"], "other.json: not a report", "loadline run"),
        (&["report", "missing.json"], "missing.json", "loadline run"),
        (&["report", "torn.json", "--html", "no/such/folder/a.html"], "a.html cannot be written", "folder that exists"),
        (&["report", "torn.json", "--html", "-", "--markdown", "-"], "asked for twice", "a file"),
    ] {
        let finished = desk.run(arguments);
        assert_eq!(finished.code, Some(2), "{arguments:?}");
        assert!(finished.err.contains(place) && finished.err.contains(remedy), "{arguments:?}: {}", finished.err);
    }
    assert_eq!(std::fs::read_dir(desk.folder()).unwrap().count(), 3, "nothing is left behind");
    // Without a folder of its own, the help names both commands.
    let (help, _folder) = loadline(&["--help"], &[]);
    assert!(help.out.contains("compare") && help.out.contains("report"), "{}", help.out);
}
