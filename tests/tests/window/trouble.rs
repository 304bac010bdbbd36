//! What the outside may do to the window: another edit of the same design, another program on the same data, a disk without room, a folder that
//! cannot be written, an end and a new start. Each is told, and nothing that was drawn is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use fantoccini::key::Key;
use loadline_store::{FILE, Store};
use loadline_tests::window::Window;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::{Value, json};

use super::access::look;
use super::keeping::{add, end, wait_for_saved};
use super::wait_for_drawn;

/// Asks the app through the door that every window of it has.
fn ask_app(window: &Window, name: &str, request: Value) -> Value {
    window.ask(
        "window.answer = undefined;
         window.__TAURI_INTERNALS__.invoke('rpc', { name: arguments[0], request: arguments[1], events: '__CHANNEL__:0' })
           .then((answer) => { window.answer = [answer, null]; }, (error) => { window.answer = [null, error]; });
         return true",
        &[json!(name), request],
    );
    let answer = window.wait_for(name, "return window.answer");
    assert_eq!(answer[1], Value::Null, "{name}");
    answer[0].clone()
}

/// An empty drawing of the knee with a service in it, saved.
pub(super) fn draw_two(window: &Window) {
    window.choose("The knee");
    window.choose("Draw from scratch");
    wait_for_drawn(window, 1);
    add(window, "plain");
    wait_for_drawn(window, 2);
    wait_for_saved(window);
}

/// The number of the design that is open.
pub(super) fn open_design(window: &Window) -> String {
    let hash = window.ask("return location.hash", &[]);
    let hash = hash.as_str().unwrap_or_default();
    hash.strip_prefix("#/workbench/knee/").unwrap_or_else(|| panic!("no design is open: {hash}")).to_owned()
}

/// Goes to a design of the knee and waits until all of it is drawn.
fn see_design(window: &Window, id: &str, parts: u64) {
    window.ask("location.hash = '#/workbench/knee/' + arguments[0]; return true", &[json!(id)]);
    window.wait_for(
        &format!("design {id} with {parts} parts"),
        &format!(
            "return location.hash.endsWith('/{id}') && document.querySelectorAll('[data-testid=canvas] [data-testid^=node-]').length === {parts}"
        ),
    );
}

/// The designs of the knee that the app has: number, title and how many parts.
fn designs(window: &Window) -> Vec<(String, String, usize)> {
    let cards = ask_app(window, "exercise", json!({ "id": "knee" }))["designs"].clone();
    let cards = cards.as_array().expect("designs");
    let mut all: Vec<_> = cards
        .iter()
        .map(|card| {
            let design = ask_app(window, "design_open", json!({ "id": card["id"] }));
            let parts = design["sketch"]["components"].as_array().map_or(0, Vec::len);
            (card["id"].as_str().unwrap_or_default().to_owned(), card["title"].as_str().unwrap_or_default().to_owned(), parts)
        })
        .collect();
    all.sort_by_key(|(_, _, parts)| *parts);
    all
}

#[test]
fn two_windows_on_one_design_keep_both_drawings() {
    let mut window = Window::open("two-windows");
    draw_two(&window);
    window.fill_in("[data-testid=because]", "One is enough");
    let first = open_design(&window);

    // Another window of the app saves the design, from the revision that this one has open.
    let opened = ask_app(&window, "design_open", json!({ "id": first }));
    let mut theirs = opened["sketch"].clone();
    theirs["components"][0]["name"] = json!("Client of the other");
    let saved = ask_app(&window, "design_save", json!({ "id": first, "sketch": theirs, "revision": opened["revision"] }));
    assert_eq!(saved["copy"], Value::Null, "the first who saves has the design");

    add(&window, "plain");
    wait_for_drawn(&window, 3);
    window.see("Both drawings are kept");
    window.see("Yours goes on as Design 1, from the other window.");
    look(&window, "copied");
    // It is the same drawing with the same steps, and what was said of it came along.
    window.click_testid("undo");
    wait_for_drawn(&window, 2);
    window.click_testid("redo");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);
    window.choose("I have read it");
    window.see_no_more("Both drawings are kept");
    window.wait_for("the copy under its own address", &format!("return !location.hash.endsWith('/{first}')"));
    wait_for_drawn(&window, 3);
    let second = open_design(&window);
    assert_ne!(first, second);
    window.wait_for("the reason", "return document.querySelector('[data-testid=because]')?.value === 'One is enough'");

    end(&mut window);
    window.open_again();
    window.see("Twitter");
    see_design(&window, &first, 2);
    window.see("Client of the other");
    see_design(&window, &second, 3);
    window.see_no_more("Client of the other");
    assert_eq!(designs(&window).len(), 2);
}

