//! The learner's data as a whole: where it is, everything as one file out and in, and what the learner has to know when it was damaged. Both
//! faces say it in the same words.

use std::path::Path;

use loadline_store::{Backup, Carried, Recovered, Store, StoreError, TableOutcome};

use crate::App;
use crate::contract::{DataBackup, DataFile, DataNotice, DataPlace, DataSummary, Empty, RpcError, StorageNotice};
use crate::designs::now_ms;

/// The code of data of which nothing can be read: only then there is a reason to start empty.
pub const LOST: &str = "store_lost";

impl App {
    /// Writes everything to one file.
    pub async fn data_export(&self, request: DataFile) -> Result<DataSummary, RpcError> {
        let file = file(&request)?;
        Ok(summary(&loadline_store::transfer::export(self.store().folder(), file).await?))
    }

    /// Brings in what a file carries and is not here yet.
    pub async fn data_import(&self, request: DataFile) -> Result<DataSummary, RpcError> {
        Ok(summary(&self.store().import(file(&request)?, now_ms()).await?))
    }

    /// Where the data is, and its backups.
    pub async fn data_place(&self, _: Empty) -> Result<DataPlace, RpcError> {
        place(self.store().folder())
    }

    /// What happened to the data that the learner has not read yet.
    pub async fn storage_notice(&self, _: Empty) -> Result<StorageNotice, RpcError> {
        let recovered = self.store().recoveries().await?;
        let mut notices: Vec<DataNotice> =
            recovered.iter().map(|(at_ms, recovered)| notice(self.store().folder(), *at_ms, recovered)).collect();
        if let Err(error) = self.daily_backup(now_ms()).await {
            let title = "Today’s backup could not be made.".to_owned();
            notices.push(DataNotice { at_ms: now_ms(), title, lines: vec![sentence(&error.message), error.hint.clone()] });
        }
        Ok(StorageNotice { notices })
    }

    /// The learner has read them.
    pub async fn storage_notice_seen(&self, _: Empty) -> Result<Empty, RpcError> {
        self.store().recoveries_seen(now_ms()).await?;
        Ok(Empty {})
    }
}

/// Begins anew, because the learner says so and nothing can be read: what is there is kept aside, and its path given back. Data that can be
/// read stays as it is.
pub async fn start_empty(folder: &Path) -> Result<Option<String>, RpcError> {
    match Store::open(folder, now_ms()).await {
        Err(StoreError::Lost { .. }) => {}
        Err(error) => return Err(error.into()),
        Ok(store) => {
            store.close().await;
            let hint = format!("There is no need to start empty. To begin anew all the same, move {} away.", folder.display());
            return Err(RpcError::new("data_open", "the data can be read, and nothing was done to it", hint));
        }
    }
    let kept = Store::start_empty(folder, now_ms()).await?;
    Ok(kept.map(|name| folder.join(name).display().to_string()))
}

/// Writes everything in a data folder to one file, without a window. One that is open elsewhere is read as it was saved last.
pub async fn export(folder: &Path, path: &str) -> Result<(DataSummary, Vec<DataNotice>), RpcError> {
    let request = DataFile { path: path.to_owned() };
    let file = file(&request)?;
    match Store::open(folder, now_ms()).await {
        Ok(store) => {
            let notices = unread(&store).await;
            let carried = loadline_store::transfer::export(folder, file).await;
            store.close().await;
            Ok((summary(&carried?), notices?))
        }
        Err(StoreError::Locked { .. }) => Ok((summary(&loadline_store::transfer::export(folder, file).await?), Vec::new())),
        Err(error) => Err(error.into()),
    }
}

/// Brings in what a file carries, without a window.
pub async fn import(folder: &Path, path: &str) -> Result<(DataSummary, Vec<DataNotice>), RpcError> {
    let request = DataFile { path: path.to_owned() };
    let file = file(&request)?;
    let store = Store::open(folder, now_ms()).await?;
    let notices = unread(&store).await;
    let carried = store.import(file, now_ms()).await;
    store.close().await;
    Ok((summary(&carried?), notices?))
}

