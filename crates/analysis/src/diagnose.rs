//! What is wrong with a drawing: every finding names the part, the reason and a remedy. Never refuses a sketch; the compiler is the gate.
//! Findings come in a stable order: severity, then drawing order.
//!
//! | module | what it looks at |
//! |---|---|
//! | `parts` | each component by itself: id, role, instances, settings |
//! | `ports` | each link and each port |
//! | `paths` | the whole graph: unreachable parts, circles of calls, unanswered operations |
//! | `losses` | what stops when one instance goes: single points of failure, shards and partitions without a copy |
//! | `faults` | whether what the scenario breaks is there to break |
//! | `timelines` | whether the choices of feed, fan-out and tweets belong together |

use std::collections::BTreeMap;

use loadline_model::catalog::{self, Role};
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::{Component, SettingValue, Sketch};

mod faults;
mod losses;
mod parts;
mod paths;
mod ports;
mod timelines;

/// Everything that is wrong with `sketch`; with a scenario, also whether somebody answers what it asks.
pub fn diagnose(sketch: &Sketch, scenario: Option<&Scenario>) -> Vec<Diagnostic> {
    let drawing = Drawing::new(sketch);
    let mut found = Vec::new();
    parts::check(&drawing, &mut found);
    ports::check(&drawing, &mut found);
    paths::check(&drawing, scenario, &mut found);
    timelines::check(&drawing, &mut found);
    if let Some(scenario) = scenario {
        faults::check(sketch, scenario, &mut found);
    }
    found.sort_by_key(|d| (d.severity, d.component.as_deref().map_or(0, |id| drawing.index.get(id).map_or(usize::MAX, |at| at + 1))));
    found
}

/// A link that fills a port, by positions in the sketch.
#[derive(Debug, Clone, Copy)]
struct Wire<'a> {
    from: usize,
    to: usize,
    holder: usize,
    filler: usize,
    port: &'a catalog::Port,
}

/// The sketch with its lookups made once.
struct Drawing<'a> {
    sketch: &'a Sketch,
    /// First component with an id.
    index: BTreeMap<&'a str, usize>,
    /// Links that fill a port, each once.
    wires: Vec<Wire<'a>>,
}

impl<'a> Drawing<'a> {
    fn new(sketch: &'a Sketch) -> Self {
        let mut index = BTreeMap::new();
        for (at, component) in sketch.components.iter().enumerate() {
            index.entry(component.id.as_str()).or_insert(at);
        }
        let mut drawing = Self { sketch, index, wires: Vec::new() };
        let mut links: Vec<_> = sketch.links.iter().collect();
        let mut seen = std::collections::BTreeSet::new();
        links.retain(|link| seen.insert(*link));
        for link in links {
            let (Some(&from), Some(&to)) = (drawing.index.get(link.from.as_str()), drawing.index.get(link.to.as_str())) else { continue };
            if let Some(target) = link.target(sketch)
                && let Some(&holder) = drawing.index.get(target.holder)
                && let Some(&filler) = drawing.index.get(target.filler)
                && let Some(port) = drawing.role(holder).and_then(|role| role.port(&link.port))
            {
                drawing.wires.push(Wire { from, to, holder, filler, port });
            }
        }
        drawing
    }

    fn part(&self, at: usize) -> &'a Component {
        &self.sketch.components[at]
    }

    /// False for a namesake: links mean the first part with an id.
    fn is_first(&self, at: usize) -> bool {
        self.index.get(self.part(at).id.as_str()) == Some(&at)
    }

    fn role(&self, at: usize) -> Option<&'static Role> {
        catalog::role(&self.part(at).role)
    }

    /// Positions of the components with this role.
    fn with_role<'s>(&'s self, role: &'s str) -> impl Iterator<Item = usize> + 's {
        self.sketch.components.iter().enumerate().filter(move |(_, c)| c.role == role).map(|(at, _)| at)
    }

    /// What fills a port of a component.
    fn fillers<'s>(&'s self, holder: usize, port: &'s str) -> impl Iterator<Item = usize> + 's {
        self.wires.iter().filter(move |w| w.holder == holder && w.port.name == port).map(|w| w.filler)
    }

    /// Instances in a run: those that are drawn, or the real servers in their place.
    fn instances(&self, at: usize) -> u32 {
        match self.real_engines(at) {
            0 => self.part(at).instances.max(1),
            real => real,
        }
    }

    /// True when real servers of this machine stand in for the instances.
    fn is_real(&self, at: usize) -> bool {
        self.real_engines(at) > 0
    }

    fn real_engines(&self, at: usize) -> u32 {
        self.role(at).map_or(0, |role| role.engines(&role.resolve(&self.part(at).settings)).len() as u32)
    }

    /// The setting in force: the sketch's when it fits, the catalog's otherwise.
    fn in_force(&self, at: usize, name: &str) -> Option<SettingValue> {
        let setting = self.role(at).and_then(|role| role.setting(name))?;
        let given = self.part(at).settings.get(name).filter(|value| setting.check(value).is_ok());
        Some(given.unwrap_or(&setting.default).clone())
    }

    /// A word that is in force; empty when there is none.
    fn word(&self, at: usize, name: &str) -> String {
        self.in_force(at, name).and_then(|value| value.as_word().map(str::to_owned)).unwrap_or_default()
    }

    /// A number that is in force.
    fn number(&self, at: usize, name: &str) -> Option<f64> {
        self.in_force(at, name).and_then(|value| value.as_number())
    }

    fn finding(&self, severity: Severity, code: &str, at: usize, reason: String, remedy: impl Into<String>) -> Diagnostic {
        Diagnostic::new(severity, code, Some(&self.part(at).id), format!("{}: {reason}", self.part(at).name), remedy)
    }
}

/// `KV cache`, `SQL replicas or SQL primary`, `A, B or C`.
fn or_list<T: AsRef<str>>(words: &[T]) -> String {
    join(words, "or")
}

/// `A and B`, `A, B and C`.
fn and_list<T: AsRef<str>>(words: &[T]) -> String {
    join(words, "and")
}

fn join<T: AsRef<str>>(words: &[T], last_word: &str) -> String {
    let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
    match words.split_last() {
        None => "nothing".to_owned(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, rest)) => format!("{} {last_word} {last}", rest.join(", ")),
    }
}

/// Names of roles as the palette shows them.
fn role_names(ids: &[&str]) -> Vec<&'static str> {
    ids.iter().filter_map(|id| catalog::role(id)).map(|role| role.name).collect()
}

#[cfg(test)]
mod tests;
