//! The last lines of what the app did and what went wrong, for the report of an error: commands that failed by their name and code, panics by
//! their place. Never what a learner wrote. It is kept in memory and in one small file; a file that cannot be written is no reason to stop.

use std::collections::VecDeque;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use loadline_model::calendar::civil;

/// Lines that are kept in memory, and go into a report.
const MAX_LINES: usize = 60;
/// The longest line, characters.
const MAX_LINE: usize = 240;
/// A larger file begins anew at the next start, bytes.
const MAX_FILE: u64 = 256 * 1024;
/// What is read back from the file of before, bytes.
const READ_BACK: u64 = 8 * 1024;

/// The diary of this process.
#[derive(Debug, Default)]
pub struct Diary {
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    lines: VecDeque<String>,
    file: Option<File>,
}

impl Diary {
    /// A diary that goes on in `file`, with the last lines that are there. Without a file, or one that cannot be used, it is in memory only.
    pub fn open(file: Option<&Path>) -> Arc<Self> {
        let mut inside = Inside::default();
        if let Some(path) = file {
            inside.lines = last_lines(path);
            inside.file = appending(path);
        }
        Arc::new(Self { inside: Mutex::new(inside) })
    }

    /// Writes a line, with the time (UTC).
    pub fn note(&self, text: &str) {
        let now_s = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let line: String = format!("{} {text}", utc(now_s)).chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_LINE).collect();
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = &mut inside.file
            && writeln!(file, "{line}").is_err()
        {
            // A full disk: go on in memory.
            inside.file = None;
        }
        if inside.lines.len() == MAX_LINES {
            inside.lines.pop_front();
        }
        inside.lines.push_back(line);
    }

    /// The last lines, oldest first.
    pub fn lines(&self) -> Vec<String> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner).lines.iter().cloned().collect()
    }

    /// From now on every panic of this process is noted, with its place and the beginning of its reason, before what was done so far.
    pub fn note_panics(self: &Arc<Self>) {
        let diary = Arc::clone(self);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let place = panic.location().map_or_else(|| "an unknown place".to_owned(), |at| format!("{}:{}", short(at.file()), at.line()));
            diary.note(&format!("panic at {place}: {}", without_quotes(panic.payload_as_str().unwrap_or("no reason given"))));
            before(panic);
        }));
    }
}

/// The reason of a panic up to what it quotes: that may be a learner's text.
fn without_quotes(reason: &str) -> String {
    let end = reason.find(['`', '"', '\'', '\n']).unwrap_or(reason.len());
    reason.get(..end).unwrap_or_default().trim_end().to_owned()
}

/// A source file's path without the machine that it was built on: its last three parts.
fn short(file: &str) -> &str {
    let cut = file.rmatch_indices(['/', '\\']).nth(2).map_or(0, |(at, _)| at + 1);
    file.get(cut..).unwrap_or(file)
}

fn last_lines(path: &Path) -> VecDeque<String> {
    let read = || -> std::io::Result<String> {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(length.saturating_sub(READ_BACK)))?;
        let mut bytes = Vec::new();
        file.take(READ_BACK).read_to_end(&mut bytes)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    // The first start has none.
    let text = read().unwrap_or_default();
    let lines: Vec<&str> = text.lines().collect();
    let keep = lines.len().saturating_sub(MAX_LINES / 2);
    lines.into_iter().skip(keep).map(|line| line.chars().take(MAX_LINE).collect()).collect()
}

fn appending(path: &Path) -> Option<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).ok()?;
    }
    let large = fs::metadata(path).is_ok_and(|meta| meta.len() > MAX_FILE);
    OpenOptions::new().create(true).append(!large).write(true).truncate(large).open(path).ok()
}

/// `2026-11-22T03:50:12Z`.
fn utc(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let (year, month, day) = civil(days as i64);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", rest / 3600, rest / 60 % 60, rest % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_those_of_the_calendar() {
        assert_eq!(utc(0), "1970-01-01T00:00:00Z");
        assert_eq!(utc(951_782_399), "2000-02-28T23:59:59Z");
        assert_eq!(utc(951_782_400), "2000-02-29T00:00:00Z");
        assert_eq!(utc(1_795_319_412), "2026-11-22T03:50:12Z");
    }

    #[test]
    fn the_last_lines_are_kept_over_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("cache/loadline.log");
        let diary = Diary::open(Some(&file));
        for number in 0..100 {
            diary.note(&format!("line {number}\nwith a second line {}", "x".repeat(500)));
        }
        assert_eq!(diary.lines().len(), MAX_LINES);
        assert!(diary.lines().iter().all(|line| !line.contains('\n') && line.chars().count() <= MAX_LINE));
        drop(diary);
        let again = Diary::open(Some(&file));
        let lines = again.lines();
        assert!(lines.len() > 3 && lines.len() < MAX_LINES, "{}", lines.len());
        assert!(lines.last().unwrap().contains("line 99"), "{lines:?}");
    }

    #[test]
    fn a_diary_without_a_file_goes_on_in_memory() {
        let diary = Diary::open(Some(Path::new("/proc/nowhere/loadline.log")));
        diary.note("here");
        assert!(diary.lines().last().unwrap().ends_with("Z here"));
    }

    #[test]
    fn a_panic_is_noted_without_what_it_quotes() {
        assert_eq!(
            without_quotes("byte index 1 is not a char boundary; it is inside 'é' of `a note`"),
            "byte index 1 is not a char boundary; it is inside"
        );
        assert_eq!(without_quotes("index out of bounds: the len is 3"), "index out of bounds: the len is 3");
        assert_eq!(short("/home/me/project/crates/app/src/runs.rs"), "app/src/runs.rs");
        assert_eq!(short("runs.rs"), "runs.rs");
        let diary = Diary::open(None);
        diary.note_panics();
        let broken = std::thread::spawn(|| panic!("the note \"my secret\" broke")).join();
        assert!(broken.is_err());
        let lines = diary.lines();
        assert!(
            lines.iter().any(|line| line.contains("panic at ") && line.contains("src/diary.rs:") && line.ends_with(": the note")),
            "{lines:?}"
        );
        assert!(!lines.iter().any(|line| line.contains("secret")), "{lines:?}");
    }
}
