//! The terminal face: the binary `loadline`. It reads arguments, calls a use case, and writes what comes back; it decides nothing.
//!
//! The same binary is also every node (`loadline node`), the load generator (`loadline generate`) and the diagram renderer.

mod args;
mod check_design;
mod compare;
mod data;
mod interchange;
mod lint;
mod list;
mod load;
mod output;
mod predictions;
mod report;
mod run;
mod up;

use std::process::ExitCode;

use args::{Args, Command};
use clap::Parser;
use output::Failure;

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Node => return exit(loadline_node::process::run()),
        Command::Generate => return exit(loadline_load::run_stdio()),
        Command::RenderDiagram => return exit(lint::render_diagram()),
        Command::List => list::list(),
        Command::Run(args) => run::run(args),
        Command::Up(args) => up::up(args),
        Command::Lint { pack } => lint::lint(&pack),
        Command::CheckDesign(args) => check_design::check_design(&args),
        Command::Export(args) => interchange::export(&args),
        Command::Import(args) => interchange::import(&args),
        Command::Report(args) => report::report(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Load(args) => load::load(args),
        Command::Data { command } => data::data(&command),
        Command::Schema => output::print(&format!("{:#}\n", loadline_model::report::schema())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn exit(code: i32) -> ExitCode {
    ExitCode::from(u8::try_from(code).unwrap_or(1))
}

/// What a command comes to.
type Outcome = Result<(), Failure>;
