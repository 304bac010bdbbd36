//! What was asked for as much as it can do, or more, as worked arithmetic: who asked, what one instance can do, what that makes.

use loadline_analysis::capacity::rate;
use loadline_model::report::{ComponentReport, Saturation, SaturationLine, Tag};
use loadline_model::words::grouped;

use super::{Components, Facts};

/// A component busier than this is named.
const SATURATED: f64 = 0.95;

pub(super) fn saturated(facts: &Facts<'_>, components: &Components) -> Vec<Saturation> {
    let mut worst: Vec<(&String, &ComponentReport)> =
        components.iter().filter(|(_, c)| c.utilisation >= SATURATED || c.refused > 0).collect();
    let pressure = |c: &ComponentReport| c.utilisation_modelled.unwrap_or(c.utilisation).max(c.utilisation);
    worst.sort_by(|a, b| pressure(b.1).total_cmp(&pressure(a.1)));
    worst.into_iter().map(|(id, component)| Saturation { component: id.clone(), lines: lines(facts, id, component) }).collect()
}

fn lines(facts: &Facts<'_>, id: &str, component: &ComponentReport) -> Vec<SaturationLine> {
    let plan = &facts.prepared.plan;
    let mut lines = vec![line("Asked", rate(component.asked_per_s), Tag::Measured)];
    if let Some(node) = plan.component(id) {
        for capacity in loadline_analysis::capacity(node, plan.scale.slice) {
            lines.push(line(&format!("Can do, {}", capacity.label.to_lowercase()), capacity.text, Tag::Modelled));
        }
    }
    lines.push(line(
        "Served",
        format!("{}, workers busy {:.0}%", rate(component.served_per_s), component.utilisation * 100.0),
        Tag::Measured,
    ));
    if component.refused > 0 {
        let refused = component.asked_per_s - component.served_per_s;
        lines.push(line("Refused, queue full", format!("{} in all, {}", grouped(component.refused), rate(refused)), Tag::Measured));
    }
    if let Some(wait_ms) = component.wait_ms_p50 {
        lines.push(line("Wait in queue, p50", format!("{wait_ms:.1} ms"), Tag::Measured));
    }
    if let Some(expected) = component.utilisation_modelled {
        lines.push(line("Expected of it", format!("{:.0}% of what it can do", expected * 100.0), Tag::Modelled));
    }
    lines
}

fn line(label: &str, text: String, tag: Tag) -> SaturationLine {
    SaturationLine { label: label.to_owned(), text, tag }
}
