//! Shapes of load.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The five shapes of load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// Constant.
    Baseline,
    /// Rising.
    Ramp,
    /// A peak in the middle.
    Spike,
    /// Long.
    Soak,
    /// Staircase.
    Stress,
}
