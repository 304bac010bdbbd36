//! A sorted set: members in order of score, then of bytes. The order is kept in runs of some hundred members, so that both ends are at
//! hand, an insertion moves little, and a rank is a sum over run lengths: near enough to O(log n) up to millions of members.

use std::cmp::Ordering;
use std::sync::Arc;

use indexmap::IndexMap;

use super::value::{Hasher, block_bytes};

/// Members of one run at most.
const RUN_MAX: usize = 256;
/// What a member takes: its block, which it shares with two counts, its place in the order and in the index, with the room that growing
/// tables leave free.
const fn member_bytes(member: &[u8]) -> usize {
    block_bytes(16 + member.len()) + 24 * 5 / 4 + (32 + 9) * 3 / 2
}

type Scored = (f64, Arc<[u8]>);

/// Members with scores; NaN is no score.
#[derive(Debug, Default, Clone)]
pub(super) struct SortedSet {
    /// In the order in which they came, as [`super::value::walk`] needs it.
    scores: IndexMap<Arc<[u8]>, f64, Hasher>,
    /// None is empty; the last of one is before the first of the next.
    runs: Vec<Vec<Scored>>,
    bytes: usize,
}

/// One end of a range of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    /// The score at the end.
    pub(super) score: f64,
    /// False: `(`, the score itself is outside.
    pub(super) inclusive: bool,
}

/// One end of a range of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LexBound<'a> {
    /// `-`: before every name.
    Least,
    /// `+`: after every name.
    Most,
    /// `[name`: the name itself is inside.
    Inclusive(&'a [u8]),
    /// `(name`: the name itself is outside.
    Exclusive(&'a [u8]),
}

impl LexBound<'_> {
    /// As the lower end: true when `member` lies before the range.
    fn lies_under(&self, member: &[u8]) -> bool {
        match *self {
            Self::Least => false,
            Self::Most => true,
            Self::Inclusive(name) => member < name,
            Self::Exclusive(name) => member <= name,
        }
    }
    /// As the upper end: true when `member` lies after the range.
    fn lies_over(&self, member: &[u8]) -> bool {
        match *self {
            Self::Least => true,
            Self::Most => false,
            Self::Inclusive(name) => member > name,
            Self::Exclusive(name) => member >= name,
        }
    }
}

impl SortedSet {
    pub(super) fn len(&self) -> usize {
        self.scores.len()
    }

