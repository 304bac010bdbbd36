//! Files that are written whole or not at all: beside their place under another name, then renamed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::contract::RpcError;

/// Writes `bytes` to `path`. A reader sees the file of before or the new one, never a part.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RpcError> {
    Part::write(path, bytes).and_then(|part| part.replace(path)).map_err(|error| cannot_write(path, error))
}

/// Tries whether a file can be written there, and leaves nothing behind.
pub fn can_write(path: &Path) -> Result<(), RpcError> {
    Part::write(path, b"").map(drop).map_err(|error| cannot_write(path, error))
}

/// A file on its way to its name, whole on the disk. It goes when it is dropped before it has it.
pub(crate) struct Part(PathBuf);

impl Part {
    /// Writes `bytes` beside `path` into a file that was not there before: nobody else's, and no link to elsewhere.
    pub(crate) fn write(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        loop {
            let mut name = path.as_os_str().to_owned();
            name.push(format!(".{}-{}.part", std::process::id(), COUNTER.fetch_add(1, Ordering::Relaxed)));
            let part = PathBuf::from(name);
            match File::create_new(&part) {
                Ok(mut file) => {
                    let part = Self(part);
                    file.write_all(bytes)?;
                    file.sync_all()?;
                    return Ok(part);
                }
                // Left by a process of the same number.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Takes the place of the file at `path`, if there is one.
    pub(crate) fn replace(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.0, path)?;
        sync_folder(path);
        Ok(())
    }

    /// Gets the name `path`, unless something has it: then the error is [`io::ErrorKind::AlreadyExists`].
    pub(crate) fn name_new(&self, path: &Path) -> io::Result<()> {
        match fs::hard_link(&self.0, path) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => return Err(error),
            Err(_) => {
                // A file system without links: the name is taken first, and empty for a moment.
                drop(File::create_new(path)?);
                if let Err(error) = fs::rename(&self.0, path) {
                    // It is ours and says nothing; the reason below is the one that counts.
                    let _ = fs::remove_file(path);
                    return Err(error);
                }
            }
        }
        sync_folder(path);
        Ok(())
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        // Renamed, it is gone; otherwise what is half written is of no use to anybody.
        let _ = fs::remove_file(&self.0);
    }
}

/// Makes a file's name lasting. Where a folder cannot be opened (Windows), the system does it by itself.
fn sync_folder(path: &Path) {
    let folder = path.parent().map(|folder| if folder.as_os_str().is_empty() { Path::new(".") } else { folder });
    if let Some(folder) = folder.and_then(|folder| File::open(folder).ok()) {
        // A system that cannot flush a folder keeps names in its own way.
        let _ = folder.sync_all();
    }
}

/// Why a file cannot be written, with the remedy.
pub fn cannot_write(path: &Path, why: impl std::fmt::Display) -> RpcError {
    RpcError::new(
        "cannot_write",
        format!("{} cannot be written: {why}", path.display()),
        "Choose a file in a folder that exists and can be written, on a disk with room.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_whole_or_as_before() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        write_whole(&path, b"one").unwrap();
        write_whole(&path, b"two").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        can_write(&path).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
        // A folder in its place: the rename is refused, and the part goes.
        let taken = folder.path().join("taken");
        std::fs::create_dir(&taken).unwrap();
        let error = write_whole(&taken, b"x").unwrap_err();
        assert_eq!(error.code, "cannot_write");
        assert!(error.message.contains("taken") && !error.hint.is_empty());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
        assert!(can_write(&folder.path().join("no/such/folder")).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn what_lies_beside_a_file_is_let_be() {
        let folder = tempfile::tempdir().unwrap();
        let [path, beside, target] = ["a.md", "a.md.part", "target"].map(|name| folder.path().join(name));
        std::fs::write(&target, "the learner's").unwrap();
        std::os::unix::fs::symlink(&target, &beside).unwrap();
        can_write(&path).unwrap();
        write_whole(&path, b"one").unwrap();
        assert_eq!(std::fs::read_to_string(&beside).unwrap(), "the learner's", "neither removed nor written through");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[test]
    fn many_write_one_file_at_once_and_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.md");
        let text = |n: usize| n.to_string().repeat(100_000);
        std::thread::scope(|threads| {
            for n in 0..8 {
                let path = &path;
                threads.spawn(move || (0..5).for_each(|_| write_whole(path, text(n).as_bytes()).unwrap()));
            }
        });
        let read = std::fs::read_to_string(&path).unwrap();
        assert!((0..8).any(|n| read == text(n)), "{} bytes", read.len());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
