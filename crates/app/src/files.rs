//! Files that are written whole or not at all: beside their place under another name, then renamed.

use std::io::Write;
use std::path::{Path, PathBuf};

use crate::contract::RpcError;

/// Writes `bytes` to `path`. A reader sees the file of before or the new one, never a part.
pub fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), RpcError> {
    let part = beside(path);
    let written = std::fs::File::create(&part).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.and_then(|()| std::fs::rename(&part, path)).map_err(|error| {
        // What is half written is of no use to anybody; when it cannot be removed either, the reason below is the one that counts.
        let _ = std::fs::remove_file(&part);
        cannot_write(path, error)
    })
}

/// Tries whether a file can be written there, and leaves nothing behind.
pub fn can_write(path: &Path) -> Result<(), RpcError> {
    let part = beside(path);
    std::fs::File::create(&part).and_then(|_| std::fs::remove_file(&part)).map_err(|error| cannot_write(path, error))
}

fn beside(path: &Path) -> PathBuf {
    let mut beside = path.as_os_str().to_owned();
    beside.push(".part");
    beside.into()
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
}
