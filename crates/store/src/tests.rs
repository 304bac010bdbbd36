//! Tests of the store on real files: what is kept comes back, and a file that cannot be read stays as it is.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use fs4::FileExt;
use loadline_model::report::{LoadReport, Report, ScaleReport, Series, Verdict};
use loadline_model::sketch::{Component, Sketch};
use sqlx::{ConnectOptions, Connection};

use super::*;

/// 22 November 2026, ms since 1970.
const NOW: i64 = 1_795_318_800_000;

fn sketch(parts: usize) -> Sketch {
    let mut sketch = Sketch::empty("Design A");
    sketch.components = (0..parts)
        .map(|i| Component {
            id: format!("work-{i}"),
            role: "work".into(),
            name: "Service \"Ä\"".into(),
            instances: 2,
            settings: BTreeMap::from([("work_ms".into(), 1.25.into())]),
            at: (192.0, 112.0),
        })
        .collect();
    sketch
}

pub(crate) fn report() -> Report {
    Report {
        format: 1,
        exercise: "twitter".into(),
        design: "naive".into(),
        scenario: "reference".into(),
        shape: "baseline".into(),
        seed: u64::MAX,
        verdict: Verdict::HostLimited,
        reasons: vec!["a".into()],
        interrupted: false,
        load: LoadReport { scheduled: 3, sent: 3, ok: 3, ..LoadReport::default() },
        operations: BTreeMap::new(),
        components: BTreeMap::new(),
        figures: vec![],
        predictions: vec![],
        because: String::new(),
        targets: vec![],
        saturated: vec![],
        steps: vec![],
        series: Series { t_s: vec![0.1, 0.2], ..Series::default() },
        events: vec![],
        scale: ScaleReport { dilation: 12.0, ..ScaleReport::default() },
        learner: None,
        sketch: None,
    }
}

const NEW: NewDesign<'static> = NewDesign { exercise: "twitter", name: "mine", title: "Mine", based_on: Some("naive") };

#[track_caller]
fn check_code<T: std::fmt::Debug>(result: Result<T, StoreError>, code: &str) -> String {
    let error = result.expect_err("an error");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.hint().ends_with('.'));
    error.to_string()
}

#[tokio::test]
async fn designs_round_trip_and_survive_closing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(2), 1000).await.unwrap();
    store.save_design(id, &sketch(3), None, 2000).await.unwrap();
    store.rename_design(id, "ours", "Ours", 3000).await.unwrap();
    store.create_design(NewDesign { name: "other", title: "Other", ..NEW }, &sketch(1), 4000).await.unwrap();
    store.close().await;

    let store = Store::open(dir.path(), NOW).await.unwrap();
    let design = store.design(id).await.unwrap();
    assert_eq!(design.sketch, sketch(3));
    let expected = DesignRow {
        id,
        exercise: "twitter".into(),
        name: "ours".into(),
        title: "Ours".into(),
        based_on: Some("naive".into()),
        created_ms: 1000,
        updated_ms: 3000,
        revision: 1,
    };
    assert_eq!(design.row, expected);
    assert_eq!(store.design_named("twitter", "ours").await.unwrap().unwrap(), design);
    assert_eq!(store.designs("twitter").await.unwrap().len(), 2);
    assert_eq!(store.designs("knee").await.unwrap(), []);
    store.delete_design(id).await.unwrap();
    check_code(store.design(id).await, "store_not_found");
    check_code(store.save_design(id, &sketch(1), None, 1).await, "store_not_found");
    check_code(store.delete_design(id).await, "store_not_found");
    assert_eq!(store.design_named("twitter", "ours").await.unwrap(), None);
}

#[tokio::test]
async fn names_are_unique_and_well_formed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(1), 1).await.unwrap();
    check_code(store.create_design(NEW, &sketch(1), 1).await, "store_name_taken");
    store.create_design(NewDesign { exercise: "knee", ..NEW }, &sketch(1), 1).await.unwrap();
    for name in ["", "A", "a b", "../a", &"a".repeat(49)] {
        check_code(store.create_design(NewDesign { name, ..NEW }, &sketch(1), 1).await, "store_invalid");
    }
    check_code(store.rename_design(id, "mine", " ", 1).await, "store_invalid");
    check_code(store.save_design(id, &sketch(2001), None, 1).await, "store_invalid");
}

