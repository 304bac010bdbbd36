//! The order within rows: sweeps by the median of the neighbours, and swaps of neighbours that cross, keeping the best that was met.

/// What stands in rows: parts and the points where long links pass a row, with their neighbours in the rows above and below.
pub(super) struct Rows {
    /// Nodes of each row, left to right.
    pub(super) rows: Vec<Vec<usize>>,
    pub(super) up: Vec<Vec<usize>>,
    pub(super) down: Vec<Vec<usize>>,
}

/// Above this many nodes there are fewer sweeps and no swaps: an order that nobody can follow need not be the best.
const MANY: usize = 400;

impl Rows {
    fn places(&self) -> Vec<usize> {
        let mut place = vec![0; self.up.len()];
        for row in &self.rows {
            for (x, node) in row.iter().enumerate() {
                place[*node] = x;
            }
        }
        place
    }

    /// How often links between neighbouring rows cross.
    pub(super) fn crossings(&self) -> usize {
        let place = self.places();
        let mut sum = 0;
        for (n, row) in self.rows.iter().enumerate() {
            let below = self.rows.get(n + 1).map_or(0, Vec::len);
            // Ends in the order of their beginnings; each end counts the earlier ones that lie to its right.
            let mut tree = vec![0_usize; below + 1];
            let mut laid = 0;
            for node in row {
                let mut ends: Vec<usize> = self.down[*node].iter().map(|to| place[*to]).collect();
                ends.sort_unstable();
                for end in &ends {
                    let mut left = 0;
                    let mut k = end + 1;
                    while k > 0 {
                        left += tree[k];
                        k &= k - 1;
                    }
                    sum += laid - left;
                }
                for end in ends {
                    let mut k = end + 1;
                    while k <= below {
                        tree[k] += 1;
                        k += k & k.wrapping_neg();
                    }
                    laid += 1;
                }
            }
        }
        sum
    }

    /// Orders the rows so that few links cross.
    pub(super) fn untangle(&mut self) {
        let small = self.up.len() <= MANY;
        let (mut best, mut fewest) = (self.rows.clone(), self.crossings());
        for sweep in 0..if small { 24 } else { 6 } {
            if fewest == 0 {
                break;
            }
            self.sweep(sweep % 2 == 0);
            if small {
                self.swap();
            }
            let now = self.crossings();
            if now < fewest {
                (best, fewest) = (self.rows.clone(), now);
            }
        }
        self.rows = best;
    }

    fn sweep(&mut self, downwards: bool) {
        let mut place = self.places();
        let count = self.rows.len();
        for step in 0..count {
            let n = if downwards { step } else { count - 1 - step };
            let near = if downwards { &self.up } else { &self.down };
            // Who has no neighbour there keeps its place.
            let median = |node: usize| {
                let mut places: Vec<usize> = near[node].iter().map(|other| place[*other]).collect();
                places.sort_unstable();
                match places.len() {
                    0 => place[node] as f64,
                    len if len % 2 == 1 => places[len / 2] as f64,
                    len => (places[len / 2 - 1] + places[len / 2]) as f64 / 2.0,
                }
            };
            let mut keyed: Vec<(f64, usize, usize)> = self.rows[n].iter().enumerate().map(|(x, node)| (median(*node), x, *node)).collect();
            keyed.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            self.rows[n] = keyed.into_iter().map(|(_, _, node)| node).collect();
            for (x, node) in self.rows[n].iter().enumerate() {
                place[*node] = x;
            }
        }
    }

    /// Swaps neighbours as long as that removes crossings.
    fn swap(&mut self) {
        let mut place = self.places();
        for _ in 0..8 {
            let mut better = false;
            for n in 0..self.rows.len() {
                for x in 1..self.rows[n].len() {
                    let (a, b) = (self.rows[n][x - 1], self.rows[n][x]);
                    let cross = |a: usize, b: usize| {
                        let pairs = |near: &[Vec<usize>]| -> usize {
                            near[a].iter().map(|p| near[b].iter().filter(|q| place[**q] < place[*p]).count()).sum()
                        };
                        pairs(&self.up) + pairs(&self.down)
                    };
                    if cross(b, a) < cross(a, b) {
                        self.rows[n].swap(x - 1, x);
                        (place[a], place[b]) = (x, x - 1);
                        better = true;
                    }
                }
            }
            if !better {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(rows: Vec<Vec<usize>>, links: &[(usize, usize)]) -> Rows {
        let count = rows.iter().map(Vec::len).sum();
        let mut all = Rows { rows, up: vec![Vec::new(); count], down: vec![Vec::new(); count] };
        for (a, b) in links {
            all.down[*a].push(*b);
            all.up[*b].push(*a);
        }
        all
    }

    #[test]
    fn crossings_are_counted_and_removed() {
        let mut crossed = rows(vec![vec![0, 1, 2], vec![3, 4, 5]], &[(0, 5), (1, 4), (2, 3)]);
        assert_eq!(crossed.crossings(), 3);
        crossed.untangle();
        assert_eq!(crossed.crossings(), 0);
    }

    #[test]
    fn what_must_cross_does_so_once() {
        let mut full = rows(vec![vec![0, 1], vec![2, 3]], &[(0, 2), (0, 3), (1, 2), (1, 3)]);
        assert_eq!(full.crossings(), 1);
        full.untangle();
        assert_eq!(full.crossings(), 1);
    }
}
