//! TOML with lines: reads a file into its type, and finds the line of any value for later findings.

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::finding::{Finding, line_at, quoted};

/// One TOML file.
pub(crate) struct Doc<'a> {
    /// Path in the pack.
    pub(crate) file: &'a str,
    text: &'a str,
    table: Option<Spanned<DeTable<'a>>>,
}

impl<'a> Doc<'a> {
    pub(crate) fn new(file: &'a str, text: &'a str) -> Self {
        Self { file, text, table: DeTable::parse(text).ok() }
    }

    /// The file as `T`, or a finding that says where it is not one.
    pub(crate) fn read<T: DeserializeOwned>(&self, findings: &mut Vec<Finding>) -> Option<T> {
        match toml::from_str(self.text) {
            Ok(value) => Some(value),
            Err(error) => {
                let line = error.span().map(|span| line_at(self.text, span.start));
                let message = error.message().lines().next().unwrap_or("not valid TOML").trim_end_matches('.');
                findings.push(Finding::error(self.file, line, format!("{message}."), "Correct the file."));
                None
            }
        }
    }

    /// Line of the value at a path of keys and 0-based positions; of the nearest part of the path that is there.
    pub(crate) fn line(&self, path: &[&str]) -> Option<u32> {
        let mut table = Some(self.table.as_ref()?.get_ref());
        let mut array = None;
        let mut found = None;
        for step in path {
            let value = match (table, array) {
                (Some(table), _) => table.get(*step),
                (None, Some(array)) => step.parse::<usize>().ok().and_then(|at| <[Spanned<DeValue<'_>>]>::get(array, at)),
                (None, None) => None,
            };
            let Some(value) = value else { break };
            found = Some(value.span().start);
            (table, array) = match value.get_ref() {
                DeValue::Table(inner) => (Some(inner), None),
                DeValue::Array(inner) => (None, Some(inner.as_ref())),
                _ => (None, None),
            };
        }
        found.map(|offset| line_at(self.text, offset))
    }

    /// A finding when an id is not one.
    pub(crate) fn id(&self, id: &str, findings: &mut Vec<Finding>) {
        if !is_id(id) {
            let message = format!("{} cannot be an id.", quoted(id));
            findings.push(Finding::error(self.file, self.line(&["id"]), message, "Use 1 to 48 lower-case letters, digits and dashes."));
        }
    }

    /// A finding when a text is empty.
    pub(crate) fn filled(&self, key: &str, value: &str, findings: &mut Vec<Finding>) {
        if value.trim().is_empty() {
            findings.push(Finding::error(self.file, self.line(&[key]), format!("{key} is empty."), "Fill it in."));
        }
    }
}

/// 1 to 48 lower-case letters, digits and dashes.
pub(crate) fn is_id(id: &str) -> bool {
    (1..=48).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
