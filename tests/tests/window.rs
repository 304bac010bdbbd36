//! Journeys through the real window, one after the other. A journey says what a learner does and reads; how is in `loadline_tests::window`.

#![expect(clippy::print_stderr, reason = "measured figures, for whoever runs this with --nocapture")]

use std::time::{Duration, Instant};

use fantoccini::key::Key;
use loadline_tests::processes::{descendants, listeners, wait_until_gone, wait_until_shut};
use loadline_tests::window::Window;
use serde_json::json;

#[path = "window/access.rs"]
mod access;
#[path = "window/canvas.rs"]
mod canvas;
#[path = "window/closing.rs"]
mod closing;
#[path = "window/designs.rs"]
mod designs;
#[path = "window/explain.rs"]
mod explain;
#[path = "window/faults.rs"]
mod faults;
#[path = "window/hostile.rs"]
mod hostile;
#[path = "window/interchange.rs"]
mod interchange;
#[path = "window/keeping.rs"]
mod keeping;
#[path = "window/keyboard.rs"]
mod keyboard;
#[path = "window/practice.rs"]
mod practice;
#[path = "window/running.rs"]
mod running;
#[path = "window/shell.rs"]
mod shell;
#[path = "window/trouble.rs"]
mod trouble;
#[path = "window/walk.rs"]
mod walk;

#[test]
fn the_library_opens_in_light_and_dark() {
    let window = Window::open("library");
    eprintln!("the window was there after {:?}", window.opened_in);
    window.see("Library");
    window.see("Twitter");
    assert_eq!(window.ask("return document.title", &[]), json!("Loadline"));
    for theme in ["Light", "Dark"] {
        window.choose_theme(theme);
        window.shot(&theme.to_lowercase());
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
    // The one port is that of the automation, which is there only under a driver.
    let ports = listeners(window.app().pid);
    assert!(ports.len() <= 1 && ports.iter().all(|port| port.is_loopback()), "the app listens for nobody else: {ports:?}");
}

/// A whole run with its start and its report, on a machine that has much else to do.
const A_RUN: Duration = Duration::from_secs(240);

/// Says `figure` for every figure that the scenario asks about.
fn predict_all(window: &Window, figure: &str) -> usize {
    let asked = window.wait_for(
        "figures to predict",
        "const asked = [...document.querySelectorAll('[data-testid^=predict-]')].filter((e) => e.querySelector('input'));
         return asked.length > 0 ? asked.map((e) => e.dataset.testid) : null",
    );
    let asked: Vec<&str> = asked.as_array().into_iter().flatten().filter_map(|testid| testid.as_str()).collect();
    for testid in &asked {
        window.fill_in(&format!("[data-testid=\"{testid}\"] input"), &format!("{figure}{}", Key::Enter));
    }
    asked.len()
}

/// Waits until a run has its processes, looks at them from outside, and gives them back.
fn nodes_of_a_run(window: &Window) -> Vec<loadline_tests::processes::Process> {
    window.wait_for_within("load on the cluster", "return document.querySelector('[data-testid=run-clock]') !== null", A_RUN);
    window.wait_for_within(
        "the run's warm-up or measuring",
        "return /Warm|Measur/i.test(document.querySelector('[data-testid=run-phase]')?.textContent ?? '')",
        A_RUN,
    );
    let nodes = window.nodes();
    assert!(nodes.len() >= 2, "a run is several processes: {nodes:?}");
    let ports: Vec<_> = nodes.iter().flat_map(|node| listeners(node.pid)).collect();
    assert!(!ports.is_empty() && ports.iter().all(|port| port.is_loopback()), "only this machine reaches a node: {ports:?}");
    nodes
}

#[test]
fn the_good_twitter_is_predicted_run_and_read() {
    let window = Window::open("twitter");
    window.choose("Start");
    window.see("How to begin");
    window.shot("exercise");
    window.choose("Design B: push");
    window.see("before an attempt?");
    window.shot("solution");
    window.choose("Keep it shut");
    window.see_no_more("before an attempt?");
    open_solution(&window, "Design B: push");
    window.see("Predict");
    let asked = predict_all(&window, "50");
    window.fill_in("[data-testid=because]", "The cache holds the timelines.");
    window.fill_in("[data-testid=duration] input", &format!("5{}", Key::Enter));
    window.see(&format!("{asked} of {asked}"));
    window.shot("predicted");
    window.click_testid("run");
    let nodes = nodes_of_a_run(&window);
    choose_part(&window, "feed");
    // In words, and for each link that is counted: who asks the feed, and whom it asks.
    window.wait_for("whether the laptop keeps up", "return document.querySelector('[data-testid=soundness]')?.innerText");
    let asks = "const asks = [...document.querySelectorAll('[data-testid=calls-from] dt, [data-testid=calls-to] dt')];
                return asks.length >= 3 ? asks.map((each) => each.innerText) : null";
    assert_eq!(window.wait_for("the feed's links", asks), json!(["API gateway", "SQL replicas", "KV cache"]));
    window.shot("running");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
    window.see("Predicted and measured");
    window.see("The cache holds the timelines.");
    window.shot("report");
    assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "the run is over");
    window.choose("Library");
    window.see("1 run");
    window.see("Last runs");
    window.choose("Twitter");
    window.see("Opened before an attempt");
    // It was opened, and asks no more; the other solution is still shut, since the design that ran is not the learner's own.
    assert_eq!(shut_designs(&window), 1);
}

