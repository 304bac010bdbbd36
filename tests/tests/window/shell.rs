//! The app around the workbench: settings that hold, data that moves, files that are handed over, the tour, the page of licences, and an error
//! with its report. What a person does and reads, in the real window.

use std::fs;
use std::path::Path;

use fantoccini::key::Key;
use loadline_tests::window::Window;
use serde_json::{Value, json};

use super::{A_RUN, fits, look_at, wait_for_drawn};

/// Goes to the settings with their key.
fn settings(window: &Window) {
    window.ask("document.activeElement?.blur(); return true", &[]);
    window.press(&format!("{}{}", Key::Control, ','));
    window.see("Share of the laptop");
}

/// Chooses one of a few, by the name of the group and of the choice.
fn choose_in(window: &Window, group: &str, choice: &str) {
    window.wait_for(
        &format!("{group}: {choice}"),
        &format!(
            "const group = [...document.querySelectorAll('fieldset')].find((f) => f.querySelector('legend')?.textContent === {group:?});
             const label = [...(group?.querySelectorAll('label') ?? [])].find((l) => l.innerText.trim() === {choice:?});
             label?.click(); return label?.querySelector('input')?.checked === true"
        ),
    );
}

fn root_data(window: &Window, name: &str) -> Value {
    window.ask("return document.documentElement.dataset[arguments[0]]", &[json!(name)])
}

fn share(window: &Window) -> Value {
    window.wait_for("the share", "return document.querySelector('[data-testid=laptop-share] input')?.value")
}

#[test]
fn settings_take_effect_at_once_and_survive_a_restart() {
    let mut window = Window::open("settings");
    window.see("Twitter");
    settings(&window);
    choose_in(&window, "Theme of the window", "Dark");
    assert_eq!(root_data(&window, "theme"), json!("dark"));
    choose_in(&window, "Motion", "Off");
    assert_eq!(root_data(&window, "motion"), json!("off"));
    window.fill_in("[data-testid=laptop-share] input", &format!("30{}", Key::Enter));
    window.see("at most 30% of the processor");
    window.fill_in("[data-testid=laptop-share] input", &format!("95{}", Key::Enter));
    window.see("At most 80.");
    window.press(&format!("{}", Key::Escape));
    window.shot("dark");
    choose_in(&window, "Text size", "125%");
    window.wait_for("larger text", "return innerWidth === 1024");
    fits(&window, "the settings at 125%");
    window.shot("large");
    window.kill_app();
    window.open_again();
    window.see("Twitter");
    window.wait_for(
        "the look of before",
        "const { theme, motion } = document.documentElement.dataset; return theme === 'dark' && motion === 'off' && innerWidth === 1024",
    );
    window.ask("location.hash = '#/settings'; return true", &[]);
    window.see("at most 30% of the processor");
    assert_eq!(share(&window), json!("30"));
    // At the largest text every screen still fits.
    for (hash, sign) in [("#/library", "Labs"), ("#/exercise/twitter", "How to begin"), ("#/about", "works of others")] {
        window.ask("location.hash = arguments[0]; return true", &[json!(hash)]);
        window.see(sign);
        fits(&window, hash);
    }
    window.ask("location.hash = '#/exercise/knee'; return true", &[]);
    // The driver clicks where a button would be at the usual size; the keyboard knows no size.
    window.wait_for(
        "the design",
        "const open = [...document.querySelectorAll('button')].find((each) => each.innerText.trim() === 'Open'); open?.focus(); \
         return open !== undefined && document.activeElement === open",
    );
    window.press(&format!("{}", Key::Enter));
    wait_for_drawn(&window, 2);
    fits(&window, "the workbench at 125%");
    window.shot("workbench-large");
}

