//! The renderer where it can be stopped. A thread cannot be killed, so `render_in_process` is for tests and short command lines; the window
//! uses [`ChildRenderer`], whose child runs [`render_stdio`].

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use super::{DiagramError, MAX_BYTES, MAX_EDGES, MAX_NODES, MAX_SVG_BYTES, check_size};

/// Parse, count, lay out, write. The panic of the renderer ends here.
fn render(source: &str) -> Result<String, DiagramError> {
    check_size(source)?;
    let drawn = catch_unwind(AssertUnwindSafe(|| {
        let options = mermaid_rs_renderer::RenderOptions::default();
        let syntax = |error: &dyn std::fmt::Display| DiagramError::Syntax(error.to_string().lines().next().unwrap_or("not Mermaid").into());
        let parsed = mermaid_rs_renderer::parse_mermaid_strict(source).map_err(|error| syntax(&error))?;
        let counts = [("nodes", parsed.graph.nodes.len(), MAX_NODES), ("edges", parsed.graph.edges.len(), MAX_EDGES)];
        for (what, count, limit) in counts {
            if count > limit {
                return Err(DiagramError::TooLarge { what, count, limit });
            }
        }
        let layout = mermaid_rs_renderer::compute_layout(&parsed.graph, &options.theme, &options.layout);
        Ok(mermaid_rs_renderer::render_svg(&layout, &options.theme, &options.layout))
    }));
    drawn.unwrap_or(Err(DiagramError::Panicked))
}

/// Renders in a thread and waits no longer than `deadline`. The SVG is not safe before [`super::clean_svg`]. After a missed deadline the
/// thread runs on until it is done: prefer [`ChildRenderer`] in a process that lives on.
pub fn render_in_process(source: &str, deadline: Duration) -> Result<String, DiagramError> {
    check_size(source)?;
    let (tell, told) = channel();
    let source = source.to_owned();
    let body = move || {
        // Nobody listens any more after the deadline.
        let _ = tell.send(render(&source));
    };
    let thread = std::thread::Builder::new().name("diagram".into()).stack_size(16 << 20).spawn(body);
    thread.map_err(|error| DiagramError::Process(error.to_string()))?;
    match told.recv_timeout(deadline) {
        Ok(result) => result,
        Err(RecvTimeoutError::Timeout) => Err(DiagramError::Deadline(deadline.as_millis() as u64)),
        Err(RecvTimeoutError::Disconnected) => Err(DiagramError::Panicked),
    }
}

/// The child's body: Mermaid on `input`, SVG on `output`. The caller ends with a failure when this does, and its parent keeps the time.
pub fn render_stdio(input: impl Read, mut output: impl Write) -> Result<(), DiagramError> {
    let io = |error: std::io::Error| DiagramError::Process(error.to_string());
    let mut source = String::new();
    input.take(MAX_BYTES as u64 + 1).read_to_string(&mut source).map_err(io)?;
    let svg = render(&source)?;
    output.write_all(svg.as_bytes()).and_then(|()| output.flush()).map_err(io)
}

/// Renders in a child process that is killed when it takes too long.
#[derive(Debug, Clone)]
pub struct ChildRenderer {
    /// The program.
    pub program: PathBuf,
    /// Its arguments, such as `render-diagram`.
    pub arguments: Vec<String>,
    /// How long it may take.
    pub deadline: Duration,
}

impl ChildRenderer {
    /// The SVG, not safe before [`super::clean_svg`].
    pub fn render(&self, source: &str) -> Result<String, DiagramError> {
        check_size(source)?;
        let failed = |error: std::io::Error| DiagramError::Process(error.to_string());
        let mut command = Command::new(&self.program);
        command.args(&self.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let began = Instant::now();
        let mut child = command.spawn().map_err(failed)?;
        let (tell, told) = channel();
        let (input, output, errors) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let source = source.to_owned();
        // At most MAX_BYTES go in, which a pipe takes at once; the thread ends with the child's output.
        let body = move || {
            if let Some(mut input) = input {
                // A child that does not read says why on its own output.
                let _ = input.write_all(source.as_bytes());
            }
            let (mut svg, mut said) = (Vec::new(), Vec::new());
            let read = output.map_or(Ok(0), |output| output.take(MAX_SVG_BYTES as u64 + 1).read_to_end(&mut svg));
            let read = read.and_then(|_| errors.map_or(Ok(0), |errors| errors.take(4096).read_to_end(&mut said)));
            let _ = tell.send(read.map(|_| (svg, said)));
        };
        let reader = std::thread::Builder::new().name("diagram-pipe".into()).spawn(body);
        let result = match reader {
            Ok(_) => told.recv_timeout(self.deadline),
            Err(error) => Ok(Err(error)),
        };
        // Its output is complete or the time is up. It may go on all the same: then it is killed.
        let mut status = child.try_wait().map_err(failed)?;
        while status.is_none() && result.is_ok() && began.elapsed() < self.deadline {
            std::thread::sleep(Duration::from_millis(1));
            status = child.try_wait().map_err(failed)?;
        }
        let status = match status {
            Some(status) => status,
            None => {
                child.kill().map_err(failed)?;
                child.wait().map_err(failed)?
            }
        };
        let Ok(read) = result else { return Err(DiagramError::Deadline(self.deadline.as_millis() as u64)) };
        let (svg, said) = read.map_err(failed)?;
        if svg.len() > MAX_SVG_BYTES {
            return Err(DiagramError::TooLarge { what: "bytes of SVG", count: svg.len(), limit: MAX_SVG_BYTES });
        }
        if status.code().is_none() {
            return Err(DiagramError::Process("it was ended from outside, or broke".into()));
        }
        if !status.success() {
            let said = String::from_utf8_lossy(&said);
            return Err(DiagramError::Syntax(said.lines().last().unwrap_or("the renderer gave no reason").chars().take(200).collect()));
        }
        String::from_utf8(svg).map_err(|error| DiagramError::Process(error.to_string()))
    }
}
