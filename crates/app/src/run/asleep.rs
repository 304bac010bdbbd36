//! Notices that the laptop slept during a run, or that its clock was set: the clock on the wall moved on and the one that counts did not.
//! A run stands still while the laptop sleeps, all processes alike, so its figures stay true; the learner is told why it took so long.

use std::time::{Duration, Instant, SystemTime};

/// Clocks drift and are corrected in small steps all the time.
const WORTH_TELLING: f64 = 2.0;

/// The two clocks at the start, and what was told already.
pub(super) struct Clocks {
    began: Instant,
    wall: SystemTime,
    told_s: f64,
}

impl Clocks {
    pub(super) fn start() -> Self {
        Self { began: Instant::now(), wall: SystemTime::now(), told_s: 0.0 }
    }

    /// What to say now, each jump once.
    pub(super) fn look(&mut self) -> Option<String> {
        let wall_s = match SystemTime::now().duration_since(self.wall) {
            Ok(ahead) => ahead.as_secs_f64(),
            Err(behind) => -behind.duration().as_secs_f64(),
        };
        self.tell(self.began.elapsed(), wall_s)
    }

    fn tell(&mut self, elapsed: Duration, wall_s: f64) -> Option<String> {
        let jump_s = wall_s - elapsed.as_secs_f64() - self.told_s;
        if jump_s.abs() < WORTH_TELLING {
            return None;
        }
        self.told_s += jump_s;
        Some(if jump_s > 0.0 {
            format!(
                "The laptop slept for {jump_s:.0} s, or its clock was set forward. The run stood still meanwhile; its figures leave that time out"
            )
        } else {
            format!("The laptop's clock was set back by {:.0} s. The run counts by another clock; its figures are not touched", -jump_s)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_of_the_wall_clock_is_told_once() {
        let mut clocks = Clocks::start();
        let mut at = |elapsed_s: f64, wall_s: f64| {
            clocks.tell(Duration::from_secs_f64(elapsed_s), wall_s).map(|said| said.chars().take(24).collect())
        };
        assert_eq!(at(10.0, 10.4), None);
        assert_eq!(at(20.0, 320.4), Some("The laptop slept for 300".to_owned()));
        assert_eq!(at(21.0, 321.4), None);
        assert_eq!(at(22.0, -3277.6), Some("The laptop's clock was s".to_owned()));
        assert_eq!(at(23.0, -3276.6), None);
    }
}
