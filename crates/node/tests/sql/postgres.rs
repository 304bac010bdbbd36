//! A real PostgreSQL for the tests: a cluster made by initdb in a folder of its own, on a free port of 127.0.0.1, gone with its value.
//! Nothing of the machine's own PostgreSQL is touched.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

/// The words by which the server says that it can be reached.
const READY: &str = "database system is ready to accept connections";

/// A running server.
pub(crate) struct Postgres {
    child: Child,
    pub port: u16,
    pub version: String,
    _folder: TempDir,
}

/// The newest folder of server programs.
fn programs() -> PathBuf {
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut versions: Vec<(u32, PathBuf)> = installed
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").exists())
        .collect();
    versions.sort();
    versions.pop().map(|(_, bin)| bin).expect("PostgreSQL's server is missing: install the package postgresql")
}

/// User and group to run as: PostgreSQL refuses to be root.
fn unprivileged() -> Option<(u32, u32)> {
    if !rustix::process::geteuid().is_root() {
        return None;
    }
    let passwd = fs::read_to_string("/etc/passwd").expect("/etc/passwd");
    let of = |name: &str| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
    };
    of("postgres").or_else(|| of("nobody"))
}

/// `program` as an unprivileged user, ended with this process however it goes.
fn command(program: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "QUIT"]);
    if let Some((uid, gid)) = user {
        command.args(["--reuid", &uid.to_string(), "--regid", &gid.to_string(), "--clear-groups"]);
    }
    command.arg("--").arg(program).current_dir("/").env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null());
    command
}

impl Postgres {
    /// Makes a cluster and starts it with `settings`, each `name=value`.
    pub(crate) fn start(settings: &[&str]) -> Self {
        let bin = programs();
        let user = unprivileged();
        let folder = tempfile::tempdir().expect("a temporary folder");
        let data = folder.path().join("data");
        if let Some((uid, gid)) = user {
            chown(folder.path(), Some(uid), Some(gid)).expect("the folder is given to the user");
        }
        let made = command(&bin.join("initdb"), user)
            .args(["--no-sync", "--auth=trust", "--encoding=UTF8", "--locale=C", "--username=loadline", "-D"])
            .arg(&data)
            .output()
            .expect("initdb starts");
        assert!(made.status.success(), "initdb: {}", String::from_utf8_lossy(&made.stderr));
        // The port is free when asked and may be taken a moment later: then another one is tried.
        for _ in 0..20 {
            let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
            let port = free.local_addr().expect("an address").port();
            drop(free);
            let mut start = command(&bin.join("postgres"), user);
            start.arg("-D").arg(&data).args(["-p", &port.to_string(), "-k"]).arg(folder.path());
            for setting in
                ["listen_addresses=127.0.0.1", "log_min_messages=log", "timezone=UTC", "max_connections=100"].iter().chain(settings)
            {
                start.args(["-c", setting]);
            }
            let mut child = start.stderr(Stdio::piped()).stdout(Stdio::null()).spawn().expect("postgres starts");
            let mut lines = BufReader::new(child.stderr.take().expect("its log")).lines();
            let ready = lines.by_ref().map_while(Result::ok).any(|line| line.contains(READY));
            // The log is read on, or the server would stand still with a full pipe.
            std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
            if ready {
                let version = bin.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy().into_owned();
                return Self { child, port, version, _folder: folder };
            }
            let _ = child.wait();
        }
        panic!("PostgreSQL did not start on any of 20 ports");
    }

    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://loadline@127.0.0.1:{}/{database}", self.port)
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        if let Some(pid) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            // It may have ended already.
            let _ = rustix::process::kill_process(pid, rustix::process::Signal::QUIT);
        }
        let _ = self.child.wait();
    }
}
