//! Kept runs as the window calls them, over a real store: what is written is there after the app was opened again, a copy is of the drawing that
//! ran, and exports are files that say what was kept.

use loadline_model::report::Report;
use loadline_model::sketch::Sketch;
use loadline_store::NewRun;
use serde_json::{Value, json};

use crate::contract::RpcError;
use crate::{App, EventSink, Places};

async fn open(folder: &std::path::Path) -> App {
    App::open(Places { data_dir: folder.to_owned(), node_program: "/nonexistent".into() }).await.unwrap()
}

async fn call(app: &App, name: &str, request: Value) -> Result<Value, RpcError> {
    let nowhere: EventSink = std::sync::Arc::new(|_| {});
    app.call(name, request, nowhere).await
}

pub(crate) fn report() -> Report {
    serde_json::from_str(
        r#"{"format":1,"exercise":"knee","design":"One queue","scenario":"rising","shape":"ramp","seed":7,"verdict":"pass","reasons":[],
        "interrupted":false,"load":{"scheduled":1,"sent":1,"dropped":0,"ok":1,"late":0,"failed":0,"failures":[]},"operations":{},
        "components":{},"figures":[],"predictions":[],"because":"","targets":[],"saturated":[],"steps":[],
        "series":{"t_s":[],"ok_per_s":[],"failed_per_s":[],"latency_ms":{},"utilisation":{}},"events":[],
        "scale":{"slice":1,"dilation":4,"host_cpu":0,"overrun":0,"chain_error":0,"generator_late_ms":0,"processes":1,"healthy_s":0,
        "seeding_s":0,"wall_s":1,"life_s":1}}"#,
    )
    .unwrap()
}

/// A design with a drawing, and two runs of it; afterwards the design is drawn otherwise.
async fn learner(app: &App) -> (String, i64, i64) {
    let design = call(app, "design_create", json!({"exercise": "knee", "from": null, "copy_of": null, "title": "Mine"})).await.unwrap();
    let id = design["card"]["id"].as_str().unwrap().to_owned();
    let ran: Sketch = serde_json::from_value(design["sketch"].clone()).unwrap();
    let number: i64 = id.parse().unwrap();
    let new = |started_ms| NewRun { design_id: Some(number), started_ms, note: "" };
    let first = app.store().insert_run(new(1000), &ran, &report()).await.unwrap();
    let mut wider = ran.clone();
    wider.components[0].instances = 2;
    let second = app.store().insert_run(new(2000), &wider, &Report { seed: 8, ..report() }).await.unwrap();
    let changed = Sketch { components: Vec::new(), ..ran };
    call(app, "design_save", json!({"id": id, "sketch": changed, "revision": design["revision"]})).await.unwrap();
    (id, first, second)
}

#[tokio::test]
async fn what_is_written_of_a_run_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path()).await;
    let (_, first, second) = learner(&app).await;
    let id = first.to_string();
    call(&app, "run_name", json!({"id": id, "name": "  too few  "})).await.unwrap();
    call(&app, "run_note", json!({"id": id, "note": "after lunch"})).await.unwrap();
    call(&app, "run_explain", json!({"id": id, "why": "one worker", "change": "two workers"})).await.unwrap();
    app.store().clone().close().await;
    drop(app);
    let app = open(folder.path()).await;
    let record = call(&app, "run_open", json!({"id": id})).await.unwrap();
    assert_eq!(record["learner"], json!({"name": "too few", "note": "after lunch", "why": "one worker", "change": "two workers"}));
    assert_eq!(
        (&record["card"]["name"], &record["card"]["explained"], &record["card"]["number"]),
        (&json!("too few"), &json!(true), &json!(1))
    );
    call(&app, "run_delete", json!({"id": id})).await.unwrap();
    assert_eq!(call(&app, "run_open", json!({"id": id})).await.unwrap_err().code, "store_not_found");
    let runs = call(&app, "exercise", json!({"id": "knee"})).await.unwrap()["runs"].clone();
    assert_eq!((runs.as_array().unwrap().len(), &runs[0]["id"], &runs[0]["number"]), (1, &json!(second.to_string()), &json!(2)));
}

