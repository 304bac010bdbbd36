//! What a run could leave behind, as the operating system tells it: processes below it, and ports that they listen on.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

/// The processes of a run and their ports, noted while it goes.
pub struct Traces {
    pub pids: Vec<u32>,
    pub ports: BTreeSet<u16>,
}

impl Traces {
    /// Everything below process `root`, which is not among them.
    pub fn below(root: u32) -> Self {
        let parents = parents();
        let mut pids = vec![root];
        let mut next = 0;
        while let Some(&parent) = pids.get(next) {
            pids.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(pid, _)| *pid));
            next += 1;
        }
        pids.remove(0);
        let sockets: BTreeSet<u64> = pids.iter().flat_map(|pid| sockets_of(*pid)).collect();
        let ports = listeners().into_iter().filter(|(_, inode)| sockets.contains(inode)).map(|(port, _)| port).collect();
        Self { pids, ports }
    }

    /// Those that are still there.
    fn left(&self) -> (Vec<u32>, Vec<u16>) {
        let open: BTreeSet<u16> = listeners().into_iter().map(|(port, _)| port).collect();
        (
            self.pids.iter().copied().filter(|pid| lives(*pid)).collect(),
            self.ports.iter().copied().filter(|port| open.contains(port)).collect(),
        )
    }

    /// Waits until all are gone; gives the seconds that it took, and panics after `within`.
    #[track_caller]
    pub fn gone_within(&self, within: Duration) -> f64 {
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

/// `(process, its parent)`, without those that have ended and wait to be collected.
fn parents() -> Vec<(u32, u32)> {
    let entries = std::fs::read_dir("/proc").unwrap();
    entries.filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok()).filter_map(|pid| Some((pid, stat(pid)?.1))).collect()
}

/// State and parent of a process.
fn stat(pid: u32) -> Option<(char, u32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = text.rsplit_once(") ")?.1.split(' ');
    let state = fields.next()?.chars().next()?;
    let parent = fields.next()?.parse().ok()?;
    (state != 'Z' && state != 'X').then_some((state, parent))
}

fn lives(pid: u32) -> bool {
    stat(pid).is_some()
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
pub fn process_below(root: u32, word: &str) -> u32 {
    let below = Traces::below(root).pids;
    let has = |pid: &u32| {
        let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        line.split(|byte| *byte == 0).any(|argument| argument == word.as_bytes())
    };
    below.into_iter().find(has).unwrap_or_else(|| panic!("no `{word}` runs below {root}"))
}
