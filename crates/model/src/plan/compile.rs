//! From a drawing to instances: defaults filled in, links turned into ports, what is only drawn passed by.

use std::collections::{BTreeMap, BTreeSet};

use super::{NodeSpec, Plan, Scale};
use crate::catalog::{self, Role};
use crate::sketch::{Component, Link, MAX_INSTANCES, Sketch};

/// Why a drawing cannot be run. The diagnostics say the same earlier and in more words; this is the last gate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    /// No client, or it leads nowhere.
    #[error("nothing runs: link a client to the part that takes its requests")]
    NoEntry,
    /// The catalog does not know the role.
    #[error("{component}: role {role} is not known here: choose one from the palette")]
    UnknownRole {
        /// Component id.
        component: String,
        /// The role.
        role: String,
    },
    /// A port that must be filled is not.
    #[error("{component}: port {port} is empty: link it to one of {accepts}")]
    PortEmpty {
        /// Component id.
        component: String,
        /// The port.
        port: String,
        /// Roles that fill it.
        accepts: String,
    },
    /// More instances than any part may have.
    #[error("{component} has {instances} instances: set 1 to {MAX_INSTANCES}")]
    Instances {
        /// Component id.
        component: String,
        /// How many.
        instances: u32,
    },
    /// Instances cannot be divided by the slice.
    #[error("{component} has {instances} instances, which a slice of {slice} does not divide: choose another slice")]
    Slice {
        /// Component id.
        component: String,
        /// How many.
        instances: u32,
        /// The slice.
        slice: u32,
    },
}

/// A link as a port: `holder` has the port `port`, filled by `filler`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target<'a> {
    /// Component that has the port.
    pub holder: &'a str,
    /// Component that fills it.
    pub filler: &'a str,
}

impl Link {
    /// Which end has the port and which fills it; `None` when neither role knows such a port for the other.
    pub fn target<'a>(&'a self, sketch: &Sketch) -> Option<Target<'a>> {
        let role_of = |id: &str| sketch.component(id).and_then(|c| catalog::role(&c.role));
        let (from, to) = (role_of(&self.from)?, role_of(&self.to)?);
        let fits = |holder: &Role, incoming: bool, filler: &Role| {
            holder.port(&self.port).is_some_and(|port| port.incoming == incoming && port.accepts.contains(&filler.id))
        };
        if fits(from, false, to) {
            Some(Target { holder: &self.from, filler: &self.to })
        } else if fits(to, true, from) {
            Some(Target { holder: &self.to, filler: &self.from })
        } else {
            None
        }
    }
}

/// Makes a sketch runnable at `scale`. Components that are only drawn are listed in `not_run`.
pub fn compile(sketch: &Sketch, scale: Scale) -> Result<Plan, CompileError> {
    let mut ports: BTreeMap<&str, BTreeMap<&str, Vec<&Component>>> = BTreeMap::new();
    for link in &sketch.links {
        if let Some(target) = link.target(sketch)
            && let Some(filler) = sketch.component(target.filler)
        {
            // A link that is drawn twice is one.
            let fillers = ports.entry(target.holder).or_default().entry(&link.port).or_default();
            if !fillers.iter().any(|known| known.id == filler.id) {
                fillers.push(filler);
            }
        }
    }
    let slice = scale.slice.max(1.0) as u32;
    let mut not_run = Vec::new();
    let mut nodes = Vec::new();
    let mut entry = Vec::new();
    let mut real = BTreeMap::new();
    for component in &sketch.components {
        let unknown = || CompileError::UnknownRole { component: component.id.clone(), role: component.role.clone() };
        let role = catalog::role(&component.role).ok_or_else(unknown)?;
        let held = ports.get(component.id.as_str());
        let filled = |port: &str| held.and_then(|held| held.get(port)).map(Vec::as_slice).unwrap_or_default();
        if role.id == "client" {
            entry.extend(filled("entry").iter().flat_map(|target| past_drawn(sketch, target)));
            continue;
        }
        if !role.runs {
            not_run.push((component.id.clone(), "drawn only: does not run yet".to_owned()));
            continue;
        }
        if let Some(port) = role.ports.iter().find(|port| port.required && filled(port.name).is_empty()) {
            let (component, accepts) = (component.id.clone(), port.accepts.join(", "));
            return Err(CompileError::PortEmpty { component, port: port.name.to_owned(), accepts });
        }
        let instances = sliced(component, slice)?;
        let settings = role.resolve(&component.settings);
        real.extend(instance_ids(component, instances).into_iter().zip(role.engines(&settings)));
        let envelope = role.envelope(&settings);
        let mut wired = BTreeMap::new();
        for port in &role.ports {
            let mut ids = Vec::new();
            for target in filled(port.name).iter().flat_map(|target| past_drawn(sketch, target)) {
                ids.extend(instance_ids(target, sliced(target, slice)?));
            }
            if !ids.is_empty() {
                wired.insert(port.name.to_owned(), ids);
            }
        }
        if role.id == "log" {
            wired.insert("members".to_owned(), instance_ids(component, instances));
        }
        nodes.extend(instance_ids(component, instances).into_iter().enumerate().map(|(instance, id)| NodeSpec {
            id,
            component: component.id.clone(),
            role: component.role.clone(),
            instance: instance as u32,
            instances,
            envelope: envelope.clone(),
            settings: settings.clone(),
            ports: wired.clone(),
        }));
    }
    let mut entry_ids = Vec::new();
    for component in entry {
        entry_ids.extend(instance_ids(component, sliced(component, slice)?));
    }
    if entry_ids.is_empty() {
        return Err(CompileError::NoEntry);
    }
    Ok(Plan { scale, nodes, entry: entry_ids, not_run, engines: real })
}

