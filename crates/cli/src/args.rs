//! The arguments of `loadline`.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};
use loadline_app::run::share::LaptopShare;
use loadline_model::arrivals::Shape;
use loadline_model::plan::ScaleWish;
use loadline_model::sketch::SettingValue;

/// Draw a design, predict how it behaves, run it as a small cluster on this machine, and read what was measured.
#[derive(Debug, Parser)]
#[command(name = "loadline", version, max_term_width = 110)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List exercises and labs with their designs and scenarios.
    List,
    /// Run a design of an exercise and report what was measured.
    Run(RunArgs),
    /// Keep a cluster up and print each address with a command to copy; Ctrl-C ends it.
    Up(UpArgs),
    /// Check a pack: every finding with file, line and remedy.
    Lint {
        /// Folder of the pack.
        pack: PathBuf,
    },
    /// Check a sketch file: what is wrong with the drawing, and what each part can do.
    CheckDesign(CheckArgs),
    /// Write a design as a sketch file, Mermaid, SVG or PNG.
    Export(ExportArgs),
    /// Make a sketch file of a Mermaid flowchart (or of another sketch file).
    Import(ImportArgs),
    /// Show a report that was written as JSON, or write it as Markdown or HTML.
    Report(ReportArgs),
    /// Compare two reports of one exercise: what they were given, then each figure with its difference.
    Compare(CompareArgs),
    /// Put an open-loop load on any HTTP address of this machine.
    Load(LoadArgs),
    /// Your designs, runs and attempts: one file out and in, and where they are.
    Data {
        #[command(subcommand)]
        command: DataCommand,
    },
    /// Print the JSON schema of a report.
    Schema,
    /// Run one node of a cluster on the standard streams.
    #[command(hide = true)]
    Node,
    /// Run the load generator on the standard streams.
    #[command(hide = true)]
    Generate,
    /// Render Mermaid on standard input to SVG on standard output.
    #[command(hide = true)]
    RenderDiagram,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Write everything to one file. A window may be open meanwhile.
    Export {
        /// The file; one that is there is replaced.
        file: PathBuf,
    },
    /// Bring in what a file carries and is not here yet, after a backup.
    Import {
        /// A file that `loadline data export` or the window wrote.
        file: PathBuf,
    },
    /// Print where the data is, with its backups.
    Place,
    /// Begin anew when the data cannot be read: what is there is kept aside.
    StartEmpty,
}

