//! `loadline compare`: two reports of one exercise. What they were given comes first, then each figure; no winner is named.

use std::fmt::Write;
use std::path::Path;

use loadline_app::comparison::{Side, compare as compared};
use loadline_app::contract::{CompareSays, ComparedRun, Comparison};
use loadline_model::report::Tag;

use crate::Outcome;
use crate::args::CompareArgs;
use crate::output::{Failure, Target, number, print, shown};
use crate::report::read_report;
use crate::run::text::verdict;

pub(crate) fn compare(args: &CompareArgs) -> Outcome {
    let json = Target::new(args.json.as_deref())?;
    let (a, b) = (read_report(&args.a)?, read_report(&args.b)?);
    let title = |path: &Path| path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
    let (title_a, title_b) = (title(&args.a), title(&args.b));
    let comparison = compared(
        Side { id: "", title: &title_a, report: &a, sketch: a.sketch.as_ref() },
        Side { id: "", title: &title_b, report: &b, sketch: b.sketch.as_ref() },
    )?;
    let value = serde_json::to_value(&comparison).map_err(|error| Failure::unusable(error.to_string(), "Report it."))?;
    if !json.is_stdout() {
        print(&text(&comparison))?;
    }
    json.write(&value)
}

fn text(comparison: &Comparison) -> String {
    let mut out = String::new();
    // Writing into a String cannot fail.
    let _ = writeln!(out, "\nA  {}\nB  {}", side(&comparison.a), side(&comparison.b));
    let _ = writeln!(out, "\nWhat they were given");
    let drawing: Vec<String> = match &comparison.changes {
        None => vec!["unknown, for a report does not hold its drawing (loadline run --json writes it)".to_owned()],
        Some(changes) if changes.is_empty() => vec!["the same drawing".to_owned()],
        Some(changes) => changes.iter().map(|change| shown(&change.text)).collect(),
    };
    for line in drawing {
        let _ = writeln!(out, "  design: {line}");
    }
    if comparison.inputs.is_empty() {
        let _ = writeln!(out, "  scenario, load, seed and scale: the same");
    }
    for input in &comparison.inputs {
        let _ = writeln!(out, "  {}: {} → {}", shown(&input.what), shown(&input.a), shown(&input.b));
    }
    let _ = writeln!(out);
    for caution in &comparison.cautions {
        let _ = writeln!(out, "{}", shown(caution));
    }
    for group in &comparison.groups {
        let _ = writeln!(out, "\n{}, {}", shown(&group.title), group.remark);
        let _ = writeln!(out, "  {:<44} {:>12} {:>12} {:>12} {:>9}", "", "A", "B", "B − A", "B ÷ A");
        for row in &group.rows {
            let mark = match row.tag {
                Tag::Measured => "●",
                Tag::Modelled => "○",
                Tag::Assumed => "◌",
            };
            let label = if row.unit.is_empty() { shown(&row.label) } else { format!("{}, {}", shown(&row.label), row.unit) };
            let (difference, ratio) = match row.says {
                CompareSays::Same => ("no difference".to_owned(), String::new()),
                CompareSays::Unknown => ("unknown".to_owned(), String::new()),
                CompareSays::Differs => {
                    let signed =
                        row.difference.map_or("unknown".to_owned(), |d| format!("{}{}", if d > 0.0 { "+" } else { "" }, number(Some(d))));
                    (signed, row.ratio.map_or(String::new(), |ratio| format!("{ratio:.2} ×")))
                }
            };
            let _ = writeln!(out, "  {label:<42} {mark} {:>12} {:>12} {difference:>13} {ratio:>8}", number(row.a), number(row.b));
        }
    }
    let _ = writeln!(
        out,
        "\n● measured  ○ modelled  ◌ assumed   latencies: no difference within {}%, which is as near as the histograms tell",
        loadline_app::comparison::PRECISION * 100.0
    );
    out
}

fn side(side: &ComparedRun) -> String {
    let (met, missed, all) = side.targets;
    let name = if side.name.is_empty() { String::new() } else { format!(" ({})", shown(&side.name)) };
    let targets = if all == 0 { "no targets".to_owned() } else { format!("{met} of {all} targets met, {missed} missed") };
    format!(
        "{}{name}: design {}, scenario {}, seed {}: {}, {targets}",
        shown(&side.title),
        shown(&side.design),
        shown(&side.scenario),
        side.seed,
        verdict(side.verdict)
    )
}
