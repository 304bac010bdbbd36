//! Corners from rows: columns as straight as the order allows, and rows as far apart as the lanes between them need. It decides no order.

use std::collections::BTreeMap;

use super::layers::{Graph, rows, without_cycles};
use super::order::Rows;
use super::{Size, Start, Tie, WIDE};
use crate::sketch::canvas::GRID;

/// Room between two boxes of a row: three lanes that hug neither, canvas pixels.
const GAP: i32 = 60;
/// What a long link takes where it passes a row, canvas pixels.
const LANE: i32 = 24;
/// Room between two rows without any lane along it, canvas pixels.
const LEAST_ROOM: i32 = 60;
/// Most room between two rows, canvas pixels.
const MOST_ROOM: i32 = 600;
/// More points where long links pass rows are left out: the router finds their ways all the same.
const MOST_PASSING: usize = 4_000;
/// Sweeps that straighten columns.
const SWEEPS: usize = 24;

/// Arranges parts that are all linked with each other: corners, and the size of it all.
pub(super) fn by_layers(sizes: &[Size], ties: &[Tie], start: Start) -> (Vec<(i32, i32)>, Size) {
    let graph = without_cycles(sizes.len(), ties);
    let rank = wrapped(&graph, rows(&graph), sizes);
    let mut drawing = Drawing::new(&graph, rank, sizes, ties, start);
    drawing.rows.untangle();
    let mut left = drawing.columns();
    let folded = drawing.prelude(&mut left);
    let tops = drawing.tops(&left, folded);
    let mut at: Vec<(i32, i32)> = (0..sizes.len()).map(|n| (left[n], tops[n])).collect();
    let (x0, y0) = (at.iter().map(|p| p.0).min().unwrap_or(0), at.iter().map(|p| p.1).min().unwrap_or(0));
    for corner in &mut at {
        *corner = (corner.0 - x0, corner.1 - y0);
    }
    let width = at.iter().zip(sizes).map(|(p, size)| p.0 + size.0).max().unwrap_or(0);
    let height = at.iter().zip(sizes).map(|(p, size)| p.1 + size.1).max().unwrap_or(0);
    (at, (width, height))
}

/// Rows that are too wide become several, in the order in which the links meet the parts.
fn wrapped(graph: &Graph, rank: Vec<usize>, sizes: &[Size]) -> Vec<usize> {
    let mut by_row: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (node, row) in rank.iter().enumerate() {
        by_row.entry(*row).or_default().push(node);
    }
    let mut wrapped = rank;
    let mut row = 0;
    for nodes in by_row.values_mut() {
        nodes.sort_by_key(|node| graph.met[*node]);
        let mut wide = 0;
        for node in nodes.iter() {
            let width = sizes[*node].0 + GAP;
            if wide > 0 && wide + width > WIDE + GAP {
                row += 1;
                wide = 0;
            }
            wide += width;
            wrapped[*node] = row;
        }
        row += 1;
    }
    wrapped
}

/// Parts (the first numbers) and the points where long links pass a row.
struct Drawing<'a> {
    graph: &'a Graph,
    rank: Vec<usize>,
    sizes: Vec<Size>,
    parts: usize,
    rows: Rows,
    /// The trunk of each step from a row to the next.
    trunks: BTreeMap<(usize, usize), usize>,
}

impl<'a> Drawing<'a> {
    fn new(graph: &'a Graph, mut rank: Vec<usize>, sizes: &[Size], ties: &[Tie], start: Start) -> Self {
        // A link that closes a cycle runs against the rows.
        let trunk_of: BTreeMap<(usize, usize), usize> =
            ties.iter().flat_map(|tie| [((tie.from, tie.to), tie.trunk), ((tie.to, tie.from), tie.trunk)]).collect();
        let mut trunks = BTreeMap::new();
        let parts = sizes.len();
        let mut sizes = sizes.to_vec();
        let links: Vec<(usize, usize)> =
            graph.below.iter().enumerate().flat_map(|(from, below)| below.iter().map(move |to| (from, *to))).collect();
        let passing: usize = links.iter().map(|(a, b)| rank[*b].saturating_sub(rank[*a] + 1)).sum();
        let first = |node: usize| match start {
            Start::Met => graph.met[node],
            Start::Mirrored => parts - graph.met[node],
            Start::Drawn => node,
            // A step through the residues of a prime larger than any drawing: another order for each shuffle.
            Start::Shuffled(n) => (node + 1) * (n * 7919 + 104_729) % 65_537,
        };
        let mut key: Vec<(usize, usize)> = (0..parts).map(|node| (first(node), 0)).collect();
        let (mut up, mut down) = (vec![Vec::new(); parts], vec![Vec::new(); parts]);
        for (n, (from, to)) in links.iter().enumerate() {
            if rank[*to] > rank[*from] + 1 && passing > MOST_PASSING {
                continue;
            }
            let mut above = *from;
            let trunk = trunk_of.get(&(*from, *to)).copied().unwrap_or(usize::MAX);
            for row in rank[*from] + 1..rank[*to] {
                let point = sizes.len();
                sizes.push((0, 0));
                rank.push(row);
                key.push((first(*to), n + 1));
                up.push(vec![above]);
                down.push(Vec::new());
                down[above].push(point);
                trunks.insert((above, point), trunk);
                above = point;
            }
            down[above].push(*to);
            trunks.insert((above, *to), trunk);
            up[*to].push(above);
        }
        let mut rows = vec![Vec::new(); rank.iter().max().map_or(0, |most| most + 1)];
        for (node, row) in rank.iter().enumerate() {
            rows[*row].push(node);
        }
        for row in &mut rows {
            row.sort_by_key(|node| (key[*node], *node));
        }
        Self { graph, rank, sizes, parts, rows: Rows { rows, up, down }, trunks }
    }

