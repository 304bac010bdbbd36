//! Designs as a learner keeps them: made, renamed, copied and deleted, under any name; and what becomes of unfinished work when its screen is left.

use fantoccini::key::Key;
use loadline_tests::processes::wait_until_gone;
use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::interchange::{look, menu};
use super::keeping::{add, end, wait_for_saved};
use super::practice;
use super::{A_RUN, Duration, choose_part, drawn, fits, look_at, nodes_of_a_run, wait_for_drawn};

/// Right to left with an emoji of seven code points; a flag and a skin tone beside Hebrew; marks that combine, two of them on one letter.
const NAMES: [&str; 3] =
    ["مخطط التغريدات 👩\u{200d}👩\u{200d}👧\u{200d}👦 ٣", "שלום Feed 🇩🇪 👍🏽", "Zo\u{308}e\u{301} a\u{323}\u{30a} q\u{307}\u{323}"];

/// Gives the open design another name, in one piece as an input method gives it.
fn rename(window: &Window, name: &str) {
    menu(window, "Rename");
    window.see("Rename the design");
    let written = window.ask(
        "const field = document.querySelector('[role=dialog] input'); field.focus(); field.select();
         return document.execCommand('insertText', false, arguments[0]) && field.value",
        &[json!(name)],
    );
    assert_eq!(written, json!(name), "the field takes it as it is");
    window.click("[role=dialog] button[type=submit]");
    window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
    called(window, name);
}

/// Waits until the open design is called so, to the code point, and no part of it is cut off.
fn called(window: &Window, name: &str) {
    window.wait_for(
        &format!("the title {name:?}"),
        &format!(
            "const title = document.querySelector('header [aria-label^=\"Design:\"] span');
             return title?.textContent === {} && title.scrollWidth <= title.clientWidth",
            json!(name)
        ),
    );
}

/// Every design of the knee, as the list of runs and designs writes it, in any order.
fn listed(window: &Window) -> Vec<String> {
    window.ask("location.hash = '#/library'; return true", &[]);
    window.see("Labs");
    window.ask("location.hash = '#/runs/knee'; return true", &[]);
    let titles = window.wait_for(
        "the designs",
        "const all = [...document.querySelectorAll('[aria-labelledby=designs-title] th a')]; return all.length > 0 && all.map((a) => a.textContent)",
    );
    let mut titles: Vec<String> = titles.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect();
    titles.sort_unstable();
    titles
}

fn sorted(names: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    names.sort_unstable();
    names
}

#[test]
fn designs_of_any_name_are_made_copied_and_deleted_and_outlive_the_app() {
    let mut window = Window::open("designs");
    let [arabic, hebrew, combined] = NAMES;
    window.choose("The knee");
    window.choose("Draw from scratch");
    wait_for_drawn(&window, 1);
    called(&window, "Design 1");
    add(&window, "plain");
    wait_for_drawn(&window, 2);
    rename(&window, arabic);
    // The name is the design's, and no step of the drawing.
    window.click_testid("undo");
    wait_for_drawn(&window, 1);
    called(&window, arabic);
    window.click_testid("redo");
    wait_for_drawn(&window, 2);

    menu(&window, "Copy this design");
    called_a_copy(&window, arabic);
    wait_for_drawn(&window, 2);
    rename(&window, hebrew);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    menu(&window, "Draw from scratch");
    wait_for_drawn(&window, 1);
    rename(&window, combined);
    wait_for_saved(&window);
    look_at(&window, "combined");
    window.click("button[aria-label^='Design:']");
    for name in NAMES {
        window.see(name);
    }
    window.shot("menu");
    window.press(&Key::Escape.to_string());
    assert_eq!(listed(&window), sorted(&NAMES));
    fits(&window, "the list of designs");
    window.shot("list");

    // What is no name is not taken; a name that is too long says how long one may be.
    window.choose(combined);
    called(&window, combined);
    menu(&window, "Rename");
    window.see("Rename the design");
    window.ask("const field = document.querySelector('[role=dialog] input'); field.focus(); field.select(); return document.execCommand('insertText', false, ' ')", &[]);
    window.wait_for("no name to take", "return document.querySelector('[role=dialog] button[type=submit]').disabled");
    window.ask(
        "document.querySelector('[role=dialog] input').select(); return document.execCommand('insertText', false, '\u{5d0}'.repeat(121))",
        &[],
    );
    window.click("[role=dialog] button[type=submit]");
    window.see("must be one line of 1 to 120 characters");
    window.shot("too-long");
    window.choose("Cancel");
    window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
    called(&window, combined);

    // Deleted only when that is said twice; another one opens in its place.
    menu(&window, "Delete");
    window.see(&format!("Delete {combined}?"));
    window.see("Reports of its runs stay.");
    look(&window, "delete");
    window.choose("Cancel");
    window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
    called(&window, combined);
    menu(&window, "Delete");
    window.click("[role=dialog] button:last-of-type");
    window.wait_for("the dialog to go", "return document.querySelector('[role=dialog]') === null");
    called(&window, hebrew);
    wait_for_drawn(&window, 3);
    assert_eq!(listed(&window), sorted(&[arabic, hebrew]));

    end(&mut window);
    window.open_again();
    window.see("Twitter");
    assert_eq!(listed(&window), sorted(&[arabic, hebrew]));
    for (name, parts) in [(arabic, 2), (hebrew, 3)] {
        window.choose(name);
        called(&window, name);
        wait_for_drawn(&window, parts);
        window.ask("location.hash = '#/runs/knee'; return true", &[]);
        window.see("Runs and designs");
    }
    // On the page of the exercise the newest is the one to go on with.
    window.ask("location.hash = '#/exercise/knee'; return true", &[]);
    window.see("Your newest design");
    window.see(hebrew);
    look_at(&window, "exercise");
}

