//! The envelope: what ONE instance of a component can do, in life time. The live node enforces it, closed forms use its moments.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::seed::Stream;

/// How service times spread round their mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// Always the mean (the D of M/D/1).
    Fixed,
    /// Exponential (the M of M/M/1): coefficient of variation 1.
    Exponential,
    /// Log-normal with coefficient of variation 2: mostly quick, with a long tail.
    Lognormal,
}

impl Distribution {
    /// The word used in sketches.
    pub fn word(self) -> &'static str {
        match self {
            Self::Fixed => "fixed",
            Self::Exponential => "exponential",
            Self::Lognormal => "lognormal",
        }
    }

    /// The distribution that `word` names.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Fixed, Self::Exponential, Self::Lognormal].into_iter().find(|d| d.word() == word)
    }

    /// Squared coefficient of variation, variance ÷ mean².
    pub fn scv(self) -> f64 {
        match self {
            Self::Fixed => 0.0,
            Self::Exponential => 1.0,
            Self::Lognormal => 4.0,
        }
    }

    /// One draw with mean 1. Every distribution takes its draws from `stream` in order, so a run can be recomputed exactly.
    pub fn sample(self, stream: &mut Stream) -> f64 {
        match self {
            Self::Fixed => 1.0,
            Self::Exponential => stream.exponential(),
            Self::Lognormal => {
                // mean 1 and scv c: sigma² = ln(1 + c), mu = -sigma²/2.
                let sigma2 = (1.0 + self.scv()).ln();
                (stream.normal() * sigma2.sqrt() - sigma2 / 2.0).exp()
            }
        }
    }
}

/// Service time of one operation at one worker.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct ServiceTime {
    /// Mean in milliseconds of life time.
    pub mean_ms: f64,
    /// Spread round the mean.
    pub distribution: Distribution,
}

/// What one instance can do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Envelope {
    /// Requests served at the same time (threads, connections in use, cores: whichever is scarce).
    pub workers: u32,
    /// Requests that may wait; one more is refused at once.
    pub queue_limit: u32,
    /// True: a worker is held while its request waits for a call to another component (a thread for each request).
    /// False: the worker is free again once its own service time is over (asynchronous).
    pub held_while_calling: bool,
    /// Service time by operation.
    pub service: BTreeMap<String, ServiceTime>,
}

impl Envelope {
    /// An envelope with one operation; handy for labs and tests.
    pub fn single(operation: &str, workers: u32, mean_ms: f64, distribution: Distribution) -> Self {
        Self {
            workers,
            queue_limit: 100_000,
            held_while_calling: false,
            service: BTreeMap::from([(operation.to_owned(), ServiceTime { mean_ms, distribution })]),
        }
    }

    /// Mean service time of `operation` in ms of life; `None` when this envelope does not know it.
    pub fn mean_ms(&self, operation: &str) -> Option<f64> {
        self.service.get(operation).map(|s| s.mean_ms)
    }

    /// Requests of `operation` a second that one instance can serve for ever: workers ÷ mean service time. Less where workers are held
    /// while they call: by how much, the calls decide.
    pub fn capacity_per_s(&self, operation: &str) -> Option<f64> {
        self.mean_ms(operation).map(|mean_ms| f64::from(self.workers) * 1000.0 / mean_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_have_mean_one_and_their_scv() {
        for distribution in [Distribution::Fixed, Distribution::Exponential, Distribution::Lognormal] {
            let mut stream = Stream::new(3, distribution.word(), 0);
            let draws: Vec<f64> = (0..400_000).map(|_| distribution.sample(&mut stream)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let variance = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / draws.len() as f64;
            assert!((mean - 1.0).abs() < 0.02, "{distribution:?} mean {mean}");
            assert!((variance - distribution.scv()).abs() <= 0.1 * distribution.scv().max(0.1), "{distribution:?} variance {variance}");
        }
    }
}