#[test]
fn data_moves_to_another_folder_and_what_is_not_fit_is_refused() {
    let mut window = Window::open_as_installed("data", &[]);
    window.see("New here?");
    window.choose("The knee");
    window.choose("Open design One service");
    wait_for_drawn(&window, 2);
    window.see("Saved");
    settings(&window);
    window.see("It is the usual place on this system.");
    let before = window.data_dir();
    window.see(&before.display().to_string());
    let move_to = |path: &Path| {
        window.fill("New data folder", &path.display().to_string());
        window.choose("Copy and use it");
    };
    let photos = window.folder().join("photos");
    fs::create_dir(&photos).expect("a folder");
    fs::write(photos.join("a.jpg"), "x").expect("a file");
    move_to(&photos);
    window.see("something else is there");
    window.see("data_folder_not_empty");
    window.shot("refused");
    move_to(Path::new("/proc/loadline"));
    window.see("data_folder_unwritable");
    move_to(Path::new("somewhere"));
    window.see("data_folder_path");
    let now = window.folder().join("moved/here");
    move_to(&now);
    window.see("copied and compared");
    window.shot("moved");
    let pointer = window.folder().join("config/loadline/data-folder");
    assert_eq!(fs::read_to_string(&pointer).expect("the pointer").trim(), now.canonicalize().expect("it is there").display().to_string());
    assert!(before.join("loadline.db").is_file() && now.join("loadline.db").is_file(), "the old data stays");
    // A folder that is there already is offered, not written over.
    move_to(&before);
    window.see("data of Loadline is there already");
    // What is drawn from here on is in the new folder.
    window.ask("location.hash = '#/exercise/knee'; return true", &[]);
    window.see("Go on");
    window.choose("Draw from scratch");
    wait_for_drawn(&window, 1);
    window.kill_app();
    window.open_again();
    window.see("The knee");
    window.ask("location.hash = '#/settings'; return true", &[]);
    window.see("You chose it here.");
    window.see(&now.display().to_string());
    window.ask("location.hash = '#/exercise/knee'; return true", &[]);
    window.see("Design 2");
    // Back to what is in the old folder.
    window.ask("location.hash = '#/settings'; return true", &[]);
    window.fill("New data folder", &before.display().to_string());
    window.choose("Copy and use it");
    window.choose("Use the data there");
    window.see("used as it is");
    assert!(!pointer.exists(), "the usual place needs no pointer");
}

#[test]
fn a_sketch_file_opens_at_the_start_and_in_the_window_that_is_open() {
    let folder = tempfile::tempdir().expect("a folder");
    let design = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../content/core/twitter/designs/naive.json")).expect("a design");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).expect("a file");
        path.display().to_string()
    };
    let first = file("Mine.loadline", &design);
    let window = Window::open_as_installed("handed", &[&first]);
    window.see("Open Mine.loadline");
    window.see("Exercise that it is a design of");
    window.shot("sheet");
    window.fill("Title of the design", "From a file");
    window.choose("Open as a new design");
    window.wait_for("the workbench of Twitter", "return location.hash.startsWith('#/workbench/twitter/')");
    window.see("From a file");
    // While it runs: a second start hands its file over and ends.
    for (name, text, said) in [
        ("picture.loadline", "<svg onload='alert(1)'/>", "not_a_sketch"),
        ("later.loadline", r#"{"format":99,"title":"t","components":[],"links":[]}"#, "open it with a newer Loadline"),
        ("large.loadline", &" ".repeat(3 << 20), "sketch_too_large"),
    ] {
        assert!(window.start_again(&[&file(name, text)]), "the second start ends by itself");
        window.see("The file was not opened");
        window.see(said);
        window.see(name);
        window.shot(name);
        window.choose("Go on");
        window.see_no_more("The file was not opened");
    }
    assert!(window.start_again(&[&folder.path().join("gone.loadline").display().to_string()]));
    window.see("sketch_unreadable");
    window.choose("Go on");
    assert!(window.start_again(&[&first]));
    window.see("Open Mine.loadline");
    window.choose("Leave it");
    window.see_no_more("Open Mine.loadline");
    assert!(window.start_again(&[]), "without a file it only shows the window");
}

