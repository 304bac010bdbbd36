//! From files to a [`Pack`]: every part that can be used, and a finding for every part that cannot. A name in a manifest is looked up among
//! the files that were read, never on disk, so it cannot lead out of the pack.

use std::collections::BTreeMap;
use std::path::Path;

use loadline_model::scenario::Scenario;
use loadline_model::sketch::{Sketch, SketchError};
use serde::Serialize;

use crate::diagram::{DiagramError, check_size};
use crate::finding::{Finding, quoted};
use crate::lint::{scenario::check_scenario, sketch::check_sketch, toml::Doc};
use crate::manifest::{DesignManifest, ExerciseKind, ExerciseManifest, Order, PackManifest};
use crate::markdown::Document;
use crate::source::{Files, Source};
use crate::study::{Study, dives, lists, phases, text::Texts};
use crate::worksheet;

/// Exercises and labs of one author.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// `pack.toml`; empty when it could not be read.
    pub manifest: PackManifest,
    /// In order of their folders.
    pub exercises: Vec<Exercise>,
}

/// One exercise or lab.
#[derive(Debug, Clone, Serialize)]
pub struct Exercise {
    /// Folder name.
    pub id: String,
    /// Exercise or lab.
    pub kind: ExerciseKind,
    /// Name for people.
    pub title: String,
    /// A few words under the title.
    pub subtitle: String,
    /// The question, in one sentence.
    pub question: String,
    /// Minutes that it takes.
    pub minutes: u32,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The brief, safe to show.
    pub brief: Document,
    /// By name.
    pub scenarios: BTreeMap<String, Scenario>,
    /// Name of the scenario that it is run in by default; always in `scenarios`.
    pub scenario: String,
    /// In the order of the manifest.
    pub designs: Vec<Design>,
    /// Name of the design that answers the question; always in `designs`.
    pub reference: String,
    /// Phases, worksheet, dives, rubric, twists and cards; empty for most labs.
    pub study: Study,
}

/// A design that came with the exercise.
#[derive(Debug, Clone, Serialize)]
pub struct Design {
    /// Name of the file and on the command line.
    pub name: String,
    /// Name for people.
    pub title: String,
    /// What it does.
    pub summary: String,
    /// How good it is known to be.
    pub order: Order,
    /// The window keeps it shut until the learner has run a design of their own, or opens it anyway. The terminal does not.
    pub shut: bool,
    /// The drawing.
    pub sketch: Sketch,
}

impl Pack {
    /// The exercise or lab with this id.
    pub fn exercise(&self, id: &str) -> Option<&Exercise> {
        self.exercises.iter().find(|exercise| exercise.id == id)
    }

    /// Mermaid source behind a placeholder in any text of the pack.
    pub fn diagram_source(&self, hash: &str) -> Option<&str> {
        let mut documents = self.exercises.iter().flat_map(Exercise::documents);
        documents.find_map(|(_, document)| document.diagrams.iter().find(|d| d.hash == hash)).map(|d| d.source.as_str())
    }
}

impl Exercise {
    /// The design with this name.
    pub fn design(&self, name: &str) -> Option<&Design> {
        self.designs.iter().find(|design| design.name == name)
    }

    /// Every text with its file in the exercise's folder.
    pub fn documents(&self) -> Vec<(String, &Document)> {
        let mut all = vec![("brief.md".to_owned(), &self.brief)];
        all.extend(self.study.documents());
        all
    }

    /// The scenario that it is run in by default.
    pub fn default_scenario(&self) -> Option<&Scenario> {
        self.scenarios.get(&self.scenario)
    }
}

/// Reads the pack in `dir`. Never fails as a whole: what cannot be used is left out and found.
pub fn load_pack(dir: &Path) -> (Pack, Vec<Finding>) {
    load(&Source::Folder(dir.to_owned()))
}

/// Reads a pack from wherever it is.
pub fn load(source: &Source) -> (Pack, Vec<Finding>) {
    let (files, mut findings) = source.read();
    let pack = read(&files, &mut findings);
    findings.sort();
    findings.dedup();
    (pack, findings)
}

/// Everything that is wrong with a pack, diagrams included: each is rendered once by `render`, which may be slow.
pub fn lint(source: &Source, render: &dyn Fn(&str) -> Result<String, DiagramError>) -> Vec<Finding> {
    let (pack, mut findings) = load(source);
    for exercise in &pack.exercises {
        for (name, document) in exercise.documents() {
            let file = format!("{}/{name}", exercise.id);
            for diagram in document.diagrams.iter().filter(|diagram| check_size(&diagram.source).is_ok()) {
                if let Err(error) = render(&diagram.source).and_then(|svg| crate::diagram::clean_svg(&svg)) {
                    let remedy = "Correct the Mermaid block; try it in small steps.";
                    findings.push(Finding::error(&file, Some(diagram.line), format!("The diagram does not render: {error}."), remedy));
                }
            }
        }
    }
    findings.sort();
    findings
}

