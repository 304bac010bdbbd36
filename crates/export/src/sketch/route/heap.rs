//! A binary heap of states by cost, for the search of routes: the same order of equals as the canvas's heap. It is not a general queue.

/// States (whole numbers) by cost; of equal costs the order is that of a plain binary heap, so that canvas and exports break ties alike.
#[derive(Debug, Default)]
pub(super) struct Heap {
    entries: Vec<(f64, u32)>,
}

impl Heap {
    pub(super) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(super) fn push(&mut self, state: u32, cost: f64) {
        let mut n = self.entries.len();
        self.entries.push((cost, state));
        while n > 0 {
            let up = (n - 1) >> 1;
            if self.entries[up].0 <= cost {
                break;
            }
            self.entries[n] = self.entries[up];
            n = up;
        }
        self.entries[n] = (cost, state);
    }

    /// The state of least cost.
    pub(super) fn pop(&mut self) -> Option<u32> {
        let least = self.entries.first()?.1;
        let (cost, state) = self.entries.pop()?;
        let count = self.entries.len();
        if count == 0 {
            return Some(least);
        }
        let mut n = 0;
        loop {
            let mut child = 2 * n + 1;
            if child >= count {
                break;
            }
            if child + 1 < count && self.entries[child + 1].0 < self.entries[child].0 {
                child += 1;
            }
            if self.entries[child].0 >= cost {
                break;
            }
            self.entries[n] = self.entries[child];
            n = child;
        }
        self.entries[n] = (cost, state);
        Some(least)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_comes_first() {
        let mut heap = Heap::default();
        for (state, cost) in [(1, 5.0), (2, 1.0), (3, 4.0), (4, 0.5), (5, 9.0), (6, 1.0)] {
            heap.push(state, cost);
        }
        let order: Vec<u32> = std::iter::from_fn(|| heap.pop()).collect();
        assert_eq!((order[0], order[3..].to_vec()), (4, vec![3, 1, 5]));
        assert_eq!(heap.pop(), None);
    }
}