/// Opens a solution before an attempt, as the window asks.
fn open_solution(window: &Window, title: &str) {
    window.choose(title);
    window.choose("Open anyway");
}

/// Designs on the page of an exercise that are shut.
fn shut_designs(window: &Window) -> u64 {
    let count = window.wait_for(
        "designs of the exercise",
        "const text = document.querySelector('#begin')?.parentElement?.innerText ?? '';
         return text.includes('Design A') ? [text.split('Shut until you have run').length - 1] : null",
    );
    count[0].as_u64().expect("a count")
}

#[test]
fn an_attempt_opens_the_solutions() {
    let window = Window::open("attempt");
    window.choose("Start");
    window.see("How to begin");
    assert_eq!(shut_designs(&window), 2);
    window.choose("Design A: pull");
    window.see("Predict");
    choose_part(&window, "feed");
    window.choose("Instances: one fewer");
    window.fill_in("[data-testid=duration] input", &format!("2{}", Key::Enter));
    // The drawing has single instances, so a wish for life speed changes nothing and says why.
    window.choose("Life speed");
    window.see("No slice: ");
    window.shot("life-speed");
    window.choose("All instances");
    window.click_testid("run-without");
    nodes_of_a_run(&window);
    window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
    window.choose("Library");
    window.see("1 run");
    window.choose("Twitter");
    window.see("Go on");
    assert_eq!(shut_designs(&window), 0, "an attempt was made");
    window.choose("Design C: push, and merge celebrities on read");
    window.see("Predict");
}

#[test]
fn a_run_of_the_knee_is_stopped() {
    let window = Window::open("knee");
    window.choose("The knee");
    window.see("How to begin");
    window.choose("One service");
    window.see("Predict");
    window.click_testid("run-without");
    let nodes = nodes_of_a_run(&window);
    let since = Instant::now();
    window.click_testid("stop");
    assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "stopped");
    eprintln!("the nodes were gone {:?} after Stop was chosen", since.elapsed());
    window.shot("stopped");
}

#[test]
fn the_window_shut_during_a_run_leaves_nothing() {
    let window = Window::open("shut");
    window.choose("The knee");
    window.choose("One service");
    window.click_testid("run-without");
    nodes_of_a_run(&window);
    // Dropping it looks at every process that was under the app.
    drop(window);
}

#[test]
fn the_app_killed_during_a_run_leaves_nothing() {
    let mut window = Window::open("killed");
    window.choose("The knee");
    window.choose("One service");
    window.click_testid("run-without");
    let nodes = nodes_of_a_run(&window);
    let ports: Vec<u16> = nodes.iter().flat_map(|node| listeners(node.pid)).map(|listener| listener.port).collect();
    let under = descendants(window.app().pid);
    let since = Instant::now();
    window.kill_app();
    assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "a node ends when its parent goes");
    let nodes_gone = since.elapsed();
    assert_eq!(wait_until_gone(&under, Duration::from_secs(60)), [], "and so does all else that the app started");
    eprintln!(
        "{} nodes were gone {nodes_gone:?} after the app was killed, all {} processes after {:?}",
        nodes.len(),
        under.len(),
        since.elapsed()
    );
    assert_eq!(wait_until_shut(&ports, Duration::from_secs(60)), [0_u16; 0], "still listened on");
    window.open_again();
    window.see("The knee");
    window.choose("The knee");
    // It opens the design that was being run, as it was, and offers to run it.
    wait_for_drawn(&window, 2);
    window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.shot("again");
}

