//! stub
pub mod envelope;
pub mod plan;
pub mod population;
pub mod seed;
pub mod sketch;
pub mod station;
pub mod wire;
