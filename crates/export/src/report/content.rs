//! What a report says, in reading order: what happened, how far off the predictions were, what the learner makes of it, why, and then the
//! detail. Each figure keeps its unit and its origin. How it looks is for the forms to decide.

use loadline_model::report::{Report, Tag, Verdict};
use loadline_model::sketch::Sketch;
use loadline_model::words::counted;

use super::words::{at_most, figure, moment, ratio, spaced, tag, verdict};
use super::{About, detail};

/// A report as a document. Every text in it is plain and may be hostile.
pub(super) struct Document<'a> {
    pub title: String,
    /// `(what, value)`: exercise, design, seed ...
    pub facts: Vec<(&'static str, String)>,
    pub sections: Vec<Section<'a>>,
}

pub(super) struct Section<'a> {
    pub title: &'static str,
    pub blocks: Vec<Block<'a>>,
}

pub(super) enum Block<'a> {
    /// A heading within the section.
    Heading(String),
    /// A paragraph of ours.
    Text(String),
    /// What the learner wrote, line by line.
    Quote(&'static str, &'a str),
    Table(Table<'a>),
    /// `(operation, (percentile, ms))`.
    Curves(Vec<(&'a str, &'a [(f64, f64)])>),
    /// The drawing that ran, with what was busy.
    Drawing(&'a Sketch, &'a Report),
}

pub(super) struct Table<'a> {
    /// `(title, true for numbers)`.
    pub head: Vec<(&'static str, bool)>,
    pub rows: Vec<Vec<Cell<'a>>>,
}

pub(super) enum Cell<'a> {
    /// A text of the report.
    Given(&'a str),
    /// A text made here.
    Made(String),
    /// Something that must stand out.
    Strong(String),
    /// A share of a whole with a bar, 0 to 1.
    Bar(f64, String),
}

impl Cell<'_> {
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Given(text) => text,
            Self::Made(text) | Self::Strong(text) | Self::Bar(_, text) => text,
        }
    }
}

pub(super) fn document(report: &Report, about: About) -> Document<'_> {
    let run = about.run.map_or("Run".to_owned(), |number| format!("Run {number}"));
    let name = report.learner.as_ref().map(|learner| learner.name.trim()).filter(|name| !name.is_empty());
    let title = match name {
        Some(name) => format!("{run}, {name}: {}", headline(report)),
        None => format!("{run}: {}", headline(report)),
    };
    let mut facts = vec![
        ("Exercise", report.exercise.clone()),
        ("Design", report.design.clone()),
        ("Scenario", report.scenario.clone()),
        ("Load", format!("{}, seed {}", report.shape, report.seed)),
        ("Verdict", verdict(report.verdict).to_owned()),
    ];
    if let Some(when) = about.started_ms.and_then(moment) {
        facts.push(("Run at", when));
    }
    if report.interrupted {
        facts.push(("Cut short", "stopped before its time; figures are of the part that ran".to_owned()));
    }
    let mut sections = vec![what_happened(report), predictions(report)];
    sections.extend(explanation(report));
    sections.push(saturated(report));
    sections.extend(detail::sections(report));
    Document { title, facts, sections }
}

/// `two of four targets missed`.
fn headline(report: &Report) -> String {
    let all = report.targets.len();
    let missed = report.targets.iter().filter(|target| target.met == Some(false)).count();
    let unknown = report.targets.iter().filter(|target| target.met.is_none()).count();
    let targets = if all == 1 { "target" } else { "targets" };
    match report.verdict {
        Verdict::HostLimited => "the laptop was the limit".to_owned(),
        _ if missed > 0 => format!("{missed} of {all} {targets} missed"),
        Verdict::Inconclusive => "inconclusive".to_owned(),
        _ if all == 0 => "no target was set".to_owned(),
        _ if unknown > 0 => format!("{} of {all} {targets} met, the rest unknown", all - unknown),
        _ if all == 1 => "the target is met".to_owned(),
        _ => format!("all {all} targets met"),
    }
}

