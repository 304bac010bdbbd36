//! What the outside may do to storage: no room, no permission, a wrong clock, two programs at once. Each is told with its place and remedy, and
//! what was saved stays.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::task::Poll;
use std::time::Duration;

use futures_util::FutureExt as _;
use loadline_store::backup::Reason;
use loadline_store::{FILE, NewDesign, Store, StoreError, backups, transfer};

use crate::world::{NOW, fill, rows, sketch};

const DAY_MS: i64 = 86_400_000;
const NEW: NewDesign<'static> = NewDesign { exercise: "twitter", name: "mine", title: "Mine", based_on: None };
const FULL: &str = "LOADLINE_STORE_FULL";

/// The child of the next test, under a limit on the size of files: saves until there is no room, says what it was told, and saves again once
/// there is room.
#[cfg(unix)]
#[tokio::test]
async fn child_without_room() {
    let Some(folder) = std::env::var_os(FULL).map(PathBuf::from) else { return };
    let store = Store::open(&folder, NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(0, 1), NOW).await.unwrap();
    for mark in 1..10_000_u64 {
        if let Err(error) = store.save_design(id, &sketch(mark, 60), None, NOW + mark as i64 * 400_000).await {
            println!("\nTOLD {mark} {}: {error} {}", error.code(), error.hint());
            // Still without room it is told again, in the same words.
            let again = store.save_design(id, &sketch(mark, 60), None, NOW + mark as i64 * 400_000).await.unwrap_err();
            assert_eq!(again.code(), error.code(), "{again}");
            give_room();
            store.save_design(id, &sketch(mark, 60), None, NOW + mark as i64 * 400_000).await.expect("there is room");
            println!("\nSAVED {mark}");
            store.close().await;
            return;
        }
    }
    panic!("the limit was never met");
}

/// Takes the limit on the size of files away.
#[cfg(unix)]
fn give_room() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let maximum = getrlimit(Resource::Fsize).maximum;
    setrlimit(Resource::Fsize, Rlimit { current: maximum, maximum }).expect("the limit was a soft one");
}

#[cfg(unix)]
#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing_that_was_saved() {
    let dir = tempfile::tempdir().unwrap();
    // A write past the limit fails as one on a full disk does, once the signal is ignored.
    let script = "trap '' XFSZ; ulimit -S -f 1500; exec \"$0\" --exact limits::child_without_room --nocapture --test-threads=1";
    let child = Command::new("sh").arg("-c").arg(script).arg(std::env::current_exe().unwrap()).env(FULL, dir.path()).output().unwrap();
    let said = String::from_utf8_lossy(&child.stdout).into_owned();
    let told = said.lines().find_map(|line| line.strip_prefix("TOLD ")).unwrap_or_else(|| panic!("{said}"));
    let (mark, told) = told.split_once(' ').unwrap();
    assert!(told.starts_with("store_disk: the disk that holds Loadline's data failed") && told.contains("has room"), "{told}");
    let store = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(store.recoveries().await.unwrap(), []);
    let found = store.design(1).await.unwrap().sketch.title.parse::<u64>().unwrap();
    assert!(said.contains(&format!("SAVED {mark}")), "with room the same program goes on: {said}");
    assert_eq!(found, mark.parse::<u64>().unwrap(), "all that was saved is there");
    store.save_design(1, &sketch(99_999, 1), None, NOW).await.expect("with room it goes on");
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o555)).unwrap();
    // The superuser may write there all the same: then a folder of the system that takes no files.
    let folder = if std::fs::write(folder.join("probe"), "").is_ok() { PathBuf::from("/proc/self/data") } else { folder };
    let error = Store::open(&folder, NOW).await.unwrap_err();
    assert_eq!(error.code(), "store_io");
    assert!(error.to_string().contains(&folder.display().to_string()), "{error}");
    assert_eq!(error.hint(), "Check that the folder exists and can be written.");
}