/// The terminal program on the window's data.
fn terminal(window: &Window, arguments: &[&str]) -> Output {
    let mut command = Command::new(loadline_tests::loadline());
    command.args(arguments).env("LOADLINE_DATA_DIR", window.data_dir()).stdin(Stdio::null());
    command.output().expect("the terminal program")
}

#[track_caller]
fn went_well(done: &Output) -> String {
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).into_owned()
}

#[test]
fn the_terminal_waits_for_the_window_and_both_edits_stay() {
    let mut window = Window::open("terminal");
    draw_two(&window);
    let file = window.folder().join("mine.loadline-data");
    let file = file.to_str().expect("a path in UTF-8");
    // Reading may go on beside the window.
    assert!(went_well(&terminal(&window, &["data", "export", file])).contains("1 design"));
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);

    // Writing may not, and is told who has the data. The window does not notice.
    let refused = terminal(&window, &["data", "import", file]);
    let said = String::from_utf8_lossy(&refused.stderr);
    assert!(!refused.status.success() && said.contains(&format!("(process {})", window.app().pid)), "{said}");
    assert!(said.contains("close it and try again"), "{said}");
    add(&window, "plain");
    wait_for_drawn(&window, 4);
    wait_for_saved(&window);

    // With the window shut the older drawing comes in beside the newer one.
    end(&mut window);
    assert!(went_well(&terminal(&window, &["data", "import", file])).contains("New here: 1 design"));
    window.open_again();
    window.see("Twitter");
    let [(older, _, two), (newer, _, four)] = &designs(&window)[..] else { panic!("{:?}", designs(&window)) };
    assert_eq!((*two, *four), (2, 4));
    see_design(&window, newer, 4);
    see_design(&window, older, 2);
}

#[test]
fn data_that_another_program_has_is_told_with_its_process_and_opens_when_that_ends() {
    let mut window = Window::open("held");
    draw_two(&window);
    let folder = window.data_dir();
    end(&mut window);

    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let other = runtime.block_on(Store::open(&folder, 0)).expect("the data is nobody's");
    window.open_again();
    window.see(&format!("Loadline is open on this folder already (process {})", std::process::id()));
    window.see("Use that one, or close it and try again");
    eprintln!("that the data is another's stood there {:?} after the start", window.since_asked());
    look(&window, "told");
    runtime.block_on(other.close());
    window.choose("Try again");
    window.see("Twitter");
    window.choose("The knee");
    wait_for_drawn(&window, 2);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);
}

/// A write past the limit on the size of files fails as one on a full disk does, once the signal is ignored; who starts the app can do that.
pub(super) const IGNORES_THE_SIGNAL: &str = "trap '' XFSZ";

/// Gives the app's disk room for files of so many bytes, or as many as before.
fn room(window: &Window, bytes: Option<u64>) {
    let pid = i32::try_from(window.app().pid).ok().and_then(Pid::from_raw).expect("the app's process");
    let before = getrlimit(Resource::Fsize);
    prlimit(Some(pid), Resource::Fsize, Rlimit { current: bytes.or(before.current), maximum: before.maximum })
        .expect("a limit for a process of ours");
}

/// Every save is written to the log first: no more of it than there is now. The window's own shared memory counts as files, and is small beside the
/// log of a database that is new.
pub(super) fn no_room(window: &Window) {
    let log = window.data_dir().join(format!("{FILE}-wal"));
    let bytes = fs::metadata(&log).expect("the database's log").len();
    assert!(bytes > 200_000, "the window could not work in {bytes} bytes");
    room(window, Some(bytes));
}

