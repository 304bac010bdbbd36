//! Storage that loses nothing, held to it on real files: `kill -9` at any moment, damage of any sort, a full disk, a wrong clock.
//!
//! | module | what it holds |
//! |---|---|
//! | [`world`] | a learner's data, and every row of a database as text |
//! | [`kill`] | a child that saves, migrates, imports and backs up, killed at a seeded moment |
//! | [`damage`] | seeded damage: whole, brought over with every loss counted, or refused untouched |
//! | [`limits`] | a full disk, a folder that cannot be written, a clock set back, two programs at once |

#![expect(clippy::print_stdout, reason = "figures are shown with --nocapture, and a child acknowledges on standard output")]

#[path = "storage/damage.rs"]
mod damage;
#[path = "storage/kill.rs"]
mod kill;
#[path = "storage/limits.rs"]
mod limits;
#[path = "storage/world.rs"]
mod world;

/// A number of the environment, for the long form of a test.
fn asked(variable: &str, otherwise: u64) -> u64 {
    let Some(text) = std::env::var_os(variable) else { return otherwise };
    text.to_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{variable} must be a number"))
}
