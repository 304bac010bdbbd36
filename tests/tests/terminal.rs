//! Journeys of the binary `loadline` as its user takes them: arguments in, text, JSON and an exit status out. Nothing here looks inside.
//!
//! | module | what it holds |
//! |---|---|
//! | [`program`] | the binary as a process: started, heard, signalled |
//! | [`report`] | what `--json` wrote, held against the schema |
//! | [`traces`] | what a run could leave behind: processes, ports, files |
//! | [`twitter`] | the designs of the exercise, run |
//! | [`compare`] | two runs compared, and a report as Markdown and HTML |
//! | [`dives`] | what the texts of the exercise say of runs, held to runs |
//! | [`slice`] | all instances or life speed: what runs, and what comes back in life |
//! | [`real_engines`] | the designs on a real Redis and a real PostgreSQL |
//! | [`knee`] | the lab: measured beside modelled, the same seed twice, a run that the machine spoiled |
//! | [`interrupt`] | Ctrl-C and kill -9 |
//! | [`up`] | the printed commands, executed |
//! | [`load`] | `loadline load` against a server of this test |
//! | [`interchange`] | a design out as every format, and back in |
//! | [`data`] | all of the learner's data out and in, damaged, and held by a window |
//! | [`bad_input`] | what cannot be used, each with its reason and remedy |

#![expect(clippy::print_stdout, reason = "figures of a run are shown with --nocapture")]

#[path = "terminal/bad_input.rs"]
mod bad_input;
#[path = "terminal/compare.rs"]
mod compare;
#[path = "terminal/data.rs"]
mod data;
#[path = "terminal/dives.rs"]
mod dives;
#[path = "terminal/interchange.rs"]
mod interchange;
#[path = "terminal/interrupt.rs"]
mod interrupt;
#[path = "terminal/knee.rs"]
mod knee;
#[path = "terminal/load.rs"]
mod load;
#[expect(dead_code, reason = "the sql engine's own tests use the rest of it")]
#[path = "../../crates/node/tests/sql/postgres.rs"]
mod postgres;
#[path = "terminal/program.rs"]
mod program;
#[path = "terminal/real_engines.rs"]
mod real_engines;
#[path = "terminal/report.rs"]
mod report;
#[path = "terminal/slice.rs"]
mod slice;
#[path = "terminal/traces.rs"]
mod traces;
#[path = "terminal/twitter.rs"]
mod twitter;
#[path = "terminal/up.rs"]
mod up;
