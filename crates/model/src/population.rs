//! The synthetic population: who follows whom, who posts, who reads. Power laws from a seed; the same seed, the same graph, byte for byte.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::seed::Stream;

/// How many users there are, and how unequal they are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, JsonSchema)]
pub struct PopulationSpec {
    /// Users in life; shown, and an input of worksheets.
    #[ts(type = "number")]
    pub users: u64,
    /// Users that a run creates to stand for them.
    pub modelled_users: u32,
    /// Mean number of accounts that one user follows (so also the mean number of followers).
    pub follows_mean: f64,
    /// Exponent of the power law of popularity: the account of rank r draws followers as r^-exponent.
    pub popularity_exponent: f64,
    /// Tweets that exist before the run begins, for each modelled user.
    pub tweets_each: u32,
    /// Seed of the graph; the run's seed takes its place when 0.
    #[serde(default)]
    #[ts(type = "number")]
    pub seed: u64,
    /// Where these figures come from.
    pub source: String,
}

/// The population of one run. User ids are 1 to `users`; id 1 is the most followed.
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// `follows[u - 1]`: ids that user `u` follows, sorted.
    pub follows: Vec<Vec<u32>>,
    /// Followers of each user.
    pub follower_counts: Vec<u32>,
    /// Cumulative popularity weight by rank, for drawing authors.
    cumulative: Vec<f64>,
}

impl Population {
    /// Draws the graph: user u follows a number of accounts spread round the mean (geometric, at least 1), each drawn by popularity.
    pub fn generate(spec: &PopulationSpec, run_seed: u64) -> Self {
        let users = spec.modelled_users.max(2) as usize;
        let seed = if spec.seed == 0 { run_seed } else { spec.seed };
        let cumulative = cumulative_weights(users, spec.popularity_exponent);
        let mut stream = Stream::new(seed, "follows", 0);
        let mut follower_counts = vec![0_u32; users];
        let most = (users - 1) as f64;
        let follows = (0..users)
            .map(|me| {
                let wanted = (stream.exponential() * (spec.follows_mean - 1.0) + 1.0).round().clamp(1.0, most) as usize;
                let mut chosen = std::collections::BTreeSet::new();
                // A popular account is soon drawn twice; bound the tries so that a dense graph still ends.
                for _ in 0..wanted * 8 {
                    let other = rank_of(&cumulative, stream.unit());
                    if other != me && chosen.len() < wanted {
                        chosen.insert(other as u32 + 1);
                    }
                    if chosen.len() == wanted {
                        break;
                    }
                }
                for id in &chosen {
                    follower_counts[*id as usize - 1] += 1;
                }
                chosen.into_iter().collect()
            })
            .collect();
        Self { follows, follower_counts, cumulative }
    }

    /// How many users.
    pub fn users(&self) -> u32 {
        self.follows.len() as u32
    }

    /// Number of follow edges.
    pub fn edges(&self) -> u64 {
        self.follows.iter().map(|f| f.len() as u64).sum()
    }

    /// Followers of an author drawn uniformly: mean, and the mean kept to authors below `threshold`, with the share of authors above.
    pub fn fanout(&self, threshold: Option<f64>) -> Fanout {
        let n = self.follower_counts.len().max(1) as f64;
        let limit = threshold.unwrap_or(f64::INFINITY);
        let below = self.follower_counts.iter().filter(|c| f64::from(**c) < limit);
        let writes = below.clone().map(|c| f64::from(*c)).sum::<f64>() / n;
        let celebrities = n - below.count() as f64;
        let celebrity_follows = self.follower_counts.iter().filter(|c| f64::from(**c) >= limit).map(|c| f64::from(*c)).sum::<f64>() / n;
        Fanout { writes_per_tweet: writes, celebrity_share: celebrities / n, celebrities_followed: celebrity_follows }
    }
}

/// What a graph asks of fan-out on write.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Fanout {
    /// Mean timeline writes for a tweet by an author drawn uniformly.
    pub writes_per_tweet: f64,
    /// Share of authors at or above the threshold.
    pub celebrity_share: f64,
    /// Mean number of such authors that one user follows.
    pub celebrities_followed: f64,
}

/// Popularity weights of ranks 1 to `users`, summed up to each rank.
pub(crate) fn cumulative_weights(users: usize, exponent: f64) -> Vec<f64> {
    let mut total = 0.0;
    (1..=users)
        .map(|rank| {
            total += (rank as f64).powf(-exponent);
            total
        })
        .collect()
}

/// The rank, from 0, that `unit` of `[0, 1)` falls on.
pub(crate) fn rank_of(cumulative: &[f64], unit: f64) -> usize {
    let total = cumulative.last().copied().unwrap_or(1.0);
    cumulative.partition_point(|c| *c < unit * total).min(cumulative.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec() -> PopulationSpec {
        PopulationSpec {
            users: 100_000_000,
            modelled_users: 2000,
            follows_mean: 60.0,
            popularity_exponent: 0.8,
            tweets_each: 5,
            seed: 0,
            source: "test".into(),
        }
    }

    #[test]
    fn same_seed_same_graph() {
        assert_eq!(Population::generate(&spec(), 7), Population::generate(&spec(), 7));
        assert_ne!(Population::generate(&spec(), 7), Population::generate(&spec(), 8));
    }

    #[test]
    fn mean_and_tail() {
        let graph = Population::generate(&spec(), 7);
        let mean = graph.edges() as f64 / 2000.0;
        assert!((50.0..70.0).contains(&mean), "{mean}");
        assert!(graph.follower_counts[0] > 10 * graph.follower_counts[1000], "power law");
        assert!(graph.follows.iter().enumerate().all(|(me, f)| !f.contains(&(me as u32 + 1))), "nobody follows themself");
        let all = graph.fanout(None);
        let some = graph.fanout(Some(300.0));
        assert!((all.writes_per_tweet - mean).abs() < 1e-9);
        assert!(some.writes_per_tweet < all.writes_per_tweet && some.celebrity_share > 0.0);
    }
}
