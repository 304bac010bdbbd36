//! When requests arrive: shapes of load as phases of rate, and the exact arrival times of a seed. Not who arrives, nor what is asked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::seed::Stream;

/// How the rate moves over a run; `rate` is the one that the scenario names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Shape {
    /// The rate, all the time.
    Baseline,
    /// A straight line from 10% to 150% of the rate.
    Ramp,
    /// The rate, with the middle fifth of the run at three times the rate.
    Spike,
    /// 80% of the rate, all the time: meant for long runs.
    Soak,
    /// Ten equal steps: 20%, 40% ... 200% of the rate.
    Stress,
}

impl Shape {
    /// Every shape, in the order shown.
    pub const ALL: [Self; 5] = [Self::Baseline, Self::Ramp, Self::Spike, Self::Soak, Self::Stress];

    /// The word used in scenarios and on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Self::Baseline => "baseline",
            Self::Ramp => "ramp",
            Self::Spike => "spike",
            Self::Soak => "soak",
            Self::Stress => "stress",
        }
    }

    /// The shape that `word` names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|shape| shape.word() == word)
    }
}

/// How arrivals fall round the rate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, TS, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Process {
    /// Independent users: exponential gaps (the first M of M/M/1).
    #[default]
    Poisson,
    /// Equal gaps (the D of D/M/1).
    Constant,
}

/// A stretch of time in which the rate moves along a straight line.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct Phase {
    /// Start, seconds since the run began.
    pub start_s: f64,
    /// End, seconds since the run began.
    pub end_s: f64,
    /// Arrivals a second at the start.
    pub from_per_s: f64,
    /// Arrivals a second at the end.
    pub to_per_s: f64,
}

impl Phase {
    /// How long it lasts, seconds.
    pub fn length_s(&self) -> f64 {
        (self.end_s - self.start_s).max(0.0)
    }

    /// Mean arrivals a second.
    pub fn mean_per_s(&self) -> f64 {
        (self.from_per_s + self.to_per_s) / 2.0
    }

    /// Arrivals expected in it: the integral of the rate.
    pub fn expected(&self) -> f64 {
        self.mean_per_s() * self.length_s()
    }

    /// Seconds into the phase at which `arrivals` of them are expected; `arrivals` is at most [`Phase::expected`].
    fn reached_s(&self, arrivals: f64) -> f64 {
        if arrivals <= 0.0 {
            return 0.0;
        }
        let slope = (self.to_per_s - self.from_per_s) / self.length_s();
        if slope == 0.0 {
            return arrivals / self.from_per_s;
        }
        // The root of from*t + slope/2*t² = arrivals, in the form that loses no digits when the slope is small.
        let root = (self.from_per_s * self.from_per_s + 2.0 * slope * arrivals).max(0.0).sqrt();
        (2.0 * arrivals / (self.from_per_s + root)).min(self.length_s())
    }
}

/// The phases of `shape` round `rate_per_s` over `duration_s`.
pub fn phases(shape: Shape, rate_per_s: f64, duration_s: f64) -> Vec<Phase> {
    let phase = |from: f64, to: f64, low: f64, high: f64| Phase {
        start_s: from * duration_s,
        end_s: to * duration_s,
        from_per_s: low * rate_per_s,
        to_per_s: high * rate_per_s,
    };
    match shape {
        Shape::Baseline => vec![phase(0.0, 1.0, 1.0, 1.0)],
        Shape::Ramp => vec![phase(0.0, 1.0, 0.1, 1.5)],
        Shape::Spike => vec![phase(0.0, 0.4, 1.0, 1.0), phase(0.4, 0.6, 3.0, 3.0), phase(0.6, 1.0, 1.0, 1.0)],
        Shape::Soak => vec![phase(0.0, 1.0, 0.8, 0.8)],
        Shape::Stress => (0..10)
            .map(|step| {
                let level = 0.2 * f64::from(step + 1);
                phase(f64::from(step) / 10.0, f64::from(step + 1) / 10.0, level, level)
            })
            .collect(),
    }
}

/// Arrivals expected over all of `phases`.
pub fn expected(phases: &[Phase]) -> f64 {
    phases.iter().map(Phase::expected).sum()
}

/// Every arrival of a run, nanoseconds since it began, in order. The same arguments give the same numbers.
pub fn schedule_ns(seed: u64, process: Process, phases: &[Phase]) -> Vec<u64> {
    Arrivals::new(seed, process, phases).collect()
}

/// The arrivals of [`schedule_ns`], one at a time, so that a long run need not be held in memory.
///
/// A process of unit rate is drawn once and its clock bent by the integral of the rate. So the same seed at twice the rate gives the same
/// arrivals at half the times, and a dilated run gives the same arrivals, dilated.
pub struct Arrivals {
    process: Process,
    phases: Vec<Phase>,
    stream: Stream,
    /// The phase that the next arrival may fall in.
    at: usize,
    /// Arrivals expected before that phase.
    before: f64,
    /// Where the unit-rate process stands.
    mark: f64,
    drawn: u64,
    last_ns: u64,
}

impl Arrivals {
    /// Arrivals under `seed`; `phases` are in order of time and do not overlap, and no rate is negative.
    pub fn new(seed: u64, process: Process, phases: &[Phase]) -> Self {
        let stream = Stream::new(seed, "arrivals", 0);
        Self { process, phases: phases.to_vec(), stream, at: 0, before: 0.0, mark: 0.0, drawn: 0, last_ns: 0 }
    }

