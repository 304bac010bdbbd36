//! What came out of a run. Pure: everything measured comes in as [`Facts`], the [`Report`] goes out in life time with origins.
//!
//! | module | what it holds |
//! |---|---|
//! | [`components`] | each component and instance over the measured part of the run |
//! | [`figures`] | everything with a name, a unit and an origin |
//! | [`saturation`] | what was asked for more than it can do, as worked arithmetic |
//! | [`verdict`] | soundness, targets, and what the run says |

use std::collections::BTreeMap;

use loadline_analysis::{Modelled, model};
use loadline_model::load::LoadResult;
use loadline_model::report::{
    ComponentReport, FORMAT, Failure, Latency, LoadReport, OperationReport, Prediction, Report, RunNote, ScaleReport, Series, Step,
};
use loadline_model::wire::{Histogram, Sample};

use super::prepare::{Prepared, RunSpec, fanout_of};
use super::stand_in::stand_in;
use super::watch::History;

mod components;
mod figures;
mod saturation;
mod verdict;

/// Everything that was measured.
pub(super) struct Facts<'a> {
    pub spec: &'a RunSpec,
    pub prepared: &'a Prepared,
    pub result: LoadResult,
    pub history: History,
    /// Last samples with histograms, by instance.
    pub finals: BTreeMap<String, Sample>,
    pub notes: Vec<RunNote>,
    /// Faults of the scenario that did not happen, as they were noted.
    pub undone: Vec<String>,
    pub healthy_s: f64,
    pub seeding_s: f64,
    /// Share of the machine, 0 to 1.
    pub host_cpu: f64,
}

/// Builds the report.
pub(super) fn build(facts: &Facts<'_>) -> Report {
    let (spec, plan) = (facts.spec, &facts.prepared.plan);
    let fanout = fanout_of(&facts.prepared.population);
    let modelled = model(plan, &spec.scenario, spec.factor(), &fanout);
    let operations = operations(facts);
    let components = components::components(facts, &modelled);
    let figures = figures::figures(facts, &operations, &components, &modelled);
    let value = |name: &str| figures.iter().find(|f| f.name == name).and_then(|f| f.value);
    let predictions = predictions(facts, &components, &value);
    let targets = verdict::targets(&spec.scenario, &value);
    let scale = verdict::scale(facts, &components, &modelled);
    let load = load(&facts.result);
    let (verdict, reasons) = verdict::verdict(facts, &load, &targets, &operations, &scale, &figures);
    Report {
        format: FORMAT,
        exercise: spec.exercise.clone(),
        design: spec.design.clone(),
        scenario: spec.scenario.name.clone(),
        shape: spec.shape.word().to_owned(),
        seed: spec.seed,
        verdict,
        reasons,
        interrupted: facts.result.stopped,
        load,
        saturated: saturation::saturated(facts, &components),
        operations,
        components,
        figures,
        predictions,
        because: spec.predictions.because.clone(),
        targets,
        steps: steps(facts),
        series: series(facts),
        events: facts.notes.clone(),
        scale,
        learner: None,
        sketch: None,
    }
}

/// The report of a run that was stopped before there was load: every count is 0, every measured figure is unknown.
pub fn nothing_measured(spec: &RunSpec, prepared: &Prepared) -> Report {
    build(&Facts {
        spec,
        prepared,
        result: LoadResult { stopped: true, ..LoadResult::default() },
        history: History::default(),
        finals: BTreeMap::new(),
        notes: Vec::new(),
        undone: Vec::new(),
        healthy_s: 0.0,
        seeding_s: 0.0,
        host_cpu: 0.0,
    })
}

fn load(result: &LoadResult) -> LoadReport {
    let counts = result.counts;
    let failure =
        |f: &loadline_model::load::LoadFailure| Failure { component: f.component.clone(), reason: f.reason.clone(), count: f.count };
    LoadReport {
        scheduled: counts.scheduled,
        sent: counts.sent,
        dropped: counts.dropped,
        ok: counts.ok,
        late: counts.late,
        failed: counts.failed,
        failures: result.failures.iter().map(failure).collect(),
    }
}

fn operations(facts: &Facts<'_>) -> BTreeMap<String, OperationReport> {
    let to_life_ms = 1.0 / 1000.0 / facts.prepared.plan.scale.dilation;
    let of = |op: &loadline_model::scenario::ScenarioOperation| {
        let empty = Histogram::default();
        let histogram = facts.result.operations.get(&op.name).map_or(&empty, |result| &result.histogram);
        let ms = |quantile: f64| histogram.quantile(quantile).map(|us| us * to_life_ms);
        let latency_ms = (|| {
            let max = histogram.pairs.last()?.0 * to_life_ms;
            Some(Latency { mean: histogram.mean()? * to_life_ms, p50: ms(0.5)?, p95: ms(0.95)?, p99: ms(0.99)?, max })
        })();
        let percentiles = [1.0, 5.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 97.5, 99.0, 99.5, 99.9, 99.99];
        // A percentile needs some answers beyond it before it says anything.
        // 0.1% is no number of a computer: hence a little less than one.
        let enough = |p: &f64| histogram.count() as f64 * (100.0 - p) / 100.0 > 1.0 - 1e-9;
        let curve = percentiles.into_iter().filter(enough).filter_map(|p| Some((p, ms(p / 100.0)?))).collect();
        OperationReport { label: op.label.clone(), count: histogram.count(), latency_ms, curve }
    };
    facts.spec.scenario.operations.iter().map(|op| (op.name.clone(), of(op))).collect()
}

