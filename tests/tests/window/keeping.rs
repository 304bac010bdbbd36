//! What the learner has is kept: a design's past across restarts, data that was damaged, everything as one file out and in.

use std::fs;
use std::path::Path;

use fantoccini::key::Key;
use loadline_store::FILE;
use loadline_tests::processes::wait_until_gone;
use loadline_tests::window::Window;
use serde_json::json;

use super::interchange::look;
use super::{A_RUN, wait_for_drawn};

/// Opens the history of the design that is open.
pub(super) fn history(window: &Window) {
    window.click("button[aria-label^='Design:']");
    window.choose("History");
    window.wait_for("the versions", "return document.querySelector('[aria-label=\"Versions, newest first\"]') !== null");
}

/// Adds a component by its name, and waits until it has the focus: a menu or a box that is opened before shuts again.
pub(super) fn add(window: &Window, name: &str) {
    window.click_testid("add");
    window.fill_in("[data-testid=add-search]", &format!("{name}{}", Key::Enter));
    window.wait_for(
        "the new part in focus",
        "const part = document.querySelector('[data-testid=canvas] .react-flow__node.selected');
         return part !== null && part.dataset.id === document.activeElement?.getAttribute('data-id')",
    );
}

fn can(window: &Window, testid: &str) -> bool {
    window.ask("return !document.querySelector(`[data-testid=${arguments[0]}]`).disabled", &[json!(testid)]) == json!(true)
}

pub(super) fn wait_for_saved(window: &Window) {
    window.wait_for("everything saved", "return document.querySelector('[data-testid=saved]')?.textContent.startsWith('Saved')");
}

/// Ends the app and waits until it is gone, so that its files are nobody's.
pub(super) fn end(window: &mut Window) {
    let app = window.app().clone();
    window.kill_app();
    assert_eq!(wait_until_gone(&[app], loadline_tests::stage::PATIENCE), [], "the app is gone");
}

#[test]
fn a_design_has_a_past_that_outlives_the_app() {
    let mut window = Window::open("past");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    history(&window);
    window.choose("Name the drawing as it is now");
    window.fill("Name of the drawing as it is now", &format!("Before the second{}", Key::Enter));
    window.see("Before the second");
    window.see("kept by you");
    window.press(&Key::Escape.to_string());
    window.see_no_more("History of");
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);

    // Put back, as a step that can be undone; what was there is a version too.
    history(&window);
    window.click("[aria-label^='Restore version'][aria-label$=' 1']");
    window.see_no_more("History of");
    wait_for_drawn(&window, 2);
    history(&window);
    window.see("before a version was put back");
    window.see("Before the second");
    look(&window, "history");
    window.press(&Key::Escape.to_string());
    window.see_no_more("History of");
    window.click_testid("undo");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);

    // Leaving the design keeps its steps; coming back waits for that.
    window.choose("Library");
    window.choose("The knee");
    wait_for_drawn(&window, 3);
    end(&mut window);
    window.open_again();
    window.choose("The knee");
    wait_for_drawn(&window, 3);
    assert!(can(&window, "undo") && can(&window, "redo"), "the steps of before");
    window.click_testid("redo");
    wait_for_drawn(&window, 2);
    window.click_testid("undo");
    wait_for_drawn(&window, 3);
    window.click_testid("undo");
    wait_for_drawn(&window, 2);
    window.wait_for("the first step", "return document.querySelector('[data-testid=undo]').disabled");
    history(&window);
    window.see("Before the second");
}

/// The database and its log.
fn files(folder: &Path) -> [std::path::PathBuf; 2] {
    [folder.join(FILE), folder.join(format!("{FILE}-wal"))]
}

