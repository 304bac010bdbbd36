//! Versions: when one is kept, which thin out, and what a restore leaves.

use super::*;
use crate::NewDesign;

const NOW: i64 = 1_795_318_800_000;
const NEW: NewDesign<'static> = NewDesign { exercise: "twitter", name: "mine", title: "Mine", based_on: None };

async fn opened() -> (tempfile::TempDir, Store, i64) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &Sketch::empty("0"), NOW).await.unwrap();
    (dir, store, id)
}

/// Number, title of the drawing, reason and name, newest first.
async fn listed(store: &Store, id: i64) -> Vec<(i64, String, String, Option<String>)> {
    let all = store.versions(id, 1000).await.unwrap();
    all.into_iter().map(|(row, sketch)| (row.number, sketch.unwrap().title, row.reason, row.name)).collect()
}

#[tokio::test]
async fn a_checkpoint_is_kept_once_in_five_minutes_of_editing() {
    let (_dir, store, id) = opened().await;
    for minute in 0..12_i64 {
        let sketch = Sketch::empty(&(minute + 1).to_string());
        store.save_design(id, &sketch, None, NOW + minute * 60_000).await.unwrap();
    }
    let titles: Vec<String> = listed(&store, id).await.into_iter().map(|(_, title, _, _)| title).collect();
    assert_eq!(titles, ["10", "5", "0"], "what was overwritten in minutes 10, 5 and 0");
    assert_eq!(store.design(id).await.unwrap().sketch.title, "12");
}

#[tokio::test]
async fn a_restore_keeps_what_was_there_and_the_title() {
    let (_dir, store, id) = opened().await;
    store.save_design(id, &Sketch::empty("1"), None, NOW).await.unwrap();
    store.keep_version(id, Reason::Run, NOW + 1).await.unwrap();
    store.keep_version(id, Reason::Run, NOW + 2).await.unwrap();
    assert_eq!(listed(&store, id).await.len(), 2, "the same drawing is kept once");
    let revision = store.restore_version(id, 1, NOW + 3).await.unwrap();
    let design = store.design(id).await.unwrap();
    assert_eq!((design.sketch.title.as_str(), design.row.revision), ("Mine", revision), "version 1 under the design's title");
    store.save_design(id, &Sketch::empty("2"), None, NOW + 4).await.unwrap();
    store.restore_version(id, 2, NOW + 5).await.unwrap();
    let newest = &listed(&store, id).await[0];
    assert_eq!((newest.1.as_str(), newest.2.as_str()), ("2", "restore"));
    assert_eq!(store.restore_version(id, 99, NOW).await.unwrap_err().code(), "store_not_found");
    assert_eq!(store.versions(99, 10).await.unwrap_err().code(), "store_not_found");
}

/// Versions of these ages, as they thin out when one more is kept again and again.
fn stay(ages_ms: impl Iterator<Item = i64>) -> Vec<VersionRow> {
    let row = |(number, age)| VersionRow { number, saved_ms: NOW - age, reason: "checkpoint".into(), name: None };
    let mut all: Vec<VersionRow> = (1..).zip(ages_ms).map(row).collect();
    all.sort_by_key(|row| row.saved_ms);
    (1..).zip(&mut all).for_each(|(number, row)| row.number = number);
    all.reverse();
    loop {
        let gone = too_many(&all, NOW);
        assert!(gone.len() <= 2 && gone.is_sorted(), "few at a time, oldest first: {gone:?}");
        if gone.is_empty() {
            return all;
        }
        all.retain(|row| !gone.contains(&row.number));
    }
}

#[test]
fn hours_then_days_then_weeks_stay() {
    let kept = stay((0..200 * 48).map(|half_hours| half_hours * HOUR_MS / 2));
    let of = |from: i64, to: i64| kept.iter().filter(|row| (from..to).contains(&((NOW - row.saved_ms) / HOUR_MS))).count();
    assert_eq!(of(0, 24), 48, "all of the last day");
    assert!((143..=145).contains(&of(24, 7 * 24)), "one an hour: {}", of(24, 7 * 24));
    assert!((82..=84).contains(&of(7 * 24, 90 * 24)), "one a day: {}", of(7 * 24, 90 * 24));
    assert!((15..=17).contains(&of(90 * 24, 200 * 24)), "one a week: {}", of(90 * 24, 200 * 24));
}

