//! Diagrams are drawn in a child process that can be stopped: the renderer may be slow, and what it draws comes from packs.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use loadline_content::diagram::DiagramError;

/// A diagram has this long.
const WITHIN: Duration = Duration::from_secs(5);

/// Renders Mermaid to SVG by `loadline render-diagram`. The result is not yet clean: the caller cleans whatever comes.
pub fn in_child(program: &Path, source: &str) -> Result<String, DiagramError> {
    let failed = DiagramError::Process;
    let mut child = Command::new(program)
        .arg("render-diagram")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed(format!("{} could not be started: {error}", program.display())))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A renderer that ended early says so by its status.
        let _ = stdin.write_all(source.as_bytes());
    }
    let reader = child.stdout.take().map(|mut stdout| {
        std::thread::spawn(move || {
            let mut svg = String::new();
            let _ = stdout.read_to_string(&mut svg);
            svg
        })
    });
    let deadline = Instant::now() + WITHIN;
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < deadline => std::thread::sleep(Duration::from_millis(5)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(DiagramError::Deadline(WITHIN.as_millis() as u64));
            }
        }
    };
    let svg = reader.and_then(|reader| reader.join().ok()).unwrap_or_default();
    if status.success() && !svg.is_empty() { Ok(svg) } else { Err(failed(format!("the renderer ended with {status}"))) }
}
