//! Tidy positions: rows by how far a request has come, columns by whom each part is linked to. Pure, so that window and exports agree.

use std::collections::BTreeMap;

use loadline_model::sketch::Sketch;

/// Distance between two columns, canvas pixels (a box is 144 wide).
const COLUMN: f64 = 192.0;
/// Distance between two rows (a box is 72 high, and links need lanes between).
const ROW: f64 = 140.0;
/// Sweeps of the ordering within rows; a few are enough for drawings that a person makes.
const SWEEPS: usize = 8;
/// More components than this in a row are wrapped, so that a drawing stays readable.
const WIDEST: usize = 6;

/// Top left corner by component id.
pub fn layout(sketch: &Sketch) -> BTreeMap<String, (f64, f64)> {
    let ids: Vec<&str> = sketch.components.iter().map(|c| c.id.as_str()).collect();
    let index = |id: &str| ids.iter().position(|known| *known == id);
    let links: Vec<(usize, usize)> =
        sketch.links.iter().filter_map(|l| Some((index(&l.from)?, index(&l.to)?))).filter(|(a, b)| a != b).collect();
    let rank = ranks(ids.len(), &links);
    let mut rows: Vec<Vec<usize>> = vec![Vec::new(); rank.iter().max().map_or(0, |r| r + 1)];
    for (node, rank) in rank.iter().enumerate() {
        rows[*rank].push(node);
    }
    for sweep in 0..SWEEPS {
        order(&mut rows, &links, sweep % 2 == 0);
    }
    let rows: Vec<&[usize]> = rows.iter().flat_map(|row| row.chunks(WIDEST)).collect();
    let widest = rows.iter().map(|row| row.len()).max().unwrap_or(0) as f64;
    let mut at = BTreeMap::new();
    for (y, row) in rows.iter().enumerate() {
        let indent = ((widest - row.len() as f64) / 2.0).floor();
        for (x, node) in row.iter().enumerate() {
            at.insert(ids[*node].to_owned(), ((indent + x as f64) * COLUMN, y as f64 * ROW));
        }
    }
    at
}

/// Longest path from a part that nothing links to; a cycle is cut where it is met again.
fn ranks(n: usize, links: &[(usize, usize)]) -> Vec<usize> {
    let mut rank = vec![0; n];
    // Each pass lengthens paths by at most one link; n passes settle every graph without cycles, and the bound cuts the others.
    for _ in 0..n {
        let mut changed = false;
        for (from, to) in links {
            if rank[*to] < rank[*from] + 1 && rank[*from] + 1 < n {
                rank[*to] = rank[*from] + 1;
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    // Close the gaps that a cut cycle leaves.
    let mut used: Vec<usize> = rank.clone();
    used.sort_unstable();
    used.dedup();
    rank.iter().map(|r| used.iter().position(|u| u == r).unwrap_or(0)).collect()
}

/// Sorts each row by the mean column of its neighbours in the row before (or after).
fn order(rows: &mut [Vec<usize>], links: &[(usize, usize)], down: bool) {
    let mut column: BTreeMap<usize, f64> = BTreeMap::new();
    let place = |rows: &[Vec<usize>], column: &mut BTreeMap<usize, f64>| {
        for row in rows {
            for (x, node) in row.iter().enumerate() {
                column.insert(*node, x as f64 - row.len() as f64 / 2.0);
            }
        }
    };
    place(rows, &mut column);
    let order: Vec<usize> = if down { (0..rows.len()).collect() } else { (0..rows.len()).rev().collect() };
    for y in order {
        let mean = |node: usize| {
            let near: Vec<f64> = links
                .iter()
                .filter_map(|(a, b)| {
                    if down && *b == node {
                        Some(a)
                    } else if !down && *a == node {
                        Some(b)
                    } else {
                        None
                    }
                })
                .filter_map(|other| column.get(other).copied())
                .collect();
            if near.is_empty() { column.get(&node).copied().unwrap_or(0.0) } else { near.iter().sum::<f64>() / near.len() as f64 }
        };
        let mut keyed: Vec<(f64, usize)> = rows[y].iter().map(|node| (mean(*node), *node)).collect();
        keyed.sort_by(|a, b| a.0.total_cmp(&b.0));
        rows[y] = keyed.into_iter().map(|(_, node)| node).collect();
        place(&rows[y..=y], &mut column);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadline_model::sketch::{Component, Link};

    fn sketch(names: &[&str], links: &[(&str, &str)]) -> Sketch {
        let mut sketch = Sketch::empty("t");
        for name in names {
            sketch.components.push(Component {
                id: (*name).into(),
                role: "work".into(),
                name: (*name).into(),
                instances: 1,
                settings: BTreeMap::new(),
                at: (0.0, 0.0),
            });
        }
        for (from, to) in links {
            sketch.links.push(Link { from: (*from).into(), to: (*to).into(), port: "next".into() });
        }
        sketch
    }

    #[test]
    fn callers_stand_above_and_nothing_overlaps() {
        let sketch = sketch(&["a", "b", "c", "d"], &[("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]);
        let at = layout(&sketch);
        assert!(at["a"].1 < at["b"].1 && at["b"].1 == at["c"].1 && at["c"].1 < at["d"].1);
        assert_ne!(at["b"].0, at["c"].0);
    }

    #[test]
    fn cycles_end() {
        let sketch = sketch(&["a", "b", "c"], &[("a", "b"), ("b", "c"), ("c", "a")]);
        let at = layout(&sketch);
        let mut places: Vec<_> = at.values().map(|(x, y)| (*x as i64, *y as i64)).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 3);
    }
}