/// Files at the top of a pack that are for people, not for the program.
const FOR_PEOPLE: [&str; 4] = ["README.md", "LICENSE", "LICENSE.md", "LICENSE.txt"];

pub(crate) fn read(files: &Files, findings: &mut Vec<Finding>) -> Pack {
    let mut used: Vec<String> = FOR_PEOPLE.iter().map(|name| (*name).to_owned()).collect();
    let manifest = match files.get("pack.toml") {
        Some(text) => {
            let doc = Doc::new("pack.toml", text);
            let manifest = doc.read::<PackManifest>(findings).unwrap_or_default();
            doc.id(&manifest.id, findings);
            for (key, value) in [("title", &manifest.title), ("version", &manifest.version)] {
                doc.filled(key, value, findings);
            }
            manifest
        }
        None => {
            let remedy = "Add pack.toml with id, title, version and summary.";
            findings.push(Finding::error("pack.toml", None, "The pack has no pack.toml.", remedy));
            PackManifest::default()
        }
    };
    used.push("pack.toml".to_owned());
    let folders: std::collections::BTreeSet<&str> =
        files.keys().filter_map(|path| path.split_once('/')).map(|(folder, _)| folder).collect();
    let mut exercises = Vec::new();
    for folder in folders {
        if let Some(text) = files.get(&format!("{folder}/exercise.toml")) {
            used.push(format!("{folder}/exercise.toml"));
            exercises.extend(exercise(files, folder, text, &mut used, findings));
        } else {
            let file = format!("{folder}/exercise.toml");
            findings.push(Finding::warning(&file, None, "A folder without exercise.toml is not read.", "Add one, or move the folder out."));
        }
    }
    let in_read_folder = |path: &str| match path.split_once('/') {
        Some((folder, _)) => files.contains_key(&format!("{folder}/exercise.toml")),
        None => true,
    };
    for path in files.keys().filter(|path| in_read_folder(path) && !used.contains(path)) {
        findings.push(Finding::warning(path, None, "Nothing reads this file.", "Name it in exercise.toml, or remove it."));
    }
    Pack { manifest, exercises }
}

/// Uses what there is; `None` when there is too little to show.
fn exercise(files: &Files, folder: &str, text: &str, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Option<Exercise> {
    let path = format!("{folder}/exercise.toml");
    let doc = Doc::new(&path, text);
    let manifest = doc.read::<ExerciseManifest>(findings)?;
    doc.id(&manifest.id, findings);
    if manifest.id != folder {
        let message = format!("The id is {}, the folder {}.", quoted(&manifest.id), quoted(folder));
        findings.push(Finding::error(&path, doc.line(&["id"]), message, "Name both alike."));
    }
    for (key, value) in [("title", &manifest.title), ("subtitle", &manifest.subtitle), ("question", &manifest.question)] {
        doc.filled(key, value, findings);
    }
    if !(1..=600).contains(&manifest.minutes) {
        let line = doc.line(&["minutes"]);
        findings.push(Finding::error(&path, line, format!("{} minutes.", manifest.minutes), "Say 1 to 600 minutes."));
    }
    let designs: Vec<Design> = manifest
        .designs
        .iter()
        .enumerate()
        .filter_map(|(at, design)| read_design(files, folder, &doc, at, design, used, findings))
        .collect();
    let mut scenarios = BTreeMap::new();
    let prefix = format!("{folder}/scenarios/");
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with(&prefix) && path.ends_with(".toml")) {
        used.push(path.clone());
        let scenario_doc = Doc::new(path, text);
        if let Some(mut scenario) = scenario_doc.read::<Scenario>(findings)
            && check_scenario(&scenario_doc, &scenario, &designs, findings)
        {
            name_roles(&mut scenario, &designs);
            scenarios.insert(scenario.name.clone(), scenario);
        }
    }
    let (brief, study) = texts_of(files, folder, manifest.kind, &dives::Known { designs: &designs, scenarios: &scenarios }, used, findings);
    for (key, name, known) in [
        ("scenario", &manifest.scenario, scenarios.contains_key(&manifest.scenario)),
        ("reference", &manifest.reference, designs.iter().any(|design| design.name == manifest.reference)),
    ] {
        if !known {
            let message = format!("{key}: there is no usable {} of this name.", quoted(name));
            findings.push(Finding::error(&path, doc.line(&[key]), message, "Name one that is in the folder and has no errors."));
        }
    }
    let whole = scenarios.contains_key(&manifest.scenario) && designs.iter().any(|design| design.name == manifest.reference);
    whole.then_some(Exercise {
        id: folder.to_owned(),
        kind: manifest.kind,
        title: manifest.title,
        subtitle: manifest.subtitle,
        question: manifest.question,
        minutes: manifest.minutes,
        tags: manifest.tags,
        brief,
        scenarios,
        scenario: manifest.scenario,
        designs,
        reference: manifest.reference,
        study,
    })
}

