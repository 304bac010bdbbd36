//! Where the learner's data is, and how it is moved. The pointer to a folder of the learner's choice is a text file in the platform's config
//! folder. It opens no database: who moves shuts the app first and opens it again on the copy, before the pointer is changed.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::contract::{DataFolder, FolderChosenBy, RpcError};
use crate::files::Part;

/// The file that names the folder of the learner's choice.
const POINTER: &str = "data-folder";
/// The longest path that a pointer may hold, bytes.
const MAX_POINTER: u64 = 8 * 1024;
/// Ending of a file that is not yet copied whole.
const PART: &str = "part";
/// What lies in a data folder and is not the learner's: locks, and scratch space of runs.
const LEFT_BEHIND: [&str; 3] = ["runs", loadline_store::LOCK_FILE, loadline_store::HOLDER_FILE];
/// Folders in each other that are looked through.
const MAX_DEPTH: usize = 8;
/// Bytes that are compared at once.
const CHUNK: usize = 64 * 1024;

/// Where things of this person are.
#[derive(Debug, Clone)]
pub struct Home {
    /// `LOADLINE_DATA_DIR`, when it is set.
    pub explicit: Option<PathBuf>,
    /// The pointer's file.
    pub pointer: PathBuf,
    /// The platform's data folder.
    pub platform: PathBuf,
}

/// A data folder, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// The folder; it need not exist yet.
    pub folder: PathBuf,
    /// Who says so.
    pub chosen_by: FolderChosenBy,
}

