//! What a learner reads while a design runs: each component by load, CPU, memory and errors, instance by instance; events; the soundness of the run;
//! and the commands that look inside a component, which are tried as they are shown.

use std::process::{Command, Stdio};

use fantoccini::key::Key;
use loadline_tests::processes::wait_until_gone;
use loadline_tests::window::Window;

use super::{A_RUN, Duration, choose_part, nodes_of_a_run};

/// Waits until a component says something on the canvas that fits the pattern.
fn says(window: &Window, id: &str, what: &str, pattern: &str) {
    let script = format!(
        "const said = document.querySelector('[data-testid=canvas] [data-testid=node-{id}]')?.innerText ?? ''; return /{pattern}/.test(said)"
    );
    window.wait_for_within(&format!("{id} by {what}"), &script, A_RUN);
}

/// Runs a command as it is shown, with `more` behind it, in a shell; what it wrote.
fn in_a_shell(command: &str, more: &str) -> String {
    let done = Command::new("sh").args(["-c", &format!("{command} {more}")]).stdin(Stdio::null()).output().expect("a shell");
    let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "{command} {more}: {err}");
    out.into_owned()
}

/// The command that the inspector shows for an instance of the component that is chosen.
fn shown_command(window: &Window, node: &str) -> String {
    let script = format!("return document.querySelector('[data-testid=copy-{node}]')?.parentElement.querySelector('code')?.innerText");
    let command = window.wait_for(&format!("the command for {node}"), &script);
    command.as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_running_design_is_read_and_looked_into() {
    let window = Window::open("reading");
    window.choose("Twitter");
    super::open_solution(&window, "Design B: push");
    window.see("Predict");
    window.fill_in("[data-testid=duration] input", &format!("300{}", Key::Enter));
    window.click_testid("run-without");
    let nodes = nodes_of_a_run(&window);

    for (metric, pattern) in [("CPU", r"\d\.\d\d core"), ("Memory", r"\d+ MB"), ("Errors", r"\d%"), ("Load", r"\d+%")] {
        window.choose(metric);
        says(&window, "feed", metric, pattern);
        window.shot(&metric.to_lowercase());
    }
    // The comb has a tooth for each instance, and is named for whoever does not see it.
    let comb = "return document.querySelector('[data-testid=node-feed] [role=img][aria-label*=\"load by instance\"]')?.children.length";
    assert_eq!(window.wait_for("the comb of the feed", comb), 7);
    let all = nodes.len() - 1;
    window.see(&format!("{all} of {all} processes healthy"));

    // Instance by instance, and who calls whom; then inside, with the tools of the trade.
    choose_part(&window, "replicas");
    window.wait_for("its instances", "return document.querySelector('[data-testid=fault-replicas-1]') !== null");
    window.wait_for("who asks", "return document.querySelector('[data-testid=calls-from] dt') !== null");
    let psql = shown_command(&window, "replicas-1");
    assert!(psql.starts_with("psql postgres://loadline:"), "{psql}");
    let counted = in_a_shell(&psql, "-At -c 'select count(*) from users'");
    assert!(counted.trim().parse::<u64>().is_ok_and(|users| users > 1000), "the population: {counted}");
    let before = window.ask("return document.querySelector('[data-testid=copy-replicas-1]').innerHTML", &[]);
    window.click_testid("copy-replicas-1");
    window.wait_for(
        "that it was copied, or how to do it by hand",
        &format!(
            "const key = document.querySelector('[data-testid=copy-replicas-1]');
             return key.innerHTML !== {before} || key.parentElement.querySelector('[role=alert]') !== null"
        ),
    );
    choose_part(&window, "feed");
    let curl = shown_command(&window, "feed-1");
    let timeline = in_a_shell(&curl, "--silent --fail");
    assert!(timeline.trim_start().starts_with('{') || timeline.trim_start().starts_with('['), "a timeline: {timeline}");
    window.shot("inside");

    window.click_testid("stop");
    assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "stopped");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title') !== null", A_RUN);
}