#[tokio::test]
async fn predictions_replace_each_other_and_go_with_the_design() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(1), 1).await.unwrap();
    assert_eq!(store.predictions(id, "reference").await.unwrap(), None);
    let set = |values: &[(&str, f64)]| PredictionSet {
        values: values.iter().map(|(figure, value)| ((*figure).to_owned(), *value)).collect(),
        because: "it's so".into(),
    };
    store.save_predictions(id, "reference", &set(&[("a.p99_ms", 40.0), ("b", 0.1)]), 1).await.unwrap();
    let second = set(&[("a.p99_ms", 80.5)]);
    store.save_predictions(id, "reference", &second, 2).await.unwrap();
    assert_eq!(store.predictions(id, "reference").await.unwrap(), Some(second));
    assert_eq!(store.predictions(id, "other").await.unwrap(), None);
    check_code(store.save_predictions(id, "reference", &set(&[("a", f64::NAN)]), 3).await, "store_invalid");
    check_code(store.save_predictions(99, "reference", &set(&[]), 3).await, "store_not_found");
    store.delete_design(id).await.unwrap();
    assert_eq!(store.predictions(id, "reference").await.unwrap(), None);
}

#[tokio::test]
async fn runs_outlive_their_design() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let design = store.create_design(NEW, &sketch(1), 1).await.unwrap();
    let first =
        store.insert_run(NewRun { design_id: Some(design), started_ms: 10, note: "" }, &Sketch::empty("ran"), &report()).await.unwrap();
    let second = store.insert_run(NewRun { design_id: None, started_ms: 20, note: "n" }, &Sketch::empty("ran"), &report()).await.unwrap();
    let ids = |runs: Vec<RunRow>| runs.iter().map(|run| run.id).collect::<Vec<_>>();
    assert_eq!(ids(store.runs(Some("twitter"), 10).await.unwrap()), [second, first]);
    assert_eq!(ids(store.runs(None, 1).await.unwrap()), [second]);
    assert_eq!(ids(store.runs(Some("knee"), 10).await.unwrap()), [0_i64; 0]);
    let run = store.run(first).await.unwrap();
    assert_eq!(run.report, report());
    assert_eq!((run.row.verdict.as_str(), run.row.design_id), ("host_limited", Some(design)));
    store.delete_design(design).await.unwrap();
    assert_eq!(store.run(first).await.unwrap().row.design_id, None);
    store.note_run(first, "why").await.unwrap();
    assert_eq!(store.run(first).await.unwrap().row.note, "why");
    store.name_run(first, "the first").await.unwrap();
    store.explain_run(first, "one worker", "two workers").await.unwrap();
    let row = store.run(first).await.unwrap().row;
    assert_eq!((row.name.as_str(), row.why.as_str(), row.change.as_str()), ("the first", "one worker", "two workers"));
    assert_eq!((row.number, store.run(second).await.unwrap().row.number), (1, 2));
    check_code(store.name_run(first, "two\nlines").await, "store_invalid");
    check_code(store.name_run(first, &"x".repeat(121)).await, "store_invalid");
    check_code(store.explain_run(first, &"x".repeat(70_000), "").await, "store_invalid");
    check_code(store.explain_run(99, "", "").await, "store_not_found");
    store.delete_run(first).await.unwrap();
    assert_eq!(store.run(second).await.unwrap().row.number, 2, "numbers stay");
    check_code(store.run(first).await, "store_not_found");
    check_code(store.note_run(first, "x").await, "store_not_found");
    check_code(
        store.insert_run(NewRun { design_id: Some(99), ..NewRun::default() }, &Sketch::empty("ran"), &report()).await,
        "store_not_found",
    );
}