#[tokio::test]
async fn a_clock_that_was_set_back_deletes_and_overwrites_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(1, 1), NOW).await.unwrap();
    let first = store.back_up_daily(NOW).await.unwrap().expect("none today yet");
    assert_eq!(store.back_up_daily(NOW + 1000).await.unwrap(), None, "one a day");
    let bytes = std::fs::read(&first.path).unwrap();
    store.save_design(id, &sketch(2, 2), None, NOW).await.unwrap();
    // A year back, the same second twice, and the next day.
    for now in [NOW - 365 * DAY_MS, NOW + DAY_MS] {
        store.back_up_daily(now).await.unwrap().expect("none that day yet");
    }
    let (one, two) = (store.back_up(Reason::Import, NOW).await.unwrap(), store.back_up(Reason::Import, NOW).await.unwrap());
    assert_ne!(one.path, two.path);
    assert_eq!(backups(dir.path()).unwrap().len(), 5);
    assert!(std::fs::read(&first.path).unwrap() == bytes, "the newer one is as it was");
    // Saves go by their order, not by the clock.
    store.save_design(id, &sketch(3, 3), None, NOW - 30 * DAY_MS).await.unwrap();
    assert_eq!(store.design(id).await.unwrap().sketch, sketch(3, 3));
    let numbers: Vec<i64> = store.versions(id, 10).await.unwrap().iter().map(|(row, _)| row.number).collect();
    assert!(numbers.is_sorted_by(|a, b| a > b) && numbers.len() >= 2, "{numbers:?}");
    store.close().await;
}

#[tokio::test]
async fn two_backups_at_once_are_both_made() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    fill(&store, 1, 12).await;
    let place = dir.path().join(loadline_store::backup::FOLDER);
    let is_being_written = || {
        let entries = std::fs::read_dir(&place).into_iter().flatten().flatten();
        entries
            .into_iter()
            .any(|entry| entry.path().extension().is_some_and(|ending| ending == "part") && entry.metadata().unwrap().len() > 0)
    };
    let make = |reason| store.back_up(reason, NOW);
    let (one, two, three) = {
        let mut one = std::pin::pin!(make(Reason::Import));
        // Others ask once the first is half written.
        while !is_being_written() {
            assert!(one.as_mut().now_or_never().is_none(), "it was made before anybody could ask");
            tokio::task::yield_now().await;
        }
        tokio::join!(one, make(Reason::Import), make(Reason::Daily))
    };
    let paths = [one, two, three].map(|made| made.unwrap().path);
    assert!(paths.iter().all(|path| path.exists()), "{paths:?}");
    let (one, two) = tokio::join!(store.back_up_daily(NOW + DAY_MS), store.back_up_daily(NOW + DAY_MS));
    assert_eq!([one, two].into_iter().filter_map(Result::unwrap).count(), 1, "one a day, however many ask");
    // What a backup that was cut short left goes with the next one; what only looks like it stays.
    std::fs::write(place.join("loadline-20261122-034500-daily.db.4711-0.part"), "half").unwrap();
    std::fs::write(place.join("mine.part"), "mine").unwrap();
    store.back_up(Reason::Import, NOW + DAY_MS).await.unwrap();
    let names = std::fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert_eq!(names.filter(|name| name.ends_with(".part")).collect::<Vec<_>>(), ["mine.part"]);
    let closed = store.clone();
    store.close().await;
    assert_eq!(closed.back_up(Reason::Import, NOW).await.unwrap_err().code(), "store_database", "the folder is another's by now");
}

#[tokio::test]
async fn a_recovery_takes_the_backup_with_the_most_saves_whatever_its_name() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(1, 1), NOW).await.unwrap();
    let ahead = store.back_up_daily(NOW + 3650 * DAY_MS).await.unwrap().expect("none that day yet");
    // The clock is right again.
    store.save_design(id, &sketch(2, 2), None, NOW).await.unwrap();
    let right = store.back_up_daily(NOW).await.unwrap().expect("none that day yet");
    assert_eq!(backups(dir.path()).unwrap()[0].path, ahead.path, "by name the older one is the newest");
    // Another database's backup, of more saves than both.
    let (other, of_other) = (tempfile::tempdir().unwrap(), dir.path().join("backups/loadline-20400101-000000-daily.db"));
    let stranger = Store::open(other.path(), NOW).await.unwrap();
    fill(&stranger, 3, 6).await;
    std::fs::rename(stranger.back_up(Reason::Daily, NOW).await.unwrap().path, of_other).unwrap();
    // One whose declarations are no text.
    let mut bytes = std::fs::read(&right.path).unwrap();
    let at = bytes.windows(19).position(|bytes| bytes == b"CREATE TABLE ledger").expect("its declaration");
    bytes[at..at + 19].fill(0xff);
    std::fs::write(dir.path().join("backups/loadline-20410101-000000-daily.db"), bytes).unwrap();
    store.close().await;
    std::fs::remove_file(dir.path().join(FILE)).unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let told = store.recoveries().await.unwrap();
    assert_eq!(told[0].1.backup, Some(right.name()));
    assert_eq!(store.design(id).await.unwrap().sketch, sketch(2, 2));
    store.close().await;
}

