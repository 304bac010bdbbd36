//! Sketches in other tools' formats: exported to a file or the clipboard, and brought in with a preview and a list of guesses. Drawing and parsing
//! are the export crate's; here is where files are and what a learner is told.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use loadline_export::sketch::mermaid::{self, Guess};
use loadline_export::sketch::svg::{Picture, Theme, draw};
use loadline_export::sketch::{canvas::Rect, layout as arrange, png};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::{Sketch, SketchError};

use crate::App;
use crate::check;
use crate::contract::{
    ExportFormat, ExportRequest, ExportSave, ExportSaved, ExportText, ImportFinding, ImportGuess, ImportRequest, Imported, Layout,
    LayoutRequest, Place, RpcError,
};
use crate::library;

pub mod files;
#[cfg(test)]
mod tests;

/// A drawing in a format.
pub struct Export {
    /// The file's bytes.
    pub bytes: Vec<u8>,
    /// What was left out or made smaller, as sentences.
    pub notes: Vec<String>,
}

impl ExportFormat {
    /// Ending of its files.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Sketch => "json",
            Self::Mermaid => "mmd",
            Self::Svg => "svg",
            Self::Png => "png",
        }
    }
}

/// Exports a drawing. `scenario` says what its client asks.
pub fn export(sketch: &Sketch, scenario: Option<&Scenario>, format: ExportFormat, dark: bool, scale: u32) -> Result<Export, RpcError> {
    let text = |text: String, notes: Vec<String>| Ok(Export { bytes: text.into_bytes(), notes });
    match format {
        ExportFormat::Sketch => text(sketch.to_json(), Vec::new()),
        ExportFormat::Mermaid => text(mermaid::write(sketch), left_out(sketch)),
        ExportFormat::Svg => {
            let picture = picture(sketch, scenario, dark);
            let notes = plain_lines(&picture);
            text(picture.svg, notes)
        }
        ExportFormat::Png => {
            let picture = picture(sketch, scenario, dark);
            let asked = scale.clamp(1, 2) as f32;
            let pixels = png::pixels(&picture, asked)
                .map_err(|error| RpcError::new("no_picture", error.to_string(), "An SVG holds the same picture."))?;
            let mut notes = plain_lines(&picture);
            if pixels.scale < asked {
                notes.push(format!(
                    "The drawing is very large: the picture is {} by {} pixels, smaller than life.",
                    pixels.width, pixels.height
                ));
            }
            Ok(Export { bytes: pixels.bytes, notes })
        }
    }
}

/// Puts a drawing in tidy places.
pub fn tidy(sketch: &mut Sketch) {
    arrange::layout(sketch).apply(sketch);
}

fn picture(sketch: &Sketch, scenario: Option<&Scenario>, dark: bool) -> Picture {
    draw(sketch, &check::says(sketch, scenario), if dark { Theme::Dark } else { Theme::Light })
}

fn plain_lines(picture: &Picture) -> Vec<String> {
    let many = |n| if n == 1 { "One link has".to_owned() } else { format!("{n} links have") };
    let told = |n| format!("{} no lane of their own and are drawn as plain lines: move boxes that lie on each other apart.", many(n));
    Some(picture.plain).filter(|n| *n > 0).map(told).into_iter().collect()
}

fn left_out(sketch: &Sketch) -> Vec<String> {
    let set = sketch.components.iter().filter(|component| !component.settings.is_empty()).count();
    let told = |n| {
        format!(
            "Mermaid has no place for settings: those of {n} {} are only in a sketch file.",
            if n == 1 { "component" } else { "components" }
        )
    };
    Some(set).filter(|n| *n > 0).map(told).into_iter().collect()
}

/// Reads a sketch file or a flowchart, whichever it is. `roles` are said by the learner and go before guesses.
pub fn import(text: &str, roles: &BTreeMap<String, String>) -> Imported {
    let sketch_file = text.trim_start_matches('\u{FEFF}').trim_start().starts_with('{');
    if sketch_file { from_sketch(text.trim_start_matches('\u{FEFF}')) } else { from_mermaid(text, roles) }
}