#[test]
fn a_full_disk_is_told_keeps_the_drawing_in_the_window_and_is_enough_once_it_has_room() {
    let mut window = Window::open_after("full-disk", IGNORES_THE_SIGNAL);
    draw_two(&window);
    let design = open_design(&window);
    no_room(&window);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    window.see("Not saved yet: the drawing is kept in this window");
    window.see("Check that the disk has room and is there, then save again. What was saved before is kept.");
    assert_eq!(
        window.ask("return document.querySelector('[data-testid=run-without]').disabled", &[]),
        json!(true),
        "what is not saved would not be in the run"
    );

    // Whoever leaves is asked, after one more try; whoever stays has everything.
    window.ask("location.hash = '#/library'; return true", &[]);
    window.see("Your last changes are not saved");
    // Axe is brought to the page through the app: it gets the room, and nobody saves meanwhile.
    room(&window, None);
    look(&window, "asked");
    no_room(&window);
    window.choose("Stay");
    window.see_no_more("Your last changes are not saved");
    window.wait_for("the address of before", &format!("return location.hash.endsWith('/{design}')"));
    wait_for_drawn(&window, 3);
    window.see("Not saved yet");
    room(&window, None);
    look(&window, "told");
    window.choose("Save again");
    window.see_no_more("Not saved yet");
    wait_for_saved(&window);

    // Without room once more: leaving without the last change loses that one, and only that one.
    no_room(&window);
    add(&window, "plain");
    wait_for_drawn(&window, 4);
    window.see("Not saved yet");
    window.choose("Library");
    window.choose("Leave without them");
    window.see("Labs");
    room(&window, None);
    see_design(&window, &design, 3);
    add(&window, "plain");
    wait_for_drawn(&window, 4);
    wait_for_saved(&window);
    end(&mut window);
    window.open_again();
    window.see("Twitter");
    assert!(!window.text().contains("About your data"), "nothing was damaged");
    see_design(&window, &design, 4);
}

/// The superuser may write everywhere: without that right the app is as anybody else.
const AS_ANYBODY: &str = "if [ \"$(id -u)\" = 0 ]; then \
    exec setpriv --bounding-set=-dac_override,-dac_read_search --inh-caps=-dac_override,-dac_read_search \"$0\" \"$@\"; fi";

/// Lets nobody write to a folder and what is in it, or lets its owner again.
fn writable(folder: &Path, may: bool) {
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            writable(&path, may);
        } else {
            fs::set_permissions(&path, fs::Permissions::from_mode(if may { 0o644 } else { 0o444 })).expect("a file of ours");
        }
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(if may { 0o755 } else { 0o555 })).expect("a folder of ours");
}

#[test]
fn a_data_folder_that_cannot_be_written_is_named_and_opens_when_it_can() {
    let mut window = Window::open_after("read-only", AS_ANYBODY);
    draw_two(&window);
    let folder = window.data_dir();
    end(&mut window);
    writable(&folder, false);
    window.open_again();
    window.see(&folder.display().to_string());
    window.see("Permission denied");
    window.see("Check that the folder exists and can be written.");
    look(&window, "told");
    // Every screen that asks for something says so; the settings still say where the data is.
    window.ask("location.hash = '#/workbench/knee/1'; return true", &[]);
    window.see("Check that the folder exists and can be written.");
    window.ask("location.hash = '#/settings'; return true", &[]);
    window.wait_for("the folder", "return document.querySelector('[data-testid=data-folder]')?.innerText.length > 0");
    look(&window, "settings");
    window.ask("location.hash = '#/library'; return true", &[]);
    window.see("Check that the folder exists and can be written.");
    writable(&folder, true);
    window.choose("Try again");
    window.see("Twitter");
    window.choose("The knee");
    wait_for_drawn(&window, 2);
    add(&window, "plain");
    wait_for_drawn(&window, 3);
    wait_for_saved(&window);
}

#[test]
fn the_window_has_its_size_again_and_a_second_start_is_the_same_window() {
    let mut window = Window::open_as_installed("size", &[]);
    window.see("Twitter");
    window.resize(1100, 720);
    window.end_app();
    window.open_again();
    window.wait_for("the size of before", "return innerWidth === 1100 && innerHeight === 720");
    window.see("Twitter");
    window.choose("The knee");
    window.choose("One service");
    wait_for_drawn(&window, 2);
    wait_for_saved(&window);
    window.shot("again");
    let holder = window.data_dir().join("loadline.holder");
    let app = window.app().pid.to_string();
    assert_eq!(fs::read_to_string(&holder).expect("who holds the data"), app);
    // That it ends well is held in `shell.rs`; here, that it takes nothing away.
    window.start_again(&[]);
    assert_eq!(fs::read_to_string(&holder).expect("who holds the data"), app, "the data is still the first one's");
    window.press(&Key::Escape.to_string());
    wait_for_drawn(&window, 2);
}