    /// Bytes that the members take, with what holds them.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn score(&self, member: &[u8]) -> Option<f64> {
        self.scores.get(member).copied()
    }

    /// Gives `member` this score; the score it had before, if it was there.
    pub(super) fn insert(&mut self, member: &[u8], score: f64) -> Option<f64> {
        if let Some((_, key, known)) = self.scores.get_full_mut(member) {
            let (key, old) = (key.clone(), std::mem::replace(known, score));
            if old != score {
                self.unlink(old, member);
                self.link(score, key);
            }
            return Some(old);
        }
        self.bytes += member_bytes(member);
        let key: Arc<[u8]> = member.into();
        self.link(score, key.clone());
        self.scores.insert(key, score)
    }

    /// Takes `member` out; its score, if it was there.
    pub(super) fn remove(&mut self, member: &[u8]) -> Option<f64> {
        let score = self.scores.swap_remove(member)?;
        self.unlink(score, member);
        self.bytes -= member_bytes(member);
        Some(score)
    }

    /// 0-based place in rising order.
    pub(super) fn rank(&self, member: &[u8]) -> Option<usize> {
        let score = self.score(member)?;
        Some(self.count_before(|entry| order(entry, score, member) == Ordering::Less))
    }

    /// Ranks of the members between two scores, as a half-open range; empty ranges begin where they end.
    pub(super) fn ranks(&self, min: Bound, max: Bound) -> (usize, usize) {
        let start = self.count_before(|(score, _)| *score < min.score || (!min.inclusive && *score == min.score));
        let end = self.count_before(|(score, _)| *score < max.score || (max.inclusive && *score == max.score));
        (start, end.max(start))
    }

    /// Ranks of the members between two names, as a half-open range. Only where all scores are the same does it say something.
    pub(super) fn lex_ranks(&self, min: &LexBound<'_>, max: &LexBound<'_>) -> (usize, usize) {
        let start = self.count_before(|(_, member)| min.lies_under(member));
        let end = self.count_before(|(_, member)| !max.lies_over(member));
        (start, end.max(start))
    }

    /// The member at a place that [`super::value::walk`] or a random draw gave.
    pub(super) fn at(&self, place: usize) -> Option<(&[u8], f64)> {
        self.scores.get_index(place).map(|(member, score)| (&**member, *score))
    }

    /// Members from rank `start` on, rising.
    pub(super) fn rising(&self, start: usize) -> impl Iterator<Item = (&[u8], f64)> {
        let (run, at) = self.locate(start);
        let first = self.runs.get(run).and_then(|run| run.get(at..)).unwrap_or_default();
        let others = self.runs.get(run + 1..).unwrap_or_default();
        first.iter().chain(others.iter().flatten()).map(|(score, member)| (&**member, *score))
    }

    /// Members from rank `end`, itself left out, down to the lowest.
    pub(super) fn falling(&self, end: usize) -> impl Iterator<Item = (&[u8], f64)> {
        let (run, at) = self.locate(end);
        let first = self.runs.get(run).and_then(|run| run.get(..at)).unwrap_or_default();
        let others = self.runs.get(..run).unwrap_or_default();
        first.iter().rev().chain(others.iter().rev().flat_map(|run| run.iter().rev())).map(|(score, member)| (&**member, *score))
    }

    /// Takes out the members with ranks `start..end`; how many they were.
    pub(super) fn remove_ranks(&mut self, start: usize, end: usize) -> usize {
        let end = end.min(self.len());
        let (first, mut at) = self.locate(start);
        let mut run = first;
        let mut left = end.saturating_sub(start);
        let removed = left;
        while left > 0
            && let Some(members) = self.runs.get_mut(run)
        {
            let n = left.min(members.len() - at);
            for (_, member) in members.drain(at..at + n) {
                self.scores.swap_remove(&member);
                self.bytes -= member_bytes(&member);
            }
            left -= n;
            at = 0;
            run += 1;
        }
        if run > first + 2 {
            self.runs.drain(first + 1..run - 1);
        }
        // What is left of the last run that was cut, of the first, and what now lies before them.
        for cut in [first + 1, first, first.wrapping_sub(1)] {
            self.tidy(cut);
        }
        removed
    }

    fn link(&mut self, score: f64, member: Arc<[u8]>) {
        // The run that ends at or after the new member; past the last one, the last.
        let run = self.runs.partition_point(|run| run.last().is_some_and(|last| order(last, score, &member) == Ordering::Less));
        let appends = run == self.runs.len();
        let Some(members) = self.runs.get_mut(if appends { run.saturating_sub(1) } else { run }) else {
            self.runs.push(vec![(score, member)]);
            return;
        };
        if members.len() < RUN_MAX {
            let at = members.partition_point(|entry| order(entry, score, &member) == Ordering::Less);
            members.insert(at, (score, member));
        } else if appends {
            // Rising scores, as on a timeline: full runs stay full.
            self.runs.push(vec![(score, member)]);
        } else {
            let mut upper = members.split_off(RUN_MAX / 2);
            let into = if upper.first().is_some_and(|first| order(first, score, &member) == Ordering::Less) { &mut upper } else { members };
            let at = into.partition_point(|entry| order(entry, score, &member) == Ordering::Less);
            into.insert(at, (score, member));
            self.runs.insert(run + 1, upper);
        }
    }

    fn unlink(&mut self, score: f64, member: &[u8]) {
        let run = self.runs.partition_point(|run| run.last().is_some_and(|last| order(last, score, member) == Ordering::Less));
        let Some(members) = self.runs.get_mut(run) else { return };
        if let Ok(at) = members.binary_search_by(|entry| order(entry, score, member)) {
            members.remove(at);
        }
        self.tidy(run);
    }

    /// Drops a run left empty, and joins one worn down by removals with the next, so that their number stays in proportion to the members.
    fn tidy(&mut self, run: usize) {
        let Some(len) = self.runs.get(run).map(Vec::len) else { return };
        let next = self.runs.get(run + 1).map_or(RUN_MAX, Vec::len);
        if len == 0 {
            self.runs.remove(run);
        } else if len + next <= RUN_MAX / 4 {
            let tail = self.runs.remove(run + 1);
            if let Some(members) = self.runs.get_mut(run) {
                members.extend(tail);
            }
        }
    }

    /// How many members come before the first for which `before` is false.
    fn count_before(&self, before: impl Fn(&Scored) -> bool) -> usize {
        let run = self.runs.partition_point(|run| run.last().is_some_and(&before));
        let inside = self.runs.get(run).map_or(0, |run| run.partition_point(&before));
        self.runs.iter().take(run).map(Vec::len).sum::<usize>() + inside
    }

    /// The run and the place in it of the member at `rank`; one past the end of the last run when there is none.
    fn locate(&self, rank: usize) -> (usize, usize) {
        if rank >= self.len() {
            return (self.runs.len().saturating_sub(1), self.runs.last().map_or(0, Vec::len));
        }
        // From the nearer end: timelines are read and cut at their ends.
        if rank > self.len() / 2 {
            let mut first = self.len();
            for (run, members) in self.runs.iter().enumerate().rev() {
                first -= members.len();
                if rank >= first {
                    return (run, rank - first);
                }
            }
        }
        let mut left = rank;
        for (run, members) in self.runs.iter().enumerate() {
            if left < members.len() {
                return (run, left);
            }
            left -= members.len();
        }
        (0, 0)
    }
}

