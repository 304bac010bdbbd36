//! The later sections of a report: the steps of the load, operations, components, events, counts and scale, origins, the drawing that ran.

use loadline_model::report::{NoteLevel, Report};
use loadline_model::words::{counted, grouped};

use super::content::{Block, Cell, Section, Table};
use super::words::{figure, number, ratio, share, spaced, tag};

pub(super) fn sections(report: &Report) -> Vec<Section<'_>> {
    let all =
        [steps(report), operations(report), components(report), events(report), Some(scale(report)), figures(report), drawing(report)];
    all.into_iter().flatten().collect()
}

fn steps(report: &Report) -> Option<Section<'_>> {
    let rows = report.steps.iter().map(|step| {
        vec![
            Cell::Made(figure(Some(step.rate_per_s), "/s")),
            Cell::Made(share(step.utilisation)),
            Cell::Made(share(step.utilisation_modelled)),
            Cell::Made(figure(step.mean_ms, "ms")),
            Cell::Made(figure(step.mean_ms_modelled, "ms")),
            Cell::Made(figure(step.p99_ms, "ms")),
            Cell::Made(grouped(step.failed)),
        ]
    });
    let head = vec![
        ("offered", true),
        ("busiest ●", true),
        ("busiest ○", true),
        ("mean ●", true),
        ("mean ○", true),
        ("p99 ●", true),
        ("failed ●", true),
    ];
    (report.steps.len() > 1)
        .then(|| Section { title: "Steps of the load", blocks: vec![Block::Table(Table { head, rows: rows.collect() })] })
}

fn operations(report: &Report) -> Option<Section<'_>> {
    let rows = report.operations.values().map(|operation| {
        let ms = |of: fn(loadline_model::report::Latency) -> f64| Cell::Made(figure(operation.latency_ms.map(of), "ms"));
        vec![
            Cell::Given(&operation.label),
            Cell::Made(grouped(operation.count)),
            ms(|l| l.mean),
            ms(|l| l.p50),
            ms(|l| l.p95),
            ms(|l| l.p99),
            ms(|l| l.max),
        ]
    });
    let head = vec![("Operation", false), ("answers", true), ("mean", true), ("p50", true), ("p95", true), ("p99", true), ("max", true)];
    let remark = "Latency in life time, counted from the moment a request was due. ● measured, histograms with three digits.";
    let mut blocks = vec![Block::Text(remark.to_owned()), Block::Table(Table { head, rows: rows.collect() })];
    let curves = report.operations.values().filter(|operation| operation.curve.len() > 1);
    let curves: Vec<_> = curves.map(|operation| (operation.label.as_str(), operation.curve.as_slice())).collect();
    if !curves.is_empty() {
        blocks.push(Block::Curves(curves));
    }
    (!report.operations.is_empty()).then_some(Section { title: "Operations", blocks })
}

fn components(report: &Report) -> Option<Section<'_>> {
    let rows = report.components.values().map(|component| {
        vec![
            Cell::Made(format!("{} ×{}", component.name, component.instances)),
            Cell::Bar(component.utilisation, share(Some(component.utilisation))),
            Cell::Made(share(component.utilisation_modelled)),
            Cell::Made(number(component.queue_p99)),
            Cell::Made(figure(component.wait_ms_p99, "ms")),
            Cell::Made(figure(Some(component.asked_per_s), "/s")),
            Cell::Made(figure(Some(component.served_per_s), "/s")),
            if component.refused > 0 { Cell::Strong(grouped(component.refused)) } else { Cell::Made("0".to_owned()) },
            Cell::Made(component.hit_ratio.map_or(String::new(), |hits| share(Some(hits)))),
            Cell::Made(figure(Some(component.cpu_s), "s")),
            Cell::Made(figure(Some(component.rss_mb), "MB")),
        ]
    });
    let head = vec![
        ("Component", false),
        ("busy ●", true),
        ("expected ○", true),
        ("queue p99 ●", true),
        ("wait p99 ●", true),
        ("asked ●", true),
        ("served ●", true),
        ("refused ●", true),
        ("hits ●", true),
        ("CPU ●", true),
        ("memory ●", true),
    ];
    (!report.components.is_empty())
        .then(|| Section { title: "Components", blocks: vec![Block::Table(Table { head, rows: rows.collect() })] })
}

fn events(report: &Report) -> Option<Section<'_>> {
    let rows = report.events.iter().map(|event| {
        let level = match event.level {
            NoteLevel::Info => "",
            NoteLevel::Good => "good",
            NoteLevel::Warning => "look",
            NoteLevel::Bad => "bad",
        };
        vec![Cell::Made(format!("{:.1} s", event.t_s)), Cell::Given(level), Cell::Given(&event.text)]
    });
    let head = vec![("at", true), ("", false), ("what happened", false)];
    (!report.events.is_empty()).then(|| Section { title: "Events", blocks: vec![Block::Table(Table { head, rows: rows.collect() })] })
}

