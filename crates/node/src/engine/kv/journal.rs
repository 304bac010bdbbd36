//! The append-only file: every change as the command that makes it again, in frames with a length and a CRC-32C, so that a torn tail is
//! seen. It is written before the answers go out, and put on disk as the setting `appendonly` says. Reading it is `replay`.

use std::fs::{File, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::task::Waker;
use std::time::{Duration, Instant};

use super::keyspace::Keyspace;
use super::parse::Args;
use super::rewrite::Rewrite;
use crate::runtime::lock;

/// The file's name in the node's folder.
pub(super) const FILE_NAME: &str = "kv.aof";
/// How the file begins.
pub(super) const HEADER: &[u8] = b"loadline kv 1\r\n\n";
/// The file is rewritten when it is this much bigger than after the last time, bytes; CONFIG SET auto-aof-rewrite-min-size.
const REWRITE_MIN_BYTES: u64 = 64 << 20;
/// The file is put on disk so often where the setting says every second.
const EVERY_SECOND: Duration = Duration::from_secs(1);
/// Wall time for which the file is not rewritten unasked after a rewriting that was given up.
const REWRITE_REST: Duration = Duration::from_secs(60);

/// When what was appended is put on disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fsync {
    /// Before the answer goes out.
    Always,
    /// Every second of wall time.
    EverySecond,
    /// When the system likes to.
    No,
}

impl Fsync {
    const NAMES: [(Self, &'static str); 3] = [(Self::Always, "always"), (Self::EverySecond, "everysec"), (Self::No, "no")];

    /// By the word of the setting, which is Redis's `appendfsync` too.
    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.iter().find(|(_, known)| known.eq_ignore_ascii_case(name)).map(|(fsync, _)| *fsync)
    }
    /// The word.
    pub(super) fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(fsync, _)| *fsync == self).map_or("no", |(_, name)| *name)
    }
}

/// What CONFIG may set of the open file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct FileSettings {
    pub(super) fsync: Fsync,
    /// The file is rewritten when it is this much bigger than after the last time, bytes.
    pub(super) rewrite_min_bytes: u64,
}

/// What became of the wish to rewrite the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    Begun,
    /// It begins when the transaction is over.
    Later,
    /// It was under way.
    Already,
}

/// Appends a frame: length and checksum, 4 bytes each and the lowest first, then the payload.
pub(super) fn frame(out: &mut Vec<u8>, payload: &[u8]) {
    let len = (payload.len() as u32).to_le_bytes();
    out.extend_from_slice(&len);
    out.extend_from_slice(&checksum(len, payload).to_le_bytes());
    out.extend_from_slice(payload);
}

/// Of a frame's length and payload.
pub(super) fn checksum(len: [u8; 4], payload: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(&len), payload)
}

/// Appends a command as RESP.
pub(super) fn put_command(out: &mut Vec<u8>, words: &[&[u8]]) {
    out.extend_from_slice(format!("*{}\r\n", words.len()).as_bytes());
    for word in words {
        out.extend_from_slice(format!("${}\r\n", word.len()).as_bytes());
        out.extend_from_slice(word);
        out.extend_from_slice(b"\r\n");
    }
}

/// What the file is to say of a command that changed something.
#[derive(Debug, Default)]
pub(super) enum Note {
    /// The command as it was given.
    #[default]
    AsGiven,
    /// These commands instead, as RESP, for they do the same at any time.
    Instead(Vec<u8>),
}

/// The open file.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    file: Arc<File>,
    settings: FileSettings,
    /// Frames not yet written.
    buffer: Vec<u8>,
    /// Commands of the transaction that is run now.
    group: Option<Vec<u8>>,
    /// Bytes appended since the start, in the buffer too: positions that an answer waits for.
    appended: u64,
    /// Of the file.
    bytes: u64,
    /// Of the file when it was last rewritten or opened.
    base_bytes: u64,
    rewrite: Option<Rewrite>,
    /// The file is to be rewritten as soon as no transaction is run.
    rewrite_asked: bool,
    /// Before that it is not rewritten unasked.
    rewrite_rests: Option<Instant>,
    pub(super) rewrites: u64,
    /// Why the last rewriting was given up.
    given_up: Option<String>,
    /// Why the buffer cannot be written; it is tried again.
    failed: Option<String>,
    /// What a person should know.
    news: Vec<String>,
    disk: Arc<Disk>,
}

