//! Instant answers while a learner draws: what is wrong with a sketch, and what closed forms expect of a plan. Pure functions; no run, no
//! IO, no clock. It measures nothing: every figure from here is `modelled`.
//!
//! | module | what it answers |
//! |---|---|
//! | [`diagnose`] | what is wrong with the drawing, with a remedy |
//! | [`queueing`] | M/M/c and M/G/c: waiting, response times, quantiles |
//! | [`capacity`] | what one component can do, as a line of worked arithmetic |
//! | [`modelled`] | utilisation and mean response of a whole plan under a scenario, and what saturates first |

pub mod capacity;
pub mod diagnose;
pub mod modelled;
pub mod queueing;

#[cfg(test)]
mod fixtures;

pub use capacity::capacity;
pub use diagnose::diagnose;
pub use modelled::{Modelled, model};
