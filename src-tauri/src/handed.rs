//! Sketch files that the system hands over: as arguments of the start, or of a second start while the window is open. It reads none of them.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// More files at once than anybody looks at are left out.
const MAX_FILES: usize = 16;

/// Files that the window has not taken yet, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Handed {
    files: Mutex<VecDeque<PathBuf>>,
}

impl Handed {
    /// Adds the files among the arguments of a start (without the program's own name); relative ones are below `folder`.
    pub(crate) fn add(&self, arguments: impl IntoIterator<Item = OsString>, folder: &Path) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        for file in files_of(arguments, folder) {
            if files.len() < MAX_FILES {
                files.push_back(file);
            }
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).is_empty()
    }

    /// The oldest one.
    pub(crate) fn take(&self) -> Option<PathBuf> {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
    }
}

/// What is no option names a file.
fn files_of(arguments: impl IntoIterator<Item = OsString>, folder: &Path) -> impl Iterator<Item = PathBuf> {
    let named = arguments.into_iter().filter(|argument| !argument.is_empty() && !argument.to_string_lossy().starts_with('-'));
    named.map(move |argument| folder.join(argument))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_taken_in_the_order_in_which_they_came() {
        let handed = Handed::default();
        assert!(handed.is_empty());
        handed.add(["--flag", "", "one.loadline", "/tmp/two.loadline"].map(OsString::from), Path::new("/home/me"));
        handed.add(vec![OsString::from("x"); 100], Path::new("/"));
        assert!(!handed.is_empty(), "looking takes none");
        assert_eq!(handed.take(), Some(PathBuf::from("/home/me/one.loadline")));
        assert_eq!(handed.take(), Some(PathBuf::from("/tmp/two.loadline")));
        let rest = std::iter::from_fn(|| handed.take()).count();
        assert_eq!(rest, MAX_FILES - 2);
    }
}
