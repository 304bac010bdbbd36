//! Texts of a study: Markdown in which `{{name}}` stands for a value of the worksheet and `[@id]` for a source, so that neither a number nor a
//! citation is written twice. Short texts sit in TOML and have no diagrams.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use crate::diagram::check_size;
use crate::finding::{Finding, quoted};
use crate::lint::toml::{Doc, is_id};
use crate::markdown::{self, Document};
use crate::source::Files;
use crate::worksheet::Worksheet;

/// Most sources of an exercise.
const MAX_SOURCES: usize = 100;
/// A short text longer than this is refused, bytes.
const MAX_SHORT_BYTES: usize = 8 * 1024;
/// Longest name in a placeholder, bytes.
const MAX_NAME_BYTES: usize = 60;
/// A text with more unknown names does not list the others.
const MAX_FINDINGS: usize = 100;

/// `sources.toml`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    #[serde(rename = "source", default)]
    sources: Vec<SourceFile>,
}

/// What somebody published.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceFile {
    id: String,
    /// `Krikorian 2012`.
    label: String,
    /// Author, title, where, when.
    text: String,
    #[serde(default)]
    url: Option<String>,
}

/// What stands behind the placeholders of an exercise.
pub(crate) struct Texts<'a> {
    pub(crate) folder: &'a str,
    pub(crate) files: &'a Files,
    pub(crate) worksheet: Option<&'a Worksheet>,
    sources: BTreeMap<String, SourceFile>,
}

impl<'a> Texts<'a> {
    /// Reads `sources.toml`, if there is one.
    pub(crate) fn new(folder: &'a str, files: &'a Files, worksheet: Option<&'a Worksheet>, findings: &mut Vec<Finding>) -> Self {
        let mut texts = Self { folder, files, worksheet, sources: BTreeMap::new() };
        let path = format!("{folder}/sources.toml");
        let Some(text) = files.get(&path) else { return texts };
        let doc = Doc::new(&path, text);
        let file: SourcesFile = doc.read(findings).unwrap_or_default();
        if file.sources.len() > MAX_SOURCES {
            let message = format!("{} sources, at most {MAX_SOURCES}.", file.sources.len());
            findings.push(Finding::error(&path, doc.line(&["source"]), message, "Leave out what nothing cites."));
        }
        for (at, source) in file.sources.into_iter().enumerate().take(MAX_SOURCES) {
            let at = at.to_string();
            let line = |key: &str| doc.line(&["source", &at, key]);
            if !is_id(&source.id) || texts.sources.contains_key(&source.id) {
                let message = format!("{} cannot be the id of a source, or is there twice.", quoted(&source.id));
                findings.push(Finding::error(&path, line("id"), message, "Use lower-case letters, digits and dashes, each id once."));
            }
            for (key, value) in [("label", &source.label), ("text", &source.text)] {
                if value.trim().is_empty() || value.contains(['[', ']', '\n']) {
                    let message = format!("{key} is empty, or has brackets or line breaks.");
                    findings.push(Finding::error(&path, line(key), message, "Write author, title, place and date in one line."));
                }
            }
            if source.url.as_ref().is_some_and(|url| !url.starts_with("https://") || url.contains([' ', ')', '\n', '<', '>'])) {
                let remedy = "Give an https address without spaces or brackets, or none.";
                findings.push(Finding::error(&path, line("url"), "The address cannot be used.", remedy));
            }
            texts.sources.insert(source.id.clone(), source);
        }
        texts
    }

    /// The citation in full, for a card's back.
    pub(crate) fn citation(&self, id: &str) -> Option<Document> {
        let source = self.sources.get(id)?;
        let markdown = match &source.url {
            Some(url) => format!("[{}]({url})", source.text),
            None => source.text.clone(),
        };
        Some(markdown::render("", &markdown, &|_| false, &mut Vec::new()))
    }

