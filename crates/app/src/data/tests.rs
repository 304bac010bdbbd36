//! A recovery in words, and the commands of the data.

use super::*;
use crate::Places;

#[test]
fn a_recovery_says_what_came_over_and_what_is_lost() {
    let runs = TableOutcome { table: "runs".into(), brought: 12, from_backup: 2, lost: 1, ..TableOutcome::default() };
    let recovered = Recovered {
        kept: "loadline.db.damaged-20261122-034500".into(),
        reason: "row 3 of runs is missing".into(),
        tables: vec![runs],
        backup: Some("loadline-20261122-034500-daily.db".into()),
        missing_saves: 1,
        counted: false,
    };
    let said = notice(Path::new("/data"), 5, &recovered);
    assert_eq!(said.title, "Your data was damaged, and not all of it could be read.");
    assert_eq!(
        said.lines,
        [
            "What was wrong: row 3 of runs is missing.",
            "Runs: 12 brought over, 2 from loadline-20261122-034500-daily.db, 1 lost.",
            "1 last save is missing: look through what you changed last.",
            "The list of what was there is damaged too: more may be missing than is counted here.",
            "The damaged file is kept: /data/loadline.db.damaged-20261122-034500.",
        ]
    );
    let whole = notice(Path::new("/data"), 5, &Recovered { counted: true, ..Recovered::default() });
    assert_eq!(whole.title, "Your data was damaged, and was brought over.");
    assert!(whole.lines.contains(&"Everything that was saved is here.".to_owned()));
}

#[tokio::test]
async fn damage_is_told_until_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let open = || App::open(Places { data_dir: dir.path().to_owned(), node_program: "none".into() });
    let app = open().await.unwrap();
    app.store().put_setting("theme", Some("dark")).await.unwrap();
    assert_eq!(app.storage_notice(Empty {}).await.unwrap().notices, []);
    let place = app.data_place(Empty {}).await.unwrap();
    assert_eq!(place.backups.iter().map(|backup| backup.reason.as_str()).collect::<Vec<_>>(), ["daily"]);
    assert!(place.database_bytes > 0 && place.folder == dir.path().display().to_string());
    app.close().await;
    let path = dir.path().join(loadline_store::FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(9).rposition(|bytes| bytes == b"themedark").expect("the setting is in the file");
    bytes[at + 5] = b'D';
    std::fs::write(&path, bytes).unwrap();
    for _ in 0..2 {
        let app = open().await.unwrap();
        let notices = app.storage_notice(Empty {}).await.unwrap().notices;
        assert_eq!(notices.len(), 1, "{notices:?}");
        assert!(notices[0].lines.iter().any(|line| line.contains("Settings")), "{notices:?}");
        app.close().await;
    }
    let app = open().await.unwrap();
    app.storage_notice_seen(Empty {}).await.unwrap();
    assert_eq!(app.storage_notice(Empty {}).await.unwrap().notices, []);
    app.close().await;
}
