//! The ground of Loadline: what is drawn, what is asked of it, what can be run, what came out. Data and pure functions only:
//! no IO, no clock, no randomness of its own (seed and time are arguments).
//!
//! Read the modules in this order:
//!
//! | module | what it holds |
//! |---|---|
//! | [`sketch`] | what a learner draws: components and links |
//! | [`change`] | one setting of a drawing by name: `feed.celebrity_threshold` |
//! | [`catalog`] | what can be drawn: one role a file, with ports, settings, operations and the source of each default |
//! | [`scenario`] | who asks for what, how often, and what counts as good enough |
//! | [`diagnostic`] | what is wrong with a drawing, in words a learner understands |
//! | [`plan`] | a sketch made runnable: every instance, whom it calls, with which envelope |
//! | [`engine`] | addresses of real servers in an engine's place |
//! | [`demand`] | how often each operation visits each component, and what that asks of it |
//! | [`envelope`], [`station`] | what one instance can do, and the exact queue that enforces it |
//! | [`seed`], [`arrivals`], [`requests`], [`population`] | everything that is drawn by lot, from one seed |
//! | [`load`] | what the generator is told, and what it reports |
//! | [`wire`] | what cluster, nodes and generator say to each other on their standard streams |
//! | [`report`] | what was measured, modelled and assumed |
//! | [`reading`] | one number of a report by name |
//! | [`words`], [`calendar`] | counts and dates as people write them |

pub mod arrivals;
pub mod calendar;
pub mod catalog;
pub mod change;
pub mod demand;
pub mod diagnostic;
pub mod engine;
pub mod envelope;
pub mod load;
pub mod plan;
pub mod population;
pub mod reading;
pub mod report;
pub mod requests;
pub mod scenario;
pub mod seed;
pub mod sketch;
pub mod station;
pub mod wire;
pub mod words;
