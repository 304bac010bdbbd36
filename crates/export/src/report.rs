//! A report as a file for people: Markdown, or one HTML file without scripts that opens anywhere. Pure: a report in, text out. The JSON form is
//! the report itself. Names and notes are hostile: each form escapes all that is not its own.
//!
//! | module | what it holds |
//! |---|---|
//! | `content` | what a report says, in reading order, whatever the form |
//! | `detail` | its later sections: operations, components, counts, scale, origins, the drawing |
//! | `words` | figures with their units as people read them |
//! | `markdown`, `html` | the two forms |
//! | `picture` | percentile curves and the drawing as SVG, for HTML |

mod content;
mod detail;
mod html;
mod markdown;
mod picture;
mod words;

use loadline_model::report::Report;

/// What a report does not say itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct About {
    /// Number of the run in its exercise, where it has one.
    pub run: Option<u32>,
    /// When it began, milliseconds since 1970.
    pub started_ms: Option<i64>,
}

/// The report as Markdown (CommonMark with tables).
pub fn markdown(report: &Report, about: About) -> String {
    markdown::text(&content::document(report, about))
}

/// The report as one HTML file: styles inline, no scripts, nothing fetched, light or dark as the reader's system.
pub fn html(report: &Report, about: About) -> String {
    html::text(&content::document(report, about))
}

#[cfg(test)]
mod tests;