/// Where the data of a folder is, whoever has it open.
pub fn place(folder: &Path) -> Result<DataPlace, RpcError> {
    let bytes = |name: String| std::fs::metadata(folder.join(name)).map_or(0, |meta| meta.len());
    let backup = |backup: Backup| DataBackup {
        file: backup.path.display().to_string(),
        bytes: backup.bytes,
        made_ms: backup.made_ms,
        reason: backup.reason.word().to_owned(),
    };
    Ok(DataPlace {
        folder: folder.display().to_string(),
        database_bytes: bytes(loadline_store::FILE.to_owned()) + bytes(format!("{}-wal", loadline_store::FILE)),
        backups: loadline_store::backups(folder)?.into_iter().map(backup).collect(),
    })
}

async fn unread(store: &Store) -> Result<Vec<DataNotice>, RpcError> {
    let recovered = store.recoveries().await?;
    Ok(recovered.iter().map(|(at_ms, recovered)| notice(store.folder(), *at_ms, recovered)).collect())
}

fn file(request: &DataFile) -> Result<&Path, RpcError> {
    if request.path.trim().is_empty() {
        return Err(RpcError::new("invalid_request", "no file was named", "Choose a file."));
    }
    Ok(Path::new(&request.path))
}

fn summary(carried: &Carried) -> DataSummary {
    DataSummary {
        path: carried.path.display().to_string(),
        bytes: carried.bytes,
        designs: carried.designs,
        runs: carried.runs,
        attempts: carried.attempts,
    }
}

/// A recovery in words: what is wrong, what came over, what is lost, where the rest is.
pub fn notice(folder: &Path, at_ms: i64, recovered: &Recovered) -> DataNotice {
    let mut lines = vec![format!("What was wrong: {}.", recovered.reason.trim_end_matches('.'))];
    for table in &recovered.tables {
        lines.push(outcome(table, recovered.backup.as_deref()));
    }
    if recovered.tables.is_empty() && recovered.missing_saves == 0 && recovered.counted {
        lines.push("Everything that was saved is here.".into());
    }
    if recovered.missing_saves > 0 {
        lines.push(format!(
            "{} missing: look through what you changed last.",
            count(recovered.missing_saves as u64, "last save is", "last saves are")
        ));
    }
    if !recovered.counted {
        lines.push("The list of what was there is damaged too: more may be missing than is counted here.".into());
    }
    if !recovered.kept.is_empty() {
        lines.push(format!("The damaged file is kept: {}.", folder.join(&recovered.kept).display()));
    }
    let lost = recovered.tables.iter().any(|table| table.lost > 0) || recovered.missing_saves > 0 || !recovered.counted;
    let title =
        if lost { "Your data was damaged, and not all of it could be read." } else { "Your data was damaged, and was brought over." };
    DataNotice { at_ms, title: title.into(), lines }
}

fn outcome(table: &TableOutcome, backup: Option<&str>) -> String {
    let mut parts = vec![format!("{} brought over", table.brought)];
    let backup = backup.unwrap_or("a backup");
    for (rows, words) in [
        (table.unproven, "of them perhaps changed by the damage".to_owned()),
        (table.from_backup, format!("from {backup}")),
        (table.older, format!("from {backup}, as they were then")),
        (table.parted, "without the design that they belonged to".to_owned()),
        (table.lost, "lost".to_owned()),
    ] {
        if rows > 0 {
            parts.push(format!("{rows} {words}"));
        }
    }
    format!("{}: {}.", words(&table.table), parts.join(", "))
}

/// A table as a learner knows it.
fn words(table: &str) -> &str {
    match table {
        "designs" => "Designs",
        "design_versions" => "Versions of designs",
        "undo_histories" => "Undo histories",
        "prediction_sets" => "Predictions",
        "predictions" => "Predicted figures",
        "runs" => "Runs",
        "run_numbers" => "Last numbers of runs",
        "settings" => "Settings",
        "openings" => "Solutions opened",
        "attempts" => "Attempts",
        "attempt_notes" => "Notes",
        "attempt_answers" => "Worksheet answers",
        "attempt_hints" => "Hints opened",
        "attempt_solutions" => "Solutions of phases opened",
        other => other,
    }
}

fn count(number: u64, one: &str, many: &str) -> String {
    if number == 1 { format!("1 {one}") } else { format!("{number} {many}") }
}

/// An error's message as a sentence.
fn sentence(message: &str) -> String {
    let mut letters = message.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

#[cfg(test)]
mod tests;
