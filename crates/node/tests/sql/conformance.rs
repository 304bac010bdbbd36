//! One suite for both: the cases in `cases/` are run against a real PostgreSQL, which the test starts, and against the embedded engine.
//! PostgreSQL's answers stand in the files; where the embedded engine answers otherwise, its answer stands under them with the name of the
//! difference, and docs/ENGINES.md lists those names. `LOADLINE_BLESS=1` writes the answers anew.
//!
//! A file: `# words`, `> statement` (`2> ` for a second client), `. more of it`, `$ parameter` (`\N` is NULL), then the answer's lines,
//! then perhaps `~ difference` and the embedded engine's lines, each after `~`.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio_postgres::Client;

use crate::answer::answer;
use crate::postgres::Postgres;
use crate::server::Server;

/// Wall time after which a statement will never be answered.
const PATIENCE: Duration = Duration::from_secs(120);

#[derive(Debug, Default, Clone)]
struct Case {
    /// Comments and empty lines before it.
    before: Vec<String>,
    line: usize,
    second: bool,
    sql: String,
    params: Vec<Option<String>>,
    wanted: Vec<String>,
    /// The difference's name, and what the embedded engine answers.
    otherwise: Option<(String, Vec<String>)>,
}

fn parse(text: &str) -> (Vec<Case>, Vec<String>) {
    let mut cases: Vec<Case> = Vec::new();
    let mut before: Vec<String> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let start = line.strip_prefix("> ").map(|sql| (false, sql)).or_else(|| line.strip_prefix("2> ").map(|sql| (true, sql)));
        if let Some((second, sql)) = start {
            cases.push(Case { before: std::mem::take(&mut before), line: at + 1, second, sql: sql.to_owned(), ..Case::default() });
            continue;
        }
        let blank = line.is_empty() || line.starts_with("## ");
        match cases.last_mut() {
            Some(case) if !blank => {
                if let Some(more) = line.strip_prefix(". ") {
                    case.sql.push('\n');
                    case.sql.push_str(more);
                } else if let Some(param) = line.strip_prefix("$ ").filter(|_| case.wanted.is_empty() && !line.starts_with("$ =")) {
                    case.params.push((param != "\\N").then(|| param.to_owned()));
                } else if let Some(name) = line.strip_prefix("~ ") {
                    case.otherwise = Some((name.to_owned(), Vec::new()));
                } else if let (Some(theirs), Some((_, lines))) = (line.strip_prefix('~'), &mut case.otherwise) {
                    lines.push(theirs.to_owned());
                } else {
                    case.wanted.push(line.to_owned());
                }
            }
            _ => before.push(line.to_owned()),
        }
    }
    (cases, before)
}

fn write(cases: &[Case], after: &[String]) -> String {
    let mut text = String::new();
    for case in cases {
        case.before.iter().for_each(|line| writeln!(text, "{line}").unwrap());
        writeln!(text, "{}> {}", if case.second { "2" } else { "" }, case.sql.replace('\n', "\n. ")).unwrap();
        case.params.iter().for_each(|param| writeln!(text, "$ {}", param.as_deref().unwrap_or("\\N")).unwrap());
        case.wanted.iter().for_each(|line| writeln!(text, "{line}").unwrap());
        if let Some((name, lines)) = &case.otherwise {
            writeln!(text, "~ {name}").unwrap();
            lines.iter().for_each(|line| writeln!(text, "~{line}").unwrap());
        }
    }
    after.iter().for_each(|line| writeln!(text, "{line}").unwrap());
    text
}

/// What is compared: all but the words of a refusal. Types of parameters are marked so that they are not taken for parameters.
fn compared(lines: &[String]) -> Vec<&String> {
    lines.iter().filter(|line| !line.starts_with("# ")).collect()
}

