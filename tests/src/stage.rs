//! What a window needs round it: a screen of its own (Xvfb), a WebDriver, folders that go away. It knows no page.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::processes::{Process, descendants, kill, wait_until_gone};

/// A patience that only a hang outlasts, so that a slow machine fails no test.
pub const PATIENCE: Duration = Duration::from_secs(90);

/// How long the app has to end after it was asked to.
const END_WITHIN: Duration = Duration::from_secs(20);

/// A screen, a driver and the folders of one app. Dropping it ends everything under it.
pub struct Stage {
    screen: Child,
    display: String,
    driver: Child,
    /// Where the driver listens.
    pub driver_url: String,
    /// The session bus of a stage as a person has one.
    bus: Option<Child>,
    as_installed: bool,
    folder: TempDir,
}

impl Stage {
    /// Starts a screen of `width` x `height` pixels and a driver on it. The app's data is where `LOADLINE_DATA_DIR` says.
    pub fn set(width: u32, height: u32) -> Self {
        Self::set_as(width, height, false)
    }

    /// The same as a person has it after an installation: nothing says where the data is, and a session bus of its own tells a second start of
    /// the first.
    pub fn set_as_installed(width: u32, height: u32) -> Self {
        Self::set_as(width, height, true)
    }

    fn set_as(width: u32, height: u32, as_installed: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for name in ["data", "config", "share", "cache"] {
            fs::create_dir(folder.path().join(name)).expect("a folder in the temporary folder");
        }
        let (screen, display) = start_screen(width, height, folder.path());
        let bus = as_installed.then(|| start_bus(folder.path()));
        let (driver, driver_url) = start_driver(&display, folder.path(), as_installed);
        Self { screen, display, driver, driver_url, bus, as_installed, folder }
    }

    /// A new driver in place of one that lost its app: it holds one session and does not give it up.
    pub fn renew_driver(&mut self) {
        let below = descendants(self.driver.id());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        kill(&below);
        (self.driver, self.driver_url) = start_driver(&self.display, self.folder.path(), self.as_installed);
    }

    /// Where the app keeps the learner's data.
    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join(if self.as_installed { "share/loadline" } else { "data" })
    }

    /// A folder that goes away with the stage.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts `program` once more, as a person does from the desktop; what it ended with.
    pub fn start_again(&self, program: &Path, arguments: &[&str]) -> ExitStatus {
        let mut command = Command::new(program);
        surround(&mut command, &self.display, self.folder.path(), self.as_installed);
        command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).status().expect("the program starts")
    }

    /// What the app and the driver said, for a failed test.
    pub fn said(&self) -> String {
        fs::read_to_string(self.folder.path().join("driver.log")).unwrap_or_else(|reason| format!("(no log: {reason})"))
    }

    /// The app, once the driver has started it.
    pub fn app(&self, program: &Path) -> Option<Process> {
        let program = program.canonicalize().ok()?;
        descendants(self.driver.id()).into_iter().find(|process| process.program().is_some_and(|runs| runs == program))
    }

    /// Waits until `app` and all that was under it are gone; what was still there, and was ended by force.
    pub fn end(app: &[Process]) -> Vec<Process> {
        let left = wait_until_gone(app, END_WITHIN);
        kill(&left);
        left
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let mut below = descendants(self.driver.id());
        below.extend(descendants(self.screen.id()));
        below.extend(self.bus.iter().flat_map(|bus| descendants(bus.id())));
        for child in [&mut self.driver, &mut self.screen].into_iter().chain(&mut self.bus) {
            // It may have ended by itself; then there is nothing to end.
            let _ = child.kill();
            let _ = child.wait();
        }
        kill(&below);
    }
}

