//! What a tick says beyond counters: figures that were predicted, what the closed form expects now, calls along links, and whether the
//! laptop keeps up. Pure; computed once for a plan, then asked at every tick.

use std::collections::BTreeMap;

use loadline_analysis::model;
use loadline_model::arrivals::Phase;
use loadline_model::plan::Plan;
use loadline_model::sketch::{Link, Sketch};

use super::prepare::{Prepared, RunSpec, fanout_of};
use super::soundness::{MAX_CHAIN_ERROR, MAX_OVERRUN, Overrun, taken};
use super::stand_in::stand_in;
use super::watch::{History, Moment};
use crate::contract::{LinkTick, RunTick, Soundness};

/// Wall seconds that soundness looks back.
const LOOK_BACK_S: f64 = 5.0;
/// Fewer answers than this in the time looked back at say nothing of a component's lateness.
const MIN_ANSWERS: u64 = 30;
/// Under load for less than this, wall seconds, nothing is said of soundness.
const MIN_SOUND_S: f64 = 1.0;
/// Wall seconds that a figure in a tick looks back.
const FIGURE_S: f64 = 2.0;

/// What is known of a run before it starts.
pub(super) struct Outlook {
    /// Hops that the client waits for, by operation.
    hops: BTreeMap<String, f64>,
    /// Utilisation at the run's base rate, by component.
    utilisation: BTreeMap<String, f64>,
    /// Offered load, wall rates.
    phases: Vec<Phase>,
    /// The base rate, wall.
    base_per_s: f64,
    links: Vec<Counted>,
}

/// A link whose calls are counted at one end.
struct Counted {
    link: Link,
    /// Who counts; `None`: the generator.
    caller: Option<String>,
    called: String,
}

impl Outlook {
    pub(super) fn new(spec: &RunSpec, prepared: &Prepared) -> Self {
        let plan = &prepared.plan;
        let modelled = model(plan, &spec.scenario, spec.factor(), &fanout_of(&prepared.population));
        let held = |id: &str| plan.component(id).is_some_and(|node| node.envelope.held_while_calling);
        Self {
            hops: modelled.operations.into_iter().map(|(name, op)| (name, op.hops)).collect(),
            // A worker that is held while it calls is not busy in proportion to the load: of it nothing is said while the load changes.
            utilisation: modelled
                .components
                .into_iter()
                .filter(|(id, _)| !held(id))
                .map(|(id, component)| (id, component.utilisation))
                .collect(),
            phases: prepared.load.phases.clone(),
            base_per_s: spec.rate_per_s / plan.scale.dilation / plan.scale.slice,
            links: counted_links(&spec.sketch, plan),
        }
    }

    /// Adds to `tick` what the last moments of `history` say.
    pub(super) fn complete(&self, tick: &mut RunTick, spec: &RunSpec, plan: &Plan, history: &History) {
        let share = self.offered_share(tick.t_s);
        for (id, component) in &mut tick.components {
            component.utilisation_modelled = self.utilisation.get(id).map(|at_base| at_base * share);
        }
        figures(tick, spec, plan, history);
        tick.links = self.links(tick, plan, history);
        tick.soundness = self.soundness(plan, history);
        tick.generator_late_ms = history.moments.last().map_or(0.0, |moment| moment.load.late_us_p50 / 1000.0);
    }

    /// What is offered at `t_s`, of the base rate.
    fn offered_share(&self, t_s: f64) -> f64 {
        let now = self.phases.iter().find(|phase| t_s < phase.end_s).or(self.phases.last());
        let offered = now.map_or(0.0, |phase| {
            let through = ((t_s - phase.start_s) / phase.length_s().max(1e-9)).clamp(0.0, 1.0);
            phase.from_per_s + (phase.to_per_s - phase.from_per_s) * through
        });
        offered / self.base_per_s.max(1e-9)
    }

