//! Where a pack's files come from: a folder on disk, or the pack inside the binary. Hands out text by path and nothing else: no symbolic
//! links, no special files, nothing outside the folder, and limits on size, number and depth.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use include_dir::{Dir, include_dir};

use crate::finding::{Finding, quoted};

/// A file larger than this is not read, bytes.
pub const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024;
/// A pack with more files and folders than this is read no further.
pub const MAX_FILES: usize = 2_000;
/// All files of a pack together, bytes.
pub const MAX_PACK_BYTES: u64 = 32 * 1024 * 1024;
/// Folders within folders.
pub const MAX_DEPTH: usize = 6;

static CORE: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../content/core");

/// Where a pack is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A folder on disk.
    Folder(PathBuf),
    /// The pack that came with the program.
    Embedded,
}

/// Text by path in the pack (with `/`).
pub(crate) type Files = BTreeMap<String, String>;

impl Source {
    /// Every readable text file. What cannot be read is a finding.
    pub(crate) fn read(&self) -> (Files, Vec<Finding>) {
        let mut reader = Reader::default();
        match self {
            Self::Folder(root) => reader.folder(root, "", 0),
            Self::Embedded => reader.embedded(&CORE),
        }
        (reader.files, reader.findings)
    }
}

#[derive(Default)]
struct Reader {
    files: Files,
    findings: Vec<Finding>,
    seen: usize,
    bytes: u64,
    full: bool,
}

impl Reader {
    fn folder(&mut self, folder: &Path, prefix: &str, depth: usize) {
        // Folders count too: a tree of empty ones must end as well.
        if !self.admit(prefix) {
            return;
        }
        let name = if prefix.is_empty() { "." } else { prefix.trim_end_matches('/') };
        if depth > MAX_DEPTH {
            self.findings.push(Finding::error(name, None, format!("More than {MAX_DEPTH} folders deep."), "Move it up."));
            return;
        }
        let entries = match std::fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                self.findings.push(Finding::error(name, None, format!("Cannot be read: {error}."), "Check the path and its permissions."));
                return;
            }
        };
        let mut entries: Vec<_> = entries.take(MAX_FILES + 1).filter_map(Result::ok).collect();
        entries.sort_by_key(std::fs::DirEntry::file_name);
        for entry in entries {
            if self.full {
                return;
            }
            let file_name = entry.file_name();
            let Some(file_name) = file_name.to_str() else {
                let shown = quoted(&file_name.to_string_lossy());
                self.findings.push(Finding::error(name, None, format!("{shown} is not UTF-8."), "Rename it."));
                continue;
            };
            if file_name.starts_with('.') {
                continue;
            }
            let path = format!("{prefix}{file_name}");
            // The entry's own type: a symbolic link is never followed, wherever it leads.
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => self.folder(&entry.path(), &format!("{path}/"), depth + 1),
                Ok(kind) if kind.is_file() => self.file(&entry.path(), path),
                Ok(kind) if kind.is_symlink() => {
                    let remedy = "Put the file itself in its place.";
                    self.findings.push(Finding::error(&path, None, "A symbolic link is not followed.", remedy));
                }
                Ok(_) => self.findings.push(Finding::error(&path, None, "Not a regular file.", "Remove it from the pack.")),
                Err(error) => {
                    self.findings.push(Finding::error(&path, None, format!("Cannot be read: {error}."), "Check its permissions."))
                }
            }
        }
    }

    fn file(&mut self, on_disk: &Path, path: String) {
        use std::io::Read;
        if !self.admit(&path) {
            return;
        }
        let mut bytes = Vec::new();
        let read = std::fs::File::open(on_disk).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
        match read {
            Ok(_) => self.take(path, bytes),
            Err(error) => self.findings.push(Finding::error(&path, None, format!("Cannot be read: {error}."), "Check its permissions.")),
        }
    }

    fn embedded(&mut self, dir: &Dir<'_>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            if self.admit(&path) {
                self.take(path, file.contents().to_vec());
            }
        }
        for dir in dir.dirs() {
            self.embedded(dir);
        }
    }

    /// Counts a file or folder; false when there are too many.
    fn admit(&mut self, path: &str) -> bool {
        self.seen += 1;
        if self.seen > MAX_FILES || self.bytes > MAX_PACK_BYTES {
            if !self.full {
                let message = format!("More than {MAX_FILES} files and folders, or {} MB: read no further.", MAX_PACK_BYTES >> 20);
                self.findings.push(Finding::error(path, None, message, "Split the pack."));
            }
            self.full = true;
        }
        !self.full
    }

    fn take(&mut self, path: String, bytes: Vec<u8>) {
        if bytes.len() as u64 > MAX_FILE_BYTES {
            let message = format!("Larger than {} MB.", MAX_FILE_BYTES >> 20);
            self.findings.push(Finding::error(&path, None, message, "Make it smaller."));
            return;
        }
        self.bytes += bytes.len() as u64;
        match String::from_utf8(bytes) {
            Ok(text) => {
                self.files.insert(path, text);
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let line = error.as_bytes().iter().take(valid).filter(|byte| **byte == b'\n').count() as u32 + 1;
                self.findings.push(Finding::error(&path, Some(line), "Not UTF-8 text.", "Save it as UTF-8, or remove it from the pack."));
            }
        }
    }
}