    /// The phase that the last arrival fell in.
    pub fn phase(&self) -> usize {
        self.at
    }
}

impl Iterator for Arrivals {
    type Item = u64;

    fn next(&mut self) -> Option<u64> {
        let slack = match self.process {
            Process::Poisson => {
                self.mark += self.stream.exponential();
                0.0
            }
            Process::Constant => {
                self.mark = self.drawn as f64;
                // An arrival due at the very end of a phase belongs to the next one, whatever the last digit of the sums.
                1e-9 * self.mark.max(1.0)
            }
        };
        self.drawn += 1;
        loop {
            let phase = self.phases.get(self.at)?;
            let within = self.mark - self.before;
            let expected = phase.expected();
            if within < expected - slack {
                let at_s = phase.start_s + phase.reached_s(within);
                self.last_ns = self.last_ns.max((at_s * 1e9).round() as u64);
                return Some(self.last_ns);
            }
            self.before += expected;
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_arrivals() {
        for shape in Shape::ALL {
            let phases = phases(shape, 300.0, 20.0);
            assert_eq!(schedule_ns(5, Process::Poisson, &phases), schedule_ns(5, Process::Poisson, &phases), "{shape:?}");
            assert_ne!(schedule_ns(5, Process::Poisson, &phases), schedule_ns(6, Process::Poisson, &phases), "{shape:?}");
        }
    }

    #[test]
    fn counts_are_near_the_integral_of_the_rate() {
        // Shape by shape, the integral by hand: 1, 0.8, 1.4, 0.8 and 1.1 times rate and duration.
        for (shape, factor) in Shape::ALL.into_iter().zip([1.0, 0.8, 1.4, 0.8, 1.1]) {
            let phases = phases(shape, 500.0, 40.0);
            let integral = factor * 20_000.0;
            assert!((expected(&phases) - integral).abs() < 1e-6, "{shape:?} {}", expected(&phases));
            let schedule = schedule_ns(11, Process::Poisson, &phases);
            assert!((schedule.len() as f64 - integral).abs() < 4.0 * integral.sqrt(), "{shape:?} {}", schedule.len());
            assert!(schedule.is_sorted() && schedule.last().is_some_and(|last| *last < 40_000_000_000), "{shape:?}");
            // And in every tenth of the run.
            for tenth in 0..10_u64 {
                let (from_ns, to_ns) = (tenth * 4_000_000_000, (tenth + 1) * 4_000_000_000);
                let count = schedule.iter().filter(|at| (from_ns..to_ns).contains(at)).count() as f64;
                let rate = |s: f64| {
                    let phase = phases.iter().find(|p| s < p.end_s).unwrap();
                    phase.from_per_s + (phase.to_per_s - phase.from_per_s) * (s - phase.start_s) / phase.length_s()
                };
                let here = 4.0 * rate(4.0 * tenth as f64 + 2.0);
                assert!((count - here).abs() < 4.5 * here.sqrt(), "{shape:?} tenth {tenth}: {count} for {here}");
            }
        }
    }

    #[test]
    fn the_constant_process_is_exact() {
        let flat = schedule_ns(1, Process::Constant, &phases(Shape::Baseline, 2000.0, 10.0));
        assert_eq!(flat, (0..20_000).map(|k| k * 500_000).collect::<Vec<u64>>());
        for (shape, count) in Shape::ALL.into_iter().zip([20_000, 16_000, 28_000, 16_000, 22_000]) {
            let schedule = schedule_ns(1, Process::Constant, &phases(shape, 2000.0, 10.0));
            assert_eq!(schedule.len(), count, "{shape:?}");
        }
        let ramp = schedule_ns(1, Process::Constant, &phases(Shape::Ramp, 1000.0, 10.0));
        // 100/s rising by 140/s each second: the 1000th arrival solves 100t + 70t² = 1000.
        let root = (-100.0 + (100.0_f64.powi(2) + 4.0 * 70.0 * 1000.0).sqrt()) / 140.0;
        assert!((ramp[1000] as f64 / 1e9 - root).abs() < 1e-8, "{} {root}", ramp[1000]);
    }

    #[test]
    fn a_scaled_rate_gives_scaled_arrivals() {
        let slow = schedule_ns(3, Process::Poisson, &phases(Shape::Spike, 100.0, 30.0));
        let dilated: Vec<Phase> = phases(Shape::Spike, 100.0, 30.0)
            .into_iter()
            .map(|p| Phase { start_s: p.start_s * 4.0, end_s: p.end_s * 4.0, from_per_s: p.from_per_s / 4.0, to_per_s: p.to_per_s / 4.0 })
            .collect();
        let dilated = schedule_ns(3, Process::Poisson, &dilated);
        assert_eq!(slow.len(), dilated.len());
        assert!(slow.iter().zip(&dilated).all(|(a, b)| (a * 4).abs_diff(*b) <= 4));

        let once = schedule_ns(3, Process::Poisson, &phases(Shape::Baseline, 100.0, 30.0));
        let twice = schedule_ns(3, Process::Poisson, &phases(Shape::Baseline, 200.0, 30.0));
        assert!(once.iter().zip(&twice).all(|(a, b)| a.abs_diff(b * 2) <= 2));
    }

    #[test]
    fn words_are_what_serde_writes() {
        for shape in Shape::ALL {
            assert_eq!(serde_json::to_value(shape).unwrap(), shape.word());
            assert_eq!(Shape::from_word(shape.word()), Some(shape));
        }
    }
}