    fn links(&self, tick: &RunTick, plan: &Plan, history: &History) -> Vec<LinkTick> {
        let per_s = |counted: &Counted| match &counted.caller {
            Some(caller) => calls_per_s(plan, history, caller, &counted.called),
            None => {
                let here = plan.instances_of(&counted.called).filter(|node| plan.entry.contains(&node.id)).count();
                Some(tick.sent_per_s * here as f64 / plan.entry.len().max(1) as f64)
            }
        };
        let told = |counted: &Counted| {
            let Link { from, to, port } = counted.link.clone();
            Some(LinkTick { from, to, port, per_s: per_s(counted)? })
        };
        self.links.iter().filter_map(told).collect()
    }

    fn soundness(&self, plan: &Plan, history: &History) -> Option<Soundness> {
        let now = history.moments.last()?;
        let from = history.moments.iter().find(|moment| moment.t_s >= now.t_s - LOOK_BACK_S)?;
        let recent = history.moments.iter().filter(|moment| moment.t_s > from.t_s);
        // By operation: sum of latencies in ms, and answers.
        let mut answered: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
        for (name, op) in recent.flat_map(|moment| &moment.load.operations) {
            if let Some(mean_ms) = op.latency_ms_mean {
                let (sum, answers) = answered.entry(name).or_default();
                let n = op.count.saturating_sub(op.failed) as f64;
                *sum += mean_ms * n;
                *answers += n;
            }
        }
        let mean_ms = |name: &str| answered.get(name).filter(|(_, answers)| *answers > 0.0).map(|(sum, answers)| sum / answers);
        let chains: Vec<(f64, f64)> = self.hops.iter().filter_map(|(name, hops)| Some((*hops, mean_ms(name)?))).collect();
        if chains.is_empty() || now.t_s < MIN_SOUND_S {
            return None;
        }
        let overruns: Vec<Overrun<'_>> =
            plan.components().into_iter().filter_map(|component| overrun(plan, component, from, now)).collect();
        let taken = taken(plan, now.load.late_us_p50 / 1000.0, &overruns, &chains);
        Some(Soundness {
            keeps_up: taken.is_sound(),
            chain_error: taken.chain_error,
            max_chain_error: MAX_CHAIN_ERROR,
            overrun: taken.overrun,
            max_overrun: MAX_OVERRUN,
        })
    }
}

/// Figures that the learner predicted and that are known while the run goes, with who stands in for whom.
fn figures(tick: &mut RunTick, spec: &RunSpec, plan: &Plan, history: &History) {
    let names = spec.scenario.predict.iter().map(|p| &p.figure).chain(spec.scenario.targets.iter().map(|t| &t.figure));
    for name in names {
        let Some((subject, figure)) = name.split_once('.') else {
            if let Some(value) = of_the_run(name, tick, plan, history) {
                tick.figures.insert(name.clone(), value);
            }
            continue;
        };
        let busy = |id: &str| history.utilisation_between(plan, id, (tick.t_s - FIGURE_S).max(0.0), tick.t_s);
        let in_place = stand_in(plan, &spec.scenario, subject, &|id| busy(id).unwrap_or(0.0)).map(|found| found.component);
        let value = match figure {
            "p50_ms" => tick.operations.get(subject).and_then(|op| op.p50_ms),
            "p95_ms" => tick.operations.get(subject).and_then(|op| op.p95_ms),
            "p99_ms" => tick.operations.get(subject).and_then(|op| op.p99_ms),
            "utilisation" => busy(in_place.as_deref().unwrap_or(subject)).map(|share| share * 100.0),
            _ => None,
        };
        if let Some(value) = value {
            tick.figures.insert(name.clone(), value);
        }
        if let Some(component) = in_place {
            tick.stand_ins.insert(name.clone(), component);
        }
    }
}

