//! Samples over time: what every node said at every tick, and what that means at one moment. Pure: time comes with the samples.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use loadline_model::load::LoadTick;
use loadline_model::plan::Plan;
use loadline_model::report::LoadReport;
use loadline_model::wire::Sample;

use crate::contract::{ComponentTick, OperationTick, RunTick};

/// Every node's counters at one tick of the generator.
#[derive(Debug, Clone)]
pub(super) struct Moment {
    /// Wall seconds under load.
    pub t_s: f64,
    /// What the generator had counted.
    pub load: LoadTick,
    /// What each node had counted; a node that died has nothing.
    pub nodes: BTreeMap<Arc<str>, Counted>,
    /// The newest sample of each node; absent once two moments came after it.
    pub samples: Option<BTreeMap<String, Sample>>,
}

impl Moment {
    /// The sample of a node that lives, while it is still here.
    pub(super) fn sample(&self, node: &str) -> Option<&Sample> {
        self.samples.as_ref()?.get(node)
    }
}

/// What a report asks of a node at every moment of the run. Whole samples would take a gigabyte for a long run of many instances.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Counted {
    /// Wall nanoseconds since measuring began.
    pub elapsed_ns: u64,
    /// Worker nanoseconds used.
    pub busy_ns: u64,
    /// Requests admitted, all operations together.
    pub admitted: u64,
    /// Requests refused because the queue was full.
    pub refused: u64,
    /// Sum over requests of how late the machine made them, ns.
    pub overrun_ns: u64,
    /// Requests counted in `overrun_ns`.
    pub answered: u64,
    /// Requests that waited then.
    pub queue: u32,
}

impl Counted {
    fn of(sample: &Sample) -> Self {
        Self {
            elapsed_ns: sample.elapsed_ns,
            busy_ns: sample.busy_ns,
            admitted: total(&sample.admitted),
            refused: sample.refused,
            overrun_ns: sample.overrun_ns,
            answered: sample.answered,
            queue: sample.queue,
        }
    }
}

/// Moments that have their samples: what a tick says is the difference of two.
const SAMPLED: usize = 2;

/// All moments of a run.
#[derive(Debug, Default)]
pub(super) struct History {
    pub moments: Vec<Moment>,
    newest: BTreeMap<String, Sample>,
    /// What killed instances had counted until then.
    past: BTreeMap<String, Sample>,
    /// Every node's id once, whatever the number of moments.
    names: BTreeSet<Arc<str>>,
}

impl History {
    pub(super) fn heard(&mut self, node: String, sample: Sample) {
        let sample = match self.past.get(&node) {
            Some(past) => sample.after(past),
            None => sample,
        };
        self.newest.insert(node, sample);
    }

    pub(super) fn died(&mut self, node: &str) {
        if let Some(last) = self.newest.remove(node) {
            self.past.insert(node.to_owned(), last);
        }
    }

    /// The sum of a counter over all nodes, as they said it last; also of those that were killed.
    pub(super) fn counted(&self, counter: &str) -> u64 {
        let gone = self.past.iter().filter(|(node, _)| !self.newest.contains_key(*node)).map(|(_, sample)| sample);
        self.newest.values().chain(gone).filter_map(|sample| sample.counters.get(counter)).sum()
    }

    /// Last samples with what killed instances had counted before: of one that is back the sum, of one that is not its own last.
    pub(super) fn whole(&self, mut finals: BTreeMap<String, Sample>) -> BTreeMap<String, Sample> {
        for (node, past) in &self.past {
            let whole = match finals.remove(node) {
                Some(last) => last.after(past),
                None => self.newest.get(node).unwrap_or(past).clone(),
            };
            finals.insert(node.clone(), whole);
        }
        finals
    }

    /// Closes a moment with what the generator says.
    pub(super) fn tick(&mut self, load: LoadTick) -> &Moment {
        let nodes = self.newest.iter().map(|(node, sample)| (name(&mut self.names, node), Counted::of(sample))).collect();
        self.moments.push(Moment { t_s: load.t_s, load, nodes, samples: Some(self.newest.clone()) });
        if let Some(older) = self.moments.iter_mut().rev().nth(SAMPLED) {
            older.samples = None;
        }
        &self.moments[self.moments.len() - 1]
    }