#[tokio::test]
async fn the_number_of_a_deleted_run_never_returns() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let insert = async || store.insert_run(NewRun::default(), &Sketch::empty("ran"), &report()).await;
    let (_, second) = (insert().await.unwrap(), insert().await.unwrap());
    store.delete_run(second).await.unwrap();
    assert_eq!(store.next_run_number("twitter").await.unwrap(), 3);
    let third = insert().await.unwrap();
    assert_eq!(store.run(third).await.unwrap().row.number, 3);
    for run in store.runs(None, 10).await.unwrap() {
        store.delete_run(run.id).await.unwrap();
    }
    store.close().await;
    let store = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!((store.next_run_number("twitter").await.unwrap(), store.next_run_number("knee").await.unwrap()), (4, 1));
}

#[tokio::test]
async fn a_report_of_a_newer_format_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.insert_run(NewRun::default(), &Sketch::empty("ran"), &Report { format: 9, ..report() }).await.unwrap();
    check_code(store.run(id).await, "store_unreadable");
}

#[tokio::test]
async fn settings_by_key() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(store.setting("theme").await.unwrap(), None);
    store.put_setting("theme", Some("dark")).await.unwrap();
    store.put_setting("theme", Some("light")).await.unwrap();
    assert_eq!(store.setting("theme").await.unwrap().as_deref(), Some("light"));
    store.put_setting("theme", None).await.unwrap();
    assert_eq!(store.setting("theme").await.unwrap(), None);
    check_code(store.put_setting("", Some("x")).await, "store_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_save_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(0), 0).await.unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for i in 1..=40_usize {
        let store = store.clone();
        tasks.spawn(async move {
            store.save_design(id, &sketch(i), None, i as i64).await?;
            store.create_design(NewDesign { name: &format!("d{i}"), ..NEW }, &sketch(i), 0).await
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    let design = store.design(id).await.unwrap();
    assert_eq!(design.sketch.components.len() as i64, design.row.updated_ms, "a save is whole");
    assert_eq!((design.row.revision, store.designs("twitter").await.unwrap().len()), (40, 41));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_open_a_new_database_one_after_the_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let folder = dir.path().to_owned();
        tasks.spawn(async move {
            let store = Store::open_waiting(&folder, NOW, Duration::from_secs(600)).await?;
            let designs = store.designs("twitter").await;
            store.close().await;
            designs
        });
    }
    while let Some(done) = tasks.join_next().await {
        assert_eq!(done.unwrap().unwrap(), []);
    }
}

#[tokio::test]
async fn a_folder_is_one_programs_for_as_long_as_it_is_open() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let clone = store.clone();
    let said = check_code(Store::open_waiting(dir.path(), NOW, Duration::ZERO).await, "store_locked");
    assert_eq!(said, format!("{}: Loadline is open on this folder already (process {})", dir.path().display(), std::process::id()));
    store.close().await;
    Store::open_waiting(dir.path(), NOW, Duration::ZERO).await.expect("closed by one clone, closed for all").close().await;
    check_code(clone.designs("twitter").await, "store_database");
}

#[tokio::test]
async fn another_process_that_is_opening_is_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let lock = std::fs::File::create(dir.path().join(LOCK_FILE)).unwrap();
    FileExt::try_lock(&lock).unwrap();
    std::fs::write(dir.path().join("loadline.holder"), "4294967296000000").unwrap();
    check_code(Store::open_waiting(dir.path(), NOW, Duration::ZERO).await, "store_locked");
    assert!(!dir.path().join(FILE).exists(), "nothing was done before the lock was held");
    drop(lock);
    Store::open_waiting(dir.path(), NOW, Duration::ZERO).await.unwrap();
}