async fn run(cases: &[Case], first: &Client, second: &Client) -> Vec<Vec<String>> {
    let mut answers = Vec::new();
    for case in cases {
        let client = if case.second { second } else { first };
        let answered = tokio::time::timeout(PATIENCE, answer(client, &case.sql, &case.params)).await;
        let lines = answered.unwrap_or_else(|_| panic!("line {}: no answer to {}", case.line, case.sql));
        answers.push(lines.into_iter().map(|line| line.strip_prefix("$ ").map_or(line.clone(), |types| format!("$ = {types}"))).collect());
    }
    answers
}

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sql/cases");
    let mut files: Vec<PathBuf> = fs::read_dir(folder).expect("the cases").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    files
}

/// The names of differences in the docs: the first cell of each row under the heading `sql`, in backquotes.
fn listed() -> BTreeSet<String> {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/ENGINES.md");
    let text = fs::read_to_string(&docs).expect("docs/ENGINES.md");
    let section = text.split("\n## ").find(|section| section.starts_with("sql")).expect("the heading `sql`");
    section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name.to_owned()).collect()
}

#[tokio::test]
#[expect(clippy::print_stderr, reason = "the number of cases is for whoever runs the test with --nocapture")]
async fn the_same_cases_hold_on_postgresql_and_on_the_embedded_engine() {
    let bless = std::env::var_os("LOADLINE_BLESS").is_some();
    let only = std::env::var("LOADLINE_CASES").ok();
    let postgres = Postgres::start(&["fsync=off", "shared_buffers=32MB", "max_prepared_transactions=0"]);
    let (mut count, mut differing, mut refusals, mut same_words) = (0, 0, 0, 0);
    let (mut wrong, mut used): (Vec<String>, BTreeSet<String>) = (Vec::new(), BTreeSet::new());
    for path in files() {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if only.as_ref().is_some_and(|only| *only != name) {
            continue;
        }
        let (mut cases, after) = parse(&fs::read_to_string(&path).expect("a file of cases"));
        let real = run(&cases, &postgres.database(&format!("case_{name}")).await, &postgres.client(&format!("case_{name}")).await).await;
        let server = Server::primary().await;
        let embedded = run(&cases, &server.client().await, &server.client().await).await;
        for ((case, real), embedded) in cases.iter_mut().zip(&real).zip(&embedded) {
            count += 1;
            let place = format!("{name}:{} {}", case.line, case.sql);
            let same = compared(real) == compared(embedded);
            if bless {
                case.wanted.clone_from(real);
                let label = case.otherwise.take().map_or("new".to_owned(), |(label, _)| label);
                case.otherwise = (!same).then(|| (label, embedded.clone()));
            }
            if compared(real) != compared(&case.wanted) {
                wrong.push(format!("{place}\n  PostgreSQL {}: {real:#?}\n  wanted: {:#?}", postgres.version, case.wanted));
            }
            let expected = case.otherwise.as_ref().map_or(&case.wanted, |(_, lines)| lines);
            if compared(embedded) != compared(expected) {
                wrong.push(format!("{place}\n  embedded: {embedded:#?}\n  wanted: {expected:#?}"));
            }
            if let Some((label, _)) = &case.otherwise {
                differing += 1;
                used.insert(label.clone());
            } else if let (Some(a), Some(b)) = (real.last(), embedded.last())
                && a.starts_with("# ")
            {
                refusals += 1;
                same_words += usize::from(a == b);
            }
        }
        if bless {
            fs::write(&path, write(&cases, &after)).expect("the cases are written");
        }
    }
    eprintln!(
        "conformance: {count} cases, PostgreSQL {} and the embedded engine; {} answered alike, {differing} otherwise under {} names; \
         of {refusals} refusals with the same SQLSTATE and fields {same_words} have the same words",
        postgres.version,
        count - differing,
        used.len()
    );
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    if only.is_none() {
        assert_eq!(used, listed(), "the differences in the cases and those listed in docs/ENGINES.md");
    }
}
