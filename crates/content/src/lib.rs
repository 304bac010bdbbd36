//! Packs: folders of plain files that become exercises and labs. Reads, checks and renders them; never trusts them. It does not know the
//! engines: whether a design is any good is for analysis and runs to say.
//!
//! | module | what it holds |
//! |---|---|
//! | [`source`] | where a pack's files come from (a folder, or the binary itself), within limits |
//! | [`manifest`] | the form of `pack.toml` and `exercise.toml` |
//! | [`pack`] | files to [`Pack`], with everything that is wrong on the way |
//! | [`study`] | phases, hints, dives, rubric, twists and cards |
//! | [`worksheet`] | the estimation worksheet: units, formulas, grading |
//! | [`finding`] | what is wrong, with file and line |
//! | `lint` | the checks of scenarios, sketches and TOML |
//! | [`markdown`] | Markdown to safe HTML, diagrams left as placeholders |
//! | [`diagram`] | Mermaid to safe SVG, behind a fence |

pub mod diagram;
pub mod finding;
mod lint;
pub mod manifest;
pub mod markdown;
pub mod pack;
pub mod source;
pub mod study;
pub mod worksheet;

pub use diagram::Diagrams;
pub use finding::Finding;
pub use pack::{Design, Exercise, Pack, lint, load, load_pack};
pub use source::Source;
pub use study::Study;
