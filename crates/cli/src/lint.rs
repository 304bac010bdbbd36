//! `loadline lint`: a pack's findings with file and line; and the renderer that it and the window call as a child.

use std::path::Path;

use loadline_model::diagnostic::Severity;
use loadline_model::words::counted;

use crate::Outcome;
use crate::output::{Failure, own_program, print, progress};

pub(crate) fn lint(pack: &Path) -> Outcome {
    if !pack.is_dir() {
        return Err(Failure::unusable(
            format!("{} is not a folder", pack.display()),
            "Give the folder of a pack: the one with pack.toml in it.",
        ));
    }
    let findings = loadline_app::packs::lint(pack, &own_program()?);
    let mut text: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
    let errors = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    text.push_str(&format!("{}, {}\n", counted(errors, "error"), counted(findings.len() - errors, "warning")));
    print(&text)?;
    if errors > 0 { Err(Failure::Strict(format!("{} in {}", counted(errors, "error"), pack.display()))) } else { Ok(()) }
}

/// The body of the hidden command that draws one diagram.
pub(crate) fn render_diagram() -> i32 {
    match loadline_app::packs::render_diagram() {
        Ok(()) => 0,
        Err(error) => {
            progress(&error.to_string());
            1
        }
    }
}
