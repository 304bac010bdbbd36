//! `loadline check-design`: what is wrong with a drawing, and what each part can do.

use std::io::Read;

use loadline_app::contract::RunWish;
use loadline_app::library::{self, Library};
use loadline_model::diagnostic::Severity;
use loadline_model::sketch::Sketch;
use loadline_model::words::counted;

use crate::Outcome;
use crate::args::CheckArgs;
use crate::output::{Failure, pace, print};

pub(crate) fn check_design(args: &CheckArgs) -> Outcome {
    let sketch = read_sketch(&args.file)?;
    let (diagnostics, abilities, plan) = match &args.exercise {
        Some(id) => {
            let library = Library::open();
            let scenario = library::scenario(library.exercise(id)?, None)?.clone();
            let wish = RunWish {
                scenario: scenario.name.clone(),
                shape: None,
                rate_per_s: None,
                duration_s: None,
                seed: None,
                prefer: Default::default(),
            };
            let check = loadline_app::check::check(id, &sketch, &scenario, &wish)?;
            (check.diagnostics, check.abilities, check.plan)
        }
        None => (loadline_app::check::findings(&sketch), Default::default(), None),
    };
    let mut text = String::new();
    for d in &diagnostics {
        let severity = match d.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let component = d.component.as_deref().map_or(String::new(), |c| format!("{c}: "));
        text.push_str(&format!("{severity}: {component}{} {}\n", d.reason, d.remedy));
    }
    for (id, ability) in &abilities {
        for line in &ability.lines {
            text.push_str(&format!("{id}: {}: {}\n", line.operation, line.text));
        }
    }
    if let Some(plan) = plan {
        text.push_str(&format!(
            "runs as {}, {}, about {:.0}% of this machine (modelled)\n",
            counted(plan.processes as usize, "process"),
            pace(plan.dilation),
            plan.laptop_share * 100.0
        ));
    }
    let count = |severity| diagnostics.iter().filter(|d| d.severity == severity).count();
    let (errors, warnings) = (count(Severity::Error), count(Severity::Warning));
    let found = format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"));
    text.push_str(&format!("{found}\n"));
    print(&text)?;
    if errors > 0 || (args.strict && warnings > 0) {
        return Err(Failure::Strict(format!("{}: {found}", args.file.display())));
    }
    Ok(())
}

/// Reads a sketch file; the error names file, line and column.
pub(crate) fn read_sketch(path: &std::path::Path) -> Result<Sketch, Failure> {
    let file = std::fs::File::open(path)
        .map_err(|e| Failure::unusable(format!("{}: {e}", path.display()), "Give the path of a sketch file, or the name of a design."))?;
    let mut text = String::new();
    // Whatever the path is (a device never ends), no more is read than a sketch may have.
    let most = loadline_model::sketch::MAX_BYTES as u64;
    file.take(most + 1)
        .read_to_string(&mut text)
        .map_err(|e| Failure::unusable(format!("{}: {e}", path.display()), "A sketch is a text file of JSON."))?;
    if text.len() as u64 > most {
        return Err(Failure::unusable(
            format!("{}: too large for a sketch, which has at most {most} bytes", path.display()),
            "Remove components, or check that it is the right file.",
        ));
    }
    Sketch::from_json(&text).map_err(|e| {
        Failure::unusable(format!("{}: {e}", path.display()), "Mend the file there; loadline check-design says when it is sound.")
    })
}
