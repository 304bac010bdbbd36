//! Tests of attempts on real files: what is kept comes back after closing, the first opening stays, a finished attempt does not change, and a
//! database of the version before is brought up to date with all that was in it.

use std::collections::BTreeMap;
use std::path::Path;

use loadline_model::sketch::Sketch;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};

use super::{MAX_NOTE, Place};
use crate::open::MIGRATIONS;
use crate::{FILE, NewDesign, Store, StoreError};

const NOTES: Place<'static> = Place { exercise: "twitter", part: "phase", name: "requirements" };

fn answers(given: &[(&str, &str)]) -> BTreeMap<String, String> {
    given.iter().map(|(quantity, text)| ((*quantity).to_owned(), (*text).to_owned())).collect()
}

#[track_caller]
fn check_code<T: std::fmt::Debug>(result: Result<T, StoreError>, code: &str) {
    let error = result.expect_err("an error");
    assert_eq!(error.code(), code, "{error}");
    assert!(error.hint().ends_with('.'));
}

async fn open(folder: &Path) -> Store {
    Store::open(folder, 1_795_318_800_000).await.unwrap()
}

#[tokio::test]
async fn an_attempt_begins_with_what_is_kept_first_and_survives_closing() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    assert_eq!(store.newest_attempt("twitter").await.unwrap(), None);
    store.save_note(NOTES, "Post", 10).await.unwrap();
    store.save_note(NOTES, "Post, follow. 日本語 😀", 20).await.unwrap();
    store.save_answers("twitter", &answers(&[("reads", "480"), ("writes", "2.6K")]), 30).await.unwrap();
    store.hand_in_answers("twitter", &["reads".to_owned()], 40).await.unwrap();
    store.save_answers("twitter", &answers(&[("reads", "1"), ("writes", "2.7K")]), 50).await.unwrap();
    store.record_hint("twitter", "requirements", 1, 60).await.unwrap();
    store.record_solution(NOTES, Some("Post, follow."), 70).await.unwrap();
    store.record_solution(Place { part: "dive", name: "fanout", ..NOTES }, None, 80).await.unwrap();
    store.close().await;

    let attempt = open(dir.path()).await.newest_attempt("twitter").await.unwrap().unwrap();
    assert_eq!((attempt.row.number, attempt.row.started_ms, attempt.row.finished_ms), (1, 10, None));
    let note = &attempt.notes[&("phase".to_owned(), "requirements".to_owned())];
    assert_eq!((note.text.as_str(), note.saved_ms), ("Post, follow. 日本語 😀", 20));
    let answer = |quantity: &str| (attempt.answers[quantity].text.as_str(), attempt.answers[quantity].handed_ms);
    assert_eq!((answer("reads"), answer("writes")), (("480", Some(40)), ("2.7K", None)), "what was handed in stays");
    assert_eq!(attempt.hints, BTreeMap::from([(("requirements".to_owned(), 1), 60)]));
    let opened = |part: &str, name: &str| attempt.solutions[&(part.to_owned(), name.to_owned())].clone();
    assert_eq!((opened("phase", "requirements").handed.as_deref(), opened("phase", "requirements").opened_ms), (Some("Post, follow."), 70));
    assert_eq!(opened("dive", "fanout").handed, None, "opened without an attempt");
}

#[tokio::test]
async fn hints_open_one_after_the_other_and_the_first_time_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    check_code(store.record_hint("twitter", "design", 2, 1).await, "hint_out_of_turn");
    check_code(store.record_hint("twitter", "design", 0, 1).await, "hint_out_of_turn");
    assert!(store.attempts("twitter").await.unwrap().is_empty(), "what is refused begins no attempt");
    for (number, now_ms) in [(1, 10), (2, 20), (1, 30), (2, 40), (3, 50)] {
        store.record_hint("twitter", "design", number, now_ms).await.unwrap();
    }
    check_code(store.record_hint("twitter", "estimation", 2, 60).await, "hint_out_of_turn");
    let hints: Vec<i64> = store.newest_attempt("twitter").await.unwrap().unwrap().hints.into_values().collect();
    assert_eq!(hints, [10, 20, 50]);
}

