//! How long the window takes until it can be read, and the memory of all its processes, beside an empty Tauri window on the same screen. The
//! rounds alternate. Memory is the proportional set size (PSS): pages that processes share are counted once.
//!
//!     cargo build --workspace --bins --examples && cargo run -p loadline-tests --example window_start [rounds]
//!
//! The first start of Loadline in a new data folder (which makes its database) is shown by itself.

#![expect(clippy::print_stdout, reason = "a measurement for a person")]

use std::error::Error;

use loadline_tests::processes::descendants;
use loadline_tests::window::Window;

struct Program {
    name: &'static str,
    file: &'static str,
    /// What can be read in it when it is there.
    sign: &'static str,
    starts_ms: Vec<f64>,
    memory_mb: Vec<f64>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(7), |text| text.parse())?;
    let program = |name, file, sign| Program { name, file, sign, starts_ms: Vec::new(), memory_mb: Vec::new() };
    let mut programs =
        [program("empty Tauri window", "examples/empty_window", "Empty window"), program("Loadline", "loadline-desktop", "Twitter")];
    // Programs and pages come off the disk once.
    for program in &mut programs {
        let (start_ms, _) = measure(program)?;
        println!("{:<20} first start {start_ms:6.0} ms", program.name);
    }
    for _ in 0..rounds {
        for program in &mut programs {
            let (start_ms, memory_mb) = measure(program)?;
            program.starts_ms.push(start_ms);
            program.memory_mb.push(memory_mb);
        }
    }
    let empty = [median(&programs[0].starts_ms), median(&programs[0].memory_mb)];
    for program in &programs {
        let (start_ms, memory_mb) = (median(&program.starts_ms), median(&program.memory_mb));
        println!(
            "{:<20} {start_ms:6.0} ms until it can be read = {:.2} x empty (from {:.0} to {:.0} ms), {memory_mb:5.0} MB = {:.2} x empty",
            program.name,
            start_ms / empty[0],
            least(&program.starts_ms),
            most(&program.starts_ms),
            memory_mb / empty[1],
        );
    }
    println!("median of {rounds} alternating rounds; the first start's database is new in each round");
    Ok(())
}

/// Milliseconds until it can be read, and the memory of its processes then.
fn measure(program: &Program) -> Result<(f64, f64), Box<dyn Error>> {
    let window = Window::open_program("window-start", program.file);
    window.see(program.sign);
    let start_ms = window.since_asked().as_secs_f64() * 1000.0;
    let app = window.app().clone();
    let mut memory_kb = 0.0;
    for process in descendants(app.pid).iter().chain([&app]) {
        let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", process.pid))?;
        let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss in smaps_rollup")?;
        memory_kb += pss.trim().trim_end_matches(" kB").parse::<f64>()?;
    }
    Ok((start_ms, memory_kb / 1024.0))
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

fn most(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}