fn whole(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn from_sketch(text: &str) -> Imported {
    let (sketch, findings) = match Sketch::from_json(text) {
        Ok(sketch) => (Some(sketch), Vec::new()),
        Err(error) => {
            let (line, column, message) = match &error {
                SketchError::Syntax { line, column, reason } => (*line, Some(whole(*column)), reason.clone()),
                other => (1, None, other.to_string()),
            };
            let hint = "Mend the file there, or export it anew.".to_owned();
            (None, vec![ImportFinding { line: whole(line.max(1)), column, message, hint, error: true }])
        }
    };
    Imported { format: ExportFormat::Sketch, guesses: Vec::new(), findings, sketch, preview: None }
}

fn from_mermaid(text: &str, roles: &BTreeMap<String, String>) -> Imported {
    let nothing = |findings| Imported { format: ExportFormat::Mermaid, guesses: Vec::new(), findings, sketch: None, preview: None };
    let chart = match mermaid::read(text) {
        Ok(chart) => chart,
        Err(errors) => {
            let finding = |e: mermaid::read::ReadError| ImportFinding {
                line: whole(e.line),
                column: Some(whole(e.column)),
                message: e.message,
                hint: e.remedy,
                error: true,
            };
            return nothing(errors.into_iter().map(finding).collect());
        }
    };
    let guesses: Vec<Guess> = mermaid::guess(&chart);
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for guess in &guesses {
        if let Some(role) = roles.get(&guess.node).cloned().or_else(|| guess.role.map(str::to_owned)) {
            taken.insert(guess.node.clone(), role);
        }
    }
    let cards = guesses.into_iter().map(|guess| ImportGuess {
        why: if roles.contains_key(&guess.node) { "You said so.".to_owned() } else { guess.why },
        role: taken.get(&guess.node).cloned(),
        line: whole(guess.line),
        text: guess.text,
        node: guess.node,
    });
    let cards: Vec<ImportGuess> = cards.collect();
    let note = |note: mermaid::read::Note| ImportFinding {
        line: whole(note.line),
        column: None,
        message: note.text,
        hint: String::new(),
        error: false,
    };
    match mermaid::bring(&chart, &taken) {
        Ok(brought) => {
            let findings = brought.notes.into_iter().map(note).collect();
            Imported { guesses: cards, sketch: Some(brought.sketch), ..nothing(findings) }
        }
        Err(_missing) => Imported { guesses: cards, ..nothing(chart.notes.into_iter().map(note).collect()) },
    }
}

impl App {
    /// A drawing as text, for the clipboard. A picture of pixels has none.
    pub async fn export_text(&self, request: ExportRequest) -> Result<ExportText, RpcError> {
        let export = self.exported(request).await?;
        let text = String::from_utf8(export.bytes)
            .map_err(|_| RpcError::new("no_text", "a PNG is no text", "Save it as a file, or copy the SVG."))?;
        Ok(ExportText { text })
    }

    /// Exports a drawing to a file, whole or not at all.
    pub async fn export_save(&self, request: ExportSave) -> Result<ExportSaved, RpcError> {
        let ExportSave { what, path, replace } = request;
        let (title, format) = (what.sketch.title.clone(), what.format);
        let export = self.exported(what).await?;
        let folder = self.places().data_dir.join("exports");
        let bytes = export.bytes.len() as u64;
        let writing = move || match path.filter(|path| !path.trim().is_empty()) {
            Some(path) => {
                let path = files::chosen(&path, format)?;
                files::write_whole(&path, &export.bytes, replace).map(|()| path)
            }
            None => files::write_new(&folder, &title, format.ending(), &export.bytes),
        };
        let path: PathBuf = work(writing).await??;
        Ok(ExportSaved { path: path.display().to_string(), bytes, notes: export.notes })
    }

    async fn exported(&self, request: ExportRequest) -> Result<Export, RpcError> {
        let ExportRequest { sketch, format, exercise, dark, scale } = request;
        let scenario = match exercise {
            Some(id) => Some(library::scenario(self.library().exercise(&id)?, None)?.clone()),
            None => None,
        };
        work(move || export(&sketch, scenario.as_ref(), format, dark, scale)).await?
    }

    /// Reads a sketch file or a flowchart and says what it was taken for. Nothing is kept.
    pub async fn import_read(&self, request: ImportRequest) -> Result<Imported, RpcError> {
        let ImportRequest { text, path, roles, dark } = request;
        work(move || {
            let text = match (text, path) {
                (Some(text), _) => text,
                (None, Some(path)) => files::read(Path::new(path.trim()))?,
                (None, None) => return Err(RpcError::new("nothing", "there is nothing to import", "Paste a text, or name a file.")),
            };
            let mut imported = import(&text, &roles);
            imported.preview = imported.sketch.as_ref().map(|sketch| picture(sketch, None, dark).svg);
            Ok(imported)
        })
        .await?
    }

    /// Tidy positions.
    pub async fn layout(&self, request: LayoutRequest) -> Result<Layout, RpcError> {
        let layout = work(move || arrange::layout(&request.sketch)).await?;
        let place = |(id, rect): (String, Rect)| {
            let Rect { x, y, width, height } = rect;
            (id, Place { x: f64::from(x), y: f64::from(y), width: f64::from(width), height: f64::from(height) })
        };
        Ok(Layout {
            at: layout.at,
            groups: layout.groups.into_iter().map(place).collect(),
            comments: layout.comments.into_iter().map(place).collect(),
        })
    }
}

/// Runs what may take a while beside the others.
async fn work<T: Send + 'static>(doing: impl FnOnce() -> T + Send + 'static) -> Result<T, RpcError> {
    let done = tokio::task::spawn_blocking(doing).await;
    done.map_err(|error| RpcError::new("internal", error.to_string(), "The drawing is as it was. Report it with the drawing."))
}
