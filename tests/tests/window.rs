//! Journeys through the real window, one after the other. A journey says what a learner does and reads; how is in `loadline_tests::window`.

use loadline_tests::processes::listeners;
use loadline_tests::window::Window;
use serde_json::json;

#[test]
fn the_library_opens_in_light_and_dark() {
    let window = Window::open("library");
    eprintln!("the window was there after {:?}", window.opened_in);
    window.see("Library");
    window.see("Twitter");
    assert_eq!(window.ask("return document.title", &[]), json!("Loadline"));
    for (choice, theme) in [("Light", "light"), ("Dark", "dark")] {
        window.choose("Theme");
        window.choose(choice);
        window.wait_for(theme, &format!("return document.documentElement.dataset.theme === '{theme}'"));
        window.see_no_more("As the system");
        window.shot(theme);
    }
}

#[test]
fn the_page_reaches_nothing_but_the_app() {
    let window = Window::open("fence");
    window.see("Library");
    let refused = window.wait_for(
        "what the content security policy refuses",
        "if (!window.refused) {
           window.refused = [];
           document.addEventListener('securitypolicyviolation', (event) => window.refused.push(event.effectiveDirective));
           fetch('https://127.0.0.1:9/').catch(() => {});
           const image = new Image();
           image.src = 'http://127.0.0.1:9/x.png';
           const script = document.createElement('script');
           script.textContent = 'window.injected = true';
           document.body.append(script);
         }
         return window.refused.length >= 3 ? [...window.refused].sort() : null",
    );
    assert_eq!(refused, json!(["connect-src", "img-src", "script-src-elem"]));
    assert_eq!(window.ask("return [window.injected === undefined, window.__TAURI__ === undefined]", &[]), json!([true, true]));
    assert!(listeners(window.app().pid).is_empty(), "the app itself listens on no port");
}
