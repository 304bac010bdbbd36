//! Every screen of the real window before axe-core, in light and dark: nothing serious, nothing critical. The rules are axe's; what they cannot
//! see (the order of the keyboard, the sense of words) is in the other journeys.

use fantoccini::key::Key;
use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::interchange::menu;
use super::keeping::{add, history, wait_for_saved};
use super::practice::{go_to, wait_for_saved as wait_for_notes};
use super::{A_RUN, choose_part, nodes_of_a_run, predict_all, wait_for_drawn};

/// What axe-core finds on the page that is serious or critical: rule, and element. Its source is the one that the window's own tests use.
pub(super) fn serious(window: &Window) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(path).unwrap_or_else(|reason| panic!("{path}: {reason}; run npm ci in ui/"));
    let script = format!(
        "if (!window.axe) {{ {source}
 }} window.found = undefined;
 window.axe.run(document).then((all) => {{
   window.found = [all.passes.length, all.violations.filter((rule) => ['serious', 'critical'].includes(rule.impact))
     .flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.html.slice(0, 200)))];
 }}, (error) => {{ window.found = [0, ['axe failed: ' + error]]; }});
 return true"
    );
    window.ask(&script, &[]);
    let found = window.wait_for("axe", "return window.found");
    assert!(found[0].as_u64().is_some_and(|passed| passed > 5), "axe looked at something: {found}");
    found[1].clone()
}

/// Sets the theme without opening a menu over what is looked at, and nothing moves: colours on their way between two themes are nobody's.
fn theme(window: &Window, name: &str) {
    window.ask("Object.assign(document.documentElement.dataset, { motion: 'off', theme: arguments[0] }); return true", &[json!(name)]);
    window.wait_for("colours at rest", "return document.getAnimations().every((each) => each.playState !== 'running')");
}

#[track_caller]
pub(super) fn look(window: &Window, screen: &str) {
    for name in ["light", "dark"] {
        theme(window, name);
        assert_eq!(serious(window), json!([]), "{screen} in {name}");
        window.shot(&format!("{screen}-{name}"));
    }
}

fn go(window: &Window, hash: &str, sign: &str) {
    window.ask("location.hash = arguments[0]; return true", &[json!(hash)]);
    window.see(sign);
}

#[test]
fn axe_finds_nothing_serious_on_any_screen_of_a_newcomer() {
    let window = Window::open("axe-new");
    window.see("New here?");
    look(&window, "library");
    window.press(&format!("{}k", Key::Control));
    window.see("Light theme");
    look(&window, "finder");
    window.press(&format!("{}", Key::Escape));
    window.see_no_more("Light theme");
    window.ask("document.activeElement?.blur(); return true", &[]);
    window.press("?");
    window.see("Walk along links");
    look(&window, "shortcuts");
    window.press(&format!("{}", Key::Escape));
    window.see_no_more("Walk along links");
    go(&window, "#/settings", "Share of the laptop");
    look(&window, "settings");
    go(&window, "#/about", "works of others in it");
    window.fill("Search works and licences", "serde_json");
    look(&window, "about");
    go(&window, "#/exercise/twitter", "How to begin");
    look(&window, "exercise");
    go(&window, "#/practice/twitter", "Not begun");
    look(&window, "practice");
    go(&window, "#/report/1", "store_not_found");
    window.choose("Copy report");
    window.wait_for("the report", "return document.querySelector('textarea[aria-label=Report]') !== null");
    look(&window, "error");
}

#[test]
fn axe_finds_nothing_serious_from_the_drawing_to_the_report() {
    let window = Window::open("axe-run");
    window.see("New here?");
    window.choose("Take the tour");
    window.see("1 of 4");
    wait_for_drawn(&window, 2);
    look(&window, "tour");
    window.choose("Leave the tour");
    choose_part(&window, "service");
    look(&window, "workbench");
    predict_all(&window, "30");
    window.fill_in("[data-testid=duration] input", &format!("60{}", Key::Enter));
    window.click_testid("run");
    nodes_of_a_run(&window);
    look(&window, "running");
    window.click_testid("stop");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_RUN);
    look(&window, "report");
    go(&window, "#/library", "Last runs");
    look(&window, "library-after");
}

/// Shuts the dialog that lies over the page.
fn shut(window: &Window) {
    window.press(&Key::Escape.to_string());
    window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
}

/// Runs the knee's design, which is open, for some seconds to its report.
fn run_it(window: &Window, number: u32) {
    window.fill_in("[data-testid=duration] input", &format!("3{}", Key::Enter));
    window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.click_testid("run-without");
    window.wait_for_within(
        "the report",
        &format!("return document.querySelector('#verdict-title')?.innerText.startsWith('Run {number}')"),
        A_RUN,
    );
}