/// Figures of the whole run that its counters tell before its end.
fn of_the_run(name: &str, tick: &RunTick, plan: &Plan, history: &History) -> Option<f64> {
    let load = &tick.load;
    match name {
        "failed_share" => (load.scheduled > 0).then(|| (load.failed + load.dropped) as f64 / load.scheduled as f64 * 100.0),
        "fanout_writes_per_tweet" => {
            let now = history.moments.last()?;
            let workers: Vec<_> = plan.nodes.iter().filter(|node| node.role == "fanout").filter_map(|node| now.sample(&node.id)).collect();
            let sum = |counter: &str| workers.iter().filter_map(|sample| sample.counters.get(counter)).sum::<u64>();
            let (writes, tweets) = (sum("fanout_writes"), sum("tweets_fanned_out"));
            (tweets > 0).then(|| writes as f64 / tweets as f64)
        }
        _ => None,
    }
}

/// Calls a second of life between the last two moments; `None` where the caller does not count them.
fn calls_per_s(plan: &Plan, history: &History, caller: &str, called: &str) -> Option<f64> {
    let now = history.moments.last()?;
    let before = history.moments.len().checked_sub(2).and_then(|at| history.moments.get(at));
    let life = plan.scale.dilation * plan.scale.slice;
    let mut sum = None;
    for node in plan.instances_of(caller) {
        let Some(sample) = now.sample(&node.id) else { continue };
        let Some(calls) = sample.calls.get(called) else { continue };
        let earlier = before.and_then(|moment| moment.sample(&node.id));
        let (calls_before, ns_before) = earlier.map_or((0, 0), |s| (s.calls.get(called).copied().unwrap_or(0), s.elapsed_ns));
        let wall_s = (sample.elapsed_ns.saturating_sub(ns_before) as f64 / 1e9).max(0.001);
        *sum.get_or_insert(0.0) += calls.saturating_sub(calls_before) as f64 / wall_s * life;
    }
    sum
}

/// `None` where too little was answered.
fn overrun<'a>(plan: &Plan, component: &'a str, from: &Moment, now: &Moment) -> Option<Overrun<'a>> {
    let (mut overrun_ns, mut answered) = (0, 0);
    for node in plan.instances_of(component) {
        if let (Some(a), Some(b)) = (from.nodes.get(node.id.as_str()), now.nodes.get(node.id.as_str())) {
            overrun_ns += b.overrun_ns.saturating_sub(a.overrun_ns);
            answered += b.answered.saturating_sub(a.answered);
        }
    }
    (answered >= MIN_ANSWERS).then(|| Overrun { component, mean_ms: overrun_ns as f64 / answered as f64 / 1e6, weight: answered as f64 })
}

/// Links between two components that run. Two links with the same ends are counted together, so neither has a rate of its own.
fn counted_links(sketch: &Sketch, plan: &Plan) -> Vec<Counted> {
    let ends = |link: &Link| link.target(sketch).map(|target| (target.holder.to_owned(), target.filler.to_owned()));
    let alone = |link: &Link| sketch.links.iter().filter(|other| ends(other) == ends(link)).count() == 1;
    let counted = |link: &Link| {
        let (holder, called) = ends(link)?;
        let is_client = sketch.component(&holder)?.role == "client";
        (plan.component(&called).is_some() && alone(link)).then(|| Counted {
            link: link.clone(),
            caller: (!is_client).then_some(holder),
            called,
        })
    };
    sketch.links.iter().filter_map(counted).collect()
}

#[cfg(test)]
mod tests {
    use loadline_model::load::{LoadTick, OperationTick};
    use loadline_model::plan::Host;
    use loadline_model::wire::Sample;

    use super::*;
    use crate::contract::{Predictions, RunWish};
    use crate::library::Library;
    use crate::run::prepare::prepare;