    fn is_part(&self, node: usize) -> bool {
        node < self.parts
    }

    /// From the left edge of a node to that of its right neighbour, at least.
    fn step(&self, a: usize, b: usize) -> i32 {
        let gap = match (self.is_part(a), self.is_part(b)) {
            (true, true) => GAP,
            (false, false) => GRID,
            _ => LANE,
        };
        self.sizes[a].0 + gap
    }

    /// Left edges: each row as near to the middle of its neighbours as the room allows, by sweeps down and up.
    fn columns(&self) -> Vec<i32> {
        let mut left = vec![0.0_f64; self.sizes.len()];
        for row in &self.rows.rows {
            let mut x = 0;
            for (n, node) in row.iter().enumerate() {
                x += if n > 0 { self.step(row[n - 1], *node) } else { 0 };
                left[*node] = f64::from(x);
            }
            // Rows begin in the middle of each other.
            let half = f64::from(x) / 2.0;
            row.iter().for_each(|node| left[*node] -= half);
        }
        let middle = |left: &[f64], node: usize| left[node] + f64::from(self.sizes[node].0) / 2.0;
        for sweep in 0..SWEEPS {
            let count = self.rows.rows.len();
            for step in 0..count {
                let n = if sweep % 2 == 0 { step } else { count - 1 - step };
                let row = &self.rows.rows[n];
                let wishes: Vec<(f64, f64)> = row
                    .iter()
                    .map(|node| {
                        let both = [&self.rows.up[*node], &self.rows.down[*node]];
                        // Mostly towards the side that the sweep comes from; at last towards both.
                        let (first, second) = if sweep % 2 == 0 { (both[0], both[1]) } else { (both[1], both[0]) };
                        let near: Vec<usize> = if sweep + 4 >= SWEEPS || first.is_empty() {
                            first.iter().chain(second).copied().collect()
                        } else {
                            first.clone()
                        };
                        let mut places: Vec<f64> = near.iter().map(|other| middle(&left, *other)).collect();
                        places.sort_by(f64::total_cmp);
                        let wish = match places.len() {
                            0 => middle(&left, *node),
                            len if len % 2 == 1 => places[len / 2],
                            len => (places[len / 2 - 1] + places[len / 2]) / 2.0,
                        };
                        // Long links stay straight before boxes stand in the middle.
                        let straight = !self.is_part(*node) && near.iter().any(|other| !self.is_part(*other));
                        (wish - f64::from(self.sizes[*node].0) / 2.0, if straight { 4.0 } else { 1.0 })
                    })
                    .collect();
                let steps: Vec<f64> = (1..row.len()).map(|n| f64::from(self.step(row[n - 1], row[n]))).collect();
                for (node, x) in row.iter().zip(apart(&wishes, &steps)) {
                    left[*node] = x;
                }
            }
        }
        self.on_grid(&left)
    }

    /// Rounds to the grid. All steps are multiples of it, so that what was apart stays so.
    fn on_grid(&self, left: &[f64]) -> Vec<i32> {
        let mut exact = vec![0; left.len()];
        for row in &self.rows.rows {
            let mut offset = 0;
            for (n, node) in row.iter().enumerate() {
                offset += if n > 0 { self.step(row[n - 1], *node) } else { 0 };
                let cells = ((left[*node] - f64::from(offset)) / f64::from(GRID)).round();
                exact[*node] = cells as i32 * GRID + offset;
            }
        }
        exact
    }

