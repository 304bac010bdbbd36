//! The commands of an attempt over the core pack, as the window calls them: what is written is there after the app was opened again, hints
//! and solutions record their opening, and what is shut opens once.

use serde_json::{Value, json};

use crate::contract::RpcError;
use crate::{App, EventSink, Places};

struct Learner {
    folder: tempfile::TempDir,
    app: App,
}

impl Learner {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = open(folder.path()).await;
        Self { folder, app }
    }

    async fn again(self) -> Self {
        let Self { folder, app } = self;
        app.store().clone().close().await;
        drop(app);
        let app = open(folder.path()).await;
        Self { folder, app }
    }

    async fn call(&self, name: &str, request: Value) -> Result<Value, RpcError> {
        let nowhere: EventSink = std::sync::Arc::new(|_| {});
        self.app.call(name, request, nowhere).await
    }

    async fn attempt(&self) -> Value {
        self.call("practice", json!({"id": "twitter"})).await.unwrap()["attempt"].clone()
    }

    async fn note(&self, part: &str, id: &str, text: &str) -> Result<Value, RpcError> {
        self.call("note_save", json!({"exercise": "twitter", "part": part, "id": id, "text": text})).await
    }

    async fn solution(&self, part: &str, id: &str, attempt: &str, anyway: bool) -> Result<Value, RpcError> {
        let request = json!({"exercise": "twitter", "part": part, "id": id, "attempt": attempt, "anyway": anyway});
        self.call("solution", request).await
    }

    async fn grade(&self, answers: Value) -> Result<Value, RpcError> {
        self.call("worksheet_grade", json!({"exercise": "twitter", "answers": answers})).await
    }
}

async fn open(folder: &std::path::Path) -> App {
    App::open(Places { data_dir: folder.to_owned(), node_program: "/nonexistent".into() }).await.unwrap()
}

fn grade<'a>(grades: &'a Value, id: &str) -> &'a Value {
    grades["grades"].as_array().unwrap().iter().find(|grade| grade["id"] == id).unwrap_or(&Value::Null)
}

#[tokio::test]
async fn an_attempt_is_there_after_the_app_was_opened_again() {
    let learner = Learner::new().await;
    assert_eq!(learner.attempt().await, Value::Null);
    learner.note("phase", "requirements", "Post, follow, read.").await.unwrap();
    learner.call("answers_save", json!({"exercise": "twitter", "answers": {"reads_per_tweet": "500"}})).await.unwrap();
    for number in [1, 2] {
        learner.call("hint", json!({"exercise": "twitter", "phase": "requirements", "number": number})).await.unwrap();
    }
    learner.solution("phase", "requirements", "Post, follow, read.", false).await.unwrap();
    let attempt = learner.again().await.attempt().await;
    assert_eq!((attempt["card"]["number"].as_u64(), attempt["card"]["finished_ms"].clone()), (Some(1), Value::Null));
    assert_eq!(attempt["notes"][0]["text"], "Post, follow, read.");
    assert_eq!((attempt["answers"][0]["id"].as_str(), attempt["answers"][0]["text"].as_str()), (Some("reads_per_tweet"), Some("500")));
    let hints: Vec<u64> = attempt["hints"].as_array().unwrap().iter().map(|hint| hint["number"].as_u64().unwrap()).collect();
    assert_eq!(hints, [1, 2]);
    assert_eq!(
        (attempt["solutions"][0]["id"].as_str(), attempt["solutions"][0]["handed_in"].as_bool()),
        (Some("requirements"), Some(true))
    );
}

