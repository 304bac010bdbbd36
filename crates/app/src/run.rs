//! One run from drawing to report: prepare, start, seed, load, watch, stop, report. Faces hear of it through [`RunEvent`]s.
//!
//! | module | what it holds |
//! |---|---|
//! | [`prepare`] | what will run, at which scale, under which load |
//! | [`conduct`] | the order of things while it runs |
//! | `asleep` | the laptop slept, or its clock was set |
//! | [`engines`] | real servers in an engine's place |
//! | [`faults`] | what the scenario breaks, and when |
//! | [`folder`] | the folder of a run |
//! | [`share`] | how much of the laptop a run may take |
//! | [`seeding`] | the population, written and copied |
//! | [`generator`] | the generator's process |
//! | [`watch`] | samples over time, and what they mean at one moment |
//! | [`live`] | what only the run under way can say: standing-in figures, links, soundness |
//! | [`stand_in`] | who a figure is of, in a drawing with other ids |
//! | [`report`] | what came out |

pub mod addresses;
mod asleep;
pub mod conduct;
pub mod engines;
mod faults;
mod folder;
mod generator;
mod live;
pub mod prepare;
mod report;
pub mod seeding;
pub mod share;
mod soundness;
mod stand_in;
mod watch;

pub use conduct::{Hooks, conduct};
pub use faults::FaultOrder;
pub use loadline_cluster::ClusterEvent;
pub use prepare::{Prepared, RunSpec, prepare};
pub use report::nothing_measured;