fn instance_ids(component: &Component, instances: u32) -> Vec<String> {
    (1..=instances).map(|number| format!("{}-{number}", component.id)).collect()
}

/// Instances in the run: a share of those drawn, or as many as there are real servers in their place, which no slice divides.
fn sliced(component: &Component, slice: u32) -> Result<u32, CompileError> {
    let real = catalog::role(&component.role).map_or(0, |role| role.engines(&role.resolve(&component.settings)).len());
    if real > 0 {
        return Ok(real as u32);
    }
    let instances = component.instances.max(1);
    if instances > MAX_INSTANCES {
        return Err(CompileError::Instances { component: component.id.clone(), instances });
    }
    if instances.is_multiple_of(slice) {
        Ok(instances / slice)
    } else {
        Err(CompileError::Slice { component: component.id.clone(), instances, slice })
    }
}

/// The component itself, or what lies behind it when it is only drawn (an edge cache passes requests on to its origin), each once and in the
/// order of the links: drawn parts may lead to each other in a circle.
fn past_drawn<'a>(sketch: &'a Sketch, component: &'a Component) -> Vec<&'a Component> {
    let (mut found, mut seen, mut ahead) = (Vec::new(), BTreeSet::new(), vec![component]);
    while let Some(next) = ahead.pop() {
        if !seen.insert(next.id.as_str()) {
            continue;
        }
        if catalog::role(&next.role).is_some_and(|role| role.runs) {
            found.push(next);
        } else {
            let behind = sketch.links.iter().rev().filter(|link| link.from == next.id);
            ahead.extend(behind.filter_map(|link| sketch.component(&link.to)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: Scale = Scale { slice: 1.0, dilation: 1.0 };

    /// Parts as `id:role` with one instance each, links as `from>to:port`.
    fn sketch(parts: &[&str], links: &[&str]) -> Sketch {
        let part = |text: &&str| {
            let (id, role) = text.split_once(':').unwrap();
            let (id, role) = (id.to_owned(), role.to_owned());
            Component { name: id.clone(), id, role, instances: 1, settings: BTreeMap::new(), at: (0.0, 0.0) }
        };
        let link = |text: &&str| {
            let (ends, port) = text.split_once(':').unwrap();
            let (from, to) = ends.split_once('>').unwrap();
            Link { from: from.to_owned(), to: to.to_owned(), port: port.to_owned() }
        };
        Sketch { components: parts.iter().map(part).collect(), links: links.iter().map(link).collect(), ..Sketch::empty("S") }
    }

    #[test]
    fn more_instances_than_can_be_drawn_are_refused_before_any_is_made() {
        let mut sketch = sketch(&["c:client", "w:work"], &["c>w:entry"]);
        for (at, reached) in [(1, true), (1, false)] {
            sketch.components[at].instances = u32::MAX;
            if !reached {
                sketch.links.clear();
            }
            let reason = compile(&sketch, LIFE).unwrap_err().to_string();
            assert_eq!(reason, "w has 4294967295 instances: set 1 to 64");
        }
        sketch.components[1].instances = MAX_INSTANCES;
        sketch.links.push(Link { from: "c".into(), to: "w".into(), port: "entry".into() });
        assert_eq!(compile(&sketch, LIFE).unwrap().nodes.len(), 64);
    }

    #[test]
    fn a_link_drawn_twice_is_one() {
        let plan = compile(&sketch(&["c:client", "a:work", "b:work"], &["c>a:entry", "c>a:entry", "a>b:next", "a>b:next"]), LIFE).unwrap();
        assert_eq!(plan.entry, ["a-1"]);
        assert_eq!(plan.component("a").unwrap().ports["next"], ["b-1"]);
    }

    #[test]
    fn drawn_parts_that_lead_to_each_other_end() {
        let around = ["c>e:entry", "e>f:origin", "f>e:origin", "e>e:origin", "f>w:origin", "e>w:origin"];
        // Many of each: followed one by one they would be 5000 to the power of the depth.
        let links: Vec<&str> = around.iter().copied().chain(std::iter::repeat_n("e>e:origin", 5000)).collect();
        let plan = compile(&sketch(&["c:client", "e:edge_cache", "f:edge_cache", "w:work"], &links), LIFE).unwrap();
        assert_eq!(plan.entry, ["w-1"]);
    }
}
