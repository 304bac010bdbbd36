//! Soundness, targets, and what the run says.

use loadline_analysis::Modelled;
use loadline_model::report::{Figure, LoadReport, TargetResult, Verdict};
use loadline_model::scenario::Scenario;

use super::{Components, Facts, Operations, ScaleFacts};
use crate::run::soundness::{MAX_CHAIN_ERROR, MAX_OVERRUN, Overrun, Taken, taken};

/// Fewer answers than this say nothing about a 99th percentile.
const MIN_ANSWERS: u64 = 100;

pub(super) fn targets(scenario: &Scenario, value: &dyn Fn(&str) -> Option<f64>) -> Vec<TargetResult> {
    let result = |target: &loadline_model::scenario::Target| {
        let measured = value(&target.figure);
        TargetResult {
            figure: target.figure.clone(),
            label: target.label.clone(),
            at_most: target.at_most,
            unit: target.unit.clone(),
            measured,
            met: measured.map(|measured| measured <= target.at_most),
        }
    };
    scenario.targets.iter().map(result).collect()
}

pub(super) fn scale(facts: &Facts<'_>, components: &Components, modelled: &Modelled) -> ScaleFacts {
    let plan = &facts.prepared.plan;
    let late_ms = facts.result.lateness.us_p50 / 1000.0;
    let overruns: Vec<Overrun<'_>> = components
        .iter()
        .map(|(component, report)| Overrun { component, mean_ms: report.overrun_ms, weight: report.served_per_s })
        .collect();
    let mean_ms = |name: &String| Some(facts.result.operations.get(name)?.histogram.mean()? / 1000.0);
    let chains: Vec<(f64, f64)> = modelled.operations.iter().filter_map(|(name, op)| Some((op.hops, mean_ms(name)?))).collect();
    let Taken { chain_error, overrun } = taken(plan, late_ms, &overruns, &chains);
    ScaleFacts {
        prefer: facts.spec.prefer,
        slice: plan.scale.slice,
        dilation: plan.scale.dilation,
        host_cpu: facts.host_cpu,
        overrun,
        chain_error,
        generator_late_ms: late_ms,
        processes: plan.processes().count() as u32,
        healthy_s: facts.healthy_s,
        seeding_s: facts.seeding_s,
        wall_s: facts.result.elapsed_s,
        life_s: facts.result.elapsed_s / plan.scale.dilation,
    }
}

pub(super) fn verdict(
    facts: &Facts<'_>,
    load: &LoadReport,
    targets: &[TargetResult],
    operations: &Operations,
    scale: &ScaleFacts,
    figures: &[Figure],
) -> (Verdict, Vec<String>) {
    if scale.chain_error > MAX_CHAIN_ERROR || scale.overrun > MAX_OVERRUN {
        let reason = if scale.overrun > MAX_OVERRUN {
            format!("The laptop answered {:.1}% later than promised (at most {:.0}%).", scale.overrun * 100.0, MAX_OVERRUN * 100.0)
        } else {
            format!(
                "The laptop's own delays make {:.1}% of the slowest chain (at most {:.1}%).",
                scale.chain_error * 100.0,
                MAX_CHAIN_ERROR * 100.0
            )
        };
        return (Verdict::HostLimited, vec![reason, "Close other programs, ask for a lower rate, or run slower than life.".to_owned()]);
    }
    if !load.adds_up() {
        return (Verdict::Inconclusive, vec!["Requests are not all accounted for: report this.".to_owned()]);
    }
    if facts.result.stopped && load.scheduled == 0 {
        return (Verdict::Inconclusive, vec!["Stopped before the load began: nothing was measured.".to_owned()]);
    }
    let answered: u64 = operations.values().map(|op| op.count).sum();
    if answered + load.failed + load.dropped < MIN_ANSWERS {
        return (
            Verdict::Inconclusive,
            vec![format!("Too little load: {answered} answers were measured, {MIN_ANSWERS} are needed. Run longer or ask for more.")],
        );
    }
    let source = |target: &TargetResult| figures.iter().find(|figure| figure.name == target.figure).map(|figure| figure.source.as_str());
    let unknown = |target: &TargetResult| match source(target) {
        Some(source) => format!("{}: not known ({source}).", target.label),
        None => format!("{}: nothing was measured.", target.label),
    };
    let unknown: Vec<String> = targets.iter().filter(|target| target.met.is_none()).map(unknown).collect();
    let missed: Vec<String> = targets.iter().filter(|t| t.met == Some(false)).map(describe).collect();
    if !missed.is_empty() {
        return (Verdict::Fail, missed);
    }
    if !unknown.is_empty() {
        return (Verdict::Inconclusive, unknown);
    }
    if !facts.undone.is_empty() {
        return (Verdict::Inconclusive, facts.undone.iter().map(|what| sentence(what)).collect());
    }
    let met = match targets.len() {
        0 => format!("{} sets no targets; every request is accounted for.", facts.spec.scenario.title),
        n => format!("{n} of {n} targets met."),
    };
    (Verdict::Pass, vec![met])
}

/// A note as a sentence.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
}

fn describe(target: &TargetResult) -> String {
    let with_unit = |text: String| if target.unit == "%" { format!("{text}%") } else { format!("{text} {}", target.unit) };
    let measured = target.measured.map_or_else(|| "unknown".to_owned(), |value| with_unit(beyond(value, target.at_most)));
    format!("{}: {measured}, at most {}.", target.label, with_unit(target.at_most.to_string()))
}

/// A figure that is over its limit: three digits, or as many as show that it is.
fn beyond(value: f64, limit: f64) -> String {
    let places = (2 - value.abs().max(1e-9).log10().floor() as i32).clamp(0, 6) as usize;
    let with = |places: usize| format!("{value:.places$}");
    let text = (places..=places + 6).map(with).find(|text| text.parse::<f64>().is_ok_and(|shown| shown > limit));
    let text = text.unwrap_or_else(|| value.to_string());
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

#[cfg(test)]
mod tests {
    use super::beyond;

    #[test]
    fn what_is_over_its_limit_is_shown_so() {
        for (value, limit, shown) in [
            (65.342, 1.0, "65.3"),
            (213.4, 200.0, "213"),
            (200.04, 200.0, "200.04"),
            (1.0004, 1.0, "1.0004"),
            (10.0, 9.9, "10"),
            (12_345.6, 200.0, "12346"),
            (0.0, 1.0, "0"),
        ] {
            assert_eq!(beyond(value, limit), shown);
        }
    }
}
