//! A learner breaks a run by hand: one instance is killed and started again, the operating system confirms it, and the view is held meanwhile.

use loadline_tests::processes::wait_until_gone;
use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::{A_RUN, Duration, Key, choose_part, nodes_of_a_run};

/// The process id in the newest event that begins so.
fn process_in_event(window: &Window, begins: &str) -> u32 {
    let script = format!(
        "const said = [...document.querySelectorAll('[data-testid=events] li')].map((each) => each.innerText);
         return said.find((text) => text.includes('{begins}')) ?? null"
    );
    let text = window.wait_for_within(begins, &script, A_RUN);
    let text = text.as_str().expect("an event");
    let number: String = text.split("process ").nth(1).unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
    number.parse().unwrap_or_else(|_| panic!("no process in {text:?}"))
}

fn clock(window: &Window) -> Value {
    window.ask("return document.querySelector('[data-testid=run-clock]')?.innerText", &[])
}

#[test]
fn an_instance_is_killed_and_started_again_by_hand() {
    let window = Window::open("faults");
    window.choose("The knee");
    window.choose("One service");
    window.see("Predict");
    window.fill_in("[data-testid=duration] input", &format!("600{}", Key::Enter));
    // Pressed twice, it is one run.
    window.wait_for("Run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.ask("const run = document.querySelector('[data-testid=run-without]'); run.click(); run.click(); return true", &[]);
    let nodes = nodes_of_a_run(&window);
    assert_eq!(nodes.len(), 2, "a service and the generator: {nodes:?}");
    choose_part(&window, "service");
    window.wait_for("a key for the fault", "return document.querySelector('[data-testid=fault-service-1]:not([disabled])') !== null");
    window.click_testid("fault-service-1");
    let killed = process_in_event(&window, "service-1 was killed by hand");
    let killed: Vec<_> = nodes.into_iter().filter(|node| node.pid == killed).collect();
    assert_eq!(killed.len(), 1, "it was one of the run's processes");
    assert_eq!(wait_until_gone(&killed, Duration::from_secs(60)), [], "killed");
    window.wait_for("service-1 gone", "return document.querySelector('[data-testid=fault-service-1]')?.innerText === 'Restart'");
    window.shot("killed");
    window.click_testid("fault-service-1");
    let back = process_in_event(&window, "service-1 is back");
    assert!(window.nodes().iter().any(|node| node.pid == back), "{back} is a process of this run");
    window.wait_for("service-1 alive", "return document.querySelector('[data-testid=fault-service-1]')?.innerText === 'Kill'");
    // While the view is held the run goes on: what happens is told, and the clock stands.
    window.click_testid("hold");
    let held = clock(&window);
    window.see("The view is held");
    choose_part(&window, "service");
    window.press("k");
    window.wait_for_within(
        "a second kill",
        "return document.querySelector('[data-testid=events]').innerText.split('was killed by hand').length === 3",
        A_RUN,
    );
    assert_eq!(clock(&window), held);
    window.shot("held");
    window.click_testid("hold");
    window.wait_for("the clock going on", &format!("return document.querySelector('[data-testid=run-clock]').innerText !== {held}"));
    // From outside, by whoever may: the run says what it knows, and the instance can be started again.
    window.click_testid("fault-service-1");
    window.wait_for_within(
        "a second return",
        "return document.querySelector('[data-testid=events]').innerText.split('service-1 is back').length === 3",
        A_RUN,
    );
    let process = process_in_event(&window, "service-1 is back");
    assert_ne!(process, back);
    let outside = rustix::process::Pid::from_raw(i32::try_from(process).expect("a process id")).expect("a process id");
    rustix::process::kill_process(outside, rustix::process::Signal::KILL).expect("it is ours to kill");
    window.see_within("service-1 is gone", A_RUN);
    window.click_testid("stop");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_RUN);
    // What broke stands on the charts, and in the list with what the operating system said.
    let marks = window.wait_for(
        "marks on the charts",
        "const texts = [...document.querySelectorAll('#time svg text')].map((each) => each.textContent);
         return ['service-1 killed', 'service-1 back'].map((mark) => texts.includes(mark))",
    );
    assert_eq!(marks, json!([true, true]));
    window.see("ended by signal 9");
    window.shot("report");
}
