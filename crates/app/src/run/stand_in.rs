//! Who a figure of a component is of. A pack names components of its own designs (`feed.utilisation`); in a drawing that has none of that
//! id, the component of the same role stands in, and of several the busiest. It measures nothing.

use loadline_model::plan::Plan;
use loadline_model::scenario::Scenario;

/// A component in place of the one that a figure names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StandIn {
    /// Component id.
    pub component: String,
    /// How many of its role there are.
    pub of: usize,
}

/// Who stands in for `subject`; `None` where a component of this id runs, or none of its role. `busy` is a component's utilisation.
pub(super) fn stand_in(plan: &Plan, scenario: &Scenario, subject: &str, busy: &dyn Fn(&str) -> f64) -> Option<StandIn> {
    if plan.component(subject).is_some() {
        return None;
    }
    let role = scenario.role_of(subject)?;
    let alike: Vec<&str> = plan.components().into_iter().filter(|id| plan.component(id).is_some_and(|node| node.role == role)).collect();
    let busiest = alike.iter().max_by(|a, b| busy(a).total_cmp(&busy(b)))?;
    Some(StandIn { component: (*busiest).to_owned(), of: alike.len() })
}