#[derive(Debug, clap::Args)]
pub(crate) struct RunArgs {
    /// Exercise or lab, as in `loadline list`.
    pub(crate) exercise: String,
    /// Design by name, or the path of a sketch file; the reference design unless given.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) design: Option<String>,
    /// Scenario by name.
    #[arg(long, value_name = "NAME")]
    pub(crate) scenario: Option<String>,
    /// Shape of the load.
    #[arg(long, value_enum)]
    pub(crate) shape: Option<ShapeArg>,
    /// Requests a second of life, all operations together.
    #[arg(long, value_name = "PER_S", allow_hyphen_values = true)]
    pub(crate) rate: Option<f64>,
    /// Wall time under load: 20s, 500ms, 2m.
    #[arg(long, value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) duration: Option<f64>,
    /// A real server of this machine in an engine's place: kv=redis://.., sql=postgres://.., log=kafka://.., or a component's id; several
    /// addresses, one for each instance, are separated by commas. May be given many times.
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = engine)]
    pub(crate) engine: Vec<(String, String)>,
    /// Seed of everything drawn by lot.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Change one thing of the design, such as kv.instances=6 or feed.celebrity_threshold=200; may be given many times.
    #[arg(long, value_name = "COMPONENT.SETTING=VALUE", value_parser = change)]
    pub(crate) set: Vec<(String, SettingValue)>,
    /// Rather all instances (slower than life), or life speed (a slice of traffic and instances).
    #[arg(long, value_enum, default_value = "instances")]
    pub(crate) prefer: PreferArg,
    /// How much of this machine a run may take, 20 to 80 percent: a larger share runs nearer to life speed.
    #[arg(long, value_name = "PERCENT", value_parser = share, default_value = "50", allow_hyphen_values = true)]
    pub(crate) laptop_share: LaptopShare,
    /// What you expect of a figure; may be given many times.
    #[arg(long, value_name = "NAME=VALUE", value_parser = prediction)]
    pub(crate) predict: Vec<(String, f64)>,
    /// Write the report as JSON to this file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
    /// Write the report as Markdown to this file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Write the report as one HTML file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Exit with 1 when a target is missed or the run says nothing.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Show the run, formula or source behind each figure.
    #[arg(long)]
    pub(crate) origins: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct UpArgs {
    /// Exercise or lab, as in `loadline list`.
    pub(crate) exercise: String,
    /// Design by name, or the path of a sketch file; the reference design unless given.
    #[arg(long, value_name = "NAME|FILE")]
    pub(crate) design: Option<String>,
    /// A real server of this machine in an engine's place, as for `loadline run`.
    #[arg(long, value_name = "NAME=ADDRESS", value_parser = engine)]
    pub(crate) engine: Vec<(String, String)>,
    /// Seed of the population.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// How much of this machine a run may take, 20 to 80 percent: a larger share runs nearer to life speed.
    #[arg(long, value_name = "PERCENT", value_parser = share, default_value = "50", allow_hyphen_values = true)]
    pub(crate) laptop_share: LaptopShare,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CheckArgs {
    /// Sketch file.
    pub(crate) file: PathBuf,
    /// Exercise whose scenario it should answer.
    #[arg(long)]
    pub(crate) exercise: Option<String>,
    /// Exit with 1 for a warning too; an error does so anyway.
    #[arg(long)]
    pub(crate) strict: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ExportArgs {
    /// EXERCISE:DESIGN, as in `loadline list`, or the path of a sketch file.
    #[arg(value_name = "EXERCISE:DESIGN|FILE")]
    pub(crate) design: String,
    /// Format; unless given, the file's ending says it.
    #[arg(long, value_enum)]
    pub(crate) to: Option<FormatArg>,
    /// Write to this file (`-`: standard output).
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
    /// Arrange the drawing first.
    #[arg(long)]
    pub(crate) arrange: bool,
    /// A dark picture.
    #[arg(long)]
    pub(crate) dark: bool,
    /// Pixels of a PNG for each of the canvas.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=2))]
    pub(crate) scale: u32,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ImportArgs {
    /// Mermaid flowchart, or sketch file.
    pub(crate) file: PathBuf,
    /// Exercise whose scenario the check is for.
    #[arg(long)]
    pub(crate) exercise: Option<String>,
    /// What a node is, where the guess is wrong or there is none; may be given many times.
    #[arg(long, value_name = "NODE=ROLE", value_parser = node_role)]
    pub(crate) role: Vec<(String, String)>,
    /// Write the sketch to this file (`-`: standard output).
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: PathBuf,
}

/// A format of another tool, or Loadline's own.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum FormatArg {
    Sketch,
    Mermaid,
    Svg,
    Png,
}

#[derive(Debug, clap::Args)]
pub(crate) struct ReportArgs {
    /// A report, as `loadline run --json FILE` or the window's export wrote it.
    pub(crate) file: PathBuf,
    /// Write the report as Markdown to this file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) markdown: Option<PathBuf>,
    /// Write the report as one HTML file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Show the run, formula or source behind each figure.
    #[arg(long)]
    pub(crate) origins: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct CompareArgs {
    /// The first report, as `loadline run --json FILE` wrote it.
    pub(crate) a: PathBuf,
    /// The second; differences and ratios are of it against the first.
    pub(crate) b: PathBuf,
    /// Write the comparison as JSON to this file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(crate) struct LoadArgs {
    /// http://127.0.0.1:PORT/path; other machines are refused.
    pub(crate) url: String,
    /// Requests a second.
    #[arg(long, value_name = "PER_S", allow_hyphen_values = true)]
    pub(crate) rate: f64,
    /// Time under load: 10s, 500ms, 2m.
    #[arg(long, value_parser = seconds, allow_hyphen_values = true)]
    pub(crate) duration: f64,
    /// Most connections that are open at the same time; more are counted as dropped.
    #[arg(long, default_value_t = 4096, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) connections: u32,
    /// Seed of the arrivals.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Equal gaps between requests instead of random ones.
    #[arg(long)]
    pub(crate) constant: bool,
    /// Write the result as JSON to this file (`-`: standard output).
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ShapeArg {
    Baseline,
    Ramp,
    Spike,
    Soak,
    Stress,
}

impl From<ShapeArg> for Shape {
    fn from(shape: ShapeArg) -> Self {
        match shape {
            ShapeArg::Baseline => Self::Baseline,
            ShapeArg::Ramp => Self::Ramp,
            ShapeArg::Spike => Self::Spike,
            ShapeArg::Soak => Self::Soak,
            ShapeArg::Stress => Self::Stress,
        }
    }
}

/// How a run is scaled to this machine.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PreferArg {
    Instances,
    Speed,
}

impl From<PreferArg> for ScaleWish {
    fn from(prefer: PreferArg) -> Self {
        match prefer {
            PreferArg::Instances => Self::Instances,
            PreferArg::Speed => Self::Speed,
        }
    }
}

/// `20s`, `500ms`, `2m` or plain seconds.
fn seconds(text: &str) -> Result<f64, String> {
    let (number, unit) = text.find(|c: char| c.is_ascii_alphabetic()).map_or((text, "s"), |at| text.split_at(at));
    let factor = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("`{unit}` is no unit of time: write 20s, 500ms or 2m")),
    };
    let seconds = number.parse::<f64>().map_err(|_| format!("`{number}` is no number: write 20s, 500ms or 2m"))? * factor;
    if seconds.is_finite() && seconds > 0.0 { Ok(seconds) } else { Err("a duration must be longer than nothing".to_owned()) }
}

/// `50`.
fn share(text: &str) -> Result<LaptopShare, String> {
    LaptopShare::parse(text.trim_end_matches('%')).map_err(|error| error.hint)
}

/// `kv=redis://127.0.0.1:6379`.
fn engine(text: &str) -> Result<(String, String), String> {
    let (name, addresses) = text.split_once('=').ok_or("write NAME=ADDRESS, such as kv=redis://127.0.0.1:6379")?;
    Ok((name.to_owned(), addresses.to_owned()))
}

/// `DB1=sql_primary`.
fn node_role(text: &str) -> Result<(String, String), String> {
    let (node, role) = text.rsplit_once('=').ok_or("write NODE=ROLE, such as DB1=sql_primary")?;
    Ok((node.to_owned(), role.to_owned()))
}

/// `feed.utilisation=70`.
fn prediction(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE, such as timeline_read.p99_ms=40")?;
    let value: f64 = value.parse().map_err(|_| format!("{value} is no number"))?;
    if value.is_finite() { Ok((name.to_owned(), value)) } else { Err("a prediction must be a finite number".to_owned()) }
}

/// `kv.instances=6`, `feed.timeline_built=hybrid`, `feed.worker_held=true`.
fn change(text: &str) -> Result<(String, SettingValue), String> {
    let (name, value) = text.split_once('=').ok_or("write COMPONENT.SETTING=VALUE, such as kv.instances=6")?;
    let value = match value {
        "true" => SettingValue::Switch(true),
        "false" => SettingValue::Switch(false),
        other => other.parse().map_or_else(|_| SettingValue::Word(other.to_owned()), SettingValue::Number),
    };
    Ok((name.to_owned(), value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_predictions() {
        assert_eq!(seconds("20s"), Ok(20.0));
        assert_eq!(seconds("500ms"), Ok(0.5));
        assert_eq!(seconds("2m"), Ok(120.0));
        assert!(seconds("20 parsecs").is_err() && seconds("-1s").is_err() && seconds("s").is_err());
        assert_eq!(prediction("a.b=3"), Ok(("a.b".into(), 3.0)));
        assert!(prediction("a.b").is_err() && prediction("a=NaN").is_err());
    }

    #[test]
    fn changes() {
        assert_eq!(change("kv.instances=6"), Ok(("kv.instances".into(), SettingValue::Number(6.0))));
        assert_eq!(change("feed.timeline_built=hybrid"), Ok(("feed.timeline_built".into(), "hybrid".into())));
        assert_eq!(change("feed.worker_held=true"), Ok(("feed.worker_held".into(), true.into())));
        assert!(change("kv.instances").is_err());
    }

    #[test]
    fn shares() {
        assert_eq!(share("35%").map(LaptopShare::percent), Ok(35.0));
        assert_eq!(share("90"), Err("Choose from 20 to 80 percent.".to_owned()));
        assert!(share("all").is_err());
    }

    #[test]
    fn arguments_are_sound() {
        use clap::CommandFactory;
        Args::command().debug_assert();
    }
}