/// What the thread that puts the file on disk shares with the others.
#[derive(Debug)]
struct Disk {
    state: Mutex<Wanted>,
    more: Condvar,
    /// Up to this position all is on disk.
    durable: AtomicU64,
}

#[derive(Debug)]
struct Wanted {
    file: Arc<File>,
    written: u64,
    /// Up to this position answers wait for the disk, whatever the policy has become meanwhile.
    promised: u64,
    fsync: Fsync,
    stop: bool,
    /// Tasks that wait for a later position.
    wakers: Vec<Waker>,
    broken: Option<String>,
}

impl Journal {
    /// Goes on with a file of `bytes` whole bytes, cut to them; made if it is not there.
    pub(super) fn open(path: &Path, bytes: u64, fsync: Fsync) -> std::io::Result<Self> {
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).read(true).open(path)?;
        let mut bytes = bytes;
        file.set_len(bytes)?;
        if bytes == 0 {
            file.write_all(HEADER)?;
            bytes = HEADER.len() as u64;
        }
        file.seek(SeekFrom::End(0))?;
        file.sync_all()?;
        sync_folder(path)?;
        let file = Arc::new(file);
        let state = Wanted { file: file.clone(), written: 0, promised: 0, fsync, stop: false, wakers: Vec::new(), broken: None };
        let disk = Arc::new(Disk { state: Mutex::new(state), more: Condvar::new(), durable: AtomicU64::new(0) });
        let thread_disk = disk.clone();
        std::thread::Builder::new().name("kv-fsync".to_owned()).spawn(move || thread_disk.keep())?;
        Ok(Self {
            path: path.to_owned(),
            file,
            settings: FileSettings { fsync, rewrite_min_bytes: REWRITE_MIN_BYTES },
            buffer: Vec::new(),
            group: None,
            appended: 0,
            bytes,
            base_bytes: bytes,
            rewrite: None,
            rewrite_asked: false,
            rewrite_rests: None,
            rewrites: 0,
            given_up: None,
            failed: None,
            news: Vec::new(),
            disk,
        })
    }

    /// Notes that keys went unasked.
    pub(super) fn lost(&mut self, keys: &[Box<[u8]>]) {
        for key in keys {
            self.append(|out| put_command(out, &[b"DEL", key]));
        }
    }

    /// Notes a command that changed something.
    pub(super) fn note(&mut self, args: Args<'_>, note: Note) {
        match note {
            Note::AsGiven => {
                let words: Vec<&[u8]> = args.rest(0).collect();
                self.append(|out| put_command(out, &words));
            }
            Note::Instead(commands) if commands.is_empty() => {}
            Note::Instead(commands) => self.append(|out| out.extend_from_slice(&commands)),
        }
    }

    /// Everything up to [`Journal::end_group`] happens as a whole or not at all.
    pub(super) fn begin_group(&mut self) {
        self.group = Some(Vec::new());
    }

    pub(super) fn end_group(&mut self) {
        if let Some(commands) = self.group.take().filter(|commands| !commands.is_empty()) {
            self.append(|out| out.extend_from_slice(&commands));
        }
    }

    fn append(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        if let Some(group) = &mut self.group {
            put(group);
            return;
        }
        // The payload is put in place, and its frame's head then filled in.
        let start = self.buffer.len();
        self.buffer.extend_from_slice(&[0; 8]);
        put(&mut self.buffer);
        let payload = self.buffer.get(start + 8..).unwrap_or_default();
        let len = (payload.len() as u32).to_le_bytes();
        let sum = checksum(len, payload).to_le_bytes();
        if let Some(head) = self.buffer.get_mut(start..start + 8) {
            head[..4].copy_from_slice(&len);
            head[4..].copy_from_slice(&sum);
        }
        let bytes = self.buffer.len() - start;
        self.appended += bytes as u64;
        if let Some(rewrite) = &mut self.rewrite {
            rewrite.tail.extend_from_slice(self.buffer.get(start..).unwrap_or_default());
        }
    }

    /// Writes what was appended; gives the position that answers must wait for, 0 when they need not. Fails only where an answer promises
    /// the disk: elsewhere what could not be written stays in the buffer, and [`Journal::failed`] says why.
    pub(super) fn flush(&mut self) -> std::io::Result<u64> {
        let always = self.settings.fsync == Fsync::Always;
        if self.buffer.is_empty() {
            return Ok(0);
        }
        if let Err(error) = self.write() {
            let why = error.to_string();
            if self.failed.replace(why.clone()).is_none() {
                self.news.push(format!("the append-only file {} cannot be written: {why}", self.path.display()));
            }
            // As much of a frame as was written would be damage before all that follows it.
            let _ = self.cut();
            return if always { Err(error) } else { Ok(0) };
        }
        if self.failed.take().is_some() {
            self.news.push(format!("the append-only file {} is written again", self.path.display()));
        }
        self.bytes += self.buffer.len() as u64;
        self.buffer.clear();
        self.buffer.shrink_to(1 << 20);
        let mut state = lock(&self.disk.state);
        state.written = self.appended;
        if always {
            state.promised = self.appended;
        }
        let is_awaited = state.promised > self.disk.durable.load(Ordering::Acquire);
        drop(state);
        if is_awaited {
            self.disk.more.notify_one();
        }
        Ok(if always { self.appended } else { 0 })
    }

    fn write(&self) -> std::io::Result<()> {
        if self.failed.is_some() {
            self.cut()?;
        }
        (&*self.file).write_all(&self.buffer)
    }

    /// Cuts the file to the whole frames that it is known to hold, and goes on there.
    fn cut(&self) -> std::io::Result<()> {
        self.file.set_len(self.bytes)?;
        (&*self.file).seek(SeekFrom::Start(self.bytes)).map(drop)
    }

    /// Why commands that change something must be refused: what they change could not be written.
    pub(super) fn failed(&self) -> Option<&str> {
        self.failed.as_deref()
    }

    /// What a person should know since the last call.
    pub(super) fn take_news(&mut self) -> Vec<String> {
        std::mem::take(&mut self.news)
    }

    /// The position that an answer made now must wait for, 0 when it need not.
    pub(super) fn position(&self) -> u64 {
        if self.settings.fsync == Fsync::Always { self.appended } else { 0 }
    }

    /// True when all up to `position` is on disk; otherwise `waker` is woken when more is.
    pub(super) fn is_durable(&self, position: u64, waker: &Waker) -> bool {
        if self.disk.durable.load(Ordering::Acquire) >= position {
            return true;
        }
        let mut state = lock(&self.disk.state);
        if self.disk.durable.load(Ordering::Acquire) >= position {
            return true;
        }
        if !state.wakers.iter().any(|known| known.will_wake(waker)) {
            state.wakers.push(waker.clone());
        }
        false
    }

    /// Why the file cannot be put on disk any more.
    pub(super) fn broken(&self) -> Option<String> {
        lock(&self.disk.state).broken.clone()
    }

    pub(super) fn settings(&self) -> FileSettings {
        self.settings
    }

    /// Other settings from now on. What was promised before is kept: answers that wait for the disk get it.
    pub(super) fn set(&mut self, settings: FileSettings) {
        let promises = [self.settings.fsync, settings.fsync].contains(&Fsync::Always);
        self.settings = settings;
        let mut state = lock(&self.disk.state);
        state.fsync = settings.fsync;
        if promises {
            state.promised = self.appended;
        }
        drop(state);
        self.disk.more.notify_one();
    }

    /// Bytes of the file, and of the file when it was last rewritten.
    pub(super) fn sizes(&self) -> (u64, u64) {
        (self.bytes, self.base_bytes)
    }

    pub(super) fn is_rewriting(&self) -> bool {
        self.rewrite.is_some()
    }

    pub(super) fn is_rewrite_asked(&self) -> bool {
        self.rewrite_asked
    }

    /// Why the last rewriting was given up, if it was.
    pub(super) fn given_up(&self) -> Option<&str> {
        self.given_up.as_deref()
    }

    /// Begins to rewrite the file. Within a transaction that waits for its end: what it has changed so far is in a picture taken now, and
    /// would be in the records after it too.
    pub(super) fn ask_rewrite(&mut self, keys: &mut Keyspace) -> std::io::Result<Asked> {
        if self.rewrite.is_some() {
            return Ok(Asked::Already);
        }
        if self.group.is_some() {
            self.rewrite_asked = true;
            return Ok(Asked::Later);
        }
        self.begin_rewrite(keys)?;
        Ok(Asked::Begun)
    }

    fn begin_rewrite(&mut self, keys: &mut Keyspace) -> std::io::Result<()> {
        self.rewrite_asked = false;
        self.rewrite = Some(Rewrite::begin(self.path.with_extension("aof.new"), keys)?);
        Ok(())
    }

    /// Every key is forgotten: a rewriting that is under way begins anew. Its picture is gone, and what was appended since may need it.
    pub(super) fn emptied(&mut self) {
        self.rewrite_asked |= self.rewrite.take().is_some();
    }

    /// Rewrites the file when it has grown far enough, and goes on with that. To be called now and then, never within a transaction.
    pub(super) fn tend(&mut self, keys: &mut Keyspace) -> std::io::Result<()> {
        self.flush()?;
        match self.go_on(keys) {
            Ok(false) => Ok(()),
            Ok(true) => self.take_place(),
            Err(error) => {
                self.give_up(keys, &error.to_string());
                Ok(())
            }
        }
    }

    /// True when a new file has the old one's name.
    fn go_on(&mut self, keys: &mut Keyspace) -> std::io::Result<bool> {
        if self.rewrite.is_none() && (self.rewrite_asked || self.has_grown()) {
            self.begin_rewrite(keys)?;
        }
        let Some(rewrite) = &mut self.rewrite else { return Ok(false) };
        if !rewrite.advance(keys)? {
            return Ok(false);
        }
        // Whatever the policy: all that the old file holds would go with a new one that is not on disk.
        rewrite.file.sync_data()?;
        std::fs::rename(&rewrite.path, &self.path)?;
        Ok(true)
    }

    fn has_grown(&self) -> bool {
        let rests = self.rewrite_rests.is_some_and(|until| Instant::now() < until);
        !rests && self.bytes > 2 * self.base_bytes && self.bytes - self.base_bytes > self.settings.rewrite_min_bytes
    }

    /// Goes on with the new file, which holds everything, what could not be written to the old one too.
    fn take_place(&mut self) -> std::io::Result<()> {
        let Some(rewrite) = self.rewrite.take() else { return Ok(()) };
        (self.file, self.bytes, self.base_bytes) = (rewrite.file, rewrite.bytes, rewrite.bytes);
        self.buffer.clear();
        (self.failed, self.given_up) = (None, None);
        self.rewrites += 1;
        let mut state = lock(&self.disk.state);
        state.file = self.file.clone();
        state.written = self.appended;
        sync_folder(&self.path)?;
        self.disk.durable.fetch_max(self.appended, Ordering::AcqRel);
        state.wakers.drain(..).for_each(Waker::wake);
        Ok(())
    }

    /// Ends a rewriting that cannot be brought to its end; the old file goes on as it is.
    fn give_up(&mut self, keys: &mut Keyspace, why: &str) {
        keys.end_snapshot();
        if let Some(rewrite) = self.rewrite.take() {
            // Its room on the disk may be what is short. One that stays is written over by the next.
            let _ = std::fs::remove_file(&rewrite.path);
        }
        self.rewrite_rests = Some(Instant::now() + REWRITE_REST);
        self.news.push(format!("the append-only file {} could not be rewritten and stays as it is: {why}", self.path.display()));
        self.given_up = Some(why.to_owned());
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        // What could not be written was not acknowledged by a policy that promises it; after a part of it nothing may follow.
        if self.failed.is_none() && self.write().is_err() {
            let _ = self.cut();
        }
        lock(&self.disk.state).stop = true;
        self.disk.more.notify_one();
    }
}