/// Every request accounted for, and how the run relates to life and to the laptop.
fn scale(report: &Report) -> Section<'_> {
    let (load, scale) = (&report.load, &report.scale);
    let sum = |what: &'static str, total: u64, parts: &[u64], holds: bool| {
        let parts: Vec<String> = parts.iter().map(|part| grouped(*part)).collect();
        let sum = format!("{} = {}", grouped(total), if parts.is_empty() { "0".to_owned() } else { parts.join(" + ") });
        vec![
            Cell::Given(what),
            Cell::Made(sum),
            if holds { Cell::Made("holds".to_owned()) } else { Cell::Strong("does not add up".to_owned()) },
        ]
    };
    // Counts of a file may be anything: a sum that overflows does not hold.
    let holds = |total: u64, parts: &[u64]| parts.iter().try_fold(0_u64, |sum, part| sum.checked_add(*part)) == Some(total);
    let failures: Vec<u64> = load.failures.iter().map(|failure| failure.count).collect();
    let (sent, answered) = ([load.sent, load.dropped], [load.ok, load.late, load.failed]);
    let mut rows = vec![
        sum("Scheduled = sent + dropped", load.scheduled, &sent, holds(load.scheduled, &sent)),
        sum("Sent = ok + late + failed", load.sent, &answered, holds(load.sent, &answered)),
        sum("Failed = by component and reason", load.failed, &failures, holds(load.failed, &failures)),
    ];
    for failure in &load.failures {
        let name = report.components.get(&failure.component).map_or(&failure.component, |component| &component.name);
        let what = format!("failed at {name}: {}", spaced(&failure.reason));
        rows.push(vec![Cell::Made(what), Cell::Made(grouped(failure.count)), Cell::Given("")]);
    }
    let counts = Table { head: vec![("Requests ●", false), ("count", true), ("", false)], rows };
    let instances =
        if scale.slice == 1.0 { "all".to_owned() } else { format!("1/{0} of the traffic on 1/{0} of the instances", number(scale.slice)) };
    let pace = if scale.dilation == 1.0 { "at life speed".to_owned() } else { format!("{} slower than life", ratio(Some(scale.dilation))) };
    let seconds = |s: f64| figure(Some(s), "s");
    let facts: [(&'static str, String); 8] = [
        ("Instances", instances),
        ("Speed", pace),
        ("Time under load", format!("{} here, {} of life", seconds(scale.wall_s), seconds(scale.life_s))),
        ("Processes", format!("{}, healthy in {}", counted(scale.processes as usize, "process"), seconds(scale.healthy_s))),
        ("Laptop’s CPU, mean", share(Some(scale.host_cpu))),
        ("Answers later than promised, worst component (limit 4%)", share(Some(scale.overrun))),
        ("Error along a chain of calls, worst operation (limit 1.5%)", share(Some(scale.chain_error))),
        ("Generator late, median, wall time", figure(Some(scale.generator_late_ms), "ms")),
    ];
    let rows = facts.into_iter().map(|(what, value)| vec![Cell::Given(what), Cell::Made(value)]).collect();
    let facts = Table { head: vec![("Scale ●", false), ("", true)], rows };
    Section { title: "Load and scale", blocks: vec![Block::Table(counts), Block::Table(facts)] }
}

fn figures(report: &Report) -> Option<Section<'_>> {
    let rows = report.figures.iter().map(|each| {
        vec![Cell::Given(&each.name), Cell::Made(figure(each.value, &each.unit)), Cell::Given(tag(each.tag)), Cell::Given(&each.source)]
    });
    let head = vec![("Figure", false), ("value", true), ("origin", false), ("run, formula or source", false)];
    (!report.figures.is_empty())
        .then(|| Section { title: "Figures and origins", blocks: vec![Block::Table(Table { head, rows: rows.collect() })] })
}

fn drawing(report: &Report) -> Option<Section<'_>> {
    let sketch = report.sketch.as_ref().filter(|sketch| !sketch.components.is_empty())?;
    let name = |id: &str| sketch.component(id).map_or(id.to_owned(), |component| component.name.clone());
    let links = |id: &str| {
        let links = sketch.links.iter().filter(|link| link.from == id);
        let links: Vec<String> = links.map(|link| format!("{} ({})", name(&link.to), spaced(&link.port))).collect();
        links.join(", ")
    };
    let settings = |component: &loadline_model::sketch::Component| {
        use loadline_model::sketch::SettingValue;
        let told = component.settings.iter().map(|(name, value)| match value {
            SettingValue::Switch(on) => format!("{} {}", spaced(name), if *on { "on" } else { "off" }),
            SettingValue::Number(number) => format!("{} {number}", spaced(name)),
            SettingValue::Word(word) => format!("{} {word}", spaced(name)),
        });
        told.collect::<Vec<_>>().join(", ")
    };
    let rows = sketch.components.iter().map(|component| {
        vec![
            Cell::Made(format!("{} ×{}", component.name, component.instances)),
            Cell::Made(spaced(&component.role)),
            Cell::Made(links(&component.id)),
            Cell::Made(settings(component)),
        ]
    });
    let head = vec![("Component", false), ("role", false), ("linked to", false), ("settings that differ from the defaults", false)];
    let blocks = vec![Block::Drawing(sketch, report), Block::Table(Table { head, rows: rows.collect() })];
    Some(Section { title: "The drawing that ran", blocks })
}