#[tokio::test]
async fn the_library_says_how_far_the_newest_attempt_is() {
    let learner = Learner::new().await;
    let card = async || {
        let library = learner.call("library", json!({})).await.unwrap();
        let cards = library["exercises"].as_array().unwrap().clone();
        cards.into_iter().find(|card| card["id"] == "twitter").unwrap()
    };
    let states = |card: &Value| -> Vec<String> {
        card["phases"].as_array().unwrap().iter().map(|phase| phase["state"].as_str().unwrap().to_owned()).collect()
    };
    let untouched = card().await;
    assert_eq!(untouched["attempts"], 0);
    assert!(states(&untouched).len() >= 6 && states(&untouched).iter().all(|state| state == "new"), "{untouched}");
    learner.note("phase", "requirements", "Post, follow, read.").await.unwrap();
    learner.solution("phase", "requirements", "Post, follow, read.", false).await.unwrap();
    learner.call("answers_save", json!({"exercise": "twitter", "answers": {"reads_per_tweet": "500"}})).await.unwrap();
    learner.solution("phase", "design", "", true).await.unwrap();
    let begun = card().await;
    assert_eq!(begun["attempts"], 1);
    assert_eq!(states(&begun)[..2], ["handed", "begun"], "{begun}");
    assert_eq!(states(&begun).iter().filter(|state| *state == "anyway").count(), 1);
    learner.call("attempt_finish", json!({"id": "twitter"})).await.unwrap();
    learner.call("attempt_begin", json!({"id": "twitter"})).await.unwrap();
    let again = card().await;
    assert_eq!(again["attempts"], 2);
    assert!(states(&again).iter().all(|state| state == "new"), "another attempt begins empty: {again}");
}

#[tokio::test]
async fn a_solution_stays_shut_without_an_attempt_and_says_when_it_was_opened_anyway() {
    let learner = Learner::new().await;
    assert_eq!(learner.solution("phase", "design", " ", false).await.unwrap_err().code, "attempt_missing");
    assert_eq!(learner.attempt().await, Value::Null, "a refusal records nothing");
    assert_eq!(learner.solution("phase", "coffee", "x", true).await.unwrap_err().code, "not_found");
    learner.solution("phase", "design", "", true).await.unwrap();
    // It was asked once: it opens without a word now, and the record stays.
    learner.solution("phase", "design", "", false).await.unwrap();
    learner.solution("phase", "design", "written afterwards", false).await.unwrap();
    let attempt = learner.attempt().await;
    assert_eq!(attempt["solutions"].as_array().map(Vec::len), Some(1));
    assert_eq!(attempt["solutions"][0]["handed_in"], false);
}

#[tokio::test]
async fn an_answer_that_was_handed_in_no_longer_changes_and_counts_as_an_attempt_at_the_estimation() {
    let learner = Learner::new().await;
    assert_eq!(learner.solution("phase", "estimation", "", false).await.unwrap_err().code, "attempt_missing");
    let graded = learner.grade(json!({"reads_per_tweet": "1200", "push_writes": "a lot", "tweets_per_day": ""})).await.unwrap();
    assert_eq!((grade(&graded, "reads_per_tweet")["ratio"].as_f64(), graded["near"].as_u64()), (Some(2.5), Some(0)));
    assert_eq!(grade(&graded, "push_writes")["worked"], Value::Null);
    let graded = learner.grade(json!({"reads_per_tweet": "480", "push_writes": "2,600"})).await.unwrap();
    assert_eq!(grade(&graded, "reads_per_tweet")["said"], 1200.0, "the first answer stands");
    assert_eq!(grade(&graded, "push_writes")["near"], true, "what could not be read may be said again");
    assert_eq!(grade(&graded, "timeline_memory"), &Value::Null);
    let learner = learner.again().await;
    // Answers are an attempt at the estimation; its solution opens every worked answer, and what was blank says so.
    learner.solution("phase", "estimation", "", false).await.unwrap();
    let graded = learner.grade(json!({})).await.unwrap();
    let blank = grade(&graded, "timeline_memory");
    assert_eq!((blank["said"].clone(), blank["worked"]["shown"].as_str()), (Value::Null, Some("800 GB")));
    assert_eq!(learner.attempt().await["solutions"][0]["handed_in"], true);
}

