//! `phases/<name>.toml` with `<name>.md` (the prompt) and `<name>.solution.md`: an exercise has all six, a lab may have none.

use serde::Deserialize;

use super::text::Texts;
use super::{Expected, Line, PHASES, Phase, SubsystemAsk};
use crate::finding::Finding;
use crate::lint::toml::Doc;

/// Fewest and most hints: from a nudge to nearly the answer takes three.
const HINTS: std::ops::RangeInclusive<usize> = 3..=12;
/// Most rows of any other table.
const MAX_ROWS: usize = 40;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhaseFile {
    title: String,
    minutes: u32,
    #[serde(rename = "ask", default)]
    asks: Vec<AskFile>,
    #[serde(rename = "expect", default)]
    expected: Vec<ExpectFile>,
    #[serde(rename = "hint", default)]
    hints: Vec<TextFile>,
    #[serde(rename = "red_flag", default)]
    red_flags: Vec<TextFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskFile {
    subsystem: String,
    prompt: String,
    expected: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectFile {
    what: String,
    line: Line,
    why: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TextFile {
    text: String,
}

/// Every phase that can be used, in order. `required`: a missing one is a finding.
pub(crate) fn read(texts: &Texts<'_>, required: bool, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Vec<Phase> {
    let any = texts.files.keys().any(|path| path.starts_with(&format!("{}/phases/", texts.folder)));
    if !any && !required {
        return Vec::new();
    }
    PHASES.iter().filter_map(|id| phase(id, texts, used, findings)).collect()
}

fn phase(id: &str, texts: &Texts<'_>, used: &mut Vec<String>, findings: &mut Vec<Finding>) -> Option<Phase> {
    let path = format!("{}/phases/{id}.toml", texts.folder);
    used.push(path.clone());
    let Some(text) = texts.files.get(&path) else {
        let message = format!("The exercise has no phase {id}.");
        findings.push(Finding::error(&path, None, message, "Add the file; docs/PACKS.md says what is in it."));
        return None;
    };
    let doc = Doc::new(&path, text);
    let file: PhaseFile = doc.read(findings)?;
    doc.filled("title", &file.title, findings);
    if !(1..=120).contains(&file.minutes) {
        findings.push(Finding::error(&path, doc.line(&["minutes"]), format!("{} minutes.", file.minutes), "Say 1 to 120 minutes."));
    }
    let hints = file.hints.len();
    if !HINTS.contains(&hints) {
        let (line, few, many) = (doc.line(&["hint"]), HINTS.start(), HINTS.end());
        let message = format!("{hints} hints: there must be {few} to {many}.");
        findings.push(Finding::error(&path, line, message, "Stage them: a nudge, a direction, nearly the answer."));
    }
    if file.red_flags.is_empty() {
        findings.push(Finding::error(&path, None, "There are no red flags.", "Add a [[red_flag]]: what would worry an interviewer."));
    }
    for (table, rows) in [("ask", file.asks.len()), ("expect", file.expected.len()), ("red_flag", file.red_flags.len())] {
        if rows > MAX_ROWS {
            let message = format!("{rows} rows of {table}, at most {MAX_ROWS}.");
            findings.push(Finding::error(&path, doc.line(&[table]), message, "Keep what matters most."));
        }
    }
    let at = |index: usize| index.to_string();
    let mut short = |table: &str, index: usize, key: &str, text: &str| texts.short(&doc, &[table, &at(index), key], text, findings);
    let hints = file.hints.iter().enumerate().take(*HINTS.end()).map(|(i, hint)| short("hint", i, "text", &hint.text)).collect();
    let red_flags = file.red_flags.iter().enumerate().take(MAX_ROWS).map(|(i, flag)| short("red_flag", i, "text", &flag.text)).collect();
    let expected = file.expected.iter().enumerate().take(MAX_ROWS);
    let expected = expected.map(|(i, e)| Expected { what: e.what.clone(), line: e.line, why: short("expect", i, "why", &e.why) }).collect();
    let asks = file.asks.iter().enumerate().take(MAX_ROWS).map(|(i, ask)| SubsystemAsk {
        subsystem: ask.subsystem.clone(),
        prompt: ask.prompt.clone(),
        expected: short("ask", i, "expected", &ask.expected),
    });
    let asks = asks.collect();
    for (table, index, key, value) in file
        .asks
        .iter()
        .enumerate()
        .flat_map(|(i, ask)| [("ask", i, "subsystem", &ask.subsystem), ("ask", i, "prompt", &ask.prompt)])
        .chain(file.expected.iter().enumerate().map(|(i, expect)| ("expect", i, "what", &expect.what)))
        .take(3 * MAX_ROWS)
    {
        if value.trim().is_empty() {
            let line = doc.line(&[table, &at(index), key]);
            findings.push(Finding::error(&path, line, format!("{key} is empty."), "Fill it in."));
        }
    }
    Some(Phase {
        id: id.to_owned(),
        title: file.title,
        minutes: file.minutes,
        prompt: texts.file(&format!("phases/{id}.md"), used, findings),
        asks,
        expected,
        hints,
        red_flags,
        solution: texts.file(&format!("phases/{id}.solution.md"), used, findings),
    })
}
