//! Which row each part stands in: islands, cycles broken, the longest path from a part that nobody calls. It orders nothing within a row.

use std::collections::{BTreeMap, BTreeSet};

use super::Tie;

/// Parts that are linked with each other, however far; each in drawing order, islands by their first part.
pub(super) fn islands(count: usize, ties: &[Tie]) -> Vec<Vec<usize>> {
    let mut root: Vec<usize> = (0..count).collect();
    fn find(root: &mut [usize], mut n: usize) -> usize {
        while root[n] != n {
            root[n] = root[root[n]];
            n = root[n];
        }
        n
    }
    for tie in ties {
        let (a, b) = (find(&mut root, tie.from), find(&mut root, tie.to));
        // The lower number stays the root, so that islands come by their first part.
        root[a.max(b)] = a.min(b);
    }
    let mut islands: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for n in 0..count {
        let home = find(&mut root, n);
        islands.entry(home).or_default().push(n);
    }
    islands.into_values().collect()
}

/// A drawing without cycles: who stands above whom, each pair once.
pub(super) struct Graph {
    pub(super) below: Vec<Vec<usize>>,
    pub(super) above: Vec<Vec<usize>>,
    /// The order in which a walk along the links met the parts.
    pub(super) met: Vec<usize>,
}

/// Turns the links that close a cycle: a walk in drawing order, from the parts that nobody calls, finds them.
pub(super) fn without_cycles(count: usize, ties: &[Tie]) -> Graph {
    let mut calls: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut called = vec![0_usize; count];
    let pairs: BTreeSet<(usize, usize)> = ties.iter().map(|tie| (tie.from, tie.to)).collect();
    // In drawing order of the links, so that a port drawn first comes first.
    let mut seen = BTreeSet::new();
    for tie in ties {
        if seen.insert((tie.from, tie.to)) {
            calls[tie.from].push(tie.to);
            called[tie.to] += 1;
        }
    }
    let mut starts: Vec<usize> = (0..count).filter(|n| called[*n] == 0).collect();
    starts.extend((0..count).filter(|n| called[*n] > 0));
    #[derive(Clone, Copy, PartialEq)]
    enum Walk {
        Not,
        Open,
        Shut,
    }
    let mut state = vec![Walk::Not; count];
    let mut met = vec![0; count];
    let mut clock = 0;
    let mut turned: BTreeSet<(usize, usize)> = BTreeSet::new();
    for start in starts {
        if state[start] != Walk::Not {
            continue;
        }
        let mut stack = vec![(start, 0)];
        state[start] = Walk::Open;
        met[start] = clock;
        clock += 1;
        while let Some((node, next)) = stack.last_mut() {
            let node = *node;
            let Some(to) = calls[node].get(*next).copied() else {
                state[node] = Walk::Shut;
                stack.pop();
                continue;
            };
            *next += 1;
            match state[to] {
                Walk::Open => {
                    turned.insert((node, to));
                }
                Walk::Not => {
                    state[to] = Walk::Open;
                    met[to] = clock;
                    clock += 1;
                    stack.push((to, 0));
                }
                Walk::Shut => {}
            }
        }
    }
    let mut graph = Graph { below: vec![Vec::new(); count], above: vec![Vec::new(); count], met };
    let straight: BTreeSet<(usize, usize)> =
        pairs.iter().map(|(from, to)| if turned.contains(&(*from, *to)) { (*to, *from) } else { (*from, *to) }).collect();
    for (from, to) in straight {
        graph.below[from].push(to);
        graph.above[to].push(from);
    }
    graph
}

/// Row of each part: one below the lowest that stands above it. A part that nobody calls stands right above the first that it calls.
pub(super) fn rows(graph: &Graph) -> Vec<usize> {
    let count = graph.below.len();
    let mut row = vec![0_usize; count];
    let mut waits: Vec<usize> = graph.above.iter().map(Vec::len).collect();
    let mut ready: Vec<usize> = (0..count).filter(|n| waits[*n] == 0).collect();
    let mut order = Vec::with_capacity(count);
    while let Some(node) = ready.pop() {
        order.push(node);
        for to in &graph.below[node] {
            row[*to] = row[*to].max(row[node] + 1);
            waits[*to] -= 1;
            if waits[*to] == 0 {
                ready.push(*to);
            }
        }
    }
    for node in 0..count {
        if graph.above[node].is_empty()
            && let Some(first) = graph.below[node].iter().map(|to| row[*to]).min()
        {
            row[node] = first.saturating_sub(1);
        }
    }
    // Rows that nobody stands in any more are closed.
    let used: BTreeSet<usize> = row.iter().copied().collect();
    let index: BTreeMap<usize, usize> = used.into_iter().enumerate().map(|(n, old)| (old, n)).collect();
    row.iter().map(|old| index[old]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ties(pairs: &[(usize, usize)]) -> Vec<Tie> {
        pairs.iter().map(|(from, to)| Tie { from: *from, to: *to, trunk: 0 }).collect()
    }

    #[track_caller]
    fn check(count: usize, pairs: &[(usize, usize)], expected: &[usize]) {
        assert_eq!(rows(&without_cycles(count, &ties(pairs))), expected);
    }

    #[test]
    fn rows_follow_the_longest_path() {
        check(4, &[(0, 1), (0, 2), (1, 3), (2, 3)], &[0, 1, 1, 2]);
        check(4, &[(0, 1), (1, 2), (0, 2), (3, 2)], &[0, 1, 2, 1]);
    }

    #[test]
    fn a_cycle_is_cut_where_the_walk_meets_it_again() {
        check(3, &[(0, 1), (1, 2), (2, 0)], &[0, 1, 2]);
        check(3, &[(0, 1), (1, 2), (2, 1)], &[0, 1, 2]);
        check(2, &[(0, 1), (1, 0)], &[0, 1]);
    }

    #[test]
    fn islands_are_found() {
        assert_eq!(islands(5, &ties(&[(0, 3), (4, 1)])), [vec![0, 3], vec![1, 4], vec![2]]);
    }
}