#[test]
fn the_tour_goes_as_far_as_the_learner_goes() {
    let mut window = Window::open("tour");
    window.see("New here? One minute with the knee");
    look_at(&window, "library-new");
    window.choose("Take the tour");
    let step = |number: u32, title: &str| {
        window.wait_for_within(
            title,
            &format!("const tour = document.querySelector('[data-testid=tour]')?.innerText ?? ''; return tour.includes('{number} of 4') && tour.includes({title:?})"),
            A_RUN,
        );
        window.shot(&format!("{number}"));
    };
    step(1, "Predict");
    window.wait_for("a short run", "return document.querySelector('[data-testid=duration] input')?.value === '20'");
    window.fill_in("[data-testid^=predict-] input", &format!("30{}", Key::Enter));
    step(2, "Run");
    // Away from the lab the tour waits, and leads back.
    window.ask("location.hash = '#/library'; return true", &[]);
    window.see("The tour waits at the lab.");
    window.choose("Back to the lab");
    step(2, "Run");
    window.click_testid("run");
    step(3, "Watch the knee");
    step(4, "Read the report");
    window.choose("Done");
    window.see_no_more("4 of 4");
    window.kill_app();
    window.open_again();
    window.see("Last runs");
    assert!(!window.text().contains("New here?"), "it is offered once");
    window.press(&format!("{}k", Key::Control));
    window.fill("Find or do anything", "tour");
    window.see("Tour: one minute with the knee");
    window.press(&format!("{}", Key::Enter));
    window.see("Leave the tour");
    window.choose("Leave the tour");
    window.see_no_more("Leave the tour");
}

#[test]
fn the_tour_is_put_away_at_once_and_for_good() {
    let mut window = Window::open("tour-away");
    window.see("New here?");
    window.choose("Not now");
    window.see_no_more("New here?");
    window.kill_app();
    window.open_again();
    window.see("How an exercise goes");
    assert!(!window.text().contains("New here?"));
}

#[test]
fn version_and_licences_are_all_there() {
    let window = Window::open_on("about", 1920, 1080);
    window.see("Twitter");
    window.choose("About");
    window.see("works of others in it");
    let version = window.wait_for("the version", "return document.querySelector('[data-testid=version]')?.innerText");
    assert_eq!(version, json!(env!("CARGO_PKG_VERSION")));
    window.fill("Search works and licences", "tokio");
    window.wait_for("tokio", "const all = [...document.querySelectorAll('summary')]; return all.length > 0 && all.length < 30");
    window.click("summary");
    window.see("Permission is hereby granted");
    look_at(&window, "about");
    window.fill("Search works and licences", "no such work");
    window.see("No work has that name or licence.");
}

#[test]
fn an_error_says_where_what_and_what_to_do_and_gives_a_report() {
    let window = Window::open("error");
    window.see("Twitter");
    window.ask("location.hash = '#/report/4711'; return true", &[]);
    window.see("Opening the report · store_not_found");
    window.choose("Copy report");
    let report = window.wait_for("the report", "return document.querySelector('textarea[aria-label=Report]')?.value");
    let report = report.as_str().expect("a text");
    for part in
        ["Loadline 0.1.0", "Where: run_open", "Code: store_not_found", "WebKitGTK", "run_open failed: store_not_found", "start of 0.1.0"]
    {
        assert!(report.contains(part), "{part} in {report}");
    }
    window.see("Copied. What is in it");
    window.shot("report");
    // What nobody took is shown all the same.
    window.ask("Promise.reject(new Error('a promise that nobody waits for')); return true", &[]);
    window.see("a promise that nobody waits for");
    window.shot("unforeseen");
    window.choose("Put away");
    window.see_no_more("a promise that nobody waits for");
}
