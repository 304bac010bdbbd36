//! Whether what the scenario breaks is there to break. A drawing without it still runs: what is not drawn cannot fail, and that can be the point.

use std::collections::BTreeSet;

use loadline_model::catalog;
use loadline_model::diagnostic::{Diagnostic, Severity};
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

pub(super) fn check(sketch: &Sketch, scenario: &Scenario, found: &mut Vec<Diagnostic>) {
    let mut said = BTreeSet::new();
    for fault in &scenario.faults {
        if fault.node(sketch).is_some() || !said.insert((&fault.component, fault.instance)) {
            continue;
        }
        let title = &scenario.title;
        let diagnostic = match fault.target(sketch) {
            Some(component) => Diagnostic::new(
                Severity::Warning,
                "fault_without_instance",
                Some(&component.id),
                format!(
                    "{title} kills instance {} of {}, which has {}. It will not happen.",
                    fault.instance, component.name, component.instances
                ),
                format!("Draw {} instances, or run another scenario.", fault.instance),
            ),
            None => {
                let name = catalog::role(&fault.component).map_or(fault.component.as_str(), |role| role.name);
                Diagnostic::new(
                    Severity::Warning,
                    "fault_without_component",
                    None,
                    format!("{title} kills an instance of {name}, and nothing like it is drawn. It will not happen."),
                    format!("Draw {name} to see what losing one costs, or run it as it is for comparison."),
                )
            }
        };
        found.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use loadline_model::scenario::{FaultKind, ScenarioFault};

    use crate::fixtures::{scenario, sketch};

    #[track_caller]
    fn check(component: &str, instance: u32, code: Option<&str>) {
        let sketch = sketch(&[("client", "client", 1), ("service", "work", 2)], &[("client", "service", "entry")]);
        let mut scenario = scenario(&[("work", "work", "work", 1.0)]);
        let fault = |kind, at_s| ScenarioFault { kind, component: component.into(), instance, at_s };
        scenario.faults = vec![fault(FaultKind::Kill, 3.0), fault(FaultKind::Restart, 6.0)];
        let found = super::super::diagnose(&sketch, Some(&scenario));
        let codes: Vec<&str> = found.iter().map(|d| d.code.as_str()).filter(|code| code.starts_with("fault")).collect();
        assert_eq!(codes, code.into_iter().collect::<Vec<_>>(), "{found:#?}");
    }

    #[test]
    fn what_is_not_drawn_cannot_be_killed() {
        check("service", 2, None);
        check("work", 1, None);
        check("service", 3, Some("fault_without_instance"));
        check("kv", 1, Some("fault_without_component"));
    }
}
