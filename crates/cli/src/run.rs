//! `loadline run`: a run with progress on the terminal, its report as text and as JSON.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};
use loadline_app::contract::{RunEvent, RunPhase, RunTick, RunWish};
use loadline_app::library::{self, Library};
use loadline_app::run::conduct::STOPPED_BEFORE_LOAD;
use loadline_app::run::engines;
use loadline_app::run::share::Laptop;
use loadline_app::run::{Hooks, RunSpec, conduct, nothing_measured, prepare};
use loadline_model::report::{Report, Verdict};
use loadline_model::sketch::Sketch;
use loadline_model::words::counted;
use tokio::sync::{mpsc, watch};

use crate::Outcome;
use crate::args::RunArgs;
use crate::check_design::read_sketch;
use crate::output::{Failure, Target, one_stdout, own_program, pace, print, progress, scratch_dir};

pub(crate) mod text;

pub(crate) fn run(args: RunArgs) -> Outcome {
    let json = Target::new(args.json.as_deref())?;
    let (markdown, html) = (Target::new(args.markdown.as_deref())?, Target::new(args.html.as_deref())?);
    one_stdout(&[&json, &markdown, &html])?;
    let library = Library::open();
    let exercise = library.exercise(&args.exercise)?;
    let scenario = library::scenario(exercise, args.scenario.as_deref())?.clone();
    let (design, sketch) = design(exercise, args.design.as_deref())?;
    let changes = args.set.iter().cloned().collect();
    let changed = sketch.changed(&changes);
    let mut sketch = changed.map_err(|error| Failure::unusable(error.to_string(), "Correct the --set, or leave it out."))?;
    for (name, addresses) in &args.engine {
        engines::place(&mut sketch, name, addresses)?;
    }
    let predictions = crate::predictions::predictions(&args.predict, &scenario, &sketch)?;
    let wish = RunWish {
        scenario: scenario.name.clone(),
        shape: args.shape.map(Into::into),
        rate_per_s: args.rate,
        duration_s: args.duration,
        seed: args.seed,
        prefer: args.prefer.into(),
    };
    let spec = RunSpec::new(&exercise.id, &design, sketch, scenario, &wish, predictions)?;
    let prepared = prepare(&spec, Laptop { host: prepare::this_host(), share: args.laptop_share })?;
    let plan = &prepared.preview;
    progress(&format!(
        "{}, design {design}: {} and the generator, {}{} ({:.0} s here, {:.1} s of life), about {:.0}% of this machine",
        exercise.title,
        counted(plan.processes as usize, "process"),
        pace(plan.dilation),
        if plan.slice > 1.0 { format!(", 1/{0} of the traffic on 1/{0} of the instances", plan.slice) } else { String::new() },
        plan.duration_s,
        plan.duration_s / plan.dilation,
        plan.laptop_share * 100.0
    ));
    let why = plan.choices.iter().find(|choice| choice.prefer == plan.prefer).and_then(|choice| choice.why.as_deref());
    if let Some(why) = why {
        progress(why);
    }
    let report = async_runtime()?.block_on(async {
        let mut meter = Meter::new(spec.duration_s);
        let mut on_event = |event: RunEvent| meter.event(event);
        // In the terminal nobody breaks anything by hand.
        let (_, faults) = mpsc::unbounded_channel();
        let hooks = Hooks { program: own_program()?, scratch_dir: scratch_dir(), stop: interrupt(), faults, on_event: &mut on_event };
        let outcome = conduct(&spec, &prepared, hooks).await;
        meter.done();
        match outcome {
            Ok(report) => Ok(report),
            Err(error) if error.code == STOPPED_BEFORE_LOAD => Ok(nothing_measured(&spec, &prepared)),
            Err(error) => Err(Failure::from(error)),
        }
    })?;
    // The drawing goes with the report, so that a file of it says what ran.
    let report = Report { sketch: Some(spec.sketch.without_secrets()), ..report };
    let value = serde_json::to_value(&report).map_err(|error| Failure::unusable(error.to_string(), "Report it."))?;
    // Files first: where nobody reads the standard output any more, the program ends there.
    json.write(&value)?;
    crate::report::write(&report, &markdown, &html)?;
    if ![&json, &markdown, &html].into_iter().any(Target::is_stdout) {
        print(&text::report(&report, args.origins))?;
    }
    match report.verdict {
        Verdict::Pass => Ok(()),
        _ if !args.strict => Ok(()),
        verdict => Err(Failure::Strict(format!("verdict {}: {}", text::verdict(verdict), report.reasons.join(" ")))),
    }
}

