//! A report as `--json` wrote it: validated against the committed schema, with its counts checked to the last request.

use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;

use crate::program::{loadline, repository};

/// A whole, valid report.
pub struct Json(pub Value);

static SCHEMA: LazyLock<jsonschema::Validator> = LazyLock::new(|| {
    let text = std::fs::read_to_string(repository("docs/report.schema.json")).unwrap();
    jsonschema::validator_for(&serde_json::from_str(&text).unwrap()).unwrap()
});

impl Json {
    /// Reads a report; it must fit the schema, and every request in it must be accounted for.
    #[track_caller]
    pub fn read(path: &Path) -> Self {
        let value: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let errors: Vec<String> = SCHEMA.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "not as docs/report.schema.json has it: {errors:#?}");
        let report = Self(value);
        assert_eq!(report.number("/format"), 1.0);
        report.adds_up();
        report
    }

    #[track_caller]
    fn adds_up(&self) {
        let count = |name: &str| self.count(name);
        assert_eq!(count("scheduled"), count("sent") + count("dropped"), "scheduled = sent + dropped");
        assert_eq!(count("sent"), count("ok") + count("late") + count("failed"), "sent = ok + late + failed");
        let failures = self.0.pointer("/load/failures").and_then(Value::as_array).unwrap();
        let sum: u64 = failures.iter().map(|failure| failure["count"].as_u64().unwrap()).sum();
        assert_eq!(sum, count("failed"), "failures sum to failed");
    }

    /// One of the counts under load.
    #[track_caller]
    pub fn count(&self, name: &str) -> u64 {
        self.0["load"][name].as_u64().unwrap_or_else(|| panic!("no count {name}"))
    }

    #[track_caller]
    pub fn number(&self, pointer: &str) -> f64 {
        self.0.pointer(pointer).and_then(Value::as_f64).unwrap_or_else(|| panic!("no number at {pointer}"))
    }

    #[track_caller]
    pub fn text(&self, pointer: &str) -> &str {
        self.0.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("no text at {pointer}"))
    }

    /// A figure by name; `None` when it is unknown.
    #[track_caller]
    pub fn figure(&self, name: &str) -> Option<f64> {
        let figures = self.0["figures"].as_array().unwrap();
        let figure = figures.iter().find(|figure| figure["name"] == name).unwrap_or_else(|| panic!("no figure {name}"));
        figure["value"].as_f64()
    }

    /// How many requests failed for `reason`, anywhere.
    pub fn failed_for(&self, reason: &str) -> u64 {
        let failures = self.0["load"]["failures"].as_array().unwrap();
        failures.iter().filter(|failure| failure["reason"] == reason).map(|failure| failure["count"].as_u64().unwrap()).sum()
    }
}

#[test]
fn the_committed_schema_is_current() {
    let (finished, _folder) = loadline(&["schema"], &[]);
    let committed = std::fs::read_to_string(repository("docs/report.schema.json")).unwrap();
    let remedy = "docs/report.schema.json is stale: cargo run -p loadline-cli -- schema > docs/report.schema.json";
    assert!(finished.succeeded().out == committed, "{remedy}");
}

#[test]
fn the_schema_refuses_what_is_no_report() {
    for (what, broken) in [("nothing", "{}"), ("an unknown verdict", r#"{"format":1,"verdict":"splendid"}"#)] {
        assert!(!SCHEMA.is_valid(&serde_json::from_str(broken).unwrap()), "{what}");
    }
}