impl Home {
    /// That of the environment.
    pub fn of_this_user() -> Result<Self, RpcError> {
        let explicit = std::env::var_os("LOADLINE_DATA_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from);
        let dirs = directories::ProjectDirs::from("app", "loadline", "Loadline");
        match (dirs, explicit) {
            (Some(dirs), explicit) => Ok(Self { explicit, pointer: dirs.config_dir().join(POINTER), platform: dirs.data_dir().to_owned() }),
            // Without a home folder there is no pointer either.
            (None, Some(folder)) => Ok(Self { pointer: folder.join(POINTER), platform: folder.clone(), explicit: Some(folder) }),
            (None, None) => Err(RpcError::new(
                "no_home",
                "there is no home folder to keep data in",
                "Set LOADLINE_DATA_DIR to a folder that can be written.",
            )),
        }
    }

    /// The data folder: the explicit one, that of the pointer, the platform's. A pointer that cannot be followed is an error: an empty folder
    /// in its place would look like lost work.
    pub fn here(&self) -> Result<Here, RpcError> {
        if let Some(folder) = &self.explicit {
            return Ok(Here { folder: folder.clone(), chosen_by: FolderChosenBy::Environment });
        }
        let unreadable = |reason: &dyn std::fmt::Display| {
            RpcError::new(
                "data_folder",
                format!("{}: {reason}", self.pointer.display()),
                format!("The file names your data folder. Mend it, or remove it to begin anew in {}.", self.platform.display()),
            )
        };
        let mut text = String::new();
        match File::open(&self.pointer) {
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => {
                return Ok(Here { folder: self.platform.clone(), chosen_by: FolderChosenBy::Platform });
            }
            Err(reason) => return Err(unreadable(&reason)),
            Ok(file) => {
                file.take(MAX_POINTER + 1).read_to_string(&mut text).map_err(|reason| unreadable(&reason))?;
            }
        }
        let folder = PathBuf::from(text.trim_end_matches(['\r', '\n']));
        if text.len() as u64 > MAX_POINTER || !folder.is_absolute() {
            return Err(unreadable(&"it names no folder by its whole path"));
        }
        if !folder.is_dir() {
            return Err(RpcError::new(
                "data_folder_gone",
                format!("{}: your data folder is not there", folder.display()),
                format!("Connect the disk that it is on. To begin anew in {}, remove {}.", self.platform.display(), self.pointer.display()),
            ));
        }
        Ok(Here { folder, chosen_by: FolderChosenBy::Learner })
    }

    /// Points to another folder; the file is replaced whole or not at all. The platform's folder needs no pointer.
    pub fn point_to(&self, folder: &Path) -> Result<(), RpcError> {
        let failed = |reason: io::Error| {
            RpcError::new(
                "data_folder",
                format!("{}: {reason}", self.pointer.display()),
                "The data stays where it was. Make that file's folder writable, then try again.",
            )
        };
        let platform = self.platform.canonicalize().unwrap_or_else(|_| self.platform.clone());
        if folder == self.platform || folder == platform {
            return match fs::remove_file(&self.pointer) {
                Err(reason) if reason.kind() != io::ErrorKind::NotFound => Err(failed(reason)),
                _ => Ok(()),
            };
        }
        let text = folder.to_str().ok_or_else(|| failed(io::Error::other("the path is not Unicode")))?;
        let write = || {
            fs::create_dir_all(self.pointer.parent().unwrap_or(Path::new("/")))?;
            Part::write(&self.pointer, format!("{text}\n").as_bytes())?.replace(&self.pointer)
        };
        write().map_err(failed)
    }
}

impl Here {
    /// As the window shows it.
    pub fn shown(&self) -> DataFolder {
        DataFolder { folder: self.folder.display().to_string(), chosen_by: self.chosen_by, bytes: bytes_in(&self.folder) }
    }
}

/// The file of the diary, in the platform's cache; absent without a home folder.
pub fn log_file() -> Option<PathBuf> {
    directories::ProjectDirs::from("app", "loadline", "Loadline").map(|dirs| dirs.cache_dir().join("loadline.log"))
}

/// All that lies in a folder, bytes. What cannot be read counts nothing.
fn bytes_in(folder: &Path) -> u64 {
    let bytes = |file: &PathBuf| fs::metadata(folder.join(file)).map_or(0, |meta| meta.len());
    below(folder, &[]).map_or(0, |found| found.files.iter().map(bytes).sum())
}

/// Looks whether the data in `from` may move to `to`, and makes `to` ready: a whole path, a folder of its own that can be written, and empty;
/// or, with `take`, one that holds data of Loadline.
pub fn prepare(from: &Path, to: &Path, take: bool) -> Result<PathBuf, RpcError> {
    let refuse = |code: &str, reason: String, hint: &str| Err(RpcError::new(code, format!("{}: {reason}", to.display()), hint));
    let another = "Choose an empty folder that can be written.";
    if !to.is_absolute() {
        return refuse("data_folder_path", "not a whole path".into(), "Write it from the top, or choose it with Browse.");
    }
    if to.to_str().is_none() || to.as_os_str().len() as u64 >= MAX_POINTER {
        return refuse("data_folder_path", "its path is too long or not Unicode".into(), another);
    }
    if to.exists() && !to.is_dir() {
        return refuse("data_folder_path", "not a folder".into(), another);
    }
    let Some(target) = whole(to) else {
        return refuse("data_folder_path", "it goes up through a folder that is not there".into(), "Write it without `..`.");
    };
    let from = whole(from).unwrap_or_else(|| from.to_owned());
    if target == from {
        return refuse("data_folder_same", "your data is there already".into(), "Nothing has to be done.");
    }
    if target.starts_with(&from) || from.starts_with(&target) {
        return refuse("data_folder_nested", "one of the two folders lies in the other".into(), another);
    }
    // Nothing was made until here. A trial is gone again by the next line.
    let tried = fs::create_dir_all(&target).and_then(|()| Part::write(&target.join(".loadline-trial"), b"a trial of Loadline\n").map(drop));
    if let Err(reason) = tried {
        return refuse("data_folder_unwritable", reason.to_string(), another);
    }
    let holds_data = target.join(loadline_store::FILE).is_file();
    let empty = fs::read_dir(&target).is_ok_and(|mut entries| entries.next().is_none());
    match (take, holds_data, empty) {
        (true, true, _) | (false, false, true) => Ok(target),
        (true, false, _) => refuse("data_folder_not_data", "no data of Loadline is there".into(), "Copy your data to an empty folder."),
        (false, true, _) => refuse(
            "data_folder_holds_data",
            "data of Loadline is there already".into(),
            "Use that data as it is, or choose an empty folder for a copy of yours.",
        ),
        (false, false, false) => refuse("data_folder_not_empty", "something else is there".into(), another),
    }
}

/// Copies the data of a folder that nobody has open. Each file is compared with its copy before any has its name, so that a copy cut short is
/// never taken for data; after a failure nothing of it is left.
pub fn copy(from: &Path, to: &Path) -> Result<Copied, RpcError> {
    let failed = |(path, reason): (PathBuf, io::Error)| {
        RpcError::new(
            "data_folder_copy",
            format!("{}: {reason}", path.display()),
            "Your data is where it was, unchanged. Look at the free space of both disks, then try again.",
        )
    };
    let found = below(from, &LEFT_BEHIND).map_err(|reason| failed((from.to_owned(), reason)))?;
    if let Some((odd, what)) = found.odd {
        return Err(RpcError::new(
            "data_folder_odd",
            format!("{}: {what}, which would not be copied", from.join(odd).display()),
            "Your data is where it was, unchanged. Move that out of the data folder, or put the file itself in its place, then try again.",
        ));
    }
    let copied = Copied { to: to.to_owned(), files: found.files };
    match copy_all(from, &copied) {
        Ok(()) => Ok(copied),
        Err(reason) => {
            copied.discard();
            Err(failed(reason))
        }
    }
}

/// A copy of a data folder.
#[derive(Debug)]
pub struct Copied {
    to: PathBuf,
    /// By their path in the folder.
    files: Vec<PathBuf>,
}

impl Copied {
    /// How many files were copied.
    pub fn count(&self) -> u32 {
        u32::try_from(self.files.len()).unwrap_or(u32::MAX)
    }

