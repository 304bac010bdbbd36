//! A drawing as a Mermaid flowchart, and flowcharts as drawings. A flowchart is text from outside: it is read with limits, never run, and what is
//! not understood is said with its line. It draws no picture of a flowchart.
//!
//! | module | what it holds |
//! |---|---|
//! | [`write`] | a drawing as a flowchart |
//! | [`read`] | a flowchart as nodes, edges and subgraphs |
//! | [`guess`] | which role a node plays, from its class, words and shape |
//! | [`bring`] | a flowchart with its roles as a drawing |

pub mod bring;
pub mod guess;
pub mod read;
pub mod write;

#[cfg(test)]
mod tests;

pub use bring::{Brought, bring};
pub use guess::{Guess, guess};
pub use read::{Flowchart, ReadError, read};
pub use write::write;
