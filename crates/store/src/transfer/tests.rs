//! Out and in again: nothing is lost, nothing is doubled, and what cannot be read changes nothing.

use std::collections::BTreeMap;

use loadline_model::sketch::Sketch;

use super::*;
use crate::ledger;
use crate::values::tables;
use crate::{NewDesign, Place, PredictionSet, backups};

const NOW: i64 = 1_795_318_800_000;
const NEW: NewDesign<'static> = NewDesign { exercise: "twitter", name: "mine", title: "Mine", based_on: None };

/// A store with a design, its predictions and versions, an attempt and settings.
async fn filled(folder: &Path) -> (Store, i64) {
    let store = Store::open(folder, NOW).await.unwrap();
    let id = store.create_design(NEW, &Sketch::empty("0"), NOW).await.unwrap();
    store.save_design(id, &Sketch::empty("1"), None, NOW).await.unwrap();
    let set = PredictionSet { values: BTreeMap::from([("feed.p99_ms".into(), 40.0)]), because: "so".into() };
    store.save_predictions(id, "peak", &set, NOW).await.unwrap();
    store.record_hint("twitter", "phase", 1, NOW).await.unwrap();
    store.save_note(Place { exercise: "twitter", part: "phase", name: "a" }, "kept as the earlier", NOW).await.unwrap();
    store.record_opening("twitter", "good", NOW).await.unwrap();
    store.put_setting("theme", Some("dark")).await.unwrap();
    (store, id)
}

/// Every seal of the learner's tables: the same when nothing was changed.
async fn seals(store: &Store) -> Vec<(String, i64, Vec<u8>)> {
    sqlx::query_as("SELECT tbl, row, sum FROM seals ORDER BY tbl, row").fetch_all(&store.readers).await.unwrap()
}

/// Names that an import works under and that are left in a folder.
fn copies(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with(COPY)).collect()
}

#[tokio::test]
async fn everything_goes_out_and_comes_in_once() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, id) = filled(here.path()).await;
    let file = here.path().join("all.db");
    let out = export(here.path(), &file).await.unwrap();
    assert_eq!((out.designs, out.runs, out.attempts), (1, 0, 1));
    assert_eq!(out.bytes, std::fs::metadata(&file).unwrap().len());

    let other = Store::open(there.path(), NOW).await.unwrap();
    let came = other.import(&file, NOW + 1).await.unwrap();
    assert_eq!((came.designs, came.attempts, came.path.clone()), (1, 1, file.clone()));
    let design = other.design_named("twitter", "mine").await.unwrap().unwrap();
    assert_eq!(design.sketch, store.design(id).await.unwrap().sketch);
    assert_eq!(other.versions(design.row.id, 9).await.unwrap().len(), 1);
    assert_eq!(other.predictions(design.row.id, "peak").await.unwrap(), store.predictions(id, "peak").await.unwrap());
    assert_eq!(other.newest_attempt("twitter").await.unwrap(), store.newest_attempt("twitter").await.unwrap());
    assert_eq!(other.setting("theme").await.unwrap().as_deref(), Some("dark"));
    let before = seals(&other).await;
    let again = other.import(&file, NOW + 2).await.unwrap();
    assert_eq!((again.designs, again.runs, again.attempts), (0, 0, 0));
    assert_eq!(seals(&other).await, before, "the same file again changes nothing");
    assert_eq!(store.import(&file, NOW + 3).await.unwrap().designs, 0, "nor where it came from");
    assert_eq!(backups(there.path()).unwrap().len(), 2, "a backup before each");
    assert_eq!(copies(there.path()), [""; 0]);
    let mut check = other.writer.acquire().await.unwrap();
    assert_eq!(ledger::flaw(&mut check).await.unwrap(), None);
}

