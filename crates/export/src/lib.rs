//! Sketches and reports in other tools' formats, and back. Pure: text in, text out; it opens no file (a PNG reads the machine's fonts), knows no
//! clock and runs nothing.
//!
//! | module | what it holds |
//! |---|---|
//! | [`report`] | a report as Markdown and as one HTML file |
//! | [`sketch`] | a drawing's routes, tidy positions, SVG, PNG and Mermaid, and Mermaid back to a drawing |

pub mod report;
pub mod sketch;