#[tokio::test]
async fn a_database_of_each_schema_is_brought_up_to_date_after_a_backup() {
    for version in 1..crate::open::newest_schema() {
        let dir = tempfile::tempdir().unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(dir.path().join(FILE)).create_if_missing(true);
        let mut connection = options.connect().await.unwrap();
        crate::open::MIGRATIONS.run_direct(Some(version), &mut connection, false).await.unwrap();
        let sql = "INSERT INTO designs (exercise, name, title, sketch, created_ms, updated_ms) VALUES ('twitter', 'mine', 'Mine', ?, 1, 1)";
        sqlx::query(sql).bind(sketch(3).to_json()).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();

        let store = Store::open(dir.path(), NOW).await.unwrap();
        store.record_opening("twitter", "good", 5).await.unwrap();
        assert_eq!(store.design(1).await.unwrap().sketch, sketch(3));
        store.close().await;
        let made = backups(dir.path()).unwrap();
        assert_eq!(made.len(), 1, "schema {version}");
        assert_eq!(made[0].name(), "loadline-20261122-034000-migration.db");
        let found = crate::inspect::inspect(&made[0].path, crate::inspect::Look::Rows).await.unwrap();
        assert_eq!(found.schema, version, "the backup is of the schema before");
        // All is sealed, whatever the schema was.
        let store = Store::open(dir.path(), NOW).await.unwrap();
        assert_eq!(store.recoveries().await.unwrap(), []);
        store.close().await;
    }
}

#[tokio::test]
async fn the_first_opening_of_a_solution_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    for (design, now_ms) in [("good", 5), ("better", 6), ("good", 7)] {
        store.record_opening("twitter", design, now_ms).await.unwrap();
    }
    let opened = store.openings("twitter").await.unwrap();
    assert_eq!(opened, BTreeMap::from([("better".to_owned(), 6), ("good".to_owned(), 5)]));
    assert!(store.openings("knee").await.unwrap().is_empty());
    check_code(store.record_opening("Twitter!", "good", 5).await, "store_invalid");
}

#[tokio::test]
async fn drawings_that_were_run_come_newest_first_and_once() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    for (started_ms, parts) in [(1, 3), (2, 4), (3, 3)] {
        store.insert_run(NewRun { started_ms, ..NewRun::default() }, &sketch(parts), &report()).await.unwrap();
    }
    assert_eq!(store.drawings_run("twitter", 10).await.unwrap(), [sketch(3), sketch(4)]);
    assert_eq!(store.drawings_run("twitter", 1).await.unwrap(), [sketch(3)]);
    assert!(store.drawings_run("knee", 10).await.unwrap().is_empty());
}

/// Bytes of the database before, and a check that they are the same after a refused opening.
async fn check_refused(folder: &Path, code: &str) -> String {
    let before = std::fs::read(folder.join(FILE)).unwrap();
    let said = check_code(Store::open(folder, NOW).await, code);
    assert!(std::fs::read(folder.join(FILE)).unwrap() == before, "the file was changed");
    said
}

async fn change(folder: &Path, sql: &'static str) {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(folder.join(FILE)).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_newer_database_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    Store::open(dir.path(), NOW).await.unwrap().close().await;
    change(dir.path(), "INSERT INTO _sqlx_migrations VALUES (999, 'future', '2030-01-01', 1, x'00', 1)").await;
    let said = check_refused(dir.path(), "store_newer").await;
    let known = crate::open::newest_schema();
    assert!(said.ends_with(&format!("loadline.db: written by a newer Loadline (schema 999, this version knows {known})")), "{said}");
}

#[tokio::test]
async fn a_database_of_another_program_is_refused_untouched() {
    let dir = tempfile::tempdir().unwrap();
    change(dir.path(), "CREATE TABLE theirs (x)").await;
    check_refused(dir.path(), "store_foreign").await;
}

#[tokio::test]
async fn an_empty_file_is_a_new_database() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(FILE), "").unwrap();
    Store::open(dir.path(), NOW).await.unwrap().put_setting("a", Some("b")).await.unwrap();
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("file"), "").unwrap();
    let said = check_code(Store::open(&dir.path().join("file/data"), NOW).await, "store_io");
    assert!(said.contains("file/data: "), "{said}");
}

#[tokio::test]
async fn what_was_saved_outlives_a_crash() {
    let (dir, after) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(3), 1).await.unwrap();
    // What a crash leaves behind: the file and its write-ahead log, never folded in.
    for name in [FILE.to_owned(), format!("{FILE}-wal")] {
        std::fs::copy(dir.path().join(&name), after.path().join(&name)).unwrap();
    }
    assert_eq!(Store::open(after.path(), NOW).await.unwrap().design(id).await.unwrap().sketch, sketch(3));
}