#[tokio::test]
async fn a_copy_is_of_the_drawing_that_ran() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path()).await;
    let (_, first, _) = learner(&app).await;
    let id = first.to_string();
    let plain = call(&app, "run_copy", json!({"id": id})).await.unwrap();
    assert_eq!((&plain["change"], &plain["design"]["card"]["title"]), (&json!(""), &json!("One queue, a copy of run 1")));
    let long = format!("\n a second worker {}\nand more", "x".repeat(200));
    call(&app, "run_explain", json!({"id": id, "why": "", "change": long})).await.unwrap();
    let copy = call(&app, "run_copy", json!({"id": id})).await.unwrap();
    let title = copy["design"]["card"]["title"].as_str().unwrap();
    assert!(title.starts_with("a second worker x") && title.ends_with('…') && title.chars().count() == 120, "{title}");
    assert_eq!(copy["change"], json!(long.trim()));
    let comments = copy["design"]["sketch"]["comments"].as_array().unwrap();
    assert!(
        comments.len() == 1 && comments[0]["text"].as_str().unwrap().starts_with("To try after run 1: a second worker"),
        "{comments:?}"
    );
    assert_eq!(copy["design"]["sketch"]["components"].as_array().unwrap().len(), 1, "not what the design became");
    assert_ne!(copy["design"]["card"]["id"], plain["design"]["card"]["id"]);
}

#[tokio::test]
async fn runs_and_designs_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path()).await;
    let (mine, first, second) = learner(&app).await;
    let pair = json!({"a": first.to_string(), "b": second.to_string()});
    let comparison = call(&app, "runs_compare", pair).await.unwrap();
    assert_eq!(comparison["a"]["title"], "Run 1");
    assert_eq!(comparison["like_for_like"], false);
    assert_eq!(comparison["inputs"], json!([{"what": "Seed", "a": "7", "b": "8"}]));
    assert_eq!(comparison["changes"][0]["text"], "Client: 1 → 2 instances");
    let copy = call(&app, "run_copy", json!({"id": first.to_string()})).await.unwrap();
    let other = copy["design"]["card"]["id"].as_str().unwrap();
    let designs = call(&app, "designs_compare", json!({"a": mine, "b": other})).await.unwrap();
    assert_eq!(designs["changes"][0]["text"], "Added Client, 1 instance");
    let twitter = call(&app, "design_create", json!({"exercise": "twitter", "from": null, "copy_of": null, "title": null})).await.unwrap();
    let pair = json!({"a": mine, "b": twitter["card"]["id"]});
    assert_eq!(call(&app, "designs_compare", pair).await.unwrap_err().code, "not_comparable");
}

#[tokio::test]
async fn exports_are_files_with_what_was_kept() {
    let folder = tempfile::tempdir().unwrap();
    let app = open(folder.path()).await;
    let (_, first, _) = learner(&app).await;
    let id = first.to_string();
    call(&app, "run_explain", json!({"id": id, "why": "one <worker>", "change": "two"})).await.unwrap();
    let mut texts = Vec::new();
    for form in ["markdown", "html", "json"] {
        let file = call(&app, "report_export", json!({"id": id, "form": form})).await.unwrap();
        let path = std::path::PathBuf::from(file["path"].as_str().unwrap());
        assert!(path.starts_with(folder.path().join("exports")));
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(file["bytes"], json!(text.len()));
        texts.push(text);
    }
    assert!(texts[0].contains("one \\<worker\\>") && texts[1].contains("one &lt;worker&gt;"), "{}", texts[0]);
    let whole: Report = serde_json::from_str(&texts[2]).unwrap();
    assert_eq!(whole.learner.unwrap().why, "one <worker>");
    assert_eq!(whole.sketch.unwrap().components.len(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("exports")).unwrap().count(), 3, "nothing is left beside them");
    // A file where the folder should be: said with place and remedy.
    std::fs::remove_dir_all(folder.path().join("exports")).unwrap();
    std::fs::write(folder.path().join("exports"), "x").unwrap();
    let error = call(&app, "report_export", json!({"id": id, "form": "html"})).await.unwrap_err();
    assert_eq!(error.code, "cannot_write");
    assert!(error.message.contains("exports") && !error.hint.is_empty());
}
