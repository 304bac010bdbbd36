//! Each component and each instance over the measured part of the run.

use loadline_analysis::Modelled;
use loadline_model::plan::NodeSpec;
use loadline_model::report::{ComponentReport, InstanceReport};
use loadline_model::wire::Histogram;

use super::{Components, Facts, window};
use crate::run::watch::{Counted, Moment, busy_share};

pub(super) fn components(facts: &Facts<'_>, modelled: &Modelled) -> Components {
    facts.prepared.plan.measured_components().into_iter().map(|id| (id.to_owned(), component(facts, id, modelled))).collect()
}

fn component(facts: &Facts<'_>, id: &str, modelled: &Modelled) -> ComponentReport {
    let plan = &facts.prepared.plan;
    let (from_s, to_s) = window(facts);
    let inside = facts.history.between(from_s, to_s);
    let mut report = ComponentReport { name: name(facts, id), ..ComponentReport::default() };
    report.utilisation_modelled = modelled.components.get(id).map(|component| component.utilisation);
    let (mut waits, mut lags) = (Histogram::default(), Histogram::default());
    let (mut hits, mut misses, mut overrun_ns, mut answered) = (0, 0, 0_u64, 0_u64);
    let mut queues: Vec<u32> = Vec::new();
    for node in plan.instances_of(id) {
        report.role.clone_from(&node.role);
        report.instances += 1;
        queues.extend(inside.iter().filter_map(|moment| moment.nodes.get(node.id.as_str())).map(|counted| counted.queue));
        if let Some(first) = inside.first() {
            let instance = instance(node, first, &inside, facts);
            report.served_per_s += instance.served_per_s;
            report.each.push(instance);
        }
        let Some(last) = facts.finals.get(&node.id).or_else(|| facts.history.moments.last()?.sample(&node.id)) else { continue };
        report.refused += last.refused;
        report.cpu_s += last.cpu_ns as f64 / 1e9;
        report.rss_mb += last.rss_bytes as f64 / 1e6;
        overrun_ns += last.overrun_ns;
        answered += last.answered;
        hits += last.counters.get("hits").copied().unwrap_or(0);
        misses += last.counters.get("misses").copied().unwrap_or(0);
        for (counter, n) in &last.counters {
            *report.counters.entry(counter.clone()).or_default() += n;
        }
        for (sum, histogram) in [(&mut waits, "queue_wait_us"), (&mut lags, "replication_lag_us")] {
            if let Some(more) = last.histograms.get(histogram) {
                sum.merge(more);
            }
        }
    }
    let to_life_ms = 1.0 / 1000.0 / plan.scale.dilation;
    let shares: Vec<f64> = report.each.iter().map(|instance| instance.utilisation).collect();
    report.utilisation = if shares.is_empty() { 0.0 } else { shares.iter().sum::<f64>() / shares.len() as f64 };
    report.queue_p99 = percentile(&mut queues, 0.99);
    report.wait_ms_p50 = waits.quantile(0.5).map(|us| us * to_life_ms);
    report.wait_ms_p99 = waits.quantile(0.99).map(|us| us * to_life_ms);
    report.asked_per_s = report.served_per_s + refused_per_s(facts, id, &inside);
    report.hit_ratio = (hits + misses > 0).then(|| hits as f64 / (hits + misses) as f64);
    report.replication_lag_ms_p99 = lags.quantile(0.99).map(|us| us * to_life_ms);
    report.overrun_ms = if answered == 0 { 0.0 } else { overrun_ns as f64 / answered as f64 / 1e6 };
    report
}

/// An instance that says nothing for so many wall seconds was away: two samples and more.
const AWAY_S: f64 = 0.6;

fn instance(node: &NodeSpec, first: &Moment, inside: &[&Moment], facts: &Facts<'_>) -> InstanceReport {
    let life = facts.prepared.plan.scale.dilation * facts.prepared.plan.scale.slice;
    let none = Counted::default();
    // An instance that died is looked at up to its last sample.
    let last = inside.iter().rev().find(|moment| moment.nodes.contains_key(node.id.as_str())).copied().unwrap_or(first);
    let (a, b) = (first.nodes.get(node.id.as_str()).unwrap_or(&none), last.nodes.get(node.id.as_str()).unwrap_or(&none));
    let own_s = b.elapsed_ns.saturating_sub(a.elapsed_ns) as f64 / 1e9;
    let window_s = inside.last().map_or(0.0, |last| last.t_s - first.t_s);
    // What it served, it served in the whole time, also where it was away for some of that; samples are a little older than their moment.
    let wall_s = if window_s - own_s > AWAY_S { window_s } else { own_s }.max(0.001);
    InstanceReport {
        id: node.id.clone(),
        utilisation: busy_share(Some(first), last, &node.id, f64::from(node.envelope.workers)).unwrap_or(0.0),
        served_per_s: b.admitted.saturating_sub(a.admitted) as f64 / wall_s * life,
        refused: b.refused,
    }
}

fn refused_per_s(facts: &Facts<'_>, id: &str, inside: &[&Moment]) -> f64 {
    let life = facts.prepared.plan.scale.dilation * facts.prepared.plan.scale.slice;
    let (Some(first), Some(last)) = (inside.first(), inside.last()) else { return 0.0 };
    let refused = |node: &NodeSpec| -> u64 {
        let of = |moment: &&Moment| moment.nodes.get(node.id.as_str()).map(|counted| counted.refused);
        // Of an instance that was killed, what it said last.
        inside.iter().rev().find_map(of).unwrap_or(0).saturating_sub(of(first).unwrap_or(0))
    };
    let refused: u64 = facts.prepared.plan.instances_of(id).map(refused).sum();
    refused as f64 / (last.t_s - first.t_s).max(0.001) * life
}

/// The name on the box.
pub(super) fn name(facts: &Facts<'_>, id: &str) -> String {
    facts.spec.sketch.component(id).map_or_else(|| id.to_owned(), |component| component.name.clone())
}

fn percentile(values: &mut [u32], quantile: f64) -> f64 {
    values.sort_unstable();
    let rank = ((values.len() as f64 * quantile).ceil() as usize).clamp(1, values.len().max(1));
    values.get(rank - 1).copied().map_or(0.0, f64::from)
}
