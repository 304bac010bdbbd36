//! `loadline data`: everything as one file out and in, where the data is, and beginning anew.

use loadline_app::contract::{DataNotice, DataSummary};
use loadline_app::{data, data_dir};
use loadline_model::words::counted;

use crate::Outcome;
use crate::args::DataCommand;
use crate::output::{Failure, print, progress};
use crate::run::async_runtime;

pub(crate) fn data(command: &DataCommand) -> Outcome {
    let folder = data_dir()?;
    let text = |file: &std::path::Path| {
        let text = file.to_str().map(str::to_owned);
        text.ok_or_else(|| Failure::unusable("the path of the file is not text", "Choose a file whose name is text."))
    };
    match command {
        DataCommand::Export { file } => {
            let file = text(file)?;
            let (written, notices) = async_runtime()?.block_on(data::export(&folder, &file))?;
            tell(&notices);
            print(&format!("{} written, {}: {}.\n", written.path, size(written.bytes), contents(&written)))
        }
        DataCommand::Import { file } => {
            let file = text(file)?;
            let (brought, notices) = async_runtime()?.block_on(data::import(&folder, &file))?;
            tell(&notices);
            print(&format!("{} brought in. New here: {}.\n", brought.path, contents(&brought)))
        }
        DataCommand::Place => {
            let place = data::place(&folder)?;
            let mut lines = vec![format!("{}, database {}", place.folder, size(place.database_bytes))];
            lines.extend(place.backups.iter().map(|backup| format!("  {}, {}, {}", backup.file, backup.reason, size(backup.bytes))));
            if place.backups.is_empty() {
                lines.push("  no backups yet".to_owned());
            }
            print(&format!("{}\n", lines.join("\n")))
        }
        DataCommand::StartEmpty => {
            let kept = async_runtime()?.block_on(data::start_empty(&folder))?;
            let kept = kept.map_or_else(|| "There was no database.".to_owned(), |kept| format!("What was there is kept: {kept}."));
            print(&format!("{kept} The next start begins empty; backups stay in {}.\n", folder.join("backups").display()))
        }
    }
}

/// What happened to the data stands before what was asked for.
fn tell(notices: &[DataNotice]) {
    for notice in notices {
        progress(&notice.title);
        notice.lines.iter().for_each(|line| progress(&format!("  {line}")));
    }
}

fn contents(summary: &DataSummary) -> String {
    let number = |count: u64, one: &str| counted(usize::try_from(count).unwrap_or(usize::MAX), one);
    format!("{}, {}, {}", number(summary.designs, "design"), number(summary.runs, "run"), number(summary.attempts, "attempt"))
}

/// `3.2 MB`.
fn size(bytes: u64) -> String {
    match bytes {
        bytes if bytes < 1000 => counted(usize::try_from(bytes).unwrap_or(usize::MAX), "byte"),
        bytes if bytes < 1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        bytes => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
