//! `--predict NAME=VALUE`: only figures that the scenario's report can have.

use loadline_app::contract::Predictions;
use loadline_model::reading::is_figure;
use loadline_model::scenario::Scenario;
use loadline_model::sketch::Sketch;

use crate::output::Failure;

/// The predictions, or the first name that no report of this design and scenario has.
pub(crate) fn predictions(given: &[(String, f64)], scenario: &Scenario, sketch: &Sketch) -> Result<Predictions, Failure> {
    for (name, _) in given {
        let known = is_figure(name, scenario, std::iter::once(sketch));
        if !known {
            let asked: Vec<&str> = scenario.predict.iter().map(|p| p.figure.as_str()).collect();
            return Err(Failure::unusable(
                format!("no figure is named {name} here"),
                format!("This scenario asks for {}.", asked.join(", ")),
            ));
        }
    }
    Ok(Predictions { values: given.iter().cloned().collect(), because: String::new() })
}
