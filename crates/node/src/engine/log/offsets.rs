//! Committed offsets on disk: a file of JSON lines, the later line of a partition holds. It is written anew when it has grown, and when
//! the broker starts. A line that a kill tore is cut.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{file, limits};

/// A committed offset, and a line of the file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Committed {
    /// Group id.
    pub(super) group: String,
    /// Topic name.
    pub(super) topic: String,
    /// Partition number.
    pub(super) partition: i32,
    /// Offset of the next record to consume; -1 in the file when it is forgotten.
    pub(super) offset: i64,
    /// Whatever text the client stored beside it.
    pub(super) text: String,
}

/// By group, topic and partition.
pub(super) type Offsets = BTreeMap<(String, String, i32), Committed>;

/// The file.
#[derive(Debug)]
pub(super) struct OffsetsFile {
    path: PathBuf,
    file: Arc<File>,
    lines: usize,
    flush: bool,
}

impl OffsetsFile {
    /// Reads `offsets.jsonl` in `folder`, if it is there. Gives what holds, and the bytes that were torn and are cut.
    pub(super) fn open(folder: &Path, flush: bool) -> io::Result<(Self, Offsets, u64)> {
        let path = folder.join("offsets.jsonl");
        let text = match std::fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut offsets = Offsets::new();
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let (whole, torn) = text.split_at(whole);
        for (number, line) in whole.split(|byte| *byte == b'\n').enumerate().filter(|(_, line)| !line.is_empty()) {
            let committed: Committed = serde_json::from_slice(line).map_err(|error| {
                let why = format!("{}:{}: {error}: remove the line, its group then reads that partition again", path.display(), number + 1);
                io::Error::new(io::ErrorKind::InvalidData, why)
            })?;
            note(&mut offsets, committed);
        }
        let file = write_anew(&path, &offsets, flush)?;
        let lines = offsets.len();
        Ok((Self { path, file: Arc::new(file), lines, flush }, offsets, torn.len() as u64))
    }

    /// Appends `changed`, which `offsets` has already or will have.
    pub(super) fn append(&mut self, changed: &[Committed], offsets: &Offsets) -> io::Result<()> {
        let mut lines = Vec::new();
        for committed in changed {
            serde_json::to_writer(&mut lines, committed)?;
            lines.push(b'\n');
        }
        (&*self.file).write_all(&lines)?;
        self.lines += changed.len();
        if self.lines > limits::OFFSET_LINES.max(offsets.len() * 4) {
            let mut holds = offsets.clone();
            for committed in changed {
                note(&mut holds, committed.clone());
            }
            self.file = Arc::new(write_anew(&self.path, &holds, self.flush)?);
            self.lines = holds.len();
        }
        Ok(())
    }

    /// The file to flush before a commit is acknowledged, if that was asked for.
    pub(super) fn to_flush(&self) -> Option<Arc<File>> {
        self.flush.then(|| self.file.clone())
    }
}

/// The later one holds.
pub(super) fn note(offsets: &mut Offsets, committed: Committed) {
    let key = (committed.group.clone(), committed.topic.clone(), committed.partition);
    if committed.offset < 0 {
        offsets.remove(&key);
    } else {
        offsets.insert(key, committed);
    }
}

fn write_anew(path: &Path, offsets: &Offsets, flush: bool) -> io::Result<File> {
    let mut lines = Vec::new();
    for committed in offsets.values() {
        serde_json::to_writer(&mut lines, committed)?;
        lines.push(b'\n');
    }
    file::replace(path, &lines, flush)?;
    File::options().append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn committed(partition: i32, offset: i64) -> Committed {
        Committed { group: "g".to_owned(), topic: "t".to_owned(), partition, offset, text: String::new() }
    }

    fn told(offsets: &Offsets) -> Vec<(i32, i64)> {
        offsets.values().map(|committed| (committed.partition, committed.offset)).collect()
    }

    #[test]
    fn the_later_line_holds_and_a_torn_one_is_cut() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, offsets, torn) = OffsetsFile::open(folder.path(), false).unwrap();
        assert_eq!((offsets.len(), torn), (0, 0));
        file.append(&[committed(0, 5), committed(1, 6)], &offsets).unwrap();
        file.append(&[committed(0, 7), committed(1, -1), committed(2, 1)], &offsets).unwrap();
        let path = folder.path().join("offsets.jsonl");
        let whole = std::fs::read(&path).unwrap();
        let last = whole.len() - committed_line(&committed(2, 1));
        for length in last..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (_, offsets, torn) = OffsetsFile::open(folder.path(), true).unwrap();
            if length == whole.len() {
                assert_eq!((told(&offsets), torn), (vec![(0, 7), (2, 1)], 0));
            } else {
                assert_eq!((told(&offsets), torn), (vec![(0, 7)], (length - last) as u64));
            }
        }
        std::fs::write(&path, "nonsense\n").unwrap();
        assert!(OffsetsFile::open(folder.path(), false).unwrap_err().to_string().contains("offsets.jsonl:1"));
    }

    fn committed_line(committed: &Committed) -> usize {
        serde_json::to_vec(committed).unwrap().len() + 1
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, mut offsets, _) = OffsetsFile::open(folder.path(), false).unwrap();
        let many: Vec<Committed> = (0..1000).map(|n| committed(0, n)).collect();
        note(&mut offsets, committed(0, 999));
        for _ in 0..=limits::OFFSET_LINES / 1000 {
            file.append(&many, &offsets).unwrap();
        }
        assert!(file.lines < limits::OFFSET_LINES / 10, "{} lines", file.lines);
        assert_eq!(told(&OffsetsFile::open(folder.path(), false).unwrap().1), [(0, 999)]);
    }
}
