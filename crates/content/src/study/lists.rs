//! `rubric.toml`, `twists.toml` and `cards.toml`: lists with one table a row.

use std::collections::{BTreeMap, BTreeSet};

use loadline_model::catalog;
use loadline_model::reading::is_figure;
use loadline_model::sketch::SettingValue;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::dives::Known;
use super::text::Texts;
use super::{Card, Evidence, LEVELS, PHASES, Point, Twist};
use crate::finding::{Finding, quoted};
use crate::lint::toml::{Doc, is_id};

/// Most points, twists or cards of an exercise.
const MAX_ROWS: usize = 300;
/// Most that one point is worth.
const MAX_POINTS: u32 = 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RubricFile {
    #[serde(rename = "point", default)]
    points: Vec<PointFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PointFile {
    id: String,
    phase: String,
    points: u32,
    what: String,
    evidence: EvidenceFile,
    #[serde(default)]
    anchor: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum EvidenceFile {
    Note,
    Component {
        role: String,
        #[serde(default = "one")]
        instances: u32,
        #[serde(default)]
        setting: Option<String>,
        #[serde(default)]
        value: Option<SettingValue>,
    },
    Figure {
        scenario: String,
        figure: String,
        at_most: f64,
    },
}

fn one() -> u32 {
    1
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TwistsFile {
    #[serde(rename = "twist", default)]
    twists: Vec<TwistFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TwistFile {
    id: String,
    title: String,
    prompt: String,
    answer: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardsFile {
    #[serde(rename = "card", default)]
    cards: Vec<CardFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CardFile {
    id: String,
    question: String,
    answer: String,
    /// The id of a source, or Markdown that says where the answer comes from.
    source: String,
    tag: String,
}

/// One list of an exercise, being checked.
struct List<'a> {
    doc: Doc<'a>,
    table: &'static str,
    seen: BTreeSet<String>,
}

impl List<'_> {
    fn find(&self, at: &str, key: &str, message: String, remedy: &str, findings: &mut Vec<Finding>) {
        findings.push(Finding::error(self.doc.file, self.doc.line(&[self.table, at, key]), message, remedy));
    }

    fn id(&mut self, at: &str, id: &str, findings: &mut Vec<Finding>) {
        if !is_id(id) || !self.seen.insert(id.to_owned()) {
            let message = format!("{} cannot be the id of a {}, or is there twice.", quoted(id), self.table);
            self.find(at, "id", message, "Use lower-case letters, digits and dashes, each id once.", findings);
        }
    }

    fn filled(&self, at: &str, key: &str, value: &str, findings: &mut Vec<Finding>) {
        if value.trim().is_empty() {
            self.find(at, key, format!("{key} is empty."), "Fill it in.", findings);
        }
    }
}

/// Reads `name`, if it is there, and hands out its rows; more than [`MAX_ROWS`] is a finding.
fn rows<F: DeserializeOwned, R>(
    texts: &Texts<'_>,
    name: &str,
    table: &'static str,
    used: &mut Vec<String>,
    findings: &mut Vec<Finding>,
    rows_of: impl Fn(F) -> Vec<R>,
    mut row: impl FnMut(&mut List<'_>, &str, R, &mut Vec<Finding>),
) {
    let path = format!("{}/{name}", texts.folder);
    used.push(path.clone());
    let Some(text) = texts.files.get(&path) else { return };
    let doc = Doc::new(&path, text);
    let Some(file) = doc.read::<F>(findings) else { return };
    let all = rows_of(file);
    if all.is_empty() || all.len() > MAX_ROWS {
        let message = format!("{} rows of {table}: there must be 1 to {MAX_ROWS}.", all.len());
        findings.push(Finding::error(&path, doc.line(&[table]), message, "Keep what matters most."));
    }
    let mut list = List { doc, table, seen: BTreeSet::new() };
    for (at, each) in all.into_iter().enumerate().take(MAX_ROWS) {
        row(&mut list, &at.to_string(), each, findings);
    }
}

/// `rubric.toml`.
pub(crate) fn rubric(texts: &Texts<'_>, known: &Known<'_>, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Vec<Point> {
    let mut points = Vec::new();
    rows(
        texts,
        "rubric.toml",
        "point",
        used,
        findings,
        |file: RubricFile| file.points,
        |list, at, file: PointFile, findings| {
            list.id(at, &file.id, findings);
            list.filled(at, "what", &file.what, findings);
            if !PHASES.contains(&file.phase.as_str()) {
                let message = format!("There is no phase {}.", quoted(&file.phase));
                list.find(at, "phase", message, "Name requirements, estimation, interface, design, deep-dives or refinement.", findings);
            }
            if !(1..=MAX_POINTS).contains(&file.points) {
                list.find(at, "points", format!("{} points.", file.points), "Give 1 to 20: points are only ever added.", findings);
            }
            let evidence = evidence(list, at, file.evidence, known, findings);
            let mut anchors = Vec::new();
            for level in LEVELS {
                match file.anchor.get(level) {
                    Some(text) => {
                        let text = texts.short(&list.doc, &["point", at, "anchor", level], text, findings);
                        anchors.push((level.to_owned(), text));
                    }
                    None if evidence == Evidence::Note => {
                        let message = format!("There is no example of level {level}.");
                        let remedy = "Where a person judges, give one for junior, mid, senior and staff.";
                        list.find(at, "anchor", message, remedy, findings);
                    }
                    None => {}
                }
            }
            if let Some(other) = file.anchor.keys().find(|level| !LEVELS.contains(&level.as_str())) {
                let message = format!("There is no level {}.", quoted(other));
                list.find(at, "anchor", message, "Name junior, mid, senior or staff.", findings);
            }
            points.push(Point { id: file.id, phase: file.phase, points: file.points, what: file.what, evidence, anchors });
        },
    );
    points
}

fn evidence(list: &List<'_>, at: &str, file: EvidenceFile, known: &Known<'_>, findings: &mut Vec<Finding>) -> Evidence {
    match file {
        EvidenceFile::Note => Evidence::Note,
        EvidenceFile::Component { role, instances, setting, value } => {
            let found = catalog::role(&role);
            if found.is_none() {
                list.find(at, "evidence", format!("Role {} is not known.", quoted(&role)), "Use a role of the palette.", findings);
            }
            let setting = match (setting, value) {
                (Some(setting), Some(value)) => {
                    let fits = found.and_then(|role| role.setting(&setting)).map(|known| known.check(&value));
                    if let Some(found) = found
                        && !matches!(fits, Some(Ok(())))
                    {
                        let message = format!("{} has no setting {} of this value.", found.name, quoted(&setting));
                        list.find(at, "evidence", message, "Correct the setting or its value.", findings);
                    }
                    Some((setting, value))
                }
                (None, None) => None,
                _ => {
                    list.find(at, "evidence", "setting and value go together.".to_owned(), "Give both, or none.", findings);
                    None
                }
            };
            Evidence::Component { role, instances, setting }
        }
        EvidenceFile::Figure { scenario, figure, at_most } => {
            match known.scenarios.get(&scenario) {
                None => list.find(
                    at,
                    "evidence",
                    format!("There is no usable scenario {}.", quoted(&scenario)),
                    "Name a file of scenarios/.",
                    findings,
                ),
                Some(scenario) => {
                    if !is_figure(&figure, scenario, known.designs.iter().map(|design| &design.sketch)) {
                        list.find(
                            at,
                            "evidence",
                            format!("There is no figure {}.", quoted(&figure)),
                            "Name a figure of a report.",
                            findings,
                        );
                    }
                }
            }
            if !(at_most.is_finite() && at_most >= 0.0) {
                list.find(at, "evidence", format!("at_most is {at_most}."), "Give a number of 0 or more.", findings);
            }
            Evidence::Figure { scenario, figure, at_most }
        }
    }
}

/// `twists.toml`.
pub(crate) fn twists(texts: &Texts<'_>, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Vec<Twist> {
    let mut twists = Vec::new();
    rows(
        texts,
        "twists.toml",
        "twist",
        used,
        findings,
        |file: TwistsFile| file.twists,
        |list, at, file: TwistFile, findings| {
            list.id(at, &file.id, findings);
            list.filled(at, "title", &file.title, findings);
            let prompt = texts.short(&list.doc, &["twist", at, "prompt"], &file.prompt, findings);
            let answer = texts.short(&list.doc, &["twist", at, "answer"], &file.answer, findings);
            twists.push(Twist { id: file.id, title: file.title, prompt, answer });
        },
    );
    twists
}

/// `cards.toml`.
pub(crate) fn cards(texts: &Texts<'_>, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Vec<Card> {
    let mut cards = Vec::new();
    rows(
        texts,
        "cards.toml",
        "card",
        used,
        findings,
        |file: CardsFile| file.cards,
        |list, at, file: CardFile, findings| {
            list.id(at, &file.id, findings);
            list.filled(at, "tag", &file.tag, findings);
            let question = texts.short(&list.doc, &["card", at, "question"], &file.question, findings);
            let answer = texts.short(&list.doc, &["card", at, "answer"], &file.answer, findings);
            let source = match texts.citation(&file.source) {
                Some(citation) => citation,
                None if is_id(&file.source) && file.source.contains('-') => {
                    let message = format!("There is no source {}.", quoted(&file.source));
                    list.find(at, "source", message, "Add it to sources.toml, or say in words where the answer comes from.", findings);
                    Default::default()
                }
                None => texts.short(&list.doc, &["card", at, "source"], &file.source, findings),
            };
            cards.push(Card { id: file.id, question, answer, source, tag: file.tag });
        },
    );
    cards
}