#[tokio::test]
async fn what_both_have_changed_stays_twice() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, id) = filled(here.path()).await;
    let file = here.path().join("all.db");
    export(here.path(), &file).await.unwrap();
    let other = Store::open(there.path(), NOW).await.unwrap();
    other.import(&file, NOW).await.unwrap();
    store.save_design(id, &Sketch::empty("theirs"), None, NOW).await.unwrap();
    store.save_note(Place { exercise: "twitter", part: "phase", name: "a" }, "second", NOW + 9).await.unwrap();
    export(here.path(), &file).await.unwrap();
    let mine = other.design_named("twitter", "mine").await.unwrap().unwrap().row.id;
    other.save_design(mine, &Sketch::empty("mine"), None, NOW).await.unwrap();
    for expected in [1, 0] {
        assert_eq!(other.import(&file, NOW).await.unwrap().designs, expected);
    }
    let titles: Vec<String> = sqlx::query_scalar("SELECT sketch FROM designs ORDER BY id").fetch_all(&other.readers).await.unwrap();
    assert_eq!(titles.len(), 2);
    assert!(titles[0].contains("\"mine\"") && titles[1].contains("\"theirs\""), "{titles:?}");
    let attempt = other.newest_attempt("twitter").await.unwrap().unwrap();
    assert_eq!(attempt.notes[&("phase".into(), "a".into())].text, "second", "the later note");
    assert_eq!(other.attempts("twitter").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_file_that_cannot_be_read_changes_nothing() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(here.path()).await;
    let file = here.path().join("all.db");
    export(here.path(), &file).await.unwrap();
    let whole = std::fs::read(&file).unwrap();
    let other = Store::open(there.path(), NOW).await.unwrap();
    other.put_setting("theme", Some("light")).await.unwrap();
    let before = seals(&other).await;
    let text = whole.windows(11).position(|bytes| bytes == b"the earlier").expect("the note is in the file");
    let mut changed = whole.clone();
    changed[text] = b'F';
    for (bytes, code) in [
        (Vec::new(), "store_damaged"),
        (b"not a file of Loadline's".repeat(500), "import_unusable"),
        (whole[..whole.len() / 2].to_vec(), "import_unusable"),
        (changed, "import_unusable"),
    ] {
        std::fs::write(&file, &bytes).unwrap();
        let error = other.import(&file, NOW).await.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains("all.db: "), "{error}");
        assert_eq!(seals(&other).await, before);
    }
    assert_eq!(other.import(&here.path().join("none"), NOW).await.unwrap_err().code(), "store_io");
    assert_eq!(other.import(here.path(), NOW).await.unwrap_err().code(), "store_invalid");
    assert_eq!(backups(there.path()).unwrap(), [], "nothing was begun");
    let own = there.path().join(FILE);
    assert_eq!(export(there.path(), &own).await.unwrap_err().code(), "store_invalid", "not over itself");
    assert_eq!(export(there.path(), there.path()).await.unwrap_err().code(), "store_invalid");
    assert_eq!(export(&there.path().join("none"), &file).await.unwrap_err().code(), "store_io");
}

/// A table that is added later is merged, or said to be none of this.
#[tokio::test]
async fn every_table_is_merged() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let mut connection = store.readers.acquire().await.unwrap();
    let mut all = tables(&mut connection).await.unwrap();
    all.retain(|table| !matches!(table.as_str(), "recoveries" | "run_numbers"));
    assert_eq!(all, merge::TABLES, "teach transfer/merge.rs the new table, then name it there");
}

#[tokio::test]
async fn what_a_killed_import_left_is_removed() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    filled(here.path()).await;
    let file = here.path().join("all.db");
    export(here.path(), &file).await.unwrap();
    let leave = || {
        for ending in ["", "-wal", "-shm", "-journal"] {
            std::fs::write(there.path().join(format!("{COPY}{ending}")), "half").unwrap();
        }
    };
    leave();
    let other = Store::open(there.path(), NOW).await.unwrap();
    assert_eq!(copies(there.path()), [""; 0], "at the opening");
    leave();
    assert_eq!(other.import(&file, NOW).await.unwrap().designs, 1, "it meets no log of another");
    assert_eq!(copies(there.path()), [""; 0], "and by the next import");
}

#[tokio::test]
async fn a_database_that_was_not_shut_comes_in_with_its_last_changes() {
    let (here, there, copied) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = filled(here.path()).await;
    // Copied by hand while it is open: the last changes are in the log alone.
    for ending in ["", "-wal"] {
        let name = format!("{FILE}{ending}");
        std::fs::copy(here.path().join(&name), copied.path().join(&name)).unwrap();
    }
    let other = Store::open(there.path(), NOW).await.unwrap();
    let came = other.import(&copied.path().join(FILE), NOW).await.unwrap();
    assert_eq!((came.designs, came.attempts), (1, 1));
    assert_eq!(other.setting("theme").await.unwrap().as_deref(), Some("dark"));
    assert_eq!(copies(there.path()), [""; 0]);
    // An exported file has no log of its own: one that lies beside it is another's.
    let file = copied.path().join("all.db");
    export(here.path(), &file).await.unwrap();
    std::fs::copy(copied.path().join(format!("{FILE}-wal")), copied.path().join("all.db-wal")).unwrap();
    assert_eq!(other.import(&file, NOW).await.unwrap().designs, 0);
    store.close().await;
}

