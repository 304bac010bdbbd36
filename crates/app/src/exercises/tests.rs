//! The library and an exercise's page over rows that cannot be read: they are listed, and can be deleted.

use loadline_model::sketch::Sketch;
use loadline_store::NewRun;

use super::*;
use crate::Places;
use crate::contract::DesignCreate;

#[tokio::test]
async fn what_cannot_be_read_is_listed_and_can_be_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let open = || App::open(Places { data_dir: folder.path().to_owned(), node_program: "none".into() });
    let app = open().await.unwrap();
    let wish = DesignCreate { exercise: "knee".into(), from: None, copy_of: None, title: Some("Mine".into()) };
    let design = app.design_create(wish).await.unwrap();
    // A report of a newer version.
    let report = Report { format: 9, verdict: Verdict::HostLimited, ..crate::kept::tests::report() };
    app.store().insert_run(NewRun { started_ms: 5, ..NewRun::default() }, &Sketch::empty("ran"), &report).await.unwrap();
    app.close().await;
    drop(app);
    // A drawing that damage made illegible: it is brought over as it is.
    let path = folder.path().join(loadline_store::FILE);
    let mut bytes = std::fs::read(&path).unwrap();
    let drawing = br#""title": "Mine","#;
    let at = bytes.windows(drawing.len()).position(|bytes| bytes == drawing).expect("the drawing is in the file");
    bytes[at + 1] = b'T';
    std::fs::write(&path, bytes).unwrap();

    let app = open().await.unwrap();
    let id = ById { id: design.card.id };
    assert_eq!(app.design_open(ById { id: id.id.clone() }).await.unwrap_err().code, "store_unreadable");
    let library = app.library_command(Empty {}).await.unwrap();
    let card = library.exercises.iter().find(|card| card.id == "knee").unwrap();
    assert_eq!((card.designs, card.runs, card.thumbnail.is_none()), (1, 1, true));
    assert_eq!((card.last_verdict, card.last_predictions), (Some(Verdict::HostLimited), None));
    let page = app.exercise(ById { id: "knee".into() }).await.unwrap();
    let run = ById { id: page.runs[0].id.clone() };
    assert_eq!(app.run_open(ById { id: run.id.clone() }).await.unwrap_err().code, "store_unreadable");
    app.run_delete(run).await.unwrap();
    app.design_delete(id).await.unwrap();
    let page = app.exercise(ById { id: "knee".into() }).await.unwrap();
    assert_eq!((page.runs.len(), page.designs.len(), page.card.last_verdict), (0, 0, None));
    app.close().await;
}