    /// The client calls `a`, which calls `b`; 40 requests a second of 10 ms.
    fn chain() -> (RunSpec, Prepared) {
        let json = r#"{"format":1,"title":"t","components":[
            {"id":"client","role":"client","name":"Client","at":[0,0]},
            {"id":"a","role":"work","name":"A","at":[0,0]},{"id":"b","role":"work","name":"B","at":[0,0]}],
            "links":[{"from":"client","to":"a","port":"entry"},{"from":"a","to":"b","port":"next"}]}"#;
        let library = Library::open();
        let scenario = library.exercise("knee").unwrap().scenarios["reference"].clone();
        let wish = RunWish {
            scenario: scenario.name.clone(),
            shape: Some(loadline_model::arrivals::Shape::Baseline),
            rate_per_s: Some(40.0),
            duration_s: None,
            seed: None,
            prefer: Default::default(),
        };
        let spec = RunSpec::new("knee", "mine", Sketch::from_json(json).unwrap(), scenario, &wish, Predictions::default()).unwrap();
        let prepared = prepare(&spec, Host { cores: 2.0 }).unwrap();
        assert_eq!((prepared.plan.scale.dilation, prepared.plan.scale.slice), (1.0, 1.0));
        (spec, prepared)
    }

    /// A moment `t_s` into the run: `calls` from `a` to `b` so far, and every answer late by `overrun_ms`.
    fn moment(t_s: f64, calls: u64, overrun_ms: f64) -> (LoadTick, Vec<(String, Sample)>) {
        let answered = (t_s * 40.0) as u64;
        let sample = |calls: BTreeMap<String, u64>| Sample {
            elapsed_ns: (t_s * 1e9) as u64,
            overrun_ns: (answered as f64 * overrun_ms * 1e6) as u64,
            answered,
            calls,
            ..Sample::default()
        };
        let operation = OperationTick { count: 40, ok: 40, latency_ms_mean: Some(50.0), ..OperationTick::default() };
        let load = LoadTick { t_s, late_us_p50: 100.0, operations: BTreeMap::from([("work".into(), operation)]), ..LoadTick::default() };
        (load, vec![("a-1".into(), sample(BTreeMap::from([("b".into(), calls)]))), ("b-1".into(), sample(BTreeMap::new()))])
    }

    fn tick_after(moments: &[(f64, u64, f64)]) -> RunTick {
        let (spec, prepared) = chain();
        let mut history = History::default();
        for (t_s, calls, overrun_ms) in moments {
            let (load, samples) = moment(*t_s, *calls, *overrun_ms);
            samples.into_iter().for_each(|(node, sample)| history.heard(node, sample));
            history.tick(load);
        }
        let mut tick = history.run_tick(&prepared.plan, 40.0);
        tick.sent_per_s = 40.0;
        Outlook::new(&spec, &prepared).complete(&mut tick, &spec, &prepared.plan, &history);
        tick
    }

    #[test]
    fn a_link_tells_its_calls_a_second_of_the_last_tick() {
        let tick = tick_after(&[(1.0, 40, 0.0), (1.5, 70, 0.0)]);
        let told: Vec<_> = tick.links.iter().map(|link| (link.from.as_str(), link.to.as_str(), link.per_s)).collect();
        assert_eq!(told, [("client", "a", 40.0), ("a", "b", 60.0)]);
        assert_eq!(tick.generator_late_ms, 0.1);
        assert_eq!(tick.components["a"].utilisation_modelled, Some(0.4), "40 a second of 10 ms");
    }

    #[test]
    fn soundness_is_judged_by_the_limits_of_the_report() {
        let sound = |overrun_ms: f64| tick_after(&[(1.0, 0, overrun_ms), (2.0, 0, overrun_ms), (3.0, 0, overrun_ms)]).soundness.unwrap();
        let well = sound(0.1);
        // Two hops of 0.1 ms late and 0.1 ms overrun, of 50 ms; 0.1 ms of a service time of 10 ms.
        assert!(well.keeps_up && (well.chain_error - 0.008).abs() < 1e-9 && (well.overrun - 0.01).abs() < 1e-6, "{well:?}");
        assert!(!sound(0.5).keeps_up, "5% of a service time");
    }

    #[test]
    fn too_little_load_says_nothing_of_soundness() {
        assert_eq!(tick_after(&[(0.25, 0, 9.0), (0.5, 0, 9.0)]).soundness, None);
        let few = tick_after(&[(1.0, 0, 9.0), (1.25, 0, 9.0)]).soundness.unwrap();
        assert_eq!(few.overrun, 0.0, "ten answers are too few to judge a component by");
    }
}
