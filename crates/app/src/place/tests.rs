//! Moving a data folder: what is refused, what is copied, and what a pointer may say.

use tempfile::TempDir;

use super::*;

fn home(root: &TempDir) -> Home {
    Home { explicit: None, pointer: root.path().join("config/loadline/data-folder"), platform: root.path().join("share/loadline") }
}

/// A data folder with a database, a backup, a lock and a run's scratch space.
fn filled(root: &TempDir) -> PathBuf {
    let folder = root.path().join("share/loadline");
    for (name, text) in
        [("loadline.db", "the data"), ("backups/one.db", "older data"), (loadline_store::LOCK_FILE, ""), ("runs/7/kv.log", "x")]
    {
        let file = folder.join(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }
    folder
}

#[track_caller]
fn refused(from: &Path, to: &Path, take: bool, code: &str) {
    let error = prepare(from, to, take).unwrap_err();
    assert_eq!(error.code, code, "{error}");
    assert!(error.message.contains(&to.display().to_string()) && error.hint.ends_with('.'), "{error}");
}

#[test]
fn the_explicit_folder_wins_then_the_pointer_then_the_platform() {
    let root = tempfile::tempdir().unwrap();
    let mut home = home(&root);
    assert_eq!(home.here().unwrap().chosen_by, FolderChosenBy::Platform);
    let chosen = root.path().join("chosen");
    fs::create_dir(&chosen).unwrap();
    home.point_to(&chosen).unwrap();
    assert_eq!(home.here().unwrap(), Here { folder: chosen.clone(), chosen_by: FolderChosenBy::Learner });
    home.explicit = Some(root.path().join("explicit"));
    assert_eq!(home.here().unwrap().chosen_by, FolderChosenBy::Environment);
    home.explicit = None;
    home.point_to(&home.platform.clone()).unwrap();
    assert!(!home.pointer.exists(), "the platform's folder needs no pointer");
    assert_eq!(home.here().unwrap().chosen_by, FolderChosenBy::Platform);
}

#[test]
fn a_pointer_that_leads_nowhere_is_said_and_not_passed_over() {
    let root = tempfile::tempdir().unwrap();
    let home = home(&root);
    fs::create_dir_all(home.pointer.parent().unwrap()).unwrap();
    let long = format!("/{}", "x".repeat(9000));
    for (text, code) in [
        ("/nowhere/at/all\n".as_bytes(), "data_folder_gone"),
        (b"relative/path", "data_folder"),
        (b"", "data_folder"),
        (b"\xff\xfe", "data_folder"),
        (long.as_bytes(), "data_folder"),
    ] {
        fs::write(&home.pointer, text).unwrap();
        let error = home.here().unwrap_err();
        assert_eq!(error.code, code, "{error}");
        assert!(error.hint.contains("data-folder") || error.message.contains("data-folder"), "{error}");
    }
}

#[test]
fn folders_that_hold_something_or_cannot_be_written_are_refused() {
    let root = tempfile::tempdir().unwrap();
    let from = filled(&root);
    let at = |name: &str| root.path().join(name);
    refused(&from, Path::new("relative"), false, "data_folder_path");
    refused(&from, &from, false, "data_folder_same");
    refused(&from, &from.join("inside/deeper"), false, "data_folder_nested");
    assert!(!from.join("inside").exists(), "nothing is made before it may be");
    refused(&from, &from.join("not/../there"), false, "data_folder_path");
    refused(&from, root.path(), false, "data_folder_nested");
    fs::create_dir(at("photos")).unwrap();
    fs::write(at("photos/a.jpg"), "x").unwrap();
    refused(&from, &at("photos"), false, "data_folder_not_empty");
    refused(&from, &at("photos"), true, "data_folder_not_data");
    refused(&from, &at("photos/a.jpg"), false, "data_folder_path");
    refused(&from, &at("photos/a.jpg/deeper"), false, "data_folder_unwritable");
    fs::create_dir(at("other")).unwrap();
    fs::write(at("other/loadline.db"), "other data").unwrap();
    refused(&from, &at("other"), false, "data_folder_holds_data");
    prepare(&from, &at("other"), true).unwrap();
    assert_eq!(fs::read_to_string(at("other/loadline.db")).unwrap(), "other data");
    if cfg!(target_os = "linux") {
        refused(&from, Path::new("/proc/loadline"), false, "data_folder_unwritable");
    }
}

#[test]
fn all_that_is_the_learners_is_copied_and_stays_where_it_was() {
    let root = tempfile::tempdir().unwrap();
    let from = filled(&root);
    let to = prepare(&from, &root.path().join("new/place"), false).unwrap();
    assert_eq!(copy(&from, &to).unwrap().count(), 2);
    let names: Vec<String> = below(&to, &[]).unwrap().files.iter().map(|file| file.display().to_string()).collect();
    assert_eq!(names, ["backups/one.db", "loadline.db"]);
    assert_eq!(fs::read_to_string(to.join("loadline.db")).unwrap(), "the data");
    assert_eq!(fs::read_to_string(from.join("loadline.db")).unwrap(), "the data");
    assert_eq!(bytes_in(&to), "the data".len() as u64 + "older data".len() as u64);
}

#[test]
fn a_copy_that_fails_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let from = filled(&root);
    let to = prepare(&from, &root.path().join("new"), false).unwrap();
    // A folder where a copy has to go: the last step of the first file fails.
    fs::create_dir_all(to.join("loadline.db")).unwrap();
    let error = copy(&from, &to).unwrap_err();
    assert_eq!(error.code, "data_folder_copy", "{error}");
    assert_eq!(below(&to, &[]).unwrap().files, Vec::<PathBuf>::new());
    assert_eq!(fs::read_to_string(from.join("loadline.db")).unwrap(), "the data");
}

