//! `loadline export` and `loadline import`: a drawing in another tool's format, and a flowchart as a drawing.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use loadline_app::contract::{ExportFormat, ImportFinding};
use loadline_app::interchange::{self, files};
use loadline_app::library::{self, Library};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;
use loadline_model::words::counted;

use crate::Outcome;
use crate::args::{ExportArgs, FormatArg, ImportArgs};
use crate::check_design::read_sketch;
use crate::output::{Failure, print, progress};

impl From<FormatArg> for ExportFormat {
    fn from(format: FormatArg) -> Self {
        match format {
            FormatArg::Sketch => Self::Sketch,
            FormatArg::Mermaid => Self::Mermaid,
            FormatArg::Svg => Self::Svg,
            FormatArg::Png => Self::Png,
        }
    }
}

pub(crate) fn export(args: &ExportArgs) -> Outcome {
    let (mut sketch, scenario) = drawing(&args.design)?;
    if args.arrange {
        interchange::tidy(&mut sketch);
    }
    let format = match (args.to, args.output.extension().and_then(|ending| ending.to_str())) {
        (Some(to), _) => to.into(),
        (None, Some("mmd" | "mermaid")) => ExportFormat::Mermaid,
        (None, Some("svg")) => ExportFormat::Svg,
        (None, Some("png")) => ExportFormat::Png,
        (None, Some("json")) => ExportFormat::Sketch,
        (None, _) => {
            return Err(Failure::unusable(
                format!("{} does not say in which format", args.output.display()),
                "Give --to sketch, mermaid, svg or png; or let the file end with .json, .mmd, .svg or .png.",
            ));
        }
    };
    let is_picture = matches!(format, ExportFormat::Svg | ExportFormat::Png);
    for (given, flag, taken, by) in
        [(args.dark, "--dark", is_picture, "an SVG or a PNG"), (args.scale != 1, "--scale", matches!(format, ExportFormat::Png), "a PNG")]
    {
        if given && !taken {
            return Err(Failure::unusable(format!("{flag} is for {by}"), "Leave it out, or give another format."));
        }
    }
    let export = interchange::export(&sketch, scenario.as_ref(), format, args.dark, args.scale)?;
    if args.output == Path::new("-") {
        let mut out = std::io::stdout().lock();
        match out.write_all(&export.bytes).and_then(|()| out.flush()) {
            Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
            Err(error) => return Err(Failure::unusable(format!("standard output cannot be written: {error}"), "")),
            Ok(()) => {}
        }
    } else {
        files::write_whole(&args.output, &export.bytes, true)?;
        progress(&format!("{}: {}", args.output.display(), counted(export.bytes.len(), "byte")));
    }
    export.notes.iter().for_each(|note| progress(note));
    Ok(())
}

/// `twitter:good`, or the path of a sketch file; and the scenario of that exercise.
fn drawing(given: &str) -> Result<(Sketch, Option<Scenario>), Failure> {
    let path = Path::new(given);
    if let Some((exercise, design)) = given.split_once(':').filter(|_| !path.exists()) {
        let library = Library::open();
        let exercise = library.exercise(exercise)?;
        let scenario = library::scenario(exercise, None)?.clone();
        return Ok((library::bundled(exercise, design)?.clone(), Some(scenario)));
    }
    Ok((read_sketch(path)?, None))
}

pub(crate) fn import(args: &ImportArgs) -> Outcome {
    let text = files::read(&args.file)?;
    let scenario = match &args.exercise {
        Some(id) => Some(library::scenario(Library::open().exercise(id)?, None)?.clone()),
        None => None,
    };
    let roles: BTreeMap<String, String> = args.role.iter().cloned().collect();
    let known: Vec<&str> = loadline_model::catalog::roles().iter().map(|role| role.id).collect();
    if let Some((node, role)) = roles.iter().find(|(_, role)| !known.contains(&role.as_str())) {
        return Err(Failure::unusable(format!("{node}: no role is called {role}"), format!("Roles are {}.", known.join(", "))));
    }
    let imported = interchange::import(&text, &roles);
    if let Some(node) = roles.keys().find(|node| !imported.guesses.iter().any(|guess| &guess.node == *node)) {
        let nodes: Vec<&str> = imported.guesses.iter().map(|guess| guess.node.as_str()).take(40).collect();
        if !nodes.is_empty() {
            return Err(Failure::unusable(format!("no node is called {node}"), format!("Nodes are {}.", nodes.join(", "))));
        }
    }
    let file = args.file.display().to_string();
    let (errors, notes): (Vec<&ImportFinding>, Vec<_>) = imported.findings.iter().partition(|finding| finding.error);
    if !errors.is_empty() {
        let told: Vec<String> = errors.iter().map(|finding| told(&file, finding)).collect();
        return Err(Failure::unusable(told.join("\n"), "Nothing was written."));
    }
    let mut said = String::new();
    for guess in &imported.guesses {
        let role = guess.role.as_deref().unwrap_or("unknown");
        said.push_str(&format!("{}: {} is taken for {role}. {}\n", guess.node, guess.text, guess.why));
    }
    for finding in notes {
        said.push_str(&format!("{}\n", told(&file, finding)));
    }
    let Some(sketch) = imported.sketch else {
        progress(said.trim_end());
        let unknown: Vec<&str> = imported.guesses.iter().filter(|g| g.role.is_none()).map(|g| g.node.as_str()).collect();
        return Err(Failure::unusable(
            format!("{file}: nothing says what {} is", unknown.join(", ")),
            format!("Say it: --role {}=ROLE, where ROLE is one of {}.", unknown.first().unwrap_or(&"NODE"), known.join(", ")),
        ));
    };
    let findings = loadline_app::check::findings_for(&sketch, scenario.as_ref());
    let output = &args.output;
    if output == Path::new("-") {
        progress(said.trim_end());
        return print(&sketch.to_json());
    }
    files::write_whole(output, sketch.to_json().as_bytes(), true)?;
    let parts = format!("{}, {}", counted(sketch.components.len(), "component"), counted(sketch.links.len(), "link"));
    said.push_str(&format!("{}: {parts}; the check finds {}\n", output.display(), counted(findings.len(), "thing")));
    if !findings.is_empty() {
        said.push_str(&format!("Read them with: loadline check-design {}\n", output.display()));
    }
    print(&said)
}

fn told(file: &str, finding: &ImportFinding) -> String {
    let column = finding.column.map_or(String::new(), |column| format!(":{column}"));
    format!("{file}:{}{column}: {} {}", finding.line, sentence(&finding.message), finding.hint).trim_end().to_owned()
}

fn sentence(text: &str) -> String {
    if text.ends_with('.') { text.to_owned() } else { format!("{text}.") }
}