#[test]
fn damaged_data_is_brought_over_and_told_and_never_replaced_in_silence() {
    let mut window = Window::open("damage");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    wait_for_saved(&window);
    let folder = window.data_dir();
    end(&mut window);

    // Half of the file is gone, and its log.
    let [database, log] = files(&folder);
    let whole = fs::read(&database).expect("the database");
    fs::write(&database, &whole[..whole.len() / 2]).expect("half a database");
    fs::remove_file(&log).expect("the log goes");
    window.open_again();
    window.see("About your data");
    window.see("Your data was damaged");
    window.see("What was wrong:");
    window.see("The damaged file is kept:");
    look(&window, "told");
    window.choose("I have read it");
    window.see_no_more("About your data");
    window.see("Twitter");
    // It shuts at once, and is written down a moment later.
    window.wait_for(
        "that it was read is written down",
        "window.__TAURI_INTERNALS__.invoke('rpc', { name: 'storage_notice', request: {}, events: '__CHANNEL__:0' })
           .then(({ notices }) => { window.told = notices.length; });
         return window.told === 0",
    );

    // It is told once; and what is drawn now is kept.
    end(&mut window);
    window.open_again();
    window.see("Twitter");
    window.choose("The knee");
    window.see("How to begin");
    assert!(!window.text().contains("About your data"), "it was read");
    end(&mut window);

    // Nothing of the file is a database, and there is no backup: the learner decides.
    let garbage = b"this was a database once".repeat(1000);
    fs::write(&database, &garbage).expect("garbage");
    if log.exists() {
        fs::remove_file(&log).expect("the log goes");
    }
    for backup in loadline_store::backups(&folder).expect("the backups") {
        fs::remove_file(&backup.path).expect("a backup goes");
    }
    window.open_again();
    window.see("Your data cannot be read");
    window.see("Nothing is deleted");
    look(&window, "lost");
    assert_eq!(fs::read(&database).expect("it is there"), garbage, "untouched until the learner says so");
    window.choose("Start empty");
    window.choose("Yes, start empty");
    window.see("Twitter");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    let kept = fs::read_dir(&folder)
        .expect("the folder")
        .filter_map(|entry| fs::read(entry.expect("an entry").path()).ok())
        .any(|bytes| bytes == garbage);
    assert!(kept, "the damaged file is beside the new one");
}

/// Answers the system's dialog, which no driver can reach, with a path; every other command goes on to the app.
const CHOOSE: &str = "
    const real = window.fetch.bind(window);
    const path = arguments[0];
    window.fetch = async (url, options) => {
      if (String(url).startsWith('ipc:')) {
        const body = typeof options.body === 'string' ? options.body : new TextDecoder().decode(options.body);
        if (JSON.parse(body).name === 'path_choose') {
          return new Response(JSON.stringify({ path }), { headers: { 'Tauri-Response': 'ok', 'content-type': 'application/json' } });
        }
      }
      return real(url, options);
    };
    return true";

/// Goes to where the data is.
fn settings(window: &Window) {
    window.ask("location.hash = '#/settings'; return true", &[]);
    window.see("One file, out and in");
}

#[test]
fn everything_goes_out_and_comes_in_as_one_file() {
    let outside = tempfile::tempdir().expect("a folder");
    let file = outside.path().join("mine.loadline-data");
    let path = json!(file.to_str().expect("a path in UTF-8"));
    {
        let window = Window::open("one-file-out");
        window.choose("The knee");
        window.choose("One service");
        wait_for_drawn(&window, 2);
        add(&window, "plain");
        wait_for_drawn(&window, 3);
        window.click_testid("undo");
        wait_for_drawn(&window, 2);
        window.fill_in("[data-testid=duration] input", &format!("3{}", Key::Enter));
        window.wait_for("a run on offer", "return document.querySelector('[data-testid=run-without]:not([disabled])') !== null");
        window.click_testid("run-without");
        window.wait_for_within("the report", "return document.querySelector('#verdict-title')?.innerText", A_RUN);
        settings(&window);
        window.ask(CHOOSE, std::slice::from_ref(&path));
        window.choose("Write a file");
        window.see("Written:");
        window.see("1 design, 1 run");
        assert!(file.is_file());
    }
    let window = Window::open_on("one-file-in", 1920, 1080);
    window.see("Twitter");
    settings(&window);
    window.ask(CHOOSE, &[path]);
    window.choose("Read a file");
    window.see("New from");
    window.see("1 design, 1 run");
    window.wait_for("the backup that was made first", "return document.body.innerText.includes('before a file was read')");
    look(&window, "settings");
    // A second time there is nothing new, and nothing doubles.
    window.choose("Read a file");
    window.see("0 designs, 0 runs");
    // What is no such file is refused with its place and remedy; nothing changes.
    fs::write(&file, "not a file of ours").expect("a file");
    window.choose("Read a file");
    window.wait_for("the refusal", "return document.querySelector('[role=alert]')?.innerText.includes('mine.loadline-data')");
    window.shot("refused");
    window.ask("location.hash = '#/library'; return true", &[]);
    window.see("Last runs");
    window.choose("The knee");
    wait_for_drawn(&window, 2);
}