fn what_happened(report: &Report) -> Section<'_> {
    let mut blocks: Vec<Block<'_>> = report.reasons.iter().map(|reason| Block::Text(reason.clone())).collect();
    if !report.targets.is_empty() {
        let rows = report.targets.iter().map(|target| {
            let outcome = match target.met {
                Some(true) => Cell::Made("met".to_owned()),
                Some(false) => Cell::Strong("missed".to_owned()),
                None => Cell::Made("unknown".to_owned()),
            };
            let origin = report.figures.iter().find(|figure| figure.name == target.figure).map_or(Tag::Measured, |figure| figure.tag);
            let measured = figure(target.measured, &target.unit);
            let origin = if target.measured.is_some() { tag(origin) } else { "" };
            vec![
                Cell::Given(&target.label),
                Cell::Made(at_most(target.at_most, &target.unit)),
                Cell::Made(measured),
                Cell::Given(origin),
                outcome,
            ]
        });
        let head = vec![("Target", false), ("asked", true), ("reached", true), ("origin", false), ("outcome", false)];
        blocks.push(Block::Table(Table { head, rows: rows.collect() }));
    }
    Section { title: "Verdict", blocks }
}

/// The name of a figure for people: the target's own, else made from operations and components.
fn label(name: &str, report: &Report) -> String {
    if let Some(target) = report.targets.iter().find(|target| target.figure == name) {
        return target.label.clone();
    }
    let Some((owner, part)) = name.split_once('.') else { return spaced(name) };
    let owner =
        report.operations.get(owner).map(|o| &o.label).or_else(|| report.components.get(owner).map(|c| &c.name)).map_or(owner, |l| l);
    let part = part.strip_suffix("_ms").unwrap_or(part);
    format!("{owner}: {}", spaced(part))
}

fn predictions(report: &Report) -> Section<'_> {
    if report.predictions.is_empty() {
        let none = Block::Text("Nothing was predicted for this run.".to_owned());
        return Section { title: "Predicted and measured", blocks: vec![none] };
    }
    let compared: Vec<f64> = report.predictions.iter().filter_map(|prediction| prediction.ratio).collect();
    let is_near = |ratio: &f64| (0.5..=2.0).contains(ratio);
    let near = compared.iter().filter(|ratio| is_near(ratio)).count();
    let of = counted(compared.len(), "figure");
    let rows = report.predictions.iter().map(|prediction| {
        let far = match prediction.ratio {
            Some(far) if is_near(&far) => Cell::Made(ratio(Some(far))),
            Some(far) => Cell::Strong(ratio(Some(far))),
            None => Cell::Made("unknown".to_owned()),
        };
        let of = prediction.of.as_ref().map_or(String::new(), |of| format!(" (of {of})"));
        vec![
            Cell::Made(format!("{}{of}", label(&prediction.name, report))),
            Cell::Made(figure(Some(prediction.predicted), &prediction.unit)),
            Cell::Made(figure(prediction.measured, &prediction.unit)),
            Cell::Given(if prediction.measured.is_some() { "● measured" } else { "" }),
            far,
        ]
    });
    let head = vec![("Figure", false), ("predicted", true), ("reached", true), ("origin", false), ("measured ÷ predicted", true)];
    let mut blocks = vec![Block::Text(format!("{near} of {of} within a factor of 2.")), Block::Table(Table { head, rows: rows.collect() })];
    if !report.because.trim().is_empty() {
        blocks.push(Block::Quote("Said before the run", report.because.trim()));
    }
    Section { title: "Predicted and measured", blocks }
}

fn explanation(report: &Report) -> Option<Section<'_>> {
    let learner = report.learner.as_ref()?;
    let texts = [("Why it came out so", &learner.why), ("One change to try", &learner.change), ("Note", &learner.note)];
    let blocks: Vec<_> =
        texts.into_iter().filter(|(_, text)| !text.trim().is_empty()).map(|(title, text)| Block::Quote(title, text.trim())).collect();
    (!blocks.is_empty()).then_some(Section { title: "Explained", blocks })
}

fn saturated(report: &Report) -> Section<'_> {
    let mut blocks = Vec::new();
    for saturation in &report.saturated {
        let name = report.components.get(&saturation.component).map_or(&saturation.component, |component| &component.name);
        blocks.push(Block::Heading(name.clone()));
        let rows = saturation.lines.iter().enumerate();
        let rows = rows.map(|(index, line)| {
            vec![Cell::Made((index + 1).to_string()), Cell::Given(&line.label), Cell::Given(&line.text), Cell::Given(tag(line.tag))]
        });
        let head = vec![("", true), ("step", false), ("arithmetic", false), ("origin", false)];
        blocks.push(Block::Table(Table { head, rows: rows.collect() }));
    }
    if blocks.is_empty() {
        blocks.push(Block::Text("Nothing saturated: no component was asked for more than it can do.".to_owned()));
    }
    Section { title: "What saturated, and why", blocks }
}
