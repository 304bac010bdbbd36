//! Each link and each port: where links end, whether they fit, what is empty, what is filled twice.

use std::collections::{BTreeMap, BTreeSet};

use loadline_model::catalog::{Port, Role};
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::sketch::Link;

use super::{Drawing, or_list, paths, role_names};

pub(super) fn check(drawing: &Drawing<'_>, found: &mut Vec<Diagnostic>) {
    links(drawing, found);
    several(drawing, found);
    empty(drawing, found);
}

fn links(drawing: &Drawing<'_>, found: &mut Vec<Diagnostic>) {
    let mut seen: BTreeMap<&Link, u32> = BTreeMap::new();
    for link in &drawing.sketch.links {
        let times = seen.entry(link).or_default();
        *times += 1;
        if *times > 1 {
            if *times == 2
                && let Some(&at) = drawing.index.get(link.from.as_str())
            {
                let reason = format!("linked to `{}` by {} more than once.", link.to, link.port);
                found.push(drawing.finding(Severity::Warning, "link_twice", at, reason, "Delete all but one of these links."));
            }
            continue;
        }
        let (from, to) = (drawing.index.get(link.from.as_str()).copied(), drawing.index.get(link.to.as_str()).copied());
        let (Some(from), Some(to)) = (from, to) else {
            let missing = if from.is_none() { &link.from } else { &link.to };
            let reason = format!("The link {} from `{}` to `{}` ends at nothing: there is no `{missing}`.", link.port, link.from, link.to);
            let at = from.or(to).map(|at| drawing.part(at).id.as_str());
            found.push(Diagnostic::new(Severity::Error, "link_dangling", at, reason, "Delete the link, or draw the part it names."));
            continue;
        };
        if link.target(drawing.sketch).is_some() {
            continue;
        }
        // An unknown role is a finding of its own; nothing more can be said of its links.
        let (Some(from_role), Some(to_role)) = (drawing.role(from), drawing.role(to)) else { continue };
        let outgoing = from_role.port(&link.port).filter(|port| !port.incoming).map(|port| (from, port));
        let incoming = to_role.port(&link.port).filter(|port| port.incoming).map(|port| (to, port));
        let fits = fitting(from_role, to_role);
        if let Some((holder, port)) = outgoing.or(incoming) {
            let other = if holder == from { to_role } else { from_role };
            let accepts = or_list(&role_names(&port.accepts));
            let reason = format!("port {} takes {accepts}, not {}.", port.name, other.name);
            let remedy = match fits.as_slice() {
                [] => format!("Link {} to {accepts}.", port.name),
                fits => format!("Between these two, use {}.", or_list(fits)),
            };
            found.push(drawing.finding(Severity::Error, "port_does_not_fit", holder, reason, remedy));
        } else {
            let reason = format!("it has no port `{}` towards {}.", link.port, drawing.part(to).name);
            let remedy = match fits.as_slice() {
                [] => format!("Delete the link: nothing goes from {} to {}.", from_role.name, to_role.name),
                fits => format!("Between these two, use {}.", or_list(fits)),
            };
            found.push(drawing.finding(Severity::Error, "port_unknown", from, reason, remedy));
        }
    }
}

/// Ports that a link between these two can fill.
fn fitting(from: &Role, to: &Role) -> Vec<&'static str> {
    let fits = |port: &&Port, incoming: bool, other: &Role| port.incoming == incoming && port.accepts.contains(&other.id);
    let outgoing = from.ports.iter().filter(|port| fits(port, false, to));
    outgoing.chain(to.ports.iter().filter(|port| fits(port, true, from))).map(|port| port.name).collect()
}

fn several(drawing: &Drawing<'_>, found: &mut Vec<Diagnostic>) {
    let mut fillers: BTreeMap<(usize, &str), BTreeSet<usize>> = BTreeMap::new();
    for wire in drawing.wires.iter().filter(|wire| !wire.port.many) {
        fillers.entry((wire.holder, wire.port.name)).or_default().insert(wire.filler);
    }
    for ((holder, port), fillers) in fillers.into_iter().filter(|(_, fillers)| fillers.len() > 1) {
        let names: Vec<&str> = fillers.iter().map(|at| drawing.part(*at).name.as_str()).collect();
        let reason = format!("port {port} has {} links ({}) and takes one.", names.len(), names.join(", "));
        let remedy = "Keep one. To share the work, add instances to it, or put a load balancer in between.";
        found.push(drawing.finding(Severity::Error, "port_full", holder, reason, remedy));
    }
}

fn empty(drawing: &Drawing<'_>, found: &mut Vec<Diagnostic>) {
    let filled: BTreeSet<(usize, &str)> = drawing.wires.iter().map(|wire| (wire.holder, wire.port.name)).collect();
    let reach = paths::Reach::new(drawing);
    for at in 0..drawing.sketch.components.len() {
        let Some(role) = drawing.role(at).filter(|_| drawing.is_first(at)) else { continue };
        let mut leading = None;
        for port in role.ports.iter().filter(|port| !filled.contains(&(at, port.name))) {
            let accepts = or_list(&role_names(&port.accepts));
            if port.required {
                let remedy = format!("Link {accepts} to it. {}", port.summary);
                found.push(drawing.finding(Severity::Error, "port_empty", at, format!("port {} is empty.", port.name), remedy));
            } else if role.runs {
                // Worth a word only when something that fits is drawn already, and linking it would close no circle.
                let leading = leading.get_or_insert_with(|| reach.leading_to(at));
                let candidate = (0..drawing.sketch.components.len()).find(|other| {
                    !leading[*other] && port.accepts.contains(&drawing.part(*other).role.as_str()) && drawing.is_first(*other)
                });
                if let Some(candidate) = candidate {
                    let reason = format!("port {} is empty. {}", port.name, port.summary);
                    let remedy = format!("Link {} to it, if that is what you mean.", drawing.part(candidate).name);
                    found.push(drawing.finding(Severity::Note, "port_unused", at, reason, remedy));
                }
            }
        }
    }
}
