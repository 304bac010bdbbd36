//! Committed offsets on disk: a file of JSON lines, the later line of a partition holds. It is written anew when it has grown, and when
//! the broker starts. A line that a kill tore is cut.

use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::settings::Flush;
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
    /// Bytes of whole lines.
    size: u64,
    lines: usize,
    flush: Flush,
    /// There may be more in the file than those: a part of a line.
    torn: bool,
    /// A flush failed, so nobody knows what of the file is on the disk.
    distrusted: bool,
    /// Something was written since the last flush.
    unflushed: bool,
}

impl OffsetsFile {
    /// Reads `offsets.jsonl` in `folder`, if it is there. Gives what holds, and the bytes that were torn and are cut.
    pub(super) fn open(folder: &Path, flush: Flush) -> io::Result<(Self, Offsets, u64)> {
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
        let (file, size) = write_anew(&path, &offsets, flush)?;
        let lines = offsets.len();
        let own = Self { path, file: Arc::new(file), size, lines, flush, torn: false, distrusted: false, unflushed: false };
        own.flush_name()?;
        Ok((own, offsets, torn.len() as u64))
    }

    /// Appends `changed`, which `offsets` has already or will have.
    pub(super) fn append(&mut self, changed: &[Committed], offsets: &Offsets) -> io::Result<()> {
        let mut lines = Vec::new();
        for committed in changed {
            serde_json::to_writer(&mut lines, committed)?;
            lines.push(b'\n');
        }
        if self.distrusted {
            return self.renew(changed, offsets);
        }
        self.write(&lines)?;
        self.lines += changed.len();
        if self.lines > limits::OFFSET_LINES.max(offsets.len() * 4) {
            return self.renew(changed, offsets);
        }
        Ok(())
    }

    /// Writes whole lines at the end, or nothing: a part of one would be joined by the next, and both be lost.
    fn write(&mut self, lines: &[u8]) -> io::Result<()> {
        if self.torn {
            self.file.set_len(self.size)?;
        }
        let written = file::write_at(&self.file, [lines, b""], self.size);
        self.torn = written.is_err() && self.file.set_len(self.size).is_err();
        written?;
        self.size += lines.len() as u64;
        self.unflushed = true;
        Ok(())
    }

    fn renew(&mut self, changed: &[Committed], offsets: &Offsets) -> io::Result<()> {
        let mut holds = offsets.clone();
        for committed in changed {
            note(&mut holds, committed.clone());
        }
        let (file, size) = write_anew(&self.path, &holds, self.flush)?;
        (self.file, self.size, self.lines) = (Arc::new(file), size, holds.len());
        (self.torn, self.distrusted) = (false, false);
        self.flush_name()
    }

    fn flush_name(&self) -> io::Result<()> {
        if self.flush == Flush::Never { Ok(()) } else { file::flush_folder(self.path.parent().unwrap_or(&self.path)) }
    }

    /// The file to flush before a commit is acknowledged, if that was asked for.
    pub(super) fn to_flush(&self) -> Option<Arc<File>> {
        (self.flush == Flush::EachBatch).then(|| self.file.clone())
    }

    /// The file to flush once a second, if that was asked for and something was written since it was given last.
    pub(super) fn take_unflushed(&mut self) -> Option<Arc<File>> {
        let unflushed = std::mem::take(&mut self.unflushed);
        (unflushed && self.flush == Flush::EverySecond).then(|| self.file.clone())
    }

