//! Files of exports and imports: named, written whole or not at all, read with a limit. It knows no format.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::contract::{ExportFormat, RpcError};
use crate::files::Part;

/// More of a file than this is not read, bytes: the limit of a sketch file, which is the larger one.
const MOST: u64 = loadline_model::sketch::MAX_BYTES as u64;
/// The longest name that is made of a title, characters.
const LONGEST: usize = 60;
/// As many files of one name are numbered.
const NUMBERED: u32 = 1_000;

fn cannot(what: &str, path: &Path, why: impl std::fmt::Display) -> RpcError {
    RpcError::new(
        "file",
        format!("{} cannot be {what}: {why}", path.display()),
        "Choose a file in a folder that exists and that you may use.",
    )
}

/// A path that a learner typed or chose: absolute, with the format's ending.
pub(super) fn chosen(path: &str, format: ExportFormat) -> Result<PathBuf, RpcError> {
    let mut path = PathBuf::from(path.trim());
    if !path.is_absolute() {
        let hint = "Write the whole path, from the root on; or leave it empty for the exports folder.";
        return Err(RpcError::new("file", format!("{} does not say in which folder", path.display()), hint));
    }
    if path.extension().is_none() {
        path.set_extension(format.ending());
    }
    if path.extension().and_then(|ending| ending.to_str()) != Some(format.ending()) {
        let hint = format!("Let its name end with .{}.", format.ending());
        return Err(RpcError::new("file", format!("{} is no name for this format", path.display()), hint));
    }
    Ok(path)
}

/// Writes a file whole or not at all; one that is there only when that is said, a device or pipe as it is.
pub fn write_whole(path: &Path, bytes: &[u8], replace: bool) -> Result<(), RpcError> {
    match fs::metadata(path) {
        Ok(there) if there.is_dir() => return Err(cannot("written", path, "it is a folder")),
        // A device or pipe takes it as it is.
        Ok(there) if !there.is_file() => return fs::write(path, bytes).map_err(|error| cannot("written", path, error)),
        Ok(_) if !replace => {
            let hint = "Choose another name, or say that it may be replaced.";
            return Err(RpcError::new("file_exists", format!("{} is there already", path.display()), hint));
        }
        _ => {}
    }
    crate::files::write_whole(path, bytes)
}

/// Writes a new file into a folder, named after a title, whole or not at all; a file that is there is never replaced.
pub(super) fn write_new(folder: &Path, title: &str, ending: &str, bytes: &[u8]) -> Result<PathBuf, RpcError> {
    fs::create_dir_all(folder).map_err(|error| cannot("made", folder, error))?;
    let stem = stem(title);
    let part = Part::write(&folder.join(format!("{stem}.{ending}")), bytes).map_err(|error| cannot("written", folder, error))?;
    for n in 1..=NUMBERED {
        let name = if n == 1 { format!("{stem}.{ending}") } else { format!("{stem}-{n}.{ending}") };
        let path = folder.join(name);
        match part.name_new(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(cannot("written", &path, error)),
        }
    }
    Err(cannot("written", folder, format!("it holds {NUMBERED} files called {stem}")))
}

/// A file's name from a title: letters and digits of any script, and dashes.
fn stem(title: &str) -> String {
    let parts = title.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
    let mut stem = String::new();
    for part in parts {
        if !stem.is_empty() {
            stem.push('-');
        }
        stem.push_str(part);
    }
    let stem: String = stem.chars().take(LONGEST).collect();
    if stem.is_empty() { "design".to_owned() } else { stem }
}

/// Reads a text file, at most as much as a sketch may have.
pub fn read(path: &Path) -> Result<String, RpcError> {
    let file = File::open(path).map_err(|error| cannot("read", path, error))?;
    let mut bytes = Vec::new();
    // Whatever the path is (a device never ends), no more is read.
    file.take(MOST + 1).read_to_end(&mut bytes).map_err(|error| cannot("read", path, error))?;
    if bytes.len() as u64 > MOST {
        return Err(cannot("read", path, format!("it has more than {MOST} bytes")));
    }
    String::from_utf8(bytes).map_err(|error| {
        let before = error.as_bytes().get(..error.utf8_error().valid_up_to()).unwrap_or_default();
        let line = before.iter().filter(|b| **b == b'\n').count() + 1;
        cannot("read", path, format!("line {line} is no text in UTF-8"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_never_taken_twice() {
        assert_eq!(stem("../../etc/passwd"), "etc-passwd");
        assert_eq!((stem(""), stem("Design B: push"), stem("設計 1")), ("design".into(), "Design-B-push".into(), "設計-1".into()));
        let folder = tempfile::tempdir().unwrap();
        let names: Vec<PathBuf> = (0..3).map(|_| write_new(folder.path(), "A b", "svg", b"x").unwrap()).collect();
        let names: Vec<_> = names.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        assert_eq!(names, ["A-b.svg", "A-b-2.svg", "A-b-3.svg"]);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3, "nothing is left beside them");
    }

    #[test]
    fn a_file_is_replaced_only_when_that_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.svg");
        write_whole(&path, b"one", false).unwrap();
        assert_eq!(write_whole(&path, b"two", false).unwrap_err().code, "file_exists");
        assert_eq!(read(&path).unwrap(), "one");
        write_whole(&path, b"two", true).unwrap();
        assert_eq!(read(&path).unwrap(), "two");
        assert_eq!(write_whole(folder.path(), b"x", true).unwrap_err().code, "file");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn paths_say_their_folder_and_their_format() {
        assert!(chosen("x.svg", ExportFormat::Svg).is_err());
        let here = std::env::temp_dir();
        let at = |name: &str| here.join(name).display().to_string();
        assert!(chosen(&at("x.png"), ExportFormat::Svg).is_err());
        assert_eq!(chosen(&at("x"), ExportFormat::Svg).unwrap(), here.join("x.svg"));
    }

    #[test]
    fn what_is_no_text_or_too_much_is_refused_with_its_place() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, b"a\nb\xff").unwrap();
        assert!(read(&path).unwrap_err().message.contains("line 2"));
        fs::write(&path, vec![b' '; MOST as usize + 1]).unwrap();
        assert!(read(&path).unwrap_err().message.contains("more than 2097152 bytes"));
        assert!(read(&folder.path().join("none")).is_err());
    }
}