/// Xvfb takes the first free display and says which.
fn start_screen(width: u32, height: u32, folder: &Path) -> (Child, String) {
    let log = File::create(folder.join("screen.log")).expect("a log in the temporary folder");
    let mut screen = Command::new("Xvfb")
        .args(["-displayfd", "1", "-screen", "0", &format!("{width}x{height}x24"), "-nolisten", "tcp", "-noreset"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|reason| panic!("Xvfb does not start ({reason}): install xvfb, or run scripts/test, which does"));
    let mut display = String::new();
    let stdout = screen.stdout.take().expect("its output is a pipe");
    BufReader::new(stdout).read_line(&mut display).expect("what Xvfb says");
    let display = display.trim();
    if display.is_empty() {
        let _ = screen.kill();
        panic!("Xvfb named no display: {}", fs::read_to_string(folder.join("screen.log")).unwrap_or_default());
    }
    (screen, format!(":{display}"))
}

/// The driver takes no port 0, so a free one is chosen for it; when another process was quicker, the next is tried.
fn start_driver(display: &str, folder: &Path, as_installed: bool) -> (Child, String) {
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|socket| socket.local_addr()).expect("a free port").port();
        let mut driver = driver_command(port, display, folder, as_installed).spawn().unwrap_or_else(|reason| {
            panic!("WebKitWebDriver does not start ({reason}): install webkit2gtk-driver, or run scripts/test, which does")
        });
        if listens(&mut driver, port) {
            return (driver, format!("http://127.0.0.1:{port}"));
        }
        let _ = driver.kill();
        let _ = driver.wait();
    }
    panic!("WebKitWebDriver does not listen: {}", fs::read_to_string(folder.join("driver.log")).unwrap_or_default());
}

fn driver_command(port: u16, display: &str, folder: &Path, as_installed: bool) -> Command {
    let log = || File::options().create(true).append(true).open(folder.join("driver.log")).expect("a log in the temporary folder");
    let mut command = Command::new("WebKitWebDriver");
    command.arg(format!("--port={port}")).stdin(Stdio::null()).stdout(log()).stderr(log());
    command.env("TAURI_AUTOMATION", "true").env("TAURI_WEBVIEW_AUTOMATION", "true");
    surround(&mut command, display, folder, as_installed);
    command
}

/// The environment of the app: a screen and folders of its own, and nobody's desktop.
fn surround(command: &mut Command, display: &str, folder: &Path, as_installed: bool) {
    command
        .env("DISPLAY", display)
        .env("GDK_BACKEND", "x11")
        .env("LANG", "C.UTF-8")
        .env("LOADLINE_NODE_PROGRAM", crate::loadline())
        .env("XDG_CONFIG_HOME", folder.join("config"))
        .env("XDG_DATA_HOME", folder.join("share"))
        .env("XDG_CACHE_HOME", folder.join("cache"))
        // No accessibility bus: a test talks to nobody's desktop.
        .env("NO_AT_BRIDGE", "1")
        .env_remove("WAYLAND_DISPLAY")
        // With it the picture of the page never comes.
        .env_remove("WEBKIT_DISABLE_COMPOSITING_MODE");
    if as_installed {
        command.env_remove("LOADLINE_DATA_DIR").env("DBUS_SESSION_BUS_ADDRESS", format!("unix:path={}", bus_socket(folder).display()));
    } else {
        command.env("LOADLINE_DATA_DIR", folder.join("data")).env_remove("DBUS_SESSION_BUS_ADDRESS");
    }
}

fn bus_socket(folder: &Path) -> PathBuf {
    folder.join("bus")
}

/// A session bus on a socket in `folder`. It is there when it says its address.
fn start_bus(folder: &Path) -> Child {
    let log = File::create(folder.join("bus.log")).expect("a log in the temporary folder");
    let mut bus = Command::new("dbus-daemon")
        .args(["--session", "--nofork", "--nosyslog", "--print-address=1"])
        .arg(format!("--address=unix:path={}", bus_socket(folder).display()))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|reason| panic!("dbus-daemon does not start ({reason}): install dbus, or run scripts/test, which does"));
    let mut address = String::new();
    let stdout = bus.stdout.take().expect("its output is a pipe");
    BufReader::new(stdout).read_line(&mut address).expect("what the bus says");
    assert!(address.starts_with("unix:"), "the bus says {address:?}: {}", fs::read_to_string(folder.join("bus.log")).unwrap_or_default());
    bus
}

/// Whether this very process comes to listen on `port`.
fn listens(driver: &mut Child, port: u16) -> bool {
    let since = Instant::now();
    while since.elapsed() < PATIENCE {
        if crate::processes::listeners(driver.id()).iter().any(|listener| listener.port == port) {
            return true;
        }
        if !matches!(driver.try_wait(), Ok(None)) {
            return false;
        }
        std::thread::park_timeout(Duration::from_millis(5));
    }
    false
}
