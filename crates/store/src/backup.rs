//! Copies of the database in `backups/`: before each migration, before an import, and one a day. Each is checked before it counts, and kept
//! by age. A clock that was set back or ahead neither overwrites one nor has many deleted.

use std::collections::BTreeSet;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use sqlx::{Connection, SqliteConnection};

use crate::calendar::{day, stamp, unstamp};
use crate::error::StoreError;
use crate::inspect::{Look, declared, inspect, read_only};
use crate::{FILE, Store};

/// Folder of the backups in the data folder.
pub const FOLDER: &str = "backups";

/// Days of which every daily backup is kept.
const DAYS: i64 = 7;
/// Weeks of which one is kept.
const WEEKS: i64 = 8;
/// The newest of each reason are always kept.
const ALWAYS: usize = 3;
/// At most so many go at a time, so that a wrong clock cannot have them all deleted.
const GONE_AT_ONCE: usize = 2;

/// Why a backup was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The first opening of a day.
    Daily,
    /// Before the database was brought up to date.
    Migration,
    /// Before an import.
    Import,
}

impl Reason {
    /// `daily`, `migration` or `import`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Daily => "daily",
            Self::Migration => "migration",
            Self::Import => "import",
        }
    }
    fn of(word: &str) -> Option<Self> {
        [Self::Daily, Self::Migration, Self::Import].into_iter().find(|reason| reason.word() == word)
    }
}

/// A backup that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    /// The file.
    pub path: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// When it was made, ms since 1970, to the second.
    pub made_ms: i64,
    /// Why.
    pub reason: Reason,
}

impl Backup {
    /// Name of the file.
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }
}

impl Store {
    /// Makes the day's backup, if there is none yet. `None`: there is one.
    pub async fn back_up_daily(&self, now_ms: i64) -> Result<Option<Backup>, StoreError> {
        let _alone = self.backing_up.lock().await;
        let today = day(now_ms);
        if backups(&self.folder)?.iter().any(|backup| backup.reason == Reason::Daily && day(backup.made_ms) == today) {
            return Ok(None);
        }
        self.back_up_alone(Reason::Daily, now_ms).await.map(Some)
    }

    /// Makes a backup now; one that is being made already is waited for.
    pub async fn back_up(&self, reason: Reason, now_ms: i64) -> Result<Backup, StoreError> {
        let _alone = self.backing_up.lock().await;
        self.back_up_alone(reason, now_ms).await
    }

    async fn back_up_alone(&self, reason: Reason, now_ms: i64) -> Result<Backup, StoreError> {
        // A store that is closed has its folder no more.
        if self.writer.is_closed() {
            return Err(sqlx::Error::PoolClosed.into());
        }
        let mut connection = read_only(&self.folder.join(FILE)).await?;
        let made = make(&mut connection, &self.folder, reason, now_ms).await;
        connection.close().await?;
        made
    }
}

/// The backups of a data folder, newest first. Other files there are let be.
pub fn backups(folder: &Path) -> Result<Vec<Backup>, StoreError> {
    let place = folder.join(FOLDER);
    let io = |source: std::io::Error| StoreError::Io { path: place.clone(), source };
    let entries = match std::fs::read_dir(&place) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(io)?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        let Some((made_ms, reason)) = name.to_str().and_then(named) else { continue };
        let bytes = entry.metadata().map_err(io)?.len();
        found.push(Backup { path: entry.path(), bytes, made_ms, reason });
    }
    found.sort_by(|a, b| (b.made_ms, &b.path).cmp(&(a.made_ms, &a.path)));
    Ok(found)
}

/// `loadline-20261122-034500-daily.db`.
fn named(name: &str) -> Option<(i64, Reason)> {
    let middle = name.strip_prefix("loadline-")?.strip_suffix(".db")?;
    let (time, reason) = middle.rsplit_once('-')?;
    Some((unstamp(time)?, Reason::of(reason)?))
}

/// Copies what `connection` reads into a backup, checks it, and removes those that are too old.
pub(crate) async fn make(connection: &mut SqliteConnection, folder: &Path, reason: Reason, now_ms: i64) -> Result<Backup, StoreError> {
    let place = folder.join(FOLDER);
    std::fs::create_dir_all(&place).map_err(|source| StoreError::Io { path: place.clone(), source })?;
    remove_parts(&place)?;
    let (made_ms, path) = free(&place, reason, now_ms);
    copy(connection, &path).await.map_err(|source| StoreError::Backup { path: path.clone(), source: Box::new(source) })?;
    let bytes = std::fs::metadata(&path).map_err(|source| StoreError::Io { path: path.clone(), source })?.len();
    thin(folder, &path, now_ms)?;
    Ok(Backup { path, bytes, made_ms, reason })
}

/// What backups that were cut short left. Nobody else makes one in this folder now.
fn remove_parts(place: &Path) -> Result<(), StoreError> {
    let io = |source: std::io::Error| StoreError::Io { path: place.to_owned(), source };
    for entry in std::fs::read_dir(place).map_err(io)? {
        let entry = entry.map_err(io)?;
        let name = entry.file_name();
        if name.to_str().is_some_and(is_part) {
            remove(&entry.path()).map_err(io)?;
        }
    }
    Ok(())
}

