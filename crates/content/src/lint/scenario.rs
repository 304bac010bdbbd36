//! A scenario: somebody can answer it, its numbers are possible, its figures exist, every rate has a source.

use loadline_model::catalog;
use loadline_model::scenario::{Scenario, ScenarioOperation};

use super::toml::{Doc, is_id};
use crate::finding::{Finding, quoted};
use crate::pack::Design;

/// Variables of a path, and of a body.
const VARIABLES: [&str; 5] = ["user", "popular_user", "tweet", "n", "text"];
/// Figures of an operation: `timeline_read.p99_ms`.
const OF_OPERATION: [&str; 5] = ["mean_ms", "p50_ms", "p95_ms", "p99_ms", "max_ms"];
/// Figures of a component: `feed.utilisation`.
const OF_COMPONENT: [&str; 6] = ["utilisation", "queue_p99", "wait_ms_p50", "wait_ms_p99", "hit_ratio", "replication_lag_ms_p99"];
/// Figures of the whole run.
const OF_RUN: [&str; 5] =
    ["failed_share", "fanout_writes_per_tweet", "tweet_to_timeline_p50_ms", "tweet_to_timeline_p95_ms", "tweet_to_timeline_p99_ms"];

/// A file with more findings does not list the others.
const MAX_FINDINGS: usize = 100;

struct Check<'a> {
    doc: &'a Doc<'a>,
    findings: &'a mut Vec<Finding>,
    usable: bool,
    found: usize,
}

impl Check<'_> {
    /// Reports unless `holds`.
    fn need(&mut self, holds: bool, path: &[&str], message: impl FnOnce() -> String, remedy: &str) {
        if !holds {
            self.usable = false;
            self.found += 1;
        }
        if !holds && self.found <= MAX_FINDINGS {
            self.findings.push(Finding::error(self.doc.file, self.doc.line(path), message(), remedy));
        }
    }

    fn number(&mut self, value: f64, low: f64, high: f64, path: &[&str]) {
        let key = path.last().copied().unwrap_or_default();
        let message = || format!("{key} is {value}: it must be from {low} to {high}.");
        self.need(value.is_finite() && (low..=high).contains(&value), path, message, "Correct the number.");
    }

    fn text(&mut self, value: &str, path: &[&str]) {
        let key = path.last().copied().unwrap_or_default();
        let remedy = if key == "source" { "Say where the figure comes from, or that it is assumed." } else { "Fill it in." };
        self.need(!value.trim().is_empty(), path, || format!("{key} is empty."), remedy);
    }
}

/// Adds what is wrong; false when the scenario must not be run.
pub(crate) fn check_scenario(doc: &Doc<'_>, scenario: &Scenario, designs: &[Design], findings: &mut Vec<Finding>) -> bool {
    let mut check = Check { doc, findings, usable: true, found: 0 };
    let stem = doc.file.rsplit('/').next().and_then(|file| file.strip_suffix(".toml")).unwrap_or_default();
    let name = &scenario.name;
    check.need(
        name == stem && is_id(name),
        &["name"],
        || format!("The name is {}, the file {}.", quoted(name), quoted(stem)),
        "Name both alike, in lower-case letters, digits and dashes.",
    );
    check.text(&scenario.title, &["title"]);
    check.text(&scenario.summary, &["summary"]);
    population(&mut check, scenario);
    check.need(
        (1..=50).contains(&scenario.operations.len()),
        &["operation"],
        || format!("{} operations.", scenario.operations.len()),
        "Have 1 to 50.",
    );
    for (at, op) in scenario.operations.iter().enumerate().take(50) {
        let twice = scenario.operations.iter().take(at).any(|other| other.name == op.name);
        operation(&mut check, &at.to_string(), op, twice);
    }
    for (at, target) in scenario.targets.iter().enumerate() {
        let at = at.to_string();
        figure(&mut check, scenario, designs, &target.figure, &target.unit, &["target", &at, "figure"]);
        check.text(&target.label, &["target", &at, "label"]);
        check.number(target.at_most, 0.0, 1e12, &["target", &at, "at_most"]);
    }
    for (at, predict) in scenario.predict.iter().enumerate() {
        let at = at.to_string();
        figure(&mut check, scenario, designs, &predict.figure, &predict.unit, &["predict", &at, "figure"]);
        check.text(&predict.label, &["predict", &at, "label"]);
    }
    check.number(scenario.run.duration_s, 1.0, 3600.0, &["run", "duration_s"]);
    check.number(scenario.run.warmup_s, 0.0, scenario.run.duration_s.max(0.0), &["run", "warmup_s"]);
    check.usable
}

fn population(check: &mut Check<'_>, scenario: &Scenario) {
    let population = &scenario.population;
    check.number(f64::from(population.modelled_users), 2.0, 1_000_000.0, &["population", "modelled_users"]);
    check.number(population.users as f64, f64::from(population.modelled_users), 1e11, &["population", "users"]);
    let most = f64::from(population.modelled_users.max(2)) - 1.0;
    check.number(population.follows_mean, 1.0, most.min(10_000.0), &["population", "follows_mean"]);
    check.number(population.popularity_exponent, 0.0, 3.0, &["population", "popularity_exponent"]);
    check.number(f64::from(population.tweets_each), 0.0, 1000.0, &["population", "tweets_each"]);
    check.text(&population.source, &["population", "source"]);
}

