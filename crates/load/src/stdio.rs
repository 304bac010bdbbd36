//! The generator as a process of its own: one JSON object a line in and out. The end of standard input ends the process at once, so it
//! never outlives its parent. Both streams have a thread each: a parent that is slow to read does not make the load late.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;

use loadline_model::load::{FromGenerator, LoadSpec, ToGenerator};

use crate::generator::Generator;

/// What the main thread waits for.
enum Command {
    Start(Box<LoadSpec>),
    Go(Option<u64>),
    Stop,
    Unreadable(String),
}

/// Runs one load on this process's standard streams. Returns the exit status: 0 when the result was written, 1 when it failed.
pub fn run_stdio() -> i32 {
    // The end of standard input ends the generator too, but not one that is stopped. A refusal leaves it with that.
    #[cfg(target_os = "linux")]
    let _ = rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL));
    let stop = Arc::new(AtomicBool::new(false));
    let commands = listen(stop.clone());
    let (say, lines) = mpsc::channel::<FromGenerator>();
    let writer = std::thread::spawn(move || write(&lines));
    let (status, last) = match load(&commands, &say, &stop) {
        Ok(done) => (0, done),
        Err(message) => (1, FromGenerator::Failed { message }),
    };
    let told = say.send(last).is_ok();
    drop(say);
    let written = writer.join().unwrap_or(false);
    if told && written { status } else { 1 }
}

fn load(commands: &mpsc::Receiver<Command>, say: &mpsc::Sender<FromGenerator>, stop: &AtomicBool) -> Result<FromGenerator, String> {
    const GONE: &str = "standard input ended before the run";
    let spec = match commands.recv().map_err(|_| GONE)? {
        Command::Start(spec) => spec,
        Command::Unreadable(why) => return Err(why),
        Command::Go(_) | Command::Stop => return Err("the first line must be `start` with the load spec".to_owned()),
    };
    let generator = Generator::new(*spec).map_err(|error| error.to_string())?;
    let start_ns = match commands.recv().map_err(|_| GONE)? {
        Command::Go(at_ns) => at_ns,
        // Stopped before it began: nothing is sent, and that is reported.
        Command::Stop => None,
        Command::Unreadable(why) => return Err(why),
        Command::Start(_) => return Err("a process runs one load: after `start` comes `go`".to_owned()),
    };
    let on_tick = |tick| {
        // When the parent is gone the end of standard input ends this process; a lost tick says nothing new.
        let _ = say.send(FromGenerator::Tick(tick));
    };
    let result = generator.run(start_ns, on_tick, stop).map_err(|error| error.to_string())?;
    Ok(FromGenerator::Done(Box::new(result)))
}

/// Reads commands on a thread. `Stop` also sets `stop`, since the main thread is busy by then.
fn listen(stop: Arc<AtomicBool>) -> mpsc::Receiver<Command> {
    let (send, commands) = mpsc::channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            let Ok(line) = line else { break };
            let command = match serde_json::from_str::<ToGenerator>(&line) {
                Ok(ToGenerator::Start(spec)) => Command::Start(spec),
                Ok(ToGenerator::Go { at_ns }) => Command::Go(at_ns),
                Ok(ToGenerator::Stop) => {
                    stop.store(true, Ordering::Relaxed);
                    Command::Stop
                }
                Err(error) => Command::Unreadable(format!("a command could not be read: {error}")),
            };
            // Once the run has begun nobody receives any more, which is right for everything but `Stop`, and that is set above.
            let _ = send.send(command);
        }
        std::process::exit(0);
    });
    commands
}

/// Writes each message as a line; false when the parent stopped reading.
fn write(lines: &mpsc::Receiver<FromGenerator>) -> bool {
    let mut out = std::io::stdout().lock();
    for line in lines {
        let Ok(mut text) = serde_json::to_vec(&line) else { return false };
        text.push(b'\n');
        if out.write_all(&text).and_then(|()| out.flush()).is_err() {
            return false;
        }
    }
    true
}