    /// Removes the copy, because it was not taken into use: what was copied, and what the store made of it meanwhile. Whatever else is there by
    /// now is somebody's own, and stays.
    pub fn discard(self) {
        let own = ["", "-wal", "-shm", "-journal"].map(|ending| format!("{}{ending}", loadline_store::FILE));
        let own =
            own.iter().map(String::as_str).chain([loadline_store::SAVES_FILE, loadline_store::LOCK_FILE, loadline_store::HOLDER_FILE]);
        let made = loadline_store::backups(&self.to).unwrap_or_default().into_iter().map(|backup| backup.path);
        let copied = self.files.iter().flat_map(|file| [self.to.join(file), with_ending(&self.to.join(file))]);
        for file in copied.chain(own.map(|name| self.to.join(name))).chain(made) {
            // What cannot be removed is only a copy.
            let _ = fs::remove_file(file);
        }
        let folders: BTreeSet<&Path> = self.files.iter().flat_map(|file| file.ancestors().skip(1)).collect();
        for folder in folders.into_iter().rev().filter(|folder| !folder.as_os_str().is_empty()) {
            // One that is not empty holds something of somebody else's.
            let _ = fs::remove_dir(self.to.join(folder));
        }
    }
}

fn copy_all(from: &Path, copied: &Copied) -> Result<(), (PathBuf, io::Error)> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |reason: io::Error| (path, reason)
    };
    let Copied { to, files } = copied;
    let part = |file: &PathBuf| with_ending(&to.join(file));
    for file in files {
        let (source, target) = (from.join(file), part(file));
        let folder = target.parent().unwrap_or(to);
        fs::create_dir_all(folder).map_err(at(folder))?;
        fs::copy(&source, &target).map_err(at(&source))?;
        File::open(&target).and_then(|file| file.sync_all()).map_err(at(&target))?;
        if !same(&source, &target).map_err(at(&target))? {
            return Err(at(&target)(io::Error::other("the copy is not what was copied")));
        }
    }
    for file in files {
        fs::rename(part(file), to.join(file)).map_err(at(file))?;
    }
    Ok(())
}

/// Whether two files hold the same bytes.
fn same(one: &Path, other: &Path) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?, File::open(other)?);
    if one.metadata()?.len() != other.metadata()?.len() {
        return Ok(false);
    }
    let (mut left, mut right) = (Vec::with_capacity(CHUNK), Vec::with_capacity(CHUNK));
    loop {
        left.clear();
        right.clear();
        Read::by_ref(&mut one).take(CHUNK as u64).read_to_end(&mut left)?;
        Read::by_ref(&mut other).take(CHUNK as u64).read_to_end(&mut right)?;
        if left != right {
            return Ok(false);
        }
        if left.is_empty() {
            return Ok(true);
        }
    }
}

/// What lies below a folder.
#[derive(Debug, Default)]
struct Below {
    /// Files by their path in the folder, in order.
    files: Vec<PathBuf>,
    /// The first that is neither a file nor a folder that is looked into, and what it is.
    odd: Option<(PathBuf, &'static str)>,
}

/// Looks below a folder. Links are not followed; names in `without` are left out at the top.
fn below(folder: &Path, without: &[&str]) -> io::Result<Below> {
    let mut found = Below::default();
    let mut open = vec![(PathBuf::new(), 0)];
    while let Some((inside, depth)) = open.pop() {
        for entry in fs::read_dir(folder.join(&inside))? {
            let entry = entry?;
            let name = entry.file_name();
            let kind = entry.file_type()?;
            if depth == 0 && without.iter().any(|left| name == *left) {
                continue;
            }
            let path = inside.join(name);
            if kind.is_file() {
                found.files.push(path);
            } else if kind.is_dir() && depth < MAX_DEPTH {
                open.push((path, depth + 1));
            } else if found.odd.is_none() {
                let what = match (kind.is_dir(), kind.is_symlink()) {
                    (true, _) => "a folder too deep",
                    (_, true) => "a link",
                    _ => "neither a file nor a folder",
                };
                found.odd = Some((path, what));
            }
        }
    }
    found.files.sort();
    Ok(found)
}

/// A path with its links followed, as far as it is there; `None` when it goes up through what is not there.
fn whole(path: &Path) -> Option<PathBuf> {
    match path.canonicalize() {
        Ok(whole) => Some(whole),
        Err(_) => Some(whole(path.parent()?)?.join(path.file_name()?)),
    }
}

fn with_ending(path: &Path) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(".");
    name.push(PART);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests;