#[test]
fn what_a_discarded_copy_does_not_own_stays() {
    let root = tempfile::tempdir().unwrap();
    let from = filled(&root);
    let to = prepare(&from, &root.path().join("new"), false).unwrap();
    let copied = copy(&from, &to).unwrap();
    // Of the store, while it was open there; and of somebody else, meanwhile.
    for name in ["loadline.db-wal", loadline_store::SAVES_FILE, loadline_store::HOLDER_FILE, "backups/loadline-20261122-034000-daily.db"] {
        fs::write(to.join(name), "x").unwrap();
    }
    fs::create_dir(to.join("photos")).unwrap();
    fs::write(to.join("photos/a.jpg"), "x").unwrap();
    fs::write(to.join("backups/notes.txt"), "x").unwrap();
    copied.discard();
    let left: Vec<String> = below(&to, &[]).unwrap().files.iter().map(|file| file.display().to_string()).collect();
    assert_eq!(left, ["backups/notes.txt", "photos/a.jpg"]);
}

#[cfg(unix)]
#[test]
fn what_would_not_be_copied_is_named() {
    let root = tempfile::tempdir().unwrap();
    let from = filled(&root);
    let to = prepare(&from, &root.path().join("new"), false).unwrap();
    let deep = from.join(["deep"; MAX_DEPTH + 1].join("/"));
    fs::create_dir_all(&deep).unwrap();
    let error = copy(&from, &to).unwrap_err();
    assert_eq!(error.code, "data_folder_odd", "{error}");
    assert!(error.message.contains(&deep.display().to_string()) && error.message.contains("too deep"), "{error}");
    fs::remove_dir_all(from.join("deep")).unwrap();
    std::os::unix::fs::symlink("elsewhere.db", from.join("backups/link.db")).unwrap();
    let error = copy(&from, &to).unwrap_err();
    assert!(error.message.contains("backups/link.db: a link") && error.hint.contains("Move that out"), "{error}");
    assert_eq!(fs::read_dir(&to).unwrap().count(), 0, "nothing was begun");
    assert_eq!(bytes_in(&from), ["the data", "older data", "x"].map(str::len).iter().sum::<usize>() as u64, "the rest is counted");
}

#[test]
fn a_changed_copy_is_seen() {
    let root = tempfile::tempdir().unwrap();
    let [one, other] = ["one", "other"].map(|name| root.path().join(name));
    let mut bytes = vec![7; CHUNK * 2 + 5];
    fs::write(&one, &bytes).unwrap();
    fs::write(&other, &bytes).unwrap();
    assert!(same(&one, &other).unwrap());
    bytes[CHUNK * 2 + 4] = 8;
    fs::write(&other, &bytes).unwrap();
    assert!(!same(&one, &other).unwrap());
    fs::write(&other, &bytes[..CHUNK]).unwrap();
    assert!(!same(&one, &other).unwrap());
}
