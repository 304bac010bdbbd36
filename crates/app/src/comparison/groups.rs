//! The figures of two reports side by side, in the order in which a report is read: targets, operations, requests, components, the rest.

use std::collections::BTreeSet;

use loadline_model::report::{ComponentReport, Figure, LoadReport, Report, Tag};

use super::{PRECISION, group, parts, row};
use crate::contract::{CompareGroup, CompareRow};

/// Counts and shares of counts are exact.
const EXACT: f64 = 0.0;

pub(super) fn groups(a: &Report, b: &Report) -> Vec<CompareGroup> {
    let mut groups = vec![targets(a, b)];
    groups.extend(operations(a, b));
    groups.push(group("Requests", "each counted by the generator", requests(&a.load, &b.load)));
    groups.extend(components(a, b));
    groups.push(others(a, b));
    groups.push(laptop(a, b));
    groups.retain(|group| !group.rows.is_empty());
    groups
}

fn targets(a: &Report, b: &Report) -> CompareGroup {
    let find = |report: &Report, name: &str| report.targets.iter().find(|target| target.figure == name).and_then(|target| target.measured);
    let mut seen = BTreeSet::new();
    let rows = a.targets.iter().chain(&b.targets).filter(|target| seen.insert(target.figure.clone())).map(|target| {
        let label = format!("{}, at most {} {}", target.label, target.at_most, target.unit);
        let values = (find(a, &target.figure), find(b, &target.figure));
        row(target.figure.clone(), label.trim_end(), &target.unit, Tag::Measured, values, precision(&target.unit))
    });
    group("Targets", "what the scenario asks for", rows.collect())
}

/// What is told in ms comes from histograms.
fn precision(unit: &str) -> f64 {
    if unit == "ms" { PRECISION } else { EXACT }
}

fn operations(a: &Report, b: &Report) -> Vec<CompareGroup> {
    let names: BTreeSet<&String> = a.operations.keys().chain(b.operations.keys()).collect();
    let of = |name: &String| {
        let (one, other) = (a.operations.get(name), b.operations.get(name));
        let label = one.or(other).map_or(name.as_str(), |operation| &operation.label);
        let (was, is) = (parts(one.and_then(|o| o.latency_ms)), parts(other.and_then(|o| o.latency_ms)));
        let mut rows: Vec<CompareRow> = was
            .into_iter()
            .zip(is)
            .map(|((part, a), (_, b))| row(format!("{name}.{part}_ms"), part, "ms", Tag::Measured, (a, b), PRECISION))
            .collect();
        let count = |o: Option<&loadline_model::report::OperationReport>| o.map(|o| o.count as f64);
        rows.push(row(format!("{name}.count"), "answers measured", "", Tag::Measured, (count(one), count(other)), EXACT));
        group(label, "latency from the scheduled time, ms of life", rows)
    };
    names.into_iter().map(of).collect()
}

fn requests(a: &LoadReport, b: &LoadReport) -> Vec<CompareRow> {
    type Count = fn(&LoadReport) -> u64;
    let counts: [(&str, &str, Count); 6] = [
        ("scheduled", "scheduled", |load| load.scheduled),
        ("sent", "sent", |load| load.sent),
        ("dropped", "dropped by the generator", |load| load.dropped),
        ("ok", "answered in time", |load| load.ok),
        ("late", "answered late", |load| load.late),
        ("failed", "failed", |load| load.failed),
    ];
    let of = |(name, label, count): (&str, &str, Count)| {
        row(format!("load.{name}"), label, "", Tag::Measured, (Some(count(a) as f64), Some(count(b) as f64)), EXACT)
    };
    let mut rows: Vec<CompareRow> = counts.into_iter().map(of).collect();
    let failures: BTreeSet<(&str, &str)> =
        a.failures.iter().chain(&b.failures).map(|failure| (failure.component.as_str(), failure.reason.as_str())).collect();
    for (component, reason) in failures {
        // Where nothing failed for a reason, that is a count of 0.
        let count = |load: &LoadReport| {
            load.failures.iter().filter(|f| f.component == component && f.reason == reason).map(|f| f.count).sum::<u64>()
        };
        let label = format!("failed at {component}: {}", reason.replace('_', " "));
        let values = (Some(count(a) as f64), Some(count(b) as f64));
        rows.push(row(format!("load.failed.{component}.{reason}"), &label, "", Tag::Measured, values, EXACT));
    }
    rows
}

