//! What a run could leave behind, as the operating system tells it: processes below it, and ports that they listen on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The processes of a run and their ports, noted while it goes.
pub(crate) struct Traces {
    /// The folder for temporary files that the program was given for itself alone: every process of the run has it in its environment.
    mark: Vec<u8>,
    pub(crate) pids: Vec<u32>,
    pub(crate) ports: BTreeSet<u16>,
}

impl Traces {
    /// Everything below process `root`, which is not among them.
    pub(crate) fn below(root: u32) -> Self {
        let all: Vec<Process> = processes().collect();
        let mut pids = vec![root];
        let mut next = 0;
        while let Some(&parent) = pids.get(next) {
            pids.extend(all.iter().filter(|process| process.parent == parent).map(|process| process.pid));
            next += 1;
        }
        pids.remove(0);
        let mark = mark_of(root).expect("the program was started with a folder for temporary files of its own");
        let sockets: BTreeSet<u64> = pids.iter().flat_map(|pid| sockets_of(*pid)).collect();
        let ports = listeners().into_iter().filter(|(_, inode)| sockets.contains(inode)).map(|(port, _)| port).collect();
        Self { mark, pids, ports }
    }

    /// What is still there: ports that were noted, and every process of the run, noted or started after that.
    fn left(&self) -> (Vec<u32>, Vec<u16>) {
        let open: BTreeSet<u16> = listeners().into_iter().map(|(port, _)| port).collect();
        (
            processes().map(|process| process.pid).filter(|pid| mark_of(*pid).as_deref() == Some(&self.mark[..])).collect(),
            self.ports.iter().copied().filter(|port| open.contains(port)).collect(),
        )
    }

    /// Waits until all are gone; gives the seconds that it took, and panics after `within`.
    #[track_caller]
    pub(crate) fn gone_within(&self, within: Duration) -> f64 {
        let began = Instant::now();
        loop {
            let (pids, ports) = self.left();
            if pids.is_empty() && ports.is_empty() {
                return began.elapsed().as_secs_f64();
            }
            assert!(began.elapsed() < within, "still there after {within:?}: processes {pids:?}, ports {ports:?}");
            std::thread::sleep(Duration::from_millis(2));
        }
    }
}

struct Process {
    pid: u32,
    parent: u32,
}

/// Every process, without those that have ended and wait to be collected.
fn processes() -> impl Iterator<Item = Process> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(process)
}

/// From the fields of /proc/PID/stat after the name: state, parent.
fn process(pid: u32) -> Option<Process> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let ended = matches!(fields.next()?, "Z" | "X");
    let process = Process { pid, parent: fields.next()?.parse().ok()? };
    (!ended).then_some(process)
}

/// `TMPDIR=..` in the environment of a process, as it was started.
fn mark_of(pid: u32) -> Option<Vec<u8>> {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).ok()?;
    environment.split(|byte| *byte == 0).find(|entry| entry.starts_with(b"TMPDIR=")).map(<[u8]>::to_vec)
}

fn sockets_of(pid: u32) -> Vec<u64> {
    let Ok(files) = std::fs::read_dir(format!("/proc/{pid}/fd")) else { return Vec::new() };
    let inode = |file: std::io::Result<std::fs::DirEntry>| {
        let target = std::fs::read_link(file.ok()?.path()).ok()?;
        target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
    };
    files.filter_map(inode).collect()
}

/// `(port, inode)` of every listening TCP socket.
fn listeners() -> Vec<(u16, u64)> {
    let mut found = Vec::new();
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
        for line in std::fs::read_to_string(table).unwrap_or_default().lines().skip(1) {
            let fields: Vec<&str> = line.split_whitespace().collect();
            let (Some(local), Some(&"0A"), Some(inode)) = (fields.get(1), fields.get(3), fields.get(9)) else { continue };
            let port = local.rsplit_once(':').and_then(|(_, port)| u16::from_str_radix(port, 16).ok());
            if let (Some(port), Ok(inode)) = (port, inode.parse()) {
                found.push((port, inode));
            }
        }
    }
    found
}

/// The first process below `root` whose command line has `word`.
pub(crate) fn process_below(root: u32, word: &str) -> u32 {
    let below = Traces::below(root).pids;
    let has = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
    };
    below.into_iter().find(has).unwrap_or_else(|| panic!("no `{word}` runs below {root}"))
}
