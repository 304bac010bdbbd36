//! A scenario: somebody can answer it, its numbers are possible, its figures exist, every rate has a source, what breaks is there to break.

use loadline_model::catalog;
use loadline_model::reading::{is_figure, unit};
use loadline_model::scenario::{FaultKind, Scenario, ScenarioFault, ScenarioOperation};

use super::toml::{Doc, is_id};
use crate::finding::{Finding, quoted};
use crate::pack::Design;

/// Variables of a path, and of a body.
const VARIABLES: [&str; 5] = ["user", "popular_user", "tweet", "n", "text"];
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
    conditions(&mut check, scenario);
    faults(&mut check, scenario, designs);
    check.number(scenario.run.duration_s, 1.0, 3600.0, &["run", "duration_s"]);
    check.number(scenario.run.warmup_s, 0.0, scenario.run.duration_s.max(0.0), &["run", "warmup_s"]);
    check.usable
}

/// Follows and tweets that a run creates before it begins, at most: some hundred megabytes in its stores.
const MAX_MADE: f64 = 5_000_000.0;

fn population(check: &mut Check<'_>, scenario: &Scenario) {
    let population = &scenario.population;
    check.number(f64::from(population.modelled_users), 2.0, 1_000_000.0, &["population", "modelled_users"]);
    check.number(population.users as f64, f64::from(population.modelled_users), 1e11, &["population", "users"]);
    let most = f64::from(population.modelled_users.max(2)) - 1.0;
    check.number(population.follows_mean, 1.0, most.min(10_000.0), &["population", "follows_mean"]);
    check.number(population.popularity_exponent, 0.0, 3.0, &["population", "popularity_exponent"]);
    check.number(f64::from(population.tweets_each), 0.0, 1000.0, &["population", "tweets_each"]);
    // Each of these figures may be large, but not all together: every follow and tweet is made, here and in the run's stores.
    let made = f64::from(population.modelled_users) * (population.follows_mean + f64::from(population.tweets_each));
    let message = || format!("{made:.0} follows and tweets together, more than the {MAX_MADE:.0} that a run creates.");
    check.need(
        made.is_nan() || made <= MAX_MADE,
        &["population", "modelled_users"],
        message,
        "Model fewer users; `users` may stay as it is in life.",
    );
    check.text(&population.source, &["population", "source"]);
}

/// Most conditions, and most faults.
const MAX_ROWS: usize = 50;

fn conditions(check: &mut Check<'_>, scenario: &Scenario) {
    let count = scenario.conditions.len();
    check.need(count <= MAX_ROWS, &["condition"], || format!("{count} conditions."), "Have at most 50.");
    for (at, condition) in scenario.conditions.iter().enumerate().take(MAX_ROWS) {
        let at = at.to_string();
        let path = |key: &'static str| ["condition", at.as_str(), key];
        check.text(&condition.source, &path("source"));
        let Some(role) = catalog::role(&condition.role) else {
            check.need(false, &path("role"), || format!("Role {} is not known.", quoted(&condition.role)), "Use a role of the palette.");
            continue;
        };
        match role.setting(&condition.setting) {
            None => {
                let message = || format!("{} has no setting {}.", role.name, quoted(&condition.setting));
                check.need(false, &path("setting"), message, "Name one of its settings.");
            }
            Some(setting) => {
                let wrong = setting.check(&condition.value).err();
                let message = || format!("{}.", wrong.clone().unwrap_or_default());
                check.need(wrong.is_none(), &path("value"), message, "Correct the value.");
            }
        }
    }
}

fn faults(check: &mut Check<'_>, scenario: &Scenario, designs: &[Design]) {
    let count = scenario.faults.len();
    check.need(count <= MAX_ROWS, &["fault"], || format!("{count} faults."), "Have at most 50.");
    for (at, fault) in scenario.faults.iter().enumerate().take(MAX_ROWS) {
        let place = at.to_string();
        let path = |key: &'static str| ["fault", place.as_str(), key];
        let (component, instance) = (quoted(&fault.component), fault.instance);
        let known = designs.iter().filter(|design| fault.target(&design.sketch).is_some()).count();
        check.need(known > 0, &path("component"), || format!("No design has a component {component}."), "Name a component of a design.");
        if known > 0 {
            let there = designs.iter().any(|design| fault.node(&design.sketch).is_some());
            check.need(there, &path("instance"), || format!("No design has an instance {instance} of {component}."), "Count from 1.");
        }
        let runs = |design: &Design| {
            fault.target(&design.sketch).and_then(|found| catalog::role(&found.role)).is_none_or(|role| role.runs && role.id != "client")
        };
        let message = || format!("{component} does not run, so it cannot be killed.");
        check.need(designs.iter().all(runs), &path("component"), message, "Name a component that runs.");
        let latest = scenario.run.duration_s.max(0.0);
        let within = fault.at_s.is_finite() && fault.at_s >= 0.0 && fault.at_s < latest;
        let message = || format!("at_s is {}: it must be from 0 to below {latest}, the run's duration_s.", fault.at_s);
        check.need(within, &path("at_s"), message, "Correct the time: wall seconds since the load began.");
        let is_down = is_down_before(&scenario.faults, at);
        let (fits, message) = match fault.kind {
            FaultKind::Kill => (!is_down, "is dead already then"),
            FaultKind::Restart => (is_down, "is not dead then"),
        };
        let message = || format!("{component} {instance} {message}.");
        check.need(fits, &path("kind"), message, "Each restart comes after a kill of the same instance, each kill of one that runs.");
    }
}

/// Whether what the fault at `at` is about is dead when it comes: by the last earlier fault of the same instance.
fn is_down_before(faults: &[ScenarioFault], at: usize) -> bool {
    let Some(this) = faults.get(at) else { return false };
    let same = |other: &&ScenarioFault| (other.component.as_str(), other.instance) == (this.component.as_str(), this.instance);
    let earlier = faults
        .iter()
        .take(MAX_ROWS)
        .enumerate()
        .filter(|(index, other)| *index != at && (other.at_s < this.at_s || (other.at_s == this.at_s && *index < at)));
    let last = earlier.map(|(_, other)| other).filter(same).max_by(|a, b| a.at_s.total_cmp(&b.at_s));
    last.is_some_and(|last| last.kind == FaultKind::Kill)
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

fn figure(check: &mut Check<'_>, scenario: &Scenario, designs: &[Design], figure: &str, stated: &str, path: &[&str]) {
    let known = is_figure(figure, scenario, designs.iter().map(|design| &design.sketch));
    let message = || format!("There is no figure {}.", quoted(figure));
    let remedy = "Use operation.p99_ms, component.utilisation with a component of a design, failed_share, fanout_writes_per_tweet or tweet_to_timeline_p95_ms.";
    check.need(known, path, message, remedy);
    let expected = unit(figure);
    if !matches!(expected, "ms" | "%") {
        return;
    }
    let [table, at, _] = path else { return };
    check.need(
        stated == expected,
        &[table, at, "unit"],
        || format!("{} is in {expected}, not {}.", quoted(figure), quoted(stated)),
        "Correct the unit.",
    );
}
