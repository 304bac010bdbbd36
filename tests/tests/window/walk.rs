//! A new user's walk through Twitter, from the first sight of the library to a run that is explained and tried once more. Each step leaves a picture,
//! in every size with `LOADLINE_SHOTS_ALL`; they are for people. What the steps are held to in detail is in the other journeys.

use fantoccini::key::Key;
use loadline_tests::window::Window;

use super::practice::{go_to, wait_for_saved};
use super::{A_RUN, choose_part, fits, nodes_of_a_run, predict_all, sizes};

/// Takes the step's picture in every size, and goes on in the first.
fn step(window: &Window, name: &str) {
    for &(width, height) in sizes() {
        window.resize(width, height);
        fits(window, name);
        window.shot(&format!("{name}-{width}"));
    }
    let &[(width, height), ..] = sizes() else { unreachable!("there is a first size") };
    window.resize(width, height);
}

#[test]
fn from_the_brief_to_an_explained_run() {
    let window = Window::open_on("walk", 1920, 1080);
    window.see("New here?");
    step(&window, "01-library");
    window.choose("Twitter");
    window.see("How to begin");
    step(&window, "02-exercise");

    window.choose("Begin practice");
    window.see("Ask of each part");
    window.fill_in(
        "main textarea",
        "Post a tweet. Follow. Read the home timeline, newest first, in 200 ms.\nBelow the line: search, direct messages, ads.",
    );
    wait_for_saved(&window);
    window.choose("Open hint 1 of 4");
    window.see("1 of 4 opened");
    step(&window, "03-requirements");
    window.choose("Hand in and compare");
    window.wait_for("the solution", "return document.querySelector('[data-testid=solution]') !== null");
    step(&window, "04-requirements-compared");
    go_to(&window, "estimation");
    window.fill_in("#answer-reads_per_tweet", "500");
    window.fill_in("#answer-push_writes", "6K");
    window.click_testid("hand-in-answers");
    window.see("worked: 480 timelines/tweet");
    step(&window, "05-estimation");
    go_to(&window, "interface");
    window.fill_in("main textarea", "POST /tweets, GET /timeline?before=id, POST /follows");
    wait_for_saved(&window);
    step(&window, "06-interface");
    go_to(&window, "design");
    window.fill_in("main textarea", "Build the timeline when it is read: one query over those I follow.");
    wait_for_saved(&window);
    step(&window, "07-design");

    // Drawn, predicted, run.
    window.ask("location.hash = '#/exercise/twitter'; return true", &[]);
    window.see("How to begin");
    window.choose("Design A: pull");
    window.see("Predict");
    choose_part(&window, "feed");
    step(&window, "08-drawing");
    predict_all(&window, "60");
    window.fill_in("[data-testid=because]", "Every read asks the database for all that I follow.");
    step(&window, "09-predicted");
    window.fill_in("[data-testid=duration] input", &format!("10{}", Key::Enter));
    window.click_testid("run");
    nodes_of_a_run(&window);
    choose_part(&window, "replicas");
    window.wait_for_within(
        "events and figures",
        "return /Measur/i.test(document.querySelector('[data-testid=run-phase]')?.textContent ?? '') && document.querySelectorAll('[data-testid=events] li').length > 0",
        A_RUN,
    );
    step(&window, "10-running");
    window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
    window.see("Predicted and measured");
    step(&window, "11-report");
    for section in ["saturated", "components", "figures"] {
        window.ask("document.getElementById(arguments[0])?.scrollIntoView(); return true", &[section.into()]);
        step(&window, &format!("12-report-{section}"));
    }

    // Explained; the change is tried, and the two are laid side by side.
    window.choose("Explain it");
    window.fill_in(
        "[data-testid=explain-why]",
        "Each timeline is a query over hundreds of followed accounts, so the replicas are full long before the services are.",
    );
    window.fill_in("[data-testid=explain-change]", "One replica more");
    window.wait_for("saved", "return /^Saved \\d/.test(document.querySelector('[data-testid=explain-saved]')?.textContent ?? '')");
    step(&window, "13-explained");
    window.choose("Open the change as a copy");
    window.see("To try after run 1: One replica more");
    choose_part(&window, "replicas");
    window.choose("Instances: one more");
    step(&window, "14-the-change");
    window.fill_in("[data-testid=duration] input", &format!("5{}", Key::Enter));
    window.click_testid("run-without");
    nodes_of_a_run(&window);
    window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText.startsWith('Run 2')", A_RUN);
    window.choose("All runs, and compare");
    window.choose("Choose run 1 to compare");
    window.choose("Choose run 2 to compare");
    window.choose("Compare run 1 with run 2");
    window.see("Run 1 beside run 2");
    step(&window, "15-compared");
    window.ask("location.hash = '#/exercise/twitter'; return true", &[]);
    window.see("Go on");
    step(&window, "16-exercise-after");
    window.ask("location.hash = '#/practice/twitter/refinement'; return true", &[]);
    window.see("Refinement");
    step(&window, "17-refinement");
}