    /// A flush failed. The system may have dropped what it could not write, and the next flush would seem to succeed: with the next commit
    /// everything is written anew.
    pub(super) fn distrust(&mut self) {
        self.distrusted = true;
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

/// Puts a new file in the place of the old one; gives it with its size.
fn write_anew(path: &Path, offsets: &Offsets, flush: Flush) -> io::Result<(File, u64)> {
    let mut lines = Vec::new();
    for committed in offsets.values() {
        serde_json::to_writer(&mut lines, committed)?;
        lines.push(b'\n');
    }
    let beside = path.with_extension("new");
    let file = File::options().write(true).create(true).truncate(true).open(&beside)?;
    file::write_at(&file, [&lines, b""], 0)?;
    if flush != Flush::Never {
        file.sync_all()?;
    }
    std::fs::rename(&beside, path)?;
    Ok((file, lines.len() as u64))
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
        let (mut file, offsets, torn) = OffsetsFile::open(folder.path(), Flush::Never).unwrap();
        assert_eq!((offsets.len(), torn), (0, 0));
        file.append(&[committed(0, 5), committed(1, 6)], &offsets).unwrap();
        file.append(&[committed(0, 7), committed(1, -1), committed(2, 1)], &offsets).unwrap();
        let path = folder.path().join("offsets.jsonl");
        let whole = std::fs::read(&path).unwrap();
        let last = whole.len() - committed_line(&committed(2, 1));
        for length in last..=whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (_, offsets, torn) = OffsetsFile::open(folder.path(), Flush::EachBatch).unwrap();
            if length == whole.len() {
                assert_eq!((told(&offsets), torn), (vec![(0, 7), (2, 1)], 0));
            } else {
                assert_eq!((told(&offsets), torn), (vec![(0, 7)], (length - last) as u64));
            }
        }
        std::fs::write(&path, "nonsense\n").unwrap();
        assert!(OffsetsFile::open(folder.path(), Flush::Never).unwrap_err().to_string().contains("offsets.jsonl:1"));
    }

    fn committed_line(committed: &Committed) -> usize {
        serde_json::to_vec(committed).unwrap().len() + 1
    }

    #[test]
    fn the_file_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, mut offsets, _) = OffsetsFile::open(folder.path(), Flush::Never).unwrap();
        let many: Vec<Committed> = (0..1000).map(|n| committed(0, n)).collect();
        note(&mut offsets, committed(0, 999));
        for _ in 0..=limits::OFFSET_LINES / 1000 {
            file.append(&many, &offsets).unwrap();
        }
        assert!(file.lines < limits::OFFSET_LINES / 10, "{} lines", file.lines);
        assert_eq!(told(&OffsetsFile::open(folder.path(), Flush::Never).unwrap().1), [(0, 999)]);
    }

    /// What a write that failed left behind is cut, by it or before the next one.
    #[test]
    fn half_a_line_is_not_joined_by_the_next() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, offsets, _) = OffsetsFile::open(folder.path(), Flush::Never).unwrap();
        file.append(&[committed(0, 5)], &offsets).unwrap();
        let path = folder.path().join("offsets.jsonl");
        let half = [std::fs::read(&path).unwrap().as_slice(), &br#"{"group":"g","topic":"a topic with a long na"#.repeat(9)].concat();
        std::fs::write(&path, half).unwrap();
        file.torn = true;
        file.append(&[committed(1, 6)], &offsets).unwrap();
        let (_, offsets, torn) = OffsetsFile::open(folder.path(), Flush::Never).unwrap();
        assert_eq!((told(&offsets), torn), (vec![(0, 5), (1, 6)], 0));
    }

    #[test]
    fn after_a_flush_that_failed_everything_is_written_anew() {
        let folder = tempfile::tempdir().unwrap();
        let (mut file, mut offsets, _) = OffsetsFile::open(folder.path(), Flush::EachBatch).unwrap();
        file.append(&[committed(0, 5)], &offsets).unwrap();
        note(&mut offsets, committed(0, 5));
        let path = folder.path().join("offsets.jsonl");
        std::fs::File::options().write(true).open(&path).unwrap().set_len(3).unwrap();
        file.distrust();
        file.append(&[committed(1, 6)], &offsets).unwrap();
        file.append(&[committed(2, 7)], &offsets).unwrap();
        assert_eq!(told(&OffsetsFile::open(folder.path(), Flush::Never).unwrap().1), [(0, 5), (1, 6), (2, 7)]);
    }

    #[test]
    fn once_a_second_is_asked_for_only_after_a_write() {
        for (flush, wanted) in [(Flush::EverySecond, true), (Flush::EachBatch, false), (Flush::Never, false)] {
            let folder = tempfile::tempdir().unwrap();
            let (mut file, offsets, _) = OffsetsFile::open(folder.path(), flush).unwrap();
            assert!(file.take_unflushed().is_none());
            file.append(&[committed(0, 5)], &offsets).unwrap();
            assert_eq!((file.take_unflushed().is_some(), file.take_unflushed().is_some()), (wanted, false), "{flush:?}");
            assert_eq!(file.to_flush().is_some(), flush == Flush::EachBatch);
        }
    }
}
