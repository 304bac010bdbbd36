//! How much of the laptop a run may take: the learner's share, and the machine that it is a share of. It measures nothing; what a run took is
//! in its report.

use loadline_model::plan::Host;

use crate::contract::RpcError;

/// The least share, percent: below it a run takes minutes for seconds of life.
pub const MIN_PERCENT: f64 = 20.0;
/// The largest share, percent: the rest is the desktop's, and what a run costs is known only roughly.
pub const MAX_PERCENT: f64 = 80.0;
/// What a run may take unless the learner says otherwise, percent. The model's own rule is for this share.
pub const DEFAULT_PERCENT: f64 = 50.0;

/// A share of the laptop's cores, [`MIN_PERCENT`] to [`MAX_PERCENT`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LaptopShare {
    percent: f64,
}

impl LaptopShare {
    /// `percent` of the cores; refused out of range.
    pub fn new(percent: f64) -> Result<Self, RpcError> {
        if (MIN_PERCENT..=MAX_PERCENT).contains(&percent) {
            return Ok(Self { percent });
        }
        Err(RpcError::new(
            "invalid_share",
            format!("a run cannot take {percent}% of the laptop"),
            format!("Choose from {MIN_PERCENT} to {MAX_PERCENT} percent."),
        ))
    }

    /// Reads `50`.
    pub fn parse(text: &str) -> Result<Self, RpcError> {
        Self::new(text.trim().parse().unwrap_or(f64::NAN))
    }

    /// Percent of the cores.
    pub fn percent(self) -> f64 {
        self.percent
    }
}

impl Default for LaptopShare {
    fn default() -> Self {
        Self { percent: DEFAULT_PERCENT }
    }
}

/// A machine, and how much of it a run may take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Laptop {
    /// The machine.
    pub host: Host,
    /// How much of it.
    pub share: LaptopShare,
}

impl Laptop {
    /// The machine that a scale is chosen for. The model's rule takes about half of the cores that it is told of; a larger share is told as
    /// more cores, a smaller one as fewer.
    pub(crate) fn planned(self) -> Host {
        Host { cores: self.host.cores * self.share.percent / DEFAULT_PERCENT }
    }
}

impl From<Host> for Laptop {
    fn from(host: Host) -> Self {
        Self { host, share: LaptopShare::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_between_a_fifth_and_four_fifths() {
        assert_eq!(LaptopShare::default().percent(), 50.0);
        for good in ["20", "50", " 80 ", "33.5"] {
            assert!(LaptopShare::parse(good).is_ok(), "{good}");
        }
        for bad in ["19.9", "81", "-50", "0", "", "half", "NaN", "inf", "1e300"] {
            assert_eq!(LaptopShare::parse(bad).unwrap_err().code, "invalid_share", "{bad}");
        }
    }

    #[test]
    fn the_default_share_is_the_models_own_rule() {
        let host = Host { cores: 8.0 };
        assert_eq!(Laptop::from(host).planned(), host);
        let most = Laptop { host, share: LaptopShare::new(80.0).unwrap() };
        assert!((most.planned().cores - 12.8).abs() < 1e-9);
    }
}
