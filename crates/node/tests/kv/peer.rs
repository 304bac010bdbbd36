//! A real Redis, started for one test on a free port with the tests' password, and ended with it.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use super::server::TOKEN;

/// A `redis-server` of its own.
pub(crate) struct Peer {
    process: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    _folder: tempfile::TempDir,
}

impl Peer {
    /// Starts one with these arguments beside the usual ones, and waits until it accepts.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        // Another process may take the free port before Redis does: then it ends, and the next port is tried.
        for _ in 0..20 {
            let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).expect("a free port").port();
            let folder = tempfile::tempdir().expect("a folder");
            let mut process = Command::new("redis-server")
                .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--requirepass", TOKEN, "--databases", "1", "--save", ""])
                .args(["--dir", &folder.path().to_string_lossy()])
                .args(arguments)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("redis-server could not be started: install the package redis-server");
            let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
            let start = Instant::now();
            while process.try_wait().expect("its state").is_none() {
                if std::net::TcpStream::connect_timeout(&address, Duration::from_secs(1)).is_ok() {
                    return Self { process, address, _folder: folder };
                }
                assert!(start.elapsed() < Duration::from_secs(120), "redis-server does not accept");
                std::thread::yield_now();
            }
        }
        panic!("redis-server found no free port");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