#[tokio::test]
async fn nothing_comes_in_that_could_not_be_opened() {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, _) = filled(here.path()).await;
    store.insert_run(crate::NewRun::default(), &Sketch::empty("ran"), &crate::tests::report()).await.unwrap();
    let file = here.path().join("all.db");
    let other = Store::open(there.path(), NOW).await.unwrap();
    let before = seals(&other).await;
    for (change, undo, said) in [
        ("UPDATE runs SET report = 'no report'", None, "run 1 cannot be read"),
        ("UPDATE runs SET report = replace(report, '\"format\":1', '\"format\":9')", None, "its format is 9"),
        ("UPDATE runs SET exercise = '../up'", Some("UPDATE runs SET exercise = 'twitter'"), "exercise of a run: must be"),
        ("UPDATE attempts SET exercise = 'A B'", Some("UPDATE attempts SET exercise = 'twitter'"), "exercise of an attempt: must be"),
        ("UPDATE attempt_notes SET part = ''", Some("UPDATE attempt_notes SET part = 'phase'"), "part of an attempt: must be"),
        ("UPDATE attempt_hints SET phase = 'x y'", Some("UPDATE attempt_hints SET phase = 'phase'"), "name in an attempt: must be"),
    ] {
        let report: String = sqlx::query_scalar("SELECT report FROM runs").fetch_one(&store.readers).await.unwrap();
        let mut write = store.write().await.unwrap();
        sqlx::query(change).execute(&mut *write).await.unwrap();
        write.commit().await.unwrap();
        export(here.path(), &file).await.unwrap();
        let error = other.import(&file, NOW).await.unwrap_err();
        assert_eq!(error.code(), "import_unusable", "{error}");
        assert!(error.to_string().contains("all.db: ") && error.to_string().contains(said), "{error}");
        assert_eq!(seals(&other).await, before);
        let mut write = store.write().await.unwrap();
        sqlx::query("UPDATE runs SET report = ?").bind(report).execute(&mut *write).await.unwrap();
        sqlx::query(undo.unwrap_or("SELECT 1")).execute(&mut *write).await.unwrap();
        write.commit().await.unwrap();
    }
    export(here.path(), &file).await.unwrap();
    assert_eq!(other.import(&file, NOW).await.unwrap().runs, 1, "as it was again");
}

#[tokio::test]
async fn a_file_that_cannot_be_written_is_named_with_what_to_do() {
    let here = tempfile::tempdir().unwrap();
    filled(here.path()).await;
    let file = here.path().join("no/such/folder/all.db");
    let error = export(here.path(), &file).await.unwrap_err();
    assert_eq!(error.code(), "store_export");
    assert!(error.to_string().starts_with(&file.display().to_string()) && !error.to_string().contains(".part"), "{error}");
    assert_eq!(error.hint(), "Choose a file in a folder that exists and can be written. Your data is unchanged.");
    let full = |path: &Path| StoreError::Io { path: path.to_owned(), source: std::io::ErrorKind::StorageFull.into() };
    for error in [full(&file), StoreError::DiskFull] {
        let error = StoreError::Export { path: file.clone(), source: Box::new(error) };
        assert!(error.hint().starts_with("Make room on that disk"), "{}", error.hint());
        assert!(!error.to_string().contains("Loadline's data"), "{error}");
    }
    assert!(full(&file).hint().starts_with("Make room"));
}

#[cfg(unix)]
#[tokio::test]
async fn what_lies_beside_the_file_is_let_be() {
    let here = tempfile::tempdir().unwrap();
    filled(here.path()).await;
    let [file, beside, target] = ["all.db", "all.db.part", "target"].map(|name| here.path().join(name));
    std::fs::write(&target, "the learner's").unwrap();
    std::os::unix::fs::symlink(&target, &beside).unwrap();
    export(here.path(), &file).await.unwrap();
    assert_eq!(std::fs::read_to_string(&beside).unwrap(), "the learner's", "neither removed nor written through");
    let parts =
        std::fs::read_dir(here.path()).unwrap().filter(|entry| entry.as_ref().unwrap().path().extension().is_some_and(|e| e == "part"));
    assert_eq!(parts.count(), 1);
}
