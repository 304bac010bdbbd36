//! What a process has under it and listens on, read from `/proc`, so that a test can say that nothing was left. Linux only.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A process: its number can be given again, so its start (in clock ticks since boot) belongs to it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Process {
    /// The process id.
    pub pid: u32,
    /// Its parent's id, when it was looked at.
    pub parent: u32,
    /// When it started, in clock ticks since boot.
    pub started_ticks: u64,
    /// The name that the kernel keeps, at most 15 bytes.
    pub name: String,
}

impl Process {
    /// The process `pid` as it is now; none when it is gone or only waits to be collected.
    pub fn look(pid: u32) -> Option<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let (head, tail) = stat.rsplit_once(") ")?;
        let name = head.split_once(" (")?.1.to_owned();
        let fields: Vec<&str> = tail.split(' ').collect();
        // After the name: state, parent, ... and the start as the 20th.
        let state = *fields.first()?;
        let parent = fields.get(1)?.parse().ok()?;
        let started_ticks = fields.get(19)?.parse().ok()?;
        (state != "Z" && state != "X").then_some(Self { pid, parent, started_ticks, name })
    }

    /// Whether this very process still runs.
    pub fn is_alive(&self) -> bool {
        Self::look(self.pid).is_some_and(|now| now.started_ticks == self.started_ticks)
    }

    /// The file that it runs.
    pub fn program(&self) -> Option<PathBuf> {
        fs::read_link(format!("/proc/{}/exe", self.pid)).ok()
    }

    /// Sends `signal`, unless the process is gone.
    pub fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.pid).ok().and_then(Pid::from_raw);
        if let Some(pid) = pid.filter(|_| self.is_alive()) {
            // It may end between the look and the signal: that is what was wanted.
            let _ = kill_process(pid, signal);
        }
    }
}

/// Everything under `pid`, children before their children.
pub fn descendants(pid: u32) -> Vec<Process> {
    let mut children: BTreeMap<u32, Vec<Process>> = BTreeMap::new();
    for process in all() {
        children.entry(process.parent).or_default().push(process);
    }
    let mut found = Vec::new();
    let mut next = vec![pid];
    while let Some(parent) = next.pop() {
        for child in children.remove(&parent).unwrap_or_default() {
            next.push(child.pid);
            found.push(child);
        }
    }
    found
}

fn all() -> Vec<Process> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| Process::look(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// A TCP socket that waits for connections.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Listener {
    /// Its address as the kernel writes it, in hexadecimal: `0100007F` is 127.0.0.1.
    pub address: String,
    /// Its port.
    pub port: u16,
}

impl Listener {
    /// Whether only this machine can reach it.
    pub fn is_loopback(&self) -> bool {
        // IPv4 is written in the machine's order, IPv6 as four such words.
        matches!(self.address.as_str(), "0100007F" | "00000000000000000000000001000000")
    }
}

/// The TCP ports that `pid` itself listens on.
pub fn listeners(pid: u32) -> BTreeSet<Listener> {
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{pid}/fd"))
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let target = fs::read_link(entry.path()).ok()?;
            Some(target.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned())
        })
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| fs::read_to_string(format!("/proc/{pid}/net/{table}")).unwrap_or_default());
    tables.iter().flat_map(|table| table.lines().skip(1)).filter_map(|line| listening(line, &sockets)).collect()
}

/// One line of the kernel's table, if it is one of `sockets` and in the state LISTEN (0A).
fn listening(line: &str, sockets: &BTreeSet<String>) -> Option<Listener> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (address, port) = fields.get(1)?.split_once(':')?;
    if *fields.get(3)? != "0A" || !sockets.contains(*fields.get(9)?) {
        return None;
    }
    Some(Listener { address: address.to_owned(), port: u16::from_str_radix(port, 16).ok()? })
}

/// Waits until nobody listens on any of `ports`; those on which somebody still does after `within`. The threads of a process that has ended may
/// hold its sockets for a moment longer.
pub fn wait_until_shut(ports: &[u16], within: Duration) -> Vec<u16> {
    let since = Instant::now();
    loop {
        let open: Vec<u16> = ports.iter().copied().filter(|port| TcpStream::connect(("127.0.0.1", *port)).is_ok()).collect();
        if open.is_empty() || since.elapsed() > within {
            return open;
        }
        // Nobody tells when a socket of another process closes: look again soon.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Waits until none of `processes` runs; those that still do after `within`.
pub fn wait_until_gone(processes: &[Process], within: Duration) -> Vec<Process> {
    let since = Instant::now();
    loop {
        let left: Vec<Process> = processes.iter().filter(|process| process.is_alive()).cloned().collect();
        if left.is_empty() || since.elapsed() > within {
            return left;
        }
        // The kernel tells only a parent that a process ended, and these are not our children: look again soon.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

/// Ends what is left of `processes`, by force.
pub fn kill(processes: &[Process]) {
    for process in processes {
        process.signal(Signal::KILL);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::net::TcpListener;
    use std::process::{Command, Stdio};

    #[test]
    fn children_and_their_children_are_found_and_seen_to_end() {
        let mut shell = Command::new("sh")
            .args(["-c", "sh -c 'echo up; read line; :' ; :"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdout.as_mut().unwrap().read_exact(&mut [0; 3]).unwrap();
        let below = descendants(shell.id());
        assert_eq!(below.len(), 1, "the inner shell: {below:?}");
        assert!(below[0].is_alive() && below[0].parent == shell.id());
        assert!(descendants(std::process::id()).iter().any(|process| process.pid == below[0].pid), "found from the top as well");
        drop(shell.stdin.take());
        shell.wait().unwrap();
        assert_eq!(wait_until_gone(&below, Duration::from_secs(60)), []);
    }

    #[test]
    fn a_port_that_is_listened_on_is_found_with_its_reach() {
        let ours = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = ours.local_addr().unwrap().port();
        let find = || listeners(std::process::id()).into_iter().find(|listener| listener.port == port);
        assert!(find().unwrap().is_loopback());
        drop(ours);
        assert_eq!(find(), None);
    }
}