impl Disk {
    /// The thread: puts on disk what was written, everything there is at once, so that many clients share one wait.
    fn keep(&self) {
        let mut state = lock(&self.state);
        loop {
            let durable = self.durable.load(Ordering::Acquire);
            if state.stop {
                return;
            }
            let is_wanted = state.written > durable && state.promised > durable;
            if !is_wanted {
                // A poisoned lock is a panic of ours on its way out.
                let timed_out;
                (state, timed_out) = if state.fsync == Fsync::EverySecond {
                    let Ok((state, out)) = self.more.wait_timeout(state, EVERY_SECOND) else { return };
                    (state, out.timed_out())
                } else {
                    let Ok(state) = self.more.wait(state) else { return };
                    (state, false)
                };
                if !(timed_out && state.fsync == Fsync::EverySecond && state.written > durable) {
                    continue;
                }
            }
            let (file, written) = (state.file.clone(), state.written);
            drop(state);
            let outcome = file.sync_data();
            state = lock(&self.state);
            match outcome {
                Ok(()) => {
                    self.durable.fetch_max(written, Ordering::AcqRel);
                }
                Err(error) => {
                    state.broken = Some(error.to_string());
                    state.stop = true;
                }
            }
            state.wakers.drain(..).for_each(Waker::wake);
        }
    }
}

/// Puts a folder's list of names on disk, so that a new file is found again.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if cfg!(unix) => File::open(folder)?.sync_all(),
        _ => Ok(()),
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
