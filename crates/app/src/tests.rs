//! The day's backup of an app that stays open.

use super::*;

const NOW: i64 = 20_000 * DAY_MS;

async fn opened(folder: &std::path::Path) -> App {
    let store = Store::open(folder, NOW).await.unwrap();
    let inside = Inside {
        places: Places { data_dir: folder.to_owned(), node_program: "none".into() },
        library: Library::open(),
        store,
        diagrams: Diagrams::default(),
        active: SharedRun::default(),
        backup: Mutex::default(),
    };
    App { inside: Arc::new(inside) }
}

#[tokio::test]
async fn a_backup_that_failed_is_tried_again_and_every_day_has_one() {
    let folder = tempfile::tempdir().unwrap();
    let app = opened(folder.path()).await;
    let backups = || loadline_store::backups(folder.path()).unwrap().len();
    let due = async |now_ms| app.inside.backup.lock().await.is_due(now_ms);
    assert!(due(NOW).await);
    // A file where its folder should be.
    let place = folder.path().join(loadline_store::backup::FOLDER);
    std::fs::write(&place, "in its place").unwrap();
    assert!(app.daily_backup(NOW).await.unwrap_err().message.contains("backups"));
    assert_eq!((due(NOW + 1).await, due(NOW + TRY_AGAIN_MS).await, due(NOW - 1).await), (false, true, true));
    std::fs::remove_file(&place).unwrap();
    for now_ms in [NOW + 2, NOW + 3] {
        app.daily_backup(now_ms).await.unwrap();
        assert_eq!((backups(), due(now_ms).await), (1, false));
    }
    // Left open over night.
    assert!(due(NOW + DAY_MS).await);
    app.daily_backup(NOW + DAY_MS).await.unwrap();
    assert_eq!(backups(), 2);
    // Any command sees to it in passing.
    app.back_up_if_due(NOW + 2 * DAY_MS);
    let made = async {
        while backups() < 3 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(30), made).await.expect("a backup of the third day");
    app.shut().await.unwrap();
}
