//! A learner works through an exercise: notes, hints, worksheet, handing in; and finds all of it after the app has crashed.

use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::look_at;

/// Waits until the window says that all is on disk.
pub(super) fn wait_for_saved(window: &Window) {
    window.wait_for(
        "all saved",
        "return /Saved \\d/.test(document.querySelector('footer').innerText) && !/Saving/.test(document.querySelector('footer').innerText)",
    );
}

/// The value of the field that the CSS selector finds.
fn value_of(window: &Window, css: &str) -> Value {
    window.wait_for(css, &format!("return document.querySelector('{css}') !== null"));
    window.ask("return document.querySelector(arguments[0]).value", &[json!(css)])
}

pub(super) fn go_to(window: &Window, part: &str) {
    // The list scrolls by itself and the driver does not scroll it far enough: the page is asked to follow the link.
    window.wait_for(part, &format!("const link = document.querySelector('nav a[href$=\"/{part}\"]'); link?.click(); return link !== null"));
    window.wait_for(part, &format!("return document.querySelector('nav a[aria-current=page]')?.getAttribute('href').endsWith('/{part}')"));
}

/// What axe finds on the page as it is now: rule and element. Its source is the one that the window's own tests use.
pub(crate) fn axe(window: &Window) -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../ui/node_modules/axe-core/axe.min.js");
    let source = std::fs::read_to_string(path).unwrap_or_else(|reason| panic!("{path}: {reason}; run npm ci in ui/"));
    window.ask(&format!("if (!window.axe) {{ {source}
 }} window.found = undefined;
        window.axe.run(document).then((all) => {{ window.found = all.violations.flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.html)); }});
        return true"), &[]);
    window.wait_for("axe", "return window.found !== undefined");
    window.ask("return window.found", &[])
}

/// Looks at the page in light and dark and every size, with axe in both themes.
fn look(window: &Window, screen: &str) {
    look_at(window, screen);
    for theme in ["Light", "Dark"] {
        window.choose_theme(theme);
        // Colours that are still on their way between two themes are nobody's.
        window.wait_for("colours at rest", "return document.getAnimations().every((each) => each.playState !== 'running')");
        assert_eq!(axe(window), json!([]), "{screen} in {theme}");
    }
}

#[test]
fn an_exercise_is_worked_through_and_survives_a_crash() {
    let mut window = Window::open_on("practice", 1920, 1080);
    window.see("Twitter");
    window.choose("Start");
    window.see("6 phases, not begun");
    window.choose("Begin practice");
    window.see("Ask of each part");
    look(&window, "empty");

    window.fill_in("main textarea", "Post, follow, read the home timeline. 日本語");
    wait_for_saved(&window);
    window.see("0 of 4 opened");
    window.choose("Open hint 1 of 4");
    window.see("1 of 4 opened");
    window.choose("Open hint 2 of 4");
    window.see("2 of 4 opened");
    assert_eq!(window.ask("return document.querySelector('[data-testid=said]').textContent", &[]), json!("Hint 2 of 4 opened."));
    assert_eq!(window.count("[data-testid=solution]"), 0, "the solution is shut");
    window.choose("Hand in and compare");
    window.wait_for("the solution", "return document.querySelector('[data-testid=solution]')?.innerText.includes('Red flags')");
    look(&window, "requirements");

    go_to(&window, "estimation");
    window.fill_in("#answer-reads_per_tweet", "500");
    window.fill_in("#answer-push_writes", "6K");
    window.fill_in("#answer-timeline_memory", "about a lot");
    window.click_testid("hand-in-answers");
    window.see("Not read:");
    window.see("2.3 times too much");
    let worked = window.ask("return document.querySelector('[data-testid=worked-reads_per_tweet]').innerText", &[]);
    let worked = worked.as_str().unwrap_or_default();
    assert!(worked.contains("you: 500 timelines/tweet") && worked.contains("worked: 480 timelines/tweet"), "{worked}");
    assert!(worked.contains("16.8K timelines/s ÷ 35 tweets/s"), "{worked}");
    look(&window, "estimation");
    window.fill_in("#answer-timeline_memory", "1 TB");
    wait_for_saved(&window);
    go_to(&window, "design");
    // Opened without an attempt: asked once, and recorded as such.
    window.choose("Open without an attempt");
    window.choose("Open anyway");
    window.wait_for("diagrams", "const all = [...document.querySelectorAll('[data-testid=solution] figure img')]; return all.length > 0 && all.every((image) => image.complete)");
    look(&window, "design");

    window.kill_app();
    window.open_again();
    window.see("Practice begun, no design");
    window.see("1 of 6 phases");
    look_at(&window, "begun");
    window.choose("Continue");
    window.see("1 of 6 phases handed in, 2 hints opened, 1 solution opened without an attempt");
    window.choose("Open practice");
    go_to(&window, "requirements");
    window.see("2 of 4 opened");
    assert_eq!(value_of(&window, "main textarea"), json!("Post, follow, read the home timeline. 日本語"));
    window.see("Handed in,");
    window.wait_for("the solution", "return document.querySelector('[data-testid=solution]')?.innerText.includes('Red flags')");
    assert_eq!(window.count("nav ol svg"), 1, "one phase is marked as handed in");
    go_to(&window, "estimation");
    assert_eq!(value_of(&window, "#answer-reads_per_tweet"), json!("500"));
    assert_eq!(value_of(&window, "#answer-timeline_memory"), json!("1 TB"));
    window.see("worked: 480 timelines/tweet");
    assert_eq!(
        window.ask("return ['reads_per_tweet', 'timeline_memory'].map((id) => document.getElementById('answer-' + id).readOnly)", &[]),
        json!([true, false])
    );
    window.shot("again");
    go_to(&window, "design");
    window.see("Opened without an attempt,");

    // A dive's run opens on the workbench with its scenario.
    go_to(&window, "dive.replica-lag");
    look(&window, "dive");
    window.choose("Run this: push");
    window.choose("Open and go on");
    window.wait_for("the drawing", "return document.querySelectorAll('[data-testid=canvas] [data-testid^=node-]').length > 5");
    window.see("Replica lag");
    window.shot("dive-open");
    window.choose("Practice: notes, hints, worksheet");
    go_to(&window, "twists");
    look(&window, "twists");
    go_to(&window, "cards");
    window.choose("Show the answer");
    window.see("Next card");
    look(&window, "cards");
}