#[tokio::test]
async fn a_finished_attempt_stays_and_another_begins() {
    let learner = Learner::new().await;
    let id = json!({"id": "twitter"});
    assert_eq!(learner.call("attempt_finish", id.clone()).await.unwrap_err().code, "attempt_none");
    learner.note("twist", "edit", "versions").await.unwrap();
    learner.solution("twist", "edit", "versions", false).await.unwrap();
    learner.call("attempt_finish", id.clone()).await.unwrap();
    assert_eq!(learner.note("twist", "edit", "more").await.unwrap_err().code, "attempt_finished");
    learner.solution("twist", "edit", "", false).await.unwrap();
    assert_eq!(learner.solution("phase", "design", "late", false).await.unwrap_err().code, "attempt_finished");
    let practice = learner.call("attempt_begin", id.clone()).await.unwrap();
    assert_eq!((practice["attempt"]["card"]["number"].as_u64(), practice["attempt"]["notes"].clone()), (Some(2), json!([])));
    assert_eq!(practice["earlier"][0]["number"], 1);
    assert_eq!(learner.call("attempt_begin", id).await.unwrap_err().code, "attempt_goes_on");
    assert_eq!(learner.solution("twist", "edit", "", false).await.unwrap_err().code, "attempt_missing");
}

#[tokio::test]
async fn nothing_is_kept_for_what_the_exercise_does_not_have() {
    let learner = Learner::new().await;
    assert_eq!(learner.note("phase", "coffee", "a").await.unwrap_err().code, "not_found");
    let answers = json!({"exercise": "twitter", "answers": {"coffee": "1"}});
    assert_eq!(learner.call("answers_save", answers).await.unwrap_err().code, "not_found");
    assert_eq!(learner.grade(json!({"coffee": "1"})).await.unwrap_err().code, "not_found");
    assert_eq!(learner.attempt().await, Value::Null);
}

#[tokio::test]
async fn the_drawing_of_every_run_of_a_dive_opens_with_its_changes_once() {
    let learner = Learner::new().await;
    let study = learner.call("study", json!({"id": "twitter"})).await.unwrap();
    let shut = json!({"exercise": "twitter", "dive": "fanout", "run": "push"});
    assert_eq!(learner.call("dive_open", shut).await.unwrap_err().code, "design_shut");
    for design in ["good", "better"] {
        learner.call("solution_open", json!({"exercise": "twitter", "design": design})).await.unwrap();
    }
    for dive in study["dives"].as_array().unwrap() {
        for run in dive["runs"].as_array().unwrap() {
            let request = json!({"exercise": "twitter", "dive": dive["id"], "run": run["id"]});
            let design = learner.call("dive_open", request.clone()).await.unwrap_or_else(|error| panic!("{request}: {error}"));
            for (name, value) in run["set"].as_object().unwrap() {
                let (id, setting) = name.split_once('.').unwrap();
                let component = design["sketch"]["components"].as_array().unwrap().iter().find(|c| c["id"] == id).unwrap().clone();
                let now = if setting == "instances" { &component["instances"] } else { &component["settings"][setting] };
                assert_eq!(now.as_f64(), value.as_f64(), "{request}: {name}");
            }
            let again = learner.call("dive_open", request).await.unwrap();
            assert_eq!(again["card"]["id"], design["card"]["id"]);
        }
    }
    // A copy that the learner has changed stays theirs: the run gets another.
    let request = json!({"exercise": "twitter", "dive": study["dives"][0]["id"], "run": study["dives"][0]["runs"][0]["id"]});
    let mut design = learner.call("dive_open", request.clone()).await.unwrap();
    design["sketch"]["components"][0]["name"] = json!("Mine");
    learner
        .call("design_save", json!({"id": design["card"]["id"], "sketch": design["sketch"], "revision": design["revision"]}))
        .await
        .unwrap();
    let fresh = learner.call("dive_open", request).await.unwrap();
    assert_ne!(fresh["card"]["id"], design["card"]["id"]);
}