#[tokio::test]
async fn a_file_whose_first_log_is_gone_is_not_taken_for_a_new_one() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(1, 1), NOW).await.unwrap();
    let backup = store.back_up_daily(NOW).await.unwrap().expect("none that day yet");
    store.save_design(id, &sketch(2, 2), None, NOW).await.unwrap();
    // Until the first checkpoint everything is in the log: without it the file is an empty database to SQLite, whole or cut.
    let file = std::fs::read(dir.path().join(FILE)).unwrap();
    let saves = std::fs::read(dir.path().join("loadline.saves")).unwrap();
    for (bytes, has_backup) in [(&file[..], false), (&file[..file.len() / 2], false), (&file[..file.len() / 2], true)] {
        let there = tempfile::tempdir().unwrap();
        std::fs::write(there.path().join(FILE), bytes).unwrap();
        std::fs::write(there.path().join("loadline.saves"), &saves).unwrap();
        if has_backup {
            std::fs::create_dir(there.path().join("backups")).unwrap();
            std::fs::copy(&backup.path, there.path().join("backups").join(backup.path.file_name().unwrap())).unwrap();
            let store = Store::open(there.path(), NOW).await.unwrap();
            let told = store.recoveries().await.unwrap();
            assert!(told.len() == 1 && (told[0].1.missing_saves > 0 || !told[0].1.counted), "{told:?}");
            assert_eq!(store.design(id).await.unwrap().sketch, sketch(1, 1), "as it was in the backup");
            store.close().await;
        } else {
            let error = Store::open(there.path(), NOW).await.expect_err("a refusal");
            assert_eq!(error.code(), "store_lost", "{} bytes of {}: {error}", bytes.len(), file.len());
            assert_eq!(std::fs::read(there.path().join(FILE)).unwrap(), bytes, "untouched");
        }
    }
    store.close().await;
}

#[tokio::test]
async fn a_clock_far_ahead_takes_few_backups_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    for day in 0..10 {
        store.back_up_daily(NOW + day * DAY_MS).await.unwrap();
    }
    let before = backups(dir.path()).unwrap().len();
    assert!(before >= 8, "a week of days and the week before: {before}");
    store.back_up_daily(NOW + 3650 * DAY_MS).await.unwrap();
    assert!(backups(dir.path()).unwrap().len() >= before - 1);
    store.close().await;
}

/// Another process on the folder: the lock of the store is a lock of the system.
#[tokio::test]
async fn two_programs_do_not_work_on_one_folder() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    fill(&store, 1, 2).await;
    let before = std::fs::read(dir.path().join(FILE)).unwrap();
    let error = Store::open_waiting(dir.path(), NOW, Duration::ZERO).await.unwrap_err();
    assert_eq!(error.code(), "store_locked");
    assert!(error.to_string().contains(&format!("(process {})", std::process::id())), "{error}");
    assert!(error.hint().contains("LOADLINE_DATA_DIR"));
    assert!(std::fs::read(dir.path().join(FILE)).unwrap() == before);
    // Reading what was saved is no work on it.
    let file = dir.path().join("all.db");
    assert_eq!(transfer::export(dir.path(), &file).await.unwrap().designs, 2);
    store.close().await;
}

#[tokio::test]
async fn nothing_that_can_be_read_is_refused_until_the_learner_starts_empty() {
    let dir = tempfile::tempdir().unwrap();
    let text = "not a database, but long enough to look like one. ".repeat(1000);
    std::fs::write(dir.path().join(FILE), &text).unwrap();
    for _ in 0..2 {
        let error = Store::open(dir.path(), NOW).await.unwrap_err();
        assert!(matches!(&error, StoreError::Lost { path, .. } if *path == dir.path().join(FILE)), "{error:?}");
        assert!(error.hint().contains("start-empty"));
        assert!(std::fs::read_to_string(dir.path().join(FILE)).unwrap() == text, "untouched");
    }
    let kept = Store::start_empty(dir.path(), NOW).await.unwrap().expect("something was there");
    assert!(std::fs::read_to_string(dir.path().join(&kept)).unwrap() == text, "kept");
    let store = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(store.recoveries().await.unwrap(), []);
    store.close().await;
    assert_eq!(Store::start_empty(&dir.path().join("none"), NOW).await.unwrap_err().code(), "store_io");
}

