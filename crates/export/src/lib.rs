//! Sketches and reports in other tools' formats, and back. Pure: text in, text out; it opens no file, knows no clock and runs nothing.
//!
//! | module | what it holds |
//! |---|---|
//! | [`report`] | a report as Markdown and as one HTML file |

pub mod report;
