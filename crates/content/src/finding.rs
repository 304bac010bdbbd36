//! What is wrong with a pack: file, line, reason, remedy. For the pack's author, not for the learner.

use std::fmt;

use loadline_model::diagnostic::Severity;
use serde::Serialize;

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// Path in the pack, with `/`.
    pub file: String,
    /// 1-based line, where it can be told.
    pub line: Option<u32>,
    /// An error keeps a part from being used; a warning does not.
    pub severity: Severity,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

impl Finding {
    /// Something that keeps a part of the pack from being used.
    pub fn error(file: &str, line: Option<u32>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, severity: Severity::Error, message: message.into(), remedy: remedy.into() }
    }

    /// Something that is left out or looks wrong.
    pub fn warning(file: &str, line: Option<u32>, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(file, line, message, remedy) }
    }
}

/// `twitter/exercise.toml:3: error: message. Remedy.`
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        match self.line {
            Some(line) => write!(f, "{}:{line}: {word}: {} {}", self.file, self.message, self.remedy),
            None => write!(f, "{}: {word}: {} {}", self.file, self.message, self.remedy),
        }
    }
}

/// 1-based line of a byte offset.
pub(crate) fn line_at(text: &str, offset: usize) -> u32 {
    let before = text.as_bytes().get(..offset.min(text.len())).unwrap_or_default();
    before.iter().filter(|byte| **byte == b'\n').count() as u32 + 1
}

/// Words from a pack in a sentence: one line, not too long.
pub(crate) fn quoted(word: &str) -> String {
    let mut short: String = word.chars().map(|c| if c.is_control() { ' ' } else { c }).take(80).collect();
    if word.chars().count() > 80 {
        short.push('…');
    }
    format!("`{short}`")
}
