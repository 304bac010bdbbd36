//! Reading and writing a file at a position, without a cursor that two readers would share. It knows nothing of what is in the file.

use std::fs::File;
use std::io::{self, IoSlice};
use std::path::Path;

use bytes::Bytes;

/// Exactly `size` bytes from `position` on; an error when the file ends before.
pub(super) fn read_at(file: &File, position: u64, size: usize) -> io::Result<Bytes> {
    let bytes = read_up_to(file, position, size)?;
    if bytes.len() < size { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(bytes) }
}

/// As many of `size` bytes from `position` on as the file has.
#[cfg(unix)]
pub(super) fn read_up_to(file: &File, position: u64, size: usize) -> io::Result<Bytes> {
    let mut bytes = Vec::with_capacity(size);
    while bytes.len() < size {
        // The spare room may be larger than what was asked for; what is too much is cut.
        let from = position + bytes.len() as u64;
        match rustix::io::pread(file, rustix::buffer::spare_capacity(&mut bytes), from) {
            Ok(0) => break,
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
    bytes.truncate(size);
    Ok(bytes.into())
}

/// Writes `parts` one after the other from `position` on.
#[cfg(unix)]
pub(super) fn write_at(file: &File, parts: [&[u8]; 2], position: u64) -> io::Result<()> {
    use std::os::unix::fs::FileExt;
    let written = rustix::io::pwritev(file, &parts.map(IoSlice::new), position)?;
    let mut at = 0;
    for part in parts {
        let done = written.saturating_sub(at).min(part.len());
        if let Some(rest) = part.get(done..).filter(|rest| !rest.is_empty()) {
            file.write_all_at(rest, position + (at + done) as u64)?;
        }
        at += part.len();
    }
    Ok(())
}

/// As many of `size` bytes from `position` on as the file has.
#[cfg(windows)]
pub(super) fn read_up_to(file: &File, position: u64, size: usize) -> io::Result<Bytes> {
    use std::os::windows::fs::FileExt;
    let mut bytes = vec![0; size];
    let mut done = 0;
    while let Some(rest) = bytes.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.seek_read(rest, position + done as u64)? {
            0 => break,
            more => done += more,
        }
    }
    bytes.truncate(done);
    Ok(bytes.into())
}

/// Writes `parts` one after the other from `position` on.
#[cfg(windows)]
pub(super) fn write_at(file: &File, parts: [&[u8]; 2], mut position: u64) -> io::Result<()> {
    use std::os::windows::fs::FileExt;
    for mut part in parts {
        while !part.is_empty() {
            let written = file.seek_write(part, position)?;
            part = part.get(written..).unwrap_or_default();
            position += written as u64;
        }
    }
    Ok(())
}

/// Puts a whole small file in place of an older one: who reads it sees the one or the other. With `flush` it outlives the machine.
pub(super) fn replace(path: &Path, bytes: &[u8], flush: bool) -> io::Result<()> {
    let beside = path.with_extension("new");
    std::fs::write(&beside, bytes)?;
    if flush {
        File::open(&beside)?.sync_all()?;
    }
    std::fs::rename(&beside, path)?;
    if flush { flush_folder(path.parent().unwrap_or(path)) } else { Ok(()) }
}

/// Makes names in a folder outlive the machine.
#[cfg(unix)]
pub(super) fn flush_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Elsewhere the file's own flush carries its name.
#[cfg(windows)]
pub(super) fn flush_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_written_and_read_where_they_are_meant() {
        let folder = tempfile::tempdir().unwrap();
        let file = File::options().read(true).write(true).create_new(true).open(folder.path().join("f")).unwrap();
        write_at(&file, [b"ab", b"cde"], 0).unwrap();
        write_at(&file, [b"", b"XY"], 3).unwrap();
        assert_eq!(read_at(&file, 0, 5).unwrap(), Bytes::from_static(b"abcXY"));
        assert_eq!(read_up_to(&file, 3, 100).unwrap(), Bytes::from_static(b"XY"));
        assert!(read_at(&file, 3, 3).is_err());
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        replace(&path, b"one", false).unwrap();
        replace(&path, b"two", true).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing is left beside it");
    }
}
