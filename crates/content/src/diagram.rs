//! Mermaid to SVG, behind a fence: size limits before, a renderer that can be stopped, an allow-list after. The renderer (mermaid-rs-renderer)
//! can panic, run for long, and pass script into its SVG; nothing here relies on it.
//!
//! | module | what it holds |
//! |---|---|
//! | [`fence`] | the renderer in a thread with a deadline, in a child process that is killed, and that child's own body |
//! | `svg` | what of an SVG is let through |

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

pub mod fence;
mod svg;

pub use fence::{ChildRenderer, render_in_process, render_stdio};
pub use svg::clean_svg;

/// Longest source, bytes.
pub const MAX_BYTES: usize = 8 * 1024;
/// Most lines (or statements after `;`).
pub const MAX_LINES: usize = 200;
/// Most nodes; 50 nodes take about half a second.
pub const MAX_NODES: usize = 60;
/// Most edges.
pub const MAX_EDGES: usize = 120;
/// Largest SVG, bytes.
pub const MAX_SVG_BYTES: usize = 2 * 1024 * 1024;
/// Diagrams kept rendered.
const MAX_CACHED: usize = 128;

/// Why there is no picture.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DiagramError {
    /// Too much of something.
    #[error("{count} {what}, more than the {limit} that are drawn")]
    TooLarge {
        /// Bytes, lines, nodes ...
        what: &'static str,
        /// How many.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// Not Mermaid.
    #[error("{0}")]
    Syntax(String),
    /// The renderer broke.
    #[error("the renderer broke on it")]
    Panicked,
    /// It took too long.
    #[error("not drawn within {0} ms")]
    Deadline(u64),
    /// The child process failed.
    #[error("the renderer's process failed: {0}")]
    Process(String),
    /// The SVG was not well formed.
    #[error("the picture is not well formed: {0}")]
    Svg(String),
}

/// SHA-256 in hex.
pub fn hash(source: &str) -> String {
    Sha256::digest(source.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Refuses what is too large to draw, without parsing it.
pub fn check_size(source: &str) -> Result<(), DiagramError> {
    let lines = source.split(['\n', ';']).count();
    // One line of `a & b --> c & d` has an edge for each pair.
    let joined = source.matches('&').count();
    for (what, count, limit) in [("bytes", source.len(), MAX_BYTES), ("lines", lines, MAX_LINES), ("`&`", joined, MAX_LINES)] {
        if count > limit {
            return Err(DiagramError::TooLarge { what, count, limit });
        }
    }
    Ok(())
}

/// Rendered diagrams by content. A failure is not kept: a deadline missed once may be met later.
#[derive(Debug, Default)]
pub struct Diagrams {
    rendered: Mutex<BTreeMap<String, String>>,
}

impl Diagrams {
    /// Safe SVG for a source: from the cache, or by `render`, cleaned here whatever it returns.
    pub fn svg(&self, source: &str, render: &dyn Fn(&str) -> Result<String, DiagramError>) -> Result<String, DiagramError> {
        check_size(source)?;
        let key = hash(source);
        // The lock is not held while rendering: a slow diagram does not hold up a quick one.
        if let Some(svg) = self.rendered.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(svg.clone());
        }
        let svg = clean_svg(&render(source)?)?;
        let mut rendered = self.rendered.lock().unwrap_or_else(PoisonError::into_inner);
        if rendered.len() >= MAX_CACHED {
            rendered.pop_first();
        }
        rendered.insert(key, svg.clone());
        Ok(svg)
    }
}

#[cfg(test)]
mod tests;
