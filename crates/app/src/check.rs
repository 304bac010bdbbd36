//! What can be said while drawing: findings, what each part can do, and what a run takes. Never how loaded anything will be.

use std::collections::BTreeMap;

use loadline_analysis::{capacity, diagnose};
use loadline_model::catalog;
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::plan::NodeSpec;
use loadline_model::scenario::Scenario;
use loadline_model::sketch::{Component, Sketch};

use crate::contract::{Ability, AbilityLine, Check, Predictions, RpcError, RunWish};
use crate::run::share::Laptop;
use crate::run::{RunSpec, prepare};

/// Checks `sketch` for `scenario`, to be run on the usual share of this machine.
pub fn check(exercise: &str, sketch: &Sketch, scenario: &Scenario, wish: &RunWish) -> Result<Check, RpcError> {
    check_on(exercise, sketch, scenario, wish, prepare::this_host().into())
}

/// The same, on as much of the laptop as is said.
pub fn check_on(exercise: &str, sketch: &Sketch, scenario: &Scenario, wish: &RunWish, laptop: Laptop) -> Result<Check, RpcError> {
    let diagnostics = diagnose(sketch, Some(scenario));
    let imposed = scenario.imposed_on(sketch);
    let abilities = imposed.components.iter().filter_map(|c| Some((c.id.clone(), ability(c, scenario)?))).collect();
    let runs = !diagnostics.iter().any(|d| d.severity == Severity::Error);
    let plan = if runs {
        let spec = RunSpec::new(exercise, &sketch.title, sketch.clone(), scenario.clone(), wish, Predictions::default())?;
        Some(prepare::preview(&spec, laptop)?)
    } else {
        None
    };
    Ok(Check { diagnostics, abilities, plan })
}

/// What is wrong with a drawing by itself, without a scenario.
pub fn findings(sketch: &Sketch) -> Vec<Diagnostic> {
    diagnose(sketch, None)
}

/// What each box of a picture says under its name: as on the canvas. Without a scenario nobody knows what the client asks.
pub fn says(sketch: &Sketch, scenario: Option<&Scenario>) -> BTreeMap<String, [String; 2]> {
    let said = |component: &Component| {
        let Ability { short, each, .. } = match (scenario, component.role == "client") {
            (Some(scenario), true) => client(scenario),
            (None, true) => return None,
            (_, false) => what_it_can_do(component)?,
        };
        Some((component.id.clone(), [short, each]))
    };
    sketch.components.iter().filter_map(said).collect()
}

/// What is wrong with a drawing, for a scenario where there is one.
pub fn findings_for(sketch: &Sketch, scenario: Option<&Scenario>) -> Vec<Diagnostic> {
    diagnose(sketch, scenario)
}

fn ability(component: &Component, scenario: &Scenario) -> Option<Ability> {
    if component.role == "client" { Some(client(scenario)) } else { what_it_can_do(component) }
}

fn client(scenario: &Scenario) -> Ability {
    let users = short_count(scenario.population.users as f64);
    let each = format!("{} requests/s", short_count(scenario.total_per_s()));
    Ability { short: format!("{users} users"), each, lines: Vec::new() }
}

fn what_it_can_do(component: &Component) -> Option<Ability> {
    let role = catalog::role(&component.role)?;
    if !role.runs {
        return Some(Ability { short: "drawn only".into(), each: "does not run yet".into(), lines: Vec::new() });
    }
    let settings = role.resolve(&component.settings);
    let node = NodeSpec {
        id: component.id.clone(),
        component: component.id.clone(),
        role: component.role.clone(),
        instance: 0,
        instances: component.instances,
        envelope: role.envelope(&settings),
        settings,
        ports: BTreeMap::new(),
    };
    let capacities = capacity(&node, 1.0);
    let main = capacities.first()?;
    let workers = node.envelope.workers;
    let mean_ms = node.envelope.mean_ms(&main.operation).unwrap_or(0.0);
    Some(Ability {
        short: format!("{workers} worker{}, {} ms", if workers == 1 { "" } else { "s" }, short_ms(mean_ms)),
        each: format!("{}{}/s each", if main.at_most { "at most " } else { "" }, short_count(main.each_per_s)),
        lines: capacities.into_iter().map(|c| AbilityLine { operation: c.label, text: c.text }).collect(),
    })
}

/// `6.7K`, `22.4K`, `100M`: three digits at most.
fn short_count(n: f64) -> String {
    let (value, suffix) = match n {
        n if n >= 1e9 => (n / 1e9, "B"),
        n if n >= 1e6 => (n / 1e6, "M"),
        n if n >= 1e3 => (n / 1e3, "K"),
        n => (n, ""),
    };
    let text = if value >= 100.0 || value.fract() < 0.05 { format!("{value:.0}") } else { format!("{value:.1}") };
    format!("{text}{suffix}")
}

/// Up to three decimals, without trailing zeros.
fn short_ms(ms: f64) -> String {
    let text = format!("{ms:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_short() {
        assert_eq!(short_count(6_666.7), "6.7K");
        assert_eq!(short_count(22_400.0), "22.4K");
        assert_eq!(short_count(100_000_000.0), "100M");
        assert_eq!(short_count(3.0), "3");
        assert_eq!((short_ms(1.25), short_ms(0.05), short_ms(4.0)), ("1.25".into(), "0.05".into(), "4".into()));
    }
}
