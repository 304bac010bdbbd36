//! Seeded random streams: the same seed and label give the same numbers on every machine. Not a source of secrets.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// An independent random stream, named by what it is for, so that adding one stream never shifts another.
pub struct Stream(ChaCha8Rng);

impl Stream {
    /// The stream `label`, number `index`, under `seed`.
    pub fn new(seed: u64, label: &str, index: u64) -> Self {
        let mut key = splitmix(seed ^ 0x6c6f_6164_6c69_6e65);
        for byte in label.bytes() {
            key = splitmix(key ^ u64::from(byte));
        }
        Self(ChaCha8Rng::seed_from_u64(splitmix(key ^ index)))
    }

    /// Uniform in `[0, 1)`, with 53 random bits.
    pub fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 * (1.0 / (1u64 << 53) as f64)
    }

    /// Exponential with mean 1, by inversion.
    pub fn exponential(&mut self) -> f64 {
        -(1.0 - self.unit()).ln()
    }

    /// Standard normal, by Box and Muller (one of the pair is thrown away, so that each draw costs the same two numbers).
    pub fn normal(&mut self) -> f64 {
        let radius = (2.0 * self.exponential()).sqrt();
        radius * (2.0 * std::f64::consts::PI * self.unit()).cos()
    }

    /// Uniform in `0..n`; 0 when `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // Multiply and shift: the bias is below n / 2^64, far under anything that a run can see.
        ((u128::from(self.0.next_u64()) * u128::from(n)) >> 64) as u64
    }

    /// Raw 64 random bits.
    pub fn bits(&mut self) -> u64 {
        self.0.next_u64()
    }
}

/// One step of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014): mixes a key so that close keys give far apart streams.
pub fn splitmix(key: u64) -> u64 {
    let mut z = key.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn same_label_same_numbers_other_label_other_numbers() {
        let draw = |label: &str, index| Stream::new(7, label, index).bits();
        assert_eq!(draw("arrivals", 0), draw("arrivals", 0));
        assert_ne!(draw("arrivals", 0), draw("arrivals", 1));
        assert_ne!(draw("arrivals", 0), draw("follows", 0));
    }

    #[test]
    fn moments_are_right() {
        let mut stream = Stream::new(1, "moments", 0);
        let n = 200_000;
        let mean = (0..n).map(|_| stream.exponential()).sum::<f64>() / f64::from(n);
        assert!((mean - 1.0).abs() < 0.01, "{mean}");
        let squares = (0..n).map(|_| stream.normal().powi(2)).sum::<f64>() / f64::from(n);
        assert!((squares - 1.0).abs() < 0.02, "{squares}");
    }
}
