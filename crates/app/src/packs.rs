//! Packs from outside: their findings, and their diagrams drawn in a child process that can be stopped.

use std::path::Path;
use std::time::Duration;

use loadline_content::diagram::{ChildRenderer, DiagramError};
use loadline_content::{Finding, Source};

/// A diagram has this long.
const DRAWN_WITHIN: Duration = Duration::from_secs(5);

/// Draws in a child: `PROGRAM render-diagram`.
pub(crate) fn renderer(program: &Path) -> ChildRenderer {
    ChildRenderer { program: program.to_owned(), arguments: vec!["render-diagram".to_owned()], deadline: DRAWN_WITHIN }
}

/// Every finding of the pack in `folder`; its diagrams are drawn by `program`.
pub fn lint(folder: &Path, program: &Path) -> Vec<Finding> {
    let renderer = renderer(program);
    loadline_content::lint(&Source::Folder(folder.to_owned()), &|source| renderer.render(source))
}

/// The child's body: Mermaid on standard input, SVG on standard output.
pub fn render_diagram() -> Result<(), DiagramError> {
    loadline_content::diagram::render_stdio(std::io::stdin().lock(), std::io::stdout().lock())
}