    /// The last two moments, the earlier one empty at first.
    fn last_two(&self) -> Option<(Option<&Moment>, &Moment)> {
        let now = self.moments.last()?;
        Some((self.moments.len().checked_sub(2).and_then(|i| self.moments.get(i)), now))
    }

    /// The moments from `from_s` to `to_s`, wall seconds, beginning with the last one that is not after `from_s`: what is counted begins there.
    pub(super) fn between(&self, from_s: f64, to_s: f64) -> Vec<&Moment> {
        let first = self.moments.partition_point(|moment| moment.t_s <= from_s).saturating_sub(1);
        self.moments.iter().skip(first).take_while(|moment| moment.t_s <= to_s + 0.01).collect()
    }

    /// Busy share of a component's workers between two moments of the run, wall seconds; `None` when no sample fell between them.
    pub(super) fn utilisation_between(&self, plan: &Plan, component: &str, from_s: f64, to_s: f64) -> Option<f64> {
        let inside = self.between(from_s, to_s);
        let (first, last) = (inside.first()?, inside.last()?);
        let shares =
            plan.instances_of(component).filter_map(|node| busy_share(Some(first), last, &node.id, f64::from(node.envelope.workers)));
        let shares: Vec<f64> = shares.collect();
        (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
    }

    /// The state of the run at its last tick, in life.
    pub(super) fn run_tick(&self, plan: &Plan, duration_s: f64) -> RunTick {
        let Some((before, now)) = self.last_two() else { return RunTick::default() };
        let life = plan.scale.dilation * plan.scale.slice;
        let wall_s = (now.t_s - before.map_or(0.0, |m| m.t_s)).max(0.001);
        let rate = |count: fn(&LoadTick) -> u64| {
            let earlier = before.map_or(0, |m| count(&m.load));
            count(&now.load).saturating_sub(earlier) as f64 / wall_s * life
        };
        let counts = now.load.counts;
        RunTick {
            t_s: now.t_s,
            duration_s,
            load: LoadReport {
                scheduled: counts.scheduled,
                sent: counts.sent,
                dropped: counts.dropped,
                ok: counts.ok,
                late: counts.late,
                failed: counts.failed,
                failures: Vec::new(),
            },
            in_flight: now.load.in_flight,
            sent_per_s: rate(|l| l.counts.sent),
            ok_per_s: rate(|l| l.counts.ok + l.counts.late),
            failed_per_s: rate(|l| l.counts.failed + l.counts.dropped),
            operations: now.load.operations.iter().map(|(name, op)| (name.clone(), operation_tick(op, wall_s, plan))).collect(),
            components: plan.measured_components().into_iter().map(|id| (id.to_owned(), component_tick(plan, id, before, now))).collect(),
            ..RunTick::default()
        }
    }
}

/// The id as it is shared by all moments.
fn name(names: &mut BTreeSet<Arc<str>>, node: &str) -> Arc<str> {
    if let Some(name) = names.get(node) {
        return name.clone();
    }
    let name: Arc<str> = node.into();
    names.insert(name.clone());
    name
}

fn operation_tick(op: &loadline_model::load::OperationTick, wall_s: f64, plan: &Plan) -> OperationTick {
    let life = plan.scale.dilation * plan.scale.slice;
    let ms = |wall_ms: Option<f64>| wall_ms.map(|ms| ms / plan.scale.dilation);
    OperationTick {
        p50_ms: ms(op.latency_ms_p50),
        p95_ms: ms(op.latency_ms_p95),
        p99_ms: ms(op.latency_ms_p99),
        per_s: op.count as f64 / wall_s * life,
        failed_per_s: op.failed as f64 / wall_s * life,
    }
}

/// Busy share of one instance between two moments; `None` when it is gone.
pub(super) fn busy_share(before: Option<&Moment>, now: &Moment, node: &str, workers: f64) -> Option<f64> {
    let counted = now.nodes.get(node)?;
    let earlier = before.and_then(|m| m.nodes.get(node));
    let busy_ns = counted.busy_ns.saturating_sub(earlier.map_or(0, |s| s.busy_ns)) as f64;
    let elapsed_ns = counted.elapsed_ns.saturating_sub(earlier.map_or(0, |s| s.elapsed_ns)) as f64;
    if elapsed_ns <= 0.0 {
        return Some(0.0);
    }
    Some((busy_ns / (elapsed_ns * workers)).clamp(0.0, 1.0))
}

fn component_tick(plan: &Plan, component: &str, before: Option<&Moment>, now: &Moment) -> ComponentTick {
    let life = plan.scale.dilation * plan.scale.slice;
    let mut tick = ComponentTick::default();
    let (mut hits, mut misses) = (0, 0);
    for node in plan.instances_of(component) {
        tick.each.push(busy_share(before, now, &node.id, f64::from(node.envelope.workers)));
        let Some(sample) = now.sample(&node.id) else { continue };
        let none = Sample::default();
        let earlier = before.and_then(|m| m.sample(&node.id)).unwrap_or(&none);
        let wall_s = (sample.elapsed_ns.saturating_sub(earlier.elapsed_ns) as f64 / 1e9).max(0.001);
        let served = total(&sample.admitted).saturating_sub(total(&earlier.admitted));
        tick.per_s += served as f64 / wall_s * life;
        tick.refused_per_s += sample.refused.saturating_sub(earlier.refused) as f64 / wall_s * life;
        tick.failed_per_s += total(&sample.failed).saturating_sub(total(&earlier.failed)) as f64 / wall_s * life;
        tick.cpu += sample.cpu_ns.saturating_sub(earlier.cpu_ns) as f64 / 1e9 / wall_s;
        tick.rss_mb += sample.rss_bytes as f64 / 1e6;
        tick.queue += sample.queue;
        hits += sample.counters.get("hits").copied().unwrap_or(0);
        misses += sample.counters.get("misses").copied().unwrap_or(0);
        if let Some(lag_ms) = sample.gauges.get("replication_lag_ms") {
            tick.lag_ms = Some(tick.lag_ms.unwrap_or(0.0).max(lag_ms / plan.scale.dilation));
        }
    }
    tick.hit_ratio = (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64);
    let shares: Vec<f64> = tick.each.iter().flatten().copied().collect();
    tick.utilisation = if shares.is_empty() { 0.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 };
    tick
}

/// Sum of all counts.
fn total(counts: &BTreeMap<String, u64>) -> u64 {
    counts.values().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_kept_of_the_last_two_moments_and_counts_of_all() {
        let mut history = History::default();
        let sample = |n: u64| Sample {
            elapsed_ns: n * 250_000_000,
            busy_ns: n * 100_000_000,
            admitted: BTreeMap::from([("read".into(), n), ("write".into(), 2 * n)]),
            refused: n,
            queue: n as u32,
            ..Sample::default()
        };
        for n in 1..=1000 {
            for node in ["feed-1", "feed-2"] {
                history.heard(node.into(), sample(n));
            }
            history.tick(LoadTick { t_s: n as f64 * 0.25, ..LoadTick::default() });
        }
        let sampled: Vec<f64> = history.moments.iter().filter(|moment| moment.samples.is_some()).map(|moment| moment.t_s).collect();
        assert_eq!((history.moments.len(), sampled), (1000, vec![249.75, 250.0]));
        for (n, moment) in (1..).zip(&history.moments) {
            assert_eq!(moment.nodes["feed-2"], Counted { admitted: 3 * n, ..Counted::of(&sample(n)) });
        }
        let (first, last) = (&history.moments[0], &history.moments[999]);
        assert_eq!(first.sample("feed-1"), None);
        assert_eq!(last.sample("feed-1"), Some(&sample(1000)));
        assert_eq!(busy_share(Some(first), last, "feed-1", 1.0), Some(0.4));
        let of_one: BTreeSet<*const u8> = history.moments.iter().flat_map(|moment| moment.nodes.keys()).map(|name| name.as_ptr()).collect();
        assert_eq!(of_one.len(), 2, "ids are shared");
    }
}
