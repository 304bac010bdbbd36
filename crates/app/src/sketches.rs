//! Sketch files from outside: read within limits, validated, and kept as a new design of an exercise. A sketch does not say which exercise it is
//! of, so the exercises are ordered by the roles that they share with it and the learner says.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use loadline_model::sketch::{MAX_BYTES, Sketch};
use loadline_store::NewDesign;

use crate::contract::{ById, Design, RpcError, SketchFile, SketchFits, SketchKeep};
use crate::library::Library;
use crate::{App, check, designs};

/// Ending of sketch files that the desktop opens with Loadline, without its dot.
pub const ENDING: &str = "loadline";
/// The longest title of a design that is taken from a file, characters.
const MAX_TITLE: usize = 120;

/// Reads a sketch file; the error names file, line and column, and what to do. Whatever the path is (a device never ends), no more is read than a
/// sketch may have.
pub fn read(path: &Path) -> Result<Sketch, RpcError> {
    let wrong = |code: &str, reason: String, hint: &str| RpcError::new(code, format!("{}: {reason}", path.display()), hint);
    let unreadable = |reason: std::io::Error| wrong("sketch_unreadable", reason.to_string(), "Give the path of a sketch file.");
    let meta = std::fs::metadata(path).map_err(unreadable)?;
    if !meta.is_file() {
        return Err(wrong("sketch_unreadable", "not a file".into(), "Give the path of a sketch file."));
    }
    let mut bytes = Vec::new();
    File::open(path).map_err(unreadable)?.take(MAX_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MAX_BYTES {
        return Err(wrong(
            "sketch_too_large",
            format!("too large for a sketch, which has at most {MAX_BYTES} bytes"),
            "Check that it is the right file, or remove components.",
        ));
    }
    let no_sketch = "Check that it is the right file: a sketch is JSON with format, title, components and links.";
    let text = String::from_utf8(bytes).map_err(|_| wrong("not_a_sketch", "not text, so no sketch".into(), no_sketch))?;
    Sketch::from_json(&text).map_err(|reason| wrong("not_a_sketch", reason.to_string(), no_sketch))
}

/// The same, with what the window asks about it.
pub fn read_for_window(path: &Path, library: &Library) -> Result<SketchFile, RpcError> {
    let sketch = read(path)?;
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    Ok(SketchFile { name, diagnostics: check::findings(&sketch), exercises: fits(&sketch, library), sketch })
}

/// Every exercise, that first whose own designs share the most roles with the drawing.
fn fits(sketch: &Sketch, library: &Library) -> Vec<SketchFits> {
    let mut all: Vec<SketchFits> = library
        .exercises()
        .into_iter()
        .map(|exercise| {
            let known: BTreeSet<&str> =
                exercise.designs.iter().flat_map(|design| &design.sketch.components).map(|part| part.role.as_str()).collect();
            let shared = sketch.components.iter().filter(|part| known.contains(part.role.as_str())).count();
            SketchFits { id: exercise.id.clone(), title: exercise.title.clone(), shared: shared as u32 }
        })
        .collect();
    all.sort_by_key(|fits| std::cmp::Reverse(fits.shared));
    all
}

impl App {
    /// A sketch of a file as a new design. It is validated again: what the window sends need not be what a file had.
    pub async fn sketch_keep(&self, request: SketchKeep) -> Result<Design, RpcError> {
        let exercise = self.library().exercise(&request.exercise)?;
        let sketch = Sketch::from_json(&request.sketch.to_json()).map_err(|reason| {
            RpcError::new("not_a_sketch", reason.to_string(), "Mend the file there; loadline check-design says when it is sound.")
        })?;
        let number = self.store().designs(&exercise.id).await?.len() + 1;
        let title: String = request.title.trim().chars().filter(|letter| !letter.is_control()).take(MAX_TITLE).collect();
        let title = if title.is_empty() { format!("Design {number}") } else { title };
        let now_ms = designs::now_ms();
        let name = format!("d{now_ms}-{number}");
        let new = NewDesign { exercise: &exercise.id, name: &name, title: &title, based_on: None };
        let id = self.store().create_design(new, &Sketch { title: title.clone(), ..sketch }, now_ms).await?;
        self.design_open(ById { id: id.to_string() }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_sketch_says_what_it_is_and_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.loadline");
        let many = format!(r#"{{"format":1,"title":"t","components":[{}],"links":[]}}"#, ["{}"; 3].join(","));
        let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        for (bytes, code) in [
            (b"".to_vec(), "not_a_sketch"),
            (b"\xff\xfe\x00".to_vec(), "not_a_sketch"),
            (b"<svg onload='alert(1)'/>".to_vec(), "not_a_sketch"),
            (br#"{"format":2,"title":"t","components":[],"links":[]}"#.to_vec(), "not_a_sketch"),
            (many.into_bytes(), "not_a_sketch"),
            (deep.into_bytes(), "not_a_sketch"),
            (vec![b' '; MAX_BYTES + 1], "sketch_too_large"),
        ] {
            std::fs::write(&file, bytes).unwrap();
            let error = read(&file).unwrap_err();
            assert_eq!(error.code, code, "{error}");
            assert!(error.message.contains("a.loadline") && !error.hint.is_empty(), "{error}");
        }
        assert_eq!(read(folder.path()).unwrap_err().code, "sketch_unreadable");
        assert_eq!(read(&folder.path().join("none")).unwrap_err().code, "sketch_unreadable");
    }

    #[test]
    fn a_design_of_an_exercise_is_known_for_one() {
        let library = Library::open();
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("Mine.loadline");
        for id in ["twitter", "knee"] {
            let exercise = library.exercise(id).unwrap();
            for design in &exercise.designs {
                std::fs::write(&file, design.sketch.to_json()).unwrap();
                let read = read_for_window(&file, &library).unwrap();
                assert_eq!((read.name.as_str(), &read.sketch), ("Mine.loadline", &design.sketch));
                if id == "twitter" {
                    assert_eq!(read.exercises.first().map(|fits| fits.id.as_str()), Some(id), "{}", design.name);
                }
                assert!(read.exercises.iter().any(|fits| fits.id == id && fits.shared as usize == design.sketch.components.len()));
            }
        }
    }
}