/// `loadline-20261122-034500-daily.db.4711-0.part`.
fn is_part(name: &str) -> bool {
    let Some((backup, of)) = name.strip_suffix(".part").and_then(|name| name.rsplit_once('.')) else { return false };
    named(backup).is_some() && of.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// The first name that is free: a clock that was set back finds the names of its times taken.
fn free(place: &Path, reason: Reason, now_ms: i64) -> (i64, PathBuf) {
    let mut ms = now_ms - now_ms.rem_euclid(1000);
    loop {
        let path = place.join(format!("loadline-{}-{}.db", stamp(ms), reason.word()));
        if !path.exists() {
            return (ms, path);
        }
        ms += 1000;
    }
}

/// Copies what `connection` reads to `path`: whole and checked, or not at all.
pub(crate) async fn copy(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    let part = part_of(path).map_err(|source| StoreError::Io { path: path.to_owned(), source })?;
    let copied = copy_to(connection, &part, path).await;
    if copied.is_err() {
        // Nothing half-written stays; that it cannot be removed says no more than the first error.
        let _ = remove(&part);
    }
    copied
}

/// Makes an empty file beside `path` that was not there before: nobody else's, and no link to elsewhere.
fn part_of(path: &Path) -> std::io::Result<PathBuf> {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    loop {
        let mut part = path.as_os_str().to_owned();
        part.push(format!(".{}-{}.part", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
        match File::create_new(&part) {
            Ok(_) => return Ok(part.into()),
            // Left by a process of the same number.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
}

async fn copy_to(connection: &mut SqliteConnection, part: &Path, path: &Path) -> Result<(), StoreError> {
    let io = |source: std::io::Error| StoreError::Io { path: part.to_owned(), source };
    let no_text = || StoreError::Invalid { what: "file", reason: "its path must be text".into() };
    let into = part.to_str().ok_or_else(no_text)?.to_owned();
    sqlx::query("VACUUM INTO ?").bind(into).execute(connection).await?;
    File::open(part).and_then(|file| file.sync_all()).map_err(io)?;
    inspect(part, Look::Rows).await?;
    std::fs::rename(part, path).map_err(io)?;
    sync_folder(path);
    Ok(())
}

/// Removes a file that may be absent.
pub(crate) fn remove(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Makes a renamed file's name lasting. Where a folder cannot be opened (Windows), the system does it by itself.
pub(crate) fn sync_folder(path: &Path) {
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        // A system that cannot flush a folder keeps names in its own way.
        let _ = folder.sync_all();
    }
}

/// Removes backups that are too old, but not the new one.
fn thin(folder: &Path, new: &Path, now_ms: i64) -> Result<(), StoreError> {
    let all = backups(folder)?;
    for backup in too_old(&all, now_ms).into_iter().filter(|backup| backup.path != new) {
        remove(&backup.path).map_err(|source| StoreError::Io { path: backup.path.clone(), source })?;
    }
    Ok(())
}

/// Those to remove, oldest first; `all` is newest first. What lies in the future is never too old.
fn too_old(all: &[Backup], now_ms: i64) -> Vec<&Backup> {
    let today = day(now_ms);
    let mut weeks = BTreeSet::new();
    let mut old = Vec::new();
    for reason in [Reason::Daily, Reason::Migration, Reason::Import] {
        for (nth, backup) in all.iter().filter(|backup| backup.reason == reason).enumerate() {
            let age = today - day(backup.made_ms);
            // The newest of its week stands for it.
            let of_week = age <= WEEKS * 7 && reason == Reason::Daily && age >= DAYS && weeks.insert(day(backup.made_ms).div_euclid(7));
            if age >= DAYS && nth >= ALWAYS && !of_week {
                old.push(backup);
            }
        }
    }
    old.sort_by_key(|backup| backup.made_ms);
    old.truncate(GONE_AT_ONCE);
    old
}

/// The backup for a recovery: of those that are whole and of the same database (`own`, its id), that with the most saves, since a clock that was
/// once ahead gave it any name; where none is of it, the newest by name.
pub(crate) async fn newest_good(folder: &Path, own: Option<&str>) -> Result<Option<Backup>, StoreError> {
    let mut all = Vec::new();
    for backup in backups(folder)? {
        let saves = match (ledger_of(&backup.path).await, own) {
            (Some((id, saves)), Some(own)) if id == own => Some(saves),
            _ => None,
        };
        all.push((saves, backup));
    }
    all.sort_by_key(|(saves, _)| std::cmp::Reverse(*saves));
    for (_, backup) in all {
        match inspect(&backup.path, Look::Rows).await {
            Ok(found) if found.schema > 0 => return Ok(Some(backup)),
            // A backup that is damaged, of a newer version or not ours is no help; another one may be.
            Ok(_) | Err(_) => {}
        }
    }
    Ok(None)
}

/// Which database a backup is of and how many saves it has, as far as it can say.
async fn ledger_of(path: &Path) -> Option<(String, i64)> {
    let mut connection = read_only(path).await.ok()?;
    // As in an inspection: nothing is asked by name of a schema that is no text.
    let found = match declared(&mut connection).await {
        Ok(Some(_)) => sqlx::query_as("SELECT id, saves FROM ledger").fetch_optional(&mut connection).await.ok().flatten(),
        Ok(None) | Err(_) => None,
    };
    connection.close().await.ok()?;
    found
}

#[cfg(test)]
mod tests;
