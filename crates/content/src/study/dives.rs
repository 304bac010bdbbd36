//! `dives/<name>.toml` with `<name>.md` (the prompt) and `<name>.solution.md`. Every dive has runs, and checks that say what they show: whoever
//! makes the runs can hold the text to them.

use std::collections::BTreeMap;

use loadline_model::arrivals::Shape;
use loadline_model::reading::is_reading;
use loadline_model::scenario::Scenario;
use loadline_model::sketch::SettingValue;
use serde::Deserialize;

use super::text::Texts;
use super::{Check, Dive, DiveRun, Reading};
use crate::finding::{Finding, quoted};
use crate::lint::toml::{Doc, is_id};
use crate::pack::Design;
use crate::worksheet::number::show;

/// Most dives of an exercise, and most runs and checks of one.
const MAX_ROWS: usize = 20;
/// The longest run, seconds of wall time.
const MAX_DURATION_S: f64 = 3600.0;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DiveFile {
    /// Dives are shown in this order.
    order: u32,
    title: String,
    question: String,
    #[serde(rename = "run", default)]
    runs: Vec<RunFile>,
    #[serde(rename = "check", default)]
    checks: Vec<CheckFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RunFile {
    id: String,
    design: String,
    scenario: String,
    #[serde(default)]
    shape: Option<Shape>,
    #[serde(default)]
    rate_per_s: Option<f64>,
    #[serde(default)]
    duration_s: Option<f64>,
    #[serde(default)]
    seed: Option<u64>,
    #[serde(default)]
    set: BTreeMap<String, SettingValue>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CheckFile {
    id: String,
    says: String,
    left: String,
    #[serde(default)]
    right: Option<String>,
    from: f64,
    to: f64,
}

/// What a dive may point at.
pub(crate) struct Known<'a> {
    pub(crate) designs: &'a [Design],
    pub(crate) scenarios: &'a BTreeMap<String, Scenario>,
}

/// Every dive that can be used, in order.
pub(crate) fn read(texts: &Texts<'_>, known: &Known<'_>, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Vec<Dive> {
    let prefix = format!("{}/dives/", texts.folder);
    let mut dives = Vec::new();
    let names = texts.files.keys().filter_map(|path| path.strip_prefix(&prefix)?.strip_suffix(".toml").map(str::to_owned));
    for (at, id) in names.enumerate() {
        let path = format!("{prefix}{id}.toml");
        used.push(path.clone());
        if at >= MAX_ROWS {
            findings.push(Finding::error(&path, None, format!("More than {MAX_ROWS} dives."), "Keep what matters most."));
            break;
        }
        let Some(text) = texts.files.get(&path) else { continue };
        dives.extend(dive(&id, &path, text, texts, known, used, findings));
    }
    dives.sort_by(|a, b| (a.0, &a.1.id).cmp(&(b.0, &b.1.id)));
    dives.into_iter().map(|(_, dive)| dive).collect()
}

fn dive(
    id: &str,
    path: &str,
    text: &str,
    texts: &Texts<'_>,
    known: &Known<'_>,
    used: &mut Vec<String>,
    findings: &mut Vec<Finding>,
) -> Option<(u32, Dive)> {
    let doc = Doc::new(path, text);
    let file: DiveFile = doc.read(findings)?;
    for (key, value) in [("title", &file.title), ("question", &file.question)] {
        doc.filled(key, value, findings);
    }
    if !is_id(id) {
        findings.push(Finding::error(
            path,
            None,
            format!("{} cannot be a name.", quoted(id)),
            "Use lower-case letters, digits and dashes.",
        ));
    }
    for (table, rows) in [("run", file.runs.len()), ("check", file.checks.len())] {
        if !(1..=MAX_ROWS).contains(&rows) {
            let message = format!("{rows} rows of {table}: there must be 1 to {MAX_ROWS}.");
            findings.push(Finding::error(path, doc.line(&[table]), message, "A dive has runs, and checks that say what they show."));
        }
    }
    let mut runs: Vec<(DiveRun, Option<RunOf<'_>>)> = Vec::new();
    for (at, run) in file.runs.iter().enumerate().take(MAX_ROWS) {
        let twice = runs.iter().any(|(other, _)| other.id == run.id);
        runs.push(read_run(&doc, &at.to_string(), run, twice, known, findings));
    }
    let mut checks = Vec::new();
    for (at, check) in file.checks.iter().enumerate().take(MAX_ROWS) {
        let at = at.to_string();
        let reading = |key: &str, text: &str, findings: &mut Vec<Finding>| -> Option<Reading> {
            let wrong = |message: String, remedy: &str, findings: &mut Vec<Finding>| {
                findings.push(Finding::error(path, doc.line(&["check", &at, key]), message, remedy));
                None
            };
            let Some((run, name)) = text.split_once(':') else {
                return wrong(
                    format!("{} names no reading.", quoted(text)),
                    "Write RUN:NAME, such as push:timeline_read.p50_ms.",
                    findings,
                );
            };
            let Some((_, of)) = runs.iter().find(|(known, _)| known.id == run) else {
                return wrong(format!("There is no run {} here.", quoted(run)), "Name a [[run]] of this file.", findings);
            };
            if let Some(of) = of
                && !is_reading(name, of.scenario, &of.design.sketch)
            {
                let remedy = "Name a figure of its report, or component.served_per_s, .busiest, .refused, .rss_mb, .counters.NAME ...";
                return wrong(format!("A report of {} has no {}.", quoted(run), quoted(name)), remedy, findings);
            }
            Some(Reading { run: run.to_owned(), name: name.to_owned() })
        };
        let left = reading("left", &check.left, findings);
        let right = check.right.as_deref().map(|text| reading("right", text, findings));
        if !(check.from.is_finite() && check.to.is_finite() && check.from < check.to) {
            let message = format!("from {} to {} is no range.", check.from, check.to);
            findings.push(Finding::error(path, doc.line(&["check", &at, "from"]), message, "from is below to, both finite."));
        }
        for bound in ["from", "to"] {
            if !check.says.contains(&format!("{{{{{bound}}}}}")) && bound_is_told(check, bound) {
                let message = format!("says does not tell {{{{{bound}}}}}.");
                let remedy = "Tell the bounds by {{from}} and {{to}}, so that text and check cannot disagree.";
                findings.push(Finding::error(path, doc.line(&["check", &at, "says"]), message, remedy));
            }
        }
        let more = BTreeMap::from([("from", show(check.from)), ("to", show(check.to))]);
        let says = texts.short_with(&doc, &["check", &at, "says"], &check.says, &more, findings);
        if !is_id(&check.id) || checks.iter().any(|known: &Check| known.id == check.id) {
            let message = format!("{} cannot be the id of a check, or is there twice.", quoted(&check.id));
            findings.push(Finding::error(path, doc.line(&["check", &at, "id"]), message, "Use letters, digits and dashes, each id once."));
        }
        if let (Some(left), true) = (left, right.as_ref().is_none_or(Option::is_some)) {
            checks.push(Check { id: check.id.clone(), says, left, right: right.flatten(), from: check.from, to: check.to });
        }
    }
    let dive = Dive {
        id: id.to_owned(),
        title: file.title,
        question: file.question,
        prompt: texts.file(&format!("dives/{id}.md"), used, findings),
        runs: runs.into_iter().map(|(run, _)| run).collect(),
        checks,
        solution: texts.file(&format!("dives/{id}.solution.md"), used, findings),
    };
    Some((file.order, dive))
}

/// A lower bound of 0 goes without saying.
fn bound_is_told(check: &CheckFile, bound: &str) -> bool {
    bound == "to" || check.from != 0.0
}

/// What a run is of, once it is known to be there.
struct RunOf<'a> {
    scenario: &'a Scenario,
    design: &'a Design,
}

fn read_run<'a>(
    doc: &Doc<'_>,
    at: &str,
    run: &RunFile,
    twice: bool,
    known: &Known<'a>,
    findings: &mut Vec<Finding>,
) -> (DiveRun, Option<RunOf<'a>>) {
    let mut find = |key: &str, message: String, remedy: &str| {
        findings.push(Finding::error(doc.file, doc.line(&["run", at, key]), message, remedy));
    };
    if twice || !is_id(&run.id) {
        find(
            "id",
            format!("{} cannot be the id of a run, or is there twice.", quoted(&run.id)),
            "Use letters, digits and dashes, each id once.",
        );
    }
    let design = known.designs.iter().find(|design| design.name == run.design);
    let scenario = known.scenarios.get(&run.scenario);
    if design.is_none() {
        find("design", format!("There is no usable design {}.", quoted(&run.design)), "Name a [[design]] of exercise.toml.");
    }
    if scenario.is_none() {
        find("scenario", format!("There is no usable scenario {}.", quoted(&run.scenario)), "Name a file of scenarios/.");
    }
    if run.rate_per_s.is_some_and(|rate| !(rate.is_finite() && rate > 0.0 && rate <= 1e8)) {
        find("rate_per_s", "rate_per_s must be above 0 and at most 100M.".to_owned(), "Correct the number.");
    }
    if run.duration_s.is_some_and(|duration_s| !(1.0..=MAX_DURATION_S).contains(&duration_s)) {
        find("duration_s", format!("duration_s must be from 1 to {MAX_DURATION_S}."), "Give seconds of wall time.");
    }
    if let Some(design) = design
        && let Err(error) = design.sketch.changed(&run.set)
    {
        find("set", format!("{error}."), "Correct the setting.");
    }
    let dive_run = DiveRun {
        id: run.id.clone(),
        design: run.design.clone(),
        scenario: run.scenario.clone(),
        shape: run.shape,
        rate_per_s: run.rate_per_s,
        duration_s: run.duration_s,
        seed: run.seed,
        set: run.set.clone(),
    };
    (dive_run, design.zip(scenario).map(|(design, scenario)| RunOf { scenario, design }))
}
