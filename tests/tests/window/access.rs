//! Every screen of the real window before axe-core, in light and dark: nothing serious, nothing critical. The rules are axe's; what they cannot
//! see (the order of the keyboard, the sense of words) is in the other journeys.

use fantoccini::key::Key;
use loadline_tests::window::Window;
use serde_json::{Value, json};

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
fn look(window: &Window, screen: &str) {
    for name in ["light", "dark"] {
        theme(window, name);
        assert_eq!(serious(window), json!([]), "{screen} in {name}");
    }
    window.shot(screen);
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