#[test]
fn axe_finds_nothing_serious_where_runs_and_designs_are_kept_and_compared() {
    let window = Window::open("axe-kept");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    run_it(&window, 1);
    go(&window, "#/workbench/knee/1", "Predict");
    wait_for_drawn(&window, 2);
    menu(&window, "Copy this design");
    window.wait_for("the copy", "return location.hash.endsWith('/2')");
    wait_for_drawn(&window, 2);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);
    run_it(&window, 2);

    go(&window, "#/runs/knee", "Choose two to compare.");
    look(&window, "runs");
    window.choose("Delete run 1");
    window.see("cannot be had back");
    look(&window, "delete-run");
    shut(&window);
    window.choose("Choose run 1 to compare");
    window.choose("Choose run 2 to compare");
    window.choose("Compare run 1 with run 2");
    window.see("What they were given");
    look(&window, "compare-runs");
    go(&window, "#/designs/knee/1/2", "Two designs side by side");
    window.wait_for("both drawings", "return document.querySelectorAll('section[aria-label] svg').length >= 2");
    look(&window, "compare-designs");
}

#[test]
fn axe_finds_nothing_serious_in_what_lies_over_the_workbench() {
    let window = Window::open("axe-over");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);
    history(&window);
    look(&window, "history");
    shut(&window);
    menu(&window, "Export");
    window.wait_for("the text", "return document.querySelector('[data-testid=export-text]')?.value.length > 0");
    look(&window, "export");
    window.choose("PNG");
    window.wait_for(
        "the preview",
        "const image = document.querySelector('[role=dialog] img'); return image !== null && image.complete && image.naturalWidth > 100",
    );
    look(&window, "export-png");
    shut(&window);
    menu(&window, "Import");
    window.wait_for("the text to read", "return document.querySelector('[data-testid=import-text]') !== null");
    look(&window, "import");
    shut(&window);
    window.press(&format!("{}k", Key::Control));
    window.wait_for("the finder", "return document.querySelectorAll('[role=option]').length > 10");
    look(&window, "finder");
    shut(&window);
    window.ask("document.activeElement?.blur(); return true", &[]);
    window.press("?");
    window.see("Walk along links");
    look(&window, "shortcuts");
    shut(&window);
    menu(&window, "Rename");
    window.see("Rename the design");
    look(&window, "rename");
    shut(&window);

    window.fill_in("[data-testid=duration] input", &format!("600{}", Key::Enter));
    window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.click_testid("run-without");
    nodes_of_a_run(&window);
    choose_part(&window, "service");
    window.wait_for("its instances", "return document.querySelector('[data-testid=fault-service-1]') !== null");
    look(&window, "running-inspector");
    window.choose("Library");
    window.see("Stop the run and leave?");
    look(&window, "leaving");
    window.choose("Stop the run and leave");
    window.see("Labs");
}

#[test]
fn axe_finds_nothing_serious_in_solutions_and_in_files_that_are_handed_over() {
    let folder = tempfile::tempdir().expect("a folder");
    let design = concat!(env!("CARGO_MANIFEST_DIR"), "/../content/core/twitter/designs/naive.json");
    let broken = folder.path().join("broken.loadline");
    std::fs::write(&broken, "no drawing").expect("a file");
    let window = Window::open_as_installed("axe-handed", &[design]);
    window.see("Open naive.json");
    look(&window, "handed-over");
    window.choose("Leave it");
    window.see_no_more("Open naive.json");
    assert!(window.start_again(&[&broken.display().to_string()]), "the second start ends by itself");
    window.see("The file was not opened");
    look(&window, "handed-over-refused");
    window.choose("Go on");
    go(&window, "#/exercise/twitter", "How to begin");
    window.choose("Design B: push");
    window.see("before an attempt?");
    look(&window, "solution-shut");
    window.choose("Keep it shut");
    window.see_no_more("before an attempt?");
    go(&window, "#/practice/twitter/requirements", "Ask of each part");
    window.fill_in("main textarea", "Post, follow, read.");
    wait_for_notes(&window);
    window.choose("Hand in and compare");
    window.wait_for("the solution", "return document.querySelector('[data-testid=solution]')?.innerText.includes('Red flags')");
    look(&window, "solution-open");
    go_to(&window, "design");
    window.choose("Open without an attempt");
    window.see("Open anyway");
    look(&window, "solution-asked");
    window.choose("Open anyway");
    window.wait_for(
        "its diagrams",
        "const all = [...document.querySelectorAll('[data-testid=solution] figure img')]; return all.length > 0 && all.every((image) => image.complete)",
    );
    look(&window, "solution-diagrams");
}
