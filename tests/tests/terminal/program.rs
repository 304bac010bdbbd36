//! The binary as a process: started in a folder of its own, heard line by line, signalled, and never left behind by a failed test.

use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};

/// However busy the machine is, a program that says nothing for so long is stuck.
pub(crate) const STUCK: Duration = Duration::from_secs(120);

/// Clusters run one at a time: they would measure each other.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static CLUSTER: Mutex<()> = Mutex::new(());
    CLUSTER.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a program came to.
pub(crate) struct Finished {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Finished {
    #[track_caller]
    pub(crate) fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "standard error:\n{}\nstandard output:\n{}", self.err, self.out);
        self
    }
}

#[derive(Default)]
struct Heard {
    texts: Mutex<[String; 2]>,
    more: Condvar,
}

/// A program that runs. Dropping it kills it.
pub(crate) struct Program {
    child: Child,
    heard: Arc<Heard>,
    readers: Vec<std::thread::JoinHandle<()>>,
    /// Its folder for temporary files, and where relative paths are; gone with this value.
    folder: tempfile::TempDir,
}

impl Program {
    /// Starts `loadline` with `arguments` in a new folder, which is also its folder for temporary files.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), arguments)
    }

    /// As [`Program::start`], in a folder that is there already.
    pub(crate) fn start_in(folder: tempfile::TempDir, arguments: &[&str]) -> Self {
        let mut command = Command::new(loadline_tests::loadline());
        command.args(arguments).env("TMPDIR", folder.path());
        Self::of(command, folder)
    }

    /// As [`Program::start`], where a terminal that closes has its usual effect (`default`) or none (`ignore`, as with `nohup`), whatever it
    /// has where the tests run.
    pub(crate) fn start_with_hangup(effect: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("env");
        command.arg(format!("--{effect}-signal=HUP")).arg(loadline_tests::loadline()).args(arguments).env("TMPDIR", folder.path());
        Self::of(command, folder)
    }

    /// Starts any command in `folder`, in a process group of its own, as a shell does.
    pub(crate) fn of(mut command: Command, folder: tempfile::TempDir) -> Self {
        let mut child = command
            .process_group(0)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let heard = Arc::new(Heard::default());
        let readers = vec![listen(child.stdout.take().unwrap(), 0, heard.clone()), listen(child.stderr.take().unwrap(), 1, heard.clone())];
        Self { child, heard, readers, folder }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until standard output or standard error has `text`, and gives both.
    #[track_caller]
    pub(crate) fn wait_for(&self, text: &str) -> [String; 2] {
        self.wait_until(text, |texts| texts.iter().any(|heard| heard.contains(text)))
    }

    /// Waits until what was said satisfies `enough`, and gives it: standard output and standard error.
    #[track_caller]
    pub(crate) fn wait_until(&self, what: &str, enough: impl Fn(&[String; 2]) -> bool) -> [String; 2] {
        let deadline = Instant::now() + STUCK;
        let mut texts = self.heard.texts.lock().unwrap();
        while !enough(&texts) {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "`{what}` was never said:\n{}\n{}", texts[0], texts[1]);
            texts = self.heard.more.wait_timeout(texts, left).unwrap().0;
        }
        texts.clone()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        signal_to(self.pid(), signal);
    }

    /// To the whole process group, as a terminal does with Ctrl-C and when it closes.
    pub(crate) fn signal_from_terminal(&self, signal: Signal) {
        kill_process_group(Pid::from_raw(self.pid() as i32).unwrap(), signal).unwrap();
    }

    /// Waits for its end.
    #[track_caller]
    pub(crate) fn finish(mut self) -> (Finished, tempfile::TempDir) {
        let deadline = Instant::now() + STUCK;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end:\n{}", self.heard.texts.lock().unwrap()[1]);
            std::thread::sleep(Duration::from_millis(5));
        };
        for reader in self.readers.drain(..) {
            reader.join().unwrap();
        }
        let [out, err] = std::mem::take(&mut *self.heard.texts.lock().unwrap());
        let folder = std::mem::replace(&mut self.folder, tempfile::tempdir().unwrap());
        (Finished { code: status.code(), out, err }, folder)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // It has ended already when the test went well.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(mut from: impl Read + Send + 'static, index: usize, heard: Arc<Heard>) -> std::thread::JoinHandle<()> {
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(n @ 1..) = from.read(&mut bytes) {
            heard.texts.lock().unwrap()[index].push_str(&String::from_utf8_lossy(&bytes[..n]));
            heard.more.notify_all();
        }
        heard.more.notify_all();
    })
}

pub(crate) fn signal_to(pid: u32, signal: Signal) {
    kill_process(Pid::from_raw(pid as i32).unwrap(), signal).unwrap();
}

/// Runs `loadline` with `arguments` to its end, and checks that it leaves nothing in its folder but `kept`.
#[track_caller]
pub(crate) fn loadline(arguments: &[&str], kept: &[&str]) -> (Finished, tempfile::TempDir) {
    let (finished, folder) = Program::start(arguments).finish();
    assert_eq!(names_in(folder.path()), kept, "what {arguments:?} left behind");
    (finished, folder)
}

/// Sorted names of what is in a folder.
pub(crate) fn names_in(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}
