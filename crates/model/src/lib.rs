//! stub
pub mod arrivals;
pub mod envelope;
pub mod load;
pub mod plan;
pub mod population;
pub mod requests;
pub mod seed;
pub mod sketch;
pub mod station;
pub mod wire;