/// How often a large run is ended in each way: `LOADLINE_ENDINGS`, or once.
fn endings() -> usize {
    std::env::var("LOADLINE_ENDINGS").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

/// Runs the reference design of Twitter, which is open, without a prediction; gives its processes and ports once there is load.
fn run_twitter(window: &Window) -> (Vec<loadline_tests::processes::Process>, Vec<u16>) {
    window.click_testid("run-without");
    let nodes = nodes_of_a_run(window);
    let ports: Vec<u16> = nodes.iter().flat_map(|node| listeners(node.pid)).map(|listener| listener.port).collect();
    assert!(nodes.len() >= 30 && ports.len() >= 30, "{} processes, {} ports", nodes.len(), ports.len());
    (nodes, ports)
}

#[test]
fn a_large_run_ends_with_stop_and_with_the_app() {
    for _ in 0..endings() {
        let mut window = Window::open("large");
        window.choose("Twitter");
        open_solution(&window, "Design B: push");
        let (nodes, ports) = run_twitter(&window);
        let since = Instant::now();
        window.click_testid("stop");
        assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "stopped");
        eprintln!("{} nodes were gone {:.3} s after Stop was chosen", nodes.len(), since.elapsed().as_secs_f64());
        assert_eq!(wait_until_shut(&ports, Duration::from_secs(60)), [0_u16; 0], "stopped");
        window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
        window.choose("Library");
        window.choose("Twitter");
        window.choose("Design B: push");
        let (nodes, ports) = run_twitter(&window);
        let since = Instant::now();
        window.kill_app();
        assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "a node ends when its parent goes");
        eprintln!("{} nodes were gone {:.3} s after kill -9 of the app", nodes.len(), since.elapsed().as_secs_f64());
        assert_eq!(wait_until_shut(&ports, Duration::from_secs(60)), [0_u16; 0], "killed");
    }
}

/// Chooses a component on the canvas.
fn choose_part(window: &Window, id: &str) {
    window.click_until(
        &format!("[data-testid=canvas] [data-testid=node-{id}]"),
        &format!("{id} chosen"),
        &format!("return document.querySelector('[data-testid=canvas] [data-testid=node-{id}].selected') !== null"),
    );
}

/// What stands on the canvas.
fn drawn(window: &Window) -> u64 {
    window.count("[data-testid=canvas] [data-testid^=node-]")
}

/// Waits until so many components stand on the canvas.
fn wait_for_drawn(window: &Window, count: u64) {
    window.wait_for(
        &format!("{count} components on the canvas"),
        &format!("return document.querySelectorAll('[data-testid=canvas] [data-testid^=node-]').length === {count}"),
    );
}