#[tokio::test]
async fn a_clock_far_ahead_takes_few_versions_with_it() {
    let (_dir, store, id) = opened().await;
    for minute in 0..300_i64 {
        let sketch = Sketch::empty(&(minute + 1).to_string());
        store.save_design(id, &sketch, None, NOW + minute * 300_000).await.unwrap();
    }
    let before = listed(&store, id).await.len();
    store.save_design(id, &Sketch::empty("ahead"), None, NOW + 3650 * DAY_MS).await.unwrap();
    assert_eq!(listed(&store, id).await.len(), before + 1 - 2);
}

#[tokio::test]
async fn a_named_version_stays_and_a_design_takes_its_versions_with_it() {
    let (dir, store, id) = opened().await;
    let number = store.name_current(id, "before the replicas", NOW - 400 * DAY_MS).await.unwrap();
    for hour in 0..200_i64 {
        store.save_design(id, &Sketch::empty(&hour.to_string()), None, NOW - 300 * DAY_MS + hour * HOUR_MS).await.unwrap();
    }
    for minutes in 0..120_i64 {
        store.save_design(id, &Sketch::empty(&format!("now {minutes}")), None, NOW + minutes * CHECKPOINT_MS).await.unwrap();
    }
    let all = listed(&store, id).await;
    assert!(all.len() < 160, "thinned: {}", all.len());
    assert_eq!(all.last().unwrap(), &(number, "0".into(), "named".into(), Some("before the replicas".into())));
    for name in ["", " ", "two\nlines", &"x".repeat(121)] {
        assert_eq!(store.name_version(id, number, Some(name)).await.unwrap_err().code(), "store_invalid");
    }
    store.name_version(id, number, None).await.unwrap();
    store.delete_design(id).await.unwrap();
    store.close().await;
    let store = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(store.recoveries().await.unwrap(), [], "what goes with a design is unsealed with it");
    store.close().await;
}

#[tokio::test]
async fn undo_is_kept_for_the_saved_revision_only() {
    let (_dir, store, id) = opened().await;
    let revision = store.save_design(id, &Sketch::empty("1"), Some(0), NOW).await.unwrap();
    store.save_history(id, revision, "[1]").await.unwrap();
    assert_eq!(store.history(id, revision).await.unwrap().as_deref(), Some("[1]"));
    store.save_history(id, revision - 1, "[0]").await.unwrap();
    assert_eq!(store.history(id, revision - 1).await.unwrap(), None, "of a revision that is gone");
    let later = store.save_design(id, &Sketch::empty("2"), Some(revision), NOW).await.unwrap();
    assert_eq!(store.history(id, later).await.unwrap(), None);
    assert_eq!(store.save_history(id, later, &"x".repeat(MAX_HISTORY + 1)).await.unwrap_err().code(), "store_invalid");
    let error = store.save_design(id, &Sketch::empty("3"), Some(revision), NOW).await.unwrap_err();
    assert!(matches!(error, StoreError::Conflict { revision, .. } if revision == later), "{error:?}");
    assert_eq!(store.design(id).await.unwrap().sketch.title, "2", "nothing was overwritten");
}

#[tokio::test]
async fn a_full_disk_refuses_a_save_and_keeps_the_last() {
    let (_dir, store, id) = opened().await;
    let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&store.writer).await.unwrap();
    let limit = format!("PRAGMA max_page_count = {pages}");
    sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&store.writer).await.unwrap();
    let large = Sketch::empty(&"x".repeat(100_000));
    let error = store.save_design(id, &large, Some(0), NOW).await.unwrap_err();
    assert_eq!((error.code(), error.to_string().as_str()), ("store_disk_full", "the disk that holds Loadline's data is full"));
    assert!(error.hint().starts_with("Make room"));
    assert_eq!(store.design(id).await.unwrap().row.revision, 0);
    sqlx::query("PRAGMA max_page_count = 1000000").execute(&store.writer).await.unwrap();
    assert_eq!(store.save_design(id, &large, Some(0), NOW).await.unwrap(), 1, "with room the same save goes through");
}
