//! What was measured is kept, whatever happened meanwhile.

use super::*;
use crate::Places;
use crate::kept::tests::report;

#[tokio::test]
async fn a_run_is_kept_when_its_design_is_gone_or_the_store_does_not_take_it() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(Places { data_dir: folder.path().to_owned(), node_program: "none".into() }).await.unwrap();
    let ran = Sketch::empty("ran");
    // The design was deleted while it ran.
    let id = app.keep(99, 5, &ran, &report()).await.unwrap();
    let run = app.store().run(id.parse().unwrap()).await.unwrap();
    assert_eq!((run.row.design_id, &run.sketch, run.row.number), (None, &ran, 1));
    assert_eq!(app.store().next_run_number("knee").await.unwrap(), 2);

    app.store().clone().close().await;
    let error = app.keep(99, 7, &ran, &report()).await.unwrap_err();
    let path = folder.path().join("exports/knee-unsaved-run-7.json");
    assert_eq!(error.code, "store_database");
    assert!(error.message.contains(&path.display().to_string()) && error.hint.contains("loadline report"), "{error}");
    let kept: Report = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(kept, Report { sketch: Some(ran.clone()), ..report() });

    std::fs::remove_dir_all(folder.path().join("exports")).unwrap();
    std::fs::write(folder.path().join("exports"), "in its place").unwrap();
    let error = app.keep(99, 7, &ran, &report()).await.unwrap_err();
    assert!(error.message.contains("exports") && error.message.contains("either"), "{error}");
}