    /// A Markdown file of the exercise; missing is a finding.
    pub(crate) fn file(&self, name: &str, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Document {
        let path = format!("{}/{name}", self.folder);
        used.push(path.clone());
        match self.files.get(&path).filter(|text| !text.trim().is_empty()) {
            Some(text) => self.render(&path, text, &BTreeMap::new(), findings),
            None => {
                findings.push(Finding::error(&path, None, "There is no such text, or it is empty.", "Write it in Markdown."));
                Document::default()
            }
        }
    }

    /// Markdown of the file at `path`, with everything filled in. `more` are values beside the worksheet's.
    pub(crate) fn render(&self, path: &str, text: &str, more: &BTreeMap<&str, String>, findings: &mut Vec<Finding>) -> Document {
        // What is too long to be rendered is refused there, before anything is looked for in it.
        let is_short = text.len() <= markdown::MAX_BYTES;
        let filled = if is_short { Cow::Owned(self.filled(path, text, more, findings)) } else { Cow::Borrowed(text) };
        let document = markdown::render(path, &filled, &|target| self.files.contains_key(target), findings);
        for diagram in &document.diagrams {
            if let Err(error) = check_size(&diagram.source) {
                findings.push(Finding::error(path, Some(diagram.line), format!("The diagram is refused: {error}."), "Make it smaller."));
            }
        }
        document
    }

    /// A short text inside a TOML file; findings are moved to its line there.
    pub(crate) fn short(&self, doc: &Doc<'_>, at: &[&str], text: &str, findings: &mut Vec<Finding>) -> Document {
        self.short_with(doc, at, text, &BTreeMap::new(), findings)
    }

    /// As [`Texts::short`], with more values.
    pub(crate) fn short_with(
        &self,
        doc: &Doc<'_>,
        at: &[&str],
        text: &str,
        more: &BTreeMap<&str, String>,
        findings: &mut Vec<Finding>,
    ) -> Document {
        let line = doc.line(at);
        let key = at.last().copied().unwrap_or_default();
        if text.trim().is_empty() {
            findings.push(Finding::error(doc.file, line, format!("{key} is empty."), "Fill it in."));
            return Document::default();
        }
        if text.len() > MAX_SHORT_BYTES {
            let message = format!("{key} has {} bytes, at most {MAX_SHORT_BYTES}.", text.len());
            findings.push(Finding::error(doc.file, line, message, "Shorten it, or put it into a Markdown file."));
            return Document::default();
        }
        let mut found = Vec::new();
        let document = self.render(doc.file, text, more, &mut found);
        if !document.diagrams.is_empty() {
            let remedy = "Put the diagram into a Markdown file.";
            found.push(Finding::error(doc.file, Some(1), "A diagram in a short text.", remedy));
        }
        let offset = line.unwrap_or(1) - 1;
        findings.extend(found.into_iter().map(|finding| Finding { line: finding.line.map(|inside| inside + offset), ..finding }));
        document
    }

    /// `{{name}}` and `[@id]` replaced; what is not known stays and is found. One pass, however the text is made; once it has grown past
    /// what is rendered the rest stays as it is.
    fn filled(&self, path: &str, text: &str, more: &BTreeMap<&str, String>, findings: &mut Vec<Finding>) -> String {
        let mut filled = String::with_capacity(text.len());
        let (mut rest, mut line) = (text, 1);
        let most = findings.len() + MAX_FINDINGS;
        while filled.len() <= markdown::MAX_BYTES
            && let Some(at) = rest.find(['{', '['])
        {
            let (before, from) = rest.split_at(at);
            filled.push_str(before);
            line += before.bytes().filter(|byte| *byte == b'\n').count() as u32;
            let placeholder = Placeholder::at_start(from);
            let replacement = placeholder.as_ref().and_then(|placeholder| self.replacement(placeholder, more));
            if let (Some(placeholder), None) = (&placeholder, &replacement)
                && findings.len() < most
            {
                findings.push(placeholder.unknown(path, line));
            }
            // Braces or brackets of somebody else stay, a pair of them at a time.
            let pair = if from.starts_with("{{") || from.starts_with("[@") { 2 } else { 1 };
            let (taken, after) = from.split_at(placeholder.map_or(pair, |placeholder| placeholder.bytes));
            filled.push_str(replacement.as_deref().unwrap_or(taken));
            rest = after;
        }
        filled.push_str(rest);
        filled
    }

    fn replacement(&self, placeholder: &Placeholder<'_>, more: &BTreeMap<&str, String>) -> Option<String> {
        let name = placeholder.name;
        if placeholder.is_value {
            return more.get(name).cloned().or_else(|| self.worksheet.and_then(|sheet| sheet.shown(name)));
        }
        self.sources.get(name).map(|source| match &source.url {
            Some(url) => format!("[{}]({url})", source.label),
            None => format!("*{}*", source.label),
        })
    }
}

/// `{{name}}` for a value, `[@id]` for a source.
struct Placeholder<'t> {
    name: &'t str,
    is_value: bool,
    /// Length of the whole.
    bytes: usize,
}

impl<'t> Placeholder<'t> {
    /// The one that `text` begins with. It looks no further than a name may be long.
    fn at_start(text: &'t str) -> Option<Self> {
        let (is_value, close) = match text.get(..2)? {
            "{{" => (true, "}}"),
            "[@" => (false, "]"),
            _ => return None,
        };
        let inside = text.get(2..)?;
        let of_name = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        let length = inside.bytes().take(MAX_NAME_BYTES + 1).take_while(of_name).count();
        let (name, after) = inside.split_at(length);
        let is_closed = (1..=MAX_NAME_BYTES).contains(&length) && after.starts_with(close);
        is_closed.then_some(Self { name, is_value, bytes: 2 + length + close.len() })
    }

    fn unknown(&self, path: &str, line: u32) -> Finding {
        let (message, remedy) = if self.is_value {
            (format!("There is no value {}.", quoted(self.name)), "Name an input or a quantity of worksheet.toml.")
        } else {
            (format!("There is no source {}.", quoted(self.name)), "Add it to sources.toml, or cite one that is there.")
        };
        Finding::error(path, Some(line), message, remedy)
    }
}