#[tokio::test]
async fn the_first_opening_of_a_solution_stays() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    store.record_solution(NOTES, None, 10).await.unwrap();
    store.record_solution(NOTES, Some("afterwards"), 20).await.unwrap();
    let attempt = store.newest_attempt("twitter").await.unwrap().unwrap();
    let opened: Vec<(Option<&str>, i64)> = attempt.solutions.values().map(|opened| (opened.handed.as_deref(), opened.opened_ms)).collect();
    assert_eq!(opened, [(None, 10)]);
}

#[tokio::test]
async fn a_finished_attempt_does_not_change_and_another_begins_empty() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    check_code(store.finish_attempt("twitter", 1).await, "attempt_none");
    store.save_note(NOTES, "first", 10).await.unwrap();
    store.record_hint("twitter", "requirements", 1, 11).await.unwrap();
    check_code(store.begin_attempt("twitter", 12).await, "attempt_goes_on");
    store.finish_attempt("twitter", 20).await.unwrap();
    let before = store.newest_attempt("twitter").await.unwrap();
    check_code(store.finish_attempt("twitter", 21).await, "attempt_finished");
    check_code(store.save_note(NOTES, "late", 21).await, "attempt_finished");
    check_code(store.save_answers("twitter", &answers(&[("reads", "1")]), 21).await, "attempt_finished");
    check_code(store.record_hint("twitter", "requirements", 2, 21).await, "attempt_finished");
    check_code(store.record_solution(NOTES, Some("late"), 21).await, "attempt_finished");
    store.record_hint("twitter", "requirements", 1, 22).await.unwrap();
    assert_eq!(store.newest_attempt("twitter").await.unwrap(), before);

    let second = store.begin_attempt("twitter", 30).await.unwrap();
    assert_eq!((second.number, second.started_ms, second.finished_ms), (2, 30, None));
    let now = store.newest_attempt("twitter").await.unwrap().unwrap();
    assert!(now.notes.is_empty() && now.hints.is_empty(), "{now:?}");
    let finished: Vec<Option<i64>> = store.attempts("twitter").await.unwrap().iter().map(|row| row.finished_ms).collect();
    assert_eq!(finished, [None, Some(20)]);
    assert_eq!(store.attempts("knee").await.unwrap(), []);
}

#[tokio::test]
async fn what_is_too_large_or_misnamed_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path()).await;
    check_code(store.save_note(NOTES, &"a".repeat(MAX_NOTE + 1), 1).await, "store_invalid");
    check_code(store.save_note(Place { name: "../a", ..NOTES }, "a", 1).await, "store_invalid");
    check_code(store.save_note(Place { exercise: "Twitter!", ..NOTES }, "a", 1).await, "store_invalid");
    check_code(store.save_answers("twitter", &answers(&[("reads", &"1".repeat(501))]), 1).await, "store_invalid");
    let many = (0..201).map(|number| (format!("q{number}"), String::new())).collect();
    check_code(store.save_answers("twitter", &many, 1).await, "store_invalid");
    assert!(store.attempts("twitter").await.unwrap().is_empty());
}

#[tokio::test]
async fn a_database_of_the_version_before_keeps_what_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
    let [.., before, _] = versions[..] else { panic!("there is only one version") };
    let options = SqliteConnectOptions::new().filename(dir.path().join(FILE)).create_if_missing(true);
    let mut connection = options.connect().await.unwrap();
    MIGRATIONS.run_to(before, &mut connection).await.unwrap();
    let design = "INSERT INTO designs (exercise, name, title, sketch, created_ms, updated_ms) VALUES ('twitter', 'mine', 'Mine', ?, 1, 2)";
    let sketch = serde_json::to_string(&Sketch::empty("Mine")).unwrap();
    sqlx::query(design).bind(&sketch).execute(&mut connection).await.unwrap();
    sqlx::query("INSERT INTO settings VALUES ('theme', 'dark')").execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();

    let store = open(dir.path()).await;
    assert_eq!(store.design(1).await.unwrap().sketch, Sketch::empty("Mine"));
    assert_eq!(store.setting("theme").await.unwrap().as_deref(), Some("dark"));
    store.save_note(NOTES, "kept", 5).await.unwrap();
    let new = NewDesign { exercise: "twitter", name: "other", title: "Other", based_on: None };
    assert_eq!(store.create_design(new, &Sketch::empty("Other"), 5).await.unwrap(), 2);
}