#[test]
fn a_small_design_is_drawn_and_run() {
    let window = Window::open("drawn");
    window.choose("The knee");
    window.choose("Draw from scratch");
    wait_for_drawn(&window, 1);
    window.wait_for("an error, since the client calls nobody", "return document.querySelector('[data-testid=findings-error]') !== null");
    assert_eq!(window.ask("return document.querySelector('[data-testid=run]').disabled", &[]), json!(true), "nothing to run yet");
    window.shot("empty");
    // The service, by its name and with the keyboard.
    window.click_testid("add");
    window.fill_in("[data-testid=add-search]", &format!("plain{}", Key::Enter));
    wait_for_drawn(&window, 2);
    window.click_testid("undo");
    wait_for_drawn(&window, 1);
    window.click_testid("redo");
    wait_for_drawn(&window, 2);
    // The link, by the port of the client.
    choose_part(&window, "client");
    window.click("[data-testid=port-select-client-entry] button");
    window.choose("Plain service");
    window.wait_for("a link on the canvas", "return document.querySelectorAll('.react-flow__edge').length === 1");
    window.wait_for("no error", "return document.querySelector('[data-testid=findings-error]') === null");
    window.shot("linked");
    window.fill_in("[data-testid=duration] input", &format!("4{}", Key::Enter));
    predict_all(&window, "30");
    window.wait_for("Run", "return document.querySelector('[data-testid=run]:not([disabled])') !== null");
    assert_eq!(drawn(&window), 2);
    window.shot("predicted");
    window.click_testid("run");
    nodes_of_a_run(&window);
    let verdict = window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
    eprintln!("what was drawn ran: {verdict}");
    let components = window.wait_for("its components", "return document.querySelector('#components table')?.innerText");
    assert!(components.as_str().is_some_and(|table| table.contains("Plain service")), "{components}");
    // The lab asks about a part that is not drawn here: the one of its role stands in, and is named.
    window.see("of Plain service");
    window.see("Predicted and measured");
    window.shot("report");
}

/// The sizes that every screen is looked at in: the first one of the window, and with `LOADLINE_SHOTS_ALL` that of a desk as well.
fn sizes() -> &'static [(u32, u32)] {
    if std::env::var_os("LOADLINE_SHOTS_ALL").is_some() { &[(1280, 800), (1920, 1080)] } else { &[(1280, 800)] }
}

/// Nothing reaches past the window, whatever its size and that of its text.
#[track_caller]
fn fits(window: &Window, what: &str) {
    let over = "const page = document.scrollingElement;
                return [page.scrollWidth - innerWidth, page.scrollHeight - innerHeight, innerWidth, innerHeight]";
    let over = window.ask(over, &[]);
    assert_eq!((&over[0], &over[1]), (&json!(0), &json!(0)), "{what} reaches past a window of {} x {}", over[2], over[3]);
}

/// Looks at the screen in every size, in light and dark: it must fit. The pictures are for people.
fn look_at(window: &Window, screen: &str) {
    for &(width, height) in sizes() {
        window.resize(width, height);
        for theme in ["Light", "Dark"] {
            window.choose_theme(theme);
            fits(window, screen);
            window.shot(&format!("{screen}-{width}-{}", theme.to_lowercase()));
        }
    }
}

/// Looks at every section of a report, in the size that the window has. The pictures are for people.
fn look_down(window: &Window, screen: &str) {
    if std::env::var_os("LOADLINE_SHOTS_ALL").is_none() {
        return;
    }
    for section in ["saturated", "operations", "components", "time", "scale", "figures"] {
        let there =
            window.ask("const e = document.getElementById(arguments[0]); e?.scrollIntoView(); return e !== null", &[json!(section)]);
        assert_eq!(there, json!(true), "{screen} has no section {section}");
        window.shot(&format!("{screen}-{section}"));
    }
}

#[test]
fn every_screen_fits_in_light_and_dark() {
    let window = Window::open_on("screens", 1920, 1080);
    window.see("Twitter");
    look_at(&window, "library");
    window.choose("Start");
    window.see("How to begin");
    look_at(&window, "exercise");
    open_solution(&window, "Design B: push");
    predict_all(&window, "40");
    window.fill_in("[data-testid=because]", "The cache holds the timelines, so a read touches no disk.");
    choose_part(&window, "feed");
    look_at(&window, "workbench");
    window.fill_in("[data-testid=duration] input", &format!("12{}", Key::Enter));
    window.click_testid("run");
    nodes_of_a_run(&window);
    look_at(&window, "running");
    // Behind each chart is a table.
    window.choose("Requests as a table");
    window.see("Failed or dropped, /s");
    window.shot("running-table");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_RUN);
    look_at(&window, "twitter-report");
    look_down(&window, "twitter-report");
    window.choose("Library");
    window.choose("The knee");
    window.choose("One service");
    predict_all(&window, "30");
    look_at(&window, "knee");
    window.fill_in("[data-testid=duration] input", &format!("8{}", Key::Enter));
    window.click_testid("run");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_RUN);
    look_at(&window, "knee-report");
    look_down(&window, "knee-report");
    window.choose("Library");
    window.see("Twitter");
    look_at(&window, "library-after");
}
