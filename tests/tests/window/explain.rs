//! A learner runs the knee, explains it, names it, runs again, compares the two, takes the report away as files, and finds all of it after the app
//! was closed; the change to try opens as a copy.

use fantoccini::key::Key;
use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::{A_RUN, look_at};

/// Runs the knee for some seconds without predictions, to its report; its number.
fn run_it(window: &Window) -> String {
    window.fill_in("[data-testid=duration] input", &format!("4{}", Key::Enter));
    window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.click_testid("run-without");
    let title = window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
    title.as_str().unwrap_or_default().split(':').next().unwrap_or_default().to_owned()
}

fn wait_for_saved(window: &Window) {
    window.wait_for("saved", "return /^Saved \\d/.test(document.querySelector('[data-testid=explain-saved]')?.textContent ?? '')");
}

fn text_of(window: &Window, testid: &str) -> Value {
    let css = format!("[data-testid=\"{testid}\"]");
    window.wait_for(testid, &format!("return document.querySelector('{css}') !== null"));
    window.ask("const e = document.querySelector(arguments[0]); return e.value ?? e.innerText.trim()", &[json!(css)])
}

/// Exports the open report in one form and reads the file that the window names.
fn export(window: &Window, form: &str) -> String {
    window.choose("Export");
    window.wait_for(
        form,
        &format!(
            "const entry = [...document.querySelectorAll('[role=menuitem]')].find((each) => each.innerText.startsWith('{form}'));
             entry?.click(); return entry !== undefined"
        ),
    );
    let path = window.wait_for("the path", "return document.querySelector('[data-testid=export-path]')?.innerText");
    let path = std::path::PathBuf::from(path.as_str().unwrap_or_default());
    assert!(path.starts_with(window.data_dir()), "{} is with the learner's data", path.display());
    let text = std::fs::read_to_string(&path).unwrap_or_else(|reason| panic!("{}: {reason}", path.display()));
    window.choose("Close");
    window.see_no_more("The report is written");
    text
}

#[test]
fn a_run_is_explained_compared_and_taken_away() {
    let mut window = Window::open_on("explain", 1920, 1080);
    window.choose("The knee");
    window.see("How to begin");
    window.choose("One service");
    window.see("Predict");
    assert_eq!(run_it(&window), "Run 1");
    window.choose("Explain it");
    let focused = window.ask("return document.activeElement.dataset.testid", &[]);
    assert_eq!(focused, json!("explain-why"));
    window.fill_in("[data-testid=explain-why]", "One worker, and <b>no</b> slack | 日本語");
    window.fill_in("[data-testid=explain-change]", "Two instances");
    window.fill_in("[data-testid=explain-note]", "Before lunch");
    wait_for_saved(&window);
    window.click_testid("run-name");
    window.fill("Name of run 1", &format!("As drawn{}", Key::Enter));
    window.see("As drawn");
    look_at(&window, "report");

    // The change, as a copy of the drawing that ran.
    window.choose("Open the change as a copy");
    window.wait_for("the copy", "return document.querySelectorAll('[data-testid=canvas] [data-testid^=node-]').length === 2");
    window.see("To try after run 1: Two instances");
    assert_eq!(
        window.wait_for("its title", "return document.querySelector('header [aria-label^=Design]')?.innerText"),
        json!("Two instances")
    );
    window.shot("copy");
    assert_eq!(run_it(&window), "Run 2");

    window.choose("All runs, and compare");
    window.see("Choose two to compare.");
    look_at(&window, "runs");
    window.choose("Choose run 1 to compare");
    window.choose("Choose run 2 to compare");
    window.choose("Compare run 1 with run 2");
    window.see("Run 1 beside run 2");
    window.see("no winner is named");
    window.see("The same system: no part, setting or link differs.");
    window.see("As drawn");
    look_at(&window, "compare");
    window.choose("All runs");
    window.choose("Choose One service to compare");
    window.choose("Choose Two instances to compare");
    window.choose("Compare two designs");
    window.see("Two designs side by side");
    look_at(&window, "designs");

    window.kill_app();
    window.open_again();
    window.choose("The knee");
    window.choose("Library");
    window.wait_for(
        "the runs of the knee",
        "location.hash = '#/runs/knee'; return document.querySelector('[data-testid=run-row-1]') !== null",
    );
    assert_eq!(text_of(&window, "name-1"), json!("As drawn"));
    window.see("Before lunch");
    window.choose("Run 1");
    window.wait_for("the report", "return document.querySelector('#verdict-title')?.innerText.startsWith('Run 1')");
    assert_eq!(text_of(&window, "explain-why"), json!("One worker, and <b>no</b> slack | 日本語"));
    assert_eq!(text_of(&window, "explain-change"), json!("Two instances"));
    assert_eq!(text_of(&window, "explain-note"), json!("Before lunch"));

    let markdown = export(&window, "Markdown");
    assert!(markdown.starts_with("# Run 1, As drawn: "), "{markdown}");
    assert!(markdown.contains("> One worker, and \\<b\\>no\\</b\\> slack \\| 日本語"), "{markdown}");
    assert!(markdown.contains("> Two instances") && markdown.contains("● measured"), "{markdown}");
    let page = export(&window, "HTML");
    assert!(page.contains("One worker, and &lt;b&gt;no&lt;/b&gt; slack | 日本語") && !page.contains("<script"), "{page}");
    let report: Value = serde_json::from_str(&export(&window, "JSON")).unwrap_or_else(|reason| panic!("the JSON: {reason}"));
    assert_eq!(report["learner"]["why"], "One worker, and <b>no</b> slack | 日本語");
    assert_eq!(report["sketch"]["components"].as_array().map(Vec::len), Some(2));

    // A run that is deleted goes, the other keeps its number.
    window.choose("All runs, and compare");
    window.choose("Delete run 1");
    window.choose("Delete");
    window.wait_for(
        "one run",
        "return document.querySelector('[data-testid=run-row-1]') === null && document.querySelector('[data-testid=run-row-2]') !== null",
    );
}