#[tokio::test]
async fn a_recovery_that_is_cut_short_is_taken_up_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    fill(&store, 1, 4).await;
    store.close().await;
    let whole = rows(dir.path()).await;
    let path = |name: &str| -> PathBuf { Path::new(dir.path()).join(name) };
    // Before the damaged file was moved: what was begun is thrown away.
    std::fs::write(path("loadline.db.recovering"), "half").unwrap();
    std::fs::write(path("loadline.db.salvage"), "half").unwrap();
    Store::open(dir.path(), NOW).await.unwrap().close().await;
    assert_eq!(rows(dir.path()).await, whole);
    assert!(!path("loadline.db.recovering").exists() && !path("loadline.db.salvage").exists());
    // After it was moved, and before its log was: the new one takes its place, and the old log does not meet it.
    std::fs::rename(path(FILE), path("loadline.db.recovering")).unwrap();
    std::fs::write(path("loadline.db.damaged-20261122-034000"), "the damaged one").unwrap();
    std::fs::write(path("loadline.db-wal"), "its log").unwrap();
    std::fs::write(path("loadline.db-journal"), "its journal").unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    store.close().await;
    assert_eq!(rows(dir.path()).await, whole);
    assert_eq!(std::fs::read_to_string(path("loadline.db.damaged-20261122-034000-wal")).unwrap(), "its log");
    assert_eq!(std::fs::read_to_string(path("loadline.db.damaged-20261122-034000-journal")).unwrap(), "its journal");
    // The database was gone, and its log was not: what is kept of the earlier one stays as it is.
    std::fs::rename(path(FILE), path("loadline.db.recovering")).unwrap();
    std::fs::write(path("loadline.db-wal"), "another log").unwrap();
    Store::open(dir.path(), NOW).await.unwrap().close().await;
    assert_eq!(std::fs::read_to_string(path("loadline.db.damaged-20261122-034000-wal")).unwrap(), "its log");
    assert_eq!(std::fs::read_to_string(path("loadline.db.damaged-20261122-034001-wal")).unwrap(), "another log");
    // While it was filled: whatever has the name of what is filled is thrown away.
    std::fs::write(path("loadline.db.filling"), "half").unwrap();
    Store::open(dir.path(), NOW).await.unwrap().close().await;
    assert!(!path("loadline.db.filling").exists());
}

/// Polls a future so often, then lets go of it; `None` when it was not done by then.
async fn cut<T>(future: impl Future<Output = T>, polls: usize) -> Option<T> {
    let (mut future, mut left) = (std::pin::pin!(future), polls);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if left == 0 => Poll::Ready(None),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

#[tokio::test]
async fn a_recovery_that_is_cut_anywhere_never_ends_as_an_empty_database() {
    let (dir, place) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(dir.path(), NOW).await.unwrap();
    fill(&store, 1, 1).await;
    store.back_up_daily(NOW).await.unwrap();
    store.close().await;
    let whole = rows(dir.path()).await;
    // The database is gone; its backup and the count of saves are there.
    let backup = backups(dir.path()).unwrap()[0].name();
    let mut cuts = 0;
    for polls in (0..).step_by(40) {
        let folder = place.path().join(polls.to_string());
        std::fs::create_dir_all(folder.join("backups")).unwrap();
        for name in [format!("backups/{backup}"), "loadline.saves".to_owned()] {
            std::fs::copy(dir.path().join(&name), folder.join(&name)).unwrap();
        }
        let done = cut(Store::open(&folder, NOW), polls).await;
        let was_cut = done.is_none();
        if let Some(store) = done {
            store.unwrap().close().await;
        }
        Store::open(&folder, NOW).await.unwrap().close().await;
        assert!(rows(&folder).await == whole, "cut after {polls} polls");
        if !was_cut {
            break;
        }
        cuts += 1;
    }
    assert!(cuts > 5, "it was cut {cuts} times");
}

#[tokio::test]
async fn a_file_without_its_last_saves_is_kept_whole() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| -> PathBuf { Path::new(dir.path()).join(name) };
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let id = store.create_design(NEW, &sketch(1, 1), NOW).await.unwrap();
    store.close().await;
    let older = std::fs::read(path(FILE)).unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    store.save_design(id, &sketch(2, 1), None, NOW).await.unwrap();
    store.close().await;
    std::fs::write(path(FILE), &older).unwrap();
    // A copy that was cut short: it never had the name of one that is whole.
    std::fs::write(path("loadline.db.keeping"), "half").unwrap();
    let store = Store::open(dir.path(), NOW).await.unwrap();
    let told = store.recoveries().await.unwrap();
    assert_eq!(told[0].1.missing_saves, 1);
    assert!(std::fs::read(path(&told[0].1.kept)).unwrap() == older);
    assert!(!path("loadline.db.keeping").exists());
    store.close().await;
}
