//! The commands of a study over the core pack: what is open, what stays shut without an attempt, and what is graded.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::contract::RpcError;
use crate::{App, EventSink, Places};

/// Calls a command as the window does, for a learner who has done nothing yet.
async fn call(name: &str, request: Value) -> Result<Value, RpcError> {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(Places { data_dir: folder.path().to_owned(), node_program: "/nonexistent".into() }).await?;
    ask(&app, name, request).await
}

async fn ask(app: &App, name: &str, request: Value) -> Result<Value, RpcError> {
    let nowhere: EventSink = std::sync::Arc::new(|_| {});
    app.call(name, request, nowhere).await
}

#[tokio::test]
async fn what_is_shut_is_in_no_open_answer() {
    let study = call("study", json!({"id": "twitter"})).await.unwrap();
    let phases: Vec<&str> = study["phases"].as_array().unwrap().iter().map(|phase| phase["id"].as_str().unwrap()).collect();
    assert_eq!(phases, ["requirements", "estimation", "interface", "design", "deep-dives", "refinement"]);
    assert!(study["phases"].as_array().unwrap().iter().all(|phase| phase["hints"].as_u64().unwrap() >= 3));
    assert_eq!((study["dives"].as_array().unwrap().len(), study["cards"].as_u64().unwrap()), (7, 30));
    let open = study.to_string();
    for shut in ["\"solution", "\"worked", "\"expected", "\"red_flag", "\"answer", "pull-refuses", "idempotency key made by the client"] {
        assert!(!open.contains(shut), "`{shut}` is open");
    }
    let lab = call("study", json!({"id": "knee"})).await.unwrap();
    assert_eq!(lab["phases"], json!([]));
}

#[tokio::test]
async fn hints_open_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let app = App::open(Places { data_dir: folder.path().to_owned(), node_program: "/nonexistent".into() }).await.unwrap();
    let hint = |number: u32| ask(&app, "hint", json!({"exercise": "twitter", "phase": "design", "number": number}));
    assert_eq!(hint(2).await.unwrap_err().code, "hint_out_of_turn");
    let first = hint(1).await.unwrap();
    assert_eq!((first["number"].as_u64(), first["of"].as_u64()), (Some(1), Some(4)));
    assert_ne!(first["html"], hint(2).await.unwrap()["html"]);
    for number in [0, 5] {
        let error = hint(number).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.hint.as_str()), ("not_found", "High-level design has 4, counted from 1."));
    }
    let error = call("hint", json!({"exercise": "twitter", "phase": "coffee", "number": 1})).await.unwrap_err();
    assert!(error.hint.contains("requirements, estimation"), "{error}");
}

#[tokio::test]
async fn a_solution_opens_against_an_attempt() {
    let solution = |part: &str, id: &str, attempt: &str| {
        call("solution", json!({"exercise": "twitter", "part": part, "id": id, "attempt": attempt, "anyway": false}))
    };
    for attempt in ["", "  \n"] {
        assert_eq!(solution("phase", "design", attempt).await.unwrap_err().code, "attempt_missing");
    }
    let design = solution("phase", "design", "a cache").await.unwrap();
    assert!(design["html"].as_str().unwrap().contains("data-diagram"), "{design}");
    for part in ["expected", "red_flags", "rubric"] {
        assert!(!design[part].as_array().unwrap().is_empty(), "{part}");
    }
    let dive = solution("dive", "fanout", "push").await.unwrap();
    let says = dive["checks"][0]["says_html"].as_str().unwrap();
    assert_eq!(says, "<p>Built on read, 40 to 80% of all requests fail: the replicas' queues are full.</p>\n");
    assert_eq!(dive["checks"][0]["left"], "pull:failed_share");
    assert!(!solution("twist", "edit", "ids").await.unwrap()["html"].as_str().unwrap().is_empty());
    assert_eq!(solution("twist", "coffee", "ids").await.unwrap_err().code, "not_found");
}

#[tokio::test]
async fn the_worksheet_is_graded_within_a_factor_of_two_and_opens_what_was_tried() {
    // By hand: 16,800 / 35 = 480; 35 x 75 = 2,625; 100M x 50% x 800 x 20 bytes = 800 GB; 31M / 150K = 206.7 s; 35 / 3 x 86,400 = 1,008,000.
    let answers = BTreeMap::from([
        ("reads_per_tweet", "500"),
        ("push_writes", "1.2K"),
        ("timeline_memory", "1 TB"),
        ("celebrity_time", "a while"),
        ("tweets_per_day", "1M"),
        ("yearly_storage", " "),
    ]);
    let graded = call("worksheet_grade", json!({"exercise": "twitter", "answers": answers})).await.unwrap();
    let grade = |id: &str| graded["grades"].as_array().unwrap().iter().find(|grade| grade["id"] == id).cloned().unwrap_or_default();
    assert_eq!(graded["near"], 3);
    assert_eq!(grade("reads_per_tweet")["worked"]["arithmetic"], "16.8K timelines/s ÷ 35 tweets/s = 480 timelines/tweet");
    assert_eq!(grade("reads_per_tweet")["near"], true);
    assert_eq!((grade("push_writes")["near"].clone(), grade("push_writes")["worked"]["value"].clone()), (json!(false), json!(2625.0)));
    assert_eq!(grade("timeline_memory")["worked"]["shown"], "800 GB");
    assert!((grade("timeline_memory")["ratio"].as_f64().unwrap() - 1.25).abs() < 1e-9);
    assert!((grade("tweets_per_day")["worked"]["value"].as_f64().unwrap() - 1_008_000.0).abs() < 1e-3);
    assert!(grade("celebrity_time")["problem"].as_str().unwrap().contains("s/tweet"));
    assert_eq!(grade("celebrity_time")["worked"], Value::Null, "no number was tried");
    assert_eq!(grade("yearly_storage"), Value::Null, "a blank is no answer");
    assert_eq!(call("worksheet_grade", json!({"exercise": "knee", "answers": {}})).await.unwrap_err().code, "not_found");
}

#[tokio::test]
async fn every_card_says_where_it_comes_from() {
    let cards = call("cards", json!({"id": "twitter"})).await.unwrap();
    let cards = cards["cards"].as_array().unwrap();
    assert_eq!(cards.len(), 30);
    for card in cards {
        for key in ["question_html", "answer_html", "source_html", "tag"] {
            assert!(!card[key].as_str().unwrap().is_empty(), "{card}");
        }
    }
}