fn operation(check: &mut Check<'_>, at: &str, op: &ScenarioOperation, twice: bool) {
    let path = |key: &'static str| ["operation", at, key];
    let well_formed =
        (1..=48).contains(&op.name.len()) && op.name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    check.need(
        well_formed,
        &path("name"),
        || format!("{} cannot be a name.", quoted(&op.name)),
        "Use lower-case letters, digits and underscores.",
    );
    check.need(!twice, &path("name"), || format!("Two operations are named {}.", quoted(&op.name)), "Rename one.");
    check.text(&op.label, &path("label"));
    check.text(&op.source, &path("source"));
    check.number(op.per_s, 0.001, 1e9, &path("per_s"));
    check.number(op.deadline_ms, 0.001, 3.6e6, &path("deadline_ms"));
    let methods = ["GET", "POST", "PUT", "DELETE"];
    check.need(
        methods.contains(&op.method.as_str()),
        &path("method"),
        || format!("Method {}.", quoted(&op.method)),
        "Use GET, POST, PUT or DELETE.",
    );
    match catalog::role(&op.role) {
        None => check.need(false, &path("role"), || format!("Role {} is not known.", quoted(&op.role)), "Use a role of the palette."),
        Some(role) => {
            let known = role.operations.iter().any(|known| known.name == op.operation);
            let names: Vec<&str> = role.operations.iter().map(|known| known.name).collect();
            let message = || format!("{} has no operation {}; it has {}.", role.name, quoted(&op.operation), names.join(", "));
            check.need(known, &path("operation"), message, "Name one of these.");
            let routed = role
                .routes
                .iter()
                .any(|route| op.path == *route || op.path.starts_with(&format!("{route}/")) || op.path.starts_with(&format!("{route}?")));
            let message = || format!("Nothing routes {} to {}; it answers {}.", quoted(&op.path), role.name, role.routes.join(", "));
            check.need(routed, &path("path"), message, "Begin the path with one of these.");
        }
    }
    let printable = op.path.len() <= 500 && op.path.bytes().all(|byte| byte.is_ascii_graphic());
    check.need(
        printable,
        &path("path"),
        || "The path has a space, a control character, or more than 500 bytes.".into(),
        "Encode or shorten it.",
    );
    for (key, text) in [("path", Some(&op.path)), ("body", op.body.as_ref())] {
        for variable in text.into_iter().flat_map(|text| variables(text)) {
            let known = VARIABLES.contains(&variable) && (key == "body" || variable != "text");
            let message = || format!("{{{variable}}} is not a variable of the {key}.");
            check.need(known, &path(key), message, "Use {user}, {popular_user}, {tweet} or {n}; in a body also {text}.");
        }
    }
    if let Some(body) = &op.body {
        let filled = variables(body).into_iter().fold(body.clone(), |body, name| body.replace(&format!("{{{name}}}"), "1"));
        let valid = body.len() <= 16_384 && serde_json::from_str::<serde_json::Value>(&filled).is_ok();
        check.need(valid, &path("body"), || "The body is not JSON once its variables are filled in.".into(), "Correct the JSON.");
    }
}

/// Names in single braces that hold one word: `{user}`. Other braces are JSON's own.
fn variables(text: &str) -> Vec<&str> {
    let ends = text.match_indices('{').filter_map(|(at, _)| {
        let word = text.get(at + 1..)?.split('}').next()?;
        let closed = text.get(at + 1 + word.len()..)?.starts_with('}');
        (closed && !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).then_some(word)
    });
    ends.collect()
}

fn figure(check: &mut Check<'_>, scenario: &Scenario, designs: &[Design], figure: &str, unit: &str, path: &[&str]) {
    let known = match figure.split_once('.') {
        None => OF_RUN.contains(&figure),
        Some((owner, what)) if scenario.operation(owner).is_some() && OF_OPERATION.contains(&what) => true,
        Some((owner, what)) => OF_COMPONENT.contains(&what) && designs.iter().any(|design| design.sketch.component(owner).is_some()),
    };
    let message = || format!("There is no figure {}.", quoted(figure));
    let remedy = "Use operation.p99_ms, component.utilisation with a component of a design, failed_share, fanout_writes_per_tweet or tweet_to_timeline_p95_ms.";
    check.need(known, path, message, remedy);
    let expected = match figure {
        f if f.ends_with("_ms") || f.contains("_ms_") => "ms",
        f if f.ends_with(".utilisation") => "%",
        "failed_share" => "%",
        _ => return,
    };
    let [table, at, _] = path else { return };
    check.need(
        unit == expected,
        &[table, at, "unit"],
        || format!("{} is in {expected}, not {}.", quoted(figure), quoted(unit)),
        "Correct the unit.",
    );
}