/// Everything that is read: the brief and the study.
fn texts_of(
    files: &Files,
    folder: &str,
    kind: ExerciseKind,
    known: &dives::Known<'_>,
    used: &mut Vec<String>,
    findings: &mut Vec<Finding>,
) -> (Document, Study) {
    let sheet_path = format!("{folder}/worksheet.toml");
    let sheet = files.get(&sheet_path).map(|text| Doc::new(&sheet_path, text));
    let worksheet = sheet.and_then(|doc| worksheet::read(&doc, known.scenarios, findings));
    used.extend([sheet_path, format!("{folder}/sources.toml")]);
    let texts = Texts::new(folder, files, worksheet.as_ref(), findings);
    let brief_path = format!("{folder}/brief.md");
    used.push(brief_path.clone());
    let brief = match files.get(&brief_path) {
        Some(text) => texts.render(&brief_path, text, &BTreeMap::new(), findings),
        None => {
            findings.push(Finding::error(&brief_path, None, "The exercise has no brief.", "Add brief.md: the question, in words."));
            Document::default()
        }
    };
    let study = Study {
        phases: phases::read(&texts, kind == ExerciseKind::Exercise, used, findings),
        dives: dives::read(&texts, known, used, findings),
        rubric: lists::rubric(&texts, known, used, findings),
        twists: lists::twists(&texts, used, findings),
        cards: lists::cards(&texts, used, findings),
        worksheet: None,
    };
    (brief, Study { worksheet, ..study })
}

/// A figure of a component holds for any drawing: its role is that of the component of this id in the designs, unless the pack says it.
fn name_roles(scenario: &mut Scenario, designs: &[Design]) {
    let known = |figure: &str| {
        let (subject, _) = figure.split_once('.')?;
        designs.iter().find_map(|design| design.sketch.component(subject)).map(|component| component.role.clone())
    };
    for target in &mut scenario.targets {
        target.role = target.role.take().or_else(|| known(&target.figure));
    }
    for predict in &mut scenario.predict {
        predict.role = predict.role.take().or_else(|| known(&predict.figure));
    }
}

fn read_design(
    files: &Files,
    folder: &str,
    doc: &Doc<'_>,
    at: usize,
    design: &DesignManifest,
    used: &mut Vec<String>,
    findings: &mut Vec<Finding>,
) -> Option<Design> {
    let at = at.to_string();
    let path = format!("{folder}/designs/{}.json", design.name);
    let line = doc.line(&["design", &at, "name"]);
    if used.contains(&path) {
        findings.push(Finding::error(doc.file, line, format!("Two designs are named {}.", quoted(&design.name)), "Rename one."));
        return None;
    }
    let Some(text) = files.get(&path) else {
        let message = format!("There is no designs/{}.json.", design.name.chars().take(80).collect::<String>());
        findings.push(Finding::error(doc.file, line, message, "Add the sketch, or remove the design."));
        return None;
    };
    used.push(path.clone());
    for (key, value) in [("title", &design.title), ("summary", &design.summary)] {
        if value.trim().is_empty() {
            findings.push(Finding::error(doc.file, doc.line(&["design", &at, key]), format!("{key} is empty."), "Fill it in."));
        }
    }
    match Sketch::from_json(text) {
        Ok(sketch) => {
            check_sketch(&path, text, &sketch, findings);
            Some(Design {
                name: design.name.clone(),
                title: design.title.clone(),
                summary: design.summary.clone(),
                order: design.order,
                shut: design.shut,
                sketch,
            })
        }
        Err(error) => {
            let line = if let SketchError::Syntax { line, .. } = &error { Some(*line as u32) } else { None };
            findings.push(Finding::error(&path, line, format!("Not a sketch: {error}."), "Draw it again, or correct the file."));
            None
        }
    }
}

#[cfg(test)]
mod tests;