/// Waits until a copy is open, under the name of what it was made of.
fn called_a_copy(window: &Window, name: &str) {
    window.wait_for(
        &format!("a copy of {name:?}"),
        &format!(
            "return document.querySelector('header [aria-label^=\"Design:\"] span')?.textContent === {}",
            json!(format!("{name}, a copy"))
        ),
    );
}

/// Goes elsewhere by the address, as Back does: whatever is typed in keeps the focus until then.
fn leave_for(window: &Window, hash: &str, sign: &str) {
    window.ask("location.hash = arguments[0]; return true", &[json!(hash)]);
    window.see(sign);
    assert_eq!(window.count("[data-testid=leaving]"), 0, "nothing would be lost, so nothing is asked");
}

#[test]
fn what_is_half_typed_is_kept_when_its_screen_is_left() {
    let mut window = Window::open("half-typed");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);

    // A comment that nobody ended.
    window.click_testid("tool-comment");
    window.wait_for("the comment", "return document.activeElement?.dataset.testid === 'comment-text'");
    window.press("Why one?");
    leave_for(&window, "#/library", "Labs");
    window.choose("The knee");
    window.see("Why one?");

    // A setting that was not confirmed, and a reason; each is left at once, and the second time the app is killed on the next screen.
    choose_part(&window, "service");
    window.fill_in("[data-testid=setting-workers] input", "3");
    leave_for(&window, "#/settings", "Share of the laptop");
    leave_for(&window, "#/exercise/knee", "Your newest design");
    window.choose("Continue");
    wait_for_drawn(&window, 2);
    choose_part(&window, "service");
    window.wait_for("3 workers", "return document.querySelector('[data-testid=setting-workers] input')?.value === '3'");
    window.fill_in("[data-testid=because]", "Three at a time");
    leave_for(&window, "#/practice/twitter/requirements", "Ask of each part");
    window.fill_in("main textarea", "Post, follow, read");
    leave_for(&window, "#/library", "Labs");
    end(&mut window);
    window.open_again();
    window.see("Practice begun");
    window.choose("The knee");
    wait_for_drawn(&window, 2);
    window.see("Why one?");
    choose_part(&window, "service");
    window.wait_for("3 workers", "return document.querySelector('[data-testid=setting-workers] input')?.value === '3'");
    window.wait_for("the reason", "return document.querySelector('[data-testid=because]')?.value === 'Three at a time'");
    // The steps are there as well, and are taken back in their order.
    window.click_testid("undo");
    window.wait_for("the workers of before", "return document.querySelector('[data-testid=setting-workers] input')?.value !== '3'");
    window.click_testid("undo");
    window.see("Empty. Enter writes.");
    leave_for(&window, "#/practice/twitter/requirements", "Ask of each part");
    window.wait_for("the note", "return document.querySelector('main textarea')?.value === 'Post, follow, read'");
    practice::wait_for_saved(&window);
}

/// How many runs of the knee the app has: it is asked again at each look, since a run that is stopped is stored a moment later.
const RUNS: &str = "window.__TAURI_INTERNALS__.invoke('rpc', { name: 'exercise', request: { id: 'knee' }, events: '__CHANNEL__:0' })
    .then((exercise) => { window.runs = exercise.runs.length; });
  return window.runs === 1";

#[test]
fn a_run_is_left_only_when_that_is_said() {
    let window = Window::open("leaving");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    window.fill_in("[data-testid=duration] input", &format!("600{}", Key::Enter));
    window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
    window.click_testid("run-without");
    let nodes = nodes_of_a_run(&window);
    let clock = "return document.querySelector('[data-testid=run-clock]')?.innerText";

    // Whoever stays has the run as it was: it goes on, under its own address.
    let bench = window.ask("return location.hash", &[]);
    window.choose("Library");
    window.see("Stop the run and leave?");
    window.see("its report would be of what was measured so far");
    look(&window, "asked");
    window.choose("Stay");
    window.see_no_more("Stop the run and leave?");
    window.ask("location.hash = '#/settings'; return true", &[]);
    window.see("Stop the run and leave?");
    window.press(&Key::Escape.to_string());
    window.see_no_more("Stop the run and leave?");
    window.wait_for("the address of before", &format!("return location.hash === {bench}"));
    let before = window.ask(clock, &[]);
    window.wait_for("the clock going on", &format!("return document.querySelector('[data-testid=run-clock]').innerText !== {before}"));
    assert!(nodes.iter().all(loadline_tests::processes::Process::is_alive), "nothing was stopped: {nodes:?}");

    window.choose("Library");
    window.choose("Stop the run and leave");
    window.see("Labs");
    assert_eq!(wait_until_gone(&nodes, Duration::from_secs(60)), [], "stopped");
    // What was measured so far is a report.
    window.wait_for_within("the run among those that are kept", RUNS, A_RUN);
    window.ask("location.hash = '#/runs/knee'; return true", &[]);
    window.choose("Run 1");
    window.wait_for("the report", "return document.querySelector('#verdict-title')?.innerText.startsWith('Run 1')");

    // What is said of it is kept as well, however it is left.
    window.fill_in("[data-testid=explain-why]", "I left");
    leave_for(&window, "#/exercise/knee", "Your newest design");
    window.choose("Continue");
    wait_for_drawn(&window, 2);
    assert_eq!(drawn(&window), 2);
    window.ask("history.go(-2); return true", &[]);
    window.wait_for("what was said", "return document.querySelector('[data-testid=explain-why]')?.value === 'I left'");
}
