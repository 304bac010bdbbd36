//! `loadline data`: everything as one file out and in, while a window has the folder and while none has, and what is said when it cannot be.

use std::path::Path;
use std::process::{Command, Output};

use loadline_model::sketch::Sketch;
use loadline_store::{FILE, NewDesign, Store};

/// 22 November 2026, ms since 1970: the store knows no clock.
const NOW: i64 = 1_795_318_800_000;

fn data(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(loadline_tests::loadline());
    command.arg("data").args(arguments).env("LOADLINE_DATA_DIR", folder).current_dir(folder.parent().unwrap());
    command.output().unwrap()
}

#[track_caller]
fn said(output: &Output, code: i32) -> (String, String) {
    let (out, err) = (String::from_utf8_lossy(&output.stdout).into_owned(), String::from_utf8_lossy(&output.stderr).into_owned());
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    assert!(!err.contains("panicked"), "{err}");
    (out, err)
}

/// The part of a window: a store that is open in this process.
async fn window(folder: &Path, designs: usize) -> Store {
    let store = Store::open(folder, NOW).await.unwrap();
    for n in 0..designs {
        let name = format!("design-{n}");
        let new = NewDesign { exercise: "twitter", name: &name, title: "Mine", based_on: None };
        store.create_design(new, &Sketch::empty("Mine"), NOW).await.unwrap();
    }
    store
}

#[tokio::test]
async fn everything_goes_out_of_one_folder_and_into_another() {
    let place = tempfile::tempdir().unwrap();
    let (here, there) = (place.path().join("here"), place.path().join("there"));
    let open = window(&here, 3).await;
    // A window has the folder: what was saved goes out all the same, and nothing comes in.
    let (out, _) = said(&data(&here, &["export", "all.db"]), 0);
    assert!(out.starts_with("all.db written, ") && out.ends_with(": 3 designs, 0 runs, 0 attempts.\n"), "{out}");
    let (_, err) = said(&data(&here, &["import", "all.db"]), 2);
    let holder = format!("{}: Loadline is open on this folder already (process {})", here.display(), std::process::id());
    assert!(err.contains(&holder) && err.contains("LOADLINE_DATA_DIR"), "{err}");
    open.close().await;

    for new in ["3 designs", "0 designs"] {
        let (out, _) = said(&data(&there, &["import", "all.db"]), 0);
        assert_eq!(out, format!("all.db brought in. New here: {new}, 0 runs, 0 attempts.\n"));
    }
    let (out, _) = said(&data(&there, &["place"]), 0);
    assert!(out.starts_with(&format!("{}, database ", there.display())) && out.matches("-import.db, import").count() == 2, "{out}");
    let store = Store::open(&there, NOW).await.unwrap();
    assert_eq!(store.designs("twitter").await.unwrap().len(), 3);
    store.close().await;
}

#[tokio::test]
async fn damage_is_told_with_what_was_asked_for() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");
    window(&folder, 40).await.close().await;
    let path = folder.join(FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(9).rposition(|bytes| bytes == b"design-39").expect("the name is in the file");
    bytes[at] = b'D';
    std::fs::write(&path, &bytes).unwrap();
    let (out, err) = said(&data(&folder, &["export", "all.db"]), 0);
    assert!(out.contains("40 designs"), "{out}");
    assert!(err.contains("Your data was damaged") && err.contains("The damaged file is kept: ") && err.contains("Designs: "), "{err}");

    // Nothing that can be read, and no backup: nothing is done until it is asked for.
    std::fs::write(&path, "no database at all ".repeat(1000)).unwrap();
    let (_, err) = said(&data(&folder, &["export", "all.db"]), 2);
    assert!(err.contains("loadline.db: damaged, and nothing in it can be read") && err.contains("loadline data start-empty"), "{err}");
    let (out, _) = said(&data(&folder, &["start-empty"]), 0);
    assert!(out.starts_with("What was there is kept: ") && out.contains("loadline.db.damaged-"), "{out}");
    let (out, _) = said(&data(&folder, &["export", "all.db"]), 0);
    assert!(out.contains("0 designs"), "{out}");
    // What can be read is never put away.
    let (_, err) = said(&data(&folder, &["start-empty"]), 2);
    assert!(err.contains("the data can be read, and nothing was done to it") && err.contains("move "), "{err}");
}

#[tokio::test]
async fn files_that_cannot_be_used_are_named() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("data");
    std::fs::write(place.path().join("text"), "not a file of Loadline's ".repeat(500)).unwrap();
    for (arguments, reason, remedy) in [
        (["import", "none"], "none: No such file", "exists"),
        (["import", "text"], "text: it cannot be brought in: ", "Nothing was changed here"),
        (["import", "."], ". is not a file", "Correct the value"),
        (["export", "none/all.db"], "none/all.db: the copy could not be written: ", "writ"),
    ] {
        let (_, err) = said(&data(&folder, &arguments), 2);
        assert!(err.contains(reason) && err.contains(remedy), "{arguments:?}: {err}");
    }
}