fn components(a: &Report, b: &Report) -> Vec<CompareGroup> {
    type Value = fn(&ComponentReport) -> Option<f64>;
    let figures: [(&str, &str, &str, Tag, f64, Value); 13] = [
        ("instances", "instances", "", Tag::Measured, EXACT, |c| Some(f64::from(c.instances))),
        ("utilisation", "utilisation", "%", Tag::Measured, EXACT, |c| Some(c.utilisation * 100.0)),
        ("utilisation_modelled", "utilisation by the closed form", "%", Tag::Modelled, EXACT, |c| {
            c.utilisation_modelled.map(|u| u * 100.0)
        }),
        ("asked_per_s", "asked", "/s", Tag::Measured, EXACT, |c| Some(c.asked_per_s)),
        ("served_per_s", "served", "/s", Tag::Measured, EXACT, |c| Some(c.served_per_s)),
        ("refused", "refused", "", Tag::Measured, EXACT, |c| Some(c.refused as f64)),
        ("queue_p99", "queue p99", "", Tag::Measured, EXACT, |c| Some(c.queue_p99)),
        ("wait_ms_p50", "wait p50", "ms", Tag::Measured, PRECISION, |c| c.wait_ms_p50),
        ("wait_ms_p99", "wait p99", "ms", Tag::Measured, PRECISION, |c| c.wait_ms_p99),
        ("hit_ratio", "hits", "%", Tag::Measured, EXACT, |c| c.hit_ratio.map(|hits| hits * 100.0)),
        ("replication_lag_ms_p99", "replication lag p99", "ms", Tag::Measured, PRECISION, |c| c.replication_lag_ms_p99),
        ("cpu_s", "CPU of its processes", "s", Tag::Measured, EXACT, |c| Some(c.cpu_s)),
        ("rss_mb", "memory at the end", "MB", Tag::Measured, EXACT, |c| Some(c.rss_mb)),
    ];
    let ids: BTreeSet<&String> = a.components.keys().chain(b.components.keys()).collect();
    let of = |id: &String| {
        let (one, other) = (a.components.get(id), b.components.get(id));
        let name = one.or(other).map_or(id.as_str(), |component| &component.name);
        let rows = figures.iter().filter_map(|(figure, label, unit, tag, precision, value)| {
            let values = (one.and_then(value), other.and_then(value));
            // A figure that neither has (hits of what caches nothing) is no figure of this component.
            (values != (None, None)).then(|| row(format!("{id}.{figure}"), label, unit, *tag, values, *precision))
        });
        let remark = match (one, other) {
            (Some(_), None) => "only in the first",
            (None, Some(_)) => "only in the second",
            _ => "component",
        };
        group(name, remark, rows.collect())
    };
    ids.into_iter().map(of).collect()
}

/// Named figures that belong to no operation and no component.
fn others(a: &Report, b: &Report) -> CompareGroup {
    let owned = |figure: &Figure| {
        let owner = figure.name.split_once('.').map_or("", |(owner, _)| owner);
        [a, b].iter().any(|report| report.operations.contains_key(owner) || report.components.contains_key(owner))
    };
    let mut seen = BTreeSet::new();
    let rows = a.figures.iter().chain(&b.figures).filter(|figure| !owned(figure) && seen.insert(figure.name.clone())).map(|figure| {
        let find = |report: &Report| report.figures.iter().find(|other| other.name == figure.name && other.unit == figure.unit)?.value;
        let label = figure.name.replace(['_', '.'], " ");
        row(figure.name.clone(), &label, &figure.unit, figure.tag, (find(a), find(b)), precision(&figure.unit))
    });
    group("Other figures", "of the whole design", rows.collect())
}

fn laptop(a: &Report, b: &Report) -> CompareGroup {
    let (one, other) = (&a.scale, &b.scale);
    let percent = |name: &str, label: &str, a: f64, b: f64| {
        row(format!("scale.{name}"), label, "%", Tag::Measured, (Some(a * 100.0), Some(b * 100.0)), EXACT)
    };
    let rows = vec![
        percent("host_cpu", "CPU of nodes and generator", one.host_cpu, other.host_cpu),
        percent("chain_error", "error along a chain of calls (limit 1.5%)", one.chain_error, other.chain_error),
        percent("overrun", "answers later than promised (limit 4%)", one.overrun, other.overrun),
        row(
            "scale.generator_late_ms".into(),
            "generator late, median",
            "ms",
            Tag::Measured,
            (Some(one.generator_late_ms), Some(other.generator_late_ms)),
            PRECISION,
        ),
        row(
            "scale.processes".into(),
            "processes",
            "",
            Tag::Measured,
            (Some(f64::from(one.processes)), Some(f64::from(other.processes))),
            EXACT,
        ),
    ];
    group("The laptop", "whether the two may be trusted", rows)
}