/// A bundled design by name, or a sketch file by path; the exercise's reference design when neither is given.
pub(crate) fn design(exercise: &loadline_app::library::Exercise, given: Option<&str>) -> Result<(String, Sketch), Failure> {
    let name = given.unwrap_or(&exercise.reference);
    if exercise.designs.iter().any(|design| design.name == name) {
        return Ok((name.to_owned(), library::bundled(exercise, name)?.clone()));
    }
    let path = std::path::Path::new(name);
    if path.extension().is_some() || name.contains(std::path::MAIN_SEPARATOR) || path.exists() {
        return Ok((name.to_owned(), read_sketch(path)?));
    }
    library::bundled(exercise, name)?;
    Ok((name.to_owned(), Sketch::empty(name)))
}

pub(crate) fn async_runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .map_err(|error| Failure::unusable(format!("no async runtime: {error}"), "Close other programs and try again."))
}

/// Becomes true at Ctrl-C, SIGTERM or SIGHUP. A second one ends the process at once; the nodes end with it.
pub(crate) fn interrupt() -> watch::Receiver<bool> {
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(async move {
        for times in 0.. {
            a_signal().await;
            if times > 0 {
                std::process::exit(130);
            }
            // Nobody listens any more when the run is over.
            let _ = stop.send(true);
        }
    });
    stopped
}

#[cfg(unix)]
async fn a_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = |kind| async move {
        match signal(kind) {
            Ok(mut signals) => drop(signals.recv().await),
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = heard(SignalKind::terminate()) => {}
        () = heard(SignalKind::hangup()), if !ignores_hangup() => {}
    }
}

/// True for a program that was started with `nohup`: the end of its terminal is not to be its own.
#[cfg(unix)]
fn ignores_hangup() -> bool {
    static IGNORED: std::sync::LazyLock<bool> = std::sync::LazyLock::new(|| {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        // SIGHUP is signal 1, so bit 0.
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 == 1)
    });
    *IGNORED
}

#[cfg(not(unix))]
async fn a_signal() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Progress: a bar on a terminal, a plain line now and then elsewhere.
struct Meter {
    bar: Option<ProgressBar>,
    duration_s: f64,
    next_line_s: f64,
}

impl Meter {
    fn new(duration_s: f64) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new((duration_s * 10.0) as u64);
            // The template is a constant that indicatif accepts; were it not, the default bar serves.
            if let Ok(style) = ProgressStyle::with_template("{bar:32} {msg}") {
                bar.set_style(style.progress_chars("━━ "));
            }
            bar
        });
        Self { bar, duration_s, next_line_s: 0.0 }
    }

    fn event(&mut self, event: RunEvent) {
        match event {
            RunEvent::Phase { phase, progress: Some((done, of)) } => {
                self.line(&format!("{} {done} of {of}", phase_word(phase)), done == of || done == 0)
            }
            RunEvent::Phase { phase, progress: None } => self.line(phase_word(phase), true),
            RunEvent::Note(note) => self.line(&format!("{:>6.1} s  {}", note.t_s.max(0.0), note.text), true),
            RunEvent::Tick(tick) => self.tick(&tick),
            RunEvent::Addresses { .. } | RunEvent::Finished { .. } | RunEvent::Failed { .. } => {}
        }
    }

    fn tick(&mut self, tick: &RunTick) {
        let text = format!(
            "{:.0} of {:.0} s  sent {}  ok {}  late {}  failed {}  dropped {}  laptop {:.0}%",
            tick.t_s,
            self.duration_s,
            tick.load.sent,
            tick.load.ok,
            tick.load.late,
            tick.load.failed,
            tick.load.dropped,
            tick.host_cpu * 100.0
        );
        match &self.bar {
            Some(bar) => {
                bar.set_position((tick.t_s * 10.0) as u64);
                bar.set_message(text);
            }
            None if tick.t_s >= self.next_line_s => {
                self.next_line_s = tick.t_s + (self.duration_s / 5.0).max(1.0);
                progress(&text);
            }
            None => {}
        }
    }

    fn line(&self, text: &str, plain: bool) {
        match &self.bar {
            Some(bar) => bar.println(text),
            None if plain => progress(text),
            None => {}
        }
    }

    fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn phase_word(phase: RunPhase) -> &'static str {
    match phase {
        RunPhase::Starting => "Starting",
        RunPhase::Seeding => "Writing the population",
        RunPhase::WarmUp => "Load begins, warming up",
        RunPhase::Running => "Measuring",
        RunPhase::Draining => "Stopping the load",
        RunPhase::Stopping => "Stopping the cluster",
    }
}
