//! The checks of TOML, scenarios and sketches. They say what is wrong; they repair nothing.

pub(crate) mod scenario;
pub(crate) mod sketch;
pub(crate) mod toml;