fn predictions(facts: &Facts<'_>, components: &Components, value: &dyn Fn(&str) -> Option<f64>) -> Vec<Prediction> {
    let spec = facts.spec;
    let unit_of = |name: &str| spec.scenario.predict.iter().find(|p| p.figure == name).map(|p| p.unit.clone());
    let prediction = |(name, predicted): (&String, &f64)| {
        let measured = value(name);
        let ratio = measured.filter(|_| *predicted != 0.0).map(|measured| measured / predicted);
        let of = name.split_once('.').and_then(|(subject, _)| stand_in(&facts.prepared.plan, &spec.scenario, subject, &busy(components)));
        let of = of.map(|found| components::name(facts, &found.component));
        Prediction { name: name.clone(), predicted: *predicted, measured, ratio, unit: unit_of(name).unwrap_or_default(), of }
    };
    spec.predictions.values.iter().map(prediction).collect()
}

/// Measured utilisation by component id.
fn busy(components: &Components) -> impl Fn(&str) -> f64 {
    move |id: &str| components.get(id).map_or(0.0, |component| component.utilisation)
}

/// The load's phases, with the closed form beside what was measured. Only shapes that rise have more than one.
fn steps(facts: &Facts<'_>) -> Vec<Step> {
    let (spec, plan) = (facts.spec, &facts.prepared.plan);
    let life = plan.scale.dilation * plan.scale.slice;
    let fanout = fanout_of(&facts.prepared.population);
    let step = |step: &loadline_model::load::LoadStep| {
        let rate_per_s = step.rate_per_s * life;
        let modelled = model(plan, &spec.scenario, rate_per_s / spec.scenario.total_per_s(), &fanout);
        let busiest = modelled.components.iter().max_by(|a, b| a.1.utilisation.total_cmp(&b.1.utilisation));
        let ms = |us: Option<f64>| us.map(|us| us / 1000.0 / plan.scale.dilation);
        Step {
            from_s: step.from_s,
            to_s: step.to_s,
            rate_per_s,
            count: step.count,
            failed: step.failed + step.dropped,
            mean_ms: ms(step.latency_us_mean),
            p99_ms: ms(step.latency_us_p99),
            utilisation: busiest.and_then(|(id, _)| facts.history.utilisation_between(plan, id, step.from_s, step.to_s)),
            utilisation_modelled: busiest.map(|(_, component)| component.utilisation),
            mean_ms_modelled: mean_over_operations(spec, &modelled),
        }
    };
    facts.result.steps.iter().map(step).collect()
}

/// Mean response of the mix by the closed form; `None` when an operation has no finite answer.
fn mean_over_operations(spec: &RunSpec, modelled: &Modelled) -> Option<f64> {
    let mut sum_ms = 0.0;
    for op in &spec.scenario.operations {
        sum_ms += op.per_s * modelled.operations.get(&op.name)?.mean_ms?;
    }
    Some(sum_ms / spec.scenario.total_per_s())
}

fn series(facts: &Facts<'_>) -> Series {
    let plan = &facts.prepared.plan;
    let mut series = Series::default();
    let mut replay = History::default();
    // After the load there are only answers that were still out: no moment of the load.
    let under_load = facts.history.moments.iter().filter(|moment| moment.t_s <= facts.spec.duration_s + 0.001);
    for moment in under_load {
        replay.moments.push(moment.clone());
        let tick = replay.run_tick(plan, facts.spec.duration_s);
        series.t_s.push(tick.t_s);
        series.ok_per_s.push(tick.ok_per_s);
        series.failed_per_s.push(tick.failed_per_s);
        for op in &facts.spec.scenario.operations {
            let columns = series.latency_ms.entry(op.name.clone()).or_default();
            let now = tick.operations.get(&op.name).cloned().unwrap_or_default();
            for (column, value) in columns.iter_mut().zip([now.p50_ms, now.p95_ms, now.p99_ms]) {
                column.push(value);
            }
        }
        for (id, component) in &tick.components {
            series.utilisation.entry(id.clone()).or_default().push(component.utilisation);
        }
        // Only the last two moments are looked at.
        if replay.moments.len() > 2 {
            replay.moments.remove(0);
        }
    }
    series
}

/// The part of the run that is measured, wall seconds.
fn window(facts: &Facts<'_>) -> (f64, f64) {
    (facts.spec.warmup_s(), facts.spec.duration_s.min(facts.result.elapsed_s))
}

type Components = BTreeMap<String, ComponentReport>;
type Operations = BTreeMap<String, OperationReport>;
type ScaleFacts = ScaleReport;

#[cfg(test)]
mod tests;
