//! How long the window takes until it can be read, and the memory of all its processes, beside an empty Tauri window on the same screen. The
//! rounds alternate. Memory is the proportional set size (PSS): pages that processes share are counted once.
//!
//!     cargo build --workspace --bins --examples && cargo run -p loadline-tests --example window_start [rounds [program]]
//!
//! `program` is Loadline's window as a package installs it; without it, it is the one that the workspace built. The database is new at each start.
//! Cold: every file that it maps was taken out of the page cache first. What other processes hold mapped stays there (the C library, say), so
//! the first start after the machine's own takes longer.

#![expect(clippy::print_stdout, reason = "a measurement for a person")]

use std::collections::BTreeSet;
use std::error::Error;
use std::path::PathBuf;

use loadline_tests::processes::descendants;
use loadline_tests::window::Window;

struct Program {
    name: &'static str,
    file: String,
    /// What can be read in it when it is there.
    sign: &'static str,
    colds_ms: Vec<f64>,
    warms_ms: Vec<f64>,
    memory_mb: Vec<f64>,
    /// The files that its processes map.
    files: BTreeSet<PathBuf>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds: usize = std::env::args().nth(1).map_or(Ok(7), |text| text.parse())?;
    let loadline = std::env::args().nth(2).unwrap_or_else(|| "loadline-desktop".to_owned());
    let program = |name, file: &str, sign| Program {
        name,
        file: file.to_owned(),
        sign,
        colds_ms: Vec::new(),
        warms_ms: Vec::new(),
        memory_mb: Vec::new(),
        files: BTreeSet::new(),
    };
    let mut programs = [program("empty Tauri window", "examples/empty_window", "Empty window"), program("Loadline", &loadline, "Twitter")];
    // Which files there are to forget.
    for program in &mut programs {
        program.start()?;
    }
    for _ in 0..rounds {
        for program in &mut programs {
            program.forget_files()?;
            let (cold_ms, _) = program.start()?;
            let (warm_ms, memory_mb) = program.start()?;
            program.colds_ms.push(cold_ms);
            program.warms_ms.push(warm_ms);
            program.memory_mb.push(memory_mb);
        }
    }
    for (what, unit, of) in [
        ("until it can be read, cold", "ms", (|program| &program.colds_ms) as fn(&Program) -> &Vec<f64>),
        ("until it can be read, warm", "ms", |program| &program.warms_ms),
        ("of memory", "MB", |program| &program.memory_mb),
    ] {
        let empty = median(of(&programs[0]));
        for program in &programs {
            let all = of(program);
            println!(
                "{:<20} {:6.0} {unit} {what:<27} = {:.2} x empty (from {:.0} to {:.0} {unit})",
                program.name,
                median(all),
                median(all) / empty,
                least(all),
                most(all),
            );
        }
    }
    println!("median of {rounds} alternating rounds; the database is new at each start");
    Ok(())
}

impl Program {
    /// Milliseconds until it can be read, and the memory of its processes then, MB.
    fn start(&mut self) -> Result<(f64, f64), Box<dyn Error>> {
        let window = Window::open_program("window-start", &self.file);
        window.see(self.sign);
        let start_ms = window.since_asked().as_secs_f64() * 1000.0;
        let app = window.app().clone();
        let mut memory_kb = 0.0;
        for process in descendants(app.pid).iter().chain([&app]) {
            let text = std::fs::read_to_string(format!("/proc/{}/smaps_rollup", process.pid))?;
            let pss = text.lines().find_map(|line| line.strip_prefix("Pss:")).ok_or("no Pss in smaps_rollup")?;
            memory_kb += pss.trim().trim_end_matches(" kB").parse::<f64>()?;
            let maps = std::fs::read_to_string(format!("/proc/{}/maps", process.pid))?;
            // Address, rights, offset, device, inode, and then the path of what is a file.
            let paths = maps.lines().filter_map(|line| line.find('/').map(|at| PathBuf::from(&line[at..])));
            self.files.extend(paths.filter(|path| path.is_file()));
        }
        Ok((start_ms, memory_kb / 1024.0))
    }

    /// Takes its files out of the page cache.
    fn forget_files(&self) -> Result<(), Box<dyn Error>> {
        for path in &self.files {
            // Those of its last start are gone with its folder.
            let Ok(file) = std::fs::File::open(path) else { continue };
            rustix::fs::fadvise(&file, 0, None, rustix::fs::Advice::DontNeed)?;
        }
        Ok(())
    }
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