fn order(entry: &Scored, score: f64, member: &[u8]) -> Ordering {
    entry.0.partial_cmp(&score).unwrap_or(Ordering::Equal).then_with(|| (*entry.1).cmp(member))
}

#[cfg(test)]
mod tests {
    use super::*;
    use loadline_model::seed::Stream;

    /// The same operations on a plain sorted list, which is slow and surely right.
    #[derive(Default)]
    struct Plain(Vec<(f64, Vec<u8>)>);

    impl Plain {
        fn insert(&mut self, member: &[u8], score: f64) {
            self.remove(member);
            self.0.push((score, member.to_vec()));
            self.0.sort_by(|a, b| a.0.total_cmp(&b.0).then_with(|| a.1.cmp(&b.1)));
        }
        fn remove(&mut self, member: &[u8]) -> Option<f64> {
            let at = self.0.iter().position(|(_, m)| m == member)?;
            Some(self.0.remove(at).0)
        }
    }

    #[test]
    fn agrees_with_a_plain_sorted_list() {
        let mut stream = Stream::new(5, "sorted set", 0);
        let (mut set, mut plain) = (SortedSet::default(), Plain::default());
        for step in 0..12_000 {
            let member = format!("m{}", stream.below(1500)).into_bytes();
            match stream.below(10) {
                0..6 => {
                    let score = stream.below(300) as f64;
                    set.insert(&member, score);
                    plain.insert(&member, score);
                }
                6..9 => assert_eq!(set.remove(&member), plain.remove(&member)),
                _ => {
                    let start = stream.below(plain.0.len() as u64 + 1) as usize;
                    let end = start + stream.below(4) as usize;
                    let expected = plain.0.drain(start..end.min(plain.0.len())).count();
                    assert_eq!(set.remove_ranks(start, end), expected);
                }
            }
            assert_eq!(set.len(), plain.0.len());
            if step % 200 == 0 {
                agree(&set, &plain, &mut stream);
            }
        }
        assert!(plain.0.len() > 2 * RUN_MAX, "several runs took part");
        let n = set.len();
        set.remove_ranks(0, n);
        assert_eq!((set.len(), set.bytes(), set.runs.len()), (0, 0, 0));
    }

    fn agree(set: &SortedSet, plain: &Plain, stream: &mut Stream) {
        let expected: Vec<(&[u8], f64)> = plain.0.iter().map(|(score, member)| (member.as_slice(), *score)).collect();
        assert_eq!(set.rising(0).collect::<Vec<_>>(), expected);
        assert_eq!(set.bytes(), expected.iter().map(|(member, _)| member_bytes(member)).sum::<usize>());
        let at = stream.below(expected.len() as u64 + 2) as usize;
        assert_eq!(set.rising(at).collect::<Vec<_>>(), expected.get(at..).unwrap_or_default());
        let down: Vec<_> = expected[..at.min(expected.len())].iter().rev().copied().collect();
        assert_eq!(set.falling(at).collect::<Vec<_>>(), down);
        for (rank, (member, _)) in expected.iter().enumerate() {
            assert_eq!(set.rank(member), Some(rank));
        }
        let (low, high) = (stream.below(300) as f64, stream.below(300) as f64);
        for (min_in, max_in) in [(true, true), (true, false), (false, true), (false, false)] {
            let (start, end) = set.ranks(Bound { score: low, inclusive: min_in }, Bound { score: high, inclusive: max_in });
            let inside = |score: f64| (score > low || (min_in && score == low)) && (score < high || (max_in && score == high));
            assert_eq!(end - start, expected.iter().filter(|(_, score)| inside(*score)).count());
            assert!(expected[start..end].iter().all(|(_, score)| inside(*score)));
        }
    }

    /// A timeline's life: append, cut to 800, read the newest 20. Its cost must not grow with what went through it.
    #[test]
    fn a_timeline_keeps_few_runs() {
        let mut set = SortedSet::default();
        for id in 0..50_000_u32 {
            set.insert(&id.to_be_bytes(), f64::from(id));
            let len = set.len();
            set.remove_ranks(0, len.saturating_sub(800));
        }
        assert!(set.runs.len() <= 5, "{} runs for 800 members", set.runs.len());
        let newest: Vec<f64> = set.falling(set.len()).take(20).map(|(_, score)| score).collect();
        assert_eq!(newest, (49_980..50_000).rev().map(f64::from).collect::<Vec<_>>());
    }
}