    /// Rows at the top that hold one part each, each calling only the next (client, balancer, gateway): they are laid side by side in one row.
    /// Gives the number of the row that they are in; what is above it is empty.
    fn prelude(&self, left: &mut [i32]) -> usize {
        let sole = |n: usize| match self.rows.rows.get(n).map(Vec::as_slice) {
            Some([node]) if self.is_part(*node) => Some(*node),
            _ => None,
        };
        let mut chain: Vec<usize> = sole(0).into_iter().collect();
        while let Some(last) = chain.last().copied()
            && let Some(next) = sole(chain.len())
            && self.graph.below[last] == [next]
            && self.graph.above[next] == [last]
        {
            chain.push(next);
        }
        // One part each is one column: side by side they take less room. A chain that is all there is becomes a row.
        for pair in chain.iter().rev().copied().collect::<Vec<_>>().windows(2) {
            let [right, here] = *pair else { continue };
            left[here] = left[right] - GAP - self.sizes[here].0;
        }
        chain.len().saturating_sub(1)
    }

    /// Top edges: rows one below the other, with room for the lanes between.
    fn tops(&self, left: &[i32], folded: usize) -> Vec<i32> {
        let count = self.rows.rows.len();
        let mut high = vec![0; count];
        for (node, size) in self.sizes.iter().enumerate() {
            high[self.rank[node]] = high[self.rank[node]].max(size.1);
        }
        let all = high.iter().take(folded + 1).copied().max().unwrap_or(0);
        let mut y = vec![0; count];
        for n in 0..count {
            if n <= folded {
                (y[n], high[n]) = (0, all);
            } else {
                y[n] = y[n - 1] + high[n - 1] + self.room(n - 1, left);
            }
        }
        let top = |node: usize| {
            let row = self.rank[node];
            let spare = high[row] - self.sizes[node].1;
            y[row] + spare / 2 / GRID * GRID
        };
        (0..self.parts).map(top).collect()
    }

    /// Room below a row: a lane for each trunk that has to go sideways there, where most of them run above each other.
    fn room(&self, row: usize, left: &[i32]) -> i32 {
        let middle = |node: usize| left[node] + self.sizes[node].0 / 2;
        let mut spans: BTreeMap<usize, (i32, i32)> = BTreeMap::new();
        for node in &self.rows.rows[row] {
            for to in &self.rows.down[*node] {
                let (a, b) = (middle(*node), middle(*to));
                let Some(trunk) = self.trunks.get(&(*node, *to)) else { continue };
                if (a - b).abs() <= GRID {
                    continue;
                }
                // The links of one port share a lane.
                let span = spans.entry(*trunk).or_insert((a.min(b), a.max(b)));
                *span = (span.0.min(a).min(b), span.1.max(a).max(b));
            }
        }
        let mut edges: Vec<(i32, i32)> = spans.values().flat_map(|(from, to)| [(*from, 1), (*to, -1)]).collect();
        edges.sort_unstable();
        let (mut now, mut most) = (0, 0);
        for (_, edge) in edges {
            now += edge;
            most = most.max(now);
        }
        (LEAST_ROOM + GRID * most.saturating_sub(1)).clamp(LEAST_ROOM, MOST_ROOM)
    }
}

/// Places as near to the wishes (place, weight) as steps between neighbours allow: the least weighted squares, by pooling neighbours that collide.
fn apart(wishes: &[(f64, f64)], steps: &[f64]) -> Vec<f64> {
    let mut offset = 0.0;
    let mut offsets = Vec::with_capacity(wishes.len());
    // Pools of neighbours that move together: mean of their wishes, weight, how many.
    let mut pools: Vec<(f64, f64, usize)> = Vec::new();
    for (n, (wish, weight)) in wishes.iter().enumerate() {
        offset += n.checked_sub(1).and_then(|n| steps.get(n)).copied().unwrap_or(0.0);
        offsets.push(offset);
        let mut pool = (wish - offset, *weight, 1);
        while let Some(before) = pools.last().copied()
            && before.0 >= pool.0
        {
            let weight = before.1 + pool.1;
            pool = ((before.0 * before.1 + pool.0 * pool.1) / weight, weight, before.2 + pool.2);
            pools.pop();
        }
        pools.push(pool);
    }
    let places = pools.iter().flat_map(|(place, _, count)| std::iter::repeat_n(*place, *count));
    places.zip(offsets).map(|(place, offset)| place + offset).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_give_way_as_little_as_they_must() {
        assert_eq!(apart(&[(0.0, 1.0), (100.0, 1.0)], &[50.0]), [0.0, 100.0]);
        assert_eq!(apart(&[(0.0, 1.0), (0.0, 1.0)], &[50.0]), [-25.0, 25.0]);
        assert_eq!(apart(&[(0.0, 3.0), (0.0, 1.0), (200.0, 1.0)], &[40.0, 40.0]), [-10.0, 30.0, 200.0]);
        assert_eq!(apart(&[], &[]), [0.0; 0]);
    }

    #[test]
    fn a_chain_is_a_row() {
        let ties: Vec<Tie> = (0..2).map(|n| Tie { from: n, to: n + 1, trunk: n }).collect();
        let (at, size) = by_layers(&[(144, 72); 3], &ties, Start::Met);
        assert_eq!(at, [(0, 0), (204, 0), (408, 0)]);
        assert_eq!(size, (552, 72));
    }
}
