//! `loadline report`: a report that was written as JSON, shown again, or as Markdown or HTML.

use std::io::Read;
use std::path::Path;

use loadline_app::report_files::{About, html, markdown};
use loadline_model::report::{FORMAT, Report};

use crate::Outcome;
use crate::args::ReportArgs;
use crate::output::{Failure, Target, one_stdout, print};
use crate::run::text;

/// The largest report that is read, bytes.
const MOST: u64 = 32 * 1024 * 1024;

pub(crate) fn report(args: &ReportArgs) -> Outcome {
    let (as_markdown, as_html) = (Target::new(args.markdown.as_deref())?, Target::new(args.html.as_deref())?);
    one_stdout(&[&as_markdown, &as_html])?;
    let report = read_report(&args.file)?;
    if !as_markdown.is_wanted() && !as_html.is_wanted() {
        print(&without_commands(&text::report(&report, args.origins)))?;
    }
    write(&report, &as_markdown, &as_html)
}

/// Writes what was asked for.
pub(crate) fn write(report: &Report, as_markdown: &Target<'_>, as_html: &Target<'_>) -> Outcome {
    if as_markdown.is_wanted() {
        as_markdown.write_text(&markdown(report, About::default()))?;
    }
    if as_html.is_wanted() {
        as_html.write_text(&html(report, About::default()))?;
    }
    Ok(())
}

/// Reads a report file; the error names file, line and column.
pub(crate) fn read_report(path: &Path) -> Result<Report, Failure> {
    let place = path.display();
    let remedy = "Give the path of a report: loadline run EXERCISE --json FILE writes one.";
    let file = std::fs::File::open(path).map_err(|error| Failure::unusable(format!("{place}: {error}"), remedy))?;
    let mut text = String::new();
    // Whatever the path is (a device never ends), no more is read than a report may have.
    file.take(MOST + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::unusable(format!("{place}: {error}"), "A report is a text file of JSON."))?;
    if text.len() as u64 > MOST {
        return Err(Failure::unusable(format!("{place}: too large for a report, which has at most {MOST} bytes"), remedy));
    }
    // The format first: a newer report may have another form.
    let value: serde_json::Value = serde_json::from_str(&text).map_err(|error| Failure::unusable(format!("{place}: {error}"), remedy))?;
    let format = value.get("format").and_then(serde_json::Value::as_u64);
    if format.is_some_and(|format| format > u64::from(FORMAT)) {
        return Err(Failure::unusable(
            format!("{place}: its format is {}, this version reads {FORMAT}", format.unwrap_or_default()),
            "Read it with a newer Loadline.",
        ));
    }
    serde_json::from_value(value).map_err(|error| Failure::unusable(format!("{place}: not a report: {error}"), remedy))
}

/// The text without control characters but line ends: those of a file would be commands to the terminal.
fn without_commands(text: &str) -> String {
    text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect()
}
