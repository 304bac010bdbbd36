//! A learner without a pointer: from the library to the report, with keys alone. Nothing here clicks or reaches into the page to change it.

use loadline_tests::window::Window;
use serde_json::json;

use super::{A_RUN, Key, wait_for_drawn};

/// A key with Ctrl held.
fn with_ctrl(key: &str) -> String {
    format!("{}{key}{}", Key::Control, Key::Null)
}

/// What has the focus, as a screen reader would name it.
const FOCUSED: &str = "const e = document.activeElement;
    const called = e?.getAttribute('aria-labelledby')?.split(' ').map((id) => document.getElementById(id)?.innerText ?? '').join(' ');
    return (e?.getAttribute('aria-label') ?? called ?? e?.labels?.[0]?.innerText ?? e?.innerText ?? '').trim()";

/// Presses Tab until what has the focus is called so; a page that never comes there is not for the keyboard.
fn tab_to(window: &Window, name: &str) {
    let mut met = Vec::new();
    for _ in 0..150 {
        let focused = window.ask(FOCUSED, &[]);
        let focused = focused.as_str().unwrap_or_default().to_owned();
        if focused.starts_with(name) {
            return;
        }
        met.push(focused);
        window.press(&Key::Tab.to_string());
    }
    panic!("Tab never came to {name:?}; it came to {met:?}");
}

/// Writes over what is in the field that has the focus. The held key is let go of in between.
fn replace(window: &Window, text: &str) {
    window.press(&with_ctrl("a"));
    window.press(&format!("{text}{}", Key::Enter));
}

/// Finds something by its name in the finder, and does it.
fn find(window: &Window, name: &str) {
    window.press(&with_ctrl("k"));
    window.wait_for("the finder", "return document.activeElement?.getAttribute('role') === 'combobox'");
    window.press(name);
    window.wait_for(
        name,
        &format!("return document.querySelector('[role=option][aria-selected=true]')?.innerText.includes({})", json!(name)),
    );
    window.press(&Key::Enter.to_string());
}

#[test]
fn a_design_is_drawn_predicted_run_and_read_by_keyboard_alone() {
    let window = Window::open("keyboard");
    window.see("The knee");
    find(&window, "The knee");
    window.see("How to begin");
    tab_to(&window, "Draw from scratch");
    window.press(&Key::Enter.to_string());
    wait_for_drawn(&window, 1);

    // Add a service, and link the client with it.
    window.press("a");
    window.wait_for("the box to add", "return document.activeElement?.getAttribute('role') === 'combobox'");
    window.press(&format!("plain{}", Key::Enter));
    wait_for_drawn(&window, 2);
    window.wait_for("the new service chosen", "return document.activeElement?.getAttribute('data-id') === 'work'");
    window.press(&format!("{}l{}", Key::Shift, Key::Null));
    window.wait_for("the box to link", "return document.activeElement?.getAttribute('role') === 'combobox'");
    window.press(&format!("client{}", Key::Enter));
    window.wait_for("a link on the canvas", "return document.querySelectorAll('.react-flow__edge').length === 1");

    // Walk along the link and back, set the workers of the service in the inspector.
    window.wait_for("the service in focus", "return document.activeElement?.getAttribute('data-id') === 'work'");
    // It was put in the upper middle, above the client.
    window.press(&Key::Down.to_string());
    window.wait_for("the client in focus", "return document.activeElement?.getAttribute('data-id') === 'client'");
    window.press(&Key::Up.to_string());
    window.wait_for("the service in focus", "return document.activeElement?.getAttribute('data-id') === 'work'");
    window.press(&Key::Enter.to_string());
    window.wait_for("the inspector in focus", "return document.activeElement?.closest('[data-testid=inspector]') !== null");
    tab_to(&window, "Workers");
    replace(&window, "6");
    window.wait_for("6 workers", "return document.querySelector('[data-testid=setting-workers] input')?.value === '6'");

    // A short run, with each figure predicted.
    tab_to(&window, "Runs for");
    replace(&window, "4");
    let asked = window.wait_for(
        "figures to predict",
        "return [...document.querySelectorAll('[data-testid^=predict-] input')].map((e) => e.labels[0].innerText)",
    );
    for label in asked.as_array().into_iter().flatten().filter_map(|label| label.as_str()) {
        tab_to(&window, label.lines().next().unwrap_or_default());
        window.press(&format!("30{}", Key::Enter));
    }
    tab_to(&window, "Because");
    window.press("Six workers at 10 ms each");
    window.wait_for("Run", "return document.querySelector('[data-testid=run]:not([disabled])') !== null");
    window.press(&with_ctrl(&Key::Enter.to_string()));
    window.wait_for_within("load on the cluster", "return document.querySelector('[data-testid=run-clock]') !== null", A_RUN);
    window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
    window.see("Six workers at 10 ms each");

    // The report is read section by section.
    for (section, id) in [("Components", "components"), ("Figures", "figures")] {
        tab_to(&window, section);
        window.press(&Key::Enter.to_string());
        window.wait_for(section, &format!("return document.activeElement?.id === '{id}'"));
    }
    window.shot("report");
}
